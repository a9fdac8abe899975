/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Interfaces of routers: add_router_interface, remove_router_interface.
 *
 * Every change of a router's ports is a change of the router
 * (resource_touch()), so that two requests for one router cannot attach
 * overlapping subnets at the same time. */

#include <config.h>
#include "server/router-interface.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/floating-ip.h"
#include "server/ha.h"
#include "server/ipam-rows.h"
#include "server/router-ports.h"
#include "server/rows.h"
#include "util.h"

struct api_error *
router_check_unused(struct api_ctx *ctx, const struct l3harec_router *router)
{
    struct ds ids = DS_EMPTY_INITIALIZER;
    struct api_error *error = NULL;
    struct rows ports;

    router_get_ports(ctx, router, &ports);
    for (size_t i = 0; i < ports.n; i++) {
        const struct l3harec_port *port = ports.rows[i];

        if (router_port_is_interface(port)) {
            ds_put_format(&ids, "%s"UUID_FMT, ids.length ? ", " : "",
                          UUID_ARGS(&port->header_.uuid));
        }
    }
    if (ids.length) {
        error = api_error_create(409, "RouterInUse", "Router "UUID_FMT
                                 " has ports still attached: %s",
                                 UUID_ARGS(&router->header_.uuid),
                                 ds_cstr(&ids));
    }
    rows_destroy(&ports);
    ds_destroy(&ids);
    return error;
}

/* Interfaces. */

static struct json *
interface_info(const struct l3harec_router *router,
               const struct l3harec_port *port,
               const struct l3harec_subnet *subnet)
{
    struct json *info = json_object_create();
    struct json *subnet_ids = json_array_create_empty();

    if (subnet) {
        json_array_add(subnet_ids, json_uuid(&subnet->header_.uuid));
    } else {
        for (size_t i = 0; i < port->n_fixed_ips; i++) {
            subnet = port->fixed_ips[i]->subnet;
            json_array_add(subnet_ids, json_uuid(&subnet->header_.uuid));
        }
    }
    json_object_put(info, "id", json_uuid(&router->header_.uuid));
    json_object_put_string(info, "tenant_id", port->project_id);
    json_object_put_string(info, "project_id", port->project_id);
    json_object_put(info, "port_id", json_uuid(&port->header_.uuid));
    json_object_put(info, "network_id",
                    json_uuid(&port->network->header_.uuid));
    json_object_put(info, "subnet_id",
                    subnet ? json_uuid(&subnet->header_.uuid)
                    : json_null_create());
    json_object_put(info, "subnet_ids", subnet_ids);
    return info;
}

/* Reads subnet_id and port_id of 'body', NULL for one that is not there. */
static struct api_error *
get_interface_ids(const struct json *body, const char **subnet_id,
                  const char **port_id)
{
    static const char *const keys[] = { "port_id", "subnet_id" };

    if (!body_has(body, "subnet_id") && !body_has(body, "port_id")) {
        return router_bad_request("Either subnet_id or port_id must be "
                                  "specified");
    }
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const struct json *value = body_get(body, keys[i]);
        struct uuid uuid;

        if (value && !body_uuid(body, keys[i], &uuid)) {
            char *text = attr_to_text(value);
            struct api_error *error = router_bad_request(
                "'%s' is not a valid UUID", text);

            free(text);
            return error;
        }
    }
    *subnet_id = body_string(body, "subnet_id");
    *port_id = body_string(body, "port_id");
    return NULL;
}

static bool
is_ipv6(const char *address)
{
    return strchr(address, ':') != NULL;
}

/* The interface of 'router' on 'network' that has IPv6 addresses, or NULL:
 * there is at most one. */
static const struct l3harec_port *
find_ipv6_interface(struct api_ctx *ctx, const struct l3harec_router *router,
                    const struct l3harec_network *network)
{
    const struct l3harec_port *found = NULL;
    struct rows ports;

    router_get_ports(ctx, router, &ports);
    for (size_t i = 0; i < ports.n && !found; i++) {
        const struct l3harec_port *port = ports.rows[i];

        if (router_port_is_interface(port) && port->network == network
            && port->n_fixed_ips && is_ipv6(port->fixed_ips[0]->address)) {
            found = port;
        }
    }
    rows_destroy(&ports);
    return found;
}

/* Adds the gateway address of 'subnet' to those that 'port' has. */
static struct api_error *
add_gateway_address(struct api_ctx *ctx, const struct l3harec_port *port,
                    const struct l3harec_subnet *subnet)
{
    size_t n = port->n_fixed_ips;
    struct ipam_fixed_ip *ips = xcalloc(n + 1, sizeof *ips);
    struct api_error *error;

    for (size_t i = 0; i < n; i++) {
        const struct l3harec_ip_allocation *a = port->fixed_ips[i];

        ips[i].has_subnet = true;
        ips[i].subnet_id = a->subnet->header_.uuid;
        ips[i].ip_address = api_ctx_keep(ctx, xstrdup(a->address));
    }
    ips[n].has_subnet = true;
    ips[n].subnet_id = subnet->header_.uuid;
    ips[n].ip_address = subnet->gateway_ip;
    error = ipam_set_fixed_ips(ctx->backend, ctx->txn, port, true, ips,
                               n + 1);
    free(ips);
    return error;
}

