/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resources of QoS: "policy", its rules "bandwidth_limit_rule" and
 * "dscp_marking_rule", and the read-only "rule_type".
 *
 * A policy has at most one bandwidth limit a direction and one DSCP mark,
 * which an index of the database sees to.  Ports and networks refer to
 * policies (qos_policy_id). */

#include <config.h>
#include "server/res-qos.h"

#include <inttypes.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/rbac.h"
#include "server/rows.h"
#include "util.h"

/* What the database holds. */
#define MAX_KBPS INT32_MAX

const struct res_standard std_qos_policy = RES_TAGGED_COLUMNS(qos_policy);

/* qos_policy_id of ports and networks. */

struct api_error *
qos_find_policy(struct api_ctx *ctx, const struct json *body,
                const struct l3harec_qos_policy **policyp)
{
    const char *id = body_string(body, "qos_policy_id");
    struct api_error *error = NULL;

    *policyp = (id ? resource_find_by_text(&res_qos_policy, ctx, id, &error)
                : NULL);
    return error;
}

const struct l3harec_qos_policy *
qos_find_default(struct api_ctx *ctx, const char *project_id)
{
    const struct l3harec_qos_policy *policy;

    L3HAREC_QOS_POLICY_FOR_EACH (policy, ctx->idl) {
        if (policy->is_default && !strcmp(policy->project_id, project_id)) {
            return policy;
        }
    }
    return NULL;
}

struct json *
qos_get_policy_id(const struct l3harec_qos_policy *policy)
{
    return policy ? json_uuid(&policy->header_.uuid) : json_null_create();
}

/* Policies. */

static const struct resource *rule_resource(const struct l3harec_qos_rule *);

static struct json *
get_rules(struct api_ctx *ctx, const void *obj)
{
    struct json *array = json_array_create_empty();
    struct rows rows;

    rows_rules_of_policy(ctx->backend, obj, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct l3harec_qos_rule *rule = rows.rows[i];
        struct ds s = DS_EMPTY_INITIALIZER;

        /* Only here, where rules of all types are together, they have a
         * type. */
        resource_render_to(&s, rule_resource(rule), ctx, rule, NULL);
        ds_chomp(&s, '}');
        ds_put_format(&s, ",\"type\":\"%s\"}", rule->type);
        json_array_add(array, json_from_text(&s));
    }
    rows_destroy(&rows);
    return array;
}

static const struct res_attr policy_attrs[] = {
    RES_STANDARD_ATTRS(qos_policy),
    RBAC_SHARED_ATTR(RES_POST | RES_PUT),
    { .name = "is_default", .flags = RES_RW & ~RES_SORT,
      .check = attr_boolean, .def = "false",
      .column = &l3harec_qos_policy_col_is_default },
    { .name = "rules", .flags = 0, .get = get_rules },
};

/* A project has one default policy. */
static struct api_error *
check_default(struct api_ctx *ctx, const struct l3harec_qos_policy *policy,
              const struct json *body)
{
    const struct l3harec_qos_policy *other;

    if (!body_bool(body, "is_default", false)) {
        return NULL;
    }
    L3HAREC_QOS_POLICY_FOR_EACH (other, ctx->idl) {
        if (other != policy && other->is_default
            && !strcmp(other->project_id, policy->project_id)) {
            return api_error_create(
                409, "QoSPolicyDefaultAlreadyExists", "A default QoS policy "
                "exists for project %s.", policy->project_id);
        }
    }
    return NULL;
}

static struct api_error *
policy_write(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_qos_policy *policy = obj;
    struct api_error *error = check_default(ctx, policy, body);

    return error ? error : rbac_write_shared(ctx, &res_qos_policy, policy,
                                             policy->project_id, body);
}

static struct api_error *
policy_in_use(const struct l3harec_qos_policy *policy, const char *what,
              const struct uuid *id)
{
    return api_error_create(409, "QosPolicyInUse", "QoS Policy "UUID_FMT
                            " is used by %s "UUID_FMT".",
                            UUID_ARGS(&policy->header_.uuid), what,
                            UUID_ARGS(id));
}

/* Looks at all ports and networks: it is rare that a policy is deleted. */
static struct api_error *
policy_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_qos_policy *policy = obj;
    const struct l3harec_network *network;
    const struct l3harec_port *port;
    struct rows rows;

    L3HAREC_NETWORK_FOR_EACH (network, ctx->idl) {
        if (network->qos_policy == policy) {
            return policy_in_use(policy, "network", &network->header_.uuid);
        }
    }
    L3HAREC_PORT_FOR_EACH (port, ctx->idl) {
        if (port->qos_policy == policy) {
            return policy_in_use(policy, "port", &port->header_.uuid);
        }
    }
    rows_rules_of_policy(ctx->backend, policy, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        l3harec_qos_rule_delete(rows.rows[i]);
    }
    rows_destroy(&rows);
    return NULL;
}

