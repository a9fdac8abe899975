/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "network": its attributes and rules.
 *
 * Which segment and MTU a network gets is segment.c's. */

#include <config.h>
#include "server/resource.h"

#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/dhcp.h"
#include "server/floating-ip.h"
#include "server/ha-network.h"
#include "server/rbac.h"
#include "server/res-agent.h"
#include "server/res-qos.h"
#include "server/res-zone.h"
#include "server/rows.h"
#include "server/segment.h"
#include "server/subnet-pool.h"
#include "svec.h"
#include "util.h"

const struct res_standard std_network = RES_TAGGED_COLUMNS(network);

static struct json *
get_status(struct api_ctx *ctx OVS_UNUSED, const void *obj OVS_UNUSED)
{
    return json_string_create("ACTIVE");
}

static struct json *
get_subnets(struct api_ctx *ctx, const void *obj)
{
    struct json *array = json_array_create_empty();
    struct rows rows;

    rows_subnets_of_network(ctx->backend, obj, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct l3harec_subnet *subnet = rows.rows[i];

        json_array_add(array, json_uuid(&subnet->header_.uuid));
    }
    rows_destroy(&rows);
    return array;
}

/* Only an external network can be the default one, and only it says so. */
static struct json *
get_is_default(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_network *network = obj;

    return network->external ? json_boolean_create(network->is_default)
                             : NULL;
}

static struct json *
get_physical_network(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_network *network = obj;

    return (network->physical_network[0]
            ? json_string_create(network->physical_network)
            : json_null_create());
}

static bool
is_external(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_network *network = obj;

    return (network->external
            && rbac_allows(ctx->backend, &network->header_.uuid,
                           RBAC_EXTERNAL, ctx->project_id));
}

static struct json *
get_ipv4_scope(struct api_ctx *ctx, const void *obj)
{
    return subnet_pool_get_scope(ctx, obj, 4);
}

static struct json *
get_ipv6_scope(struct api_ctx *ctx, const void *obj)
{
    return subnet_pool_get_scope(ctx, obj, 6);
}

static struct json *
get_qos_policy(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_network *network = obj;

    return qos_get_policy_id(network->qos_policy);
}

/* The zones of the agents that serve the network with DHCP. */
static struct json *
get_zones(struct api_ctx *ctx, const void *obj)
{
    struct svec hosts = SVEC_EMPTY_INITIALIZER;
    struct rows instances;
    struct json *zones;

    rows_dhcp_of_network(ctx->backend, obj, &instances);
    for (size_t i = 0; i < instances.n; i++) {
        const struct l3harec_dhcp_instance *instance = instances.rows[i];

        svec_add(&hosts, instance->host);
    }
    zones = zone_list_of_hosts(ctx->backend, &hosts);
    svec_destroy(&hosts);
    rows_destroy(&instances);
    return zones;
}

