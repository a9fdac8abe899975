/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ROUTER_INTERFACE_H
#define ROUTER_INTERFACE_H 1

/* Interfaces of routers. */

#include "server/resource.h"

struct l3harec_router;

/* PUT /routers/ID/add_router_interface and remove_router_interface. */
res_action_func router_add_interface;
res_action_func router_remove_interface;

/* Refuses to delete a router that has interfaces. */
struct api_error *router_check_unused(struct api_ctx *,
                                      const struct l3harec_router *);

#endif /* server/router-interface.h */