const struct resource res_qos_policy = {
    .name = "policy",
    .collection = "policies",
    .path = "qos/policies",
    .methods = RES_CAN_ALL,
    .attrs = policy_attrs,
    .n_attrs = ARRAY_SIZE(policy_attrs),
    .not_found = "QosPolicyNotFound",
    .not_found_format = "QoS policy %s could not be found.",
    .table = &l3harec_table_qos_policy,
    .standard = &std_qos_policy,
    .rbac_type = "qos_policy",
    .is_shared = rbac_is_shared,
    .create = policy_write,
    .update = policy_write,
    .destroy = policy_destroy,
};

/* Rules. */

static const char *const directions[] = { "ingress", "egress", NULL };

static struct json *
get_rule_policy(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_qos_rule *rule = obj;

    return qos_get_policy_id(rule->policy);
}

static struct api_error *
attr_dscp(const struct res_attr *attr, struct json **valuep)
{
    static const int marks[] = {
        0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40,
        46, 48, 56,
    };
    struct api_error *error = attr_integer(attr, valuep);

    if (error) {
        return error;
    }
    for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
        if (marks[i] == json_integer(*valuep)) {
            return NULL;
        }
    }
    return attr_invalid(attr, "%"PRId64" is not in valid_values",
                        json_integer(*valuep));
}

static const struct res_attr bandwidth_attrs[] = {
    { .name = "id", .flags = RES_RO, .get = res_get_id,
      .match = res_match_id },
    { .name = "qos_policy_id", .flags = 0, .get = get_rule_policy },
    { .name = "max_kbps", .flags = RES_RW | RES_REQUIRED,
      .check = attr_integer, .max = MAX_KBPS,
      .column = &l3harec_qos_rule_col_max_kbps },
    { .name = "max_burst_kbps", .flags = RES_RW, .check = attr_integer,
      .max = MAX_KBPS, .def = "0",
      .column = &l3harec_qos_rule_col_max_burst_kbps },
    { .name = "direction", .flags = RES_RW, .check = attr_one_of,
      .values = directions, .def = "\"egress\"",
      .column = &l3harec_qos_rule_col_direction },
};

static const struct res_attr dscp_attrs[] = {
    { .name = "id", .flags = RES_RO, .get = res_get_id,
      .match = res_match_id },
    { .name = "qos_policy_id", .flags = 0, .get = get_rule_policy },
    { .name = "dscp_mark", .flags = RES_RW | RES_REQUIRED,
      .check = attr_dscp, .max = 63,
      .column = &l3harec_qos_rule_col_dscp_mark },
};

/* Checks that no other rule of the policy limits the same, and notes the
 * change of the policy. */
static struct api_error *
rule_check(struct api_ctx *ctx, const struct l3harec_qos_rule *rule,
           const char *type, const char *direction)
{
    struct api_error *error = NULL;
    struct rows rows;

    rows_rules_of_policy(ctx->backend, rule->policy, &rows);
    for (size_t i = 0; i < rows.n && !error; i++) {
        const struct l3harec_qos_rule *other = rows.rows[i];

        if (other != rule && !strcmp(other->type, type)
            && !strcmp(other->direction, direction)) {
            error = api_error_create(
                409, "QoSRulesConflict", "Rule %s conflicts with rule "
                UUID_FMT" which already exists in QoS Policy "UUID_FMT".",
                type, UUID_ARGS(&other->header_.uuid),
                UUID_ARGS(&rule->policy->header_.uuid));
        }
    }
    rows_destroy(&rows);
    resource_touch(ctx, &std_qos_policy, &rule->policy->header_);
    return error;
}

static struct api_error *
bandwidth_create(struct api_ctx *ctx, const void *obj,
                 const struct json *body)
{
    l3harec_qos_rule_set_type(obj, "bandwidth_limit");
    return rule_check(ctx, obj, "bandwidth_limit",
                      body_string(body, "direction"));
}

static struct api_error *
dscp_create(struct api_ctx *ctx, const void *obj,
            const struct json *body OVS_UNUSED)
{
    l3harec_qos_rule_set_type(obj, "dscp_marking");
    l3harec_qos_rule_set_direction(obj, "egress");
    return rule_check(ctx, obj, "dscp_marking", "egress");
}

