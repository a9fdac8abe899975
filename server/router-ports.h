/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ROUTER_PORTS_H
#define ROUTER_PORTS_H 1

/* Ports of routers: what interfaces and gateway have in common. */

#include <stdbool.h>

#include "server/api-error.h"
#include "server/resource.h"

struct l3harec_network;
struct l3harec_port;
struct l3harec_router;
struct l3harec_subnet;
struct rows;

#define router_bad_request(...) api_error_bad_request("router", __VA_ARGS__)

bool router_port_is_gateway(const struct l3harec_port *);
bool router_port_is_interface(const struct l3harec_port *);

/* Stores the interfaces and the gateway of the router, not its HA ports. */
void router_get_ports(struct api_ctx *, const struct l3harec_router *,
                      struct rows *);

/* Checks that 'subnet' overlaps no subnet that the router is attached to by
 * another port than 'except' (may be NULL). */
struct api_error *router_check_overlap(struct api_ctx *,
                                       const struct l3harec_router *,
                                       const struct l3harec_subnet *subnet,
                                       const struct l3harec_port *except);

bool router_subnet_contains(const struct l3harec_subnet *, const char *ip);

/* Inserts a port on 'network' that the L3 service makes for 'device', a row's
 * UUID: without addresses and unbound, and stores it into '*portp'. */
struct api_error *router_insert_service_port(
    struct api_ctx *, const struct l3harec_network *network,
    const char *project_id, const char *owner, const struct uuid *device,
    const struct l3harec_port **portp);

/* Inserts a port of the router on 'network', without addresses and unbound,
 * and stores it into '*portp'. */
struct api_error *router_insert_port(struct api_ctx *,
                                     const struct l3harec_router *,
                                     const struct l3harec_network *network,
                                     const char *project_id,
                                     const char *owner,
                                     const struct l3harec_port **portp);

#endif /* server/router-ports.h */
