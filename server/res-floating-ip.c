/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "floatingip": its attributes and rules.
 *
 * A floating IP holds its address by a port of the external network that
 * belongs to nobody and is plugged in nowhere; the router that translates the
 * address has it in its namespace.  What routers and ports have to know of
 * floating IPs is floating-ip.c's. */

#include <config.h>
#include "server/resource.h"

#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "packets.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/floating-ip.h"
#include "server/ipam-rows.h"
#include "server/router-ports.h"
#include "server/rows.h"
#include "util.h"

const struct res_standard std_floating_ip = RES_TAGGED_COLUMNS(floating_ip);

static struct json *
get_status(struct api_ctx *ctx, const void *obj)
{
    return json_string_create(floating_ip_get_status(ctx, obj));
}

static struct json *
get_port_id(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_floating_ip *fip = obj;

    return (fip->port ? json_uuid(&fip->port->header_.uuid)
            : json_null_create());
}

static struct json *
get_router_id(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_floating_ip *fip = obj;

    return (fip->router ? json_uuid(&fip->router->header_.uuid)
            : json_null_create());
}

/* A few attributes of the port, which the caller may not be allowed to
 * see. */
static struct json *
get_port_details(struct api_ctx *ctx, const void *obj)
{
    static const char *const names[] = {
        "name", "network_id", "mac_address", "admin_state_up", "status",
        "device_id", "device_owner",
    };
    const struct l3harec_floating_ip *fip = obj;
    struct json *details;

    if (!fip->port) {
        return json_null_create();
    }
    details = json_object_create();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        json_object_put(details, names[i],
                        resource_get(resource_find_attr(&res_port, names[i]),
                                     ctx, fip->port));
    }
    return details;
}

static struct json *
get_forwards(struct api_ctx *ctx, const void *obj)
{
    static const char *const names[] = {
        "id", "protocol", "external_port", "external_port_range",
        "internal_port", "internal_port_range", "internal_port_id",
        "internal_ip_address",
    };
    struct json *array = json_array_create_empty();
    struct rows forwards;

    rows_forwards_of_fip(ctx->backend, obj, &forwards);
    for (size_t i = 0; i < forwards.n; i++) {
        struct json *json = json_object_create();

        for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
            const struct res_attr *attr
                = resource_find_attr(&res_port_forwarding, names[j]);

            json_object_put(json, names[j],
                            resource_get(attr, ctx, forwards.rows[i]));
        }
        json_array_add(array, json);
    }
    rows_destroy(&forwards);
    return array;
}

static const struct res_attr floating_ip_attrs[] = {
    RES_NAMELESS_ATTRS(floating_ip),
    RES_TAGS_ATTR(floating_ip),
    { .name = "status", .flags = RES_RO, .get = get_status },
    { .name = "floating_network_id",
      .flags = RES_PO | RES_REQUIRED | RES_MANUAL,
      .check = attr_uuid, .column = &l3harec_floating_ip_col_network },
    { .name = "floating_ip_address", .flags = RES_PO | RES_MANUAL,
      .check = attr_ip_or_none, .column = &l3harec_floating_ip_col_address },
    { .name = "subnet_id", .flags = RES_POST | RES_HIDDEN,
      .check = attr_uuid_or_none },
    { .name = "port_id", .flags = RES_RW, .check = attr_uuid_or_none,
      .get = get_port_id },
    { .name = "fixed_ip_address", .flags = RES_RW | RES_MANUAL,
      .check = attr_ip_or_none,
      .column = &l3harec_floating_ip_col_fixed_address },
    { .name = "router_id", .flags = RES_RO, .get = get_router_id },
    { .name = "port_details", .flags = 0, .get = get_port_details },
    { .name = "port_forwardings", .flags = 0, .get = get_forwards },
};

/* Association. */

static bool
is_ip4(const char *address)
{
    ovs_be32 ip4;

    return ip_parse(address, &ip4);
}

/* Finds the address of 'port' that a floating IP is to lead to: 'wanted', or
 * the only one if that is NULL. */
