/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "quota": the limits of one project, as it is asked for.
 *
 * Every project has an object, whether it has a row of Quota or not, because
 * it has the limits of the configuration.  Lists have those with limits of
 * their own.  The objects live as long as the context of the request. */

#include <config.h>
#include "server/quota.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/policy.h"
#include "server/resource.h"
#include "util.h"

struct quota_obj {
    const char *project_id;
    const struct l3harec_quota *row; /* NULL if it has none. */
    bool is_listed;             /* Only lists say whose it is. */
};

static const void *
quota_obj_create(struct api_ctx *ctx, const char *project_id,
                 const struct l3harec_quota *row, bool is_listed)
{
    struct quota_obj *obj = api_ctx_keep(ctx, xzalloc(sizeof *obj));

    obj->project_id = api_ctx_keep(ctx, xstrdup(project_id));
    obj->row = row;
    obj->is_listed = is_listed;
    return obj;
}

static const void *
quota_find(struct api_ctx *ctx, const char *project_id)
{
    return quota_obj_create(ctx, project_id,
                            quotas_find(ctx->backend, project_id), false);
}

static void
quota_list(struct api_ctx *ctx, const void ***objs, size_t *n)
{
    const struct l3harec_quota *row;
    size_t allocated = 0;

    L3HAREC_QUOTA_FOR_EACH (row, ctx->idl) {
        if (!row->n_limits) {
            continue;
        }
        if (*n >= allocated) {
            *objs = x2nrealloc(*objs, &allocated, sizeof **objs);
        }
        (*objs)[(*n)++] = quota_obj_create(ctx, row->project_id, row, true);
    }
}

static bool
is_callers(struct api_ctx *ctx, const void *obj_)
{
    const struct quota_obj *obj = obj_;

    return !strcmp(obj->project_id, ctx->project_id);
}

static struct json *
get_project_id(struct api_ctx *ctx OVS_UNUSED, const void *obj_)
{
    const struct quota_obj *obj = obj_;

    return obj->is_listed ? json_string_create(obj->project_id) : NULL;
}

