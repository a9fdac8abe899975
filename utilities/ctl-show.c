/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The commands "show" and "router-show" of ovs-l3ha-ctl: the whole picture,
 * and one router.
 *
 * "show" has a few lines for each agent, network and router, below each of
 * them what is wrong with it, and a last line that counts the faults; on a
 * terminal errors are red.  Both make the same as a table, too, for programs
 * that ask by --format: a row for each agent, network, router, and copy and
 * port of a router, with "router-show" also for each route. */

#include <config.h>
#include "utilities/ctl-show.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db-ctl-base.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "svec.h"
#include "table.h"
#include "util.h"
#include "utilities/ctl-faults.h"
#include "utilities/ctl-rows.h"

/* What is shown. */
struct show {
    struct ovsdb_idl *idl;
    struct ds *text;
    struct table *table;
    struct ctl_faults faults;
    bool color;
};

/* True if what is wrong is to be red: on a terminal that can do that, unless
 * its user has said otherwise, see https://no-color.org. */
static bool
want_color(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return (isatty(STDOUT_FILENO) && !(no_color && *no_color)
            && term && *term && strcmp(term, "dumb"));
}

static void OVS_PRINTF_FORMAT(3, 4)
put_colored(const struct show *show, enum ctl_severity severity,
            const char *format, ...)
{
    va_list args;

    if (show->color) {
        ds_put_cstr(show->text,
                    severity == CTL_ERROR ? "\033[31m" : "\033[33m");
    }
    va_start(args, format);
    ds_put_format_valist(show->text, format, args);
    va_end(args);
    if (show->color) {
        ds_put_cstr(show->text, "\033[0m");
    }
    ds_put_char(show->text, '\n');
}

/* Puts into the text what is wrong with 'row'. */
static void
show_faults(const struct show *show, const struct ovsdb_idl_row *row)
{
    for (size_t i = 0; i < show->faults.n; i++) {
        const struct ctl_fault *f = &show->faults.faults[i];

        if (f->row == row) {
            put_colored(show, f->severity, "    %s %s: %s",
                        f->severity == CTL_ERROR ? "ERROR" : "WARNING",
                        f->name, f->details);
        }
    }
}

/* Adds 'row' to the table, or something that is no row if it is NULL.  'since'
 * is in milliseconds since the epoch. */
static void
add_row(const struct show *show, const char *what,
        const struct ovsdb_idl_row *row, const char *name, const char *host,
        const char *state, long long int since, const char *details)
{
    struct ds faults = DS_EMPTY_INITIALIZER;
    struct table *t = show->table;

    for (size_t i = 0; i < show->faults.n; i++) {
        const struct ctl_fault *f = &show->faults.faults[i];

        if (row && f->row == row) {
            ds_put_format(&faults, "%s%s", faults.length ? "," : "", f->name);
        }
    }
    table_add_row(t);
    ctl_add_cell(t, xstrdup(what));
    ctl_add_cell(t, (row ? xasprintf(UUID_FMT, UUID_ARGS(&row->uuid))
                     : xstrdup("")));
    ctl_add_cell(t, xstrdup(name));
    ctl_add_cell(t, xstrdup(host));
    ctl_add_cell(t, xstrdup(state));
    ctl_add_cell(t, ctl_format_time(since));
    ctl_add_cell(t, xstrdup(details));
    ctl_add_cell(t, ds_steal_cstr(&faults));
}

/* Prepares 'show' for what 'ctx' prints, and finds out what is wrong. */
static void
show_begin(struct show *show, struct ctl_context *ctx)
{
    static const char *const headings[] = {
        "what", "id", "name", "host", "state", "since", "details", "faults",
    };

    ctx->table = ctl_new_table(headings, ARRAY_SIZE(headings));
    *show = (struct show) {
        .idl = ctx->idl,
        .text = &ctx->output,
        .table = ctx->table,
        .color = want_color(),
    };
    ctl_faults_find(&show->faults, ctx->idl);
}

/* What both show of a router. */

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

/* "PREFIX7 on network N". */
static void
put_vrid(struct ds *s, const struct l3harec_router *r, const char *prefix)
{
    if (r->vrrp_group) {
        const struct l3harec_network *net
            = r->vrrp_group->ha_network->network;
        char *name = ctl_row_name(&net->header_, net->name);

        ds_put_format(s, "%s%"PRId64" on network %s", prefix,
                      r->vrrp_group->vrid, name);
        free(name);
    } else {
        ds_put_cstr(s, "not highly available");
    }
}

