/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef RES_FILTER_H
#define RES_FILTER_H 1

/* Filters of lists that are no attributes: by tags and by the time of the
 * last change. */

#include <stdbool.h>

struct api_error;
struct query;
struct resource;

/* True if 'key' is such a filter of 'res'. */
bool res_filter_is(const struct resource *res, const char *key);

/* Checks the value of filter 'key'. */
struct api_error *res_filter_check(const char *key, const char *value);

/* True if 'obj' passes all filters of this kind in 'query', which were
 * checked. */
bool res_filter_matches(const struct resource *, const void *obj,
                        const struct query *query);

#endif /* server/res-filter.h */