static struct api_error *
check_address_mode(const struct l3harec_subnet *subnet)
{
    if (subnet->ip_version == 6 && !subnet->ipv6_ra_mode
        && subnet->ipv6_address_mode) {
        return router_bad_request("IPv6 subnet "UUID_FMT" configured to "
                                  "receive RAs from an external router "
                                  "cannot be added to Neutron Router",
                                  UUID_ARGS(&subnet->header_.uuid));
    }
    return NULL;
}

static struct api_error *
add_by_subnet(struct api_ctx *ctx, const struct l3harec_router *router,
              const char *subnet_id, struct json **answerp)
{
    const struct l3harec_port *port = NULL;
    const struct l3harec_subnet *subnet;
    struct api_error *error;

    subnet = resource_find_by_text(&res_subnet, ctx, subnet_id, &error);
    if (!subnet) {
        return error;
    }
    if (!subnet->gateway_ip) {
        return router_bad_request("Subnet for router interface must have a "
                                  "gateway IP");
    }
    error = check_address_mode(subnet);
    if (!error) {
        error = router_check_overlap(ctx, router, subnet, NULL);
    }
    if (error) {
        return error;
    }
    if (subnet->ip_version == 6) {
        port = find_ipv6_interface(ctx, router, subnet->network);
    }
    if (port) {
        resource_touch(ctx, &std_port, &port->header_);
    } else {
        error = router_insert_port(ctx, router, subnet->network,
                                   router->project_id,
                                   ha_interface_owner(router), &port);
    }
    if (!error) {
        error = add_gateway_address(ctx, port, subnet);
    }
    if (!error) {
        ha_bind_router_port(ctx->backend, router, port);
        *answerp = interface_info(router, port, subnet);
    }
    return error;
}

static struct api_error *
check_port_subnets(struct api_ctx *ctx, const struct l3harec_router *router,
                   const struct l3harec_port *port)
{
    size_t n_ipv4 = 0;

    if (!port->n_fixed_ips) {
        return router_bad_request("Router port must have at least one fixed "
                                  "IP");
    }
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        const struct l3harec_ip_allocation *a = port->fixed_ips[i];
        const struct l3harec_port *other;
        struct api_error *error;

        error = check_address_mode(a->subnet);
        if (!error) {
            error = router_check_overlap(ctx, router, a->subnet, port);
        }
        if (error) {
            return error;
        }
        if (!is_ipv6(a->address)) {
            n_ipv4++;
            continue;
        }
        other = find_ipv6_interface(ctx, router, port->network);
        if (other) {
            return router_bad_request(
                "Router already contains IPv6 port "UUID_FMT" belonging to "
                "network id "UUID_FMT". Only one IPv6 port from the same "
                "network subnet can be connected to a router.",
                UUID_ARGS(&other->header_.uuid),
                UUID_ARGS(&port->network->header_.uuid));
        }
    }
    return (n_ipv4 > 1
            ? router_bad_request("Cannot have multiple IPv4 subnets on "
                                 "router port")
            : NULL);
}

static struct api_error *
add_by_port(struct api_ctx *ctx, const struct l3harec_router *router,
            const char *port_id, struct json **answerp)
{
    const struct l3harec_port *port;
    char router_id[UUID_LEN + 1];
    struct api_error *error;

    port = resource_find_by_text(&res_port, ctx, port_id, &error);
    if (!port) {
        return error;
    }
    if (port->device_id[0] || port->router) {
        return api_error_create(
            409, "PortInUse", "Unable to complete operation on port "UUID_FMT
            " for network "UUID_FMT". Port already has an attached device "
            "%s.", UUID_ARGS(&port->header_.uuid),
            UUID_ARGS(&port->network->header_.uuid), port->device_id);
    }
    error = check_port_subnets(ctx, router, port);
    if (error) {
        return error;
    }
    snprintf(router_id, sizeof router_id, UUID_FMT,
             UUID_ARGS(&router->header_.uuid));
    resource_touch(ctx, &std_port, &port->header_);
    l3harec_port_set_device_id(port, router_id);
    l3harec_port_set_device_owner(port, ha_interface_owner(router));
    l3harec_port_set_router(port, router);
    ha_bind_router_port(ctx->backend, router, port);
    *answerp = interface_info(router, port, NULL);
    return NULL;
}

