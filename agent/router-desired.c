/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/router-desired.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/router-config.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(router_desired);

/* From rows of OVS_L3HA to "struct router_config".
 *
 * Reads the replica, changes nothing, keeps nothing.  Indexes of the replica
 * lead to the rows of a router, so making its configuration takes time
 * proportional to what it has, whatever else is on this host. */

/* Has 'idl' keep the indexes of 'rows'.  To be called before the first
 * ovsdb_idl_run(). */
void
router_rows_init(struct router_rows *rows, struct ovsdb_idl *idl)
{
    *rows = (struct router_rows) {
        .idl = idl,
        .instances = ovsdb_idl_index_create1(
            idl, &l3harec_router_instance_col_router),
        .ports = ovsdb_idl_index_create1(idl, &l3harec_port_col_router),
        .fips = ovsdb_idl_index_create1(idl,
                                        &l3harec_floating_ip_col_router),
        .forwards = ovsdb_idl_index_create1(
            idl, &l3harec_port_forwarding_col_router),
        .subnets = ovsdb_idl_index_create1(idl, &l3harec_subnet_col_network),
    };
}

/* Returns the copy of 'router' on 'host', NULL if there is none. */
const struct l3harec_router_instance *
router_rows_find_copy(const struct router_rows *rows,
                      const struct l3harec_router *router, const char *host)
{
    const struct l3harec_router_instance *instance, *found = NULL;
    struct l3harec_router_instance *key;

    key = l3harec_router_instance_index_init_row(rows->instances);
    l3harec_router_instance_index_set_router(key, router);
    L3HAREC_ROUTER_INSTANCE_FOR_EACH_EQUAL (instance, key, rows->instances) {
        if (!strcmp(instance->host, host)) {
            found = instance;
        }
    }
    l3harec_router_instance_index_destroy_row(key);
    return found;
}

static void
warn_bad(const struct uuid *row, const char *what, const char *value)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

    VLOG_WARN_RL(&rl, UUID_FMT": ignoring %s \"%s\" in the database",
                 UUID_ARGS(row), what, value);
}

/* Adds what goes through the gateway port 'row' on 'subnet'. */
static void
add_gateway_route(struct router_config *rc, const char *dev,
                  const struct l3harec_subnet *subnet,
                  const struct nl_addr_plen *net)
{
    bool ip4 = IN6_IS_ADDR_V4MAPPED(&net->ip);
    struct nl_addr_plen any = { .plen = 0 };
    struct in6_addr gw, mask, masked;

    if (!subnet->gateway_ip) {
        return;
    }
    if (!router_ip_parse(subnet->gateway_ip, &gw)
        || IN6_IS_ADDR_V4MAPPED(&gw) != ip4) {
        warn_bad(&subnet->header_.uuid, "gateway", subnet->gateway_ip);
        return;
    }
    mask = ipv6_create_mask(ip4 ? 96 + net->plen : net->plen);
    masked = ipv6_addr_bitand(&gw, &mask);
    if (!ipv6_addr_equals(&masked, &net->ip)
        && !IN6_IS_ADDR_LINKLOCAL(&gw)) {
        struct nl_addr_plen hint = { .ip = gw, .plen = ip4 ? 32 : 128 };

        router_config_add_route(rc, &hint, NULL, dev);
    }
    if (ip4) {
        any.ip = in6_addr_mapped_ipv4(0);
    }
    router_config_add_route(rc, &any, &gw, dev);
}

/* Adds the IPv6 default route through the gateway 'port' if no subnet has a
 * gateway for it. */
static void
add_ipv6_default(const struct router_view *view, struct router_config *rc,
                 struct router_port *port)
{
    const struct nl_addr_plen any = { .plen = 0 };

    for (size_t i = 0; i < rc->n_routes; i++) {
        if (nl_addr_plen_equals(&rc->routes[i].dst, &any)) {
            return;
        }
    }
    if (ipv6_addr_equals(&view->ipv6_gateway, &in6addr_any)) {
        port->accept_ra = true;
    } else {
        router_config_add_route(rc, &any, &view->ipv6_gateway, port->dev);
    }
}

