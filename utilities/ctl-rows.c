/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* What the commands of ovs-l3ha-ctl have in common: what they read from the
 * database, and how they say it. */

#include <config.h>
#include "utilities/ctl-rows.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "svec.h"
#include "table.h"
#include "timeval.h"
#include "util.h"

/* An agent is taken for dead after this many seconds, unless the server has
 * written its agent_down_time to Global:options. */
#define DEFAULT_DOWN_TIME 75

/* Has 'idl' monitor the 'n' columns. */
void
ctl_add_columns(struct ovsdb_idl *idl,
            const struct ovsdb_idl_column *const columns[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }
}

/* Returns a new table with these columns. */
struct table *
ctl_new_table(const char *const *headings, size_t n)
{
    struct table *t = xmalloc(sizeof *t);

    table_init(t);
    for (size_t i = 0; i < n; i++) {
        table_add_column(t, "%s", headings[i]);
    }
    return t;
}

/* Adds a cell to the last row of 't', which takes over 'text'. */
void
ctl_add_cell(struct table *t, char *text)
{
    table_add_cell(t)->text = text;
}

/* The name of a row for people: its name, or the start of its UUID.  The
 * caller must free it. */
char *
ctl_row_name(const struct ovsdb_idl_row *row, const char *name)
{
    char *uuid = xasprintf(UUID_FMT, UUID_ARGS(&row->uuid));
    char *s = *name ? xstrdup(name) : xmemdup0(uuid, 8);

    free(uuid);
    return s;
}

/* Text for the age of 'when', in milliseconds since the epoch.  The caller
 * must free it. */
char *
ctl_format_age(long long int when)
{
    if (!when) {
        return xstrdup("never");
    }

    long long int s = (time_wall_msec() - when) / 1000;
    if (s < 0) {
        s = 0;                  /* The clocks of two hosts differ a bit. */
    }
    return (s < 120 ? xasprintf("%lld s", s)
            : s < 7200 ? xasprintf("%lld min", s / 60)
            : s < 172800 ? xasprintf("%lld h", s / 3600)
            : xasprintf("%lld days", s / 86400));
}

/* Local time of 'when', in milliseconds since the epoch, to the millisecond;
 * empty for 0.  The caller must free it. */
char *
ctl_format_time(long long int when)
{
    return (when ? xastrftime_msec("%Y-%m-%d %H:%M:%S.###", when, false)
            : xstrdup(""));
}

/* "A,B,C", sorted.  The caller must free it. */
char *
ctl_join(char *const *items, size_t n)
{
    struct svec svec = SVEC_EMPTY_INITIALIZER;
    char *s;

    for (size_t i = 0; i < n; i++) {
        svec_add(&svec, items[i]);
    }
    svec_sort(&svec);
    s = svec_join(&svec, ",", "");
    svec_destroy(&svec);
    return s;
}

/* "KEY:VALUE,...", sorted by key.  The caller must free it. */
char *
ctl_join_map(const struct smap *map)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct smap_node **nodes = smap_sort(map);

    for (size_t i = 0; i < smap_count(map); i++) {
        ds_put_format(&s, "%s%s:%s", i ? "," : "",
                      nodes[i]->key, nodes[i]->value);
    }
    free(nodes);
    return ds_steal_cstr(&s);
}

static int
compare_agents(const void *a_, const void *b_)
{
    const struct l3harec_agent *const *a = a_;
    const struct l3harec_agent *const *b = b_;

    return strcmp((*a)->host, (*b)->host);
}

static int
compare_names(const char *a_name, const struct uuid *a_uuid,
              const char *b_name, const struct uuid *b_uuid)
{
    int cmp = strcmp(a_name, b_name);

    return cmp ? cmp : uuid_compare_3way(a_uuid, b_uuid);
}

static int
compare_routers(const void *a_, const void *b_)
{
    const struct l3harec_router *const *a = a_;
    const struct l3harec_router *const *b = b_;

    return compare_names((*a)->name, &(*a)->header_.uuid,
                         (*b)->name, &(*b)->header_.uuid);
}

static int
compare_networks(const void *a_, const void *b_)
{
    const struct l3harec_network *const *a = a_;
    const struct l3harec_network *const *b = b_;

    return compare_names((*a)->name, &(*a)->header_.uuid,
                         (*b)->name, &(*b)->header_.uuid);
}

static int
compare_instances(const void *a_, const void *b_)
{
    const struct l3harec_router_instance *const *a = a_;
    const struct l3harec_router_instance *const *b = b_;

    return strcmp((*a)->host, (*b)->host);
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct l3harec_port *const *a = a_;
    const struct l3harec_port *const *b = b_;

    /* Gateway before interfaces. */
    int cmp = strcmp((*a)->device_owner, (*b)->device_owner);
    return cmp ? cmp : uuid_compare_3way(&(*a)->header_.uuid,
                                         &(*b)->header_.uuid);
}

