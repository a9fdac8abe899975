/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Policy of the REST API: Neutron's default one, as a table.
 *
 * In: who asks, and for what.  Out: whether he sees an object or an
 * attribute, and PolicyNotAuthorized for what he may not do.
 *
 * Role "admin" may do everything.  Role "reader" alone may only look.  Any
 * other role is that of a member: he changes what is his project's.  The
 * table says who else may, in words:
 *
 * - an object that the caller may not get does not exist for him: lists leave
 *   it out and everything else is 404;
 * - an attribute that he may not get is left out of answers, and filters and
 *   sort keys find nothing in it;
 * - what he may not do to an object that he sees is 403.
 *
 * An attribute, action or child list without a row of its own follows its
 * object: getting it is free, changing it is an update.
 *
 * Invariants: every row names a resource and an attribute, action or child of
 * it that exist.  Decisions depend only on the caller, the row and the
 * replica, so that every run of a request decides on what it sees. */

#include <config.h>
#include "server/policy.h"

#include <string.h>
#include <strings.h>

#include "hmapx.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-data.h"
#include "ovsdb-idl-provider.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/resource.h"
#include "util.h"

/* Who may, beside the admin.  Combined, one of them is enough. */
#define ADMIN 0                 /* Nobody else. */
#define OWNER (1u << 0)         /* The project of the object. */
#define NETWORK (1u << 1)       /* The project of the object's network. */
#define SHARED (1u << 2)        /* Whom the object or its network is shared
                                 * with. */
#define EXTERNAL (1u << 3)      /* Whoever uses the network as external. */
#define ANY (1u << 4)

/* Instead of a member: the collection, where asking for a list at all is not
 * everybody's.  Other lists are what the caller sees of them. */
#define COLLECTION "*"

struct policy_row {
    const char *resource;
    const char *member;         /* Attribute, action or child; NULL for the
                                 * object itself; COLLECTION. */
    const char *part;           /* NULL: any value.  "=TEXT": a value that
                                 * begins with TEXT.  Otherwise: a value that
                                 * has this member (or whose elements do). */
    unsigned int who[POLICY_N_VERBS]; /* Create, get, update, delete. */
};

