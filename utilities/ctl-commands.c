/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The commands of ovs-l3ha-ctl beside the generic ones of db-ctl-base.
 *
 * Each command only reads (all but "init", which inserts the Global row) and
 * prints a table that --format governs, or is refused with it; most commands
 * are in files of their own.  Before a command runs, its prerequisites
 * function says which columns it reads, so that a command transfers no more of
 * the database than it shows.
 *
 * Everything is sorted by name, so that output can be compared. */

#include <config.h>
#include "utilities/ctl-commands.h"

#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "svec.h"
#include "table.h"
#include "util.h"
#include "utilities/ctl-check.h"
#include "utilities/ctl-events.h"
#include "utilities/ctl-failover.h"
#include "utilities/ctl-orphans.h"
#include "utilities/ctl-rows.h"
#include "utilities/ctl-show.h"
#include "utilities/ctl-topology.h"
#include "utilities/ctl-trace.h"

/* init */

static void
pre_init(struct ctl_context *ctx)
{
    ovsdb_idl_add_table(ctx->idl, &l3harec_table_global);
}

/* The Global row is inserted with every command that may write. */
static void
cmd_init(struct ctl_context *ctx OVS_UNUSED)
{
}

/* agent-list */

static void
pre_agent_list(struct ctl_context *ctx)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_agent_col_roles,
        &l3harec_agent_col_admin_down_roles,
        &l3harec_agent_col_tunnel_ip,
        &l3harec_agent_col_tunnel_types,
        &l3harec_agent_col_bridge_mappings,
        &l3harec_agent_col_availability_zone,
        &l3harec_agent_col_cfg_seq,
        &l3harec_global_col_cfg_seq,
        &l3harec_router_col_admin_state_up,
        &l3harec_router_instance_col_router,
        &l3harec_router_instance_col_host,
        &l3harec_router_instance_col_state,
    };
    ctl_agent_liveness_prereqs(ctx->idl);
    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

static void
cmd_agent_list(struct ctl_context *ctx)
{
    static const char *const headings[] = {
        "host", "roles", "alive", "heartbeat", "zone", "tunnels",
        "bridge mappings", "router copies", "realised",
    };
    const struct l3harec_global *global = l3harec_global_first(ctx->idl);
    size_t n;
    const struct l3harec_agent **agents = ctl_sorted_agents(ctx->idl, &n);

    ctx->table = ctl_new_table(headings, ARRAY_SIZE(headings));
    for (size_t i = 0; i < n; i++) {
        const struct l3harec_agent *a = agents[i];
        struct table *t = ctx->table;
        struct ds roles = DS_EMPTY_INITIALIZER;
        char *s;

        table_add_row(t);
        ctl_add_cell(t, xstrdup(a->host));

        s = ctl_join(a->roles, a->n_roles);
        ds_put_cstr(&roles, s);
        free(s);
        if (a->n_admin_down_roles) {
            s = ctl_join(a->admin_down_roles, a->n_admin_down_roles);
            ds_put_format(&roles, " (disabled: %s)", s);
            free(s);
        }
        ctl_add_cell(t, ds_steal_cstr(&roles));

        ctl_add_cell(t, xstrdup(ctl_agent_is_alive(ctx->idl, a)
                                ? "yes" : "no"));
        ctl_add_cell(t, ctl_format_age(a->heartbeat));
        ctl_add_cell(t, xstrdup(a->availability_zone));

        s = ctl_join(a->tunnel_types, a->n_tunnel_types);
        ctl_add_cell(t, (a->tunnel_ip
                         ? xasprintf("%s at %s", s, a->tunnel_ip)
                         : xstrdup("none")));
        free(s);

        ctl_add_cell(t, ctl_join_map(&a->bridge_mappings));
        ctl_add_cell(t, ctl_count_copies(ctx->idl, a->host));
        ctl_add_cell(t, (global && a->cfg_seq < global->cfg_seq
                         ? xasprintf("%"PRId64" of %"PRId64,
                                     a->cfg_seq, global->cfg_seq)
                         : xstrdup("all")));
    }
    free(agents);
}

/* router-list */

static void
pre_router_list(struct ctl_context *ctx)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_router_col_name,
        &l3harec_router_col_status,
        &l3harec_router_col_admin_state_up,
        &l3harec_router_col_vrrp_group,
        &l3harec_router_instance_col_router,
        &l3harec_router_instance_col_host,
        &l3harec_router_instance_col_state,
        &l3harec_vrrp_group_col_vrid,
    };
    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

