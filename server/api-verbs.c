/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The REST API: what a request means.
 *
 * api_call_parse() routes by path and method and reads the body; it needs no
 * database.  api_call_execute() does what was asked in the call's transaction
 * (or, for reads, makes the answer); it may run several times and so keeps
 * nothing but 'ids' and 'answer'.  api_call_make_answer() renders what was
 * written after the commit. */

#include <config.h>
#include "server/api-call.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl-provider.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/extensions.h"
#include "server/http.h"
#include "server/quota.h"
#include "server/res-list.h"
#include "server/res-tags.h"
#include "unicode.h"
#include "util.h"
#include "uuid.h"

/* Objects in one bulk request: a bound on the size of a transaction. */
#define API_MAX_BULK 2000

static struct api_error *
bad_request(const char *message)
{
    return api_error_create(400, "HTTPBadRequest", "%s", message);
}

static struct api_error *
no_such_path(void)
{
    return api_error_create(404, "HTTPNotFound",
                            "The resource could not be found.");
}

static struct api_error *
no_such_method(const struct api_call *call)
{
    return api_error_create(405, "HTTPMethodNotAllowed",
                            "The method %s is not allowed for this resource.",
                            call->req->method);
}

/* Routing. */

static bool
is_method(const struct api_call *call, const char *method)
{
    return !strcmp(call->req->method, method);
}

static struct api_error *
route_collection(struct api_call *call)
{
    if (is_method(call, "GET")) {
        call->verb = API_LIST;
    } else if (is_method(call, "POST")
               && call->res->methods & RES_CAN_CREATE) {
        call->verb = API_CREATE;
        call->status = 201;
    } else {
        return no_such_method(call);
    }
    return NULL;
}

static struct api_error *
route_object(struct api_call *call, const char *id)
{
    call->id = id;
    if (call->res == &res_quota
        && (!strcmp(id, "tenant") || !strcmp(id, "project"))) {
        call->verb = API_TENANT;
        return is_method(call, "GET") ? NULL : no_such_method(call);
    }
    if (is_method(call, "GET")) {
        call->verb = API_SHOW;
    } else if (is_method(call, "PUT")
               && call->res->methods & RES_CAN_UPDATE) {
        call->verb = API_UPDATE;
    } else if (is_method(call, "DELETE")
               && call->res->methods & RES_CAN_DELETE) {
        call->verb = API_DELETE;
        call->status = 204;
    } else {
        return no_such_method(call);
    }
    return NULL;
}

/* /COLLECTION/ID/tags[/TAG]. */
static struct api_error *
route_tags(struct api_call *call)
{
    if (is_method(call, "GET")) {
        call->verb = API_TAGS_READ;
        call->status = call->child_id ? 204 : 200;
    } else if (is_method(call, "PUT")) {
        call->verb = API_TAGS_WRITE;
        call->status = call->child_id ? 201 : 200;
    } else if (is_method(call, "DELETE")) {
        call->verb = API_TAGS_WRITE;
        call->status = 204;
    } else {
        return no_such_method(call);
    }
    return NULL;
}

/* /COLLECTION/ID/NAME[/CHILD_ID]. */
static struct api_error *
route_member(struct api_call *call, const char *id, const char *name,
             const char *child_id)
{
    call->id = id;
    call->child_id = child_id;
    for (size_t i = 0; i < call->res->n_actions && !child_id; i++) {
        if (!strcmp(call->res->actions[i].name, name)) {
            call->action = &call->res->actions[i];
            call->verb = API_ACTION;
            return is_method(call, "PUT") ? NULL : no_such_method(call);
        }
    }
    for (size_t i = 0; i < call->res->n_children; i++) {
        const struct res_child *child = &call->res->children[i];

        if (strcmp(child->name, name)) {
            continue;
        }
        call->child = child;
        if (!child_id && is_method(call, "GET")) {
            call->verb = API_CHILD_LIST;
        } else if (!child_id && is_method(call, "POST") && child->add) {
            call->verb = API_CHILD_ADD;
            call->status = 201;
        } else if (child_id && is_method(call, "DELETE")
                   && child->remove) {
            call->verb = API_CHILD_REMOVE;
            call->status = 204;
        } else {
            return no_such_method(call);
        }
        return NULL;
    }
    for (size_t i = 0; i < call->res->n_views && !child_id; i++) {
        if (!strcmp(call->res->views[i].name, name)) {
            call->view = &call->res->views[i];
            call->verb = API_VIEW;
            return is_method(call, "GET") ? NULL : no_such_method(call);
        }
    }
    return (!strcmp(name, "tags") && res_has_tags(call->res)
            ? route_tags(call) : no_such_path());
}

