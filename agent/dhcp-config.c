/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/dhcp-config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/router-config.h"
#include "lib/l3ha-config.h"
#include "packets.h"
#include "util.h"

/* What the DHCP server of one network is to be.
 *
 * Plain data and functions on it; nothing outside is changed.  The owner adds
 * the port, subnets (in ascending order of their UUIDs) and hosts (the same)
 * and calls dhcp_config_finish() last: what is made from two equal
 * configurations is equal then. */

/* The metadata service. */
#define METADATA_IP4 "169.254.169.254/32"
#define METADATA_IP6 "fe80::a9fe:a9fe/128"

/* Least time between two reloads of dnsmasq, in ms: changes that come faster
 * share one. */
#define RELOAD_INTERVAL 100

/* Reads 'o', which 'config' must outlive. */
void
dhcp_options_init(struct dhcp_options *o, const struct l3ha_config *config)
{
    int bulk = l3ha_config_get_int(config, "DEFAULT", "bulk_reload_interval");

    *o = (struct dhcp_options) {
        .confs_path = l3ha_config_get_str(config, "DEFAULT", "dhcp_confs"),
        .domain = l3ha_config_get_str(config, "DEFAULT", "dns_domain"),
        .dns_servers = l3ha_config_get_list(config, "DEFAULT",
                                            "dnsmasq_dns_servers"),
        .config_file = l3ha_config_get_str(config, "DEFAULT",
                                           "dnsmasq_config_file"),
        .log_dir = l3ha_config_get_str(config, "DEFAULT",
                                       "dnsmasq_base_log_dir"),
        .local_resolv = l3ha_config_get_bool(config, "DEFAULT",
                                             "dnsmasq_local_resolv"),
        .broadcast = l3ha_config_get_bool(config, "DEFAULT",
                                          "dhcp_broadcast_reply"),
        .isolated_metadata = l3ha_config_get_bool(config, "DEFAULT",
                                                  "enable_isolated_metadata"),
        .force_metadata = l3ha_config_get_bool(config, "DEFAULT",
                                               "force_metadata"),
        .lease = l3ha_config_get_int(config, "DEFAULT",
                                     "dhcp_lease_duration"),
        .lease_max = l3ha_config_get_int(config, "DEFAULT",
                                         "dnsmasq_lease_max"),
        .renewal = l3ha_config_get_int(config, "DEFAULT",
                                       "dhcp_renewal_time"),
        .rebinding = l3ha_config_get_int(config, "DEFAULT",
                                         "dhcp_rebinding_time"),
        .reload_interval = MAX(bulk * 1000, RELOAD_INTERVAL),
    };
}

struct dhcp_config *
dhcp_config_create(const struct uuid *network)
{
    struct dhcp_config *dc = xzalloc(sizeof *dc);

    dc->network = *network;
    return dc;
}

void
dhcp_config_destroy(struct dhcp_config *dc)
{
    if (!dc) {
        return;
    }
    for (size_t i = 0; i < dc->n_subnets; i++) {
        struct dhcp_subnet *s = &dc->subnets[i];

        free(s->cidr);
        free(s->gateway);
        free(s->address);
        svec_destroy(&s->dns);
        svec_destroy(&s->routes);
        svec_destroy(&s->servers);
    }
    for (size_t i = 0; i < dc->n_hosts; i++) {
        struct dhcp_host *h = &dc->hosts[i];

        for (size_t j = 0; j < h->n_addrs; j++) {
            free(h->addrs[j].ip);
        }
        free(h->addrs);
        free(h->mac);
        smap_destroy(h->options);
        free(h->options);
    }
    free(dc->addrs);
    free(dc->routes);
    free(dc->subnets);
    free(dc->hosts);
    free(dc);
}

/* Says which port the server has. */
void
dhcp_config_set_port(struct dhcp_config *dc, const struct uuid *port,
                     struct eth_addr mac, unsigned int mtu)
{
    dc->port = *port;
    l3ha_device_name(dc->dev, L3HA_DEV_PREFIX_NS, port);
    l3ha_device_name(dc->tap, L3HA_DEV_PREFIX_TAP, port);
    dc->mac = mac;
    dc->mtu = mtu;
}

/* Adds a subnet, without DHCP.  NULL if 'cidr' is none.  The result is valid
 * until the next call. */
struct dhcp_subnet *
dhcp_config_add_subnet(struct dhcp_config *dc, const struct uuid *uuid,
                       const char *cidr)
{
    struct nl_addr_plen net;
    struct dhcp_subnet *s;

    if (!nl_addr_plen_parse(cidr, &net)) {
        return NULL;
    }
    dc->subnets = xrealloc(dc->subnets,
                           (dc->n_subnets + 1) * sizeof *dc->subnets);
    s = &dc->subnets[dc->n_subnets++];
    memset(s, 0, sizeof *s);
    s->uuid = *uuid;
    s->net = net;
    s->cidr = xstrdup(cidr);
    svec_init(&s->dns);
    svec_init(&s->routes);
    svec_init(&s->servers);
    return s;
}

/* Adds a port, without addresses.  The result is valid until the next call. */
struct dhcp_host *
dhcp_config_add_host(struct dhcp_config *dc, const struct uuid *uuid,
                     const char *mac)
{
    struct dhcp_host *h;

    /* Thousands may come: double the array. */
    if (!(dc->n_hosts & (dc->n_hosts - 1))) {
        dc->hosts = xrealloc(dc->hosts, MAX(dc->n_hosts * 2, 1)
                                        * sizeof *dc->hosts);
    }
    h = &dc->hosts[dc->n_hosts++];
    memset(h, 0, sizeof *h);
    h->uuid = *uuid;
    h->mac = xstrdup(mac);
    h->options = xmalloc(sizeof *h->options);
    smap_init(h->options);
    return h;
}

