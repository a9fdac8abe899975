/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resources of the REST API as tables: what is the same for all of them.
 *
 * In: JSON bodies of requests.  Out: rows written into the request's
 * transaction; objects rendered as JSON from the replica.
 *
 * Invariants: nothing is written before the whole body is checked.  Every
 * change of a row verifies its revision_number and increments it, so that two
 * servers (or two requests in flight) never lose a change: one of them is
 * run again.
 *
 * Attributes with a column need no code: the type of the column tells how its
 * value looks in JSON.  How objects are shown is render.c's. */

#include <config.h>
#include "server/resource.h"

#include <stdlib.h>
#include <string.h>

#include "hmapx.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-data.h"
#include "ovsdb-idl-provider.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/policy.h"
#include "server/query.h"
#include "server/rbac.h"
#include "util.h"

const struct resource *const resources[] = {
    &res_network,
    &res_subnet,
    &res_port,
    &res_router,
    &res_floating_ip,
    &res_port_forwarding,
    &res_agent,
    &res_security_group,
    &res_security_group_rule,
    &res_address_group,
    &res_qos_policy,
    &res_qos_bandwidth,
    &res_qos_dscp,
    &res_qos_rule_type,
    &res_address_scope,
    &res_subnet_pool,
    &res_rbac,
    &res_quota,
    &res_zone,
    &res_ip_availability,
    &res_service_provider,
    &res_flavor,
    &res_service_profile,
    NULL
};

/* Has 'ctx' free 'p' at its end.  Returns 'p'. */
void *
api_ctx_keep(struct api_ctx *ctx, void *p)
{
    if (ctx->n_garbage >= ctx->allocated_garbage) {
        ctx->garbage = x2nrealloc(ctx->garbage, &ctx->allocated_garbage,
                                  sizeof *ctx->garbage);
    }
    ctx->garbage[ctx->n_garbage++] = p;
    return p;
}

void
api_ctx_clear(struct api_ctx *ctx)
{
    for (size_t i = 0; i < ctx->n_garbage; i++) {
        free(ctx->garbage[i]);
    }
    if (ctx->touched) {
        hmapx_destroy(ctx->touched);
        free(ctx->touched);
        ctx->touched = NULL;
    }
    free(ctx->garbage);
    ctx->garbage = NULL;
    ctx->n_garbage = ctx->allocated_garbage = 0;
}

/* The path of 'res', below "/v2.0" or below an object of its parent. */
const char *
resource_path(const struct resource *res)
{
    return res->path ? res->path : res->collection;
}

/* Returns the resource below 'parent' (NULL: at the top) that the segments of
 * 'path' from '*pos' on name, and moves '*pos' behind them; NULL if there is
 * none. */
const struct resource *
resource_find(const struct resource *parent, const struct path *path,
              size_t *pos)
{
    for (size_t i = 0; resources[i]; i++) {
        const char *s = resource_path(resources[i]);
        size_t n = *pos;

        if (resources[i]->parent != parent) {
            continue;
        }
        while (*s && n < path->n) {
            size_t len = strcspn(s, "/");

            if (strlen(path->segments[n]) != len
                || strncmp(path->segments[n], s, len)) {
                break;
            }
            n++;
            s += len + (s[len] == '/');
        }
        if (!*s) {
            *pos = n;
            return resources[i];
        }
    }
    return NULL;
}

const struct res_attr *
resource_find_attr(const struct resource *res, const char *name)
{
    for (size_t i = 0; i < res->n_attrs; i++) {
        if (!strcmp(res->attrs[i].name, name)) {
            return &res->attrs[i];
        }
    }
    return NULL;
}

/* The attribute that identifies an object of 'res'. */
const struct res_attr *
resource_key(const struct resource *res)
{
    return resource_find_attr(res, res->key ? res->key : "id");
}

/* Objects. */

static bool
is_child_of(const struct resource *res, const struct ovsdb_idl_row *row,
            const struct ovsdb_idl_row *parent)
{
    const struct ovsdb_datum *datum = ovsdb_idl_read(row, res->parent_column);

    return datum->n && uuid_equals(&datum->keys[0].uuid, &parent->uuid);
}

/* Returns the object 'id', or NULL if there is none that the caller sees,
 * below ctx->parent if there is one. */
const void *
resource_find_object(const struct resource *res, struct api_ctx *ctx,
                     const struct uuid *id)
{
    const void *obj;

    if (!res->table) {
        obj = res->find ? res->find(ctx, id) : NULL;
        return obj && policy_sees(ctx, res, obj) ? obj : NULL;
    }
    obj = ovsdb_idl_get_row_for_uuid(ctx->idl, res->table, id);
    if (!obj || (res->is_kind && !res->is_kind(obj))
        || !policy_sees(ctx, res, obj)
        || (res->parent && ctx->parent
            && !is_child_of(res, obj, ctx->parent))) {
        return NULL;
    }
    return obj;
}

