/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "agent": how it is shown and what may be changed.
 *
 * Who is an agent and alive is agents.c's.  The objects of this resource are
 * 'struct agent_obj's that live as long as the context of the request. */

#include <config.h>
#include "server/res-agent.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/dhcp.h"
#include "server/ha.h"
#include "server/rows.h"
#include "util.h"

static const void *
agent_obj_create(struct api_ctx *ctx, const struct agent_view *view)
{
    struct agent_obj *obj = api_ctx_keep(ctx, xzalloc(sizeof *obj));

    obj->view = *view;
    return obj;
}

static void
agent_list(struct api_ctx *ctx, const void ***objs, size_t *n)
{
    struct agent_view *views = agents_get_all(ctx->backend, n);

    *objs = xcalloc(*n + 1, sizeof **objs);
    for (size_t i = 0; i < *n; i++) {
        (*objs)[i] = agent_obj_create(ctx, &views[i]);
    }
    free(views);
}

static const void *
agent_find(struct api_ctx *ctx, const struct uuid *id)
{
    struct agent_view view;

    return (agents_find(ctx->backend, id, &view)
            ? agent_obj_create(ctx, &view) : NULL);
}

/* Children of a router: the L3 agents that carry it. */
void
agent_list_of_router(struct api_ctx *ctx, const void *router,
                     const void ***objs, size_t *n)
{
    struct rows copies;

    rows_copies_of_router(ctx->backend, router, &copies);
    *objs = xcalloc(copies.n + 1, sizeof **objs);
    for (size_t i = 0; i < copies.n; i++) {
        const struct l3harec_router_instance *copy = copies.rows[i];
        const struct l3harec_agent *row;
        struct agent_view view;
        struct agent_obj *obj;

        row = agents_find_host(ctx->backend, copy->host);
        if (!row || !agents_get_view(ctx->backend, row, AGENT_L3, &view)) {
            continue;           /* The agent was deleted. */
        }
        obj = CONST_CAST(struct agent_obj *, agent_obj_create(ctx, &view));
        obj->is_copy = true;
        obj->ha_state = ha_instance_get_state(ctx->backend, copy);
        (*objs)[(*n)++] = obj;
    }
    rows_destroy(&copies);
}

/* Children of a network: the DHCP agents that serve it. */
void
agent_list_of_network(struct api_ctx *ctx, const void *network,
                      const void ***objs, size_t *n)
{
    struct rows instances;

    rows_dhcp_of_network(ctx->backend, network, &instances);
    *objs = xcalloc(instances.n + 1, sizeof **objs);
    for (size_t i = 0; i < instances.n; i++) {
        const struct l3harec_dhcp_instance *instance = instances.rows[i];
        const struct l3harec_agent *row;
        struct agent_view view;

        row = agents_find_host(ctx->backend, instance->host);
        if (row && agents_get_view(ctx->backend, row, AGENT_DHCP, &view)) {
            (*objs)[(*n)++] = agent_obj_create(ctx, &view);
        }
    }
    rows_destroy(&instances);
}

/* Getters. */

static struct json *
string_or_null(const char *s)
{
    return s ? json_string_create(s) : json_null_create();
}

#define AGENT_GETTER(NAME, EXPR)                                        \
    static struct json *                                                \
    get_##NAME(struct api_ctx *ctx OVS_UNUSED, const void *obj_)        \
    {                                                                   \
        const struct agent_obj *obj = obj_;                             \
                                                                        \
        return EXPR;                                                    \
    }

