/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Prefixes of subnets from subnet pools.
 *
 * In: a request for a subnet.  Out: the lowest free prefix of the pool, or the
 * one that the request names if it is free.  What is taken is known from the
 * subnets of the pool (index subnet_by_pool); nothing else is kept.
 *
 * Every prefix that is taken is a change of the pool's row, so of two servers
 * that take one at the same time the slower runs again. */

#include <config.h>
#include "server/subnet-pool.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/rows.h"
#include "util.h"

/* Addresses as numbers of 128 bits; IPv4 in the lower 32. */

static struct ipam_addr
addr_add(struct ipam_addr a, struct ipam_addr b)
{
    struct ipam_addr sum = { .hi = a.hi + b.hi, .lo = a.lo + b.lo };

    sum.hi += sum.lo < a.lo;
    return sum;
}

static struct ipam_addr
addr_bit(int bit)
{
    return (bit < 64
            ? (struct ipam_addr) { .lo = UINT64_C(1) << bit }
            : (struct ipam_addr) { .hi = UINT64_C(1) << (bit - 64) });
}

/* The prefix of 'plen' bits that starts at 'first', which has no bits behind
 * them. */
static struct ipam_cidr
make_cidr(int version, struct ipam_addr first, int plen)
{
    int host_bits = (version == 4 ? 32 : 128) - plen;
    struct ipam_cidr cidr = {
        .version = version, .plen = plen, .first = first, .last = first
    };

    if (host_bits >= 64) {
        cidr.last.lo = UINT64_MAX;
        cidr.last.hi |= (host_bits == 128 ? UINT64_MAX
                         : (UINT64_C(1) << (host_bits - 64)) - 1);
    } else {
        cidr.last.lo |= (UINT64_C(1) << host_bits) - 1;
    }
    return cidr;
}

static bool
cidr_holds(const struct ipam_cidr *outer, const struct ipam_cidr *inner)
{
    return (outer->version == inner->version
            && ipam_cidr_contains(outer, inner->first)
            && ipam_cidr_contains(outer, inner->last));
}

static int
compare_cidrs(const void *a_, const void *b_)
{
    const struct ipam_cidr *a = a_, *b = b_;

    return ipam_addr_cmp(a->first, b->first);
}

/* The prefixes of the pool's subnets in the order of their addresses. */
static struct ipam_cidr *
get_taken(struct api_ctx *ctx, const struct l3harec_subnet_pool *pool,
          size_t *n)
{
    struct ipam_cidr *taken;
    struct rows subnets;

    rows_subnets_of_pool(ctx->backend, pool, &subnets);
    taken = xcalloc(subnets.n + 1, sizeof *taken);
    *n = 0;
    for (size_t i = 0; i < subnets.n; i++) {
        const struct l3harec_subnet *subnet = subnets.rows[i];

        *n += ipam_cidr_parse(subnet->cidr, &taken[*n]);
    }
    rows_destroy(&subnets);
    qsort(taken, *n, sizeof *taken, compare_cidrs);
    return taken;
}

/* Finds the lowest prefix of 'plen' bits in 'prefix' that overlaps none of
 * 'taken', which are ordered. */
static bool
find_free(const struct ipam_cidr *prefix, int plen,
          const struct ipam_cidr *taken, size_t n, struct ipam_cidr *found)
{
    int host_bits = (prefix->version == 4 ? 32 : 128) - plen;
    struct ipam_addr step = addr_bit(host_bits);
    struct ipam_cidr cidr;

    if (plen < prefix->plen) {
        return false;
    }
    cidr = make_cidr(prefix->version, prefix->first, plen);
    for (size_t i = 0; i < n; i++) {
        while (ipam_cidr_overlaps(&cidr, &taken[i])) {
            struct ipam_addr next = addr_add(cidr.first, step);

            /* Behind a longer run than one step: go there at once. */
            if (ipam_addr_cmp(taken[i].last, cidr.last) > 0) {
                next = addr_add(taken[i].last,
                                (struct ipam_addr) { .lo = 1 });
            }
            if (ipam_addr_cmp(next, cidr.first) <= 0
                || !ipam_cidr_contains(prefix, next)) {
                return false;
            }
            cidr = make_cidr(prefix->version, next, plen);
        }
    }
    *found = cidr;
    return true;
}

