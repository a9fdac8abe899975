/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "network_ip_availability": how many addresses the subnets of a
 * network have and how many are in use.
 *
 * The objects are Network rows.  Numbers of IPv6 addresses do not fit into 64
 * bits, so they are made as text.  Reads only. */

#include <config.h>
#include "server/resource.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-idl-provider.h"
#include "server/backend.h"
#include "server/ipam.h"
#include "server/rows.h"
#include "util.h"

/* Numbers of 128 bits: "struct ipam_addr"s. */

static void
number_add(struct ipam_addr *sum, struct ipam_addr n)
{
    sum->lo += n.lo;
    sum->hi += n.hi + (sum->lo < n.lo);
}

/* Divides by 10, returns the remainder. */
static unsigned int
number_div10(struct ipam_addr *n)
{
    uint32_t digits[4] = {
        n->hi >> 32, n->hi, n->lo >> 32, n->lo
    };
    uint64_t rest = 0;

    for (size_t i = 0; i < ARRAY_SIZE(digits); i++) {
        rest = rest << 32 | digits[i];
        digits[i] = rest / 10;
        rest %= 10;
    }
    n->hi = (uint64_t) digits[0] << 32 | digits[1];
    n->lo = (uint64_t) digits[2] << 32 | digits[3];
    return rest;
}

static struct json *
number_to_json(struct ipam_addr n)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char digits[40];
    size_t pos = sizeof digits;

    do {
        digits[--pos] = '0' + number_div10(&n);
    } while (n.hi || n.lo);
    ds_put_buffer(&s, &digits[pos], sizeof digits - pos);
    return json_from_text(&s);
}

/* The addresses that 'subnet' gives to ports. */
static struct ipam_addr
count_all(const struct l3harec_subnet *subnet)
{
    struct ipam_addr total = { .lo = 0 };

    for (size_t i = 0; i < subnet->n_allocation_pools; i++) {
        struct ipam_pool pool;

        if (ipam_pool_parse(subnet->allocation_pools[i], &pool)) {
            struct ipam_addr size = {
                .hi = (pool.end.hi - pool.start.hi
                       - (pool.end.lo < pool.start.lo)),
                .lo = pool.end.lo - pool.start.lo,
            };

            number_add(&total, size);
            number_add(&total, (struct ipam_addr) { .lo = 1 });
        }
    }
    return total;
}

static struct ipam_addr
count_used(struct api_ctx *ctx, const struct l3harec_subnet *subnet)
{
    struct ovsdb_idl_index *index = ctx->backend->allocation_by_subnet;
    const struct l3harec_ip_allocation *row OVS_UNUSED;
    struct l3harec_ip_allocation *key;
    struct ipam_addr n = { .lo = 0 };

    key = l3harec_ip_allocation_index_init_row(index);
    l3harec_ip_allocation_index_set_subnet(key, subnet);
    L3HAREC_IP_ALLOCATION_FOR_EACH_EQUAL (row, key, index) {
        n.lo++;
    }
    l3harec_ip_allocation_index_destroy_row(key);
    return n;
}

static struct json *
get_subnets(struct api_ctx *ctx, const void *network)
{
    struct json *array = json_array_create_empty();
    struct rows rows;

    rows_subnets_of_network(ctx->backend, network, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct l3harec_subnet *subnet = rows.rows[i];
        struct json *json = json_object_create();

        json_object_put(json, "subnet_id", json_uuid(&subnet->header_.uuid));
        json_object_put_string(json, "subnet_name", subnet->name);
        json_object_put(json, "ip_version",
                        json_integer_create(subnet->ip_version));
        json_object_put_string(json, "cidr", subnet->cidr);
        json_object_put(json, "total_ips", number_to_json(count_all(subnet)));
        json_object_put(json, "used_ips",
                        number_to_json(count_used(ctx, subnet)));
        json_array_add(array, json);
    }
    rows_destroy(&rows);
    return array;
}

static struct json *
get_total(struct api_ctx *ctx, const void *network)
{
    struct ipam_addr total = { .lo = 0 };
    struct rows rows;

    rows_subnets_of_network(ctx->backend, network, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        number_add(&total, count_all(rows.rows[i]));
    }
    rows_destroy(&rows);
    return number_to_json(total);
}

static struct json *
get_used(struct api_ctx *ctx, const void *network)
{
    struct ipam_addr used = { .lo = 0 };
    struct rows rows;

    rows_subnets_of_network(ctx->backend, network, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        number_add(&used, count_used(ctx, rows.rows[i]));
    }
    rows_destroy(&rows);
    return number_to_json(used);
}

/* ip_version=4|6: the network has such a subnet. */
static bool
match_version(struct api_ctx *ctx, const void *network, const char *value)
{
    bool found = false;
    struct rows rows;
    int version;

    if (!str_to_int(value, 10, &version)) {
        return false;
    }
    rows_subnets_of_network(ctx->backend, network, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct l3harec_subnet *subnet = rows.rows[i];

        found |= subnet->ip_version == version;
    }
    rows_destroy(&rows);
    return found;
}

static const struct res_attr ip_availability_attrs[] = {
    { .name = "network_id", .flags = RES_RO, .get = res_get_id,
      .match = res_match_id },
    { .name = "network_name", .flags = RES_RO,
      .column = &l3harec_network_col_name },
    { .name = "project_id", .flags = RES_RO,
      .column = &l3harec_network_col_project_id },
    { .name = "tenant_id", .flags = RES_RO,
      .column = &l3harec_network_col_project_id },
    { .name = "ip_version", .flags = RES_FILTER | RES_HIDDEN,
      .match = match_version },
    { .name = "total_ips", .flags = 0, .get = get_total },
    { .name = "used_ips", .flags = 0, .get = get_used },
    { .name = "subnet_ip_availability", .flags = 0, .get = get_subnets },
};

const struct resource res_ip_availability = {
    .name = "network_ip_availability",
    .collection = "network_ip_availabilities",
    .path = "network-ip-availabilities",
    .attrs = ip_availability_attrs,
    .n_attrs = ARRAY_SIZE(ip_availability_attrs),
    .key = "network_id",
    .not_found = "NetworkNotFound",
    .not_found_format = "Network %s could not be found.",
    .table = &l3harec_table_network,
};