#define LIMIT_GETTER(NAME)                                              \
    static struct json *                                                \
    get_##NAME(struct api_ctx *ctx, const void *obj_)                   \
    {                                                                   \
        const struct quota_obj *obj = obj_;                             \
                                                                        \
        return json_integer_create(quotas_get_limit(ctx->backend,       \
                                                    obj->row, #NAME));  \
    }

LIMIT_GETTER(network)
LIMIT_GETTER(subnet)
LIMIT_GETTER(subnetpool)
LIMIT_GETTER(port)
LIMIT_GETTER(router)
LIMIT_GETTER(floatingip)
LIMIT_GETTER(security_group)
LIMIT_GETTER(security_group_rule)
LIMIT_GETTER(rbac_policy)

/* -1 to INT32_MAX. */
static struct api_error *
attr_limit(const struct res_attr *attr, struct json **valuep)
{
    const struct json *value = *valuep;

    if (value->type == JSON_STRING ? !strcmp(json_string(value), "-1")
        : value->type == JSON_INTEGER && json_integer(value) == -1) {
        attr_replace(valuep, json_integer_create(-1));
        return NULL;
    }
    return attr_integer(attr, valuep);
}

#define LIMIT_ATTR(NAME)                                                \
    { .name = #NAME, .flags = RES_PUT, .check = attr_limit,             \
      .max = INT32_MAX, .get = get_##NAME }

static const struct res_attr quota_attrs[] = {
    LIMIT_ATTR(network),
    LIMIT_ATTR(subnet),
    LIMIT_ATTR(subnetpool),
    LIMIT_ATTR(port),
    LIMIT_ATTR(router),
    LIMIT_ATTR(floatingip),
    LIMIT_ATTR(security_group),
    LIMIT_ATTR(security_group_rule),
    LIMIT_ATTR(rbac_policy),
    { .name = "project_id", .flags = RES_RO, .get = get_project_id },
    { .name = "tenant_id", .flags = RES_RO, .get = get_project_id },
};

static bool
is_limit(const struct res_attr *attr)
{
    return attr->check == attr_limit;
}

/* Writes the limits that the row has and those of 'body', which win. */
static struct api_error *
quota_update(struct api_ctx *ctx, const void *obj_, const struct json *body)
{
    const struct quota_obj *obj = obj_;
    const struct l3harec_quota *row = obj->row;
    const char *names[ARRAY_SIZE(quota_attrs)];
    int64_t limits[ARRAY_SIZE(quota_attrs)];
    size_t n = 0;

    if (row) {
        l3harec_quota_verify_limits(row);
    }
    for (size_t i = 0; i < ARRAY_SIZE(quota_attrs); i++) {
        const struct res_attr *attr = &quota_attrs[i];

        if (body_has(body, attr->name)) {
            names[n] = attr->name;
            limits[n++] = body_int(body, attr->name, -1);
        }
        for (size_t j = 0; row && j < row->n_limits; j++) {
            if (!strcmp(row->key_limits[j], attr->name)
                && !body_has(body, attr->name)) {
                names[n] = attr->name;
                limits[n++] = row->value_limits[j];
            }
        }
    }
    if (!row) {
        row = l3harec_quota_insert(ctx->txn);
        l3harec_quota_set_project_id(row, obj->project_id);
    }
    l3harec_quota_set_limits(row, names, limits, n);
    return NULL;
}

static struct api_error *
quota_destroy(struct api_ctx *ctx OVS_UNUSED, const void *obj_)
{
    const struct quota_obj *obj = obj_;

    if (!obj->row || !obj->row->n_limits) {
        return api_error_create(404, "TenantQuotaNotFound", "Quota for "
                                "tenant %s could not be found.",
                                obj->project_id);
    }
    l3harec_quota_verify_limits(obj->row);
    l3harec_quota_set_limits(obj->row, NULL, NULL, 0);
    return NULL;
}

/* GET /quotas/PROJECT/default. */
static struct json *
get_defaults(struct api_ctx *ctx, const void *obj OVS_UNUSED)
{
    struct json *json = json_object_create();

    for (size_t i = 0; i < ARRAY_SIZE(quota_attrs); i++) {
        const char *name = quota_attrs[i].name;

        if (is_limit(&quota_attrs[i])) {
            json_object_put(json, name, json_integer_create(
                                quotas_get_default(ctx->backend, name)));
        }
    }
    return json;
}

/* GET /quotas/PROJECT/details. */
static struct json *
get_details(struct api_ctx *ctx, const void *obj_)
{
    const struct quota_obj *obj = obj_;
    struct json *json = json_object_create();

    for (size_t i = 0; i < ARRAY_SIZE(quota_attrs); i++) {
        const char *name = quota_attrs[i].name;
        struct json *details;

        if (!is_limit(&quota_attrs[i])) {
            continue;
        }
        details = json_object_create();
        json_object_put(details, "limit", json_integer_create(
                            quotas_get_limit(ctx->backend, obj->row, name)));
        json_object_put(details, "used", json_integer_create(
                            quotas_count(ctx->backend, obj->project_id,
                                         name)));
        json_object_put(details, "reserved", json_integer_create(0));
        json_object_put(json, name, details);
    }
    return json;
}

static const struct res_view quota_views[] = {
    { .name = "default", .get = get_defaults },
    { .name = "details", .get = get_details },
};

const struct resource res_quota = {
    .name = "quota",
    .collection = "quotas",
    .methods = RES_CAN_UPDATE | RES_CAN_DELETE,
    .attrs = quota_attrs,
    .n_attrs = ARRAY_SIZE(quota_attrs),
    .key = "project_id",
    .not_found = "TenantQuotaNotFound",
    .not_found_format = "Quota for tenant %s could not be found.",
    .list = quota_list,
    .find_text = quota_find,
    .is_shared = is_callers,
    .update = quota_update,
    .destroy = quota_destroy,
    .views = quota_views,
    .n_views = ARRAY_SIZE(quota_views),
};
