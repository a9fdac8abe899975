/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resources "service_provider", "flavor" and "service_profile": what kinds of
 * routers there are.
 *
 * The providers are constant.  A flavor would choose one of them for a router;
 * there are no flavors, because "ha" of a router does the same, so the lists
 * of flavors and their profiles are empty. */

#include <config.h>
#include "server/resource.h"

#include <stdlib.h>

#include "openvswitch/json.h"
#include "util.h"

/* The objects are these names. */
static const char *const providers[] = { "ha", "single_node" };

static void
list_providers(struct api_ctx *ctx OVS_UNUSED, const void ***objs, size_t *n)
{
    *objs = xmalloc(sizeof providers);
    for (*n = 0; *n < ARRAY_SIZE(providers); (*n)++) {
        (*objs)[*n] = providers[*n];
    }
}

static struct json *
get_type(struct api_ctx *ctx OVS_UNUSED, const void *obj OVS_UNUSED)
{
    return json_string_create("L3_ROUTER_NAT");
}

static struct json *
get_name(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    return json_string_create(obj);
}

static const struct res_attr provider_attrs[] = {
    { .name = "service_type", .flags = RES_RO, .get = get_type },
    { .name = "name", .flags = RES_RO, .get = get_name },
    { .name = "default", .flags = RES_RO, .get = res_get_false },
};

const struct resource res_service_provider = {
    .name = "service_provider",
    .collection = "service_providers",
    .path = "service-providers",
    .attrs = provider_attrs,
    .n_attrs = ARRAY_SIZE(provider_attrs),
    .key = "name",
    .not_found = "HTTPNotFound",
    .not_found_format = "Service provider %s could not be found.",
    .list = list_providers,
};

static void
list_none(struct api_ctx *ctx OVS_UNUSED, const void ***objs OVS_UNUSED,
          size_t *n OVS_UNUSED)
{
}

/* Clients look flavors up by name before they ask for one by id. */
static const struct res_attr flavor_attrs[] = {
    { .name = "id", .flags = RES_RO },
    { .name = "name", .flags = RES_RO },
    { .name = "service_type", .flags = RES_RO },
    { .name = "enabled", .flags = RES_RO },
    { .name = "description", .flags = RES_RO },
};

const struct resource res_flavor = {
    .name = "flavor",
    .collection = "flavors",
    .attrs = flavor_attrs,
    .n_attrs = ARRAY_SIZE(flavor_attrs),
    .not_found = "FlavorNotFound",
    .not_found_format = "Flavor %s could not be found.",
    .list = list_none,
};

static const struct res_attr profile_attrs[] = {
    { .name = "id", .flags = RES_RO },
    { .name = "driver", .flags = RES_RO },
    { .name = "enabled", .flags = RES_RO },
    { .name = "description", .flags = RES_RO },
};

const struct resource res_service_profile = {
    .name = "service_profile",
    .collection = "service_profiles",
    .attrs = profile_attrs,
    .n_attrs = ARRAY_SIZE(profile_attrs),
    .not_found = "ServiceProfileNotFound",
    .not_found_format = "Service Profile %s could not be found.",
    .list = list_none,
};