static struct api_error *
route_extensions(struct api_call *call)
{
    if (!is_method(call, "GET") || call->path.n > 3) {
        return no_such_path();
    }
    call->verb = call->path.n == 3 ? API_EXTENSION : API_EXTENSIONS;
    return NULL;
}

static struct api_error *
route(struct api_call *call)
{
    const struct path *path = &call->path;
    char *const *segments = path->segments;
    const struct resource *nested;
    size_t pos = 1;

    if (path->n && strcmp(segments[0], "v2.0")) {
        return no_such_path();
    }
    if (path->n == 1 && !strchr(call->req->path + 1, '/')) {
        /* As Neutron: the list of collections is at "/v2.0/" alone. */
        return no_such_path();
    }
    if (path->n < 2) {
        call->verb = path->n ? API_ROOT : API_VERSIONS;
        return is_method(call, "GET") ? NULL : no_such_method(call);
    }
    if (!strcmp(segments[1], "extensions")) {
        return route_extensions(call);
    }
    call->res = resource_find(NULL, path, &pos);
    if (!call->res) {
        return no_such_path();
    }
    if (path->n > pos + 1) {
        size_t nested_pos = pos + 1;

        nested = resource_find(call->res, path, &nested_pos);
        if (nested) {
            call->parent_id = segments[pos];
            call->res = nested;
            pos = nested_pos;
        }
    }
    switch (path->n - pos) {
    case 0:
        return route_collection(call);
    case 1:
        return route_object(call, segments[pos]);
    case 2:
        return route_member(call, segments[pos], segments[pos + 1], NULL);
    case 3:
        return route_member(call, segments[pos], segments[pos + 1],
                            segments[pos + 2]);
    default:
        return no_such_path();
    }
}

/* Bodies. */

/* Reads the body as a JSON object into call->input. */
static struct api_error *
parse_json(struct api_call *call)
{
    const struct http_request *req = call->req;
    char *utf8_error;
    size_t valid;

    utf8_error = utf8_validate(req->body, &valid);
    free(utf8_error);
    if (utf8_error || strlen(req->body) != req->body_len) {
        return bad_request("Body contains invalid data");
    }
    call->input = json_from_string(req->body);
    if (call->input->type != JSON_OBJECT) {
        return bad_request("Body contains invalid data");
    }
    return NULL;
}

/* For POST of a collection and PUT of an object: replaces call->input by what
 * is in the envelope, an object or, for a bulk create, an array of them. */
static struct api_error *
open_envelope(struct api_call *call)
{
    const struct resource *res = call->res;
    struct shash *object = json_object(call->input);
    struct json *inner;

    inner = (call->verb == API_CREATE
             ? shash_find_data(object, res->collection) : NULL);
    if (inner) {
        call->bulk = true;
        if (inner->type != JSON_ARRAY) {
            return bad_request("Body contains invalid data");
        }
        if (!json_array(inner)->n) {
            return bad_request("Resources required");
        }
        if (json_array(inner)->n > API_MAX_BULK) {
            return bad_request("Too many resources in one request");
        }
        for (size_t i = 0; i < json_array(inner)->n; i++) {
            struct json **elem = &json_array(inner)->elems[i];
            struct json *wrapped;

            wrapped = ((*elem)->type == JSON_OBJECT
                       ? shash_find_data(json_object(*elem), res->name)
                       : NULL);
            if (wrapped) {
                wrapped = json_clone(wrapped);
                json_destroy(*elem);
                *elem = wrapped;
            }
            if ((*elem)->type != JSON_OBJECT) {
                return api_error_create(
                    400, "HTTPBadRequest",
                    "Object '%s' contains invalid data", res->name);
            }
        }
    } else {
        inner = shash_find_data(object, res->name);
        if (!inner || inner->type == JSON_NULL) {
            return api_error_create(400, "HTTPBadRequest",
                                    "Unable to find '%s' in request body",
                                    res->name);
        }
        if (inner->type != JSON_OBJECT) {
            return api_error_create(400, "HTTPBadRequest",
                                    "Object '%s' contains invalid data",
                                    res->name);
        }
    }
    inner = json_clone(inner);
    json_destroy(call->input);
    call->input = inner;
    return NULL;
}

