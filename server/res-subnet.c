/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "subnet": its attributes and rules.
 *
 * What is a valid CIDR, gateway or pool is ipam.c's. */

#include <config.h>
#include "server/resource.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/dhcp.h"
#include "server/ha-network.h"
#include "server/ipam-rows.h"
#include "server/ipam.h"
#include "server/router-gateway.h"
#include "server/rows.h"
#include "server/subnet-pool.h"
#include "svec.h"
#include "util.h"

const struct res_standard std_subnet = RES_TAGGED_COLUMNS(subnet);

static const char *const ipv6_modes[] = {
    "dhcpv6-stateful", "dhcpv6-stateless", "slaac", NULL
};

static struct json *
get_pools(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_subnet *subnet = obj;
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < subnet->n_allocation_pools; i++) {
        const char *text = subnet->allocation_pools[i];
        struct json *pool = json_object_create();
        size_t len = strcspn(text, "-");

        json_object_put(pool, "start",
                        json_string_create_nocopy(xmemdup0(text, len)));
        json_object_put_string(pool, "end", text[len] ? text + len + 1 : "");
        json_array_add(array, pool);
    }
    return array;
}

static struct json *
get_host_routes(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_subnet *subnet = obj;

    return rows_routes_to_json(subnet->host_routes, subnet->n_host_routes);
}

static const struct l3harec_network *
subnet_network(const void *obj)
{
    const struct l3harec_subnet *subnet = obj;

    return subnet->network;
}

static struct json *
get_pool_id(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_subnet *subnet = obj;

    return (subnet->subnet_pool
            ? json_uuid(&subnet->subnet_pool->header_.uuid)
            : json_null_create());
}

static const struct res_attr subnet_attrs[] = {
    RES_STANDARD_ATTRS(subnet),
    { .name = "network_id", .flags = RES_PO | RES_REQUIRED | RES_MANUAL,
      .check = attr_uuid, .column = &l3harec_subnet_col_network },
    { .name = "ip_version", .flags = RES_PO | RES_REQUIRED,
      .check = attr_ip_version, .column = &l3harec_subnet_col_ip_version },
    { .name = "cidr", .flags = RES_PO | RES_MANUAL,
      .check = attr_cidr_or_none, .column = &l3harec_subnet_col_cidr },
    { .name = "gateway_ip", .flags = RES_RW | RES_MANUAL,
      .check = attr_ip_or_none, .column = &l3harec_subnet_col_gateway_ip },
    { .name = "allocation_pools", .flags = RES_POST | RES_PUT,
      .check = attr_ip_pools, .get = get_pools },
    { .name = "dns_nameservers", .flags = RES_POST | RES_PUT,
      .check = attr_nameservers, .def = "[]",
      .column = &l3harec_subnet_col_dns_nameservers },
    { .name = "host_routes", .flags = RES_POST | RES_PUT,
      .check = attr_routes, .def = "[]", .get = get_host_routes },
    { .name = "enable_dhcp", .flags = RES_RW, .check = attr_boolean,
      .def = "true", .column = &l3harec_subnet_col_enable_dhcp },
    { .name = "ipv6_ra_mode", .flags = RES_PO, .check = attr_one_of_or_none,
      .values = ipv6_modes, .column = &l3harec_subnet_col_ipv6_ra_mode },
    { .name = "ipv6_address_mode", .flags = RES_PO,
      .check = attr_one_of_or_none, .values = ipv6_modes,
      .column = &l3harec_subnet_col_ipv6_address_mode },
    { .name = "service_types", .flags = RES_POST | RES_PUT,
      .check = attr_string_list, .max = 255, .def = "[]",
      .column = &l3harec_subnet_col_service_types },
    { .name = "subnetpool_id", .flags = RES_PO & ~RES_SORT,
      .check = attr_uuid_or_none, .get = get_pool_id },
    { .name = "use_default_subnetpool", .flags = RES_POST | RES_HIDDEN,
      .check = attr_boolean },
    { .name = "prefixlen", .flags = RES_POST | RES_HIDDEN,
      .check = attr_integer, .max = 128 },
};

