/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "port": its attributes and rules.
 *
 * Addresses are ipam-rows.c's, MACs mac.c's, binding to hosts
 * port-binding.c's.  Ports of routers are made by their router
 * (router-interface.c) and only shown here. */

#include <config.h>
#include "server/resource.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/dhcp.h"
#include "server/floating-ip.h"
#include "server/ha-network.h"
#include "server/ipam-rows.h"
#include "server/mac.h"
#include "server/port-binding.h"
#include "server/port-security.h"
#include "server/res-qos.h"
#include "server/rows.h"
#include "util.h"

const struct res_standard std_port = RES_TAGGED_COLUMNS(port);

static const char *const vnic_types[] = { "normal", NULL };

static struct json *
get_fixed_ips(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    return rows_port_fixed_ips(obj);
}

/* fixed_ips=ip_address=A, ip_address_substr=A, subnet_id=S. */
static bool
match_fixed_ips(struct api_ctx *ctx OVS_UNUSED, const void *obj,
                const char *value)
{
    const struct l3harec_port *port = obj;
    const char *eq = strchr(value, '=');
    size_t key_len = eq ? eq - value : 0;
    struct uuid subnet_id;

    for (size_t i = 0; eq && i < port->n_fixed_ips; i++) {
        const struct l3harec_ip_allocation *a = port->fixed_ips[i];

        if (key_len == 10 && !strncmp(value, "ip_address", key_len)
            && !strcmp(a->address, eq + 1)) {
            return true;
        }
        if (key_len == 17 && !strncmp(value, "ip_address_substr", key_len)
            && strstr(a->address, eq + 1)) {
            return true;
        }
        if (key_len == 9 && !strncmp(value, "subnet_id", key_len)
            && a->subnet && attr_parse_uuid(eq + 1, &subnet_id)
            && uuid_equals(&subnet_id, &a->subnet->header_.uuid)) {
            return true;
        }
    }
    return false;
}

static struct json *
get_status(struct api_ctx *ctx, const void *obj)
{
    return json_string_create(port_binding_get_status(ctx->backend, obj));
}

static struct json *
get_vif_details(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    return port_binding_get_vif_details(obj);
}

static struct json *
get_profile(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port *port = obj;
    struct json *json = json_from_string(port->binding_profile);

    if (json->type != JSON_OBJECT) {
        json_destroy(json);
        json = json_object_create();
    }
    return json;
}

static const struct l3harec_network *
port_network(const void *obj)
{
    const struct l3harec_port *port = obj;

    return port->network;
}

static struct json *
get_qos_policy(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port *port = obj;

    return qos_get_policy_id(port->qos_policy);
}

static struct json *
get_qos_network_policy(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port *port = obj;

    return qos_get_policy_id(port->network ? port->network->qos_policy
                             : NULL);
}

static const struct res_attr port_attrs[] = {
    RES_STANDARD_ATTRS(port),
    { .name = "network_id", .flags = RES_PO | RES_REQUIRED | RES_MANUAL,
      .check = attr_uuid, .column = &l3harec_port_col_network },
    { .name = "admin_state_up", .flags = RES_RW, .check = attr_boolean,
      .def = "true", .column = &l3harec_port_col_admin_state_up },
    { .name = "status", .flags = RES_RO, .get = get_status },
    { .name = "mac_address", .flags = RES_RW | RES_MANUAL,
      .check = attr_mac, .column = &l3harec_port_col_mac },
    { .name = "fixed_ips", .flags = RES_POST | RES_PUT | RES_FILTER,
      .check = attr_fixed_ips, .get = get_fixed_ips,
      .match = match_fixed_ips },
    { .name = "device_id", .flags = RES_RW, .check = attr_string,
      .max = 255, .def = "\"\"", .column = &l3harec_port_col_device_id },
    { .name = "device_owner", .flags = RES_RW, .check = attr_string,
      .max = 255, .def = "\"\"", .column = &l3harec_port_col_device_owner },
    { .name = "port_security_enabled", .flags = RES_RW & ~RES_SORT,
      .check = attr_boolean,
      .column = &l3harec_port_col_port_security_enabled },
    { .name = "security_groups",
      .flags = RES_POST | RES_PUT | RES_FILTER | RES_MANUAL,
      .check = attr_uuid_list_or_none,
      .column = &l3harec_port_col_security_groups },
    { .name = "allowed_address_pairs", .flags = RES_POST | RES_PUT,
      .check = attr_address_pairs, .get = port_security_get_pairs },
    { .name = "extra_dhcp_opts", .flags = RES_POST | RES_PUT,
      .check = attr_dhcp_opts, .get = port_security_get_dhcp_opts },
    { .name = "qos_policy_id", .flags = RES_RW & ~RES_SORT,
      .check = attr_uuid_or_none, .get = get_qos_policy },
    { .name = "qos_network_policy_id", .flags = RES_FILTER,
      .get = get_qos_network_policy },
    { .name = "binding:vnic_type", .flags = RES_RW & ~RES_SORT,
      .check = attr_one_of, .values = vnic_types, .def = "\"normal\"",
      .column = &l3harec_port_col_vnic_type },
    { .name = "binding:host_id", .flags = (RES_RW & ~RES_SORT) | RES_MANUAL,
      .check = attr_string_or_none, .max = 255,
      .column = &l3harec_port_col_host },
    { .name = "binding:profile", .flags = RES_POST | RES_PUT,
      .check = attr_object, .def = "{}", .get = get_profile },
    { .name = "binding:vif_type", .flags = RES_FILTER,
      .column = &l3harec_port_col_vif_type },
    { .name = "binding:vif_details", .flags = 0, .get = get_vif_details },
};