struct api_error *
router_add_interface(struct api_ctx *ctx, const void *obj,
                     const struct json *body, struct json **answerp)
{
    const struct l3harec_router *router = obj;
    const char *subnet_id, *port_id;
    struct api_error *error;

    error = get_interface_ids(body, &subnet_id, &port_id);
    if (error) {
        return error;
    }
    if (subnet_id && port_id) {
        return router_bad_request("Cannot specify both subnet-id and port-id");
    }
    resource_touch(ctx, &std_router, &router->header_);
    return (port_id ? add_by_port(ctx, router, port_id, answerp)
            : add_by_subnet(ctx, router, subnet_id, answerp));
}

/* Refuses if a route of 'router' has its nexthop in 'subnet'. */
static struct api_error *
check_no_route(const struct l3harec_router *router,
               const struct l3harec_subnet *subnet)
{
    for (size_t i = 0; i < router->n_routes; i++) {
        const char *space = strchr(router->routes[i], ' ');

        if (space && router_subnet_contains(subnet, space + 1)) {
            return api_error_create(
                409, "RouterInterfaceInUseByRoute", "Router interface for "
                "subnet "UUID_FMT" on router "UUID_FMT" cannot be deleted, "
                "as it is required by one or more routes.",
                UUID_ARGS(&subnet->header_.uuid),
                UUID_ARGS(&router->header_.uuid));
        }
    }
    return NULL;
}

/* Refuses if a route or a floating IP of 'router' needs its interface on
 * 'subnet'. */
static struct api_error *
check_not_needed(struct api_ctx *ctx, const struct l3harec_router *router,
                 const struct l3harec_subnet *subnet)
{
    struct api_error *error = floating_ip_check_interface(ctx, router,
                                                          subnet);

    return error ? error : check_no_route(router, subnet);
}

static struct api_error *
remove_by_port(struct api_ctx *ctx, const struct l3harec_router *router,
               const char *port_id, const char *subnet_id,
               struct json **answerp)
{
    const struct l3harec_port *port = NULL;
    struct uuid uuid, subnet_uuid;
    bool on_subnet = false;
    struct api_error *error = NULL;

    if (attr_parse_uuid(port_id, &uuid)) {
        port = resource_find_object(&res_port, ctx, &uuid);
    }
    if (!port || port->router != router || !router_port_is_interface(port)) {
        return api_error_create(404, "RouterInterfaceNotFound",
                                "Router "UUID_FMT" does not have an "
                                "interface with id %s",
                                UUID_ARGS(&router->header_.uuid), port_id);
    }
    for (size_t i = 0; i < port->n_fixed_ips && !error; i++) {
        const struct l3harec_subnet *subnet = port->fixed_ips[i]->subnet;

        on_subnet |= (subnet_id && attr_parse_uuid(subnet_id, &subnet_uuid)
                      && uuid_equals(&subnet_uuid, &subnet->header_.uuid));
        error = check_not_needed(ctx, router, subnet);
    }
    if (subnet_id && !on_subnet) {
        api_error_destroy(error);
        return api_error_create(400, "SubnetMismatchForPort", "Subnet on "
                                "port %s does not match the requested "
                                "subnet %s.", port_id, subnet_id);
    }
    if (!error) {
        *answerp = interface_info(router, port, NULL);
        rows_port_delete(port);
    }
    return error;
}

static struct api_error *
remove_by_subnet(struct api_ctx *ctx, const struct l3harec_router *router,
                 const char *subnet_id, struct json **answerp)
{
    const struct l3harec_port *port = NULL;
    const struct l3harec_subnet *subnet;
    struct api_error *error;
    struct rows ports;

    subnet = resource_find_by_text(&res_subnet, ctx, subnet_id, &error);
    if (!subnet) {
        return error;
    }
    router_get_ports(ctx, router, &ports);
    for (size_t i = 0; i < ports.n && !port; i++) {
        if (router_port_is_interface(ports.rows[i])
            && rows_port_has_subnet(ports.rows[i], subnet)) {
            port = ports.rows[i];
        }
    }
    rows_destroy(&ports);
    if (!port) {
        return api_error_create(404, "RouterInterfaceNotFoundForSubnet",
                                "Router "UUID_FMT" has no interface on "
                                "subnet %s",
                                UUID_ARGS(&router->header_.uuid), subnet_id);
    }
    error = check_not_needed(ctx, router, subnet);
    if (error) {
        return error;
    }
    *answerp = interface_info(router, port, subnet);
    if (port->n_fixed_ips > 1) {
        resource_touch(ctx, &std_port, &port->header_);
        rows_port_remove_subnet(port, subnet);
    } else {
        rows_port_delete(port);
    }
    return NULL;
}

struct api_error *
router_remove_interface(struct api_ctx *ctx, const void *obj,
                        const struct json *body, struct json **answerp)
{
    const struct l3harec_router *router = obj;
    const char *subnet_id, *port_id;
    struct api_error *error;

    error = get_interface_ids(body, &subnet_id, &port_id);
    if (error) {
        return error;
    }
    resource_touch(ctx, &std_router, &router->header_);
    return (port_id
            ? remove_by_port(ctx, router, port_id, subnet_id, answerp)
            : remove_by_subnet(ctx, router, subnet_id, answerp));
}
