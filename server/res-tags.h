/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef RES_TAGS_H
#define RES_TAGS_H 1

/* Tags of resources: /COLLECTION/ID/tags[/TAG]. */

#include "server/resource.h"

/* True if the objects of 'res' have tags. */
bool res_has_tags(const struct resource *res);

/* GET, PUT and DELETE of all tags of 'obj', or of 'tag' if it is not NULL.
 * PUT of all takes {"tags": [...]} as 'body' and gives the same as GET. */
struct api_error *res_tags_read(const struct resource *, struct api_ctx *,
                                const void *obj, const char *tag,
                                struct json **answerp);
struct api_error *res_tags_put(const struct resource *, struct api_ctx *,
                               const void *obj, const char *tag,
                               const struct json *body,
                               struct json **answerp);
struct api_error *res_tags_delete(const struct resource *, struct api_ctx *,
                                  const void *obj, const char *tag);

#endif /* server/res-tags.h */