/* Rules. */

/* True if 'port' belongs to a router or a floating IP, by which alone it may
 * be changed. */
static bool
is_owned(struct api_ctx *ctx, const struct l3harec_port *port)
{
    return port->router || floating_ip_owns_port(ctx, port);
}

static void
write_profile(const struct l3harec_port *port, const struct json *body)
{
    const struct json *profile = body_get(body, "binding:profile");

    if (profile) {
        char *text = json_to_string(profile, JSSF_SORT);

        l3harec_port_set_binding_profile(port, text);
        free(text);
    }
}

/* Gives 'port' the fixed_ips of 'body'; without any, a new port gets the
 * default ones. */
static struct api_error *
write_fixed_ips(struct api_ctx *ctx, const struct l3harec_port *port,
                const struct json *body)
{
    const struct json *list = body_get(body, "fixed_ips");
    size_t n = list ? json_array(list)->n : 0;
    struct ipam_fixed_ip *ips = xcalloc(n + 1, sizeof *ips);
    struct api_error *error;

    for (size_t i = 0; i < n; i++) {
        const struct json *ip = json_array(list)->elems[i];

        ips[i].has_subnet = body_uuid(ip, "subnet_id", &ips[i].subnet_id);
        ips[i].ip_address = body_string(ip, "ip_address");
    }
    error = ipam_set_fixed_ips(ctx->backend, ctx->txn, port, list != NULL,
                               ips, n);
    free(ips);
    return error;
}

static struct api_error *
write_qos_policy(struct api_ctx *ctx, const struct l3harec_port *port,
                 const struct json *body)
{
    const struct l3harec_qos_policy *policy;
    struct api_error *error = NULL;

    if (body_has(body, "qos_policy_id")) {
        error = qos_find_policy(ctx, body, &policy);
        if (!error) {
            l3harec_port_set_qos_policy(port, policy);
        }
    }
    return error;
}

static struct api_error *
port_create(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_port *port = obj;
    const struct l3harec_network *network;
    const char *mac = body_string(body, "mac_address");
    const char *host = body_string(body, "binding:host_id");
    char new_mac[MAC_STRLEN];
    struct api_error *error;

    network = resource_find_by_text(&res_network, ctx,
                                    body_string(body, "network_id"), &error);
    if (!network) {
        return error;
    }
    if (ha_network_is(ctx->backend, network)) {
        return api_error_create(
            400, "InvalidInput", "Invalid input for operation: network "
            UUID_FMT" carries the VRRP of HA routers.",
            UUID_ARGS(&network->header_.uuid));
    }
    if (rows_is_router_owner(port->device_owner)
        && strcmp(port->device_owner, L3HA_OWNER_FLOATINGIP)) {
        /* Such a port is part of a router from its beginning. */
        return api_error_create(
            409, "UnsupportedPortDeviceOwner", "Operation create is not "
            "supported for device_owner %s on port "UUID_FMT".",
            port->device_owner, UUID_ARGS(&port->header_.uuid));
    }

    error = (mac ? mac_check(ctx->backend, network, mac)
                 : mac_allocate(ctx->backend, network, new_mac));
    if (error) {
        return error;
    }
    l3harec_port_set_network(port, network);
    l3harec_port_set_mac(port, mac ? mac : new_mac);
    if (!body_has(body, "port_security_enabled")) {
        l3harec_port_set_port_security_enabled(
            port, network->port_security_enabled);
    }
    error = port_security_create(ctx, port, body);
    if (!error) {
        error = write_qos_policy(ctx, port, body);
    }
    if (error) {
        return error;
    }
    write_profile(port, body);
    error = write_fixed_ips(ctx, port, body);
    if (!error) {
        port_binding_set(ctx->backend, port, host ? host : "");
    }
    return error;
}

