/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef RESOURCE_H
#define RESOURCE_H 1

/* Resources of the REST API as tables.
 *
 * A resource is a table of attributes and a few hooks.  The verbs in api.c
 * and the list rules in res-list.c serve all of them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uuid.h"

struct api_caller;
struct api_ctx;
struct api_error;
struct backend;
struct ds;
struct hmapx;
struct json;
struct l3harec_network;
struct ovsdb_idl_column;
struct ovsdb_idl_row;
struct ovsdb_idl_table_class;
struct path;
struct query;
struct res_attr;
struct resource;

/* What every hook gets.  Valid for one run of one request. */
struct api_ctx {
    struct backend *backend;
    struct ovsdb_idl *idl;
    struct ovsdb_idl_txn *txn;  /* NULL in a request that only reads. */
    const struct api_caller *caller; /* See policy.h. */
    const char *project_id;     /* Of the caller. */
    const void *parent;         /* Of the objects of a nested resource. */
    long long int now;          /* Milliseconds since the epoch. */
    struct hmapx *touched;      /* Rows that this call changed; NULL: none. */
    void **garbage;             /* Freed with the context. */
    size_t n_garbage, allocated_garbage;
};

void *api_ctx_keep(struct api_ctx *, void *);
void api_ctx_clear(struct api_ctx *);

/* Flags of an attribute. */
#define RES_POST (1u << 0)      /* May be set by POST. */
#define RES_PUT (1u << 1)       /* May be changed by PUT. */
#define RES_FILTER (1u << 2)    /* Lists may be filtered by it. */
#define RES_SORT (1u << 3)      /* Lists may be sorted by it. */
#define RES_REQUIRED (1u << 4)  /* POST must have it. */
#define RES_HIDDEN (1u << 5)    /* Input or filter only: not in answers. */
#define RES_MANUAL (1u << 6)    /* A hook writes it, even if it has a
                                 * column. */
#define RES_TIME (1u << 7)      /* The column holds milliseconds. */

#define RES_RO (RES_FILTER | RES_SORT)
#define RES_PO (RES_RO | RES_POST)
#define RES_RW (RES_PO | RES_PUT)

/* Converts '*valuep' to the form that hooks and columns expect and checks it.
 * attr.h has the stock. */
typedef struct api_error *res_check_func(const struct res_attr *,
                                         struct json **valuep);

/* Value in answers, owned by the caller.  NULL leaves the attribute out.
 * 'obj' is a database row or what the resource's find() and list() give. */
typedef struct json *res_get_func(struct api_ctx *, const void *obj);

/* True if 'obj' passes the filter 'value'. */
typedef bool res_match_func(struct api_ctx *, const void *obj,
                            const char *value);

struct res_attr {
    const char *name;
    unsigned int flags;
    res_check_func *check;      /* NULL if it can never be set. */
    int64_t max;                /* For 'check': see attr.h. */
    const char *const *values;  /* For 'check': see attr.h. */
    const char *def;            /* JSON: what POST fills in, or NULL. */
    const struct ovsdb_idl_column *column; /* Generic getter and setter. */
    res_get_func *get;          /* Instead of the generic getter. */
    res_match_func *match;      /* Instead of comparing the value. */
};

/* What every core resource has, from the columns of its 'table', and what all
 * but some have. */
