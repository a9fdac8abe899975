/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/router-config.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

/* What one copy of a router is to be.
 *
 * Plain data and pure functions on it: nothing outside is read or changed.
 * Order is canonical after router_config_sort(), so that texts made from two
 * equal configurations are equal. */

struct router_config *
router_config_create(const struct uuid *uuid)
{
    struct router_config *rc = xzalloc(sizeof *rc);

    rc->uuid = *uuid;
    rc->title = xstrdup("");
    return rc;
}

void
router_config_destroy(struct router_config *rc)
{
    if (rc) {
        for (size_t i = 0; i < rc->n_ports; i++) {
            free(rc->ports[i].physnet);
            free(rc->ports[i].addrs);
            free(rc->ports[i].ra.prefixes);
        }
        free(rc->title);
        free(rc->ports);
        free(rc->routes);
        free(rc->fips);
        free(rc->forwards);
        free(rc);
    }
}

/* Adds a port without addresses.  The result is valid until the next call. */
struct router_port *
router_config_add_port(struct router_config *rc, enum router_port_kind kind,
                       const struct uuid *uuid, struct eth_addr mac,
                       unsigned int mtu)
{
    static const char *const prefixes[] = {
        [ROUTER_PORT_HA] = L3HA_DEV_PREFIX_HA,
        [ROUTER_PORT_INTERNAL] = L3HA_DEV_PREFIX_QR,
        [ROUTER_PORT_GATEWAY] = L3HA_DEV_PREFIX_QG,
    };
    struct router_port *port;

    rc->ports = xrealloc(rc->ports, (rc->n_ports + 1) * sizeof *rc->ports);
    port = &rc->ports[rc->n_ports++];
    memset(port, 0, sizeof *port);
    port->kind = kind;
    port->uuid = *uuid;
    l3ha_device_name(port->dev, prefixes[kind], uuid);
    l3ha_device_name(port->tap, L3HA_DEV_PREFIX_TAP, uuid);
    port->mac = mac;
    port->mtu = mtu;
    return port;
}

void
router_port_add_addr(struct router_port *port, const struct nl_addr_plen *addr)
{
    port->addrs = xrealloc(port->addrs,
                           (port->n_addrs + 1) * sizeof *port->addrs);
    port->addrs[port->n_addrs++] = *addr;
}

/* Adds the link-local IPv6 address that follows from the port's MAC. */
void
router_port_add_lla(struct router_port *port)
{
    struct nl_addr_plen lla = { .plen = 64 };

    in6_generate_lla(port->mac, &lla.ip);
    router_port_add_addr(port, &lla);
}

/* Has the router advertise the subnet 'net' in 'mode', an ipv6_ra_mode of the
 * API. */
void
router_port_add_ra(struct router_port *port, const char *mode,
                   const struct nl_addr_plen *net)
{
    struct router_ra *ra = &port->ra;
    bool managed = !strcmp(mode, "dhcpv6-stateful");

    ra->managed |= managed;
    ra->other |= !strcmp(mode, "dhcpv6-stateless");
    ra->prefixes = xrealloc(ra->prefixes,
                            (ra->n_prefixes + 1) * sizeof *ra->prefixes);
    ra->prefixes[ra->n_prefixes++] = (struct router_ra_prefix) {
        .net = *net,
        .autonomous = !managed,
    };
}

/* Has the router advertise a DNS server.  More than a few are ignored. */
void
router_port_add_dns(struct router_port *port, const struct in6_addr *ip)
{
    if (port->ra.n_dns < ROUTER_RA_MAX_DNS) {
        port->ra.dns[port->ra.n_dns++] = *ip;
    }
}

/* Adds a route through 'via' (NULL: on link) and 'dev' (NULL: whichever 'via'
 * is on). */
struct router_route *
router_config_add_route(struct router_config *rc,
                        const struct nl_addr_plen *dst,
                        const struct in6_addr *via, const char *dev)
{
    struct router_route *route;

    rc->routes = xrealloc(rc->routes,
                          (rc->n_routes + 1) * sizeof *rc->routes);
    route = &rc->routes[rc->n_routes++];
    memset(route, 0, sizeof *route);
    route->dst = *dst;
    if (via) {
        route->via = *via;
    }
    ovs_strlcpy(route->dev, dev ? dev : "", sizeof route->dev);
    return route;
}

/* Adds a floating IP, which becomes an address of the gateway: 'floating'
 * stands for 'fixed' (NULL: for nobody as a whole).  Returns false if there is
 * no gateway (yet). */
