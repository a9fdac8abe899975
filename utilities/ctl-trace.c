/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The command "trace" of ovs-l3ha-ctl: where a packet of a port goes.
 *
 * The port is found in the database; what becomes of its packets is known on
 * the host where it is plugged in, so the agent of this host is asked by its
 * control socket ("ovs-plugin/trace"), which asks ovs-vswitchd and says it in
 * words. */

#include <config.h>
#include "utilities/ctl-trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "db-ctl-base.h"
#include "dirs.h"
#include "jsonrpc.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "table.h"
#include "unixctl.h"
#include "util.h"
#include "utilities/ctl-rows.h"
#include "uuid.h"

static void
pre_trace(struct ctl_context *ctx)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_port_col_name,
        &l3harec_port_col_mac,
        &l3harec_port_col_network,
        &l3harec_port_col_hosts,
        &l3harec_network_col_name,
        &l3harec_network_col_network_type,
        &l3harec_network_col_segmentation_id,
    };

    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

/* Opens the control socket of the agent of this host, NULL if there is
 * none. */
static struct jsonrpc *
open_agent(void)
{
    char *pidfile = xasprintf("%s/ovs-l3ha-agent.pid", ovs_rundir());
    pid_t pid = read_pidfile(pidfile);
    struct jsonrpc *client = NULL;

    if (pid > 0) {
        char *socket = xasprintf("%s/ovs-l3ha-agent.%ld.ctl", ovs_rundir(),
                                 (long int) pid);

        unixctl_client_create(socket, &client);
        free(socket);
    }
    free(pidfile);
    return client;
}

/* Makes a table of 'text', what the agent says: a line for each stage, the
 * stage's name first; where it applied a flow, one that begins with spaces
 * and has the flow in parentheses; after a line "result:" one for each
 * place where the packet goes. */
static struct table *
make_table(const char *port, char *text)
{
    static const char *const headings[] = { "stage", "what", "flow" };
    struct table *t = ctl_new_table(headings, ARRAY_SIZE(headings));
    struct cell *flow = NULL;
    char *save_ptr = NULL;
    bool result = false;

    table_add_row(t);
    ctl_add_cell(t, xstrdup("port"));
    ctl_add_cell(t, xstrdup(port));
    ctl_add_cell(t, xstrdup(""));
    for (char *line = strtok_r(text, "\n", &save_ptr); line;
         line = strtok_r(NULL, "\n", &save_ptr)) {
        size_t name_len = result ? 0 : strcspn(line, " ");
        char *what = line + name_len + strspn(line + name_len, " ");

        if (!strcmp(line, "result:")) {
            result = true;
        } else if (!result && !name_len) {
            if (flow && strlen(what) >= 2) {
                free(flow->text);
                flow->text = xmemdup0(what + 1, strlen(what) - 2);
            }
        } else {
            table_add_row(t);
            ctl_add_cell(t, (result ? xstrdup("result")
                             : xmemdup0(line, name_len)));
            ctl_add_cell(t, xstrdup(what));
            flow = table_add_cell(t);
            flow->text = xstrdup("");
        }
    }
    return t;
}

static void
cmd_trace(struct ctl_context *ctx)
{
    const struct l3harec_port *port;
    const struct ovsdb_idl_row *row;
    char *error, *result, *refusal;
    struct jsonrpc *client;
    char *args[2];

    error = ctl_get_row(ctx, &l3harec_table_port, ctx->argv[1], true, &row);
    if (error) {
        ctx->error = error;
        return;
    }
    port = CONTAINER_OF(row, struct l3harec_port, header_);

    char *hosts = ctl_join(port->hosts, port->n_hosts);

    client = open_agent();
    if (!client) {
        ctl_error(ctx, "no agent runs on this host; port %s is on: %s",
                  ctx->argv[1], hosts[0] ? hosts : "no host");
        free(hosts);
        return;
    }
    args[0] = xasprintf(UUID_FMT, UUID_ARGS(&row->uuid));
    args[1] = ctx->argc > 2 ? ctx->argv[2] : "";
    if (unixctl_client_transact(client, "ovs-plugin/trace", 2, args, &result,
                                &refusal)) {
        ctl_error(ctx, "the agent of this host does not answer");
    } else if (refusal) {
        ctl_error(ctx, "%.*s (hosts of the port: %s)",
                  (int) strcspn(refusal, "\n"), refusal,
                  hosts[0] ? hosts : "none");
    } else {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_format(&s, UUID_FMT" (%s), %s", UUID_ARGS(&row->uuid),
                      port->name, port->mac);
        if (port->network) {
            ds_put_format(&s, ", network %s (%s", port->network->name,
                          port->network->network_type);
            if (port->network->n_segmentation_id) {
                ds_put_format(&s, " %"PRId64,
                              *port->network->segmentation_id);
            }
            ds_put_char(&s, ')');
        }
        ds_put_format(&ctx->output, "port %s\n%s", ds_cstr(&s), result);
        ctx->table = make_table(ds_cstr(&s), result);
        ds_destroy(&s);
    }
    free(result);
    free(refusal);
    free(args[0]);
    free(hosts);
    jsonrpc_close(client);
}

static const struct ctl_command_syntax commands[] = {
    { "trace", 1, 2, "PORT [FLOW]", pre_trace, cmd_trace, NULL, "", RO },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

/* Registers the command. */
void
ctl_trace_init(void)
{
    ctl_register_commands(commands);
}