#define RES_NAMELESS_ATTRS(TABLE)                                       \
    { .name = "id", .flags = RES_RO, .get = res_get_id,                 \
      .match = res_match_id },                                          \
    { .name = "project_id", .flags = RES_PO, .check = attr_string,      \
      .max = 255, .column = &l3harec_##TABLE##_col_project_id },        \
    { .name = "tenant_id", .flags = RES_PO, .check = attr_string,       \
      .max = 255, .column = &l3harec_##TABLE##_col_project_id },        \
    { .name = "description", .flags = RES_RW, .check = attr_string,     \
      .max = 255, .def = "\"\"",                                        \
      .column = &l3harec_##TABLE##_col_description },                   \
    { .name = "created_at", .flags = RES_RO | RES_TIME,                 \
      .column = &l3harec_##TABLE##_col_created_at },                    \
    { .name = "updated_at", .flags = RES_RO | RES_TIME,                 \
      .column = &l3harec_##TABLE##_col_updated_at },                    \
    { .name = "revision_number", .flags = RES_RO,                       \
      .column = &l3harec_##TABLE##_col_revision_number }
#define RES_TAGS_ATTR(TABLE)                                            \
    { .name = "tags", .flags = 0,                                       \
      .column = &l3harec_##TABLE##_col_tags }
#define RES_STANDARD_ATTRS(TABLE)                                       \
    RES_NAMELESS_ATTRS(TABLE),                                          \
    RES_TAGS_ATTR(TABLE),                                               \
    { .name = "name", .flags = RES_RW, .check = attr_name, .max = 255,  \
      .def = "\"\"", .column = &l3harec_##TABLE##_col_name }

/* Methods that a resource has. */
#define RES_CAN_CREATE (1u << 0)
#define RES_CAN_UPDATE (1u << 1)
#define RES_CAN_DELETE (1u << 2)
#define RES_CAN_ALL (RES_CAN_CREATE | RES_CAN_UPDATE | RES_CAN_DELETE)

/* Columns that every core resource has. */
struct res_standard {
    const struct ovsdb_idl_column *created_at;
    const struct ovsdb_idl_column *updated_at;
    const struct ovsdb_idl_column *revision_number;
    const struct ovsdb_idl_column *tags; /* NULL: no tags. */
};

/* PUT /COLLECTION/ID/NAME.  'obj' is the object, 'body' the request's (an
 * empty object if there was none).  Stores into '*answerp' what is to be
 * answered when the transaction is committed. */
typedef struct api_error *res_action_func(struct api_ctx *, const void *obj,
                                          const struct json *body,
                                          struct json **answerp);

struct res_action {
    const char *name;
    res_action_func *run;
};

/* GET /COLLECTION/ID/NAME: the object as seen from another side.  The value
 * is answered in the envelope of the resource. */
struct res_view {
    const char *name;
    res_get_func *get;
};

/* /COLLECTION/ID/NAME as a collection of its own. */
struct res_child {
    const char *name;
    const char *collection;     /* Key in the answer of the list. */
    const struct resource *resource; /* How the children are shown. */
    /* Appends the children of 'parent' to 'objs'. */
    void (*list)(struct api_ctx *, const void *parent,
                 const void ***objs, size_t *n);
    /* POST with 'body', DELETE of 'id'; NULL if there are none. */
    struct api_error *(*add)(struct api_ctx *, const void *parent,
                             const struct json *body);
    struct api_error *(*remove)(struct api_ctx *, const void *parent,
                                const char *id);
};

struct resource {
    const char *name;           /* "network". */
    const char *collection;     /* "networks". */
    const char *path;           /* "security-groups", "qos/policies"; NULL if
                                 * it is 'collection'. */
    unsigned int methods;
    const struct res_attr *attrs;
    size_t n_attrs;

    /* 404. */
    const char *not_found;      /* "NetworkNotFound". */
    const char *not_found_format; /* "Network %s could not be found.". */

    /* A list with a marker that is gone: 404, or the first page. */
    bool marker_is_checked;

    /* For a resource that is a table of the database. */
    const struct ovsdb_idl_table_class *table;
    const struct res_standard *standard; /* NULL if it has none of these. */

    /* If several resources are in one table: true for a row of this one. */
    bool (*is_kind)(const void *obj);

    /* For a nested resource, below /PARENTS/ID: that resource, the column
     * that refers to its row (written by a create), and the list, as that of
     * struct res_child. */
    const struct resource *parent;
    const struct ovsdb_idl_column *parent_column;
    void (*list_of)(struct api_ctx *, const void *parent,
                    const void ***objs, size_t *n);

    /* For any other: all objects; one object or NULL, by UUID or by any
     * text. */
    void (*list)(struct api_ctx *, const void ***objs, size_t *n);
    const void *(*find)(struct api_ctx *, const struct uuid *);
    const void *(*find_text)(struct api_ctx *, const char *);
    const char *key;            /* Attribute that identifies an object; NULL:
                                 * "id". */

    /* What a list makes sure of first, in a transaction.  NULL: nothing. */
    void (*before_list)(struct api_ctx *, const struct query *);

    /* For policy.c, any may be NULL: the network of an object, whose project
     * has rights on the object; true if another's object is shared with the
     * caller's project, or is a network that it may use as external. */
    const struct l3harec_network *(*get_network)(const void *obj);
    const char *rbac_type;      /* object_type of its RBAC policies, or
                                 * NULL. */
    bool (*is_shared)(struct api_ctx *, const void *obj);
    bool (*is_external)(struct api_ctx *, const void *obj);

    /* Hooks, any may be NULL.  'body' is checked, with defaults.  create()
     * comes after and update() before the generic columns are written,
     * destroy() before the row is deleted. */
    struct api_error *(*create)(struct api_ctx *, const void *obj,
                                const struct json *body);
    struct api_error *(*update)(struct api_ctx *, const void *obj,
                                const struct json *body);
    struct api_error *(*destroy)(struct api_ctx *, const void *obj);

    const struct res_action *actions;
    size_t n_actions;
    const struct res_child *children;
    size_t n_children;
    const struct res_view *views;
    size_t n_views;
};

#define RES_TIME_COLUMNS(TABLE)                                         \
        .created_at = &l3harec_##TABLE##_col_created_at,                \
        .updated_at = &l3harec_##TABLE##_col_updated_at,                \
        .revision_number = &l3harec_##TABLE##_col_revision_number
#define RES_STANDARD_COLUMNS(TABLE) { RES_TIME_COLUMNS(TABLE) }
#define RES_TAGGED_COLUMNS(TABLE)                                       \
    { RES_TIME_COLUMNS(TABLE), .tags = &l3harec_##TABLE##_col_tags }

extern const struct res_standard std_network, std_subnet, std_port,
                                 std_router, std_security_group,
                                 std_security_group_rule, std_address_group,
                                 std_floating_ip, std_qos_policy,
                                 std_address_scope, std_subnet_pool;

/* All resources, ended by NULL. */
extern const struct resource *const resources[];
const char *resource_path(const struct resource *);
const struct resource *resource_find(const struct resource *parent,
                                     const struct path *, size_t *pos);

extern const struct resource res_network;
extern const struct resource res_subnet;
extern const struct resource res_port;
extern const struct resource res_router;
extern const struct resource res_floating_ip;
extern const struct resource res_port_forwarding;
extern const struct resource res_agent;
extern const struct resource res_security_group;
extern const struct resource res_security_group_rule;
extern const struct resource res_address_group;
extern const struct resource res_qos_policy;
extern const struct resource res_qos_bandwidth;
extern const struct resource res_qos_dscp;
extern const struct resource res_qos_rule_type;
extern const struct resource res_address_scope;
extern const struct resource res_subnet_pool;
extern const struct resource res_rbac;
extern const struct resource res_quota;
extern const struct resource res_zone;
extern const struct resource res_ip_availability;
extern const struct resource res_service_provider;
extern const struct resource res_flavor;
extern const struct resource res_service_profile;

const struct res_attr *resource_find_attr(const struct resource *,
                                          const char *name);
const struct res_attr *resource_key(const struct resource *);

/* Objects. */
const void *resource_find_object(const struct resource *, struct api_ctx *,
                                 const struct uuid *);
const void *resource_find_by_text(const struct resource *, struct api_ctx *,
                                  const char *id, struct api_error **);
void resource_list_objects(const struct resource *, struct api_ctx *,
                           const void ***objs, size_t *n);
struct api_error *resource_not_found(const struct resource *, const char *id);

/* Answers. */
struct json *resource_get(const struct res_attr *, struct api_ctx *,
                          const void *obj);
bool resource_query_has_field(const struct query *, const char *name);
void resource_render_to(struct ds *, const struct resource *,
                        struct api_ctx *, const void *obj,
                        const struct query *);
struct json *json_from_text(struct ds *);
struct json *resource_render(const struct resource *, struct api_ctx *,
                             const void *obj, const struct query *);

/* Requests. */
bool resource_is_default(const struct resource *, const char *name,
                         const struct json *value);
struct api_error *resource_prepare_body(const struct resource *,
                                        const struct api_caller *,
                                        bool is_create,
                                        const struct json *input,
                                        struct json **bodyp);
struct api_error *resource_create(const struct resource *, struct api_ctx *,
                                  const struct uuid *id,
                                  const struct json *body);
struct api_error *resource_update(const struct resource *, struct api_ctx *,
                                  const void *obj, const struct json *body);
struct api_error *resource_delete(const struct resource *, struct api_ctx *,
                                  const void *obj);

/* For hooks that change rows of other resources than the request's. */
void resource_touch(struct api_ctx *, const struct res_standard *,
                    const struct ovsdb_idl_row *);
void resource_init_standard(struct api_ctx *, const struct res_standard *,
                            const struct ovsdb_idl_row *);

/* Members of a checked body.  Absent or null: NULL, 'def'. */
const struct json *body_get(const struct json *body, const char *name);
bool body_has(const struct json *body, const char *name);
const char *body_string(const struct json *body, const char *name);
bool body_bool(const struct json *body, const char *name, bool def);
int64_t body_int(const struct json *body, const char *name, int64_t def);
bool body_uuid(const struct json *body, const char *name, struct uuid *);

/* Getters and matches that several resources use. */
bool res_match_id(struct api_ctx *, const void *row, const char *value);
struct json *res_get_id(struct api_ctx *, const void *row);
struct json *json_time(long long int msec, bool neutron_agent_format);
struct json *json_uuid(const struct uuid *);
res_get_func res_get_true, res_get_false, res_get_null, res_get_empty_array;

#endif /* server/resource.h */