static struct api_error *
find_fixed_address(const struct l3harec_port *port, const char *wanted,
                   const struct l3harec_ip_allocation **addressp)
{
    const struct l3harec_ip_allocation *found = NULL;
    size_t n = 0;

    if (wanted && !is_ip4(wanted)) {
        return api_error_bad_request(
            "floatingip", "Cannot process floating IP association with %s, "
            "since that is not an IPv4 address", wanted);
    }
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        const struct l3harec_ip_allocation *a = port->fixed_ips[i];

        if (wanted ? !strcmp(a->address, wanted) : is_ip4(a->address)) {
            found = a;
            n++;
        }
    }
    if (!found) {
        return (wanted
                ? api_error_bad_request(
                      "floatingip", "Port "UUID_FMT" does not have fixed ip "
                      "%s", UUID_ARGS(&port->header_.uuid), wanted)
                : api_error_bad_request(
                      "floatingip", "Cannot add floating IP to port "
                      UUID_FMT" that has no fixed IPv4 addresses",
                      UUID_ARGS(&port->header_.uuid)));
    }
    if (n > 1) {
        return api_error_bad_request(
            "floatingip", "Port "UUID_FMT" has multiple fixed IPv4 "
            "addresses.  Must provide a specific IPv4 address when assigning "
            "a floating IP", UUID_ARGS(&port->header_.uuid));
    }
    *addressp = found;
    return NULL;
}

/* Refuses if another floating IP of the same network leads to 'address' of
 * 'port'. */
static struct api_error *
check_free(struct api_ctx *ctx, const struct l3harec_floating_ip *fip,
           const struct l3harec_port *port, const char *address)
{
    struct api_error *error = NULL;
    struct rows fips;

    rows_fips_of_port(ctx->backend, port, &fips);
    for (size_t i = 0; i < fips.n && !error; i++) {
        const struct l3harec_floating_ip *other = fips.rows[i];

        if (other != fip && other->network == fip->network
            && !strcmp(other->fixed_address, address)) {
            error = api_error_create(
                409, "FloatingIPPortAlreadyAssociated", "Cannot associate "
                "floating IP %s ("UUID_FMT") with port "UUID_FMT" using "
                "fixed IP %s, as that fixed IP already has a floating IP on "
                "external network "UUID_FMT".", fip->address,
                UUID_ARGS(&fip->header_.uuid), UUID_ARGS(&port->header_.uuid),
                address, UUID_ARGS(&fip->network->header_.uuid));
        }
    }
    rows_destroy(&fips);
    return error;
}

static struct api_error *
associate(struct api_ctx *ctx, const struct l3harec_floating_ip *fip,
          const char *port_id, const char *wanted)
{
    const struct l3harec_ip_allocation *address = NULL;
    const struct l3harec_router *router;
    const struct l3harec_port *port;
    struct api_error *error;

    port = resource_find_by_text(&res_port, ctx, port_id, &error);
    if (!port) {
        return error;
    }
    if (floating_ip_has_forwards(ctx, fip)) {
        return api_error_create(
            409, "FipInUseByPortForwarding", "Floating IP "UUID_FMT" in use "
            "by Port Forwarding resources.", UUID_ARGS(&fip->header_.uuid));
    }
    if (rows_is_router_owner(port->device_owner)) {
        return api_error_bad_request(
            "floatingip", "Cannot add floating IP to port "UUID_FMT", since "
            "its device owner is %s", UUID_ARGS(&port->header_.uuid),
            port->device_owner);
    }
    error = find_fixed_address(port, wanted, &address);
    if (error) {
        return error;
    }
    router = floating_ip_find_router(ctx, fip->network, address->subnet);
    if (!router) {
        return api_error_create(
            404, "ExternalGatewayForFloatingIPNotFound", "External network "
            UUID_FMT" is not reachable from subnet "UUID_FMT".  Therefore, "
            "cannot associate Port "UUID_FMT" with a Floating IP.",
            UUID_ARGS(&fip->network->header_.uuid),
            UUID_ARGS(&address->subnet->header_.uuid),
            UUID_ARGS(&port->header_.uuid));
    }
    error = check_free(ctx, fip, port, address->address);
    if (!error && (fip->port != port || fip->router != router
                   || strcmp(fip->fixed_address, address->address))) {
        floating_ip_associate(ctx, fip, port, address->address, router);
    }
    return error;
}

/* Does what 'body' says of port_id and fixed_ip_address. */
static struct api_error *
change_association(struct api_ctx *ctx, const struct l3harec_floating_ip *fip,
                   const struct json *body)
{
    const char *port_id = body_string(body, "port_id");
    const char *wanted = body_string(body, "fixed_ip_address");

    if (wanted && !port_id) {
        return api_error_bad_request(
            "floatingip", "fixed_ip_address cannot be specified without a "
            "port_id");
    }
    if (port_id) {
        return associate(ctx, fip, port_id, wanted);
    }
    if (body_has(body, "port_id") && fip->port) {
        floating_ip_associate(ctx, fip, NULL, NULL, NULL);
    }
    return NULL;
}