/* Other subnets of the external network are on the same link. */
static void
add_link_routes(const struct router_view *view, struct router_config *rc,
                const char *dev, const struct l3harec_port *row,
                router_dep_func *dep, void *aux)
{
    const struct l3harec_subnet *subnet;
    struct l3harec_subnet *key;

    key = l3harec_subnet_index_init_row(view->rows->subnets);
    l3harec_subnet_index_set_network(key, row->network);
    L3HAREC_SUBNET_FOR_EACH_EQUAL (subnet, key, view->rows->subnets) {
        struct nl_addr_plen net;
        bool own = false;

        dep(&subnet->header_.uuid, aux);
        for (size_t i = 0; i < row->n_fixed_ips; i++) {
            own |= row->fixed_ips[i]->subnet == subnet;
        }
        if (!own && nl_addr_plen_parse(subnet->cidr, &net)) {
            router_config_add_route(rc, &net, NULL, dev);
        }
    }
    l3harec_subnet_index_destroy_row(key);
}

/* Has the interface 'port' advertise 'subnet', of the network 'net', if it is
 * to. */
static void
add_ra(struct router_port *port, const struct l3harec_subnet *subnet,
       const struct nl_addr_plen *net)
{
    const char *mode = subnet->ipv6_ra_mode;

    if (!mode || IN6_IS_ADDR_V4MAPPED(&net->ip)) {
        return;
    }
    router_port_add_ra(port, mode, net);
    for (size_t i = 0; !strcmp(mode, "slaac")
                       && i < subnet->n_dns_nameservers; i++) {
        struct in6_addr ip;

        if (ipv6_parse(subnet->value_dns_nameservers[i], &ip)) {
            router_port_add_dns(port, &ip);
        }
    }
}

/* Adds the port of 'row' to 'rc'. */
static enum router_desired
add_port(const struct router_view *view, struct router_config *rc,
         enum router_port_kind kind, const struct l3harec_port *row,
         router_dep_func *dep, void *aux)
{
    struct router_port *port;
    struct eth_addr mac;

    dep(&row->header_.uuid, aux);
    if (!row->network) {
        return ROUTER_UNDECIDED;
    }
    dep(&row->network->header_.uuid, aux);
    if (!eth_addr_from_string(row->mac, &mac)) {
        warn_bad(&row->header_.uuid, "MAC", row->mac);
        return ROUTER_UNDECIDED;
    }
    port = router_config_add_port(rc, kind, &row->header_.uuid, mac,
                                  row->network->mtu);
    port->network = row->network->header_.uuid;
    if (row->network->physical_network[0]) {
        port->physnet = xstrdup(row->network->physical_network);
    }
    for (size_t i = 0; i < row->n_fixed_ips; i++) {
        const struct l3harec_ip_allocation *a = row->fixed_ips[i];
        struct nl_addr_plen addr, net;

        dep(&a->header_.uuid, aux);
        if (!a->subnet) {
            return ROUTER_UNDECIDED;
        }
        dep(&a->subnet->header_.uuid, aux);
        if (!nl_addr_plen_parse(a->subnet->cidr, &net)
            || !router_ip_parse(a->address, &addr.ip)) {
            warn_bad(&row->header_.uuid, "address", a->address);
            continue;
        }
        addr.plen = net.plen;
        router_port_add_addr(port, &addr);
        if (kind == ROUTER_PORT_GATEWAY) {
            add_gateway_route(rc, port->dev, a->subnet, &net);
        } else if (kind == ROUTER_PORT_INTERNAL) {
            add_ra(port, a->subnet, &net);
        }
    }
    if (kind == ROUTER_PORT_GATEWAY) {
        add_link_routes(view, rc, port->dev, row, dep, aux);
        add_ipv6_default(view, rc, port);
    }
    if (kind != ROUTER_PORT_HA && !access("/proc/sys/net/ipv6", F_OK)) {
        router_port_add_lla(port);
    }
    return ROUTER_PRESENT;
}

