/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "rbac_policy": who else than its project may use an object.
 *
 * A policy cannot be taken away while another project depends on it. */

#include <config.h>
#include "server/rbac.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/policy.h"
#include "server/rows.h"
#include "util.h"

static const char *const actions[] = { RBAC_SHARED, RBAC_EXTERNAL, NULL };

static struct json *
get_object_id(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_rbac_policy *row = obj;

    return json_uuid(&row->object_id);
}

static const struct resource *
find_type(const char *type)
{
    for (size_t i = 0; resources[i]; i++) {
        if (resources[i]->rbac_type
            && !strcmp(resources[i]->rbac_type, type)) {
            return resources[i];
        }
    }
    return NULL;
}

static struct api_error *
attr_object_type(const struct res_attr *attr OVS_UNUSED,
                 struct json **valuep)
{
    struct api_error *error;
    char *text;

    if ((*valuep)->type == JSON_STRING && find_type(json_string(*valuep))) {
        return NULL;
    }
    text = attr_to_text(*valuep);
    error = api_error_invalid_input("'%s' is not a valid RBAC object type",
                                    text);
    free(text);
    return error;
}

static const struct res_attr rbac_attrs[] = {
    { .name = "id", .flags = RES_RO, .get = res_get_id,
      .match = res_match_id },
    { .name = "project_id", .flags = RES_PO, .check = attr_string,
      .max = 255, .column = &l3harec_rbac_policy_col_project_id },
    { .name = "tenant_id", .flags = RES_PO, .check = attr_string,
      .max = 255, .column = &l3harec_rbac_policy_col_project_id },
    { .name = "object_type", .flags = RES_PO | RES_REQUIRED,
      .check = attr_object_type,
      .column = &l3harec_rbac_policy_col_object_type },
    { .name = "object_id", .flags = RES_PO | RES_REQUIRED | RES_MANUAL,
      .check = attr_uuid, .get = get_object_id },
    { .name = "target_tenant", .flags = RES_RW | RES_REQUIRED,
      .check = attr_string, .max = 255,
      .column = &l3harec_rbac_policy_col_target_project },
    { .name = "action", .flags = RES_PO | RES_REQUIRED,
      .check = attr_one_of, .values = actions,
      .column = &l3harec_rbac_policy_col_action },
};

/* Checks that no row says the same as 'row' with 'target'. */
static struct api_error *
check_unique(struct api_ctx *ctx, const struct l3harec_rbac_policy *row,
             const struct uuid *object_id, const char *target)
{
    struct api_error *error = NULL;
    struct rows rows;

    rows_rbac_of_object(ctx->backend, object_id, &rows);
    for (size_t i = 0; i < rows.n && !error; i++) {
        const struct l3harec_rbac_policy *other = rows.rows[i];

        if (other != row && !strcmp(other->action, row->action)
            && !strcmp(other->target_project, target)) {
            error = api_error_create(
                409, "DuplicateRbacPolicy",
                "An RBAC policy already exists with those values.");
        }
    }
    rows_destroy(&rows);
    return error;
}

/* True if 'object' of 'res' is the caller's, or he is the admin. */
static bool
is_callers(struct api_ctx *ctx, const struct resource *res,
           const void *object)
{
    struct json *project = resource_get(resource_find_attr(res, "project_id"),
                                        ctx, object);
    bool own = !strcmp(json_string(project), ctx->project_id);

    json_destroy(project);
    return own || ctx->caller->is_admin;
}

static struct api_error *
rbac_create(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_rbac_policy *row = obj;
    const struct resource *res = find_type(row->object_type);
    const struct l3harec_network *network;
    struct api_error *error;
    struct uuid uuid;
    const void *object;

    if (!strcmp(row->action, RBAC_EXTERNAL) && res != &res_network) {
        return api_error_invalid_input(
            "Invalid action '%s' for object type '%s'. Valid actions: %s",
            row->action, row->object_type, RBAC_SHARED);
    }
    object = resource_find_by_text(res, ctx, body_string(body, "object_id"),
                                   &error);
    if (!object) {
        return error;
    }
    if (!is_callers(ctx, res, object)) {
        return api_error_create(403, "PolicyNotAuthorized",
                                "rule:create_rbac_policy is disallowed by "
                                "policy");
    }
    body_uuid(body, "object_id", &uuid);
    error = check_unique(ctx, row, &uuid, row->target_project);
    if (error) {
        return error;
    }
    l3harec_rbac_policy_set_object_id(row, uuid);
    network = res == &res_network ? object : NULL;
    if (network && !strcmp(row->action, RBAC_EXTERNAL)
        && !network->external) {
        resource_touch(ctx, &std_network, &network->header_);
        l3harec_network_set_external(network, true);
    }
    return NULL;
}

