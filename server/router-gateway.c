/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Gateways and routes of routers.
 *
 * A router's gateway is its port with owner network:router_gateway.  Routes
 * are checked against all ports of the router, and again when the gateway
 * changes. */

#include <config.h>
#include "server/router-gateway.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/json.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/floating-ip.h"
#include "server/ha.h"
#include "server/ipam-rows.h"
#include "server/ipam.h"
#include "server/router-ports.h"
#include "server/rows.h"
#include "util.h"

const struct l3harec_port *
router_get_gateway(struct api_ctx *ctx, const struct l3harec_router *router)
{
    const struct l3harec_port *gateway = NULL;
    struct rows rows;

    router_get_ports(ctx, router, &rows);
    for (size_t i = 0; i < rows.n && !gateway; i++) {
        gateway = router_port_is_gateway(rows.rows[i]) ? rows.rows[i] : NULL;
    }
    rows_destroy(&rows);
    return gateway;
}

/* Routes. */

static struct api_error *
check_route(const struct rows *ports, const struct rows *gateway_subnets,
            const struct json *route)
{
    const char *nexthop = body_string(route, "nexthop");
    bool connected = false, own = false;
    struct api_error *error;
    char *text;

    for (size_t i = 0; i < gateway_subnets->n; i++) {
        connected |= router_subnet_contains(gateway_subnets->rows[i], nexthop);
    }
    for (size_t i = 0; i < ports->n; i++) {
        const struct l3harec_port *port = ports->rows[i];

        for (size_t j = 0; j < port->n_fixed_ips; j++) {
            own |= !strcmp(port->fixed_ips[j]->address, nexthop);
            connected |= router_subnet_contains(port->fixed_ips[j]->subnet,
                                                nexthop);
        }
    }
    if (connected && !own) {
        return NULL;
    }
    text = attr_to_text(route);
    error = api_error_create(400, "InvalidRoutes",
                             "Invalid format for routes: %s, %s", text,
                             (own ? "the nexthop is used by router"
                              : "the nexthop is not connected with router"));
    free(text);
    return error;
}

struct api_error *
router_check_routes(struct api_ctx *ctx, const struct l3harec_router *router,
                    const struct json *routes)
{
    struct rows ports, subnets = { .n = 0 };
    struct api_error *error = NULL;

    router_get_ports(ctx, router, &ports);
    for (size_t i = 0; i < ports.n; i++) {
        const struct l3harec_port *port = ports.rows[i];

        if (router_port_is_gateway(port)) {
            rows_destroy(&subnets);
            rows_subnets_of_network(ctx->backend, port->network, &subnets);
        }
    }
    for (size_t i = 0; i < json_array(routes)->n && !error; i++) {
        error = check_route(&ports, &subnets, json_array(routes)->elems[i]);
    }
    rows_destroy(&ports);
    rows_destroy(&subnets);
    return error;
}

/* Checks the routes that the router has: after a change of its ports. */
static struct api_error *
check_present_routes(struct api_ctx *ctx, const struct l3harec_router *router)
{
    struct json *routes = rows_routes_to_json(router->routes,
                                              router->n_routes);
    struct api_error *error = router_check_routes(ctx, router, routes);

    json_destroy(routes);
    return error;
}

/* Gateway. */

static struct api_error *
check_external_ips(struct api_ctx *ctx, const struct l3harec_network *network,
                   const struct json *ips)
{
    struct api_error *error = NULL;
    struct rows subnets;

    rows_subnets_of_network(ctx->backend, network, &subnets);
    for (size_t i = 0; i < json_array(ips)->n; i++) {
        const char *ip = body_string(json_array(ips)->elems[i], "ip_address");

        for (size_t j = 0; ip && j < subnets.n && !error; j++) {
            const struct l3harec_subnet *subnet = subnets.rows[j];

            if (subnet->gateway_ip && !strcmp(subnet->gateway_ip, ip)) {
                error = router_bad_request("External IP %s is the same as "
                                           "the gateway IP", ip);
            }
        }
    }
    rows_destroy(&subnets);
    return error;
}

static struct api_error *
set_gateway_ips(struct api_ctx *ctx, const struct l3harec_port *port,
                const struct json *list)
{
    size_t n = list ? json_array(list)->n : 0;
    struct ipam_fixed_ip *ips = xcalloc(n + 1, sizeof *ips);
    struct api_error *error;

    for (size_t i = 0; i < n; i++) {
        const struct json *ip = json_array(list)->elems[i];

        ips[i].has_subnet = body_uuid(ip, "subnet_id", &ips[i].subnet_id);
        ips[i].ip_address = body_string(ip, "ip_address");
    }
    error = ipam_set_fixed_ips(ctx->backend, ctx->txn, port, n > 0, ips, n);
    free(ips);
    return error;
}

