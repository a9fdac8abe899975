/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "address_scope": subnet pools that do not overlap. */

#include <config.h>
#include "server/resource.h"

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/rbac.h"
#include "util.h"

const struct res_standard std_address_scope
    = RES_TAGGED_COLUMNS(address_scope);

static const struct res_attr address_scope_attrs[] = {
    RES_STANDARD_ATTRS(address_scope),
    { .name = "ip_version", .flags = RES_PO | RES_REQUIRED,
      .check = attr_ip_version,
      .column = &l3harec_address_scope_col_ip_version },
    RBAC_SHARED_ATTR(RES_POST | RES_PUT),
};

static struct api_error *
address_scope_write(struct api_ctx *ctx, const void *obj,
                    const struct json *body)
{
    const struct l3harec_address_scope *scope = obj;

    return rbac_write_shared(ctx, &res_address_scope, obj, scope->project_id,
                             body);
}

static struct api_error *
address_scope_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_address_scope *scope = obj;
    const struct l3harec_subnet_pool *pool;

    L3HAREC_SUBNET_POOL_FOR_EACH (pool, ctx->idl) {
        if (pool->address_scope == scope) {
            return api_error_create(
                409, "AddressScopeInUse", "Unable to complete operation on "
                "address scope "UUID_FMT". There are one or more subnet "
                "pools in use on the address scope",
                UUID_ARGS(&scope->header_.uuid));
        }
    }
    return NULL;
}

const struct resource res_address_scope = {
    .name = "address_scope",
    .collection = "address_scopes",
    .path = "address-scopes",
    .methods = RES_CAN_ALL,
    .attrs = address_scope_attrs,
    .n_attrs = ARRAY_SIZE(address_scope_attrs),
    .not_found = "AddressScopeNotFound",
    .not_found_format = "Address scope %s could not be found.",
    .table = &l3harec_table_address_scope,
    .standard = &std_address_scope,
    .rbac_type = "address_scope",
    .is_shared = rbac_is_shared,
    .create = address_scope_write,
    .update = address_scope_write,
    .destroy = address_scope_destroy,
};