/* Who depends on a policy. */

static struct api_error *
in_use(const struct uuid *object, const char *details)
{
    return api_error_create(
        409, "RbacPolicyInUse", "RBAC policy on object "UUID_FMT" cannot be "
        "removed because other objects depend on it.\nDetails: %s",
        UUID_ARGS(object), details);
}

/* True if 'row' is what lets 'project_id', which is not 'owner', use the
 * object. */
static bool
is_needed_by(struct api_ctx *ctx, const struct l3harec_rbac_policy *row,
             const char *owner, const char *project_id)
{
    bool allowed = !project_id[0] || !strcmp(project_id, owner);
    struct rows rows;

    if (allowed || (strcmp(row->target_project, "*")
                    && strcmp(row->target_project, project_id))) {
        return false;
    }
    rows_rbac_of_object(ctx->backend, &row->object_id, &rows);
    for (size_t i = 0; i < rows.n && !allowed; i++) {
        const struct l3harec_rbac_policy *other = rows.rows[i];

        allowed = (other != row && !strcmp(other->action, row->action)
                   && (!strcmp(other->target_project, "*")
                       || !strcmp(other->target_project, project_id)));
    }
    rows_destroy(&rows);
    return !allowed;
}

static struct api_error *
check_network(struct api_ctx *ctx, const struct l3harec_rbac_policy *row,
              const struct l3harec_network *network)
{
    bool external = !strcmp(row->action, RBAC_EXTERNAL);
    struct api_error *error = NULL;
    struct rows ports;

    rows_ports_of_network(ctx->backend, network, &ports);
    for (size_t i = 0; i < ports.n && !error; i++) {
        const struct l3harec_port *port = ports.rows[i];
        bool is_gateway = !strcmp(port->device_owner,
                                  L3HA_OWNER_ROUTER_GATEWAY);
        const char *project = (port->router ? port->router->project_id
                               : port->project_id);

        if (external == is_gateway
            && is_needed_by(ctx, row, network->project_id, project)) {
            error = in_use(&row->object_id,
                           external ? "routers have gateways on the network"
                           : "other projects have ports on the network");
        }
    }
    rows_destroy(&ports);
    return error;
}

static struct api_error *
check_group(struct api_ctx *ctx, const struct l3harec_rbac_policy *row,
            const struct l3harec_security_group *group)
{
    const struct l3harec_port *port;

    L3HAREC_PORT_FOR_EACH (port, ctx->idl) {
        for (size_t i = 0; i < port->n_security_groups; i++) {
            if (port->security_groups[i] == group
                && is_needed_by(ctx, row, group->project_id,
                                port->project_id)) {
                return in_use(&row->object_id,
                              "ports of other projects are in the group");
            }
        }
    }
    return NULL;
}

static struct api_error *
check_qos(struct api_ctx *ctx, const struct l3harec_rbac_policy *row,
          const struct l3harec_qos_policy *policy)
{
    const struct l3harec_network *network;
    const struct l3harec_port *port;

    L3HAREC_PORT_FOR_EACH (port, ctx->idl) {
        if (port->qos_policy == policy
            && is_needed_by(ctx, row, policy->project_id,
                            port->project_id)) {
            return in_use(&row->object_id, "ports of other projects use it");
        }
    }
    L3HAREC_NETWORK_FOR_EACH (network, ctx->idl) {
        if (network->qos_policy == policy
            && is_needed_by(ctx, row, policy->project_id,
                            network->project_id)) {
            return in_use(&row->object_id,
                          "networks of other projects use it");
        }
    }
    return NULL;
}

static struct api_error *
check_pool(struct api_ctx *ctx, const struct l3harec_rbac_policy *row,
           const struct l3harec_subnet_pool *pool)
{
    const struct l3harec_subnet *subnet;

    L3HAREC_SUBNET_FOR_EACH (subnet, ctx->idl) {
        if (subnet->subnet_pool == pool
            && is_needed_by(ctx, row, pool->project_id,
                            subnet->project_id)) {
            return in_use(&row->object_id,
                          "subnets of other projects are from it");
        }
    }
    return NULL;
}