struct api_error *
resource_not_found(const struct resource *res, const char *id)
{
    struct api_error *error;
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *hole = strstr(res->not_found_format, "%s");

    ds_put_buffer(&s, res->not_found_format, hole - res->not_found_format);
    ds_put_cstr(&s, id);
    ds_put_cstr(&s, hole + 2);
    error = api_error_create(404, res->not_found, "%s", ds_cstr(&s));
    ds_destroy(&s);
    return error;
}

/* Returns the object with 'id' as a client wrote it.  If there is none,
 * returns NULL and stores the error into '*errorp'. */
const void *
resource_find_by_text(const struct resource *res, struct api_ctx *ctx,
                      const char *id, struct api_error **errorp)
{
    const void *obj = NULL;
    struct uuid uuid;

    if (res->find_text) {
        obj = res->find_text(ctx, id);
    } else if (attr_parse_uuid(id, &uuid)) {
        obj = resource_find_object(res, ctx, &uuid);
    }
    *errorp = obj ? NULL : resource_not_found(res, id);
    return obj;
}

/* Stores all objects that the caller sees (of a nested resource, those below
 * ctx->parent) into '*objs', which the caller must free, and their number into
 * '*n'. */
void
resource_list_objects(const struct resource *res, struct api_ctx *ctx,
                      const void ***objs, size_t *n)
{
    const struct ovsdb_idl_row *row;
    size_t allocated = 0;

    *objs = NULL;
    *n = 0;
    if (res->parent) {
        res->list_of(ctx, ctx->parent, objs, n);
        return;
    }
    if (!res->table) {
        size_t seen = 0;

        res->list(ctx, objs, n);
        for (size_t i = 0; i < *n; i++) {
            if (policy_sees(ctx, res, (*objs)[i])) {
                (*objs)[seen++] = (*objs)[i];
            }
        }
        *n = seen;
        return;
    }
    for (row = ovsdb_idl_first_row(ctx->idl, res->table); row;
         row = ovsdb_idl_next_row(row)) {
        if (!policy_sees(ctx, res, row)) {
            continue;
        }
        if (*n >= allocated) {
            *objs = x2nrealloc(*objs, &allocated, sizeof **objs);
        }
        (*objs)[(*n)++] = row;
    }
}

/* Requests. */

/* Makes project_id and tenant_id of 'body' agree.  For a create, fills in the
 * caller's; only the admin may give another. */
static struct api_error *
body_populate_project(struct json *body, const struct api_caller *caller,
                      bool is_create)
{
    struct shash *object = json_object(body);
    const struct json *project = shash_find_data(object, "project_id");
    const struct json *tenant = shash_find_data(object, "tenant_id");

    if (project && tenant && !json_equal(project, tenant)) {
        return api_error_create(400, "HTTPBadRequest",
                                "'project_id' and 'tenant_id' do not match");
    }
    if (!project && !tenant && is_create) {
        json_object_put_string(body, "project_id", caller->project_id);
        json_object_put_string(body, "tenant_id", caller->project_id);
        return NULL;
    }
    if (project && !tenant) {
        json_object_put(body, "tenant_id", json_clone(project));
    } else if (tenant && !project) {
        json_object_put(body, "project_id", json_clone(tenant));
    }
    project = project ? project : tenant;
    if (project && !caller->is_admin
        && (project->type != JSON_STRING
            || strcmp(json_string(project), caller->project_id))) {
        return api_error_create(
            400, "HTTPBadRequest", "Specifying 'project_id' or 'tenant_id' "
            "other than the authenticated project in request requires admin "
            "privileges");
    }
    return NULL;
}

static struct api_error *
body_refuse_unknown(const struct resource *res, const struct json *body)
{
    struct ds unknown = DS_EMPTY_INITIALIZER;
    const struct shash_node **nodes = shash_sort(json_object(body));
    struct api_error *error = NULL;

    for (size_t i = 0; i < shash_count(json_object(body)); i++) {
        if (!resource_find_attr(res, nodes[i]->name)) {
            ds_put_format(&unknown, "%s%s", unknown.length ? ", " : "",
                          nodes[i]->name);
        }
    }
    if (unknown.length) {
        error = api_error_create(400, "HTTPBadRequest",
                                 "Unrecognized attribute(s) '%s'",
                                 ds_cstr(&unknown));
    }
    free(nodes);
    ds_destroy(&unknown);
    return error;
}

static struct json *
parse_default(const struct res_attr *attr)
{
    /* The parser wants an object or an array at the top. */
    char *text = xasprintf("[%s]", attr->def);
    struct json *array = json_from_string(text);
    struct json *def;

    ovs_assert(array->type == JSON_ARRAY && json_array(array)->n == 1);
    def = json_clone(json_array(array)->elems[0]);
    json_destroy(array);
    free(text);
    return def;
}

