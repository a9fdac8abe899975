/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* How much of each kind of resource a project may have, and has.
 *
 * The limits are those of table Quota, or else of section quotas of the
 * configuration.  What a project has is counted in the replica, with what the
 * transaction has made already, when something is to be created.  The count
 * stops at the limit, so its cost is bounded by the limit; nothing is counted
 * for a project without one.
 *
 * What the cloud itself makes (HA networks, ports of gateways and floating
 * IPs) belongs to no project and is not limited.
 *
 * Two servers that create for one project at the same moment would each miss
 * what the other is about to create.  So every transaction that creates
 * something limited verifies and changes Quota:creations of the project: one
 * of the two cannot commit and runs again.  A row of Quota may be there for
 * that alone, without limits. */

#include <config.h>
#include "server/quota.h"

#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "ovsdb-data.h"
#include "ovsdb-idl-provider.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/resource.h"
#include "util.h"

/* What is limited. */
static const struct resource *const limited[] = {
    &res_network,
    &res_subnet,
    &res_subnet_pool,
    &res_port,
    &res_router,
    &res_floating_ip,
    &res_security_group,
    &res_security_group_rule,
    &res_rbac,
};

struct quotas {
    struct ovsdb_idl_index *quota_by_project;
    struct ovsdb_idl_index *by_project[ARRAY_SIZE(limited)];
};

static const struct ovsdb_idl_column *
project_column(const struct resource *res)
{
    return resource_find_attr(res, "project_id")->column;
}

struct quotas *
quotas_create(struct ovsdb_idl *idl)
{
    struct quotas *quotas = xzalloc(sizeof *quotas);

    quotas->quota_by_project = ovsdb_idl_index_create1(
        idl, &l3harec_quota_col_project_id);
    for (size_t i = 0; i < ARRAY_SIZE(limited); i++) {
        quotas->by_project[i] = ovsdb_idl_index_create1(
            idl, project_column(limited[i]));
    }
    return quotas;
}

/* The indexes go with the IDL. */
void
quotas_destroy(struct quotas *quotas)
{
    free(quotas);
}

const struct l3harec_quota *
quotas_find(const struct backend *b, const char *project_id)
{
    struct ovsdb_idl_index *index = b->quotas->quota_by_project;
    const struct l3harec_quota *row;
    struct l3harec_quota *key;

    key = l3harec_quota_index_init_row(index);
    l3harec_quota_index_set_project_id(key, project_id);
    row = l3harec_quota_index_find(index, key);
    l3harec_quota_index_destroy_row(key);
    return row;
}

int64_t
quotas_get_default(const struct backend *b, const char *name)
{
    char *option = xasprintf("quota_%s", name);
    int64_t limit;

    limit = l3ha_config_get_int(b->config, "quotas",
                                strcmp(name, "subnetpool")
                                ? option : "default_quota");
    free(option);
    return limit < 0 ? -1 : limit;
}

int64_t
quotas_get_limit(const struct backend *b, const struct l3harec_quota *row,
                 const char *name)
{
    for (size_t i = 0; row && i < row->n_limits; i++) {
        if (!strcmp(row->key_limits[i], name)) {
            return row->value_limits[i];
        }
    }
    return quotas_get_default(b, name);
}

/* Counts what 'project_id' has of limited[i], up to 'max'. */
static int64_t
count(const struct backend *b, size_t i, const char *project_id, int64_t max)
{
    const struct resource *res = limited[i];
    struct ovsdb_idl_index *index = b->quotas->by_project[i];
    struct ovsdb_idl_row *key = ovsdb_idl_index_init_row(index);
    struct ovsdb_idl_cursor cursor;
    struct ovsdb_datum datum;
    union ovsdb_atom atom;
    int64_t n = 0;

    ovsdb_datum_init_empty(&datum);
    atom.s = json_string_create(project_id);
    ovsdb_datum_add_unsafe(&datum, &atom, NULL,
                           &project_column(res)->type, NULL);
    ovsdb_atom_destroy(&atom, OVSDB_TYPE_STRING);
    ovsdb_idl_index_write(key, project_column(res), &datum, res->table);
    for (cursor = ovsdb_idl_cursor_first_eq(index, key);
         n < max && ovsdb_idl_cursor_data(&cursor);
         ovsdb_idl_cursor_next_eq(&cursor)) {
        n++;
    }
    ovsdb_idl_index_destroy_row(key);
    return n;
}

int64_t
quotas_count(const struct backend *b, const char *project_id,
             const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(limited); i++) {
        if (!strcmp(limited[i]->name, name)) {
            return count(b, i, project_id, INT64_MAX);
        }
    }
    OVS_NOT_REACHED();
}

/* Lets the transaction commit only if nobody else creates for 'project_id' in
 * the meantime.  'row' is the project's, NULL if it has none. */
static void
exclude_others(struct api_ctx *ctx, const char *project_id,
               const struct l3harec_quota *row)
{
    if (row) {
        l3harec_quota_verify_creations(row);
    } else {
        row = l3harec_quota_insert(ctx->txn);
        l3harec_quota_set_project_id(row, project_id);
    }
    l3harec_quota_set_creations(row, row->creations + 1);
}

struct api_error *
quotas_check(struct api_ctx *ctx, const struct resource *res,
             const struct json *body)
{
    const char *project_id = body_string(body, "project_id");

    for (size_t i = 0; i < ARRAY_SIZE(limited) && project_id; i++) {
        const struct l3harec_quota *row;
        int64_t limit;

        if (limited[i] != res || !project_id[0]) {
            continue;
        }
        row = quotas_find(ctx->backend, project_id);
        limit = quotas_get_limit(ctx->backend, row, res->name);
        if (limit < 0) {
            continue;
        }
        exclude_others(ctx, project_id, row);
        if (count(ctx->backend, i, project_id, limit) >= limit) {
            return api_error_create(409, "OverQuota", "Quota exceeded for "
                                    "resources: ['%s'].", res->name);
        }
    }
    return NULL;
}