/* "project P, administratively up, VRID 7 on network N".  The caller must free
 * it. */
static char *
router_details(const struct l3harec_router *r)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (*r->project_id) {
        ds_put_format(&s, "project %s, ", r->project_id);
    }
    ds_put_format(&s, "administratively %s, ",
                  r->admin_state_up ? "up" : "down");
    put_vrid(&s, r, "VRID ");
    return ds_steal_cstr(&s);
}

/* Since when 'copy' is in its state, 0 if nobody knows: since when it is off
 * is not recorded. */
static long long int
since(const struct l3harec_router_instance *copy)
{
    return strcmp(ctl_copy_state(copy), "off") ? copy->state_since : 0;
}

/* "agent alive, priority 50, HA port".  The caller must free it. */
static char *
copy_details(struct ovsdb_idl *idl, const struct l3harec_router_instance *copy)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "agent %s", ctl_host_state(idl, copy->host));
    if (copy->ha_port) {
        char device[L3HA_DEV_LEN];

        l3ha_device_name(device, L3HA_DEV_PREFIX_HA,
                         &copy->ha_port->header_.uuid);
        ds_put_format(&s, ", priority %"PRId64", %s ", copy->priority, device);
        show_addresses(&s, copy->ha_port);
        ds_put_format(&s, " %s", copy->ha_port->mac);
    }
    return ds_steal_cstr(&s);
}

static void
add_copy(const struct show *show, const struct l3harec_router *router,
         const struct l3harec_router_instance *copy)
{
    char *details = copy_details(show->idl, copy);

    add_row(show, "copy", &copy->header_, router->name, copy->host,
            ctl_copy_state(copy), since(copy), details);
    free(details);
}

static void
show_router_port(const struct show *show, const struct l3harec_router *router,
                 const struct l3harec_port *port)
{
    bool is_gateway = !strcmp(port->device_owner, L3HA_OWNER_ROUTER_GATEWAY);
    const char *what = is_gateway ? "gateway" : "interface";
    char *network = ctl_row_name(&port->network->header_, port->network->name);
    char *up = ctl_join(port->up, port->n_up);
    struct ds details = DS_EMPTY_INITIALIZER;
    char device[L3HA_DEV_LEN];

    l3ha_device_name(device, (is_gateway ? L3HA_DEV_PREFIX_QG
                              : L3HA_DEV_PREFIX_QR), &port->header_.uuid);
    show_addresses(&details, port);
    ds_put_format(&details, " %s on network %s", port->mac, network);
    if (is_gateway) {
        for (size_t i = 0; i < port->n_fixed_ips; i++) {
            const char *next = port->fixed_ips[i]->subnet->gateway_ip;
            if (next) {
                ds_put_format(&details, ", next hop %s", next);
            }
        }
        ds_put_format(&details, ", source NAT %s",
                      router->enable_snat ? "on" : "off");
    }
    ds_put_format(show->text, "    %s %s: %s, wired on %s\n", what, device,
                  ds_cstr(&details), *up ? up : "no host");
    add_row(show, what, &port->header_, device, up, "", 0, ds_cstr(&details));
    ds_destroy(&details);
    free(up);
    free(network);
}

/* router-show */

static void
pre_router_show(struct ctl_context *ctx)
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
    ctl_faults_prereqs(ctx->idl);
    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

static void
show_instance(const struct show *show,
              const struct l3harec_router_instance *inst)
{
    char *details = copy_details(show->idl, inst);
    struct ds *s = show->text;

    ds_put_format(s, "    copy on %s: %s", inst->host,
                  ctl_copy_state(inst));
    if (since(inst)) {
        char *when = ctl_format_time(since(inst));
        char *age = ctl_format_age(since(inst));

        ds_put_format(s, " since %s (%s)", when, age);
        free(when);
        free(age);
    }
    ds_put_format(s, ", %s\n", details);
    free(details);
}

