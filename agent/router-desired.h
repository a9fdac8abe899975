/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_ROUTER_DESIRED_H
#define L3HA_ROUTER_DESIRED_H 1

/* What the database wants of routers on this host. */

#include <netinet/in.h>
#include <stdint.h>

struct l3harec_router;
struct l3harec_router_instance;
struct ovsdb_idl;
struct ovsdb_idl_index;
struct router_config;
struct uuid;

/* The rows of the replica by what they belong to: finding those of a router
 * takes time proportional to their number. */
struct router_rows {
    struct ovsdb_idl *idl;
    struct ovsdb_idl_index *instances; /* Router_Instance:router. */
    struct ovsdb_idl_index *ports;     /* Port:router. */
    struct ovsdb_idl_index *fips;      /* Floating_IP:router. */
    struct ovsdb_idl_index *forwards;  /* Port_Forwarding:router. */
    struct ovsdb_idl_index *subnets;   /* Subnet:network. */
};

void router_rows_init(struct router_rows *, struct ovsdb_idl *);
const struct l3harec_router_instance *
router_rows_find_copy(const struct router_rows *,
                      const struct l3harec_router *, const char *host);

/* Where a configuration is made from. */
struct router_view {
    const struct router_rows *rows;
    const char *host;
    struct in6_addr ipv6_gateway; /* For external networks without one, all
                                   * zeros: there is none. */
    uint16_t metadata_port;     /* Of all routers, 0: none. */
};

enum router_desired {
    ROUTER_ABSENT,              /* No copy here. */
    ROUTER_UNDECIDED,           /* The server has not written all yet. */
    ROUTER_PRESENT,
};

/* Called with each row that a configuration depends on. */
typedef void router_dep_func(const struct uuid *row, void *aux);

enum router_desired router_desired_get(const struct router_view *,
                                       const struct uuid *router,
                                       struct router_config **,
                                       router_dep_func *, void *aux);

#endif /* agent/router-desired.h */