static struct api_error *
cannot_allocate(const char *reason)
{
    return api_error_create(409, "SubnetAllocationError",
                            "Failed to allocate subnet: %s.", reason);
}

/* Takes the prefix that the request names. */
static struct api_error *
take_given(const struct l3harec_subnet_pool *pool,
           const struct ipam_cidr *given, const struct ipam_cidr *taken,
           size_t n)
{
    bool inside = false;

    for (size_t i = 0; i < pool->n_prefixes && !inside; i++) {
        struct ipam_cidr prefix;

        inside = (ipam_cidr_parse(pool->prefixes[i], &prefix)
                  && cidr_holds(&prefix, given));
    }
    for (size_t i = 0; i < n; i++) {
        inside &= !ipam_cidr_overlaps(&taken[i], given);
    }
    return inside ? NULL : cannot_allocate(
        "Cannot allocate requested subnet from the available set of "
        "prefixes");
}

static struct api_error *
take_any(const struct l3harec_subnet_pool *pool, int plen,
         const struct ipam_cidr *taken, size_t n, struct ipam_cidr *found)
{
    struct ipam_cidr *prefixes = xcalloc(pool->n_prefixes + 1,
                                         sizeof *prefixes);
    size_t n_prefixes = 0;
    bool ok = false;

    for (size_t i = 0; i < pool->n_prefixes; i++) {
        n_prefixes += ipam_cidr_parse(pool->prefixes[i],
                                      &prefixes[n_prefixes]);
    }
    qsort(prefixes, n_prefixes, sizeof *prefixes, compare_cidrs);
    for (size_t i = 0; i < n_prefixes && !ok; i++) {
        ok = find_free(&prefixes[i], plen, taken, n, found);
    }
    free(prefixes);
    return ok ? NULL : cannot_allocate(
        "Insufficient prefix space to allocate subnet size");
}

static struct api_error *
check_length(const struct l3harec_subnet_pool *pool, int plen)
{
    if (plen < pool->min_prefixlen) {
        return api_error_create(
            400, "MinPrefixSubnetAllocationError", "Unable to allocate "
            "subnet with prefix length %d, minimum allowed prefix is "
            "%"PRId64".", plen, pool->min_prefixlen);
    }
    if (plen > pool->max_prefixlen) {
        return api_error_create(
            400, "MaxPrefixSubnetAllocationError", "Unable to allocate "
            "subnet with prefix length %d, maximum allowed prefix is "
            "%"PRId64".", plen, pool->max_prefixlen);
    }
    return NULL;
}

/* What a prefix counts for a quota: IPv4 addresses, IPv6 prefixes of 64
 * bits. */
static double
quota_units(int version, int plen)
{
    double units = 1;

    for (int i = plen; i < (version == 4 ? 32 : 64); i++) {
        units *= 2;
    }
    return units;
}

static struct api_error *
check_quota(struct api_ctx *ctx, const struct l3harec_subnet_pool *pool,
            const char *project_id, int plen)
{
    double units = quota_units(pool->ip_version, plen);
    struct rows subnets;

    if (!pool->n_default_quota) {
        return NULL;
    }
    rows_subnets_of_pool(ctx->backend, pool, &subnets);
    for (size_t i = 0; i < subnets.n; i++) {
        const struct l3harec_subnet *subnet = subnets.rows[i];
        struct ipam_cidr cidr;

        if (!strcmp(subnet->project_id, project_id)
            && ipam_cidr_parse(subnet->cidr, &cidr)) {
            units += quota_units(cidr.version, cidr.plen);
        }
    }
    rows_destroy(&subnets);
    return (units <= pool->default_quota[0]
            ? NULL
            : api_error_create(409, "SubnetPoolQuotaExceeded",
                               "Per-tenant subnet pool prefix quota "
                               "exceeded."));
}

/* Subnets of one IP version of a network are all from one pool or from
 * none. */