static void
cmd_router_show(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *row;
    struct ds *s = &ctx->output;
    struct show show;
    size_t n;

    ctx->error = ctl_get_row(ctx, &l3harec_table_router, ctx->argv[1], true,
                             &row);
    if (ctx->error) {
        return;
    }

    const struct l3harec_router *r
        = l3harec_router_get_for_uuid(ctx->idl, &row->uuid);

    show_begin(&show, ctx);
    ds_put_format(s, "router "UUID_FMT" (%s)\n",
                  UUID_ARGS(&r->header_.uuid), r->name);
    if (*r->project_id) {
        ds_put_format(s, "    project: %s\n", r->project_id);
    }
    ds_put_format(s, "    status: %s, administratively %s\n", r->status,
                  r->admin_state_up ? "up" : "down");
    ds_put_cstr(s, "    ");
    put_vrid(s, r, "VRID: ");
    ds_put_char(s, '\n');
    show_faults(&show, row);

    char *details = router_details(r);
    add_row(&show, "router", row, r->name, "", r->status, 0, details);
    free(details);

    const struct l3harec_router_instance **insts
        = ctl_router_instances(ctx->idl, r, &n);
    for (size_t i = 0; i < n; i++) {
        show_instance(&show, insts[i]);
        show_faults(&show, &insts[i]->header_);
        add_copy(&show, r, insts[i]);
    }
    free(insts);

    const struct l3harec_port **ports = ctl_router_ports(ctx->idl, r, &n);
    for (size_t i = 0; i < n; i++) {
        show_router_port(&show, r, ports[i]);
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
        add_row(&show, "route", NULL, r->name, "", "", 0, route);
    }
    svec_destroy(&routes);
    ctl_faults_destroy(&show.faults);
}

/* show */

static void
pre_show(struct ctl_context *ctx)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_agent_col_roles,
        &l3harec_agent_col_tunnel_ip,
        &l3harec_agent_col_tunnel_types,
        &l3harec_network_col_network_type,
        &l3harec_network_col_physical_network,
        &l3harec_network_col_segmentation_id,
        &l3harec_network_col_mtu,
        &l3harec_network_col_external,
        &l3harec_subnet_col_network,
        &l3harec_subnet_col_name,
    };
    pre_router_show(ctx);
    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

/* Counts the faults in words. */
static void
show_summary(const struct show *show)
{
    size_t n_errors = show->faults.n_found[CTL_ERROR];
    size_t n_warnings = show->faults.n_found[CTL_WARNING];

    if (n_errors || n_warnings) {
        put_colored(show, n_errors ? CTL_ERROR : CTL_WARNING,
                    "%"PRIuSIZE" error%s, %"PRIuSIZE" warning%s",
                    n_errors, n_errors == 1 ? "" : "s",
                    n_warnings, n_warnings == 1 ? "" : "s");
    } else {
        ds_put_cstr(show->text, "no errors, no warnings\n");
    }
}

static void
show_agent(const struct show *show, const struct l3harec_agent *a)
{
    const char *state = ctl_agent_is_alive(show->idl, a) ? "alive" : "dead";
    char *roles = ctl_join(a->roles, a->n_roles);
    char *copies = ctl_count_copies(show->idl, a->host);
    char *age = ctl_format_age(a->heartbeat);
    struct ds details = DS_EMPTY_INITIALIZER;

    ds_put_format(&details, "roles %s", roles);
    if (a->tunnel_ip) {
        char *types = ctl_join(a->tunnel_types, a->n_tunnel_types);

        ds_put_format(&details, ", %s at %s", types, a->tunnel_ip);
        free(types);
    }
    ds_put_format(&details, ", router copies: %s", copies);
    ds_put_format(show->text, "agent %s (%s, heartbeat: %s%s)\n    %s\n",
                  a->host, state, age, a->heartbeat ? " ago" : "",
                  ds_cstr(&details));
    show_faults(show, &a->header_);
    add_row(show, "agent", &a->header_, a->host, a->host, state,
            a->heartbeat, ds_cstr(&details));
    ds_destroy(&details);
    free(age);
    free(copies);
    free(roles);
}

