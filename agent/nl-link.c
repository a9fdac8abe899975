/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/nl-link.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/netns.h"
#include "packets.h"
#include "util.h"

/* rtnetlink through libnl.
 *
 * Owns nothing beyond a call: sockets belong to the caller, who opens one for
 * the time of a batch, so that a router at rest holds no descriptor.
 *
 * Limits: one request, one acknowledgement; a request takes 20 to 200 us, of
 * which the kernel's work is most. */

/* Translates libnl's error, which is negative, to errno. */
static int
nl_error(int error)
{
    switch (-error) {
    case 0: return 0;
    case NLE_EXIST: return EEXIST;
    case NLE_NODEV:
    case NLE_OBJ_NOTFOUND: return ENODEV;
    case NLE_NOADDR: return EADDRNOTAVAIL;
    case NLE_PERM: return EPERM;
    case NLE_NOACCESS: return EACCES;
    case NLE_INVAL: return EINVAL;
    case NLE_BUSY: return EBUSY;
    case NLE_NOMEM: return ENOMEM;
    case NLE_OPNOTSUPP: return EOPNOTSUPP;
    default: return error < 0 ? EIO : 0;
    }
}

/* Opens '*sockp' in the namespace 'netns_fd', or in that of the calling
 * thread if it is negative. */
int
nl_link_open(int netns_fd, struct nl_sock **sockp)
{
    struct netns_visit visit;
    struct nl_sock *sock;
    int error;

    *sockp = NULL;
    if (netns_fd >= 0) {
        error = netns_enter(&visit, netns_fd);
        if (error) {
            return error;
        }
    }
    sock = nl_socket_alloc();
    if (!sock) {
        error = ENOMEM;
    } else {
        error = nl_error(nl_connect(sock, NETLINK_ROUTE));
        if (error) {
            nl_socket_free(sock);
        } else {
            *sockp = sock;
        }
    }
    if (netns_fd >= 0) {
        netns_leave(&visit);
    }
    return error;
}

/* Closes 'sock', which may be NULL. */
void
nl_link_close(struct nl_sock *sock)
{
    if (sock) {
        nl_socket_free(sock);
    }
}

static void
addr_from_nl(const struct nl_addr *addr, struct in6_addr *ip, uint8_t *plen)
{
    if (!addr) {
        memset(ip, 0, sizeof *ip);
        *plen = 0;
    } else if (nl_addr_get_family(addr) == AF_INET) {
        ovs_be32 ip4 = 0;

        if (nl_addr_get_len(addr) == sizeof ip4) {
            memcpy(&ip4, nl_addr_get_binary_addr(addr), sizeof ip4);
        }
        *ip = in6_addr_mapped_ipv4(ip4);
        *plen = nl_addr_get_prefixlen(addr);
    } else {
        memset(ip, 0, sizeof *ip);
        if (nl_addr_get_len(addr) == sizeof *ip) {
            memcpy(ip, nl_addr_get_binary_addr(addr), sizeof *ip);
        }
        *plen = nl_addr_get_prefixlen(addr);
    }
}

static struct nl_addr *
addr_to_nl(const struct in6_addr *ip, int plen)
{
    struct nl_addr *addr;

    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        ovs_be32 ip4 = in6_addr_get_mapped_ipv4(ip);

        addr = nl_addr_build(AF_INET, &ip4, sizeof ip4);
        nl_addr_set_prefixlen(addr, plen < 0 ? 32 : plen);
    } else {
        addr = nl_addr_build(AF_INET6, CONST_CAST(void *, (const void *) ip),
                             sizeof *ip);
        nl_addr_set_prefixlen(addr, plen < 0 ? 128 : plen);
    }
    return addr;
}

static struct nl_link *
find_by_ifindex(const struct nl_links *links, int ifindex)
{
    for (size_t i = 0; i < links->n; i++) {
        if (links->links[i].ifindex == ifindex) {
            return &links->links[i];
        }
    }
    return NULL;
}