/* "network1 (active), network2 (standby)". */
static char *
format_copies(struct ovsdb_idl *idl, const struct l3harec_router *router)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n;
    const struct l3harec_router_instance **insts
        = ctl_router_instances(idl, router, &n);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&s, "%s%s (%s)", i ? ", " : "", insts[i]->host,
                      ctl_copy_state(insts[i]));
    }
    free(insts);
    return n ? ds_steal_cstr(&s) : xstrdup("none");
}

static void
cmd_router_list(struct ctl_context *ctx)
{
    static const char *const headings[] = {
        "id", "name", "status", "vrid", "copies",
    };
    size_t n;
    const struct l3harec_router **routers = ctl_sorted_routers(ctx->idl, &n);

    ctx->table = ctl_new_table(headings, ARRAY_SIZE(headings));
    for (size_t i = 0; i < n; i++) {
        const struct l3harec_router *r = routers[i];
        struct table *t = ctx->table;

        table_add_row(t);
        ctl_add_cell(t, xasprintf(UUID_FMT, UUID_ARGS(&r->header_.uuid)));
        ctl_add_cell(t, xstrdup(r->name));
        ctl_add_cell(t, xstrdup(r->status));
        ctl_add_cell(t, (r->vrrp_group
                         ? xasprintf("%"PRId64, r->vrrp_group->vrid)
                         : xstrdup("")));
        ctl_add_cell(t, format_copies(ctx->idl, r));
    }
    free(routers);
}

/* sync: what it waits for is main()'s job. */

static void
cmd_sync(struct ctl_context *ctx OVS_UNUSED)
{
}

/* How generic commands may name a row beside its UUID. */
static const struct ctl_table_class tables[L3HAREC_N_TABLES] = {
    [L3HAREC_TABLE_AGENT].row_ids[0] = { &l3harec_agent_col_host },
    [L3HAREC_TABLE_NETWORK].row_ids[0] = { &l3harec_network_col_name },
    [L3HAREC_TABLE_SUBNET].row_ids[0] = { &l3harec_subnet_col_name },
    [L3HAREC_TABLE_PORT].row_ids[0] = { &l3harec_port_col_name },
    [L3HAREC_TABLE_ROUTER].row_ids[0] = { &l3harec_router_col_name },
};

static const struct ctl_command_syntax commands[] = {
    { "init", 0, 0, "", pre_init, cmd_init, NULL, "", RW },
    { "router-list", 0, 0, "", pre_router_list, cmd_router_list, NULL, "",
      RO },
    { "agent-list", 0, 0, "", pre_agent_list, cmd_agent_list, NULL, "", RO },
    { "sync", 0, 0, "", NULL, cmd_sync, NULL, "", RO },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

/* What does not print tables, and why.  All else does. */
static const struct {
    const char *command;
    const char *prints;         /* NULL: nothing. */
} tableless[] = {
    { "create", "the UUID of a row" },
    { "get", "values, one a line" },
    { "topology", "a picture" },
    { "add", NULL },
    { "clear", NULL },
    { "comment", NULL },
    { "destroy", NULL },
    { "init", NULL },
    { "remove", NULL },
    { "set", NULL },
    { "sync", NULL },
    { "wait-until", NULL },
};

void
ctl_commands_check_format(const struct ctl_command *cmds, size_t n)
{
    const char *silent = NULL;
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        const char *name = cmds[i].syntax->name;
        bool prints = true;

        for (size_t j = 0; j < ARRAY_SIZE(tableless); j++) {
            if (strcmp(name, tableless[j].command)) {
                continue;
            } else if (tableless[j].prints) {
                ctl_fatal("\"%s\" knows no --format: it prints %s, not a "
                          "table", name, tableless[j].prints);
            }
            prints = false;
        }
        any |= prints;
        silent = prints ? silent : name;
    }
    if (!any && silent) {
        ctl_fatal("\"%s\" knows no --format: it prints nothing", silent);
    }
}

void
ctl_commands_init(void (*exit_cb)(int status))
{
    ctl_init(&l3harec_idl_class, l3harec_table_classes, tables, NULL,
             exit_cb);
    ctl_register_commands(commands);
    ctl_check_init();
    ctl_events_init();
    ctl_failover_init();
    ctl_orphans_init();
    ctl_show_init();
    ctl_topology_init();
    ctl_trace_init();
}
