/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resources of the REST API as tables: how objects are shown.
 *
 * In: rows of the replica, or what a resource has instead.  Out: the value of
 * an attribute (resource_get(), which filters and sort keys use), or a whole
 * object as text.  Objects are not made as trees of "struct json", which
 * would take several times the time and the memory in a list of thousands:
 * the text goes into the answer as JSON_SERIALIZED_OBJECT.
 *
 * Reads only. */

#include <config.h>
#include "server/resource.h"

#include <float.h>
#include <inttypes.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-data.h"
#include "ovsdb-idl-provider.h"
#include "ovsdb-idl.h"
#include "server/policy.h"
#include "server/query.h"
#include "util.h"

static struct json *
atom_to_json(const union ovsdb_atom *atom, enum ovsdb_atomic_type type)
{
    switch (type) {
    case OVSDB_TYPE_INTEGER:
        return json_integer_create(atom->integer);
    case OVSDB_TYPE_REAL:
        return json_real_create(atom->real);
    case OVSDB_TYPE_BOOLEAN:
        return json_boolean_create(atom->boolean);
    case OVSDB_TYPE_STRING:
        return json_clone(atom->s);
    case OVSDB_TYPE_UUID:
        return json_uuid(&atom->uuid);
    case OVSDB_TYPE_VOID:
    case OVSDB_N_TYPES:
    default:
        OVS_NOT_REACHED();
    }
}

/* What a column looks like in JSON.  Scalar: its value.  Optional: value or
 * null.  Set: list.  Map: list of its values in the order of the keys
 * (dns_nameservers). */
struct shape {
    const union ovsdb_atom *atoms;
    size_t n;
    enum ovsdb_atomic_type type;
    bool is_list;
};

static struct shape
get_shape(const struct ovsdb_idl_row *row,
          const struct ovsdb_idl_column *column)
{
    const struct ovsdb_datum *datum = ovsdb_idl_read(row, column);
    const struct ovsdb_type *type = &column->type;
    bool is_map = ovsdb_type_is_map(type);

    return (struct shape) {
        .atoms = is_map ? datum->values : datum->keys,
        .n = datum->n,
        .type = is_map ? type->value.type : type->key.type,
        .is_list = type->n_max != 1 || is_map,
    };
}

static struct json *
column_to_json(const struct ovsdb_idl_row *row,
               const struct ovsdb_idl_column *column)
{
    struct shape shape = get_shape(row, column);
    struct json *array;

    if (!shape.is_list) {
        return (shape.n ? atom_to_json(&shape.atoms[0], shape.type)
                : json_null_create());
    }
    array = json_array_create_empty();
    for (size_t i = 0; i < shape.n; i++) {
        json_array_add(array, atom_to_json(&shape.atoms[i], shape.type));
    }
    return array;
}

/* Returns the value of 'attr' in 'obj', which the caller must destroy, or
 * NULL if 'obj' does not show it or the caller of the API may not see it. */
struct json *
resource_get(const struct res_attr *attr, struct api_ctx *ctx,
             const void *obj)
{
    return (policy_hides(ctx, attr) ? NULL
            : attr->get ? attr->get(ctx, obj)
            : !attr->column ? NULL
            : attr->flags & RES_TIME
            ? json_time(ovsdb_idl_read(obj, attr->column)->keys[0].integer,
                        false)
            : column_to_json(obj, attr->column));
}

bool
resource_query_has_field(const struct query *query, const char *name)
{
    bool any = false;

    for (size_t i = 0; i < query->n; i++) {
        if (!strcmp(query->args[i].key, "fields") && query->args[i].value[0]) {
            any = true;
            if (!strcmp(query->args[i].value, name)) {
                return true;
            }
        }
    }
    return !any;
}

static void
put_uuid(struct ds *s, const struct uuid *uuid)
{
    static const char digits[] = "0123456789abcdef";
    char *p = ds_put_uninit(s, UUID_LEN + 2);

    *p++ = '"';
    for (size_t i = 0; i < 4; i++) {
        for (int shift = 28; shift >= 0; shift -= 4) {
            *p++ = digits[(uuid->parts[i] >> shift) & 0xf];
            if (shift == 16 && (i == 1 || i == 2)) {
                *p++ = '-';
            }
        }
        if (i == 0 || i == 1) {
            *p++ = '-';
        }
    }
    *p = '"';
}

static void
put_atom(struct ds *s, const union ovsdb_atom *atom,
         enum ovsdb_atomic_type type)
{
    switch (type) {
    case OVSDB_TYPE_INTEGER:
        ds_put_format(s, "%"PRId64, atom->integer);
        break;
    case OVSDB_TYPE_REAL:
        ds_put_format(s, "%.*g", DBL_DIG, atom->real);
        break;
    case OVSDB_TYPE_BOOLEAN:
        ds_put_cstr(s, atom->boolean ? "true" : "false");
        break;
    case OVSDB_TYPE_STRING:
        json_to_ds(atom->s, 0, s);
        break;
    case OVSDB_TYPE_UUID:
        put_uuid(s, &atom->uuid);
        break;
    case OVSDB_TYPE_VOID:
    case OVSDB_N_TYPES:
    default:
        OVS_NOT_REACHED();
    }
}

/* What column_to_json() makes, as text. */
static void
put_column(struct ds *s, const struct ovsdb_idl_row *row,
           const struct ovsdb_idl_column *column)
{
    struct shape shape = get_shape(row, column);

    if (!shape.is_list && !shape.n) {
        ds_put_cstr(s, "null");
        return;
    }
    if (shape.is_list) {
        ds_put_char(s, '[');
    }
    for (size_t i = 0; i < shape.n; i++) {
        if (i) {
            ds_put_char(s, ',');
        }
        put_atom(s, &shape.atoms[i], shape.type);
    }
    if (shape.is_list) {
        ds_put_char(s, ']');
    }
}

/* Appends 'obj' as JSON text to 's', with the fields that 'query' asks for;
 * all if 'query' is NULL. */
void
resource_render_to(struct ds *s, const struct resource *res,
                   struct api_ctx *ctx, const void *obj,
                   const struct query *query)
{
    char separator = '{';

    for (size_t i = 0; i < res->n_attrs; i++) {
        const struct res_attr *attr = &res->attrs[i];
        bool is_plain = (attr->column && !attr->get
                         && !(attr->flags & RES_TIME));
        struct json *value = NULL;

        if (attr->flags & RES_HIDDEN || policy_hides(ctx, attr)
            || (query && !resource_query_has_field(query, attr->name))) {
            continue;
        }
        if (!is_plain) {
            value = resource_get(attr, ctx, obj);
            if (!value) {
                continue;
            }
        }
        ds_put_char(s, separator);
        separator = ',';
        ds_put_char(s, '"');
        ds_put_cstr(s, attr->name);
        ds_put_cstr(s, "\":");
        if (is_plain) {
            put_column(s, obj, attr->column);
        } else {
            json_to_ds(value, 0, s);
            json_destroy(value);
        }
    }
    ds_put_cstr(s, separator == '{' ? "{}" : "}");
}

/* Returns the JSON text in 's', which this takes over, as a value that can
 * only be put into an answer. */
struct json *
json_from_text(struct ds *s)
{
    struct json *json = json_string_create_nocopy(ds_steal_cstr(s));

    json->type = JSON_SERIALIZED_OBJECT;
    return json;
}

/* Returns what resource_render_to() appends, as json_from_text() does. */
struct json *
resource_render(const struct resource *res, struct api_ctx *ctx,
                const void *obj, const struct query *query)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    resource_render_to(&s, res, ctx, obj, query);
    return json_from_text(&s);
}