/* Reads all devices and their addresses.  The caller must pass '*links' to
 * nl_links_destroy(), whatever is returned. */
int
nl_link_dump(struct nl_sock *sock, struct nl_links *links)
{
    struct nl_cache *cache;
    struct nl_object *o;
    int error;

    links->links = NULL;
    links->n = 0;

    error = nl_error(rtnl_link_alloc_cache(sock, AF_UNSPEC, &cache));
    if (error) {
        return error;
    }
    links->links = xcalloc(MAX(nl_cache_nitems(cache), 1),
                           sizeof *links->links);
    for (o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
        struct rtnl_link *l = (struct rtnl_link *) o;
        const struct nl_addr *mac = rtnl_link_get_addr(l);
        struct nl_link *link = &links->links[links->n++];

        ovs_strzcpy(link->name, rtnl_link_get_name(l), sizeof link->name);
        link->ifindex = rtnl_link_get_ifindex(l);
        link->mtu = rtnl_link_get_mtu(l);
        link->up = (rtnl_link_get_flags(l) & IFF_UP) != 0;
        if (mac && nl_addr_get_len(mac) == sizeof link->mac) {
            memcpy(&link->mac, nl_addr_get_binary_addr(mac),
                   sizeof link->mac);
        }
    }
    nl_cache_free(cache);

    error = nl_error(rtnl_addr_alloc_cache(sock, &cache));
    if (error) {
        return error;
    }
    for (o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
        struct rtnl_addr *a = (struct rtnl_addr *) o;
        struct nl_link *link = find_by_ifindex(links,
                                               rtnl_addr_get_ifindex(a));

        if (link) {
            struct nl_addr_plen *ap;

            link->addrs = xrealloc(link->addrs, (link->n_addrs + 1)
                                                * sizeof *link->addrs);
            ap = &link->addrs[link->n_addrs++];
            addr_from_nl(rtnl_addr_get_local(a), &ap->ip, &ap->plen);
        }
    }
    nl_cache_free(cache);
    return 0;
}

/* Frees what is in 'links'. */
void
nl_links_destroy(struct nl_links *links)
{
    for (size_t i = 0; i < links->n; i++) {
        free(links->links[i].addrs);
    }
    free(links->links);
    links->links = NULL;
    links->n = 0;
}

/* Returns the device 'name', NULL if there is none. */
struct nl_link *
nl_links_find(const struct nl_links *links, const char *name)
{
    for (size_t i = 0; i < links->n; i++) {
        if (!strcmp(links->links[i].name, name)) {
            return &links->links[i];
        }
    }
    return NULL;
}

/* Makes a veth pair: 'name' in the namespace of 'sock', and 'peer' with
 * 'peer_mac' in 'peer_netns'.  Both are down. */
int
nl_link_add_veth(struct nl_sock *sock, const char *name, const char *peer,
                 int peer_netns, struct eth_addr peer_mac, unsigned int mtu)
{
    struct rtnl_link *link = rtnl_link_veth_alloc();
    struct rtnl_link *p = rtnl_link_veth_get_peer(link);
    struct nl_addr *mac = nl_addr_build(AF_LLC, &peer_mac, sizeof peer_mac);
    int error;

    rtnl_link_set_name(link, name);
    rtnl_link_set_mtu(link, mtu);
    rtnl_link_set_name(p, peer);
    rtnl_link_set_ns_fd(p, peer_netns);
    rtnl_link_set_addr(p, mac);
    rtnl_link_set_mtu(p, mtu);
    error = nl_error(rtnl_link_add(sock, link, NLM_F_CREATE | NLM_F_EXCL));

    nl_addr_put(mac);
    rtnl_link_put(p);
    rtnl_link_put(link);
    return error;
}

/* Deletes device 'name'.  A device that does not exist is no error. */
int
nl_link_delete(struct nl_sock *sock, const char *name)
{
    struct rtnl_link *link = rtnl_link_alloc();
    int error;

    rtnl_link_set_name(link, name);
    error = nl_error(rtnl_link_delete(sock, link));
    rtnl_link_put(link);
    return error == ENODEV ? 0 : error;
}

