/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef RES_LIST_H
#define RES_LIST_H 1

/* Lists of resources: filters, sort keys, pages, fields. */

#include <stddef.h>

struct api_ctx;
struct api_error;
struct http_stream;
struct query;
struct resource;

/* Stores into '*streamp' {"COLLECTION": [...]} with those of the 'n' objects
 * in 'objs' (reordered) that 'query' asks for, and with links if it asks for
 * a page.  'url' is the list's own, without query. */
struct api_error *res_list(const struct resource *, struct api_ctx *,
                           const struct query *, const char *collection,
                           const char *url, const void **objs, size_t n,
                           struct http_stream **streamp);

#endif /* server/res-list.h */
