/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The commands of ovs-l3ha-ctl beside the generic ones of db-ctl-base.
 *
 * Each command only reads (all but "init", which inserts the Global row) and
 * prints either text (show, router-show) or a table that --format governs
 * (agent-list, router-list).  Before a command runs, its prerequisites
 * function says which columns it reads, so that a command transfers no more
 * of the database than it shows.
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
#include "utilities/ctl-rows.h"
#include "utilities/ctl-topology.h"
#include "utilities/ctl-trace.h"

static void
add_cell(struct table *t, char *text)
{
    table_add_cell(t)->text = text;
}

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
        &l3harec_router_instance_col_host,
        &l3harec_router_instance_col_state,
    };
    ctl_agent_liveness_prereqs(ctx->idl);
    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

static void
start_table(struct ctl_context *ctx, const char *const *headings, size_t n)
{
    ctx->table = xmalloc(sizeof *ctx->table);
    table_init(ctx->table);
    for (size_t i = 0; i < n; i++) {
        table_add_column(ctx->table, "%s", headings[i]);
    }
}

/* Number of router copies on 'host' and how many of them are active. */
static char *
count_copies(struct ovsdb_idl *idl, const char *host)
{
    const struct l3harec_router_instance *inst;
    int total = 0, active = 0;

    L3HAREC_ROUTER_INSTANCE_FOR_EACH (inst, idl) {
        if (!strcmp(inst->host, host)) {
            total++;
            active += inst->state && !strcmp(inst->state, "active");
        }
    }
    return xasprintf("%d (%d active)", total, active);
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

    start_table(ctx, headings, ARRAY_SIZE(headings));
    for (size_t i = 0; i < n; i++) {
        const struct l3harec_agent *a = agents[i];
        struct table *t = ctx->table;
        struct ds roles = DS_EMPTY_INITIALIZER;
        char *s;

        table_add_row(t);
        add_cell(t, xstrdup(a->host));

        s = ctl_join(a->roles, a->n_roles);
        ds_put_cstr(&roles, s);
        free(s);
        if (a->n_admin_down_roles) {
            s = ctl_join(a->admin_down_roles, a->n_admin_down_roles);
            ds_put_format(&roles, " (disabled: %s)", s);
            free(s);
        }
        add_cell(t, ds_steal_cstr(&roles));

        add_cell(t, xstrdup(ctl_agent_is_alive(ctx->idl, a) ? "yes" : "no"));
        add_cell(t, ctl_format_age(a->heartbeat));
        add_cell(t, xstrdup(a->availability_zone));

        s = ctl_join(a->tunnel_types, a->n_tunnel_types);
        add_cell(t, (a->tunnel_ip
                     ? xasprintf("%s at %s", s, a->tunnel_ip)
                     : xstrdup("none")));
        free(s);

        add_cell(t, ctl_join_map(&a->bridge_mappings));
        add_cell(t, count_copies(ctx->idl, a->host));
        add_cell(t, (global && a->cfg_seq < global->cfg_seq
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
        &l3harec_router_col_project_id,
        &l3harec_router_col_status,
        &l3harec_router_col_admin_state_up,
        &l3harec_router_col_ha,
        &l3harec_router_col_vrrp_group,
        &l3harec_router_col_enable_snat,
        &l3harec_router_col_routes,
        &l3harec_router_instance_col_router,
        &l3harec_router_instance_col_host,
        &l3harec_router_instance_col_ha_port,
        &l3harec_router_instance_col_priority,
        &l3harec_router_instance_col_state,
        &l3harec_router_instance_col_state_since,
        &l3harec_vrrp_group_col_vrid,
        &l3harec_vrrp_group_col_ha_network,
        &l3harec_ha_network_col_network,
        &l3harec_network_col_name,
        &l3harec_port_col_network,
        &l3harec_port_col_mac,
        &l3harec_port_col_router,
        &l3harec_port_col_device_owner,
        &l3harec_port_col_fixed_ips,
        &l3harec_port_col_hosts,
        &l3harec_port_col_up,
        &l3harec_ip_allocation_col_address,
        &l3harec_ip_allocation_col_subnet,
        &l3harec_subnet_col_cidr,
        &l3harec_subnet_col_gateway_ip,
    };
    ctl_agent_liveness_prereqs(ctx->idl);
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
                      insts[i]->state ? insts[i]->state : "unknown");
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

    start_table(ctx, headings, ARRAY_SIZE(headings));
    for (size_t i = 0; i < n; i++) {
        const struct l3harec_router *r = routers[i];
        struct table *t = ctx->table;

        table_add_row(t);
        add_cell(t, xasprintf(UUID_FMT, UUID_ARGS(&r->header_.uuid)));
        add_cell(t, xstrdup(r->name));
        add_cell(t, xstrdup(r->status));
        add_cell(t, (r->vrrp_group
                     ? xasprintf("%"PRId64, r->vrrp_group->vrid)
                     : xstrdup("")));
        add_cell(t, format_copies(ctx->idl, r));
    }
    free(routers);
}

/* router-show */

static void
show_addresses(struct ds *s, const struct l3harec_port *port)
{
    struct svec addresses = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        const struct l3harec_ip_allocation *a = port->fixed_ips[i];
        const char *slash = strchr(a->subnet->cidr, '/');

        svec_add_nocopy(&addresses, xasprintf("%s%s", a->address,
                                              slash ? slash : ""));
    }
    svec_sort(&addresses);
    char *joined = svec_join(&addresses, ", ", "");
    ds_put_cstr(s, *joined ? joined : "no address");
    free(joined);
    svec_destroy(&addresses);
}