/* Changes device 'name' as 'change', which is freed, says. */
static int
change_link(struct nl_sock *sock, const char *name, struct rtnl_link *change)
{
    int error;

    /* Without NLM_F_CREATE the kernel looks the device up by name, which
     * saves asking for its index. */
    rtnl_link_set_name(change, name);
    error = nl_error(rtnl_link_add(sock, change, 0));
    rtnl_link_put(change);
    return error;
}

/* Sets 'name' up.  With 'noarp' the kernel answers no ARP request on it. */
int
nl_link_set_up(struct nl_sock *sock, const char *name, bool noarp)
{
    struct rtnl_link *change = rtnl_link_alloc();

    rtnl_link_set_flags(change, IFF_UP | (noarp ? IFF_NOARP : 0));
    return change_link(sock, name, change);
}

/* Sets the MTU of 'name'. */
int
nl_link_set_mtu(struct nl_sock *sock, const char *name, unsigned int mtu)
{
    struct rtnl_link *change = rtnl_link_alloc();

    rtnl_link_set_mtu(change, mtu);
    return change_link(sock, name, change);
}

/* Has the kernel fill in checksums itself on what it sends through 'name', a
 * device in the namespace of the calling thread.  Needed on both ends of a
 * veth that the userspace datapath reads: it sees packets as they are and
 * would pass on unfinished checksums. */
