/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Who else than its project may use an object.
 *
 * A row of RBAC_Policy lets one project, or everybody ("*"), use one object.
 * "shared" and "router:external" of the API are the rows for everybody; there
 * is no other place where they are kept, but that Network:external says that
 * there is any row for "access_as_external". */

#include <config.h>
#include "server/rbac.h"

#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "ovsdb-idl-provider.h"
#include "server/backend.h"
#include "server/rows.h"
#include "util.h"

bool
rbac_allows(const struct backend *b, const struct uuid *uuid,
            const char *action, const char *project_id)
{
    struct rows rows;
    bool allowed = false;

    rows_rbac_of_object(b, uuid, &rows);
    for (size_t i = 0; i < rows.n && !allowed; i++) {
        const struct l3harec_rbac_policy *row = rows.rows[i];

        allowed = (!strcmp(row->action, action)
                   && (!strcmp(row->target_project, "*")
                       || (project_id
                           && !strcmp(row->target_project, project_id))));
    }
    rows_destroy(&rows);
    return allowed;
}

/* The policy that lets everybody do 'action' with 'object', or NULL. */
static const struct l3harec_rbac_policy *
find_wildcard(const struct backend *b, const struct ovsdb_idl_row *object,
              const char *action)
{
    const struct l3harec_rbac_policy *found = NULL;
    struct rows rows;

    rows_rbac_of_object(b, &object->uuid, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct l3harec_rbac_policy *row = rows.rows[i];

        if (!strcmp(row->action, action)
            && !strcmp(row->target_project, "*")) {
            found = row;
        }
    }
    rows_destroy(&rows);
    return found;
}

void
rbac_allow_everybody(struct api_ctx *ctx, const struct resource *res,
                     const void *obj, const char *project_id,
                     const char *action)
{
    const struct ovsdb_idl_row *object = obj;
    const struct l3harec_rbac_policy *row;

    if (find_wildcard(ctx->backend, object, action)) {
        return;
    }
    row = l3harec_rbac_policy_insert(ctx->txn);
    l3harec_rbac_policy_set_project_id(row, project_id);
    l3harec_rbac_policy_set_object_type(row, res->rbac_type);
    l3harec_rbac_policy_set_object_id(row, object->uuid);
    l3harec_rbac_policy_set_action(row, action);
    l3harec_rbac_policy_set_target_project(row, "*");
}

void
rbac_delete_all(const struct backend *b, const void *obj, const char *action)
{
    const struct ovsdb_idl_row *object = obj;
    struct rows rows;

    rows_rbac_of_object(b, &object->uuid, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct l3harec_rbac_policy *row = rows.rows[i];

        if (!action || !strcmp(row->action, action)) {
            l3harec_rbac_policy_delete(row);
        }
    }
    rows_destroy(&rows);
}

bool
rbac_is_shared(struct api_ctx *ctx, const void *obj)
{
    const struct ovsdb_idl_row *object = obj;

    return rbac_allows(ctx->backend, &object->uuid, RBAC_SHARED,
                       ctx->project_id);
}

struct json *
rbac_get_shared(struct api_ctx *ctx, const void *obj)
{
    return json_boolean_create(rbac_is_shared(ctx, obj));
}

struct api_error *
rbac_write_shared(struct api_ctx *ctx, const struct resource *res,
                  const void *obj, const char *project_id,
                  const struct json *body)
{
    const struct l3harec_rbac_policy *row;
    struct api_error *error;

    if (body_bool(body, "shared", false)) {
        rbac_allow_everybody(ctx, res, obj, project_id, RBAC_SHARED);
    } else if (body_has(body, "shared")) {
        row = find_wildcard(ctx->backend, obj, RBAC_SHARED);
        if (row) {
            error = rbac_check_unused(ctx, row);
            if (error) {
                return error;
            }
            l3harec_rbac_policy_delete(row);
        }
    }
    return NULL;
}