static void
show_instance(struct ctl_context *ctx,
              const struct l3harec_router_instance *inst)
{
    struct ds *s = &ctx->output;

    ds_put_format(s, "    copy on %s: %s", inst->host,
                  inst->state ? inst->state : "unknown");
    if (inst->state_since) {
        char *when = xastrftime_msec("%Y-%m-%d %H:%M:%S.###",
                                     inst->state_since, false);
        char *age = ctl_format_age(inst->state_since);

        ds_put_format(s, " since %s (%s)", when, age);
        free(when);
        free(age);
    }
    ds_put_format(s, ", agent %s", ctl_host_state(ctx->idl, inst->host));
    if (inst->ha_port) {
        ds_put_format(s, ", priority %"PRId64", ", inst->priority);
        char device[L3HA_DEV_LEN];
        l3ha_device_name(device, L3HA_DEV_PREFIX_HA,
                         &inst->ha_port->header_.uuid);
        ds_put_format(s, "%s ", device);
        show_addresses(s, inst->ha_port);
        ds_put_format(s, " %s", inst->ha_port->mac);
    }
    ds_put_char(s, '\n');
}

static void
show_router_port(struct ctl_context *ctx, const struct l3harec_router *router,
                 const struct l3harec_port *port)
{
    bool is_gateway = !strcmp(port->device_owner, L3HA_OWNER_ROUTER_GATEWAY);
    char device[L3HA_DEV_LEN];
    char *network = ctl_row_name(&port->network->header_, port->network->name);
    struct ds *s = &ctx->output;

    l3ha_device_name(device, (is_gateway ? L3HA_DEV_PREFIX_QG
                              : L3HA_DEV_PREFIX_QR), &port->header_.uuid);
    ds_put_format(s, "    %s %s: ", is_gateway ? "gateway" : "interface",
                  device);
    show_addresses(s, port);
    ds_put_format(s, " %s on network %s", port->mac, network);
    if (is_gateway) {
        for (size_t i = 0; i < port->n_fixed_ips; i++) {
            const char *next = port->fixed_ips[i]->subnet->gateway_ip;
            if (next) {
                ds_put_format(s, ", next hop %s", next);
            }
        }
        ds_put_format(s, ", source NAT %s",
                      router->enable_snat ? "on" : "off");
    }
    char *up = ctl_join(port->up, port->n_up);
    ds_put_format(s, ", wired on %s\n", *up ? up : "no host");
    free(up);
    free(network);
}