static const struct policy_row rows[] = {
    /* Resource, member, part
     *     { create,  get,  update,  delete } */
    { "network", NULL, NULL,
      { OWNER, OWNER | SHARED | EXTERNAL, OWNER, OWNER } },
    { "network", "shared", NULL, { ADMIN, ANY, ADMIN } },
    { "network", "router:external", NULL, { ADMIN, ANY, ADMIN } },
    { "network", "is_default", NULL, { ADMIN, ANY, ADMIN } },
    { "network", "provider:network_type", NULL, { ADMIN, ADMIN, ADMIN } },
    { "network", "provider:physical_network", NULL, { ADMIN, ADMIN, ADMIN } },
    { "network", "provider:segmentation_id", NULL, { ADMIN, ADMIN, ADMIN } },
    { "network", "dhcp-agents", NULL, { ADMIN, ADMIN, ADMIN, ADMIN } },

    { "subnet", NULL, NULL,
      { NETWORK, OWNER | NETWORK | SHARED, OWNER | NETWORK,
        OWNER | NETWORK } },
    { "subnet", "service_types", NULL, { ADMIN, ANY, ADMIN } },

    { "port", NULL, NULL,
      { OWNER, OWNER | NETWORK, OWNER, OWNER | NETWORK } },
    { "port", "device_owner", "=network:", { NETWORK, ANY, NETWORK } },
    { "port", "mac_address", NULL, { NETWORK, ANY, ADMIN } },
    { "port", "fixed_ips", NULL, { NETWORK | SHARED, ANY, NETWORK } },
    { "port", "fixed_ips", "ip_address", { NETWORK, ANY, NETWORK } },
    { "port", "port_security_enabled", NULL, { NETWORK, ANY, NETWORK } },
    { "port", "allowed_address_pairs", NULL, { NETWORK, ANY, NETWORK } },
    { "port", "binding:host_id", NULL, { ADMIN, ADMIN, ADMIN } },
    { "port", "binding:profile", NULL, { ADMIN, ADMIN, ADMIN } },
    { "port", "binding:vif_type", NULL, { ADMIN, ADMIN, ADMIN } },
    { "port", "binding:vif_details", NULL, { ADMIN, ADMIN, ADMIN } },

    { "router", NULL, NULL, { OWNER, OWNER, OWNER, OWNER } },
    { "router", "ha", NULL, { ADMIN, ADMIN, ADMIN } },
    { "router", "distributed", NULL, { ADMIN, ADMIN, ADMIN } },
    { "router", "external_gateway_info", "enable_snat",
      { ADMIN, ANY, ADMIN } },
    { "router", "external_gateway_info", "external_fixed_ips",
      { ADMIN, ANY, ADMIN } },
    { "router", "l3-agents", NULL, { ADMIN, ADMIN, ADMIN, ADMIN } },

    { "floatingip", NULL, NULL, { OWNER, OWNER, OWNER, OWNER } },
    { "floatingip", "floating_ip_address", NULL, { ADMIN, ANY, ADMIN } },
    /* Whoever sees the floating IP. */
    { "port_forwarding", NULL, NULL, { ANY, ANY, ANY, ANY } },

    { "security_group", NULL, NULL, { OWNER, OWNER | SHARED, OWNER, OWNER } },
    { "security_group_rule", NULL, NULL, { OWNER, OWNER, OWNER, OWNER } },
    { "address_group", NULL, NULL, { OWNER, OWNER | SHARED, OWNER, OWNER } },

    { "subnetpool", NULL, NULL, { OWNER, OWNER | SHARED, OWNER, OWNER } },
    { "subnetpool", "shared", NULL, { ADMIN, ANY, ADMIN } },
    { "subnetpool", "is_default", NULL, { ADMIN, ANY, ADMIN } },
    { "address_scope", NULL, NULL, { OWNER, OWNER | SHARED, OWNER, OWNER } },
    { "address_scope", "shared", NULL, { ADMIN, ANY, ADMIN } },

    { "rbac_policy", NULL, NULL, { OWNER, OWNER, OWNER, OWNER } },
    { "rbac_policy", "target_tenant", "=*", { ADMIN, ANY, ADMIN } },

    { "policy", NULL, NULL, { ADMIN, OWNER | SHARED, ADMIN, ADMIN } },
    { "bandwidth_limit_rule", NULL, NULL, { ADMIN, ANY, ADMIN, ADMIN } },
    { "dscp_marking_rule", NULL, NULL, { ADMIN, ANY, ADMIN, ADMIN } },
    { "rule_type", NULL, NULL, { ADMIN, ANY, ADMIN, ADMIN } },

    { "agent", NULL, NULL, { ADMIN, ADMIN, ADMIN, ADMIN } },
    { "availability_zone", NULL, NULL, { ADMIN, ANY, ADMIN, ADMIN } },

    /* SHARED: the caller's own. */
    { "quota", NULL, NULL, { ADMIN, SHARED, ADMIN, ADMIN } },
    { "quota", COLLECTION, NULL, { ADMIN, ADMIN, ADMIN, ADMIN } },
    { "network_ip_availability", NULL, NULL,
      { ADMIN, ADMIN, ADMIN, ADMIN } },

    { "service_provider", NULL, NULL, { ADMIN, ANY, ADMIN, ADMIN } },
    { "flavor", NULL, NULL, { ADMIN, ANY, ADMIN, ADMIN } },
    { "service_profile", NULL, NULL, { ADMIN, ADMIN, ADMIN, ADMIN } },
};

static const char *const verb_names[POLICY_N_VERBS] = {
    "create", "get", "update", "delete",
};

struct policy {
    struct hmapx admin_attrs;   /* "struct res_attr"s that only the admin
                                 * sees. */
};

/* Callers. */

