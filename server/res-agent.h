/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef RES_AGENT_H
#define RES_AGENT_H 1

/* Agents as objects of the API. */

#include <stdbool.h>
#include <stddef.h>

#include "server/agents.h"
#include "server/resource.h"

/* An object of resource "agent". */
struct agent_obj {
    struct agent_view view;
    bool is_copy;               /* Listed for a router: has an ha_state. */
    const char *ha_state;       /* NULL if the router is not HA. */
};

/* res_child.list of /networks/ID/dhcp-agents. */
void agent_list_of_network(struct api_ctx *, const void *network,
                           const void ***objs, size_t *n);

/* res_child.list of /routers/ID/l3-agents. */
void agent_list_of_router(struct api_ctx *, const void *router,
                          const void ***objs, size_t *n);

#endif /* server/res-agent.h */
