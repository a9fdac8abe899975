/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Filters of lists that are no attributes.
 *
 * - tags=A,B: has all of them; tags-any: has one; not-tags: does not have all;
 *   not-tags-any: has none.
 * - changed_since=TIME: was changed then or later.
 *
 * All in a query must hold.  Pure functions. */

#include <config.h>
#include "server/res-filter.h"

#include <string.h>
#include <time.h>

#include "openvswitch/json.h"
#include "ovsdb-data.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/query.h"
#include "server/res-tags.h"
#include "server/resource.h"
#include "util.h"

static const struct {
    const char *key;
    bool any;                   /* One of the tags is enough. */
    bool not;
} tag_filters[] = {
    { "tags", false, false },
    { "tags-any", true, false },
    { "not-tags", false, true },
    { "not-tags-any", true, true },
};

/* Index in tag_filters[], or -1. */
static int
find_tag_filter(const char *key)
{
    for (int i = 0; i < ARRAY_SIZE(tag_filters); i++) {
        if (!strcmp(tag_filters[i].key, key)) {
            return i;
        }
    }
    return -1;
}

static bool
is_changed_since(const char *key)
{
    return !strcmp(key, "changed_since");
}

bool
res_filter_is(const struct resource *res, const char *key)
{
    return (res->standard
            && (is_changed_since(key)
                || (res_has_tags(res) && find_tag_filter(key) >= 0)));
}

/* Parses "YYYY-MM-DDTHH:MM:SS[Z]" to milliseconds after the epoch. */
static bool
parse_time(const char *s, long long int *msec)
{
    struct tm tm;
    const char *end;

    memset(&tm, 0, sizeof tm);
    end = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end || (*end && strcmp(end, "Z"))) {
        return false;
    }
    *msec = timegm(&tm) * 1000LL;
    return true;
}

struct api_error *
res_filter_check(const char *key, const char *value)
{
    long long int msec;

    return (!is_changed_since(key) || parse_time(value, &msec)
            ? NULL
            : api_error_invalid_input("The input changed_since must be in "
                                      "the following format: "
                                      "YYYY-MM-DDTHH:MM:SS[Z]"));
}

static bool
has_tag(const struct ovsdb_datum *tags, const char *s, size_t len)
{
    for (size_t i = 0; i < tags->n; i++) {
        const char *tag = json_string(tags->keys[i].s);

        if (!strncmp(tag, s, len) && !tag[len]) {
            return true;
        }
    }
    return false;
}

static bool
tags_match(const struct ovsdb_datum *tags, int filter, const char *list)
{
    bool any = tag_filters[filter].any;
    bool result = !any;

    for (;;) {
        size_t len = strcspn(list, ",");

        if (has_tag(tags, list, len) == any) {
            result = any;
            break;
        }
        if (!list[len]) {
            break;
        }
        list += len + 1;
    }
    return result != tag_filters[filter].not;
}

bool
res_filter_matches(const struct resource *res, const void *obj,
                   const struct query *query)
{
    for (size_t i = 0; i < query->n; i++) {
        const struct query_arg *arg = &query->args[i];
        long long int msec;
        int filter;

        if (!res_filter_is(res, arg->key)) {
            continue;
        }
        filter = find_tag_filter(arg->key);
        if (filter >= 0) {
            if (!tags_match(ovsdb_idl_read(obj, res->standard->tags), filter,
                            arg->value)) {
                return false;
            }
        } else if (parse_time(arg->value, &msec)
                   && ovsdb_idl_read(obj, res->standard->updated_at)
                      ->keys[0].integer < msec) {
            return false;
        }
    }
    return true;
}