/* Initializes 'caller' for 'project_id' and 'roles', which are names with
 * commas between them. */
void
api_caller_init(struct api_caller *caller, const char *project_id,
                const char *roles)
{
    bool is_reader = false, is_member = false;
    char *copy = xstrdup(roles);
    char *save = NULL;

    memset(caller, 0, sizeof *caller);
    caller->project_id = xstrdup(project_id);
    for (char *role = strtok_r(copy, ", ", &save); role;
         role = strtok_r(NULL, ", ", &save)) {
        if (!strcasecmp(role, "admin")) {
            caller->is_admin = true;
        } else if (!strcasecmp(role, "reader")) {
            is_reader = true;
        } else if (!strcasecmp(role, "member")) {
            is_member = true;
        }
    }
    free(copy);
    caller->may_write = caller->is_admin || is_member || !is_reader;
}

/* Initializes 'caller' as a copy of 'src'. */
void
api_caller_clone(struct api_caller *caller, const struct api_caller *src)
{
    *caller = *src;
    caller->project_id = xstrdup(src->project_id);
}

/* Frees what 'caller' holds. */
void
api_caller_uninit(struct api_caller *caller)
{
    free(caller->project_id);
    caller->project_id = NULL;
}

/* The table. */

static const struct policy_row *
find_row(const struct resource *res, const char *member)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct policy_row *row = &rows[i];

        if (!strcmp(row->resource, res->name)
            && (member ? row->member && !strcmp(row->member, member)
                : !row->member)) {
            return row;
        }
    }
    return NULL;
}

static const struct resource *
find_resource(const char *name)
{
    for (size_t i = 0; resources[i]; i++) {
        if (!strcmp(resources[i]->name, name)) {
            return resources[i];
        }
    }
    return NULL;
}

static bool
has_member(const struct resource *res, const char *name)
{
    for (size_t i = 0; i < res->n_actions; i++) {
        if (!strcmp(res->actions[i].name, name)) {
            return true;
        }
    }
    for (size_t i = 0; i < res->n_children; i++) {
        if (!strcmp(res->children[i].name, name)) {
            return true;
        }
    }
    return !strcmp(name, COLLECTION) || resource_find_attr(res, name);
}

/* Returns a new policy.  A row that names nothing, and a resource without a
 * row, is a bug that every start and every test shows. */
struct policy *
policy_create(void)
{
    struct policy *policy = xzalloc(sizeof *policy);

    hmapx_init(&policy->admin_attrs);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct policy_row *row = &rows[i];
        const struct resource *res = find_resource(row->resource);
        const struct res_attr *attr;

        if (!res || (row->member && !has_member(res, row->member))) {
            ovs_abort(0, "policy: there is no %s %s", row->resource,
                      row->member ? row->member : "");
        }
        attr = row->member ? resource_find_attr(res, row->member) : NULL;
        if (attr && !row->part && row->who[POLICY_GET] == ADMIN) {
            hmapx_add(&policy->admin_attrs, CONST_CAST(void *, attr));
        }
    }
    for (size_t i = 0; resources[i]; i++) {
        if (!find_row(resources[i], NULL)) {
            ovs_abort(0, "policy: no row for %s", resources[i]->name);
        }
    }
    return policy;
}

/* Frees 'policy', which may be NULL. */
void
policy_destroy(struct policy *policy)
{
    if (policy) {
        hmapx_destroy(&policy->admin_attrs);
        free(policy);
    }
}

/* Decisions. */

/* What is asked for: 'obj', or for a create the 'body' of it. */
struct subject {
    const struct resource *res;
    const void *obj;
    const struct json *body;
};

static bool
is_unlimited(const struct api_ctx *ctx)
{
    return !ctx->caller || ctx->caller->is_admin;
}

