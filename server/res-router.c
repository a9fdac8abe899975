/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "router": its attributes and rules.
 *
 * Copies of HA routers and where they are placed are ha.c's, interfaces
 * router-interface.c's, gateway and routes router-gateway.c's. */

#include <config.h>
#include "server/resource.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "server/agents.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/ha.h"
#include "server/res-agent.h"
#include "server/res-zone.h"
#include "server/router-gateway.h"
#include "server/router-interface.h"
#include "server/router-ports.h"
#include "server/rows.h"
#include "svec.h"
#include "util.h"

/* Neutron's default of max_routes. */
#define MAX_ROUTES 30

const struct res_standard std_router = RES_TAGGED_COLUMNS(router);

static struct json *
get_gateway_info(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_router *router = obj;
    const struct l3harec_port *port = router_get_gateway(ctx, router);
    struct json *info;

    if (!port) {
        return json_null_create();
    }
    info = json_object_create();
    json_object_put(info, "network_id",
                    json_uuid(&port->network->header_.uuid));
    json_object_put(info, "enable_snat",
                    json_boolean_create(router->enable_snat));
    json_object_put(info, "external_fixed_ips", rows_port_fixed_ips(port));
    return info;
}

static struct json *
get_routes(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_router *router = obj;

    return rows_routes_to_json(router->routes, router->n_routes);
}

/* The zones of the agents that carry the router. */
static struct json *
get_zones(struct api_ctx *ctx, const void *obj)
{
    struct svec hosts = SVEC_EMPTY_INITIALIZER;
    struct json *zones;
    struct rows copies;

    rows_copies_of_router(ctx->backend, obj, &copies);
    for (size_t i = 0; i < copies.n; i++) {
        const struct l3harec_router_instance *copy = copies.rows[i];

        svec_add(&hosts, copy->host);
    }
    zones = zone_list_of_hosts(ctx->backend, &hosts);
    svec_destroy(&hosts);
    rows_destroy(&copies);
    return zones;
}

static const struct res_attr router_attrs[] = {
    RES_STANDARD_ATTRS(router),
    { .name = "admin_state_up", .flags = RES_RW, .check = attr_boolean,
      .def = "true", .column = &l3harec_router_col_admin_state_up },
    { .name = "status", .flags = RES_RO,
      .column = &l3harec_router_col_status },
    { .name = "external_gateway_info", .flags = RES_POST | RES_PUT,
      .check = attr_gateway_info, .get = get_gateway_info },
    { .name = "routes", .flags = RES_PUT, .check = attr_routes,
      .get = get_routes },
    { .name = "ha", .flags = RES_POST | RES_PUT | RES_FILTER | RES_MANUAL,
      .check = attr_boolean_or_none, .column = &l3harec_router_col_ha },
    { .name = "distributed", .flags = RES_POST | RES_PUT | RES_FILTER,
      .check = attr_boolean_or_none, .get = res_get_false },
    { .name = "availability_zone_hints", .flags = RES_POST | RES_FILTER,
      .check = attr_string_list, .max = 255, .def = "[]",
      .column = &l3harec_router_col_availability_zone_hints },
    { .name = "availability_zones", .flags = 0, .get = get_zones },
};

static struct api_error *
router_create(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3ha_config *config = ctx->backend->config;
    const struct l3harec_router *router = obj;
    bool ha = body_bool(body, "ha",
                        l3ha_config_get_bool(config, "DEFAULT", "l3_ha"));
    bool distributed = body_bool(body, "distributed",
                                 l3ha_config_get_bool(config, "DEFAULT",
                                                      "router_distributed"));
    struct api_error *error;

    if (distributed) {
        return router_bad_request("distributed routers are not supported, "
                                  "distributed must be False");
    }
    error = zone_check_hints(ctx->backend, AGENT_L3,
                             router->availability_zone_hints,
                             router->n_availability_zone_hints);
    if (error) {
        return error;
    }
    l3harec_router_set_ha(router, ha);
    l3harec_router_set_status(router, "ACTIVE");
    l3harec_router_set_enable_snat(
        router, l3ha_config_get_bool(config, "DEFAULT",
                                     "enable_snat_by_default"));
    error = ha_router_create(ctx->backend, ctx->txn, router);
    if (!error && body_has(body, "external_gateway_info")) {
        error = router_set_gateway(ctx, router,
                                   body_get(body, "external_gateway_info"));
    }
    return error;
}

static struct api_error *
update_routes(struct api_ctx *ctx, const struct l3harec_router *router,
              const struct json *routes)
{
    struct api_error *error;
    char **array;
    size_t n;

    if (json_array(routes)->n > MAX_ROUTES) {
        return api_error_create(
            400, "RoutesExhausted", "Unable to complete operation for "
            UUID_FMT". The number of routes exceeds the maximum %d.",
            UUID_ARGS(&router->header_.uuid), MAX_ROUTES);
    }
    error = router_check_routes(ctx, router, routes);
    if (!error) {
        rows_routes_from_json(routes, &array, &n);
        l3harec_router_set_routes(router, (const char **) array, n);
        rows_routes_free(array, n);
    }
    return error;
}

