/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Tags of resources.
 *
 * Tags are a set of strings in a column that the tables of most resources
 * have (res_standard.tags).  A change of them is a change of the object: its
 * revision is incremented. */

#include <config.h>
#include "server/res-tags.h"

#include <string.h>

#include "openvswitch/json.h"
#include "ovsdb-data.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "util.h"

/* Neutron's limits. */
#define MAX_TAGS 50
#define MAX_TAG_LEN 255

static const struct res_attr tags_attr = {
    .name = "tags", .check = attr_string_list, .max = MAX_TAG_LEN,
};

bool
res_has_tags(const struct resource *res)
{
    return res->standard && res->standard->tags;
}

static const struct ovsdb_datum *
get_datum(const struct resource *res, const void *obj)
{
    return ovsdb_idl_read(obj, res->standard->tags);
}

static void
write_datum(const struct resource *res, struct api_ctx *ctx, const void *obj,
            struct ovsdb_datum *datum)
{
    resource_touch(ctx, res->standard, obj);
    ovsdb_datum_sort_unique(datum, &res->standard->tags->type);
    ovsdb_idl_txn_write(obj, res->standard->tags, datum);
}

static bool
has_tag(const struct resource *res, const void *obj, const char *tag)
{
    const struct ovsdb_datum *datum = get_datum(res, obj);

    for (size_t i = 0; i < datum->n; i++) {
        if (!strcmp(json_string(datum->keys[i].s), tag)) {
            return true;
        }
    }
    return false;
}

static void
datum_add(struct ovsdb_datum *datum, const char *tag)
{
    datum->keys = xrealloc(datum->keys, (datum->n + 1) * sizeof *datum->keys);
    datum->keys[datum->n++].s = json_string_create(tag);
}

/* Copies the tags of 'obj' but 'except', which may be NULL, to 'datum'. */
static void
datum_copy(const struct resource *res, const void *obj, const char *except,
           struct ovsdb_datum *datum)
{
    const struct ovsdb_datum *old = get_datum(res, obj);

    ovsdb_datum_init_empty(datum);
    for (size_t i = 0; i < old->n; i++) {
        const char *tag = json_string(old->keys[i].s);

        if (!except || strcmp(tag, except)) {
            datum_add(datum, tag);
        }
    }
}

static struct api_error *
too_many(void)
{
    return api_error_create(400, "HTTPBadRequest", "Invalid input for tags. "
                            "Reason: The number of tags exceed the per-"
                            "resource limit of %d.", MAX_TAGS);
}

static struct json *
tags_to_json(const struct resource *res, struct api_ctx *ctx,
             const void *obj)
{
    struct json *answer = json_object_create();

    json_object_put(answer, "tags",
                    resource_get(resource_find_attr(res, "tags"), ctx, obj));
    return answer;
}

static struct api_error *
tag_not_found(const char *tag)
{
    return api_error_create(404, "TagNotFound",
                            "Tag %s could not be found.", tag);
}

struct api_error *
res_tags_read(const struct resource *res, struct api_ctx *ctx,
              const void *obj, const char *tag, struct json **answerp)
{
    if (tag) {
        return has_tag(res, obj, tag) ? NULL : tag_not_found(tag);
    }
    *answerp = tags_to_json(res, ctx, obj);
    return NULL;
}

static struct api_error *
put_one(const struct resource *res, struct api_ctx *ctx, const void *obj,
        const char *tag)
{
    struct json *json = json_string_create(tag);
    struct api_error *error = attr_string(&tags_attr, &json);
    struct ovsdb_datum datum;

    json_destroy(json);
    if (error || has_tag(res, obj, tag)) {
        return error;
    }
    if (get_datum(res, obj)->n >= MAX_TAGS) {
        return too_many();
    }
    datum_copy(res, obj, NULL, &datum);
    datum_add(&datum, tag);
    write_datum(res, ctx, obj, &datum);
    return NULL;
}

static struct api_error *
put_all(const struct resource *res, struct api_ctx *ctx, const void *obj,
        const struct json *body)
{
    const struct json *given = body_get(body, "tags");
    struct ovsdb_datum datum;
    struct api_error *error;
    struct json *tags;

    if (!given) {
        return api_error_create(400, "HTTPBadRequest",
                                "Invalid tags body: 'tags' is missing");
    }
    tags = json_deep_clone(given);
    error = attr_string_list(&tags_attr, &tags);
    if (!error && json_array(tags)->n > MAX_TAGS) {
        error = too_many();
    }
    if (!error) {
        ovsdb_datum_init_empty(&datum);
        for (size_t i = 0; i < json_array(tags)->n; i++) {
            datum_add(&datum, json_string(json_array(tags)->elems[i]));
        }
        write_datum(res, ctx, obj, &datum);
    }
    json_destroy(tags);
    return error;
}

struct api_error *
res_tags_put(const struct resource *res, struct api_ctx *ctx,
             const void *obj, const char *tag, const struct json *body,
             struct json **answerp)
{
    struct api_error *error;

    error = (tag ? put_one(res, ctx, obj, tag)
             : put_all(res, ctx, obj, body));
    if (!error) {
        *answerp = tag ? json_null_create() : tags_to_json(res, ctx, obj);
    }
    return error;
}

struct api_error *
res_tags_delete(const struct resource *res, struct api_ctx *ctx,
                const void *obj, const char *tag)
{
    struct ovsdb_datum datum;

    if (!tag) {
        ovsdb_datum_init_empty(&datum);
    } else if (has_tag(res, obj, tag)) {
        datum_copy(res, obj, tag, &datum);
    } else {
        return tag_not_found(tag);
    }
    write_datum(res, ctx, obj, &datum);
    return NULL;
}