/* Creation. */

static struct api_error *
check_network(struct api_ctx *ctx, const struct l3harec_network *network)
{
    struct rows subnets;
    bool any = false;

    if (!network->external) {
        return api_error_bad_request(
            "floatingip", "Network "UUID_FMT" is not a valid external network",
            UUID_ARGS(&network->header_.uuid));
    }
    rows_subnets_of_network(ctx->backend, network, &subnets);
    for (size_t i = 0; i < subnets.n; i++) {
        const struct l3harec_subnet *subnet = subnets.rows[i];

        any |= subnet->ip_version == 4;
    }
    rows_destroy(&subnets);
    return (any ? NULL
            : api_error_bad_request(
                  "floatingip", "Network "UUID_FMT" does not contain any IPv4 "
                  "subnet", UUID_ARGS(&network->header_.uuid)));
}

/* Makes the port that holds the address. */
static struct api_error *
create_floating_port(struct api_ctx *ctx,
                     const struct l3harec_floating_ip *fip,
                     const struct l3harec_network *network,
                     const struct json *body)
{
    struct ipam_fixed_ip ip = {
        .has_subnet = body_uuid(body, "subnet_id", &ip.subnet_id),
        .ip_address = body_string(body, "floating_ip_address"),
    };
    const struct l3harec_ip_allocation *address = NULL;
    bool given = ip.has_subnet || ip.ip_address;
    const struct l3harec_port *port;
    struct api_error *error;

    error = router_insert_service_port(ctx, network, "",
                                       L3HA_OWNER_FLOATINGIP,
                                       &fip->header_.uuid, &port);
    if (!error) {
        error = ipam_set_fixed_ips(ctx->backend, ctx->txn, port, given, &ip,
                                   given ? 1 : 0);
    }
    if (error) {
        return error;
    }
    for (size_t i = 0; i < port->n_fixed_ips && !address; i++) {
        address = is_ip4(port->fixed_ips[i]->address) ? port->fixed_ips[i]
                                                      : NULL;
    }
    if (!address) {
        return api_error_create(
            400, "ExternalIpAddressExhausted", "Unable to find any IP address "
            "on external network "UUID_FMT".",
            UUID_ARGS(&network->header_.uuid));
    }
    l3harec_floating_ip_set_floating_port(fip, port);
    l3harec_floating_ip_set_address(fip, address->address);
    return NULL;
}

static struct api_error *
floating_ip_create(struct api_ctx *ctx, const void *obj,
                   const struct json *body)
{
    const struct l3harec_floating_ip *fip = obj;
    const struct l3harec_network *network;
    struct api_error *error;

    network = resource_find_by_text(&res_network, ctx,
                                    body_string(body, "floating_network_id"),
                                    &error);
    if (!network) {
        return error;
    }
    error = check_network(ctx, network);
    if (!error) {
        error = create_floating_port(ctx, fip, network, body);
    }
    if (!error) {
        l3harec_floating_ip_set_network(fip, network);
        error = change_association(ctx, fip, body);
    }
    return error;
}

static struct api_error *
floating_ip_update(struct api_ctx *ctx, const void *obj,
                   const struct json *body)
{
    return change_association(ctx, obj, body);
}

static struct api_error *
floating_ip_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_floating_ip *fip = obj;

    if (floating_ip_has_forwards(ctx, fip)) {
        return api_error_create(
            409, "FipInUseByPortForwarding", "Floating IP "UUID_FMT" in use "
            "by Port Forwarding resources.", UUID_ARGS(&fip->header_.uuid));
    }
    rows_port_delete(fip->floating_port);
    return NULL;
}

const struct resource res_floating_ip = {
    .name = "floatingip",
    .collection = "floatingips",
    .methods = RES_CAN_ALL,
    .attrs = floating_ip_attrs,
    .n_attrs = ARRAY_SIZE(floating_ip_attrs),
    .not_found = "FloatingIPNotFound",
    .not_found_format = "Floating IP %s could not be found",
    .table = &l3harec_table_floating_ip,
    .standard = &std_floating_ip,
    .create = floating_ip_create,
    .update = floating_ip_update,
    .destroy = floating_ip_destroy,
};
