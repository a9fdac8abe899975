/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The command "check" of ovs-l3ha-ctl: what is wrong, for people and for
 * monitoring.
 *
 * Compares what the database asks for with what the agents report in it.
 * Each fault is one row of the table that is printed, and has a name that a
 * monitoring system can tell it by; ovs-l3ha-ctl(8) lists them.  What is
 * about to be done already (a change that the agents have not yet taken in, a
 * copy that hands over at this moment) is a fault like any other: a monitor
 * looks again before it calls somebody.
 *
 * An error means that somebody has no service, or that the next failure will
 * end it; a warning is something that an operator wants to know.  What an
 * agent said last before it died does not count as its copies' state. */

#include <config.h>
#include "utilities/ctl-check.h"

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
#include "timeval.h"
#include "util.h"
#include "utilities/ctl-rows.h"

/* A clock that differs by more than this, in ms, is a fault: ages of
 * heartbeats are compared over hosts. */
#define MAX_CLOCK_DIFFERENCE 5000

enum severity {
    ERROR,
    WARNING,
    N_SEVERITIES
};

static const char *const severities[] = {
    [ERROR] = "error",
    [WARNING] = "warning",
};

struct fault {
    enum severity severity;
    const char *name;           /* Not owned. */
    char *object;               /* What it is about. */
    char *details;
};

/* What one "check" has found. */
struct faults {
    struct ovsdb_idl *idl;
    struct fault *faults;
    size_t n, allocated;
};

/* How many of each severity the last "check" has found, for the status that
 * the process ends with. */
static size_t n_found[N_SEVERITIES];

/* Adds a fault that is called 'name'.  Takes over 'object'. */
static void OVS_PRINTF_FORMAT(5, 6)
found(struct faults *f, enum severity severity, const char *name,
      char *object, const char *format, ...)
{
    struct fault *fault;
    va_list args;

    if (f->n >= f->allocated) {
        f->faults = x2nrealloc(f->faults, &f->allocated, sizeof *f->faults);
    }
    fault = &f->faults[f->n++];
    fault->severity = severity;
    fault->name = name;
    fault->object = object;
    va_start(args, format);
    fault->details = xvasprintf(format, args);
    va_end(args);
}

static char *
router_object(const struct l3harec_router *router)
{
    return xasprintf("router %s ("UUID_FMT")", router->name,
                     UUID_ARGS(&router->header_.uuid));
}

static char *
network_object(const struct l3harec_network *network)
{
    return xasprintf("network %s ("UUID_FMT")", network->name,
                     UUID_ARGS(&network->header_.uuid));
}

/* What is wrong with a node. */
static void
check_agent(struct faults *f, const struct l3harec_agent *agent)
{
    const struct l3harec_global *global = l3harec_global_first(f->idl);
    char *object = xasprintf("agent %s", agent->host);

    if (!ctl_agent_is_alive(f->idl, agent)) {
        char *age = ctl_format_age(agent->heartbeat);

        found(f, ERROR, "agent-dead", xstrdup(object),
              "last heartbeat: %s%s", age, agent->heartbeat ? " ago" : "");
        free(age);
    } else {
        long long int ahead = agent->heartbeat - time_wall_msec();

        if (global && agent->cfg_seq < global->cfg_seq) {
            found(f, WARNING, "agent-behind", xstrdup(object),
                  "has realised change %"PRId64" of %"PRId64,
                  agent->cfg_seq, global->cfg_seq);
        }
        if (ahead > MAX_CLOCK_DIFFERENCE) {
            found(f, WARNING, "clock-differs", xstrdup(object),
                  "its clock is %lld s ahead of this host's", ahead / 1000);
        }
    }
    if (agent->n_physical_down) {
        char *down = ctl_join(agent->physical_down, agent->n_physical_down);

        found(f, ERROR, "physical-network-down", xstrdup(object),
              "no carrier: %s", down);
        free(down);
    }
    if (agent->drained) {
        found(f, WARNING, "agent-drained", xstrdup(object),
              "takes no active copies until \"undrain\"");
    }
    free(object);
}

/* True if 'host' has a live agent with 'role'. */
static bool
host_serves(struct ovsdb_idl *idl, const char *host, const char *role)
{
    const struct l3harec_agent *agent = ctl_find_agent(idl, host);

    if (agent && ctl_agent_is_alive(idl, agent)) {
        for (size_t i = 0; i < agent->n_roles; i++) {
            if (!strcmp(agent->roles[i], role)) {
                return true;
            }
        }
    }
    return false;
}