static struct api_error *
body_check_allowed(const struct resource *res, bool is_create,
                   struct json *body)
{
    for (size_t i = 0; i < res->n_attrs; i++) {
        const struct res_attr *attr = &res->attrs[i];
        bool given = shash_find(json_object(body), attr->name);

        if (!is_create) {
            if (given && !(attr->flags & RES_PUT)
                && strcmp(attr->name, "project_id")
                && strcmp(attr->name, "tenant_id")) {
                return api_error_create(
                    400, "HTTPBadRequest",
                    "Cannot update read-only attribute %s", attr->name);
            }
        } else if (given && !(attr->flags & RES_POST)) {
            return api_error_create(400, "HTTPBadRequest",
                                    "Attribute '%s' not allowed in POST",
                                    attr->name);
        } else if (!given && attr->flags & RES_REQUIRED) {
            return api_error_create(
                400, "HTTPBadRequest", "Failed to parse request. "
                "Required attribute '%s' not specified", attr->name);
        } else if (!given && attr->def) {
            json_object_put(body, attr->name, parse_default(attr));
        }
    }
    return NULL;
}

/* True if 'value' is what POST fills in for the attribute 'name'. */
bool
resource_is_default(const struct resource *res, const char *name,
                    const struct json *value)
{
    const struct res_attr *attr = resource_find_attr(res, name);
    struct json *def = attr && attr->def ? parse_default(attr) : NULL;
    bool is_default = def && json_equal(def, value);

    json_destroy(def);
    return is_default;
}

/* Checks 'input', the object that 'caller' sent for one 'res', as Neutron
 * does.  On success stores it with defaults and conversions into '*bodyp',
 * which the caller must destroy. */
struct api_error *
resource_prepare_body(const struct resource *res,
                      const struct api_caller *caller, bool is_create,
                      const struct json *input, struct json **bodyp)
{
    bool has_project = resource_find_attr(res, "project_id") != NULL;
    struct json *body = json_deep_clone(input);
    struct api_error *error = NULL;

    *bodyp = NULL;
    if (has_project) {
        if (!is_create
            && (shash_find(json_object(input), "project_id")
                || shash_find(json_object(input), "tenant_id"))) {
            error = api_error_create(
                400, "HTTPBadRequest", "Cannot update read-only attribute "
                "%s", shash_find(json_object(input), "project_id")
                ? "project_id" : "tenant_id");
        } else {
            error = body_populate_project(body, caller, is_create);
        }
    }
    if (!error) {
        error = body_refuse_unknown(res, body);
    }
    if (!error) {
        error = body_check_allowed(res, is_create, body);
    }
    for (size_t i = 0; i < res->n_attrs && !error; i++) {
        const struct res_attr *attr = &res->attrs[i];
        struct shash_node *node = shash_find(json_object(body), attr->name);

        if (node && attr->check) {
            error = attr->check(attr, (struct json **) &node->data);
        }
    }
    if (error) {
        json_destroy(body);
    } else {
        *bodyp = body;
    }
    return error;
}

static void
json_to_atom(const struct json *json, enum ovsdb_atomic_type type,
             union ovsdb_atom *atom)
{
    switch (type) {
    case OVSDB_TYPE_INTEGER:
        atom->integer = json_integer(json);
        break;
    case OVSDB_TYPE_BOOLEAN:
        atom->boolean = json_boolean(json);
        break;
    case OVSDB_TYPE_STRING:
        atom->s = json_string_create(json_string(json));
        break;
    case OVSDB_TYPE_REAL:
    case OVSDB_TYPE_UUID:
    case OVSDB_TYPE_VOID:
    case OVSDB_N_TYPES:
    default:
        OVS_NOT_REACHED();
    }
}

/* The reverse of column_to_json(), for a value that was checked. */
static void
column_write_json(const struct ovsdb_idl_row *row,
                  const struct ovsdb_idl_column *column,
                  const struct json *json)
{
    const struct ovsdb_type *type = &column->type;
    bool is_map = ovsdb_type_is_map(type);
    struct ovsdb_datum datum;
    size_t n;

    ovsdb_datum_init_empty(&datum);
    n = (json->type == JSON_NULL ? 0
         : json->type == JSON_ARRAY ? json_array(json)->n
         : 1);
    if (!n && type->n_min) {
        ovsdb_datum_init_default(&datum, type);
    } else if (n) {
        datum.keys = xcalloc(n, sizeof *datum.keys);
        datum.values = is_map ? xcalloc(n, sizeof *datum.values) : NULL;
        datum.n = n;
        for (size_t i = 0; i < n; i++) {
            const struct json *elem = (json->type == JSON_ARRAY
                                       ? json_array(json)->elems[i] : json);

            if (is_map) {
                datum.keys[i].integer = i;
                json_to_atom(elem, type->value.type, &datum.values[i]);
            } else {
                json_to_atom(elem, type->key.type, &datum.keys[i]);
            }
        }
        ovsdb_datum_sort_unique(&datum, type);
    }
    /* Every write moves the row in all indexes of its table.  Half of the
     * columns of a new row have their defaults. */
    if (ovsdb_datum_equals(ovsdb_idl_read(row, column), &datum, type)) {
        ovsdb_datum_destroy(&datum, type);
    } else {
        ovsdb_idl_txn_write(row, column, &datum);
    }
}