static struct api_error *
check_affinity(struct api_ctx *ctx, const struct l3harec_network *network,
               const struct l3harec_subnet *subnet, int ip_version,
               const struct l3harec_subnet_pool *pool)
{
    struct rows subnets;
    bool same = true;

    rows_subnets_of_network(ctx->backend, network, &subnets);
    for (size_t i = 0; i < subnets.n; i++) {
        const struct l3harec_subnet *other = subnets.rows[i];

        same &= (other == subnet || other->ip_version != ip_version
                 || other->subnet_pool == pool);
    }
    rows_destroy(&subnets);
    return (same ? NULL : api_error_create(
                400, "NetworkSubnetPoolAffinityError", "Subnets hosted on "
                "the same network must be allocated from the same subnet "
                "pool."));
}

/* Finds the pool that 'body' asks for. */
static struct api_error *
find_pool(struct api_ctx *ctx, const struct json *body, int ip_version,
          const struct l3harec_subnet_pool **poolp)
{
    const char *id = body_string(body, "subnetpool_id");
    const struct l3harec_subnet_pool *pool;
    struct api_error *error = NULL;

    *poolp = NULL;
    if (body_bool(body, "use_default_subnetpool", false)) {
        if (id) {
            return api_error_create(
                400, "BadRequest", "Bad subnets request: subnetpool_id and "
                "use_default_subnetpool cannot both be specified.");
        }
        L3HAREC_SUBNET_POOL_FOR_EACH (pool, ctx->idl) {
            if (pool->is_default && pool->ip_version == ip_version) {
                *poolp = pool;
            }
        }
        return *poolp ? NULL : api_error_create(
            400, "BadRequest", "Bad subnets request: No default subnetpool "
            "found for IPv%d.", ip_version);
    }
    if (id) {
        *poolp = resource_find_by_text(&res_subnet_pool, ctx, id, &error);
        if (!error && (*poolp)->ip_version != ip_version) {
            error = api_error_create(
                400, "BadRequest", "Bad subnets request: Cannot allocate "
                "IPv%d subnet from IPv%"PRId64" subnet pool.", ip_version,
                (*poolp)->ip_version);
        }
    }
    return error;
}

struct api_error *
subnet_pool_take(struct api_ctx *ctx, const struct l3harec_network *network,
                 const struct l3harec_subnet *subnet,
                 const struct json *body,
                 const struct l3harec_subnet_pool **poolp,
                 char cidr[IPAM_CIDR_STRLEN])
{
    int ip_version = body_int(body, "ip_version", 4);
    const char *given = body_string(body, "cidr");
    const struct l3harec_subnet_pool *pool;
    struct ipam_cidr found, *taken;
    struct api_error *error;
    size_t n;
    int plen;

    error = find_pool(ctx, body, ip_version, poolp);
    pool = *poolp;
    if (!error) {
        error = check_affinity(ctx, network, subnet, ip_version, pool);
    }
    if (error || !pool) {
        return error;
    }
    if (given && !ipam_cidr_parse(given, &found)) {
        return cannot_allocate("the cidr is not valid");
    }
    plen = (given ? found.plen
            : body_int(body, "prefixlen", pool->default_prefixlen));
    error = check_length(pool, plen);
    if (!error) {
        error = check_quota(ctx, pool, subnet->project_id, plen);
    }
    if (error) {
        return error;
    }
    taken = get_taken(ctx, pool, &n);
    error = (given ? take_given(pool, &found, taken, n)
             : take_any(pool, plen, taken, n, &found));
    free(taken);
    if (!error) {
        ipam_cidr_format(&found, cidr);
        resource_touch(ctx, &std_subnet_pool, &pool->header_);
    }
    return error;
}

struct json *
subnet_pool_get_scope(struct api_ctx *ctx,
                      const struct l3harec_network *network, int ip_version)
{
    const struct l3harec_address_scope *scope = NULL;
    struct rows subnets;

    rows_subnets_of_network(ctx->backend, network, &subnets);
    for (size_t i = 0; i < subnets.n; i++) {
        const struct l3harec_subnet *subnet = subnets.rows[i];

        if (subnet->ip_version == ip_version && subnet->subnet_pool) {
            scope = subnet->subnet_pool->address_scope;
        }
    }
    rows_destroy(&subnets);
    return scope ? json_uuid(&scope->header_.uuid) : json_null_create();
}
