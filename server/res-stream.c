/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The text of a list, made while it is sent: a list of very many objects
 * neither holds up other requests nor needs memory for more than a part of
 * it.
 *
 * In: what res-list.c has chosen and sorted.  Out: an http_stream.
 *
 * Owns copies of whatever it needs of the request, which is over before the
 * last part is asked for.  Rows of the database are kept by their ids: one
 * that is deleted meanwhile is left out, one that is changed is shown as it is
 * when its turn comes.  Which rows the caller may see was decided when they
 * were chosen. */

#include <config.h>
#include "server/res-stream.h"

#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "server/backend.h"
#include "server/http.h"
#include "server/policy.h"
#include "server/query.h"
#include "server/resource.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

struct res_stream {
    struct http_stream up;
    const struct resource *res;
    struct backend *backend;
    struct api_caller caller;
    struct query fields;        /* What was asked for of each object. */
    struct ds head;             /* Goes before the rows; then empty. */
    struct uuid *rows;
    size_t n, pos;
    bool any;                   /* A row was made. */
    struct ds tail;             /* Goes after the rows. */
};

static struct res_stream *
res_stream_cast(struct http_stream *stream)
{
    return CONTAINER_OF(stream, struct res_stream, up);
}

static bool
res_stream_next(struct http_stream *stream_, struct ds *s)
{
    struct res_stream *stream = res_stream_cast(stream_);
    struct api_ctx ctx = {
        .backend = stream->backend,
        .idl = stream->backend->idl,
        .caller = &stream->caller,
        .project_id = stream->caller.project_id,
        .now = time_wall_msec(),
    };

    if (stream->head.length) {
        ds_put_buffer(s, stream->head.string, stream->head.length);
        ds_destroy(&stream->head);
        ds_init(&stream->head);
    }
    if (stream->pos < stream->n) {
        const struct ovsdb_idl_row *row
            = ovsdb_idl_get_row_for_uuid(ctx.idl, stream->res->table,
                                         &stream->rows[stream->pos++]);

        if (row) {
            if (stream->any) {
                ds_put_char(s, ',');
            }
            stream->any = true;
            resource_render_to(s, stream->res, &ctx, row, &stream->fields);
        }
        api_ctx_clear(&ctx);
        return true;
    }
    ds_put_buffer(s, stream->tail.string, stream->tail.length);
    return false;
}

static void
res_stream_destroy(struct http_stream *stream_)
{
    struct res_stream *stream = res_stream_cast(stream_);

    api_caller_uninit(&stream->caller);
    query_destroy(&stream->fields);
    ds_destroy(&stream->head);
    free(stream->rows);
    ds_destroy(&stream->tail);
    free(stream);
}

struct http_stream *
res_stream_create(const struct resource *res, struct api_ctx *ctx,
                  const struct query *query, const char *collection,
                  const void **objs, size_t n, struct json *links)
{
    struct res_stream *stream = xzalloc(sizeof *stream);

    stream->up.next = res_stream_next;
    stream->up.destroy = res_stream_destroy;
    stream->res = res;
    stream->backend = ctx->backend;
    api_caller_clone(&stream->caller, ctx->caller);
    query_clone_key(&stream->fields, query, "fields");
    ds_init(&stream->head);
    ds_put_format(&stream->head, "{\"%s\":[", collection);
    if (res->table) {
        stream->rows = xmalloc(n * sizeof *stream->rows);
        for (size_t i = 0; i < n; i++) {
            const struct ovsdb_idl_row *row = objs[i];

            stream->rows[i] = row->uuid;
        }
        stream->n = n;
    } else {
        /* Few, and they may not outlive 'ctx'. */
        for (size_t i = 0; i < n; i++) {
            if (i) {
                ds_put_char(&stream->head, ',');
            }
            resource_render_to(&stream->head, res, ctx, objs[i], query);
        }
    }
    ds_init(&stream->tail);
    ds_put_char(&stream->tail, ']');
    if (links) {
        ds_put_format(&stream->tail, ",\"%s_links\":", collection);
        json_to_ds(links, 0, &stream->tail);
        json_destroy(links);
    }
    ds_put_char(&stream->tail, '}');
    return &stream->up;
}
