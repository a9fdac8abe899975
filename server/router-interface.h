/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ROUTER_INTERFACE_H
#define ROUTER_INTERFACE_H 1

/* Ports of routers: interfaces and gateway. */

#include <stddef.h>

#include "server/resource.h"

struct l3harec_network;
struct l3harec_port;
struct l3harec_router;

/* PUT /routers/ID/add_router_interface and remove_router_interface. */
res_action_func router_add_interface;
res_action_func router_remove_interface;

/* The router's gateway port, or NULL. */
const struct l3harec_port *router_get_gateway(struct api_ctx *,
                                              const struct l3harec_router *);

/* Makes the gateway what 'info', a checked external_gateway_info, says; NULL
 * or JSON null removes it. */
struct api_error *router_set_gateway(struct api_ctx *,
                                     const struct l3harec_router *,
                                     const struct json *info);

/* Refuses to delete a router that has interfaces. */
struct api_error *router_check_unused(struct api_ctx *,
                                      const struct l3harec_router *);

/* Checks that the nexthop of each of 'routes' (JSON, as in requests) is a
 * neighbour of the router and not the router itself. */
struct api_error *router_check_routes(struct api_ctx *,
                                      const struct l3harec_router *,
                                      const struct json *routes);

#endif /* server/router-interface.h */