AGENT_GETTER(id, json_uuid(&obj->view.id))
AGENT_GETTER(agent_type, json_string_create(obj->view.agent_type))
AGENT_GETTER(binary, json_string_create(obj->view.binary))
AGENT_GETTER(topic, json_string_create(obj->view.topic))
AGENT_GETTER(host, json_string_create(obj->view.row->host))
AGENT_GETTER(zone, string_or_null(obj->view.availability_zone))
AGENT_GETTER(admin_state_up, json_boolean_create(obj->view.admin_state_up))
AGENT_GETTER(alive, json_boolean_create(obj->view.alive))
AGENT_GETTER(created_at, json_time(obj->view.row->created_at, true))
AGENT_GETTER(started_at, json_time(obj->view.row->started_at, true))
AGENT_GETTER(heartbeat, json_time(obj->view.row->heartbeat, true))
AGENT_GETTER(description, (obj->view.row->description[0]
                           ? json_string_create(obj->view.row->description)
                           : json_null_create()))
AGENT_GETTER(ha_state, obj->is_copy ? string_or_null(obj->ha_state) : NULL)
AGENT_GETTER(configurations, agents_get_configurations(ctx->backend,
                                                       &obj->view))

static bool
match_id(struct api_ctx *ctx OVS_UNUSED, const void *obj_, const char *value)
{
    const struct agent_obj *obj = obj_;
    struct uuid uuid;

    return attr_parse_uuid(value, &uuid) && uuid_equals(&uuid, &obj->view.id);
}

static const struct res_attr agent_attrs[] = {
    { .name = "id", .flags = RES_RO, .get = get_id, .match = match_id },
    { .name = "agent_type", .flags = RES_RO, .get = get_agent_type },
    { .name = "binary", .flags = RES_RO, .get = get_binary },
    { .name = "topic", .flags = RES_RO, .get = get_topic },
    { .name = "host", .flags = RES_RO, .get = get_host },
    { .name = "availability_zone", .flags = RES_RO, .get = get_zone },
    { .name = "admin_state_up", .flags = RES_RO | RES_PUT,
      .check = attr_boolean, .get = get_admin_state_up },
    { .name = "alive", .flags = RES_RO, .get = get_alive },
    { .name = "created_at", .flags = RES_RO, .get = get_created_at },
    { .name = "started_at", .flags = RES_RO, .get = get_started_at },
    { .name = "heartbeat_timestamp", .flags = RES_RO, .get = get_heartbeat },
    { .name = "description", .flags = RES_RO | RES_PUT,
      .check = attr_string_or_none, .max = 255, .get = get_description },
    { .name = "configurations", .flags = 0, .get = get_configurations },
    { .name = "resources_synced", .flags = 0, .get = res_get_null },
    { .name = "ha_state", .flags = 0, .get = get_ha_state },
};

static struct api_error *
agent_update(struct api_ctx *ctx OVS_UNUSED, const void *obj_,
             const struct json *body)
{
    const struct agent_obj *obj = obj_;

    if (body_has(body, "admin_state_up")) {
        agents_set_admin_state(&obj->view,
                               body_bool(body, "admin_state_up", true));
    }
    if (body_has(body, "description")) {
        const char *description = body_string(body, "description");

        l3harec_agent_set_description(obj->view.row,
                                      description ? description : "");
    }
    return NULL;
}

static struct api_error *
agent_destroy(struct api_ctx *ctx, const void *obj_)
{
    const struct agent_obj *obj = obj_;

    agents_delete(ctx->backend, ctx->txn, &obj->view);
    return NULL;
}

/* /agents/ID/l3-routers. */

static void
list_routers(struct api_ctx *ctx, const void *agent_, const void ***objs,
             size_t *n)
{
    const struct agent_obj *agent = agent_;
    struct rows copies;

    if (agent->view.role != AGENT_L3) {
        return;
    }
    rows_copies_of_host(ctx->backend, agent->view.row->host, &copies);
    *objs = xcalloc(copies.n + 1, sizeof **objs);
    for (size_t i = 0; i < copies.n; i++) {
        const struct l3harec_router_instance *copy = copies.rows[i];

        (*objs)[(*n)++] = copy->router;
    }
    rows_destroy(&copies);
}

static struct api_error *
invalid_l3_agent(const struct agent_obj *agent)
{
    return api_error_create(404, "InvalidL3Agent", "Agent "UUID_FMT" is not "
                            "a L3 Agent or has been disabled",
                            UUID_ARGS(&agent->view.id));
}