static struct api_error *
invalid_input(const char *format, const char *arg)
{
    char *message = xasprintf(format, arg);
    struct api_error *error;

    error = api_error_create(400, "InvalidInput",
                             "Invalid input for operation: %s.", message);
    free(message);
    return error;
}

/* Checks that the address or network 's' is of 'ip_version'. */
static struct api_error *
check_version(const char *name, const char *s, int ip_version)
{
    if ((strchr(s, ':') ? 6 : 4) == ip_version) {
        return NULL;
    }
    return api_error_create(400, "InvalidInput", "Invalid input for "
                            "operation: %s '%s' does not match the "
                            "ip_version '%d'.", name, s, ip_version);
}

/* Attributes that POST and PUT have in common and that are no matter of
 * IPAM. */
static struct api_error *
check_options(struct api_ctx *ctx, const struct l3harec_subnet *subnet,
              const struct json *body)
{
    const struct l3ha_config *config = ctx->backend->config;
    int64_t max_servers = l3ha_config_get_int(config, "DEFAULT",
                                              "max_dns_nameservers");
    int64_t max_routes = l3ha_config_get_int(config, "DEFAULT",
                                             "max_subnet_host_routes");
    const struct json *list = body_get(body, "dns_nameservers");
    int version = subnet->ip_version;
    struct api_error *error = NULL;

    if (list && json_array(list)->n > max_servers) {
        return api_error_create(
            400, "DNSNameServersExhausted", "Unable to complete operation "
            "for "UUID_FMT". The number of DNS nameservers exceeds the limit "
            "%"PRId64".", UUID_ARGS(&subnet->header_.uuid), max_servers);
    }
    for (size_t i = 0; list && i < json_array(list)->n && !error; i++) {
        error = check_version("dns_nameserver",
                              json_string(json_array(list)->elems[i]),
                              version);
    }
    list = body_get(body, "host_routes");
    if (!error && list && json_array(list)->n > max_routes) {
        return api_error_create(
            400, "HostRoutesExhausted", "Unable to complete operation for "
            UUID_FMT". The number of host routes exceeds the limit %"PRId64
            ".", UUID_ARGS(&subnet->header_.uuid), max_routes);
    }
    for (size_t i = 0; list && i < json_array(list)->n && !error; i++) {
        const struct json *route = json_array(list)->elems[i];

        error = check_version("destination",
                              body_string(route, "destination"), version);
        if (!error) {
            error = check_version("nexthop", body_string(route, "nexthop"),
                                  version);
        }
    }
    list = body_get(body, "service_types");
    for (size_t i = 0; list && i < json_array(list)->n && !error; i++) {
        const char *type = json_string(json_array(list)->elems[i]);

        if (strncmp(type, "network:", 8) && strncmp(type, "compute:", 8)
            && strncmp(type, "baremetal:", 10)) {
            error = api_error_create(
                400, "InvalidSubnetServiceType", "Subnet service type %s "
                "does not correspond to a valid device owner.", type);
        }
    }
    return error;
}

static void
write_host_routes(const struct l3harec_subnet *subnet,
                  const struct json *body)
{
    const struct json *routes = body_get(body, "host_routes");
    char **array;
    size_t n;

    if (routes) {
        rows_routes_from_json(routes, &array, &n);
        l3harec_subnet_set_host_routes(subnet, (const char **) array, n);
        rows_routes_free(array, n);
    }
}

/* Appends "START-END" for each of the body's allocation_pools. */
static void
get_body_pools(const struct json *body, struct svec *pools)
{
    const struct json *list = body_get(body, "allocation_pools");

    for (size_t i = 0; list && i < json_array(list)->n; i++) {
        const struct json *pool = json_array(list)->elems[i];

        svec_add_nocopy(pools, xasprintf("%s-%s", body_string(pool, "start"),
                                         body_string(pool, "end")));
    }
}

static void
write_addresses(const struct l3harec_subnet *row,
                const struct ipam_subnet *subnet)
{
    l3harec_subnet_set_cidr(row, subnet->cidr);
    l3harec_subnet_set_gateway_ip(row, (subnet->gateway_ip[0]
                                        ? subnet->gateway_ip : NULL));
    l3harec_subnet_set_allocation_pools(
        row, (const char **) subnet->pools->names, subnet->pools->n);
}