static const struct res_attr network_attrs[] = {
    RES_STANDARD_ATTRS(network),
    { .name = "admin_state_up", .flags = RES_RW, .check = attr_boolean,
      .def = "true", .column = &l3harec_network_col_admin_state_up },
    { .name = "status", .flags = RES_RO, .get = get_status },
    { .name = "subnets", .flags = 0, .get = get_subnets },
    RBAC_SHARED_ATTR(RES_POST | RES_PUT),
    { .name = "ipv4_address_scope", .flags = 0, .get = get_ipv4_scope },
    { .name = "ipv6_address_scope", .flags = 0, .get = get_ipv6_scope },
    { .name = "router:external",
      .flags = (RES_RW & ~RES_SORT) | RES_MANUAL,
      .check = attr_boolean, .def = "false",
      .column = &l3harec_network_col_external },
    { .name = "is_default", .flags = (RES_RW & ~RES_SORT) | RES_MANUAL,
      .check = attr_boolean, .def = "false", .get = get_is_default,
      .column = &l3harec_network_col_is_default },
    { .name = "port_security_enabled", .flags = RES_RW & ~RES_SORT,
      .check = attr_boolean, .def = "true",
      .column = &l3harec_network_col_port_security_enabled },
    { .name = "mtu", .flags = RES_RW | RES_MANUAL, .check = attr_integer,
      .max = 65535, .column = &l3harec_network_col_mtu },
    { .name = "provider:network_type", .flags = RES_PO | RES_MANUAL,
      .check = attr_string_or_none, .max = 32,
      .column = &l3harec_network_col_network_type },
    { .name = "provider:physical_network", .flags = RES_PO | RES_MANUAL,
      .check = attr_string_or_none, .max = 64, .get = get_physical_network,
      .column = &l3harec_network_col_physical_network },
    { .name = "provider:segmentation_id", .flags = RES_PO | RES_MANUAL,
      .check = attr_integer_or_none,
      .column = &l3harec_network_col_segmentation_id },
    { .name = "availability_zone_hints", .flags = RES_POST | RES_FILTER,
      .check = attr_string_list, .max = 255, .def = "[]",
      .column = &l3harec_network_col_availability_zone_hints },
    { .name = "availability_zones", .flags = 0, .get = get_zones },
    { .name = "qos_policy_id", .flags = RES_RW & ~RES_SORT,
      .check = attr_uuid_or_none, .get = get_qos_policy },
};

/* A new network gets the default policy of its project unless the request
 * names one or none. */
static struct api_error *
write_qos_policy(struct api_ctx *ctx, const struct l3harec_network *network,
                 const struct json *body, bool is_create)
{
    const struct l3harec_qos_policy *policy;
    struct api_error *error;

    if (!body_has(body, "qos_policy_id")) {
        if (is_create) {
            l3harec_network_set_qos_policy(
                network, qos_find_default(ctx, network->project_id));
        }
        return NULL;
    }
    error = qos_find_policy(ctx, body, &policy);
    if (!error) {
        l3harec_network_set_qos_policy(network, policy);
    }
    return error;
}

/* The default external network is where Neutron's clients find a gateway.
 * As there, a network that is not external cannot be it, which is no error. */
static struct api_error *
write_default(struct api_ctx *ctx, const struct l3harec_network *network,
              const struct json *body, bool external)
{
    bool is_default = external && body_bool(body, "is_default",
                                            network->is_default);
    const struct l3harec_network *other;

    if (is_default && !network->is_default) {
        L3HAREC_NETWORK_FOR_EACH (other, ctx->idl) {
            if (other != network && other->is_default) {
                return api_error_create(
                    409, "DefaultExternalNetworkExists", "A default external "
                    "network already exists: "UUID_FMT".",
                    UUID_ARGS(&other->header_.uuid));
            }
        }
    }
    l3harec_network_set_is_default(network, is_default);
    return NULL;
}

/* Who else may use the network, and as external one. */
static struct api_error *
write_access(struct api_ctx *ctx, const struct l3harec_network *network,
             const struct json *body)
{
    bool external = body_bool(body, "router:external", network->external);
    struct api_error *error;

    error = rbac_write_shared(ctx, &res_network, network,
                              network->project_id, body);
    if (error) {
        api_error_destroy(error);
        return api_error_create(
            409, "InvalidSharedSetting", "Unable to reconfigure sharing "
            "settings for network "UUID_FMT". Multiple tenants are using "
            "it.", UUID_ARGS(&network->header_.uuid));
    }
    if (external && !network->external) {
        rbac_allow_everybody(ctx, &res_network, network,
                             network->project_id, RBAC_EXTERNAL);
    } else if (!external && network->external) {
        rbac_delete_all(ctx->backend, network, RBAC_EXTERNAL);
    }
    l3harec_network_set_external(network, external);
    return write_default(ctx, network, body, external);
}