bool
router_config_add_fip(struct router_config *rc,
                      const struct in6_addr *floating,
                      const struct in6_addr *fixed)
{
    struct nl_addr_plen addr = { .ip = *floating, .plen = 32 };

    for (size_t i = 0; i < rc->n_ports; i++) {
        if (rc->ports[i].kind == ROUTER_PORT_GATEWAY) {
            struct router_fip *fip;

            router_port_add_addr(&rc->ports[i], &addr);
            rc->fips = xrealloc(rc->fips, (rc->n_fips + 1) * sizeof *rc->fips);
            fip = &rc->fips[rc->n_fips++];
            fip->floating = *floating;
            fip->fixed = fixed ? *fixed : in6addr_any;
            return true;
        }
    }
    return false;
}

static bool
is_port_range(unsigned int first, unsigned int n)
{
    return first > 0 && n > 0 && first + n - 1 <= UINT16_MAX;
}

/* Adds 'forward' and returns true, or false if it makes no sense. */
bool
router_config_add_forward(struct router_config *rc,
                          const struct router_forward *forward)
{
    if (!is_port_range(forward->external, forward->n_external)
        || !is_port_range(forward->internal, forward->n_internal)
        || (forward->n_internal != 1
            && forward->n_internal != forward->n_external)) {
        return false;
    }
    rc->forwards = xrealloc(rc->forwards,
                            (rc->n_forwards + 1) * sizeof *rc->forwards);
    rc->forwards[rc->n_forwards++] = *forward;
    return true;
}

static int
compare_fips(const void *a_, const void *b_)
{
    const struct router_fip *a = a_;
    const struct router_fip *b = b_;

    return memcmp(&a->floating, &b->floating, sizeof a->floating);
}

/* Returns the floating IP 'ip', NULL if the router does not have it.  To be
 * called after router_config_sort(). */
const struct router_fip *
router_config_find_fip(const struct router_config *rc,
                       const struct in6_addr *ip)
{
    struct router_fip key = { .floating = *ip };

    return (rc->n_fips
            ? bsearch(&key, rc->fips, rc->n_fips, sizeof *rc->fips,
                      compare_fips)
            : NULL);
}

static int
compare_addrs(const void *a_, const void *b_)
{
    const struct nl_addr_plen *a = a_;
    const struct nl_addr_plen *b = b_;
    bool a_lla = IN6_IS_ADDR_LINKLOCAL(&a->ip);
    bool b_lla = IN6_IS_ADDR_LINKLOCAL(&b->ip);
    int cmp;

    if (a_lla != b_lla) {
        return a_lla ? 1 : -1;
    }
    cmp = memcmp(&a->ip, &b->ip, sizeof a->ip);
    return cmp ? cmp : (int) a->plen - (int) b->plen;
}

/* Returns true if 'port' has 'addr'.  To be called after
 * router_config_sort(). */
bool
router_port_has_addr(const struct router_port *port,
                     const struct nl_addr_plen *addr)
{
    return (port->n_addrs
            && bsearch(addr, port->addrs, port->n_addrs, sizeof *port->addrs,
                       compare_addrs));
}

static int
compare_prefixes(const void *a_, const void *b_)
{
    const struct router_ra_prefix *a = a_;
    const struct router_ra_prefix *b = b_;

    return (a->autonomous != b->autonomous ? (a->autonomous ? -1 : 1)
            : memcmp(&a->net.ip, &b->net.ip, sizeof a->net.ip));
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct router_port *a = a_;
    const struct router_port *b = b_;

    return (a->kind != b->kind ? (a->kind < b->kind ? -1 : 1)
            : uuid_compare_3way(&a->uuid, &b->uuid));
}

/* Puts ports and their addresses into the canonical order.  Routes keep
 * theirs, which matters. */
void
router_config_sort(struct router_config *rc)
{
    for (size_t i = 0; i < rc->n_ports; i++) {
        struct router_port *port = &rc->ports[i];

        if (port->n_addrs) {
            qsort(port->addrs, port->n_addrs, sizeof *port->addrs,
                  compare_addrs);
        }
        if (port->ra.n_prefixes) {
            qsort(port->ra.prefixes, port->ra.n_prefixes,
                  sizeof *port->ra.prefixes, compare_prefixes);
        }
    }
    if (rc->n_fips) {
        qsort(rc->fips, rc->n_fips, sizeof *rc->fips, compare_fips);
    }
    if (rc->n_ports) {
        qsort(rc->ports, rc->n_ports, sizeof *rc->ports, compare_ports);
    }
}

/* Returns the first port of 'kind', NULL if there is none. */
const struct router_port *
router_config_find(const struct router_config *rc, enum router_port_kind kind)
{
    for (size_t i = 0; i < rc->n_ports; i++) {
        if (rc->ports[i].kind == kind) {
            return &rc->ports[i];
        }
    }
    return NULL;
}