static bool
is_owner(struct api_ctx *ctx, const struct subject *subject)
{
    const char *mine = ctx->caller->project_id;
    const struct res_attr *attr;
    struct json *value;
    const char *project;
    bool is_mine;

    if (!mine[0]) {
        return false;
    }
    if (subject->body) {
        project = body_string(subject->body, "project_id");
        return !project || !strcmp(project, mine);
    }
    attr = resource_find_attr(subject->res, "project_id");
    if (!attr) {
        return false;
    }
    if (subject->res->table && attr->column && !attr->get) {
        const struct ovsdb_datum *datum = ovsdb_idl_read(subject->obj,
                                                         attr->column);

        return !strcmp(json_string(datum->keys[0].s), mine);
    }
    value = resource_get(attr, ctx, subject->obj);
    is_mine = (value && value->type == JSON_STRING
               && !strcmp(json_string(value), mine));
    json_destroy(value);
    return is_mine;
}

/* The network of 'subject' (which may be one itself), or NULL. */
static const struct l3harec_network *
get_network(struct api_ctx *ctx, const struct subject *subject)
{
    struct uuid uuid;

    if (subject->body) {
        return (body_uuid(subject->body, "network_id", &uuid)
                ? l3harec_network_get_for_uuid(ctx->idl, &uuid) : NULL);
    }
    return (subject->res == &res_network ? subject->obj
            : subject->res->get_network
            ? subject->res->get_network(subject->obj) : NULL);
}

static bool
is_allowed(struct api_ctx *ctx, const struct subject *subject,
           const struct policy_row *row, enum policy_verb verb)
{
    unsigned int who = row->who[verb];
    const struct l3harec_network *network;

    if (is_unlimited(ctx)) {
        return true;
    }
    if (verb != POLICY_GET && !ctx->caller->may_write) {
        return false;
    }
    if (who & ANY || (who & OWNER && is_owner(ctx, subject))) {
        return true;
    }
    if (who & SHARED && !subject->body && subject->res->is_shared
        && subject->res->is_shared(ctx, subject->obj)) {
        return true;
    }
    network = (who & (NETWORK | SHARED | EXTERNAL)
               ? get_network(ctx, subject) : NULL);
    return network && ((who & NETWORK && ctx->caller->project_id[0]
                        && !strcmp(network->project_id,
                                   ctx->caller->project_id))
                       || (who & SHARED
                           && res_network.is_shared(ctx, network))
                       || (who & EXTERNAL
                           && res_network.is_external(ctx, network)));
}

/* True if the caller sees 'obj'. */
bool
policy_sees(struct api_ctx *ctx, const struct resource *res, const void *obj)
{
    const struct subject subject = { .res = res, .obj = obj };

    return (is_unlimited(ctx)
            || is_allowed(ctx, &subject, find_row(res, NULL), POLICY_GET));
}

/* True if 'attr' is to be hidden from the caller. */
bool
policy_hides(const struct api_ctx *ctx, const struct res_attr *attr)
{
    return (!is_unlimited(ctx)
            && hmapx_contains(&ctx->backend->policy->admin_attrs,
                              CONST_CAST(void *, attr)));
}

static struct api_error *
refuse(const struct policy_row *row, enum policy_verb verb)
{
    const char *name = verb_names[verb];
    const char *colon = row->part && row->part[0] != '=' ? ":" : "";

    if (!row->member) {
        return api_error_create(403, "PolicyNotAuthorized",
                                "rule:%s_%s is disallowed by policy", name,
                                row->resource);
    }
    return api_error_create(403, "PolicyNotAuthorized",
                            "(rule:%s_%s and rule:%s_%s:%s%s%s) is "
                            "disallowed by policy", name, row->resource,
                            name, row->resource, row->member, colon,
                            colon[0] ? row->part : "");
}

static bool
has_part(const struct json *value, const char *part)
{
    if (part[0] == '=') {
        return (value->type == JSON_STRING
                && !strncmp(json_string(value), part + 1, strlen(part + 1)));
    }
    if (value->type == JSON_ARRAY) {
        for (size_t i = 0; i < json_array(value)->n; i++) {
            if (has_part(json_array(value)->elems[i], part)) {
                return true;
            }
        }
        return false;
    }
    return value->type == JSON_OBJECT && shash_find(json_object(value), part);
}