/* Replaces the objects in call->input by checked ones. */
static struct api_error *
prepare_bodies(struct api_call *call)
{
    bool is_create = call->verb == API_CREATE;
    struct json **elems = call->bulk ? json_array(call->input)->elems
                                     : &call->input;
    size_t n = call->bulk ? json_array(call->input)->n : 1;

    for (size_t i = 0; i < n; i++) {
        struct api_error *error;
        struct json *body;

        error = resource_prepare_body(call->res, &call->caller, is_create,
                                      elems[i], &body);
        if (error) {
            return error;
        }
        json_destroy(elems[i]);
        elems[i] = body;
    }
    if (is_create) {
        call->ids = xmalloc(n * sizeof *call->ids);
        call->n_ids = n;
        for (size_t i = 0; i < n; i++) {
            uuid_generate(&call->ids[i]);
        }
    }
    return NULL;
}

static struct api_error *
parse_body(struct api_call *call)
{
    struct api_error *error;

    if (is_method(call, "DELETE")) {
        return (call->req->body_len
                ? bad_request("Request body is not supported in DELETE.")
                : NULL);
    }
    if (is_method(call, "GET")) {
        return NULL;
    }
    if (!call->req->body_len) {
        if (call->verb == API_CREATE || call->verb == API_UPDATE) {
            return bad_request("Resource body required");
        }
        call->input = json_object_create();
        return NULL;
    }
    error = parse_json(call);
    if (!error && (call->verb == API_CREATE || call->verb == API_UPDATE)) {
        error = open_envelope(call);
        if (!error) {
            error = prepare_bodies(call);
        }
    }
    return error;
}

/* Routes 'call' and reads its body.  What this returns is the answer. */
struct api_error *
api_call_parse(struct api_call *call)
{
    bool path_ok = path_parse(call->req->path, &call->path);
    bool query_ok = query_parse(call->req->query, &call->query);
    struct api_error *error;

    if (!path_ok) {
        return no_such_path();
    }
    if (!query_ok) {
        return bad_request("The query contains invalid data");
    }
    error = route(call);
    return error ? error : parse_body(call);
}

/* Drops what an execution has left as the answer. */
void
api_call_clear_answer(struct api_call *call)
{
    json_destroy(call->answer);
    call->answer = NULL;
    if (call->stream) {
        call->stream->destroy(call->stream);
        call->stream = NULL;
    }
}

/* Frees what api_call_parse() and the execution left in 'call'. */
void
api_call_uninit(struct api_call *call)
{
    path_destroy(&call->path);
    query_destroy(&call->query);
    json_destroy(call->input);
    api_call_clear_answer(call);
    free(call->ids);
    api_caller_uninit(&call->caller);
}

/* True if 'call' needs a transaction. */
bool
api_call_is_write(const struct api_call *call)
{
    switch (call->verb) {
    case API_LIST:
        return call->res->before_list != NULL;
    case API_VERSIONS:
    case API_ROOT:
    case API_EXTENSIONS:
    case API_EXTENSION:
    case API_SHOW:
    case API_VIEW:
    case API_TENANT:
    case API_CHILD_LIST:
    case API_TAGS_READ:
        return false;
    case API_CREATE:
    case API_UPDATE:
    case API_DELETE:
    case API_ACTION:
    case API_CHILD_ADD:
    case API_CHILD_REMOVE:
    case API_TAGS_WRITE:
        return true;
    default:
        OVS_NOT_REACHED();
    }
}

/* True if an earlier run of 'call' was committed although that was not heard
 * of: the rows that it was to create are there, the one that it was to delete
 * is not (it was there in that run). */
bool
api_call_is_done(const struct api_call *call)
{
    if (!call->runs) {
        return false;
    }
    if (call->verb == API_DELETE && call->res->table) {
        struct uuid uuid;

        return (attr_parse_uuid(call->id, &uuid)
                && !ovsdb_idl_get_row_for_uuid(call->backend->idl,
                                               call->res->table, &uuid));
    }
    for (size_t i = 0; i < call->n_ids; i++) {
        if (!ovsdb_idl_get_row_for_uuid(call->backend->idl, call->res->table,
                                        &call->ids[i])) {
            return false;
        }
    }
    return call->n_ids > 0;
}

/* Execution. */

/* "http://HOST", as the client knows us. */
static char *
base_url(const struct api_call *call)
{
    const char *proto = call->req->forwarded_proto;

    return xasprintf("%s://%s", (call->req->is_secure
                                 || (proto && !strcmp(proto, "https")))
                     ? "https" : "http", call->req->host);
}

