/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "security_group": its attributes and rules.
 *
 * The default group of a project is security-group.c's; the rules of a group
 * are a resource of their own, res-security-rule.c. */

#include <config.h>
#include "server/resource.h"

#include <strings.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/policy.h"
#include "server/query.h"
#include "server/rbac.h"
#include "server/rows.h"
#include "server/security-group.h"
#include "util.h"

const struct res_standard std_security_group
    = RES_TAGGED_COLUMNS(security_group);

static struct json *
get_rules(struct api_ctx *ctx, const void *obj)
{
    struct json *array = json_array_create_empty();
    struct rows rows;

    rows_rules_of_group(ctx->backend, obj, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        json_array_add(array, resource_render(&res_security_group_rule, ctx,
                                              rows.rows[i], NULL));
    }
    rows_destroy(&rows);
    return array;
}

/* "default" is the name of the group that every project has. */
static struct api_error *
attr_group_name(const struct res_attr *attr, struct json **valuep)
{
    struct api_error *error = attr_string(attr, valuep);

    if (!error && !strcasecmp(json_string(*valuep), "default")) {
        error = api_error_create(409, "SecurityGroupDefaultAlreadyExists",
                                 "Default security group already exists.");
    }
    return error;
}

static const struct res_attr security_group_attrs[] = {
    { .name = "name", .flags = RES_RW, .check = attr_group_name, .max = 255,
      .def = "\"\"", .column = &l3harec_security_group_col_name },
    RES_NAMELESS_ATTRS(security_group),
    RES_TAGS_ATTR(security_group),
    { .name = "stateful", .flags = RES_RW, .check = attr_boolean,
      .def = "true", .column = &l3harec_security_group_col_stateful },
    RBAC_SHARED_ATTR(0),
    { .name = "security_group_rules", .flags = 0, .get = get_rules },
};

static struct api_error *
in_use(const char *type, const char *message)
{
    return api_error_create(409, type, "%s", message);
}

/* Looks at all ports: it is rare that a group is deleted. */
static bool
is_used_by_ports(struct api_ctx *ctx,
                 const struct l3harec_security_group *group)
{
    const struct l3harec_port *port;

    L3HAREC_PORT_FOR_EACH (port, ctx->idl) {
        for (size_t i = 0; i < port->n_security_groups; i++) {
            if (port->security_groups[i] == group) {
                return true;
            }
        }
    }
    return false;
}

static struct api_error *
group_in_use(const struct l3harec_security_group *group)
{
    return api_error_create(409, "SecurityGroupInUse",
                            "Security Group "UUID_FMT" in use.",
                            UUID_ARGS(&group->header_.uuid));
}

static struct api_error *
security_group_create(struct api_ctx *ctx, const void *obj,
                      const struct json *body OVS_UNUSED)
{
    const struct l3harec_security_group *group = obj;

    sg_get_default(ctx, group->project_id);
    sg_add_egress_rules(ctx, group);
    return NULL;
}

static struct api_error *
security_group_update(struct api_ctx *ctx, const void *obj,
                      const struct json *body)
{
    const struct l3harec_security_group *group = obj;

    if (body_has(body, "name") && sg_is_default(ctx->backend, group)) {
        return in_use("SecurityGroupCannotUpdateDefault",
                      "Updating default security group not allowed.");
    }
    if (body_bool(body, "stateful", group->stateful) != group->stateful
        && is_used_by_ports(ctx, group)) {
        return group_in_use(group);
    }
    return NULL;
}

static void
delete_rules(struct api_ctx *ctx, struct rows *rows,
             const struct l3harec_security_group *group)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct l3harec_security_group_rule *rule = rows->rows[i];

        if (rule->security_group != group) {
            resource_touch(ctx, &std_security_group,
                           &rule->security_group->header_);
        }
        l3harec_security_group_rule_delete(rule);
    }
    rows_destroy(rows);
}

/* Takes along the group's rules and those of other groups that refer to it. */
static struct api_error *
security_group_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_security_group *group = obj;
    struct rows rows;

    if (is_used_by_ports(ctx, group)) {
        return group_in_use(group);
    }
    sg_clear_default(ctx->backend, group);
    rows_rules_of_group(ctx->backend, group, &rows);
    delete_rules(ctx, &rows, group);
    rows_rules_with_remote_group(ctx->backend, group, &rows);
    delete_rules(ctx, &rows, group);
    return NULL;
}

/* Whoever looks for the default group of his project finds one, and the admin
 * that of any project. */
static void
security_group_before_list(struct api_ctx *ctx, const struct query *query)
{
    const char *project_id = query_get(query, "project_id");

    if (!project_id) {
        project_id = query_get(query, "tenant_id");
    }
    if (!project_id || (ctx->caller && !ctx->caller->is_admin)) {
        project_id = ctx->project_id;
    }
    if (project_id[0]) {
        sg_get_default(ctx, project_id);
    }
}

const struct resource res_security_group = {
    .name = "security_group",
    .collection = "security_groups",
    .path = "security-groups",
    .methods = RES_CAN_ALL,
    .attrs = security_group_attrs,
    .n_attrs = ARRAY_SIZE(security_group_attrs),
    .not_found = "SecurityGroupNotFound",
    .not_found_format = "Security group %s does not exist",
    .table = &l3harec_table_security_group,
    .standard = &std_security_group,
    .rbac_type = "security_group",
    .is_shared = rbac_is_shared,
    .before_list = security_group_before_list,
    .create = security_group_create,
    .update = security_group_update,
    .destroy = security_group_destroy,
};