static struct api_error *
network_create(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_network *network = obj;
    struct segment_request request = {
        .network_type = body_string(body, "provider:network_type"),
        .physical_network = body_string(body, "provider:physical_network"),
        .segmentation_id = body_int(body, "provider:segmentation_id", -1),
    };
    struct api_error *error;

    error = zone_check_hints(ctx->backend, AGENT_DHCP,
                             network->availability_zone_hints,
                             network->n_availability_zone_hints);
    if (!error) {
        error = write_qos_policy(ctx, network, body, true);
    }
    if (!error) {
        error = write_access(ctx, network, body);
    }
    if (error) {
        return error;
    }
    request.has_segmentation_id = request.segmentation_id >= 0;
    return segment_allocate(ctx->backend, network, &request,
                            body_int(body, "mtu", 0));
}

static struct api_error *
network_in_use(const struct l3harec_network *network, const char *reason)
{
    return api_error_create(409, "NetworkInUse",
                            "Unable to complete operation on network "
                            UUID_FMT". %s.",
                            UUID_ARGS(&network->header_.uuid), reason);
}

/* True if a router has its gateway, or a floating IP its address, on
 * 'network'. */
static bool
has_gateway_ports(struct api_ctx *ctx, const struct l3harec_network *network)
{
    struct rows rows;
    bool found = false;

    rows_ports_of_network(ctx->backend, network, &rows);
    for (size_t i = 0; i < rows.n && !found; i++) {
        const struct l3harec_port *port = rows.rows[i];

        found = (!strcmp(port->device_owner, L3HA_OWNER_ROUTER_GATEWAY)
                 || floating_ip_owns_port(ctx, port));
    }
    rows_destroy(&rows);
    return found;
}

static struct api_error *
network_update(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_network *network = obj;
    struct api_error *error;

    if (ha_network_is(ctx->backend, network)) {
        return network_in_use(network, "It carries the VRRP of HA routers");
    }
    if (network->external && !body_bool(body, "router:external", true)
        && has_gateway_ports(ctx, network)) {
        return api_error_create(
            409, "ExternalNetworkInUse", "External network "UUID_FMT" cannot "
            "be updated to be made non-external, since it has existing "
            "gateway ports.", UUID_ARGS(&network->header_.uuid));
    }
    if (body_has(body, "mtu")) {
        int64_t mtu = body_int(body, "mtu", 0);

        error = segment_check_mtu(ctx->backend, network, mtu);
        if (error) {
            return error;
        }
        l3harec_network_set_mtu(network, mtu);
    }
    error = write_qos_policy(ctx, network, body, false);
    return error ? error : write_access(ctx, network, body);
}

static struct api_error *
network_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_network *network = obj;
    struct api_error *error = NULL;
    struct rows rows;

    if (ha_network_is(ctx->backend, network)) {
        return network_in_use(network, "It carries the VRRP of HA routers");
    }
    floating_ip_delete_unused(ctx, network);
    dhcp_remove_network(ctx->backend, network);
    rows_ports_of_network(ctx->backend, network, &rows);
    for (size_t i = 0; i < rows.n && !error; i++) {
        const struct l3harec_port *port = rows.rows[i];

        if (rows_port_is_auto_deleted(port)) {
            rows_port_delete(port);
        } else {
            error = network_in_use(network, "There are one or more ports "
                                   "still in use on the network");
        }
    }
    rows_destroy(&rows);
    if (error) {
        return error;
    }
    rows_subnets_of_network(ctx->backend, network, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        l3harec_subnet_delete(rows.rows[i]);
    }
    rows_destroy(&rows);
    return NULL;
}

static const struct res_child network_children[] = {
    { .name = "dhcp-agents", .collection = "agents", .resource = &res_agent,
      .list = agent_list_of_network },
};

const struct resource res_network = {
    .name = "network",
    .collection = "networks",
    .methods = RES_CAN_ALL,
    .attrs = network_attrs,
    .n_attrs = ARRAY_SIZE(network_attrs),
    .not_found = "NetworkNotFound",
    .not_found_format = "Network %s could not be found.",
    .marker_is_checked = true,
    .table = &l3harec_table_network,
    .standard = &std_network,
    .rbac_type = "network",
    .is_shared = rbac_is_shared,
    .is_external = is_external,
    .create = network_create,
    .update = network_update,
    .destroy = network_destroy,
    .children = network_children,
    .n_children = ARRAY_SIZE(network_children),
};