/* Checks the object's row and those of the attributes that 'body' sets.  A
 * create that says what it would get anyway sets nothing. */
static struct api_error *
check_body(struct api_ctx *ctx, const struct subject *subject,
           const struct json *body, enum policy_verb verb)
{
    const struct resource *res = subject->res;
    const struct policy_row *object = find_row(res, NULL);

    if (is_unlimited(ctx)) {
        return NULL;
    }
    if (!is_allowed(ctx, subject, object, verb)) {
        return refuse(object, verb);
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct policy_row *row = &rows[i];
        const struct json *value;

        if (!row->member || strcmp(row->resource, res->name)) {
            continue;
        }
        value = body_get(body, row->member);
        if (value && (!row->part || has_part(value, row->part))
            && !(verb == POLICY_CREATE
                 && resource_is_default(res, row->member, value))
            && !is_allowed(ctx, subject, row, verb)) {
            return refuse(row, verb);
        }
    }
    return NULL;
}

/* Checks the creation of a 'res' from 'body', which was prepared. */
struct api_error *
policy_check_create(struct api_ctx *ctx, const struct resource *res,
                    const struct json *body)
{
    const struct subject subject = { .res = res, .body = body };
    const char *network_id = body_string(body, "network_id");
    struct api_error *error;

    /* Whoever does not see the network is told no more than that. */
    if (network_id && !resource_find_by_text(&res_network, ctx, network_id,
                                             &error)) {
        return error;
    }
    return check_body(ctx, &subject, body, POLICY_CREATE);
}

/* Checks a change of 'obj' by 'body', which was prepared. */
struct api_error *
policy_check_update(struct api_ctx *ctx, const struct resource *res,
                    const void *obj, const struct json *body)
{
    const struct subject subject = { .res = res, .obj = obj };

    return check_body(ctx, &subject, body, POLICY_UPDATE);
}

struct api_error *
policy_check_get(struct api_ctx *ctx, const struct resource *res,
                 const void *obj)
{
    return (policy_sees(ctx, res, obj) ? NULL
            : refuse(find_row(res, NULL), POLICY_GET));
}

struct api_error *
policy_check_delete(struct api_ctx *ctx, const struct resource *res,
                    const void *obj)
{
    const struct subject subject = { .res = res, .obj = obj };
    const struct policy_row *row = find_row(res, NULL);

    return (is_allowed(ctx, &subject, row, POLICY_DELETE)
            ? NULL : refuse(row, POLICY_DELETE));
}

/* Checks that the caller may ask for the list of 'res'. */
struct api_error *
policy_check_list(struct api_ctx *ctx, const struct resource *res)
{
    return (is_unlimited(ctx) || !find_row(res, COLLECTION)
            ? NULL : refuse(find_row(res, NULL), POLICY_GET));
}

/* Checks the use of the action or child list 'name' of 'obj'. */
struct api_error *
policy_check_member(struct api_ctx *ctx, const struct resource *res,
                    const void *obj, const char *name, enum policy_verb verb)
{
    const struct subject subject = { .res = res, .obj = obj };
    const struct policy_row *row = find_row(res, name);
    enum policy_verb needed = verb;

    if (!row) {
        row = find_row(res, NULL);
        needed = verb == POLICY_GET ? verb : POLICY_UPDATE;
    }
    if (is_allowed(ctx, &subject, row, needed)) {
        return NULL;
    }
    /* Neutron's rules: add_router_interface; get_l3-agents,
     * create_l3-router, delete_l3-router. */
    return api_error_create(403, "PolicyNotAuthorized",
                            "rule:%s%s%.*s is disallowed by policy",
                            verb == POLICY_UPDATE ? "" : verb_names[verb],
                            verb == POLICY_UPDATE ? "" : "_",
                            (int) (strlen(name) - (verb == POLICY_CREATE
                                                   || verb == POLICY_DELETE)),
                            name);
}