static struct api_error *
router_update(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_router *router = obj;
    bool ha = body_bool(body, "ha", router->ha);
    struct api_error *error = NULL;

    if (body_bool(body, "distributed", false)) {
        return router_bad_request("distributed routers are not supported, "
                                  "distributed must be False");
    }
    if (ha != router->ha) {
        if (router->admin_state_up
            && body_bool(body, "admin_state_up", true)) {
            return router_bad_request("Cannot change HA attribute of active "
                                      "routers. Please set router "
                                      "admin_state_up to False prior to "
                                      "upgrade");
        }
        error = ha_router_set_ha(ctx->backend, ctx->txn, router, ha);
    }
    /* The routes of the request count, not those that the gateway's change
     * may leave without neighbour. */
    if (!error && body_has(body, "routes")) {
        l3harec_router_set_routes(router, NULL, 0);
    }
    if (!error && body_has(body, "external_gateway_info")) {
        error = router_set_gateway(ctx, router,
                                   body_get(body, "external_gateway_info"));
    }
    if (!error && body_has(body, "routes")) {
        error = update_routes(ctx, router, body_get(body, "routes"));
    }
    return error;
}

static struct api_error *
router_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_router *router = obj;
    const struct l3harec_port *gateway;
    struct api_error *error;

    error = router_check_unused(ctx, router);
    if (!error) {
        /* Nobody may attach an interface meanwhile. */
        resource_touch(ctx, &std_router, &router->header_);
        gateway = router_get_gateway(ctx, router);
        if (gateway) {
            rows_port_delete(gateway);
        }
        ha_router_destroy(ctx->backend, ctx->txn, router);
    }
    return error;
}

/* PUT /routers/ID/add_extraroutes, remove_extraroutes: both may be repeated
 * without harm. */

static bool
has_route(const struct json *routes, const struct json *route)
{
    for (size_t i = 0; i < json_array(routes)->n; i++) {
        if (json_equal(json_array(routes)->elems[i], route)) {
            return true;
        }
    }
    return false;
}

/* Changes the routes of 'router' by those of 'body'. */
static struct api_error *
change_routes(struct api_ctx *ctx, const struct l3harec_router *router,
              const struct json *body, bool add, struct json **answerp)
{
    const struct json *given = body_get(body, "router");
    struct json *old, *new, *change;
    struct api_error *error;

    given = (given && given->type == JSON_OBJECT
             ? body_get(given, "routes") : NULL);
    if (!given) {
        return router_bad_request("the body has no routes of a router");
    }
    change = json_deep_clone(given);
    error = attr_routes(resource_find_attr(&res_router, "routes"), &change);
    if (error) {
        json_destroy(change);
        return error;
    }
    old = get_routes(ctx, router);
    new = json_array_create_empty();
    for (size_t i = 0; i < json_array(old)->n; i++) {
        const struct json *route = json_array(old)->elems[i];

        if (add || !has_route(change, route)) {
            json_array_add(new, json_clone(route));
        }
    }
    for (size_t i = 0; add && i < json_array(change)->n; i++) {
        const struct json *route = json_array(change)->elems[i];

        if (!has_route(old, route)) {
            json_array_add(new, json_clone(route));
        }
    }
    resource_touch(ctx, &std_router, &router->header_);
    error = update_routes(ctx, router, new);
    if (!error) {
        *answerp = json_object_create();
        json_object_put(*answerp, "router",
                        resource_render(&res_router, ctx, router, NULL));
    }
    json_destroy(change);
    json_destroy(new);
    json_destroy(old);
    return error;
}

static struct api_error *
add_routes(struct api_ctx *ctx, const void *router, const struct json *body,
           struct json **answerp)
{
    return change_routes(ctx, router, body, true, answerp);
}

static struct api_error *
remove_routes(struct api_ctx *ctx, const void *router,
              const struct json *body, struct json **answerp)
{
    return change_routes(ctx, router, body, false, answerp);
}

static const struct res_action router_actions[] = {
    { "add_extraroutes", add_routes },
    { "remove_extraroutes", remove_routes },
    { "add_router_interface", router_add_interface },
    { "remove_router_interface", router_remove_interface },
};

static const struct res_child router_children[] = {
    { .name = "l3-agents", .collection = "agents", .resource = &res_agent,
      .list = agent_list_of_router },
};

const struct resource res_router = {
    .name = "router",
    .collection = "routers",
    .methods = RES_CAN_ALL,
    .attrs = router_attrs,
    .n_attrs = ARRAY_SIZE(router_attrs),
    .not_found = "RouterNotFound",
    .not_found_format = "Router %s could not be found",
    .marker_is_checked = true,
    .table = &l3harec_table_router,
    .standard = &std_router,
    .create = router_create,
    .update = router_update,
    .destroy = router_destroy,
    .actions = router_actions,
    .n_actions = ARRAY_SIZE(router_actions),
    .children = router_children,
    .n_children = ARRAY_SIZE(router_children),
};