/* Returns the port 'uuid', NULL if there is none. */
const struct router_port *
router_config_find_port(const struct router_config *rc,
                        const struct uuid *uuid)
{
    for (size_t i = 0; i < rc->n_ports; i++) {
        if (uuid_equals(&rc->ports[i].uuid, uuid)) {
            return &rc->ports[i];
        }
    }
    return NULL;
}

/* Returns true if a tenant or external network of the router is carried by
 * 'physnet'. */
bool
router_config_uses_physnet(const struct router_config *rc,
                           const char *physnet)
{
    for (size_t i = 0; i < rc->n_ports; i++) {
        const struct router_port *port = &rc->ports[i];

        if (port->kind != ROUTER_PORT_HA && port->physnet
            && !strcmp(port->physnet, physnet)) {
            return true;
        }
    }
    return false;
}

/* Returns the address that tenants' connections leave with, the first IPv4
 * address of the gateway that is no floating IP, or NULL. */
const struct nl_addr_plen *
router_config_snat_addr(const struct router_config *rc)
{
    const struct router_port *gw = router_config_find(rc, ROUTER_PORT_GATEWAY);

    for (size_t i = 0; gw && i < gw->n_addrs; i++) {
        if (IN6_IS_ADDR_V4MAPPED(&gw->addrs[i].ip)
            && !router_config_find_fip(rc, &gw->addrs[i].ip)) {
            return &gw->addrs[i];
        }
    }
    return NULL;
}

static bool
overlap(uint32_t net_a, int plen_a, uint32_t net_b, int plen_b)
{
    int plen = MIN(plen_a, plen_b);
    uint32_t mask = plen ? UINT32_MAX << (32 - plen) : 0;

    return !((net_a ^ net_b) & mask);
}

/* Returns the primary VIP of a HA router, whose presence makes a copy the
 * active one: host number 'vrid' of the first /24 of 169.254.0.0/16 that is
 * free of the metadata address, 169.254.64.0/18 and the HA network. */
struct nl_addr_plen
router_config_vip(const struct router_config *rc)
{
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);
    struct nl_addr_plen vip = { .plen = 24 };
    uint32_t net = 0xa9fe0000;

    for (int i = 0; i < 256; i++) {
        bool taken = false;

        net = 0xa9fe0000 + (i << 8);
        for (size_t j = 0; ha && j < ha->n_addrs; j++) {
            const struct nl_addr_plen *a = &ha->addrs[j];

            if (IN6_IS_ADDR_V4MAPPED(&a->ip)
                && overlap(net, 24,
                           ntohl(in6_addr_get_mapped_ipv4(&a->ip)),
                           a->plen)) {
                taken = true;
            }
        }
        if (!taken && !overlap(net, 24, 0xa9fea9fe, 32)
            && !overlap(net, 24, 0xa9fe4000, 18)) {
            break;
        }
    }
    vip.ip = in6_addr_mapped_ipv4(htonl(net + rc->vrid));
    return vip;
}

/* Parses an IPv4 or IPv6 address. */
bool
router_ip_parse(const char *s, struct in6_addr *ip)
{
    ovs_be32 ip4;

    if (ip_parse(s, &ip4)) {
        *ip = in6_addr_mapped_ipv4(ip4);
        return true;
    }
    return ipv6_parse(s, ip);
}

void
router_ip_format(const struct in6_addr *ip, struct ds *s)
{
    ipv6_format_mapped(ip, s);
}

/* Parses "ADDRESS/LENGTH". */
bool
nl_addr_plen_parse(const char *s, struct nl_addr_plen *a)
{
    unsigned int plen;
    ovs_be32 ip4;
    char *error;

    error = ip_parse_cidr(s, &ip4, &plen);
    if (!error) {
        a->ip = in6_addr_mapped_ipv4(ip4);
        a->plen = plen;
        return true;
    }
    free(error);
    error = ipv6_parse_cidr(s, &a->ip, &plen);
    if (!error) {
        a->plen = plen;
        return true;
    }
    free(error);
    return false;
}

bool
nl_addr_plen_equals(const struct nl_addr_plen *a, const struct nl_addr_plen *b)
{
    return a->plen == b->plen && ipv6_addr_equals(&a->ip, &b->ip);
}

/* True if 'addr' is one of the 'n' of 'addrs'. */
bool
nl_addrs_contain(const struct nl_addr_plen *addrs, size_t n,
                 const struct nl_addr_plen *addr)
{
    for (size_t i = 0; i < n; i++) {
        if (nl_addr_plen_equals(&addrs[i], addr)) {
            return true;
        }
    }
    return false;
}

void
nl_addr_plen_format(const struct nl_addr_plen *a, struct ds *s)
{
    router_ip_format(&a->ip, s);
    ds_put_format(s, "/%u", a->plen);
}
