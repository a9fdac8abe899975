/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "availability_zone": where the nodes are, by what they say.
 *
 * A zone has one object for networks if it has DHCP agents, and one for
 * routers if it has L3 agents.  It is available if one of these is
 * administratively up, dead or not, as Neutron has it.  The objects live as
 * long as the context of the request.
 *
 * Networks and routers, which are placed in zones, have their rules about
 * them from here. */

#include <config.h>
#include "server/res-zone.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "server/agents.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/resource.h"
#include "svec.h"
#include "util.h"

struct api_error *
zone_check_hints(const struct backend *b, enum agent_role role,
                 char *const *hints, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct l3harec_agent *agent;
        bool found = false;

        L3HAREC_AGENT_FOR_EACH (agent, b->idl) {
            found |= (agents_has_role(agent, role)
                      && !strcmp(agent->availability_zone, hints[i]));
        }
        if (!found) {
            return api_error_create(404, "AvailabilityZoneNotFound",
                                    "AvailabilityZone %s could not be "
                                    "found.", hints[i]);
        }
    }
    return NULL;
}

struct json *
zone_list_of_hosts(const struct backend *b, const struct svec *hosts)
{
    struct json *array = json_array_create_empty();
    struct svec zones = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; i < hosts->n; i++) {
        const struct l3harec_agent *agent;

        agent = agents_find_host(b, hosts->names[i]);
        if (agent && agent->availability_zone[0]) {
            svec_add(&zones, agent->availability_zone);
        }
    }
    svec_sort_unique(&zones);
    for (size_t i = 0; i < zones.n; i++) {
        json_array_add(array, json_string_create(zones.names[i]));
    }
    svec_destroy(&zones);
    return array;
}

struct zone_obj {
    const char *name;           /* Of an Agent row. */
    const char *resource;       /* "network" or "router". */
    bool is_available;
};

static void
zone_list(struct api_ctx *ctx, const void ***objs, size_t *n)
{
    size_t n_views;
    struct agent_view *views = agents_get_all(ctx->backend, &n_views);

    *objs = xcalloc(n_views + 1, sizeof **objs);
    for (size_t i = 0; i < n_views; i++) {
        const struct agent_view *view = &views[i];
        const char *resource = (view->role == AGENT_L3 ? "router"
                                : view->role == AGENT_DHCP ? "network"
                                : NULL);
        struct zone_obj *zone = NULL;

        if (!resource || !view->availability_zone
            || !view->availability_zone[0]) {
            continue;
        }
        for (size_t j = 0; j < *n && !zone; j++) {
            const struct zone_obj *other = (*objs)[j];

            if (other->resource == resource
                && !strcmp(other->name, view->availability_zone)) {
                zone = CONST_CAST(struct zone_obj *, other);
            }
        }
        if (!zone) {
            zone = api_ctx_keep(ctx, xzalloc(sizeof *zone));
            zone->name = view->availability_zone;
            zone->resource = resource;
            (*objs)[(*n)++] = zone;
        }
        zone->is_available |= view->admin_state_up;
    }
    free(views);
}

static struct json *
get_name(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct zone_obj *zone = obj;

    return json_string_create(zone->name);
}

static struct json *
get_resource(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct zone_obj *zone = obj;

    return json_string_create(zone->resource);
}

static struct json *
get_state(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct zone_obj *zone = obj;

    return json_string_create(zone->is_available
                              ? "available" : "unavailable");
}

static const struct res_attr zone_attrs[] = {
    { .name = "name", .flags = RES_RO, .get = get_name },
    { .name = "resource", .flags = RES_RO, .get = get_resource },
    { .name = "state", .flags = RES_RO, .get = get_state },
};

const struct resource res_zone = {
    .name = "availability_zone",
    .collection = "availability_zones",
    .attrs = zone_attrs,
    .n_attrs = ARRAY_SIZE(zone_attrs),
    .key = "name",
    .not_found = "HTTPNotFound",
    .not_found_format = "AvailabilityZone %s could not be found.",
    .list = zone_list,
};