/* What is wrong with one copy of a router. */
static void
check_copy(struct faults *f, const struct l3harec_router *router,
           const struct l3harec_router_instance *copy)
{
    const char *state = copy->state ? copy->state : "unknown";

    if (!ctl_find_agent(f->idl, copy->host)) {
        found(f, ERROR, "copy-orphaned", router_object(router),
              "copy on %s, which has no agent", copy->host);
    } else if (!host_serves(f->idl, copy->host, "l3")) {
        /* The agent's own fault, or its operator's wish. */
        if (ctl_agent_is_alive(f->idl,
                               ctl_find_agent(f->idl, copy->host))) {
            found(f, ERROR, "copy-orphaned", router_object(router),
                  "copy on %s, which has no role l3", copy->host);
        }
    } else if (!strcmp(state, "fault") || !strcmp(state, "unknown")) {
        found(f, ERROR, "copy-not-ready", router_object(router),
              "copy on %s: state %s", copy->host, state);
    }
    if (router->vrrp_group && !copy->ha_port) {
        found(f, ERROR, "copy-not-ready", router_object(router),
              "copy on %s has no HA port", copy->host);
    }
    if (copy->yield_seq > copy->yielded_seq) {
        found(f, WARNING, "failover-pending", router_object(router),
              "copy on %s has been asked to hand over", copy->host);
    }
}

static void
check_router(struct faults *f, const struct l3harec_router *router)
{
    struct svec active = SVEC_EMPTY_INITIALIZER;
    size_t n, n_live = 0;
    const struct l3harec_router_instance **copies
        = ctl_router_instances(f->idl, router, &n);

    for (size_t i = 0; i < n; i++) {
        check_copy(f, router, copies[i]);
        if (host_serves(f->idl, copies[i]->host, "l3")) {
            n_live++;
            if (copies[i]->state && !strcmp(copies[i]->state, "active")) {
                svec_add(&active, copies[i]->host);
            }
        }
    }
    if (!router->admin_state_up) {
        /* It is not to be active. */
    } else if (!n) {
        found(f, ERROR, "router-not-placed", router_object(router),
              "no node has a copy");
    } else if (svec_is_empty(&active)) {
        found(f, ERROR, "no-active-copy", router_object(router),
              "none of %"PRIuSIZE" copies is active", n);
    } else if (active.n > 1) {
        char *hosts = svec_join(&active, ", ", "");

        found(f, ERROR, "several-active-copies", router_object(router),
              "active on %s", hosts);
        free(hosts);
    }
    if (router->vrrp_group && n && n_live < 2) {
        found(f, ERROR, "not-redundant", router_object(router),
              "%"PRIuSIZE" live of %"PRIuSIZE" copies", n_live, n);
    }
    if (strcmp(router->status, "ACTIVE")) {
        found(f, WARNING, "router-status", router_object(router),
              "status %s", router->status);
    }
    svec_destroy(&active);
    free(copies);
}

/* True if 'host' is one of the 'n' 'hosts'. */
static bool
has_host(char *const *hosts, size_t n, const char *host)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(hosts[i], host)) {
            return true;
        }
    }
    return false;
}

/* Ports of the cloud itself are there as long as their nodes are; those of
 * machines come and go with the machines. */
static void
check_port(struct faults *f, const struct l3harec_port *port)
{
    struct svec missing = SVEC_EMPTY_INITIALIZER;
    char *object = xasprintf("port "UUID_FMT" (%s)",
                             UUID_ARGS(&port->header_.uuid),
                             port->device_owner);

    if (!strcmp(port->vif_type, "binding_failed")) {
        found(f, ERROR, "binding-failed", xstrdup(object),
              "host %s does not reach its network", port->host);
    }
    if (!strncmp(port->device_owner, "network:", strlen("network:"))) {
        for (size_t i = 0; i < port->n_hosts; i++) {
            const struct l3harec_agent *agent
                = ctl_find_agent(f->idl, port->hosts[i]);

            if (agent && ctl_agent_is_alive(f->idl, agent)
                && !has_host(port->up, port->n_up, port->hosts[i])) {
                svec_add(&missing, port->hosts[i]);
            }
        }
        if (!svec_is_empty(&missing)) {
            svec_sort(&missing);
            char *hosts = svec_join(&missing, ", ", "");

            found(f, ERROR, "port-not-wired", xstrdup(object),
                  "not plugged in on %s", hosts);
            free(hosts);
        }
    }
    svec_destroy(&missing);
    free(object);
}

static void
check_floating_ip(struct faults *f,
                  const struct l3harec_floating_ip *fip)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &fip->state) {
        if (!strcmp(node->value, "error")) {
            found(f, ERROR, "floating-ip-failed",
                  xasprintf("floating IP %s", fip->address),
                  "not in force on %s", node->key);
        }
    }
}

/* DHCP servers: one that nobody runs, and networks that have none. */
static void
check_dhcp(struct faults *f, const struct l3harec_network *network)
{
    const struct l3harec_dhcp_instance *dhcp;
    const struct l3harec_subnet *subnet;
    size_t n = 0, n_live = 0;
    bool wanted = false;

    L3HAREC_DHCP_INSTANCE_FOR_EACH (dhcp, f->idl) {
        if (dhcp->network == network) {
            n++;
            n_live += host_serves(f->idl, dhcp->host, "dhcp");
        }
    }
    L3HAREC_SUBNET_FOR_EACH (subnet, f->idl) {
        wanted |= subnet->network == network && subnet->enable_dhcp;
    }
    if (n && !n_live) {
        found(f, ERROR, "no-dhcp-server", network_object(network),
              "none of %"PRIuSIZE" DHCP servers is on a live node", n);
    } else if (wanted && !n) {
        found(f, WARNING, "no-dhcp-server", network_object(network),
              "has subnets with DHCP, but no node serves it");
    }
}

