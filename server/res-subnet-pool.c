/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "subnetpool": its attributes and rules.
 *
 * How prefixes are taken from a pool is subnet-pool.c's. */

#include <config.h>
#include "server/resource.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/ipam.h"
#include "server/rbac.h"
#include "server/rows.h"
#include "svec.h"
#include "util.h"

const struct res_standard std_subnet_pool = RES_TAGGED_COLUMNS(subnet_pool);

static struct json *
get_scope_id(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_subnet_pool *pool = obj;

    return (pool->address_scope
            ? json_uuid(&pool->address_scope->header_.uuid)
            : json_null_create());
}

static const struct res_attr subnet_pool_attrs[] = {
    RES_STANDARD_ATTRS(subnet_pool),
    { .name = "ip_version", .flags = RES_RO,
      .column = &l3harec_subnet_pool_col_ip_version },
    { .name = "prefixes", .flags = RES_POST | RES_PUT | RES_REQUIRED
                                   | RES_MANUAL,
      .check = attr_cidr_list, .column = &l3harec_subnet_pool_col_prefixes },
    { .name = "default_prefixlen", .flags = RES_RW | RES_MANUAL,
      .check = attr_integer, .max = 128,
      .column = &l3harec_subnet_pool_col_default_prefixlen },
    { .name = "min_prefixlen", .flags = RES_RW | RES_MANUAL,
      .check = attr_integer, .max = 128,
      .column = &l3harec_subnet_pool_col_min_prefixlen },
    { .name = "max_prefixlen", .flags = RES_RW | RES_MANUAL,
      .check = attr_integer, .max = 128,
      .column = &l3harec_subnet_pool_col_max_prefixlen },
    { .name = "default_quota", .flags = RES_RW,
      .check = attr_integer_or_none,
      .column = &l3harec_subnet_pool_col_default_quota },
    { .name = "address_scope_id", .flags = RES_RW & ~RES_SORT,
      .check = attr_uuid_or_none, .get = get_scope_id },
    { .name = "is_default", .flags = RES_RW, .check = attr_boolean,
      .def = "false", .column = &l3harec_subnet_pool_col_is_default },
    RBAC_SHARED_ATTR(RES_POST),
};

/* Prefixes. */

struct prefixes {
    struct ipam_cidr *cidrs;    /* Disjoint, in order. */
    size_t n;
};

static int
compare_cidrs(const void *a_, const void *b_)
{
    const struct ipam_cidr *a = a_, *b = b_;
    int cmp = ipam_addr_cmp(a->first, b->first);

    return cmp ? cmp : a->plen - b->plen;
}

/* Parses 'n' texts; prefixes within others are left out. */
static struct api_error *
prefixes_parse(char **texts, size_t n, struct prefixes *p)
{
    p->cidrs = xcalloc(n + 1, sizeof *p->cidrs);
    p->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (!ipam_cidr_parse(texts[i], &p->cidrs[p->n++])) {
            return api_error_invalid_input("'%s' is not a valid prefix",
                                           texts[i]);
        }
        if (p->cidrs[i].version != p->cidrs[0].version) {
            return api_error_create(400, "PrefixVersionMismatch",
                                    "Cannot mix IPv4 and IPv6 prefixes in a "
                                    "subnet pool.");
        }
    }
    if (!n) {
        return api_error_create(400, "EmptySubnetPoolPrefixList",
                                "Empty subnet pool prefix list.");
    }
    qsort(p->cidrs, p->n, sizeof *p->cidrs, compare_cidrs);
    p->n = 1;
    for (size_t i = 1; i < n; i++) {
        if (!ipam_cidr_overlaps(&p->cidrs[p->n - 1], &p->cidrs[i])) {
            p->cidrs[p->n++] = p->cidrs[i];
        }
    }
    return NULL;
}

static bool
prefixes_hold(const struct prefixes *p, const struct ipam_cidr *cidr)
{
    for (size_t i = 0; i < p->n; i++) {
        if (ipam_cidr_contains(&p->cidrs[i], cidr->first)
            && ipam_cidr_contains(&p->cidrs[i], cidr->last)) {
            return true;
        }
    }
    return false;
}

