/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Lists of resources: filters, sort keys, pages, fields.
 *
 * In: a query and the objects of a resource.  Out: the answer of the list, or
 * the error that Neutron gives.  Reads only.
 *
 * Filters with the same key are alternatives, different keys must all hold.
 * Without sort keys the order is that of the ids, which also breaks ties, so
 * that walking through pages always works. */

#include <config.h>
#include "server/res-list.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-data.h"
#include "ovsdb-idl-provider.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/policy.h"
#include "server/query.h"
#include "server/res-filter.h"
#include "server/res-stream.h"
#include "server/resource.h"
#include "util.h"
#include "uuid.h"

/* Query keys that are no filters. */
static bool
is_reserved(const char *key)
{
    static const char *const keys[] = {
        "fields", "sort_key", "sort_dir", "limit", "marker", "page_reverse",
    };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (!strcmp(key, keys[i])) {
            return true;
        }
    }
    return false;
}

/* Filters. */

static struct api_error *
check_filters(const struct resource *res, struct api_ctx *ctx,
              const struct query *query)
{
    bool strict = l3ha_config_get_bool(ctx->backend->config, "DEFAULT",
                                       "filter_validation");
    struct ds bad = DS_EMPTY_INITIALIZER;
    struct api_error *error = NULL;

    for (size_t i = 0; i < query->n && !error; i++) {
        const struct query_arg *arg = &query->args[i];
        const struct res_attr *attr = resource_find_attr(res, arg->key);
        bool b;

        if (is_reserved(arg->key)) {
            continue;
        }
        if (res_filter_is(res, arg->key)) {
            error = res_filter_check(arg->key, arg->value);
        } else if (!attr || !(attr->flags & RES_FILTER)) {
            ds_put_format(&bad, "%s'%s'", bad.length ? ", " : "", arg->key);
        } else if ((attr->check == attr_boolean
                    || attr->check == attr_boolean_or_none)
                   && !attr_parse_boolean(arg->value, &b)) {
            error = api_error_create(
                400, "InvalidInput", "Invalid input for operation: "
                "'%s' cannot be converted to boolean.", arg->value);
        }
    }
    if (!error && bad.length && strict) {
        error = api_error_create(400, "HTTPBadRequest",
                                 "[%s] is invalid attribute for filtering",
                                 ds_cstr(&bad));
    }
    ds_destroy(&bad);
    return error;
}

static bool
value_matches(const struct json *value, const char *filter)
{
    long long int n;
    bool b;

    switch (value->type) {
    case JSON_STRING:
        return !strcmp(json_string(value), filter);
    case JSON_TRUE:
    case JSON_FALSE:
        return attr_parse_boolean(filter, &b) && b == json_boolean(value);
    case JSON_INTEGER:
        return (str_to_llong(filter, 10, &n) && n == json_integer(value));
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array(value)->n; i++) {
            if (value_matches(json_array(value)->elems[i], filter)) {
                return true;
            }
        }
        return false;
    case JSON_NULL:
    case JSON_OBJECT:
    case JSON_REAL:
    case JSON_N_TYPES:
    case JSON_SERIALIZED_OBJECT:
    default:
        return false;
    }
}

static bool
atom_matches(const union ovsdb_atom *atom, enum ovsdb_atomic_type type,
             const char *filter)
{
    struct uuid uuid;
    long long int n;
    bool b;

    switch (type) {
    case OVSDB_TYPE_STRING:
        return !strcmp(json_string(atom->s), filter);
    case OVSDB_TYPE_UUID:
        return attr_parse_uuid(filter, &uuid) && uuid_equals(&uuid,
                                                             &atom->uuid);
    case OVSDB_TYPE_BOOLEAN:
        return attr_parse_boolean(filter, &b) && b == atom->boolean;
    case OVSDB_TYPE_INTEGER:
        return str_to_llong(filter, 10, &n) && n == atom->integer;
    case OVSDB_TYPE_REAL:
    case OVSDB_TYPE_VOID:
    case OVSDB_N_TYPES:
    default:
        return false;
    }
}

