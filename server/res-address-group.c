/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "address_group": prefixes that rules of security groups refer
 * to. */

#include <config.h>
#include "server/resource.h"

#include <stdlib.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/rbac.h"
#include "server/rows.h"
#include "sset.h"
#include "svec.h"
#include "util.h"

const struct res_standard std_address_group
    = RES_TAGGED_COLUMNS(address_group);

static const struct res_attr address_group_attrs[] = {
    RES_STANDARD_ATTRS(address_group),
    { .name = "addresses", .flags = RES_POST, .check = attr_cidr_list,
      .def = "[]", .column = &l3harec_address_group_col_addresses },
    RBAC_SHARED_ATTR(0),
};

static struct api_error *
address_group_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_address_group *group = obj;
    struct api_error *error = NULL;
    struct rows rules;

    rows_rules_with_address_group(ctx->backend, group, &rules);
    if (rules.n) {
        error = api_error_create(
            409, "AddressGroupInUse", "Address group "UUID_FMT" is in use on "
            "one or more security group rules.",
            UUID_ARGS(&group->header_.uuid));
    }
    rows_destroy(&rules);
    return error;
}

/* PUT /address-groups/ID/add_addresses, remove_addresses. */

/* "['10.0.0.0/8', '10.1.0.0/16']". */
static char *
format_list(const struct svec *list)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < list->n; i++) {
        ds_put_format(&s, "%s'%s'", i ? ", " : "[", list->names[i]);
    }
    ds_put_char(&s, ']');
    return ds_steal_cstr(&s);
}

/* Adds the addresses of 'body' to those of 'group' or takes them away. */
static struct api_error *
change_addresses(struct api_ctx *ctx,
                 const struct l3harec_address_group *group,
                 const struct json *body, bool add, struct json **answerp)
{
    struct sset have = SSET_INITIALIZER(&have);
    struct svec wrong = SVEC_EMPTY_INITIALIZER;
    const struct json *given = body_get(body, "addresses");
    struct api_error *error;
    struct json *list;

    if (!given) {
        return api_error_create(400, "HTTPBadRequest",
                                "Invalid input for addresses. Reason: "
                                "it is missing.");
    }
    list = json_deep_clone(given);
    error = attr_cidr_list(resource_find_attr(&res_address_group,
                                              "addresses"), &list);
    if (error) {
        json_destroy(list);
        return error;
    }
    sset_add_array(&have, group->addresses, group->n_addresses);
    for (size_t i = 0; i < json_array(list)->n; i++) {
        const char *address = json_string(json_array(list)->elems[i]);

        if (add
            ? !sset_add(&have, address)
            : !sset_find_and_delete(&have, address)) {
            svec_add(&wrong, address);
        }
    }
    if (wrong.n) {
        char *text;

        svec_sort(&wrong);
        text = format_list(&wrong);
        error = (add
                 ? api_error_create(
                     400, "AddressesAlreadyExist", "Addresses %s already "
                     "exist in the address group "UUID_FMT".", text,
                     UUID_ARGS(&group->header_.uuid))
                 : api_error_create(
                     404, "AddressesNotFound", "Addresses %s not found in "
                     "the address group "UUID_FMT".", text,
                     UUID_ARGS(&group->header_.uuid)));
        free(text);
    } else {
        const char **array = sset_array(&have);

        resource_touch(ctx, &std_address_group, &group->header_);
        l3harec_address_group_set_addresses(group, array, sset_count(&have));
        free(array);
        *answerp = json_object_create();
        json_object_put(*answerp, "address_group",
                        resource_render(&res_address_group, ctx, group,
                                        NULL));
    }
    svec_destroy(&wrong);
    sset_destroy(&have);
    json_destroy(list);
    return error;
}

static struct api_error *
add_addresses(struct api_ctx *ctx, const void *group,
              const struct json *body, struct json **answerp)
{
    return change_addresses(ctx, group, body, true, answerp);
}

static struct api_error *
remove_addresses(struct api_ctx *ctx, const void *group,
                 const struct json *body, struct json **answerp)
{
    return change_addresses(ctx, group, body, false, answerp);
}

static const struct res_action address_group_actions[] = {
    { "add_addresses", add_addresses },
    { "remove_addresses", remove_addresses },
};

const struct resource res_address_group = {
    .name = "address_group",
    .collection = "address_groups",
    .path = "address-groups",
    .methods = RES_CAN_ALL,
    .attrs = address_group_attrs,
    .n_attrs = ARRAY_SIZE(address_group_attrs),
    .not_found = "AddressGroupNotFound",
    .not_found_format = "Address group %s could not be found.",
    .table = &l3harec_table_address_group,
    .standard = &std_address_group,
    .rbac_type = "address_group",
    .is_shared = rbac_is_shared,
    .destroy = address_group_destroy,
    .actions = address_group_actions,
    .n_actions = ARRAY_SIZE(address_group_actions),
};
