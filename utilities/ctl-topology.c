/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The command "topology" of ovs-l3ha-ctl: a picture of hosts, routers and
 * networks, drawn by dot(1) of graphviz.
 *
 * A router is joined to its networks, with its addresses there, and to the
 * hosts that have a copy, by a line that shows the copy's state.  HA networks
 * are not shown: each has what its routers' hosts have. */

#include <config.h>
#include "utilities/ctl-topology.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db-ctl-base.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "util.h"
#include "utilities/ctl-rows.h"
#include "uuid.h"

/* Appends "TEXT", quoted for dot. */
static void
put_quoted(struct ds *s, const char *text)
{
    ds_put_char(s, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            ds_put_char(s, '\\');
        }
        ds_put_char(s, *text);
    }
    ds_put_char(s, '"');
}

/* Appends a node; the row's UUID is its name. */
static void
put_node(struct ds *s, const struct uuid *uuid, const char *label,
         const char *attributes)
{
    ds_put_format(s, "    \""UUID_FMT"\" [label=", UUID_ARGS(uuid));
    put_quoted(s, label);
    ds_put_format(s, ", %s]\n", attributes);
}

static void
put_edge(struct ds *s, const struct uuid *a, const struct uuid *b,
         const char *label, const char *attributes)
{
    ds_put_format(s, "    \""UUID_FMT"\" -- \""UUID_FMT"\" [label=",
                  UUID_ARGS(a), UUID_ARGS(b));
    put_quoted(s, label);
    ds_put_format(s, ", %s]\n", attributes);
}

static bool
is_ha_network(struct ovsdb_idl *idl, const struct l3harec_network *network)
{
    const struct l3harec_ha_network *ha;

    L3HAREC_HA_NETWORK_FOR_EACH (ha, idl) {
        if (ha->network == network) {
            return true;
        }
    }
    return false;
}

static void
put_copies(struct ovsdb_idl *idl, const struct l3harec_router *router,
           struct ds *s)
{
    size_t n;
    const struct l3harec_router_instance **copies
        = ctl_router_instances(idl, router, &n);

    for (size_t i = 0; i < n; i++) {
        const struct l3harec_agent *agent = ctl_find_agent(idl,
                                                           copies[i]->host);
        const char *state = ctl_copy_state(copies[i]);

        if (agent) {
            put_edge(s, &router->header_.uuid, &agent->header_.uuid, state,
                     (!strcmp(state, "active")
                      ? "style=bold, color=darkgreen"
                      : !strcmp(state, "standby") || !strcmp(state, "off")
                      ? "style=dashed, color=gray40"
                      : "style=bold, color=red"));
        }
    }
    free(copies);
}

static void
put_ports(struct ovsdb_idl *idl, const struct l3harec_router *router,
          struct ds *s)
{
    size_t n;
    const struct l3harec_port **ports = ctl_router_ports(idl, router, &n);

    for (size_t i = 0; i < n; i++) {
        char **addresses = xcalloc(MAX(1, ports[i]->n_fixed_ips),
                                   sizeof *addresses);

        for (size_t j = 0; j < ports[i]->n_fixed_ips; j++) {
            addresses[j] = ports[i]->fixed_ips[j]->address;
        }
        char *label = ctl_join(addresses, ports[i]->n_fixed_ips);
        put_edge(s, &ports[i]->network->header_.uuid, &router->header_.uuid,
                 label, "fontsize=9");
        free(label);
        free(addresses);
    }
    free(ports);
}

/* Appends the picture as text for dot. */
static void
put_graph(struct ovsdb_idl *idl, struct ds *s)
{
    size_t n;

    ds_put_cstr(s, "graph ovs_l3ha {\n"
                "    rankdir=LR\n"
                "    node [fontname=\"sans-serif\", style=filled]\n"
                "    edge [fontname=\"sans-serif\", fontsize=9]\n");

    const struct l3harec_network **networks = ctl_sorted_networks(idl, &n);
    for (size_t i = 0; i < n; i++) {
        if (!is_ha_network(idl, networks[i])) {
            put_node(s, &networks[i]->header_.uuid, networks[i]->name,
                     (networks[i]->external
                      ? "shape=ellipse, peripheries=2, fillcolor=lightyellow"
                      : "shape=ellipse, fillcolor=lightblue"));
        }
    }
    free(networks);

    const struct l3harec_agent **agents = ctl_sorted_agents(idl, &n);
    for (size_t i = 0; i < n; i++) {
        put_node(s, &agents[i]->header_.uuid, agents[i]->host,
                 (ctl_agent_is_alive(idl, agents[i])
                  ? "shape=box, fillcolor=palegreen"
                  : "shape=box, fillcolor=salmon"));
    }
    free(agents);

    const struct l3harec_router **routers = ctl_sorted_routers(idl, &n);
    for (size_t i = 0; i < n; i++) {
        put_node(s, &routers[i]->header_.uuid, routers[i]->name,
                 "shape=diamond, fillcolor=white");
        put_ports(idl, routers[i], s);
        put_copies(idl, routers[i], s);
    }
    free(routers);
    ds_put_cstr(s, "}\n");
}

/* Has dot(1) draw 'graph', and appends its answer to 'svg'.  Returns false if
 * there is no dot. */
static bool
draw(const struct ds *graph, struct ds *svg)
{
    char path[] = "/tmp/ovs-l3ha-topology.XXXXXX";
    int fd = mkstemp(path);
    char buf[4096];
    bool ok = false;

    if (fd < 0) {
        return false;
    }
    if (write(fd, graph->string, graph->length) == graph->length) {
        char *command = xasprintf("dot -Tsvg %s 2>/dev/null", path);
        FILE *stream = popen(command, "r");
        size_t n;

        while (stream && (n = fread(buf, 1, sizeof buf, stream)) > 0) {
            ds_put_buffer(svg, buf, n);
        }
        ok = stream && !pclose(stream);
        free(command);
    }
    close(fd);
    unlink(path);
    return ok;
}

static void
pre_topology(struct ctl_context *ctx)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_network_col_name,
        &l3harec_network_col_external,
        &l3harec_ha_network_col_network,
        &l3harec_router_col_name,
        &l3harec_router_col_admin_state_up,
        &l3harec_router_instance_col_router,
        &l3harec_router_instance_col_host,
        &l3harec_router_instance_col_state,
        &l3harec_port_col_network,
        &l3harec_port_col_router,
        &l3harec_port_col_device_owner,
        &l3harec_port_col_fixed_ips,
        &l3harec_ip_allocation_col_address,
    };

    ctl_agent_liveness_prereqs(ctx->idl);
    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

static void
cmd_topology(struct ctl_context *ctx)
{
    struct ds graph = DS_EMPTY_INITIALIZER;

    put_graph(ctx->idl, &graph);
    if (shash_find(&ctx->options, "--dot")) {
        ds_put_cstr(&ctx->output, ds_cstr(&graph));
    } else if (!draw(&graph, &ctx->output)) {
        ctl_error(ctx, "dot does not draw: is Debian's graphviz installed? "
                  "(--dot prints its input)");
    }
    ds_destroy(&graph);
}

static const struct ctl_command_syntax commands[] = {
    { "topology", 0, 0, "", pre_topology, cmd_topology, NULL, "--dot", RO },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

/* Registers the command. */
void
ctl_topology_init(void)
{
    ctl_register_commands(commands);
}