static struct api_error *
add_router(struct api_ctx *ctx, const void *agent_, const struct json *body)
{
    const struct agent_obj *agent = agent_;
    const char *router_id = body_string(body, "router_id");
    const struct l3harec_router *router;
    struct api_error *error;

    if (!router_id) {
        return api_error_create(400, "HTTPBadRequest",
                                "Invalid body: router_id is missing");
    }
    if (agent->view.role != AGENT_L3) {
        return invalid_l3_agent(agent);
    }
    router = resource_find_by_text(&res_router, ctx, router_id, &error);
    if (router) {
        resource_touch(ctx, &std_router, &router->header_);
        error = ha_router_add_host(ctx->backend, ctx->txn, router,
                                   agent->view.row);
    }
    return error;
}

static struct api_error *
remove_router(struct api_ctx *ctx, const void *agent_, const char *router_id)
{
    const struct agent_obj *agent = agent_;
    const struct l3harec_router *router;
    struct api_error *error;

    if (agent->view.role != AGENT_L3) {
        return invalid_l3_agent(agent);
    }
    router = resource_find_by_text(&res_router, ctx, router_id, &error);
    if (router) {
        resource_touch(ctx, &std_router, &router->header_);
        error = ha_router_remove_host(ctx->backend, ctx->txn, router,
                                      agent->view.row);
    }
    return error;
}

/* /agents/ID/dhcp-networks. */

static void
list_networks(struct api_ctx *ctx, const void *agent_, const void ***objs,
              size_t *n)
{
    const struct agent_obj *agent = agent_;
    struct rows instances;

    if (agent->view.role != AGENT_DHCP) {
        return;
    }
    rows_dhcp_of_host(ctx->backend, agent->view.row->host, &instances);
    *objs = xcalloc(instances.n + 1, sizeof **objs);
    for (size_t i = 0; i < instances.n; i++) {
        const struct l3harec_dhcp_instance *instance = instances.rows[i];

        (*objs)[(*n)++] = instance->network;
    }
    rows_destroy(&instances);
}

static struct api_error *
add_network(struct api_ctx *ctx, const void *agent_, const struct json *body)
{
    const struct agent_obj *agent = agent_;
    const char *network_id = body_string(body, "network_id");
    const struct l3harec_network *network;
    struct api_error *error;

    if (!network_id) {
        return api_error_create(400, "HTTPBadRequest",
                                "Invalid body: network_id is missing");
    }
    network = resource_find_by_text(&res_network, ctx, network_id, &error);
    if (network) {
        error = dhcp_add_agent(ctx->backend, ctx->txn, network,
                               &agent->view);
    }
    return error;
}

static struct api_error *
remove_network(struct api_ctx *ctx, const void *agent_,
               const char *network_id)
{
    const struct agent_obj *agent = agent_;
    const struct l3harec_network *network;
    struct api_error *error;

    network = resource_find_by_text(&res_network, ctx, network_id, &error);
    if (network) {
        error = dhcp_remove_agent(ctx->backend, network, &agent->view);
    }
    return error;
}

static const struct res_child agent_children[] = {
    { .name = "dhcp-networks", .collection = "networks",
      .resource = &res_network, .list = list_networks, .add = add_network,
      .remove = remove_network },
    { .name = "l3-routers", .collection = "routers", .resource = &res_router,
      .list = list_routers, .add = add_router, .remove = remove_router },
};

const struct resource res_agent = {
    .name = "agent",
    .collection = "agents",
    .methods = RES_CAN_UPDATE | RES_CAN_DELETE,
    .attrs = agent_attrs,
    .n_attrs = ARRAY_SIZE(agent_attrs),
    .not_found = "AgentNotFound",
    .not_found_format = "Agent %s could not be found.",
    .list = agent_list,
    .find = agent_find,
    .update = agent_update,
    .destroy = agent_destroy,
    .children = agent_children,
    .n_children = ARRAY_SIZE(agent_children),
};