static struct api_error *
rule_update(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const struct l3harec_qos_rule *rule = obj;
    const char *direction = body_string(body, "direction");

    return rule_check(ctx, rule, rule->type,
                      direction ? direction : rule->direction);
}

static struct api_error *
rule_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_qos_rule *rule = obj;

    resource_touch(ctx, &std_qos_policy, &rule->policy->header_);
    return NULL;
}

static void
list_rules(struct api_ctx *ctx, const struct l3harec_qos_policy *policy,
           const char *type, const void ***objs, size_t *n)
{
    struct rows rows;

    rows_rules_of_policy(ctx->backend, policy, &rows);
    *objs = xcalloc(rows.n + 1, sizeof **objs);
    for (size_t i = 0; i < rows.n; i++) {
        const struct l3harec_qos_rule *rule = rows.rows[i];

        if (!strcmp(rule->type, type)) {
            (*objs)[(*n)++] = rule;
        }
    }
    rows_destroy(&rows);
}

static void
list_bandwidth(struct api_ctx *ctx, const void *policy, const void ***objs,
               size_t *n)
{
    list_rules(ctx, policy, "bandwidth_limit", objs, n);
}

static void
list_dscp(struct api_ctx *ctx, const void *policy, const void ***objs,
          size_t *n)
{
    list_rules(ctx, policy, "dscp_marking", objs, n);
}

static bool
is_bandwidth(const void *obj)
{
    const struct l3harec_qos_rule *rule = obj;

    return !strcmp(rule->type, "bandwidth_limit");
}

static bool
is_dscp(const void *obj)
{
    return !is_bandwidth(obj);
}

const struct resource res_qos_bandwidth = {
    .name = "bandwidth_limit_rule",
    .collection = "bandwidth_limit_rules",
    .parent = &res_qos_policy,
    .parent_column = &l3harec_qos_rule_col_policy,
    .methods = RES_CAN_ALL,
    .attrs = bandwidth_attrs,
    .n_attrs = ARRAY_SIZE(bandwidth_attrs),
    .not_found = "QosRuleNotFound",
    .not_found_format = "QoS rule %s for policy could not be found.",
    .table = &l3harec_table_qos_rule,
    .is_kind = is_bandwidth,
    .list_of = list_bandwidth,
    .create = bandwidth_create,
    .update = rule_update,
    .destroy = rule_destroy,
};

const struct resource res_qos_dscp = {
    .name = "dscp_marking_rule",
    .collection = "dscp_marking_rules",
    .parent = &res_qos_policy,
    .parent_column = &l3harec_qos_rule_col_policy,
    .methods = RES_CAN_ALL,
    .attrs = dscp_attrs,
    .n_attrs = ARRAY_SIZE(dscp_attrs),
    .not_found = "QosRuleNotFound",
    .not_found_format = "QoS rule %s for policy could not be found.",
    .table = &l3harec_table_qos_rule,
    .is_kind = is_dscp,
    .list_of = list_dscp,
    .create = dscp_create,
    .update = rule_update,
    .destroy = rule_destroy,
};

static const struct resource *
rule_resource(const struct l3harec_qos_rule *rule)
{
    return (!strcmp(rule->type, "bandwidth_limit")
            ? &res_qos_bandwidth : &res_qos_dscp);
}

/* Rule types: the objects are their names. */

static const char *const rule_types[] = {
    "bandwidth_limit", "dscp_marking",
};

static void
list_types(struct api_ctx *ctx OVS_UNUSED, const void ***objs, size_t *n)
{
    *objs = xmalloc(sizeof rule_types);
    memcpy(*objs, rule_types, sizeof rule_types);
    *n = ARRAY_SIZE(rule_types);
}

static const void *
find_type(struct api_ctx *ctx OVS_UNUSED, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(rule_types); i++) {
        if (!strcmp(rule_types[i], name)) {
            return rule_types[i];
        }
    }
    return NULL;
}

static struct json *
get_type(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    return json_string_create(obj);
}

static const struct res_attr type_attrs[] = {
    { .name = "type", .flags = RES_RO, .get = get_type },
};

const struct resource res_qos_rule_type = {
    .name = "rule_type",
    .collection = "rule_types",
    .path = "qos/rule-types",
    .attrs = type_attrs,
    .n_attrs = ARRAY_SIZE(type_attrs),
    .key = "type",
    .not_found = "QosRuleTypeNotFound",
    .not_found_format = "QoS rule type %s could not be found.",
    .list = list_types,
    .find_text = find_type,
};