static struct api_error *
create_gateway(struct api_ctx *ctx, const struct l3harec_router *router,
               const struct l3harec_network *network, const struct json *ips)
{
    const struct l3harec_port *port;
    struct api_error *error = NULL;
    struct rows subnets;

    rows_subnets_of_network(ctx->backend, network, &subnets);
    for (size_t i = 0; i < subnets.n && !error; i++) {
        error = router_check_overlap(ctx, router, subnets.rows[i], NULL);
    }
    rows_destroy(&subnets);
    if (!error) {
        error = router_insert_port(ctx, router, network, "",
                                   L3HA_OWNER_ROUTER_GATEWAY, &port);
    }
    if (!error) {
        error = set_gateway_ips(ctx, port, ips);
    }
    if (!error) {
        ha_bind_router_port(ctx->backend, router, port);
    }
    return error;
}

/* Gives 'port' an address of 'subnet', too, unless it has a managed one of the
 * IP version. */
static struct api_error *
add_subnet_address(struct api_ctx *ctx, const struct l3harec_port *port,
                   const struct l3harec_subnet *subnet)
{
    size_t n = port->n_fixed_ips;
    struct ipam_fixed_ip *ips;
    struct api_error *error;
    size_t n_managed = 0;

    for (size_t i = 0; i < n; i++) {
        const struct l3harec_subnet *s = port->fixed_ips[i]->subnet;

        if (!ipam_is_auto_address(s->ipv6_ra_mode, s->ipv6_address_mode)) {
            if (s->ip_version == subnet->ip_version || n_managed++) {
                return NULL;
            }
        }
    }
    ips = xcalloc(n + 1, sizeof *ips);
    for (size_t i = 0; i < n; i++) {
        const struct l3harec_ip_allocation *a = port->fixed_ips[i];

        ips[i].has_subnet = true;
        ips[i].subnet_id = a->subnet->header_.uuid;
        ips[i].ip_address = api_ctx_keep(ctx, xstrdup(a->address));
    }
    ips[n].has_subnet = true;
    ips[n].subnet_id = subnet->header_.uuid;
    resource_touch(ctx, &std_port, &port->header_);
    error = ipam_set_fixed_ips(ctx->backend, ctx->txn, port, true, ips, n + 1);
    free(ips);
    return error;
}

struct api_error *
router_gateways_add_subnet(struct api_ctx *ctx,
                           const struct l3harec_subnet *subnet)
{
    struct api_error *error = NULL;
    struct rows ports;

    rows_ports_of_network(ctx->backend, subnet->network, &ports);
    for (size_t i = 0; i < ports.n && !error; i++) {
        const struct l3harec_port *port = ports.rows[i];

        if (port->router && router_port_is_gateway(port)) {
            resource_touch(ctx, &std_router, &port->router->header_);
            error = add_subnet_address(ctx, port, subnet);
        }
    }
    rows_destroy(&ports);
    return error;
}

struct api_error *
router_set_gateway(struct api_ctx *ctx, const struct l3harec_router *router,
                   const struct json *info)
{
    const struct l3harec_port *old = router_get_gateway(ctx, router);
    const struct l3harec_network *network;
    const struct json *ips;
    struct api_error *error;

    if (!info || info->type == JSON_NULL) {
        if (old) {
            error = floating_ip_check_gateway(ctx, router, old);
            if (error) {
                return error;
            }
            rows_port_delete(old);
        }
        return check_present_routes(ctx, router);
    }

    network = resource_find_by_text(&res_network, ctx,
                                    body_string(info, "network_id"), &error);
    if (!network) {
        return error;
    }
    if (!network->external) {
        return router_bad_request("Network %s is not an external network",
                                  body_string(info, "network_id"));
    }
    ips = body_get(info, "external_fixed_ips");
    error = ips ? check_external_ips(ctx, network, ips) : NULL;
    if (error) {
        return error;
    }
    l3harec_router_set_enable_snat(
        router, body_bool(info, "enable_snat",
                          l3ha_config_get_bool(ctx->backend->config,
                                               "DEFAULT",
                                               "enable_snat_by_default")));
    if (old && old->network == network) {
        if (ips && json_array(ips)->n) {
            resource_touch(ctx, &std_port, &old->header_);
            error = set_gateway_ips(ctx, old, ips);
        }
    } else {
        if (old) {
            error = floating_ip_check_gateway(ctx, router, old);
            if (error) {
                return error;
            }
            rows_port_delete(old);
        }
        error = create_gateway(ctx, router, network, ips);
    }
    return error ? error : check_present_routes(ctx, router);
}