/* value_matches() for what a column holds, without making JSON of it: a list
 * of thousands is mostly filtered by one. */
static bool
column_matches(const struct ovsdb_idl_row *row,
               const struct ovsdb_idl_column *column, const char *filter)
{
    const struct ovsdb_datum *datum = ovsdb_idl_read(row, column);
    const struct ovsdb_type *type = &column->type;
    bool is_map = ovsdb_type_is_map(type);

    for (size_t i = 0; i < datum->n; i++) {
        if (atom_matches(is_map ? &datum->values[i] : &datum->keys[i],
                         is_map ? type->value.type : type->key.type,
                         filter)) {
            return true;
        }
    }
    return false;
}

/* True if 'obj' passes one of the filters by 'attr', the first of which is
 * args[first]. */
static bool
attr_matches(const struct res_attr *attr, struct api_ctx *ctx,
             const void *obj, const struct query *query, size_t first)
{
    bool is_plain = attr->column && !attr->get && !(attr->flags & RES_TIME);
    struct json *value = NULL;
    bool matches = false;

    if (policy_hides(ctx, attr)) {
        return false;
    }
    if (!attr->match && !is_plain) {
        value = resource_get(attr, ctx, obj);
    }
    for (size_t i = first; i < query->n && !matches; i++) {
        const char *filter = query->args[i].value;

        if (strcmp(query->args[i].key, attr->name)) {
            continue;
        }
        matches = (attr->match ? attr->match(ctx, obj, filter)
                   : is_plain ? column_matches(obj, attr->column, filter)
                   : value && value_matches(value, filter));
    }
    json_destroy(value);
    return matches;
}

static bool
is_first_of_key(const struct query *query, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (!strcmp(query->args[j].key, query->args[i].key)) {
            return false;
        }
    }
    return true;
}

static size_t
apply_filters(const struct resource *res, struct api_ctx *ctx,
              const struct query *query, const void **objs, size_t n)
{
    size_t passed = 0;

    for (size_t i = 0; i < n; i++) {
        if (res_filter_matches(res, objs[i], query)) {
            objs[passed++] = objs[i];
        }
    }
    n = passed;
    for (size_t i = 0; i < query->n; i++) {
        const struct res_attr *attr;
        size_t kept = 0;

        if (is_reserved(query->args[i].key) || !is_first_of_key(query, i)) {
            continue;
        }
        attr = resource_find_attr(res, query->args[i].key);
        if (!attr || !(attr->flags & RES_FILTER)) {
            continue;           /* Without filter_validation: ignored. */
        }
        for (size_t j = 0; j < n; j++) {
            if (attr_matches(attr, ctx, objs[j], query, i)) {
                objs[kept++] = objs[j];
            }
        }
        n = kept;
    }
    return n;
}

/* Order. */

struct sort_key {
    const struct res_attr *attr;
    bool descending;
};

/* An object with the values of its sort keys, the last of which is id. */
struct sort_item {
    const void *obj;
    const struct sort_key *keys;
    size_t n_keys;
    struct json **values;
};

static struct api_error *
get_sort_keys(const struct resource *res, const struct query *query,
              struct sort_key **keysp, size_t *np)
{
    struct sort_key *keys;
    size_t n_keys = 0, n_dirs = 0;
    bool has_id = false;

    *keysp = NULL;
    *np = 0;
    if (query_count(query, "sort_key") != query_count(query, "sort_dir")) {
        return api_error_create(400, "HTTPBadRequest", "The number of "
                                "sort_keys and sort_dirs must be same");
    }
    keys = xcalloc(query_count(query, "sort_key") + 1, sizeof *keys);
    for (size_t i = 0; i < query->n; i++) {
        const struct query_arg *arg = &query->args[i];

        if (!strcmp(arg->key, "sort_key")) {
            const struct res_attr *attr = resource_find_attr(res, arg->value);

            if (!attr || !(attr->flags & RES_SORT)) {
                free(keys);
                return api_error_create(
                    400, "HTTPBadRequest",
                    "['%s'] is invalid attribute for sort_keys", arg->value);
            }
            has_id |= attr == resource_key(res);
            keys[n_keys++].attr = attr;
        } else if (!strcmp(arg->key, "sort_dir")) {
            if (strcmp(arg->value, "asc") && strcmp(arg->value, "desc")) {
                free(keys);
                return api_error_create(
                    400, "HTTPBadRequest",
                    "['%s'] is invalid value for sort_dirs, valid value is "
                    "'asc' and 'desc'", arg->value);
            }
            keys[n_dirs++].descending = !strcmp(arg->value, "desc");
        }
    }
    if (!has_id) {
        keys[n_keys++].attr = resource_key(res);
    }
    *keysp = keys;
    *np = n_keys;
    return NULL;
}