static void
show_network(const struct show *show, const struct l3harec_network *net)
{
    const struct l3harec_subnet *subnet;
    const struct l3harec_port *port;
    struct svec subnets = SVEC_EMPTY_INITIALIZER;
    struct ds details = DS_EMPTY_INITIALIZER;
    int n_ports = 0, n_up = 0;
    const char *text;
    size_t i;

    ds_put_cstr(&details, net->network_type);
    if (*net->physical_network) {
        ds_put_format(&details, " on %s", net->physical_network);
    }
    if (net->n_segmentation_id) {
        ds_put_format(&details, ", segment %"PRId64, net->segmentation_id[0]);
    }
    ds_put_format(&details, ", MTU %"PRId64"%s", net->mtu,
                  net->external ? ", external" : "");

    L3HAREC_SUBNET_FOR_EACH (subnet, show->idl) {
        if (subnet->network == net) {
            svec_add(&subnets, subnet->cidr);
        }
    }
    svec_sort(&subnets);
    SVEC_FOR_EACH (i, text, &subnets) {
        ds_put_format(&details, ", %s", text);
    }
    svec_destroy(&subnets);

    L3HAREC_PORT_FOR_EACH (port, show->idl) {
        if (port->network == net) {
            n_ports++;
            n_up += port->n_up > 0;
        }
    }
    ds_put_format(&details, ", ports: %d (%d wired)", n_ports, n_up);

    ds_put_format(show->text, "network "UUID_FMT" (%s)\n    %s\n",
                  UUID_ARGS(&net->header_.uuid), net->name,
                  ds_cstr(&details));
    show_faults(show, &net->header_);
    add_row(show, "network", &net->header_, net->name, "", "", 0,
            ds_cstr(&details));
    ds_destroy(&details);
}

/* "active on network1 for 3 s". */
static void
show_copy(const struct show *show, const struct l3harec_router_instance *copy)
{
    ds_put_format(show->text, "%s on %s",
                  ctl_copy_state(copy), copy->host);
    if (since(copy)) {
        char *age = ctl_format_age(since(copy));

        ds_put_format(show->text, " for %s", age);
        free(age);
    }
}

static void
show_router(const struct show *show, const struct l3harec_router *r)
{
    char *vrid = (r->vrrp_group
                  ? xasprintf("VRID %"PRId64, r->vrrp_group->vrid)
                  : xstrdup("not highly available"));
    const struct l3harec_router_instance **copies;
    const struct l3harec_port **ports;
    char *details = router_details(r);
    size_t n_copies, n_ports;

    copies = ctl_router_instances(show->idl, r, &n_copies);
    ports = ctl_router_ports(show->idl, r, &n_ports);
    ds_put_format(show->text, "router "UUID_FMT" (%s)\n    %s",
                  UUID_ARGS(&r->header_.uuid), r->name, vrid);
    for (size_t i = 0; i < n_copies; i++) {
        ds_put_cstr(show->text, i ? ", " : ": ");
        show_copy(show, copies[i]);
    }
    ds_put_char(show->text, '\n');
    add_row(show, "router", &r->header_, r->name, "", r->status, 0, details);
    for (size_t i = 0; i < n_ports; i++) {
        show_router_port(show, r, ports[i]);
    }
    show_faults(show, &r->header_);
    for (size_t i = 0; i < n_copies; i++) {
        show_faults(show, &copies[i]->header_);
        add_copy(show, r, copies[i]);
    }
    free(copies);
    free(ports);
    free(vrid);
    free(details);
}

static void
cmd_show(struct ctl_context *ctx)
{
    struct show show;
    size_t n;

    show_begin(&show, ctx);

    const struct l3harec_agent **agents = ctl_sorted_agents(ctx->idl, &n);
    for (size_t i = 0; i < n; i++) {
        show_agent(&show, agents[i]);
    }
    free(agents);

    const struct l3harec_network **networks
        = ctl_sorted_networks(ctx->idl, &n);
    for (size_t i = 0; i < n; i++) {
        show_network(&show, networks[i]);
    }
    free(networks);

    const struct l3harec_router **routers = ctl_sorted_routers(ctx->idl, &n);
    for (size_t i = 0; i < n; i++) {
        show_router(&show, routers[i]);
    }
    free(routers);

    show_faults(&show, NULL);
    show_summary(&show);
    ctl_faults_destroy(&show.faults);
}

static const struct ctl_command_syntax commands[] = {
    { "show", 0, 0, "", pre_show, cmd_show, NULL, "", RO },
    { "router-show", 1, 1, "ROUTER", pre_router_show, cmd_router_show, NULL,
      "", RO },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

/* Registers the commands. */
void
ctl_show_init(void)
{
    ctl_register_commands(commands);
}