/* Adds an extra route, "DESTINATION NEXTHOP". */
static void
add_extra_route(struct router_config *rc, const char *text)
{
    struct nl_addr_plen dst;
    struct in6_addr via;
    char *copy = xstrdup(text);
    char *save_ptr = NULL;
    const char *dst_s = strtok_r(copy, " ", &save_ptr);
    const char *via_s = strtok_r(NULL, " ", &save_ptr);

    if (dst_s && via_s && nl_addr_plen_parse(dst_s, &dst)
        && router_ip_parse(via_s, &via)) {
        router_config_add_route(rc, &dst, &via, NULL);
    } else {
        warn_bad(&rc->uuid, "route", text);
    }
    free(copy);
}

static bool
parse_ip4(const char *s, struct in6_addr *ip)
{
    return s && router_ip_parse(s, ip) && IN6_IS_ADDR_V4MAPPED(ip);
}

/* Adds a floating IP.  What is wrong with one does not concern the others. */
static void
add_fip(struct router_config *rc, const struct l3harec_floating_ip *row)
{
    struct in6_addr floating, fixed;

    if (!parse_ip4(row->address, &floating)) {
        warn_bad(&row->header_.uuid, "address", row->address);
    } else if (row->fixed_address && !parse_ip4(row->fixed_address, &fixed)) {
        warn_bad(&row->header_.uuid, "fixed address", row->fixed_address);
    } else {
        /* Without a gateway there is nothing to do. */
        router_config_add_fip(rc, &floating,
                              row->fixed_address ? &fixed : NULL);
    }
}

/* Adds a port forwarding. */
static void
add_forward(struct router_config *rc,
            const struct l3harec_port_forwarding *row)
{
    static const struct {
        const char *name;
        uint8_t number;
    } protocols[] = {
        { "tcp", IPPROTO_TCP },
        { "udp", IPPROTO_UDP },
        { "sctp", IPPROTO_SCTP },
        { "dccp", IPPROTO_DCCP },
    };
    struct router_forward forward = {
        .external = row->external_port,
        .internal = row->internal_port,
        .n_external = row->n_external,
        .n_internal = row->n_internal,
    };

    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (!strcmp(row->protocol, protocols[i].name)) {
            forward.protocol = protocols[i].number;
        }
    }
    if (!row->floating_ip) {
        return;
    }
    if (!parse_ip4(row->floating_ip->address, &forward.floating)
        || !parse_ip4(row->internal_address, &forward.fixed)
        || !forward.protocol
        || !router_config_add_forward(rc, &forward)) {
        warn_bad(&row->header_.uuid, "port forwarding to",
                 row->internal_address);
    }
}

static int
compare_routes(const void *a_, const void *b_)
{
    const struct router_route *a = a_;
    const struct router_route *b = b_;
    bool a_link = ipv6_addr_equals(&a->via, &in6addr_any);
    bool b_link = ipv6_addr_equals(&b->via, &in6addr_any);
    int cmp;

    /* What is on link must be there before routes that go through it. */
    if (a_link != b_link) {
        return a_link ? -1 : 1;
    }
    cmp = memcmp(&a->dst.ip, &b->dst.ip, sizeof a->dst.ip);
    if (!cmp) {
        cmp = (int) a->dst.plen - (int) b->dst.plen;
    }
    return cmp ? cmp : memcmp(&a->via, &b->via, sizeof a->via);
}

/* Adds the interfaces and the gateway of 'router' to 'rc'. */
static enum router_desired
add_ports(const struct router_view *view, struct router_config *rc,
          const struct l3harec_router *router, router_dep_func *dep,
          void *aux)
{
    enum router_desired result = ROUTER_PRESENT;
    const struct l3harec_port *port;
    struct l3harec_port *key;

    key = l3harec_port_index_init_row(view->rows->ports);
    l3harec_port_index_set_router(key, router);
    L3HAREC_PORT_FOR_EACH_EQUAL (port, key, view->rows->ports) {
        const char *owner = port->device_owner;
        enum router_port_kind kind;

        if (!strcmp(owner, L3HA_OWNER_ROUTER_GATEWAY)) {
            kind = ROUTER_PORT_GATEWAY;
        } else if (!strcmp(owner, L3HA_OWNER_HA_REPLICATED)
                   || !strcmp(owner, L3HA_OWNER_ROUTER_INTERFACE)) {
            kind = ROUTER_PORT_INTERNAL;
        } else {
            continue;
        }
        if (!port->admin_state_up) {
            dep(&port->header_.uuid, aux);
            continue;
        }
        result = add_port(view, rc, kind, port, dep, aux);
        if (result != ROUTER_PRESENT) {
            break;
        }
    }
    l3harec_port_index_destroy_row(key);
    return result;
}

