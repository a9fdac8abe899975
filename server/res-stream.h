/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef RES_STREAM_H
#define RES_STREAM_H 1

/* The text of a list, made while it is sent. */

#include <stddef.h>

struct api_ctx;
struct http_stream;
struct json;
struct query;
struct resource;

/* Returns {"COLLECTION": [...]} with the 'n' objects in 'objs' and the fields
 * that 'query' asks for, and with "COLLECTION_links" if 'links', which this
 * takes over, is not NULL.  The caller of the API is 'ctx->caller'. */
struct http_stream *res_stream_create(const struct resource *,
                                      struct api_ctx *ctx,
                                      const struct query *,
                                      const char *collection,
                                      const void **objs, size_t n,
                                      struct json *links);

#endif /* server/res-stream.h */