static void
cmd_router_show(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *row;
    struct ds *s = &ctx->output;
    size_t n;

    ctx->error = ctl_get_row(ctx, &l3harec_table_router, ctx->argv[1], true,
                             &row);
    if (ctx->error) {
        return;
    }

    const struct l3harec_router *r
        = l3harec_router_get_for_uuid(ctx->idl, &row->uuid);
    ds_put_format(s, "router "UUID_FMT" (%s)\n",
                  UUID_ARGS(&r->header_.uuid), r->name);
    if (*r->project_id) {
        ds_put_format(s, "    project: %s\n", r->project_id);
    }
    ds_put_format(s, "    status: %s, administratively %s\n", r->status,
                  r->admin_state_up ? "up" : "down");
    if (r->vrrp_group) {
        const struct l3harec_network *net
            = r->vrrp_group->ha_network->network;
        char *name = ctl_row_name(&net->header_, net->name);

        ds_put_format(s, "    VRID: %"PRId64" on network %s\n",
                      r->vrrp_group->vrid, name);
        free(name);
    } else {
        ds_put_cstr(s, "    not highly available\n");
    }

    const struct l3harec_router_instance **insts
        = ctl_router_instances(ctx->idl, r, &n);
    for (size_t i = 0; i < n; i++) {
        show_instance(ctx, insts[i]);
    }
    free(insts);

    const struct l3harec_port **ports = ctl_router_ports(ctx->idl, r, &n);
    for (size_t i = 0; i < n; i++) {
        show_router_port(ctx, r, ports[i]);
    }
    free(ports);

    struct svec routes = SVEC_EMPTY_INITIALIZER;
    for (size_t i = 0; i < r->n_routes; i++) {
        svec_add(&routes, r->routes[i]);
    }
    svec_sort(&routes);
    const char *route;
    size_t i;
    SVEC_FOR_EACH (i, route, &routes) {
        ds_put_format(s, "    route: %s\n", route);
    }
    svec_destroy(&routes);
}

/* show */

static void
pre_show(struct ctl_context *ctx)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_agent_col_drained,
        &l3harec_agent_col_physical_down,
        &l3harec_network_col_network_type,
        &l3harec_network_col_physical_network,
        &l3harec_network_col_segmentation_id,
        &l3harec_network_col_mtu,
        &l3harec_network_col_external,
        &l3harec_subnet_col_network,
        &l3harec_subnet_col_name,
    };
    pre_agent_list(ctx);
    pre_router_list(ctx);
    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

static void
show_network(struct ctl_context *ctx, const struct l3harec_network *net)
{
    const struct l3harec_subnet *subnet;
    const struct l3harec_port *port;
    struct svec subnets = SVEC_EMPTY_INITIALIZER;
    struct ds *s = &ctx->output;
    int n_ports = 0, n_up = 0;
    const char *text;
    size_t i;

    ds_put_format(s, "network "UUID_FMT" (%s)\n",
                  UUID_ARGS(&net->header_.uuid), net->name);
    ds_put_format(s, "    %s", net->network_type);
    if (*net->physical_network) {
        ds_put_format(s, " on %s", net->physical_network);
    }
    if (net->n_segmentation_id) {
        ds_put_format(s, ", segment %"PRId64, net->segmentation_id[0]);
    }
    ds_put_format(s, ", MTU %"PRId64"%s\n", net->mtu,
                  net->external ? ", external" : "");

    L3HAREC_SUBNET_FOR_EACH (subnet, ctx->idl) {
        if (subnet->network == net) {
            svec_add_nocopy(&subnets, xasprintf("%s (%s)", subnet->cidr,
                                                subnet->name));
        }
    }
    svec_sort(&subnets);
    SVEC_FOR_EACH (i, text, &subnets) {
        ds_put_format(s, "    subnet %s\n", text);
    }
    svec_destroy(&subnets);

    L3HAREC_PORT_FOR_EACH (port, ctx->idl) {
        if (port->network == net) {
            n_ports++;
            n_up += port->n_up > 0;
        }
    }
    ds_put_format(s, "    %d port%s, %d wired\n",
                  n_ports, n_ports == 1 ? "" : "s", n_up);
}

/* Says so if not exactly one copy of 'router' is active.  What an agent that
 * is dead said last does not count. */