static int
compare_values(const struct json *a, const struct json *b)
{
    bool a_null = !a || a->type == JSON_NULL;
    bool b_null = !b || b->type == JSON_NULL;

    if (a_null || b_null) {
        return b_null - a_null;
    }
    if (a->type == JSON_INTEGER && b->type == JSON_INTEGER) {
        int64_t x = json_integer(a), y = json_integer(b);

        return x < y ? -1 : x > y;
    }
    if (a->type == JSON_STRING && b->type == JSON_STRING) {
        return strcmp(json_string(a), json_string(b));
    }
    return (a->type == JSON_TRUE) - (b->type == JSON_TRUE);
}

static int
compare_items(const void *a_, const void *b_)
{
    const struct sort_item *a = a_, *b = b_;

    for (size_t i = 0; i < a->n_keys; i++) {
        int cmp = compare_values(a->values[i], b->values[i]);

        if (cmp) {
            return a->keys[i].descending ? -cmp : cmp;
        }
    }
    return 0;
}

static int
compare_rows(const void *a_, const void *b_)
{
    const struct ovsdb_idl_row *const *a = a_;
    const struct ovsdb_idl_row *const *b = b_;

    return uuid_compare_3way(&(*a)->uuid, &(*b)->uuid);
}

static void
sort_objects(const struct resource *res, struct api_ctx *ctx,
             const struct sort_key *keys, size_t n_keys,
             const void **objs, size_t n)
{
    if (n && res->table && n_keys == 1 && !keys[0].descending
        && keys[0].attr->get == res_get_id) {
        /* The usual order, without making texts of the ids. */
        qsort(objs, n, sizeof *objs, compare_rows);
        return;
    }

    struct sort_item *items = xcalloc(n, sizeof *items);
    struct json **values = xcalloc(n * n_keys, sizeof *values);

    for (size_t i = 0; i < n; i++) {
        items[i].obj = objs[i];
        items[i].keys = keys;
        items[i].n_keys = n_keys;
        items[i].values = &values[i * n_keys];
        for (size_t j = 0; j < n_keys; j++) {
            items[i].values[j] = resource_get(keys[j].attr, ctx, objs[i]);
        }
    }
    qsort(items, n, sizeof *items, compare_items);
    for (size_t i = 0; i < n; i++) {
        objs[i] = items[i].obj;
    }
    for (size_t i = 0; i < n * n_keys; i++) {
        json_destroy(values[i]);
    }
    free(values);
    free(items);
}

/* Pages. */

struct page {
    size_t limit;               /* 0: everything. */
    const char *marker;         /* NULL: none. */
    bool reverse;
};

static struct api_error *
get_page(struct api_ctx *ctx, const struct query *query, struct page *page)
{
    int64_t max = l3ha_config_get_int(ctx->backend->config, "DEFAULT",
                                      "pagination_max_limit");
    const char *limit = query_get(query, "limit");
    const char *reverse = query_get(query, "page_reverse");
    const char *marker = query_get(query, "marker");
    long long int n = 0;

    if (limit && (!str_to_llong(limit, 10, &n) || n < 0)) {
        return api_error_create(
            400, "BadRequest", "Bad limit request: Limit must be an integer "
            "0 or greater and not '%s'.", limit);
    }
    if (max > 0 && (!n || n > max)) {
        n = max;
    }
    page->limit = MIN(n, INT_MAX);
    page->marker = page->limit && marker && marker[0] ? marker : NULL;
    page->reverse = reverse && !strcasecmp(reverse, "true");
    return NULL;
}