static void
resource_write_columns(const struct resource *res,
                       const struct ovsdb_idl_row *row,
                       const struct json *body)
{
    for (size_t i = 0; i < res->n_attrs; i++) {
        const struct res_attr *attr = &res->attrs[i];
        const struct json *value = body_get(body, attr->name);

        if (value && attr->column && !(attr->flags & RES_MANUAL)) {
            column_write_json(row, attr->column, value);
        }
    }
}

static void
column_write_int(const struct ovsdb_idl_row *row,
                 const struct ovsdb_idl_column *column, int64_t n)
{
    struct json *json = json_integer_create(n);

    column_write_json(row, column, json);
    json_destroy(json);
}

static void
column_write_reference(const struct ovsdb_idl_row *row,
                       const struct ovsdb_idl_column *column,
                       const struct ovsdb_idl_row *to)
{
    union ovsdb_atom key = { .uuid = to->uuid };
    struct ovsdb_datum datum;

    /* The IDL keeps the datum, so it must not be on the stack. */
    ovsdb_datum_init_empty(&datum);
    ovsdb_datum_add_unsafe(&datum, &key, NULL, &column->type, NULL);
    ovsdb_idl_txn_write(row, column, &datum);
}

/* Sets times and revision of a row that was inserted. */
void
resource_init_standard(struct api_ctx *ctx, const struct res_standard *std,
                       const struct ovsdb_idl_row *row)
{
    column_write_int(row, std->created_at, ctx->now);
    column_write_int(row, std->updated_at, ctx->now);
    column_write_int(row, std->revision_number, 0);
}

/* Notes a change of 'row'.  The transaction will be refused if anybody else
 * changes it meanwhile. */
void
resource_touch(struct api_ctx *ctx, const struct res_standard *std,
               const struct ovsdb_idl_row *row)
{
    const struct ovsdb_datum *revision;

    /* One request is one revision; that of a new row is 0. */
    if (!row->old_datum) {
        return;
    }
    if (!ctx->touched) {
        ctx->touched = xmalloc(sizeof *ctx->touched);
        hmapx_init(ctx->touched);
    }
    if (!hmapx_add(ctx->touched, CONST_CAST(void *, (const void *) row))) {
        return;
    }
    ovsdb_idl_txn_verify(row, std->revision_number);
    revision = ovsdb_idl_read(row, std->revision_number);
    column_write_int(row, std->revision_number,
                     revision->keys[0].integer + 1);
    column_write_int(row, std->updated_at, ctx->now);
}

/* Creates one 'res' with 'id' from 'body', which was prepared, in the
 * context's transaction. */
struct api_error *
resource_create(const struct resource *res, struct api_ctx *ctx,
                const struct uuid *id, const struct json *body)
{
    const struct ovsdb_idl_row *row;

    row = ovsdb_idl_txn_insert_persist_uuid(ctx->txn, res->table, id);
    if (res->standard) {
        resource_init_standard(ctx, res->standard, row);
    }
    if (res->parent) {
        column_write_reference(row, res->parent_column, ctx->parent);
    }
    resource_write_columns(res, row, body);
    return res->create ? res->create(ctx, row, body) : NULL;
}

/* Changes 'obj' by 'body', which was prepared. */
struct api_error *
resource_update(const struct resource *res, struct api_ctx *ctx,
                const void *obj, const struct json *body)
{
    struct api_error *error;

    if (res->standard) {
        resource_touch(ctx, res->standard, obj);
    }
    error = res->update ? res->update(ctx, obj, body) : NULL;
    if (!error && res->table) {
        resource_write_columns(res, obj, body);
    }
    return error;
}

/* Deletes 'obj'. */
struct api_error *
resource_delete(const struct resource *res, struct api_ctx *ctx,
                const void *obj)
{
    struct api_error *error;

    error = res->destroy ? res->destroy(ctx, obj) : NULL;
    if (!error && res->rbac_type) {
        rbac_delete_all(ctx->backend, obj, NULL);
    }
    if (!error && res->table) {
        ovsdb_idl_txn_delete(obj);
    }
    return error;
}