/* A port that belongs to a router may only be changed in ways that the router
 * does not care about. */
static struct api_error *
check_router_port(struct api_ctx *ctx, const struct l3harec_port *port,
                  const struct json *body)
{
    static const char *const fixed[] = {
        "mac_address", "fixed_ips", "device_id", "device_owner",
        "binding:host_id",
    };

    for (size_t i = 0; i < ARRAY_SIZE(fixed) && is_owned(ctx, port); i++) {
        if (body_has(body, fixed[i])) {
            return api_error_create(
                409, "UnsupportedPortDeviceOwner", "Operation update of %s "
                "is not supported for device_owner %s on port "UUID_FMT".",
                fixed[i], port->device_owner, UUID_ARGS(&port->header_.uuid));
        }
    }
    return NULL;
}

static struct api_error *
update_mac(struct api_ctx *ctx, const struct l3harec_port *port,
           const char *mac)
{
    struct api_error *error;

    if (!strcmp(mac, port->mac)) {
        return NULL;
    }
    if (port->host[0] && !strcmp(port->vif_type, "ovs")) {
        return api_error_create(
            409, "PortBound", "Unable to complete operation on port "UUID_FMT
            ", port is already bound, port type: %s, old_mac %s, new_mac %s.",
            UUID_ARGS(&port->header_.uuid), port->vif_type, port->mac, mac);
    }
    error = mac_check(ctx->backend, port->network, mac);
    if (!error) {
        l3harec_port_set_mac(port, mac);
    }
    return error;
}

static struct api_error *
port_update(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_port *port = obj;
    const char *owner = body_string(body, "device_owner");
    const char *mac = body_string(body, "mac_address");
    struct api_error *error;

    error = check_router_port(ctx, port, body);
    if (error) {
        return error;
    }
    if (owner && rows_is_router_owner(owner)
        && strcmp(owner, port->device_owner)) {
        return api_error_create(
            409, "UnsupportedPortDeviceOwner", "Operation update is not "
            "supported for device_owner %s on port "UUID_FMT".", owner,
            UUID_ARGS(&port->header_.uuid));
    }
    if (mac) {
        error = update_mac(ctx, port, mac);
        if (error) {
            return error;
        }
    }
    error = port_security_update(ctx, port, body);
    if (!error) {
        error = write_qos_policy(ctx, port, body);
    }
    if (error) {
        return error;
    }
    write_profile(port, body);
    if (body_has(body, "fixed_ips")) {
        error = write_fixed_ips(ctx, port, body);
        if (!error) {
            error = floating_ip_check_addresses(ctx, port);
        }
        if (error) {
            return error;
        }
    }
    if (body_has(body, "binding:host_id")) {
        const char *host = body_string(body, "binding:host_id");

        port_binding_set(ctx->backend, port, host ? host : "");
    }
    return NULL;
}

static struct api_error *
port_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_port *port = obj;

    if (is_owned(ctx, port) && rows_is_router_owner(port->device_owner)) {
        return api_error_create(
            409, "ServicePortInUse", "Port "UUID_FMT" cannot be deleted "
            "directly via the port API: has device owner %s.",
            UUID_ARGS(&port->header_.uuid), port->device_owner);
    }
    floating_ip_release_port(ctx, port);
    dhcp_forget_port(ctx->backend, port);
    ipam_release(port);
    return NULL;
}

const struct resource res_port = {
    .name = "port",
    .collection = "ports",
    .methods = RES_CAN_ALL,
    .attrs = port_attrs,
    .n_attrs = ARRAY_SIZE(port_attrs),
    .not_found = "PortNotFound",
    .not_found_format = "Port %s could not be found.",
    .marker_is_checked = true,
    .table = &l3harec_table_port,
    .standard = &std_port,
    .get_network = port_network,
    .create = port_create,
    .update = port_update,
    .destroy = port_destroy,
};