/* Stores the first object of the page and their number. */
static struct api_error *
cut_page(const struct resource *res, struct api_ctx *ctx,
         const struct page *page, const void **objs, size_t n,
         size_t *start, size_t *count)
{
    const struct res_attr *id = resource_key(res);
    size_t pos = page->reverse ? n : 0;

    *start = 0;
    *count = n;
    if (!page->limit) {
        return NULL;
    }
    if (page->marker) {
        size_t i;

        for (i = 0; i < n; i++) {
            struct json *value = resource_get(id, ctx, objs[i]);
            bool found = value_matches(value, page->marker);

            json_destroy(value);
            if (found) {
                pos = page->reverse ? i : i + 1;
                break;
            }
        }
        if (i >= n && res->marker_is_checked) {
            return resource_not_found(res, page->marker);
        }
    }
    if (page->reverse) {
        *count = MIN(pos, page->limit);
        *start = pos - *count;
    } else {
        *count = MIN(n - pos, page->limit);
        *start = pos;
    }
    return NULL;
}

static struct json *
make_link(const struct query *query, const char *url, const char *rel,
          const char *marker, bool reverse)
{
    struct json *link = json_object_create();
    struct ds href = DS_EMPTY_INITIALIZER;

    ds_put_format(&href, "%s?", url);
    for (size_t i = 0; i < query->n; i++) {
        const struct query_arg *arg = &query->args[i];

        if (strcmp(arg->key, "marker") && strcmp(arg->key, "page_reverse")) {
            query_format_arg(&href, arg->key, arg->value);
        }
    }
    if (marker) {
        query_format_arg(&href, "marker", marker);
    }
    if (reverse) {
        query_format_arg(&href, "page_reverse", "True");
    }
    json_object_put_string(link, "rel", rel);
    json_object_put(link, "href",
                    json_string_create_nocopy(ds_steal_cstr(&href)));
    return link;
}

/* Neutron's rule: a page that is not full is the last in its direction.  The
 * links of an empty one have no marker and so lead back to the end. */
static struct json *
make_links(const struct query *query, const char *url,
           const struct page *page, const struct json *first,
           const struct json *last, size_t count)
{
    struct json *links = json_array_create_empty();

    if (count >= page->limit || page->reverse) {
        json_array_add(links, make_link(
            query, url, "next", last ? json_string(last) : NULL, false));
    }
    if (count >= page->limit || !page->reverse) {
        json_array_add(links, make_link(
            query, url, "previous", first ? json_string(first) : NULL, true));
    }
    return links;
}

struct api_error *
res_list(const struct resource *res, struct api_ctx *ctx,
         const struct query *query, const char *collection, const char *url,
         const void **objs, size_t n, struct http_stream **streamp)
{
    const struct res_attr *id = resource_key(res);
    struct sort_key *keys = NULL;
    struct api_error *error;
    size_t n_keys = 0, start = 0, count = 0;
    struct page page = { .limit = 0 };
    struct json *links = NULL;

    *streamp = NULL;
    error = check_filters(res, ctx, query);
    if (!error) {
        error = get_sort_keys(res, query, &keys, &n_keys);
    }
    if (!error) {
        error = get_page(ctx, query, &page);
    }
    if (!error) {
        n = apply_filters(res, ctx, query, objs, n);
        sort_objects(res, ctx, keys, n_keys, objs, n);
        error = cut_page(res, ctx, &page, objs, n, &start, &count);
    }
    free(keys);
    if (error) {
        return error;
    }

    if (page.limit) {
        struct json *first = NULL, *last = NULL;

        if (count) {
            first = resource_get(id, ctx, objs[start]);
            last = resource_get(id, ctx, objs[start + count - 1]);
        }
        links = make_links(query, url, &page, first, last, count);
        json_destroy(first);
        json_destroy(last);
    }
    *streamp = res_stream_create(res, ctx, query, collection,
                                 count ? objs + start : NULL, count, links);
    return NULL;
}