static struct api_error *
subnet_create(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_subnet *row = obj;
    const struct l3harec_subnet_pool *pool;
    const struct l3harec_network *network;
    struct svec pools = SVEC_EMPTY_INITIALIZER;
    char cidr[IPAM_CIDR_STRLEN];
    struct ipam_subnet_request request = {
        .ip_version = body_int(body, "ip_version", 0),
        .cidr = body_string(body, "cidr"),
        .gateway_given = body_has(body, "gateway_ip"),
        .gateway_ip = body_string(body, "gateway_ip"),
        .pools_given = body_has(body, "allocation_pools"),
        .pools = &pools,
        .enable_dhcp = body_bool(body, "enable_dhcp", true),
        .ipv6_ra_mode = body_string(body, "ipv6_ra_mode"),
        .ipv6_address_mode = body_string(body, "ipv6_address_mode"),
    };
    struct ipam_subnet subnet;
    struct api_error *error;

    network = resource_find_by_text(&res_network, ctx,
                                    body_string(body, "network_id"), &error);
    if (!network) {
        return error;
    }
    error = subnet_pool_take(ctx, network, row, body, &pool, cidr);
    if (error) {
        return error;
    }
    if (pool) {
        l3harec_subnet_set_subnet_pool(row, pool);
        request.cidr = cidr;
    }
    if (!request.cidr) {
        return api_error_create(400, "BadRequest", "Bad subnets request: a "
                                "subnetpool must be specified in the absence "
                                "of a cidr.");
    }
    if (ha_network_is(ctx->backend, network)) {
        return invalid_input("network %s carries the VRRP of HA routers",
                             body_string(body, "network_id"));
    }
    error = check_options(ctx, row, body);
    if (error) {
        return error;
    }
    get_body_pools(body, &pools);
    error = ipam_subnet_prepare(&request, &subnet);
    svec_destroy(&pools);
    if (error) {
        return error;
    }
    error = ipam_check_overlap(ctx->backend, network, subnet.cidr, row);
    if (!error) {
        l3harec_subnet_set_network(row, network);
        write_addresses(row, &subnet);
        write_host_routes(row, body);
        if (ipam_is_auto_address(request.ipv6_ra_mode,
                                 request.ipv6_address_mode)) {
            ipam_add_auto_addresses(ctx->backend, ctx->txn, row);
        } else if (network->external) {
            error = router_gateways_add_subnet(ctx, row);
        }
    }
    ipam_subnet_destroy(&subnet);
    if (!error) {
        dhcp_sync_network(ctx->backend, ctx->txn, network);
    }
    return error;
}

/* The gateway address may not change while a router has it. */
static struct api_error *
check_gateway_unused(struct api_ctx *ctx, const struct l3harec_subnet *subnet)
{
    const struct l3harec_port *port;

    port = (subnet->gateway_ip
            ? ipam_find_port(ctx->backend, subnet, subnet->gateway_ip)
            : NULL);
    if (port && port->router
        && strcmp(port->device_owner, L3HA_OWNER_ROUTER_GATEWAY)) {
        return api_error_create(
            409, "GatewayIpInUse", "Current gateway ip %s already in use by "
            "port "UUID_FMT". Unable to update.", subnet->gateway_ip,
            UUID_ARGS(&port->header_.uuid));
    }
    return NULL;
}