static struct api_error *
list_objects(struct api_call *call, struct api_ctx *ctx,
             const struct resource *res, const char *collection,
             const void **objs, size_t n)
{
    char *base = base_url(call);
    char *url = xasprintf("%s%s", base, call->req->path);
    struct api_error *error;

    error = res_list(res, ctx, &call->query, collection, url, objs, n,
                     &call->stream);
    free(url);
    free(base);
    free(objs);
    return error;
}

/* "If-Match: revision_number=N". */
static struct api_error *
check_revision(const struct api_call *call, struct api_ctx *ctx,
               const void *obj)
{
    const struct res_attr *attr;
    const char *s = call->req->if_match;
    struct json *revision;
    long long int want;
    int64_t have;
    char *number;
    bool ok;

    s = s ? strstr(s, "revision_number=") : NULL;
    if (!s) {
        return NULL;
    }
    s += strlen("revision_number=");
    number = xmemdup0(s, strspn(s, "0123456789-"));
    ok = str_to_llong(number, 10, &want);
    free(number);
    if (!ok) {
        return api_error_create(
            400, "BadRequest", "Bad if-match request: Revision number etag "
            "must be in the format of revision_number=<int>.");
    }
    attr = resource_find_attr(call->res, "revision_number");
    if (!attr) {
        return NULL;
    }
    revision = resource_get(attr, ctx, obj);
    have = json_integer(revision);
    json_destroy(revision);
    if (have == want) {
        ovsdb_idl_txn_verify(obj, call->res->standard->revision_number);
        return NULL;
    }
    return api_error_create(412, "RevisionNumberConstraintFailed",
                            "Constrained to %lld, but current revision is "
                            "%"PRId64, want, have);
}

static struct api_error *
execute_create(struct api_call *call, struct api_ctx *ctx)
{
    struct json **elems = call->bulk ? json_array(call->input)->elems
                                     : &call->input;
    struct api_error *error = NULL;

    for (size_t i = 0; i < call->n_ids && !error; i++) {
        error = policy_check_create(ctx, call->res, elems[i]);
        if (!error) {
            error = quotas_check(ctx, call->res, elems[i]);
        }
        if (!error) {
            error = resource_create(call->res, ctx, &call->ids[i], elems[i]);
        }
    }
    return error;
}

/* Verbs on one object. */
static struct api_error *
execute_on_object(struct api_call *call, struct api_ctx *ctx)
{
    const struct res_child *child = call->child;
    struct api_error *error;
    const void **objs;
    const void *obj;
    size_t n;

    obj = resource_find_by_text(call->res, ctx, call->id, &error);
    if (!obj) {
        return error;
    }
    switch (call->verb) {
    case API_SHOW:
    case API_VIEW:
        error = policy_check_get(ctx, call->res, obj);
        if (error) {
            return error;
        }
        call->answer = json_object_create();
        json_object_put(call->answer, call->res->name,
                        call->view ? call->view->get(ctx, obj)
                        : resource_render(call->res, ctx, obj,
                                          &call->query));
        return NULL;

    case API_UPDATE:
        error = policy_check_update(ctx, call->res, obj, call->input);
        if (!error) {
            error = check_revision(call, ctx, obj);
        }
        return error ? error : resource_update(call->res, ctx, obj,
                                               call->input);

    case API_DELETE:
        error = policy_check_delete(ctx, call->res, obj);
        if (!error) {
            error = check_revision(call, ctx, obj);
        }
        return error ? error : resource_delete(call->res, ctx, obj);

    case API_ACTION:
        error = policy_check_member(ctx, call->res, obj, call->action->name,
                                    POLICY_UPDATE);
        return error ? error : call->action->run(ctx, obj, call->input,
                                                 &call->answer);

    case API_CHILD_LIST:
        error = policy_check_member(ctx, call->res, obj, child->name,
                                    POLICY_GET);
        if (error) {
            return error;
        }
        objs = NULL;
        n = 0;
        child->list(ctx, obj, &objs, &n);
        return list_objects(call, ctx, child->resource, child->collection,
                            objs, n);

    case API_CHILD_ADD:
        call->answer = json_null_create();
        error = policy_check_member(ctx, call->res, obj, child->name,
                                    POLICY_CREATE);
        return error ? error : child->add(ctx, obj, call->input);

    case API_CHILD_REMOVE:
        error = policy_check_member(ctx, call->res, obj, child->name,
                                    POLICY_DELETE);
        return error ? error : child->remove(ctx, obj, call->child_id);

    case API_TAGS_READ:
        return res_tags_read(call->res, ctx, obj, call->child_id,
                             &call->answer);

    case API_TAGS_WRITE:
        error = policy_check_member(ctx, call->res, obj, "tags",
                                    POLICY_UPDATE);
        if (!error) {
            error = check_revision(call, ctx, obj);
        }
        return (error ? error
                : is_method(call, "PUT")
                ? res_tags_put(call->res, ctx, obj, call->child_id,
                               call->input, &call->answer)
                : res_tags_delete(call->res, ctx, obj, call->child_id));

    case API_VERSIONS:
    case API_ROOT:
    case API_EXTENSIONS:
    case API_EXTENSION:
    case API_LIST:
    case API_TENANT:
    case API_CREATE:
    default:
        OVS_NOT_REACHED();
    }
}

