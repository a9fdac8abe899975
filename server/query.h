/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef QUERY_H
#define QUERY_H 1

/* Paths and query strings of URIs.  Pure functions on untrusted input. */

#include <stdbool.h>
#include <stddef.h>

struct ds;

/* One "key=value" of a query, decoded. */
struct query_arg {
    char *key;
    char *value;                /* "" if there is no '='. */
};

/* In the order of the query. */
struct query {
    struct query_arg *args;
    size_t n;
};

bool query_parse(const char *, struct query *);
void query_clone_key(struct query *, const struct query *src,
                     const char *key);
void query_destroy(struct query *);
const char *query_get(const struct query *, const char *key);
size_t query_count(const struct query *, const char *key);
void query_format_arg(struct ds *, const char *key, const char *value);

/* A path cut at its slashes and decoded; empty segments are left out. */
#define PATH_MAX_SEGMENTS 8
struct path {
    char *segments[PATH_MAX_SEGMENTS];
    size_t n;
};

bool path_parse(const char *, struct path *);
void path_destroy(struct path *);

#endif /* server/query.h */