/* Checks that the new prefixes 'p' hold all that 'pool' has. */
static struct api_error *
check_superset(const struct l3harec_subnet_pool *pool,
               const struct prefixes *p)
{
    for (size_t i = 0; i < pool->n_prefixes; i++) {
        struct ipam_cidr cidr;

        if (ipam_cidr_parse(pool->prefixes[i], &cidr)
            && !prefixes_hold(p, &cidr)) {
            return api_error_create(
                400, "IllegalSubnetPoolPrefixUpdate", "Illegal update to "
                "prefixes: Existing prefixes must be a subset of the new "
                "prefixes.");
        }
    }
    return NULL;
}

static struct api_error *
write_prefixes(const struct l3harec_subnet_pool *pool,
               const struct json *list, bool is_create)
{
    size_t n = json_array(list)->n;
    char **texts = xcalloc(n + 1, sizeof *texts);
    struct api_error *error;
    struct prefixes p;

    for (size_t i = 0; i < n; i++) {
        texts[i] = CONST_CAST(char *,
                              json_string(json_array(list)->elems[i]));
    }
    error = prefixes_parse(texts, n, &p);
    free(texts);
    if (!error && !is_create) {
        error = check_superset(pool, &p);
    }
    if (!error) {
        struct svec names = SVEC_EMPTY_INITIALIZER;

        for (size_t i = 0; i < p.n; i++) {
            char text[IPAM_CIDR_STRLEN];

            ipam_cidr_format(&p.cidrs[i], text);
            svec_add(&names, text);
        }
        l3harec_subnet_pool_set_prefixes(pool, (const char **) names.names,
                                         names.n);
        if (is_create) {
            l3harec_subnet_pool_set_ip_version(pool, p.cidrs[0].version);
        }
        svec_destroy(&names);
    }
    free(p.cidrs);
    return error;
}

static struct api_error *
illegal_bounds(const char *what, int64_t len, const char *base,
               int64_t base_len)
{
    return api_error_create(
        400, "IllegalSubnetPoolPrefixBounds", "Illegal prefix bounds: "
        "%s=%"PRId64", %s=%"PRId64".", what, len, base, base_len);
}

/* Writes the lengths of 'body', or else those that the pool has, or else
 * Neutron's. */
static struct api_error *
write_lengths(const struct l3harec_subnet_pool *pool,
              const struct json *body, bool is_create)
{
    int64_t longest = pool->ip_version == 4 ? 32 : 128;
    int64_t min = body_int(body, "min_prefixlen",
                           !is_create ? pool->min_prefixlen
                           : pool->ip_version == 4 ? 8 : 64);
    int64_t max = body_int(body, "max_prefixlen",
                           is_create ? longest : pool->max_prefixlen);
    int64_t def = body_int(body, "default_prefixlen",
                           is_create ? min : pool->default_prefixlen);

    if (min < 1) {
        return api_error_create(
            400, "UnsupportedMinSubnetPoolPrefix", "Prefix '%"PRId64"' not "
            "supported in IPv%"PRId64" pool.", min, pool->ip_version);
    } else if (max > longest) {
        return illegal_bounds("max_prefixlen", max, "longest", longest);
    } else if (min > max) {
        return illegal_bounds("min_prefixlen", min, "max_prefixlen", max);
    } else if (def < min) {
        return illegal_bounds("default_prefixlen", def, "min_prefixlen",
                              min);
    } else if (def > max) {
        return illegal_bounds("default_prefixlen", def, "max_prefixlen",
                              max);
    }
    l3harec_subnet_pool_set_min_prefixlen(pool, min);
    l3harec_subnet_pool_set_max_prefixlen(pool, max);
    l3harec_subnet_pool_set_default_prefixlen(pool, def);
    return NULL;
}

/* Address scopes. */

static struct api_error *
check_scope_overlap(struct api_ctx *ctx,
                    const struct l3harec_subnet_pool *pool)
{
    const struct l3harec_subnet_pool *other;

    L3HAREC_SUBNET_POOL_FOR_EACH (other, ctx->idl) {
        if (other == pool || other->address_scope != pool->address_scope) {
            continue;
        }
        for (size_t i = 0; i < pool->n_prefixes; i++) {
            for (size_t j = 0; j < other->n_prefixes; j++) {
                struct ipam_cidr a, b;

                if (ipam_cidr_parse(pool->prefixes[i], &a)
                    && ipam_cidr_parse(other->prefixes[j], &b)
                    && ipam_cidr_overlaps(&a, &b)) {
                    return api_error_create(
                        409, "AddressScopePrefixConflict", "Failed to "
                        "associate address scope: subnetpools within an "
                        "address scope must have unique prefixes.");
                }
            }
        }
    }
    return NULL;
}