/* Does what 'call' asks for, in call->txn if it writes. */
struct api_error *
api_call_execute(struct api_call *call, struct api_ctx *ctx)
{
    struct api_error *error;
    const void **objs;
    char *base;
    size_t n;

    if (call->parent_id) {
        ctx->parent = resource_find_by_text(call->res->parent, ctx,
                                            call->parent_id, &error);
        if (!ctx->parent) {
            return error;
        }
    }
    switch (call->verb) {
    case API_VERSIONS:
    case API_ROOT:
        base = base_url(call);
        call->answer = (call->verb == API_ROOT
                        ? extensions_collections(base)
                        : extensions_versions(base));
        free(base);
        return NULL;

    case API_EXTENSIONS:
        call->answer = extensions_list();
        return NULL;

    case API_EXTENSION:
        return extensions_show(call->path.segments[2], &call->answer);

    case API_TENANT:
        call->answer = json_object_create();
        json_object_put(call->answer, "tenant", json_object_create());
        json_object_put_string(
            shash_find_data(json_object(call->answer), "tenant"),
            "tenant_id", ctx->project_id);
        return NULL;

    case API_LIST:
        error = policy_check_list(ctx, call->res);
        if (error) {
            return error;
        }
        if (call->res->before_list) {
            call->res->before_list(ctx, &call->query);
        }
        resource_list_objects(call->res, ctx, &objs, &n);
        return list_objects(call, ctx, call->res, call->res->collection,
                            objs, n);

    case API_CREATE:
        return execute_create(call, ctx);

    case API_SHOW:
    case API_VIEW:
    case API_UPDATE:
    case API_DELETE:
    case API_ACTION:
    case API_CHILD_LIST:
    case API_CHILD_ADD:
    case API_CHILD_REMOVE:
    case API_TAGS_READ:
    case API_TAGS_WRITE:
        return execute_on_object(call, ctx);

    default:
        OVS_NOT_REACHED();
    }
}

/* Completes call->answer from the replica after the commit. */
struct api_error *
api_call_make_answer(struct api_call *call)
{
    struct api_ctx ctx = {
        .backend = call->backend,
        .idl = call->backend->idl,
        .caller = &call->caller,
        .project_id = call->caller.project_id,
    };
    struct api_error *error = NULL;

    if (call->verb == API_UPDATE) {
        const void *obj = resource_find_by_text(call->res, &ctx, call->id,
                                                &error);

        if (obj) {
            call->answer = json_object_create();
            json_object_put(call->answer, call->res->name,
                            resource_render(call->res, &ctx, obj, NULL));
        }
    } else if (call->verb == API_CREATE) {
        struct json *array = json_array_create_empty();

        for (size_t i = 0; i < call->n_ids; i++) {
            const void *obj = resource_find_object(call->res, &ctx,
                                                   &call->ids[i]);

            /* Gone already: somebody deleted it right away. */
            if (obj) {
                json_array_add(array,
                               resource_render(call->res, &ctx, obj, NULL));
            }
        }
        call->answer = json_object_create();
        if (call->bulk) {
            json_object_put(call->answer, call->res->collection, array);
        } else if (json_array(array)->n) {
            json_object_put(call->answer, call->res->name,
                            json_clone(json_array(array)->elems[0]));
            json_destroy(array);
        } else {
            char id[UUID_LEN + 1];

            json_destroy(array);
            snprintf(id, sizeof id, UUID_FMT, UUID_ARGS(&call->ids[0]));
            error = resource_not_found(call->res, id);
        }
    }
    api_ctx_clear(&ctx);
    return error;
}