int
nl_link_offload_off(const char *name)
{
    struct ethtool_value value = { .cmd = ETHTOOL_STXCSUM, .data = 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq ifr;
    int error = 0;

    if (fd < 0) {
        return errno;
    }
    memset(&ifr, 0, sizeof ifr);
    ovs_strzcpy(ifr.ifr_name, name, sizeof ifr.ifr_name);
    ifr.ifr_data = (char *) &value;
    if (ioctl(fd, SIOCETHTOOL, &ifr)) {
        error = errno;
    }
    close(fd);
    return error;
}

static struct rtnl_addr *
rtnl_addr_from(int ifindex, const struct nl_addr_plen *ap)
{
    struct rtnl_addr *a = rtnl_addr_alloc();
    struct nl_addr *local = addr_to_nl(&ap->ip, ap->plen);

    rtnl_addr_set_ifindex(a, ifindex);
    rtnl_addr_set_local(a, local);
    if (IN6_IS_ADDR_LINKLOCAL(&ap->ip)) {
        rtnl_addr_set_scope(a, RT_SCOPE_LINK);
    }
    nl_addr_put(local);
    return a;
}

/* Adds an address to device 'ifindex'.  One that is there is no error. */
int
nl_addr_add(struct nl_sock *sock, int ifindex, const struct nl_addr_plen *ap)
{
    struct rtnl_addr *a = rtnl_addr_from(ifindex, ap);
    int error = nl_error(rtnl_addr_add(sock, a, 0));

    rtnl_addr_put(a);
    return error == EEXIST ? 0 : error;
}

/* Deletes an address of device 'ifindex'.  One that is not there is no
 * error. */
int
nl_addr_del(struct nl_sock *sock, int ifindex, const struct nl_addr_plen *ap)
{
    struct rtnl_addr *a = rtnl_addr_from(ifindex, ap);
    int error = nl_error(rtnl_addr_delete(sock, a, 0));

    rtnl_addr_put(a);
    return error == EADDRNOTAVAIL || error == ENODEV ? 0 : error;
}

/* Reads the static routes of the main table into '*routesp', an array of '*n'
 * elements that the caller must free. */
int
nl_route_dump_static(struct nl_sock *sock, struct nl_static_route **routesp,
                     size_t *n)
{
    struct nl_static_route *routes;
    struct nl_cache *cache;
    struct nl_object *o;
    int error;

    *routesp = NULL;
    *n = 0;
    error = nl_error(rtnl_route_alloc_cache(sock, AF_UNSPEC, 0, &cache));
    if (error) {
        return error;
    }
    routes = xcalloc(MAX(nl_cache_nitems(cache), 1), sizeof *routes);
    for (o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
        struct rtnl_route *r = (struct rtnl_route *) o;
        struct nl_static_route *route = &routes[*n];
        struct rtnl_nexthop *nh;
        uint8_t plen;

        if (rtnl_route_get_protocol(r) != RTPROT_STATIC
            || rtnl_route_get_table(r) != RT_TABLE_MAIN
            || rtnl_route_get_nnexthops(r) != 1) {
            continue;
        }
        nh = rtnl_route_nexthop_n(r, 0);
        addr_from_nl(rtnl_route_get_dst(r), &route->dst.ip,
                     &route->dst.plen);
        addr_from_nl(rtnl_route_nh_get_gateway(nh), &route->via, &plen);
        route->ifindex = rtnl_route_nh_get_ifindex(nh);
        if (rtnl_route_get_family(r) == AF_INET
            && !IN6_IS_ADDR_V4MAPPED(&route->dst.ip)) {
            route->dst.ip = in6_addr_mapped_ipv4(0);
        }
        ++*n;
    }
    nl_cache_free(cache);
    *routesp = routes;
    return 0;
}

static struct rtnl_route *
rtnl_route_from(const struct nl_static_route *route)
{
    bool ip4 = IN6_IS_ADDR_V4MAPPED(&route->dst.ip);
    struct nl_addr *dst = addr_to_nl(&route->dst.ip, route->dst.plen);
    struct rtnl_nexthop *nh = rtnl_route_nh_alloc();
    struct rtnl_route *r = rtnl_route_alloc();
    bool on_link = ipv6_addr_equals(&route->via, &in6addr_any);

    rtnl_route_set_family(r, ip4 ? AF_INET : AF_INET6);
    rtnl_route_set_table(r, RT_TABLE_MAIN);
    rtnl_route_set_protocol(r, RTPROT_STATIC);
    rtnl_route_set_scope(r, on_link && ip4 ? RT_SCOPE_LINK
                                           : RT_SCOPE_UNIVERSE);
    rtnl_route_set_dst(r, dst);
    if (!on_link) {
        struct nl_addr *via = addr_to_nl(&route->via, -1);

        rtnl_route_nh_set_gateway(nh, via);
        nl_addr_put(via);
    }
    if (route->ifindex) {
        rtnl_route_nh_set_ifindex(nh, route->ifindex);
    }
    rtnl_route_add_nexthop(r, nh);
    nl_addr_put(dst);
    return r;
}

/* Adds a route.  One that is there is no error. */
int
nl_route_add(struct nl_sock *sock, const struct nl_static_route *route)
{
    struct rtnl_route *r = rtnl_route_from(route);
    int error = nl_error(rtnl_route_add(sock, r, NLM_F_REPLACE));

    rtnl_route_put(r);
    return error == EEXIST ? 0 : error;
}

/* Deletes a route.  One that is not there is no error. */
int
nl_route_del(struct nl_sock *sock, const struct nl_static_route *route)
{
    struct rtnl_route *r = rtnl_route_from(route);
    int error = nl_error(rtnl_route_delete(sock, r, 0));

    rtnl_route_put(r);
    return error == ENODEV || error == ESRCH ? 0 : error;
}

/* Deletes the routes that were learned from router advertisements. */
int
nl_route_forget_ra(struct nl_sock *sock)
{
    struct nl_cache *cache;
    struct nl_object *o;
    int error;

    error = nl_error(rtnl_route_alloc_cache(sock, AF_INET6, 0, &cache));
    if (error) {
        return error;
    }
    for (o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
        struct rtnl_route *r = (struct rtnl_route *) o;

        if (rtnl_route_get_protocol(r) == RTPROT_RA) {
            int retval = nl_error(rtnl_route_delete(sock, r, 0));

            if (retval && retval != ESRCH) {
                error = retval;
            }
        }
    }
    nl_cache_free(cache);
    return error;
}