/* Adds an address in subnet number 'subnet'. */
void
dhcp_host_add_address(struct dhcp_host *h, size_t subnet, const char *ip)
{
    h->addrs = xrealloc(h->addrs, (h->n_addrs + 1) * sizeof *h->addrs);
    h->addrs[h->n_addrs++] = (struct dhcp_address) {
        .subnet = subnet,
        .ip = xstrdup(ip),
    };
}

bool
dhcp_subnet_is_ip4(const struct dhcp_subnet *s)
{
    return IN6_IS_ADDR_V4MAPPED(&s->net.ip);
}

static void
add_addr(struct dhcp_config *dc, const struct nl_addr_plen *addr)
{
    dc->addrs = xrealloc(dc->addrs, (dc->n_addrs + 1) * sizeof *dc->addrs);
    dc->addrs[dc->n_addrs++] = *addr;
}

static void
add_addr_text(struct dhcp_config *dc, const char *text)
{
    struct nl_addr_plen addr;

    if (nl_addr_plen_parse(text, &addr)) {
        add_addr(dc, &addr);
    }
}

static void
add_route(struct dhcp_config *dc, const struct in6_addr *dst, uint8_t plen,
          const struct in6_addr *via)
{
    struct nl_static_route route = {
        .dst = { .ip = *dst, .plen = plen },
        .via = via ? *via : in6addr_any,
    };

    dc->routes = xrealloc(dc->routes, (dc->n_routes + 1) * sizeof *dc->routes);
    dc->routes[dc->n_routes++] = route;
}

/* Adds the default route through the gateway of 's', which names an
 * address. */
static void
add_default_route(struct dhcp_config *dc, const struct dhcp_subnet *s,
                  const struct in6_addr *gateway)
{
    bool ip4 = dhcp_subnet_is_ip4(s);
    struct in6_addr any = ip4 ? in6_addr_mapped_ipv4(0) : in6addr_any;
    struct in6_addr mask = ipv6_create_mask(s->net.plen + (ip4 ? 96 : 0));
    struct in6_addr masked = ipv6_addr_bitand(gateway, &mask);

    if (!ipv6_addr_equals(&masked, &s->net.ip)
        && !IN6_IS_ADDR_LINKLOCAL(gateway)) {
        /* Not in the subnet, but on the link. */
        add_route(dc, gateway, ip4 ? 32 : 128, NULL);
    }
    add_route(dc, &any, 0, gateway);
}

/* True if instances on some subnet find the metadata service here: as
 * enable_isolated_metadata says where there is no router, as force_metadata
 * says everywhere. */
static bool
needs_metadata(const struct dhcp_config *dc, const struct dhcp_options *o)
{
    bool any = false;

    for (size_t i = 0; i < dc->n_subnets && o->isolated_metadata; i++) {
        any |= !dc->subnets[i].routed && dc->subnets[i].address;
    }
    return any || o->force_metadata;
}

/* Adds what follows from the subnets: addresses and routes of the namespace.
 * To be called once, last. */
void
dhcp_config_finish(struct dhcp_config *dc, const struct dhcp_options *o)
{
    bool has_ip6 = !access("/proc/sys/net/ipv6", F_OK);
    bool subnet_ip6 = false, default4 = false, default6 = false;

    for (size_t i = 0; i < dc->n_subnets; i++) {
        const struct dhcp_subnet *s = &dc->subnets[i];
        bool ip4 = dhcp_subnet_is_ip4(s);
        bool *have_default = ip4 ? &default4 : &default6;
        struct nl_addr_plen addr = { .plen = s->net.plen };
        struct in6_addr gateway;

        subnet_ip6 |= !ip4;
        if (!s->address || !router_ip_parse(s->address, &addr.ip)
            || (!ip4 && !has_ip6)) {
            continue;
        }
        add_addr(dc, &addr);
        if (!*have_default && s->gateway
            && router_ip_parse(s->gateway, &gateway)
            && IN6_IS_ADDR_V4MAPPED(&gateway) == ip4) {
            add_default_route(dc, s, &gateway);
            *have_default = true;
        }
    }
    if (has_ip6) {
        struct nl_addr_plen lla = { .plen = 64 };

        in6_generate_lla(dc->mac, &lla.ip);
        add_addr(dc, &lla);
    }
    dc->metadata = needs_metadata(dc, o);
    if (dc->metadata) {
        add_addr_text(dc, METADATA_IP4);
        if (has_ip6 && subnet_ip6 && !dc->metadata6_elsewhere) {
            add_addr_text(dc, METADATA_IP6);
        }
    }
}

/* Stores which MAC address each address that can be leased is for. */
void
dhcp_config_get_leases(const struct dhcp_config *dc, struct smap *leases)
{
    smap_init(leases);
    for (size_t i = 0; i < dc->n_hosts; i++) {
        const struct dhcp_host *h = &dc->hosts[i];

        for (size_t j = 0; j < h->n_addrs; j++) {
            if (dc->subnets[h->addrs[j].subnet].mode == DHCP_STATEFUL) {
                smap_replace(leases, h->addrs[j].ip, h->mac);
            }
        }
    }
}
