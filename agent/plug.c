/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/plug.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/netns.h"
#include "agent/nl-link.h"
#include "agent/router-config.h"
#include "agent/sysctl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(plug);

/* Devices of a namespace that are plugged into the switch: a veth pair each,
 * one end in the namespace of a router or a DHCP server, the other in that of
 * the host, where ovs-vswitchd takes it.
 *
 * Owns nothing: compares what is there with what is wanted, in one namespace,
 * and changes what differs. */

/* Returns the message that 'what' failed for 'dev'. */
char *
plug_error(const char *dev, const char *what, int error)
{
    return xasprintf("interface %s: %s: %s", dev, what, ovs_strerror(error));
}

/* Makes namespace 'name' or finds it.  One that is new or has not been 'seen'
 * by this agent gets its settings: 'set_sysctls' is called with 'aux' in it.
 * Returns a descriptor, which the caller must close, or a negative errno
 * value. */
int
plug_open_netns(const char *name, bool seen, bool *is_new,
                void (*set_sysctls)(const void *aux), const void *aux)
{
    struct netns_visit visit;
    struct nl_sock *nl;
    int error;
    int fd;

    *is_new = !netns_exists(name);
    if (*is_new) {
        error = netns_create(name);
        if (error) {
            return -error;
        }
    }
    fd = netns_open(name);
    if (fd < 0 || (seen && !*is_new)) {
        return fd;
    }

    error = netns_enter(&visit, fd);
    if (error) {
        close(fd);
        return -error;
    }
    set_sysctls(aux);
    if (!nl_link_open(-1, &nl)) {
        nl_link_set_up(nl, "lo", false);
        nl_link_close(nl);
    }
    netns_leave(&visit);
    return fd;
}

/* Does what is needed on both ends before a pair goes up, and sets it up. */
static char *
finish_pair(const struct plug *plug, const struct plug_place *place)
{
    struct netns_visit visit;
    int error;

    sysctl_silence_host_device(plug->tap);
    error = nl_link_offload_off(plug->tap);
    if (error) {
        return plug_error(plug->tap, "switching off checksum offload", error);
    }
    error = netns_enter(&visit, place->netns_fd);
    if (!error) {
        error = nl_link_offload_off(plug->dev);
        netns_leave(&visit);
    }
    if (error) {
        return plug_error(plug->dev, "switching off checksum offload", error);
    }
    error = nl_link_set_up(place->nl, plug->dev, false);
    if (error) {
        return plug_error(plug->dev, "setting up", error);
    }
    error = nl_link_set_up(place->host_nl, plug->tap, true);
    if (error) {
        return plug_error(plug->tap, "setting up", error);
    }
    return NULL;
}

/* Makes the pair 'plug' or brings it in line; 'link' is what is there, NULL if
 * nothing.  With 'check', nobody knows whether all its settings were made. */
char *
plug_apply(const struct plug *plug, const struct plug_place *place,
           const struct nl_link *link, bool check)
{
    int error;

    if (link && !eth_addr_equals(link->mac, plug->mac)) {
        nl_link_delete(place->host_nl, plug->tap);
        link = NULL;
    }
    if (!link) {
        error = nl_link_add_veth(place->host_nl, plug->tap, plug->dev,
                                 place->netns_fd, plug->mac, plug->mtu);
        if (error == EEXIST) {
            /* Half of a pair whose namespace was deleted by someone. */
            nl_link_delete(place->host_nl, plug->tap);
            error = nl_link_add_veth(place->host_nl, plug->tap, plug->dev,
                                     place->netns_fd, plug->mac, plug->mtu);
        }
        return (error ? plug_error(plug->dev, "creating", error)
                : finish_pair(plug, place));
    }
    if (link->mtu != plug->mtu) {
        error = nl_link_set_mtu(place->host_nl, plug->tap, plug->mtu);
        error = error ? error : nl_link_set_mtu(place->nl, plug->dev,
                                                plug->mtu);
        if (error) {
            return plug_error(plug->dev, "setting MTU", error);
        }
    }
    /* The agent may have been killed between the steps. */
    return !link->up || check ? finish_pair(plug, place) : NULL;
}

/* Makes the addresses of 'link' the 'n' of 'addrs', except that 'keep' (may be
 * NULL) is left alone if it is there.  Sets '*added' if there are new ones. */
char *
plug_apply_addrs(struct nl_sock *nl, const struct nl_link *link,
                 const struct nl_addr_plen *addrs, size_t n,
                 const struct nl_addr_plen *keep, bool *added)
{
    for (size_t i = 0; i < link->n_addrs; i++) {
        const struct nl_addr_plen *a = &link->addrs[i];

        if (!nl_addrs_contain(addrs, n, a)
            && !(keep && nl_addr_plen_equals(a, keep))) {
            nl_addr_del(nl, link->ifindex, a);
        }
    }
    for (size_t i = 0; i < n; i++) {
        const struct nl_addr_plen *a = &addrs[i];

        if (!nl_addrs_contain(link->addrs, link->n_addrs, a)) {
            int error = nl_addr_add(nl, link->ifindex, a);

            if (error) {
                struct ds s = DS_EMPTY_INITIALIZER;
                char *msg;

                ds_put_cstr(&s, "address ");
                nl_addr_plen_format(a, &s);
                msg = plug_error(link->name, ds_cstr(&s), error);
                ds_destroy(&s);
                return msg;
            }
            *added = true;
        }
    }
    return NULL;
}

static bool
routes_equal(const struct nl_static_route *a, const struct nl_static_route *b)
{
    return (nl_addr_plen_equals(&a->dst, &b->dst)
            && ipv6_addr_equals(&a->via, &b->via)
            && (!a->ifindex || !b->ifindex || a->ifindex == b->ifindex));
}

static bool
has_route(const struct nl_static_route *routes, size_t n,
          const struct nl_static_route *route)
{
    for (size_t i = 0; i < n; i++) {
        if (routes_equal(&routes[i], route)) {
            return true;
        }
    }
    return false;
}

/* Makes the static routes the 'n' of 'want', which 'owner' wants.  A route
 * whose next hop cannot be reached (yet) is said and left out: the others must
 * not suffer. */
char *
plug_apply_routes(struct nl_sock *nl, const char *owner,
                  const struct nl_static_route *want, size_t n)
{
    struct nl_static_route *have;
    size_t n_have;
    int error;

    error = nl_route_dump_static(nl, &have, &n_have);
    if (error) {
        return xasprintf("reading routes: %s", ovs_strerror(error));
    }
    for (size_t i = 0; i < n_have; i++) {
        if (!has_route(want, n, &have[i])) {
            nl_route_del(nl, &have[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        int retval = (has_route(have, n_have, &want[i]) ? 0
                      : nl_route_add(nl, &want[i]));

        if (retval) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
            struct ds s = DS_EMPTY_INITIALIZER;

            nl_addr_plen_format(&want[i].dst, &s);
            VLOG_WARN_RL(&rl, "%s: route to %s: %s", owner, ds_cstr(&s),
                         ovs_strerror(retval));
            ds_destroy(&s);
        }
    }
    free(have);
    return NULL;
}
