/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_ROUTER_CONFIG_H
#define L3HA_ROUTER_CONFIG_H 1

/* What one copy of a router is to be: plain data, made from the database
 * (router-desired.h) and read by everything that realises it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/nl-link.h"
#include "lib/l3ha-names.h"
#include "openvswitch/types.h"
#include "uuid.h"

struct ds;

enum router_port_kind {
    ROUTER_PORT_HA,             /* VRRP. */
    ROUTER_PORT_INTERNAL,       /* Tenant network. */
    ROUTER_PORT_GATEWAY,        /* External network. */
};

/* An IPv6 prefix that hosts are told of. */
struct router_ra_prefix {
    struct nl_addr_plen net;
    bool autonomous;            /* Hosts form addresses themselves. */
};

#define ROUTER_RA_MAX_DNS 3

/* What the router advertises on a tenant's network. */
struct router_ra {
    bool managed;               /* DHCPv6 has addresses. */
    bool other;                 /* DHCPv6 has other information. */
    struct router_ra_prefix *prefixes; /* Autonomous ones first. */
    size_t n_prefixes;
    struct in6_addr dns[ROUTER_RA_MAX_DNS];
    size_t n_dns;
};

struct router_port {
    enum router_port_kind kind;
    struct uuid uuid;
    struct uuid network;
    char dev[L3HA_DEV_LEN];     /* In the router's namespace. */
    char tap[L3HA_DEV_LEN];     /* Its peer, on the switch. */
    struct eth_addr mac;
    unsigned int mtu;
    char *physnet;              /* Physical network, NULL for tunnels. */

    /* In the order of their text, except that the link-local IPv6 address
     * comes last. */
    struct nl_addr_plen *addrs;
    size_t n_addrs;

    struct router_ra ra;        /* ROUTER_PORT_INTERNAL only. */
    bool accept_ra;             /* ROUTER_PORT_GATEWAY only: learn the IPv6
                                 * default route from advertisements. */
};

struct router_route {
    struct nl_addr_plen dst;
    struct in6_addr via;        /* All zeros: on link. */
    char dev[L3HA_DEV_LEN];     /* "" if it follows from 'via'. */
};

/* An address of the external network that leads to instances. */
struct router_fip {
    struct in6_addr floating;   /* IPv4-mapped. */
    struct in6_addr fixed;      /* IPv4-mapped.  All zeros: only the ports of
                                 * "struct router_forward"s are translated. */
};

/* Consecutive ports of a floating IP that lead to those of an instance. */
struct router_forward {
    struct in6_addr floating;   /* IPv4-mapped. */
    struct in6_addr fixed;      /* IPv4-mapped. */
    uint8_t protocol;           /* IPPROTO_*. */
    uint16_t external;          /* First port of 'floating'. */
    uint16_t internal;          /* First port of 'fixed'. */
    uint16_t n_external;
    uint16_t n_internal;        /* 'n_external' or 1. */
};

struct router_config {
    struct uuid uuid;
    char *title;                /* Its name in the API. */
    bool ha;
    uint8_t vrid;               /* HA only. */
    uint8_t priority;           /* HA only. */
    bool enable_snat;
    uint16_t metadata_port;     /* Where the metadata proxy listens in the
                                 * namespace, 0: there is none. */

    struct router_port *ports;
    size_t n_ports;
    struct router_route *routes;
    size_t n_routes;
    struct router_fip *fips;    /* Ascending by 'floating'. */
    size_t n_fips;
    struct router_forward *forwards;
    size_t n_forwards;
};

struct router_config *router_config_create(const struct uuid *);
void router_config_destroy(struct router_config *);

struct router_port *router_config_add_port(struct router_config *,
                                           enum router_port_kind,
                                           const struct uuid *,
                                           struct eth_addr mac,
                                           unsigned int mtu);
void router_port_add_addr(struct router_port *, const struct nl_addr_plen *);
bool router_port_has_addr(const struct router_port *,
                          const struct nl_addr_plen *);
void router_port_add_lla(struct router_port *);
void router_port_add_ra(struct router_port *, const char *mode,
                        const struct nl_addr_plen *net);
void router_port_add_dns(struct router_port *, const struct in6_addr *);
struct router_route *router_config_add_route(struct router_config *,
                                             const struct nl_addr_plen *dst,
                                             const struct in6_addr *via,
                                             const char *dev);
bool router_config_add_fip(struct router_config *,
                           const struct in6_addr *floating,
                           const struct in6_addr *fixed);
bool router_config_add_forward(struct router_config *,
                               const struct router_forward *);
void router_config_sort(struct router_config *);

const struct router_port *router_config_find(const struct router_config *,
                                             enum router_port_kind);
const struct router_port *router_config_find_port(
    const struct router_config *, const struct uuid *);
const struct router_fip *router_config_find_fip(const struct router_config *,
                                                const struct in6_addr *);
const struct nl_addr_plen *router_config_snat_addr(
    const struct router_config *);
struct nl_addr_plen router_config_vip(const struct router_config *);
bool router_config_uses_physnet(const struct router_config *,
                                const char *physnet);

bool nl_addr_plen_parse(const char *, struct nl_addr_plen *);
bool nl_addr_plen_equals(const struct nl_addr_plen *,
                         const struct nl_addr_plen *);
bool nl_addrs_contain(const struct nl_addr_plen *, size_t n,
                      const struct nl_addr_plen *);
void nl_addr_plen_format(const struct nl_addr_plen *, struct ds *);
bool router_ip_parse(const char *, struct in6_addr *);
void router_ip_format(const struct in6_addr *, struct ds *);

#endif /* agent/router-config.h */
