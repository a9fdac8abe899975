/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Fuzz target: any text as a path and as a query of the REST API.
 *
 * Either is refused or cut into parts that are UTF-8.  Links to further pages
 * carry a query on: put together again, it must mean the same. */

#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "server/query.h"
#include "unicode.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_text(const char *text)
{
    size_t valid;
    char *error = utf8_validate(text, &valid);

    ovs_assert(!error);
}

static void
check_path(const char *text)
{
    struct path path;

    if (path_parse(text, &path)) {
        for (size_t i = 0; i < path.n; i++) {
            ovs_assert(path.segments[i][0]);
            check_text(path.segments[i]);
        }
    }
    ovs_assert(path.n <= PATH_MAX_SEGMENTS);
    path_destroy(&path);
}

static void
check_same(const struct query *a, const struct query *b)
{
    ovs_assert(a->n == b->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct query_arg *arg = &a->args[i];

        ovs_assert(!strcmp(arg->key, b->args[i].key));
        ovs_assert(!strcmp(arg->value, b->args[i].value));
        ovs_assert(query_get(a, arg->key) != NULL);
        ovs_assert(query_count(a, arg->key) > 0);
        check_text(arg->key);
        check_text(arg->value);
    }
}

static void
check_query(const char *text)
{
    struct query query, again;

    if (query_parse(text, &query)) {
        struct ds s = DS_EMPTY_INITIALIZER;

        for (size_t i = 0; i < query.n; i++) {
            query_format_arg(&s, query.args[i].key, query.args[i].value);
        }
        ovs_assert(query_parse(ds_cstr(&s), &again));
        check_same(&query, &again);
        query_destroy(&again);
        ds_destroy(&s);
    }
    query_destroy(&query);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xmemdup0((const char *) data, size);

    check_path(text);
    check_query(text);
    free(text);
    return 0;
}