/* Puts 'pool' into the scope of 'body' and checks it against the others
 * there.  The scope is changed, too: two pools that overlap cannot come at the
 * same time. */
static struct api_error *
write_scope(struct api_ctx *ctx, const struct l3harec_subnet_pool *pool,
            const struct json *body)
{
    const struct l3harec_address_scope *scope = pool->address_scope;
    const char *id = body_string(body, "address_scope_id");
    struct api_error *error = NULL;

    if (body_has(body, "address_scope_id")) {
        scope = (id ? resource_find_by_text(&res_address_scope, ctx, id,
                                            &error) : NULL);
        if (error) {
            return error;
        }
        if (scope && scope->ip_version != pool->ip_version) {
            return api_error_create(
                400, "IllegalSubnetPoolIpVersionAssociation", "Illegal "
                "subnetpool association: subnetpool "UUID_FMT" cannot "
                "associate with address scope %s because subnetpool "
                "ip_version is not %"PRId64".",
                UUID_ARGS(&pool->header_.uuid), id, scope->ip_version);
        }
        l3harec_subnet_pool_set_address_scope(pool, scope);
    }
    if (!scope) {
        return NULL;
    }
    resource_touch(ctx, &std_address_scope, &scope->header_);
    return check_scope_overlap(ctx, pool);
}

static struct api_error *
check_default(struct api_ctx *ctx, const struct l3harec_subnet_pool *pool,
              const struct json *body)
{
    const struct l3harec_subnet_pool *other;

    if (!body_bool(body, "is_default", false)) {
        return NULL;
    }
    L3HAREC_SUBNET_POOL_FOR_EACH (other, ctx->idl) {
        if (other != pool && other->is_default
            && other->ip_version == pool->ip_version) {
            return api_error_invalid_input(
                "A default subnetpool for this IP family has already been "
                "set. Only one default may exist per IP family");
        }
    }
    return NULL;
}

static struct api_error *
subnet_pool_write(struct api_ctx *ctx, const void *obj,
                  const struct json *body, bool is_create)
{
    const struct l3harec_subnet_pool *pool = obj;
    const struct json *prefixes = body_get(body, "prefixes");
    struct api_error *error = NULL;

    if (prefixes) {
        error = write_prefixes(pool, prefixes, is_create);
    }
    if (!error) {
        error = write_lengths(pool, body, is_create);
    }
    if (!error) {
        error = check_default(ctx, pool, body);
    }
    if (!error && (prefixes || body_has(body, "address_scope_id"))) {
        error = write_scope(ctx, pool, body);
    }
    if (!error) {
        error = rbac_write_shared(ctx, &res_subnet_pool, pool,
                                  pool->project_id, body);
    }
    return error;
}

static struct api_error *
subnet_pool_create(struct api_ctx *ctx, const void *obj,
                   const struct json *body)
{
    return subnet_pool_write(ctx, obj, body, true);
}

static struct api_error *
subnet_pool_update(struct api_ctx *ctx, const void *obj,
                   const struct json *body)
{
    return subnet_pool_write(ctx, obj, body, false);
}

static struct api_error *
subnet_pool_destroy(struct api_ctx *ctx, const void *obj)
{
    struct api_error *error = NULL;
    struct rows subnets;

    rows_subnets_of_pool(ctx->backend, obj, &subnets);
    if (subnets.n) {
        error = api_error_create(400, "SubnetPoolDeleteError",
                                 "Unable to delete subnet pool: Subnet pool "
                                 "has existing allocations.");
    }
    rows_destroy(&subnets);
    return error;
}

const struct resource res_subnet_pool = {
    .name = "subnetpool",
    .collection = "subnetpools",
    .methods = RES_CAN_ALL,
    .attrs = subnet_pool_attrs,
    .n_attrs = ARRAY_SIZE(subnet_pool_attrs),
    .not_found = "SubnetPoolNotFound",
    .not_found_format = "Subnet pool %s could not be found.",
    .table = &l3harec_table_subnet_pool,
    .standard = &std_subnet_pool,
    .rbac_type = "subnetpool",
    .is_shared = rbac_is_shared,
    .create = subnet_pool_create,
    .update = subnet_pool_update,
    .destroy = subnet_pool_destroy,
};