static struct api_error *
subnet_update_addresses(struct api_ctx *ctx,
                        const struct l3harec_subnet *row,
                        const struct json *body)
{
    struct svec pools = SVEC_EMPTY_INITIALIZER;
    struct ipam_subnet_request request = {
        .ip_version = row->ip_version,
        .cidr = row->cidr,
        .gateway_given = true,
        .gateway_ip = (body_has(body, "gateway_ip")
                       ? body_string(body, "gateway_ip")
                       : row->gateway_ip),
        .pools_given = true,
        .pools = &pools,
        .enable_dhcp = body_bool(body, "enable_dhcp", row->enable_dhcp),
        .ipv6_ra_mode = row->ipv6_ra_mode,
        .ipv6_address_mode = row->ipv6_address_mode,
    };
    struct api_error *error = NULL;
    struct ipam_subnet subnet;

    if (body_has(body, "allocation_pools")) {
        get_body_pools(body, &pools);
    } else {
        for (size_t i = 0; i < row->n_allocation_pools; i++) {
            svec_add(&pools, row->allocation_pools[i]);
        }
    }
    if (!request.enable_dhcp && (row->ipv6_ra_mode
                                 || row->ipv6_address_mode)) {
        error = invalid_input("%s", "Cannot disable enable_dhcp with ipv6 "
                              "attributes set");
    } else if (!nullable_string_is_equal(request.gateway_ip,
                                         row->gateway_ip)) {
        error = check_gateway_unused(ctx, row);
    }
    if (!error) {
        error = ipam_subnet_prepare(&request, &subnet);
        if (!error) {
            write_addresses(row, &subnet);
            ipam_subnet_destroy(&subnet);
        }
    }
    svec_destroy(&pools);
    return error;
}

static struct api_error *
refuse_ha_network(struct api_ctx *ctx, const struct l3harec_subnet *subnet)
{
    return (ha_network_is(ctx->backend, subnet->network)
            ? api_error_create(
                409, "SubnetInUse", "Unable to complete operation on subnet "
                UUID_FMT": It carries the VRRP of HA routers.",
                UUID_ARGS(&subnet->header_.uuid))
            : NULL);
}

static struct api_error *
subnet_update(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_subnet *row = obj;
    struct api_error *error;

    error = refuse_ha_network(ctx, row);
    if (!error) {
        error = check_options(ctx, row, body);
    }
    if (!error && (body_has(body, "gateway_ip")
                   || body_has(body, "allocation_pools")
                   || body_has(body, "enable_dhcp"))) {
        error = subnet_update_addresses(ctx, row, body);
    }
    if (!error) {
        write_host_routes(row, body);
        if (body_has(body, "enable_dhcp")) {
            /* The generic setter comes later. */
            l3harec_subnet_set_enable_dhcp(
                row, body_bool(body, "enable_dhcp", true));
            dhcp_sync_network(ctx->backend, ctx->txn, row->network);
        }
    }
    return error;
}

static struct api_error *
subnet_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_subnet *subnet = obj;
    bool automatic = ipam_is_auto_address(subnet->ipv6_ra_mode,
                                          subnet->ipv6_address_mode);
    struct api_error *error;
    struct rows rows;

    error = refuse_ha_network(ctx, subnet);
    if (error) {
        return error;
    }
    dhcp_remove_subnet(ctx->backend, ctx->txn, subnet);
    rows_ports_of_network(ctx->backend, subnet->network, &rows);
    for (size_t i = 0; i < rows.n && !error; i++) {
        const struct l3harec_port *port = rows.rows[i];

        if (!rows_port_has_subnet(port, subnet)) {
            continue;
        }
        if (!rows_port_is_auto_deleted(port) && (!automatic || port->router)) {
            error = api_error_create(
                409, "SubnetInUse", "Unable to complete operation on subnet "
                UUID_FMT": One or more ports have an IP allocation from this "
                "subnet.", UUID_ARGS(&subnet->header_.uuid));
        } else if (port->n_fixed_ips == 1 && !automatic) {
            rows_port_delete(port);
        } else {
            rows_port_remove_subnet(port, subnet);
        }
    }
    rows_destroy(&rows);
    if (!error) {
        resource_touch(ctx, &std_network, &subnet->network->header_);
    }
    return error;
}

const struct resource res_subnet = {
    .name = "subnet",
    .collection = "subnets",
    .methods = RES_CAN_ALL,
    .attrs = subnet_attrs,
    .n_attrs = ARRAY_SIZE(subnet_attrs),
    .not_found = "SubnetNotFound",
    .not_found_format = "Subnet %s could not be found.",
    .table = &l3harec_table_subnet,
    .standard = &std_subnet,
    .get_network = subnet_network,
    .create = subnet_create,
    .update = subnet_update,
    .destroy = subnet_destroy,
};