/* Defines ctl_sorted_TYPEs(), which returns all rows of a table in order. */
#define SORTED(TYPE, FOR_EACH)                                          \
    const struct l3harec_##TYPE **                                      \
    ctl_sorted_##TYPE##s(struct ovsdb_idl *idl, size_t *n)                  \
    {                                                                   \
        const struct l3harec_##TYPE **rows = NULL, *row;                \
        size_t allocated = 0;                                           \
                                                                        \
        *n = 0;                                                         \
        FOR_EACH (row, idl) {                                           \
            if (*n >= allocated) {                                      \
                rows = x2nrealloc(rows, &allocated, sizeof *rows);      \
            }                                                           \
            rows[(*n)++] = row;                                         \
        }                                                               \
        if (*n) {                                                       \
            qsort(rows, *n, sizeof *rows, compare_##TYPE##s);           \
        }                                                               \
        return rows;                                                    \
    }
SORTED(agent, L3HAREC_AGENT_FOR_EACH)
SORTED(router, L3HAREC_ROUTER_FOR_EACH)
SORTED(network, L3HAREC_NETWORK_FOR_EACH)

/* The copies of 'router', sorted by host.  The caller must free the array. */
const struct l3harec_router_instance **
ctl_router_instances(struct ovsdb_idl *idl,
                     const struct l3harec_router *router, size_t *n)
{
    const struct l3harec_router_instance **rows = NULL, *row;
    size_t allocated = 0;

    *n = 0;
    L3HAREC_ROUTER_INSTANCE_FOR_EACH (row, idl) {
        if (row->router == router) {
            if (*n >= allocated) {
                rows = x2nrealloc(rows, &allocated, sizeof *rows);
            }
            rows[(*n)++] = row;
        }
    }
    if (*n) {
        qsort(rows, *n, sizeof *rows, compare_instances);
    }
    return rows;
}

/* Returns the state of 'copy' for people.  Agents remove those of a router
 * that is switched off, and what such a copy last reported still stands
 * there. */
const char *
ctl_copy_state(const struct l3harec_router_instance *copy)
{
    return (copy->router && !copy->router->admin_state_up ? "off"
            : copy->state ? copy->state
            : "unknown");
}

/* Returns true if 'copy' says that it is active. */
bool
ctl_copy_is_active(const struct l3harec_router_instance *copy)
{
    return copy->router && !strcmp(ctl_copy_state(copy), "active");
}

/* Number of router copies on 'host' and how many of them are active.  The
 * caller must free it. */
char *
ctl_count_copies(struct ovsdb_idl *idl, const char *host)
{
    const struct l3harec_router_instance *inst;
    int total = 0, active = 0;

    L3HAREC_ROUTER_INSTANCE_FOR_EACH (inst, idl) {
        if (!strcmp(inst->host, host)) {
            total++;
            active += ctl_copy_is_active(inst);
        }
    }
    return xasprintf("%d (%d active)", total, active);
}

/* The gateway and the interfaces of 'router', the gateway first.  The caller
 * must free the array. */
const struct l3harec_port **
ctl_router_ports(struct ovsdb_idl *idl, const struct l3harec_router *router,
                 size_t *n)
{
    const struct l3harec_port **rows = NULL, *row;
    size_t allocated = 0;

    *n = 0;
    L3HAREC_PORT_FOR_EACH (row, idl) {
        if (row->router == router
            && strcmp(row->device_owner, L3HA_OWNER_HA_INTERFACE)) {
            if (*n >= allocated) {
                rows = x2nrealloc(rows, &allocated, sizeof *rows);
            }
            rows[(*n)++] = row;
        }
    }
    if (*n) {
        qsort(rows, *n, sizeof *rows, compare_ports);
    }
    return rows;
}

/* Returns the agent on 'host', NULL if there is none. */
const struct l3harec_agent *
ctl_find_agent(struct ovsdb_idl *idl, const char *host)
{
    const struct l3harec_agent *agent;

    L3HAREC_AGENT_FOR_EACH (agent, idl) {
        if (!strcmp(agent->host, host)) {
            return agent;
        }
    }
    return NULL;
}

/* Adds what ctl_agent_is_alive() needs to what 'idl' monitors. */
void
ctl_agent_liveness_prereqs(struct ovsdb_idl *idl)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_global_col_options,
        &l3harec_agent_col_host,
        &l3harec_agent_col_heartbeat,
    };
    ctl_add_columns(idl, columns, ARRAY_SIZE(columns));
}

/* Returns true if the last heartbeat of 'agent' is young enough. */
bool
ctl_agent_is_alive(const struct ovsdb_idl *idl,
                   const struct l3harec_agent *agent)
{
    const struct l3harec_global *global = l3harec_global_first(idl);
    int down_time = DEFAULT_DOWN_TIME;

    if (global) {
        down_time = smap_get_int(&global->options, "agent_down_time",
                                 DEFAULT_DOWN_TIME);
    }
    return time_wall_msec() - agent->heartbeat < down_time * 1000LL;
}

/* "alive", "dead" or "no agent", for the node 'host'. */
const char *
ctl_host_state(struct ovsdb_idl *idl, const char *host)
{
    const struct l3harec_agent *agent = ctl_find_agent(idl, host);

    return (!agent ? "no agent"
            : ctl_agent_is_alive(idl, agent) ? "alive" : "dead");
}