static struct api_error *
check_scope(struct api_ctx *ctx, const struct l3harec_rbac_policy *row,
            const struct l3harec_address_scope *scope)
{
    const struct l3harec_subnet_pool *pool;

    L3HAREC_SUBNET_POOL_FOR_EACH (pool, ctx->idl) {
        if (pool->address_scope == scope
            && is_needed_by(ctx, row, scope->project_id, pool->project_id)) {
            return in_use(&row->object_id,
                          "subnet pools of other projects are in it");
        }
    }
    return NULL;
}

static struct api_error *
check_addresses(struct api_ctx *ctx, const struct l3harec_rbac_policy *row,
                const struct l3harec_address_group *group)
{
    struct api_error *error = NULL;
    struct rows rules;

    rows_rules_with_address_group(ctx->backend, group, &rules);
    for (size_t i = 0; i < rules.n && !error; i++) {
        const struct l3harec_security_group_rule *rule = rules.rows[i];

        if (is_needed_by(ctx, row, group->project_id, rule->project_id)) {
            error = in_use(&row->object_id,
                           "rules of other projects refer to it");
        }
    }
    rows_destroy(&rules);
    return error;
}

/* Checks that nobody needs 'row'. */
struct api_error *
rbac_check_unused(struct api_ctx *ctx, const struct l3harec_rbac_policy *row)
{
    const struct resource *res = find_type(row->object_type);
    const void *object = ovsdb_idl_get_row_for_uuid(ctx->idl, res->table,
                                                    &row->object_id);

    return (!object ? NULL
            : res == &res_network ? check_network(ctx, row, object)
            : res == &res_security_group ? check_group(ctx, row, object)
            : res == &res_qos_policy ? check_qos(ctx, row, object)
            : res == &res_subnet_pool ? check_pool(ctx, row, object)
            : res == &res_address_scope ? check_scope(ctx, row, object)
            : check_addresses(ctx, row, object));
}

static struct api_error *
rbac_update(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_rbac_policy *row = obj;
    const char *target = body_string(body, "target_tenant");
    struct api_error *error;

    if (!target || !strcmp(target, row->target_project)) {
        return NULL;
    }
    error = check_unique(ctx, row, &row->object_id, target);
    if (!error && strcmp(target, "*")) {
        error = rbac_check_unused(ctx, row);
    }
    return error;
}

/* Takes "router:external" along with the last policy for it. */
static struct api_error *
rbac_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_rbac_policy *row = obj;
    const struct l3harec_network *network;
    struct api_error *error;
    bool last = true;
    struct rows rows;

    error = rbac_check_unused(ctx, row);
    if (error || strcmp(row->action, RBAC_EXTERNAL)) {
        return error;
    }
    rows_rbac_of_object(ctx->backend, &row->object_id, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct l3harec_rbac_policy *other = rows.rows[i];

        last &= other == row || strcmp(other->action, RBAC_EXTERNAL);
    }
    rows_destroy(&rows);
    network = l3harec_network_get_for_uuid(ctx->idl, &row->object_id);
    if (last && network) {
        struct rows ports;

        rows_ports_of_network(ctx->backend, network, &ports);
        for (size_t i = 0; i < ports.n && !error; i++) {
            const struct l3harec_port *port = ports.rows[i];

            if (!strcmp(port->device_owner, L3HA_OWNER_ROUTER_GATEWAY)) {
                error = in_use(&row->object_id,
                               "routers have gateways on the network");
            }
        }
        rows_destroy(&ports);
        if (!error) {
            resource_touch(ctx, &std_network, &network->header_);
            l3harec_network_set_external(network, false);
        }
    }
    return error;
}

const struct resource res_rbac = {
    .name = "rbac_policy",
    .collection = "rbac_policies",
    .path = "rbac-policies",
    .methods = RES_CAN_ALL,
    .attrs = rbac_attrs,
    .n_attrs = ARRAY_SIZE(rbac_attrs),
    .not_found = "RbacPolicyNotFound",
    .not_found_format = "RBAC policy with ID %s not found",
    .table = &l3harec_table_rbac_policy,
    .create = rbac_create,
    .update = rbac_update,
    .destroy = rbac_destroy,
};