static void
show_active(struct ctl_context *ctx, const struct l3harec_router *router)
{
    struct svec active = SVEC_EMPTY_INITIALIZER;
    size_t n;
    const struct l3harec_router_instance **insts
        = ctl_router_instances(ctx->idl, router, &n);

    for (size_t i = 0; i < n; i++) {
        const struct l3harec_agent *a = ctl_find_agent(ctx->idl,
                                                       insts[i]->host);

        if (a && ctl_agent_is_alive(ctx->idl, a) && insts[i]->state
            && !strcmp(insts[i]->state, "active")) {
            svec_add(&active, insts[i]->host);
        }
    }
    if (n && svec_is_empty(&active)) {
        ds_put_cstr(&ctx->output, "    WARNING: no copy is active\n");
    } else if (active.n > 1) {
        char *hosts = svec_join(&active, " and ", "");

        ds_put_format(&ctx->output,
                      "    WARNING: %"PRIuSIZE" copies are active, on %s\n",
                      active.n, hosts);
        free(hosts);
    }
    svec_destroy(&active);
    free(insts);
}

static void
cmd_show(struct ctl_context *ctx)
{
    struct ds *s = &ctx->output;
    size_t n;

    const struct l3harec_agent **agents = ctl_sorted_agents(ctx->idl, &n);
    for (size_t i = 0; i < n; i++) {
        const struct l3harec_agent *a = agents[i];
        char *roles = ctl_join(a->roles, a->n_roles);
        char *copies = count_copies(ctx->idl, a->host);

        ds_put_format(s, "agent %s\n    roles %s, %s", a->host, roles,
                      ctl_agent_is_alive(ctx->idl, a) ? "alive" : "dead");
        if (a->tunnel_ip) {
            char *types = ctl_join(a->tunnel_types, a->n_tunnel_types);
            ds_put_format(s, ", %s at %s", types, a->tunnel_ip);
            free(types);
        }
        ds_put_format(s, "%s\n    router copies: %s\n",
                      a->drained ? ", drained" : "", copies);
        if (a->n_physical_down) {
            char *down = ctl_join(a->physical_down, a->n_physical_down);

            ds_put_format(s, "    physical network down: %s\n", down);
            free(down);
        }
        free(roles);
        free(copies);
    }
    free(agents);

    const struct l3harec_network **networks
        = ctl_sorted_networks(ctx->idl, &n);
    for (size_t i = 0; i < n; i++) {
        show_network(ctx, networks[i]);
    }
    free(networks);

    const struct l3harec_router **routers = ctl_sorted_routers(ctx->idl, &n);
    for (size_t i = 0; i < n; i++) {
        const struct l3harec_router *r = routers[i];
        char *copies = format_copies(ctx->idl, r);
        size_t n_ports;

        ds_put_format(s, "router "UUID_FMT" (%s)\n",
                      UUID_ARGS(&r->header_.uuid), r->name);
        if (r->vrrp_group) {
            ds_put_format(s, "    VRID %"PRId64", copies on %s\n",
                          r->vrrp_group->vrid, copies);
            show_active(ctx, r);
        } else {
            ds_put_format(s, "    on %s\n", copies);
        }
        free(copies);

        const struct l3harec_port **ports
            = ctl_router_ports(ctx->idl, r, &n_ports);
        for (size_t j = 0; j < n_ports; j++) {
            show_router_port(ctx, r, ports[j]);
        }
        free(ports);
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
    { "show", 0, 0, "", pre_show, cmd_show, NULL, "", RO },
    { "router-show", 1, 1, "ROUTER", pre_router_list, cmd_router_show, NULL,
      "", RO },
    { "router-list", 0, 0, "", pre_router_list, cmd_router_list, NULL, "",
      RO },
    { "agent-list", 0, 0, "", pre_agent_list, cmd_agent_list, NULL, "", RO },
    { "sync", 0, 0, "", NULL, cmd_sync, NULL, "", RO },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

void
ctl_commands_init(void (*exit_cb)(int status))
{
    ctl_init(&l3harec_idl_class, l3harec_table_classes, tables, NULL,
             exit_cb);
    ctl_register_commands(commands);
    ctl_check_init();
    ctl_events_init();
    ctl_failover_init();
    ctl_topology_init();
    ctl_trace_init();
}