/* Adds the floating IPs of 'router' and what is forwarded from them. */
static void
add_nat(const struct router_view *view, struct router_config *rc,
        const struct l3harec_router *router, router_dep_func *dep, void *aux)
{
    const struct l3harec_port_forwarding *forward;
    struct l3harec_port_forwarding *forward_key;
    const struct l3harec_floating_ip *fip;
    struct l3harec_floating_ip *fip_key;

    fip_key = l3harec_floating_ip_index_init_row(view->rows->fips);
    l3harec_floating_ip_index_set_router(fip_key, router);
    L3HAREC_FLOATING_IP_FOR_EACH_EQUAL (fip, fip_key, view->rows->fips) {
        dep(&fip->header_.uuid, aux);
        add_fip(rc, fip);
    }
    l3harec_floating_ip_index_destroy_row(fip_key);

    forward_key = l3harec_port_forwarding_index_init_row(
        view->rows->forwards);
    l3harec_port_forwarding_index_set_router(forward_key, router);
    L3HAREC_PORT_FORWARDING_FOR_EACH_EQUAL (forward, forward_key,
                                            view->rows->forwards) {
        dep(&forward->header_.uuid, aux);
        add_forward(rc, forward);
    }
    l3harec_port_forwarding_index_destroy_row(forward_key);
}

static enum router_desired
get_config(const struct router_view *view,
           const struct l3harec_router_instance *instance,
           struct router_config *rc, router_dep_func *dep, void *aux)
{
    const struct l3harec_router *router = instance->router;
    enum router_desired result;

    dep(&instance->header_.uuid, aux);
    dep(&router->header_.uuid, aux);
    if (!router->admin_state_up) {
        return ROUTER_ABSENT;
    }
    free(rc->title);
    rc->title = xstrdup(router->name);
    rc->ha = router->ha;
    rc->enable_snat = router->enable_snat;
    rc->metadata_port = view->metadata_port;
    if (rc->ha) {
        if (!router->vrrp_group || !instance->ha_port) {
            return ROUTER_UNDECIDED;
        }
        dep(&router->vrrp_group->header_.uuid, aux);
        rc->vrid = router->vrrp_group->vrid;
        rc->priority = instance->priority;
        result = add_port(view, rc, ROUTER_PORT_HA, instance->ha_port, dep,
                          aux);
        if (result != ROUTER_PRESENT) {
            return result;
        }
    }
    result = add_ports(view, rc, router, dep, aux);
    if (result != ROUTER_PRESENT) {
        return result;
    }
    add_nat(view, rc, router, dep, aux);
    for (size_t i = 0; i < router->n_routes; i++) {
        add_extra_route(rc, router->routes[i]);
    }
    router_config_sort(rc);
    if (rc->n_routes) {
        qsort(rc->routes, rc->n_routes, sizeof *rc->routes, compare_routes);
    }
    return ROUTER_PRESENT;
}

/* Tells what this host is to have of 'router'.  If the result is
 * ROUTER_PRESENT, stores its configuration in '*rcp', which the caller must
 * free.  Calls 'dep' with 'aux' for every row that the result depends on and
 * that belongs to no other router's port. */
enum router_desired
router_desired_get(const struct router_view *view, const struct uuid *router,
                   struct router_config **rcp, router_dep_func *dep,
                   void *aux)
{
    const struct l3harec_router *row
        = l3harec_router_get_for_uuid(view->rows->idl, router);
    const struct l3harec_router_instance *instance
        = row ? router_rows_find_copy(view->rows, row, view->host) : NULL;
    struct router_config *rc;
    enum router_desired result;

    *rcp = NULL;
    if (!instance) {
        return ROUTER_ABSENT;
    }
    rc = router_config_create(router);
    result = get_config(view, instance, rc, dep, aux);
    if (result == ROUTER_PRESENT) {
        *rcp = rc;
    } else {
        router_config_destroy(rc);
    }
    return result;
}