static void
pre_check(struct ctl_context *ctx)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_global_col_cfg_seq,
        &l3harec_agent_col_roles,
        &l3harec_agent_col_cfg_seq,
        &l3harec_agent_col_drained,
        &l3harec_agent_col_physical_down,
        &l3harec_router_col_name,
        &l3harec_router_col_status,
        &l3harec_router_col_admin_state_up,
        &l3harec_router_col_vrrp_group,
        &l3harec_router_instance_col_router,
        &l3harec_router_instance_col_host,
        &l3harec_router_instance_col_ha_port,
        &l3harec_router_instance_col_state,
        &l3harec_router_instance_col_yield_seq,
        &l3harec_router_instance_col_yielded_seq,
        &l3harec_port_col_device_owner,
        &l3harec_port_col_host,
        &l3harec_port_col_vif_type,
        &l3harec_port_col_hosts,
        &l3harec_port_col_up,
        &l3harec_network_col_name,
        &l3harec_subnet_col_network,
        &l3harec_subnet_col_enable_dhcp,
        &l3harec_dhcp_instance_col_network,
        &l3harec_dhcp_instance_col_host,
        &l3harec_floating_ip_col_address,
        &l3harec_floating_ip_col_state,
    };

    ctl_agent_liveness_prereqs(ctx->idl);
    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

/* Errors before warnings, then by what they are about. */
static int
compare_faults(const void *a_, const void *b_)
{
    const struct fault *a = a_;
    const struct fault *b = b_;
    int cmp = (a->severity != b->severity
               ? (a->severity < b->severity ? -1 : 1)
               : strcmp(a->object, b->object));

    cmp = cmp ? cmp : strcmp(a->name, b->name);
    return cmp ? cmp : strcmp(a->details, b->details);
}

/* Fills the table of 'ctx', and frees the faults. */
static void
print_faults(struct ctl_context *ctx, struct faults *f)
{
    static const char *const headings[] = {
        "severity", "fault", "object", "details",
    };
    struct table *t = ctx->table = xmalloc(sizeof *ctx->table);

    table_init(t);
    for (size_t i = 0; i < ARRAY_SIZE(headings); i++) {
        table_add_column(t, "%s", headings[i]);
    }
    if (f->n) {
        qsort(f->faults, f->n, sizeof *f->faults, compare_faults);
    }
    memset(n_found, 0, sizeof n_found);
    for (size_t i = 0; i < f->n; i++) {
        struct fault *fault = &f->faults[i];

        n_found[fault->severity]++;
        table_add_row(t);
        table_add_cell(t)->text = xstrdup(severities[fault->severity]);
        table_add_cell(t)->text = xstrdup(fault->name);
        table_add_cell(t)->text = fault->object;
        table_add_cell(t)->text = fault->details;
    }
    free(f->faults);
}

static void
cmd_check(struct ctl_context *ctx)
{
    struct faults f = { .idl = ctx->idl };
    const struct l3harec_floating_ip *fip;
    const struct l3harec_network *network;
    const struct l3harec_router *router;
    const struct l3harec_agent *agent;
    const struct l3harec_port *port;

    if (!l3harec_agent_first(ctx->idl)) {
        found(&f, ERROR, "no-agents", xstrdup("database"),
              "no node has ever registered");
    }
    L3HAREC_AGENT_FOR_EACH (agent, ctx->idl) {
        check_agent(&f, agent);
    }
    L3HAREC_ROUTER_FOR_EACH (router, ctx->idl) {
        check_router(&f, router);
    }
    L3HAREC_NETWORK_FOR_EACH (network, ctx->idl) {
        check_dhcp(&f, network);
    }
    L3HAREC_PORT_FOR_EACH (port, ctx->idl) {
        check_port(&f, port);
    }
    L3HAREC_FLOATING_IP_FOR_EACH (fip, ctx->idl) {
        check_floating_ip(&f, fip);
    }
    print_faults(ctx, &f);
}

/* The exit status for what the commands have found. */
int
ctl_check_status(void)
{
    return (n_found[ERROR] ? CTL_CHECK_ERRORS
            : n_found[WARNING] ? CTL_CHECK_WARNINGS
            : EXIT_SUCCESS);
}

static const struct ctl_command_syntax commands[] = {
    { "check", 0, 0, "", pre_check, cmd_check, NULL, "", RO },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

/* Registers the command. */
void
ctl_check_init(void)
{
    ctl_register_commands(commands);
}
