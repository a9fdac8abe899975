/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ROUTER_GATEWAY_H
#define ROUTER_GATEWAY_H 1

/* Gateways and routes of routers. */

struct api_ctx;
struct api_error;
struct json;
struct l3harec_port;
struct l3harec_router;
struct l3harec_subnet;

/* The router's gateway port, or NULL. */
const struct l3harec_port *router_get_gateway(struct api_ctx *,
                                              const struct l3harec_router *);

/* Makes the gateway what 'info', a checked external_gateway_info, says; NULL
 * or JSON null removes it. */
struct api_error *router_set_gateway(struct api_ctx *,
                                     const struct l3harec_router *,
                                     const struct json *info);

/* After 'subnet' was inserted into an external network: gives the gateways
 * there an address of it if they have no managed one of its IP version. */
struct api_error *router_gateways_add_subnet(struct api_ctx *,
                                             const struct l3harec_subnet *);

/* Checks that the nexthop of each of 'routes' (JSON, as in requests) is a
 * neighbour of the router and not the router itself. */
struct api_error *router_check_routes(struct api_ctx *,
                                      const struct l3harec_router *,
                                      const struct json *routes);

#endif /* server/router-gateway.h */
