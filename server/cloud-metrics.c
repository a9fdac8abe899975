/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Metrics of the whole cloud: which nodes live, and whether each HA router is
 * active exactly once.
 *
 * Each server tells all of it, from its replica; what the agent of a dead
 * host said last does not count.  Costs one pass over the copies of routers
 * when somebody asks. */

#include <config.h>
#include "server/cloud-metrics.h"

#include <stdio.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-metrics.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "server/agents.h"
#include "server/backend.h"
#include "util.h"

/* Sets the gauges of agents, and adds the hosts of live ones to 'alive'. */
static void
fill_agents(const struct backend *b, struct l3ha_metrics *metrics,
            struct shash *alive)
{
    const struct l3harec_agent *agent;

    L3HAREC_AGENT_FOR_EACH (agent, b->idl) {
        struct ds labels = DS_EMPTY_INITIALIZER;
        bool up = agents_is_alive(b, agent);

        if (up) {
            shash_add_once(alive, agent->host, agent);
        }
        l3ha_metrics_label(&labels, "host", agent->host);
        l3ha_metrics_set(metrics, L3HA_METRIC_SERVER_AGENT_UP,
                         ds_cstr(&labels), up);
        ds_destroy(&labels);
    }
}

/* Sets the gauges of what the database says of nodes and routers. */
void
cloud_metrics_fill(const struct backend *b, struct l3ha_metrics *metrics)
{
    const struct l3harec_router_instance *copy;
    struct shash alive = SHASH_INITIALIZER(&alive);
    struct shash active = SHASH_INITIALIZER(&active);
    const struct l3harec_router *router;
    char uuid[UUID_LEN + 1];

    fill_agents(b, metrics, &alive);
    L3HAREC_ROUTER_INSTANCE_FOR_EACH (copy, b->idl) {
        if (copy->router && copy->state && !strcmp(copy->state, "active")
            && shash_find(&alive, copy->host)) {
            struct shash_node *node;

            snprintf(uuid, sizeof uuid, UUID_FMT,
                     UUID_ARGS(&copy->router->header_.uuid));
            node = shash_find(&active, uuid);
            if (!node) {
                node = shash_add(&active, uuid, NULL);
            }
            node->data = (void *) ((uintptr_t) node->data + 1);
        }
    }
    L3HAREC_ROUTER_FOR_EACH (router, b->idl) {
        if (router->ha && router->admin_state_up) {
            struct ds labels = DS_EMPTY_INITIALIZER;

            snprintf(uuid, sizeof uuid, UUID_FMT,
                     UUID_ARGS(&router->header_.uuid));
            l3ha_metrics_label(&labels, "router", uuid);
            l3ha_metrics_label(&labels, "name", router->name);
            l3ha_metrics_set(metrics, L3HA_METRIC_SERVER_ACTIVE_COPIES,
                             ds_cstr(&labels),
                             (uintptr_t) shash_find_data(&active, uuid));
            ds_destroy(&labels);
        }
    }
    shash_destroy(&active);
    shash_destroy(&alive);
}
