/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_ROUTER_DESIRED_H
#define L3HA_ROUTER_DESIRED_H 1

/* What the database wants of routers on this host. */

#include <netinet/in.h>

#include "openvswitch/hmap.h"
#include "uuid.h"

struct ovsdb_idl;
struct router_config;

/* The rows that belong to each router.  Valid until the next change of the
 * replica. */
struct router_view {
    const char *host;
    struct in6_addr ipv6_gateway; /* For external networks without one, all
                                   * zeros: there is none. */
    uint16_t metadata_port;     /* Of all routers, 0: none. */
    struct hmap nodes;          /* Contains "struct router_view_node"s. */
    struct ovsdb_idl *idl;
};

void router_view_init(struct router_view *, struct ovsdb_idl *,
                      const char *host);
void router_view_destroy(struct router_view *);
void router_view_for_each(const struct router_view *,
                          void (*cb)(const struct uuid *router, void *aux),
                          void *aux);

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
