/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* What is wrong, for the commands "check" and "show" of ovs-l3ha-ctl.
 *
 * Compares what the database asks for with what the agents report in it.
 * Each fault has a name that a monitoring system can tell it by;
 * ovs-l3ha-ctl(8) lists them.  What is
 * about to be done already (a change that the agents have not yet taken in, a
 * copy that hands over at this moment) is a fault like any other: a monitor
 * looks again before it calls somebody.
 *
 * An error means that somebody has no service, or that the next failure will
 * end it; a warning is something that an operator wants to know.  What an
 * agent said last before it died does not count as its copies' state. */

#include <config.h>
#include "utilities/ctl-faults.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"
#include "utilities/ctl-orphans.h"
#include "utilities/ctl-rows.h"

/* A clock that differs by more than this, in ms, is a fault: ages of
 * heartbeats are compared over hosts. */
#define MAX_CLOCK_DIFFERENCE 5000

/* The words for enum ctl_severity. */
static const char *const severities[] = {
    [CTL_ERROR] = "error",
    [CTL_WARNING] = "warning",
};

/* Adds a fault that is called 'name' to those of 'row', NULL if of none.
 * Takes over 'object', which says what it is about. */
static void OVS_PRINTF_FORMAT(6, 7)
found(struct ctl_faults *f, enum ctl_severity severity, const char *name,
      const struct ovsdb_idl_row *row, char *object, const char *format, ...)
{
    struct ctl_fault *fault;
    va_list args;

    if (f->n >= f->allocated) {
        f->faults = x2nrealloc(f->faults, &f->allocated, sizeof *f->faults);
    }
    fault = &f->faults[f->n++];
    fault->severity = severity;
    fault->name = name;
    fault->row = row;
    fault->object = object;
    va_start(args, format);
    fault->details = xvasprintf(format, args);
    va_end(args);
    f->n_found[severity]++;
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
check_agent(struct ctl_faults *f, const struct l3harec_agent *agent)
{
    const struct l3harec_global *global = l3harec_global_first(f->idl);
    char *object = xasprintf("agent %s", agent->host);

    if (!ctl_agent_is_alive(f->idl, agent)) {
        char *age = ctl_format_age(agent->heartbeat);

        found(f, CTL_ERROR, "agent-dead", &agent->header_,
              xstrdup(object),
              "last heartbeat: %s%s", age, agent->heartbeat ? " ago" : "");
        free(age);
    } else {
        long long int ahead = agent->heartbeat - time_wall_msec();

        if (global && agent->cfg_seq < global->cfg_seq) {
            found(f, CTL_WARNING, "agent-behind", &agent->header_,
              xstrdup(object),
                  "has realised change %"PRId64" of %"PRId64,
                  agent->cfg_seq, global->cfg_seq);
        }
        if (ahead > MAX_CLOCK_DIFFERENCE) {
            found(f, CTL_WARNING, "clock-differs", &agent->header_,
              xstrdup(object),
                  "its clock is %lld s ahead of this host's", ahead / 1000);
        }
    }
    if (agent->n_physical_down) {
        char *down = ctl_join(agent->physical_down, agent->n_physical_down);

        found(f, CTL_ERROR, "physical-network-down", &agent->header_,
              xstrdup(object),
              "no carrier: %s", down);
        free(down);
    }
    if (agent->drained) {
        found(f, CTL_WARNING, "agent-drained", &agent->header_,
              xstrdup(object),
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
check_copy(struct ctl_faults *f, const struct l3harec_router *router,
           const struct l3harec_router_instance *copy)
{
    const char *state = copy->state ? copy->state : "unknown";

    if (!ctl_find_agent(f->idl, copy->host)) {
        found(f, CTL_ERROR, "copy-orphaned", &copy->header_,
              router_object(router),
              "copy on %s, which has no agent", copy->host);
    } else if (!host_serves(f->idl, copy->host, "l3")) {
        /* The agent's own fault, or its operator's wish. */
        if (ctl_agent_is_alive(f->idl,
                               ctl_find_agent(f->idl, copy->host))) {
            found(f, CTL_ERROR, "copy-orphaned", &copy->header_,
              router_object(router),
                  "copy on %s, which has no role l3", copy->host);
        }
    } else if (router->admin_state_up
               && (!strcmp(state, "fault") || !strcmp(state, "unknown"))) {
        found(f, CTL_ERROR, "copy-not-ready", &copy->header_,
              router_object(router),
              "copy on %s: state %s", copy->host, state);
    }
    if (router->vrrp_group && !copy->ha_port) {
        found(f, CTL_ERROR, "copy-not-ready", &copy->header_,
              router_object(router),
              "copy on %s has no HA port", copy->host);
    }
    if (copy->yield_seq > copy->yielded_seq) {
        found(f, CTL_WARNING, "failover-pending", &copy->header_,
              router_object(router),
              "copy on %s has been asked to hand over", copy->host);
    }
}

static void
check_router(struct ctl_faults *f, const struct l3harec_router *router)
{
    struct svec active = SVEC_EMPTY_INITIALIZER;
    size_t n, n_live = 0;
    const struct l3harec_router_instance **copies
        = ctl_router_instances(f->idl, router, &n);

    for (size_t i = 0; i < n; i++) {
        check_copy(f, router, copies[i]);
        if (host_serves(f->idl, copies[i]->host, "l3")) {
            n_live++;
            if (ctl_copy_is_active(copies[i])) {
                svec_add(&active, copies[i]->host);
            }
        }
    }
    if (!router->admin_state_up) {
        /* It is not to be active. */
    } else if (!n) {
        found(f, CTL_ERROR, "router-not-placed", &router->header_,
              router_object(router),
              "no node has a copy");
    } else if (svec_is_empty(&active)) {
        found(f, CTL_ERROR, "no-active-copy", &router->header_,
              router_object(router),
              "none of %"PRIuSIZE" copies is active", n);
    } else if (active.n > 1) {
        char *hosts = svec_join(&active, ", ", "");

        found(f, CTL_ERROR, "several-active-copies", &router->header_,
              router_object(router),
              "active on %s", hosts);
        free(hosts);
    }
    if (router->vrrp_group && n && n_live < 2) {
        found(f, CTL_ERROR, "not-redundant", &router->header_,
              router_object(router),
              "%"PRIuSIZE" live of %"PRIuSIZE" copies", n_live, n);
    }
    if (strcmp(router->status, "ACTIVE")) {
        found(f, CTL_WARNING, "router-status", &router->header_,
              router_object(router),
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
check_port(struct ctl_faults *f, const struct l3harec_port *port)
{
    const struct ovsdb_idl_row *row = (port->router ? &port->router->header_
                                       : port->network
                                       ? &port->network->header_ : NULL);
    struct svec missing = SVEC_EMPTY_INITIALIZER;
    char *object = xasprintf("port "UUID_FMT" (%s)",
                             UUID_ARGS(&port->header_.uuid),
                             port->device_owner);

    if (!strcmp(port->vif_type, "binding_failed")) {
        found(f, CTL_ERROR, "binding-failed", row, xstrdup(object),
              "host %s does not reach its network", port->host);
    }
    /* Nobody plugs in the ports of a router that is switched off. */
    if (!strncmp(port->device_owner, "network:", strlen("network:"))
        && (!port->router || port->router->admin_state_up)) {
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

            found(f, CTL_ERROR, "port-not-wired", row, xstrdup(object),
                  "not plugged in on %s", hosts);
            free(hosts);
        }
    }
    svec_destroy(&missing);
    free(object);
}

static void
check_floating_ip(struct ctl_faults *f,
                  const struct l3harec_floating_ip *fip)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &fip->state) {
        if (!strcmp(node->value, "error")) {
            found(f, CTL_ERROR, "floating-ip-failed",
                  (fip->router ? &fip->router->header_
                   : fip->network ? &fip->network->header_ : NULL),
                  xasprintf("floating IP %s", fip->address),
                  "not in force on %s", node->key);
        }
    }
}

/* DHCP servers: one that nobody runs, and networks that have none. */
static void
check_dhcp(struct ctl_faults *f, const struct l3harec_network *network)
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
        found(f, CTL_ERROR, "no-dhcp-server", &network->header_,
              network_object(network),
              "none of %"PRIuSIZE" DHCP servers is on a live node", n);
    } else if (wanted && !n) {
        found(f, CTL_WARNING, "no-dhcp-server", &network->header_,
              network_object(network),
              "has subnets with DHCP, but no node serves it");
    }
}

/* What is on this node, if it has been looked at, and is not to be. */
static void
check_orphans(struct ctl_faults *f)
{
    struct ctl_orphans orphans;

    ctl_orphans_find(&orphans, f->idl);
    for (size_t i = 0; i < orphans.n; i++) {
        const struct ctl_orphan *o = &orphans.orphans[i];

        switch (o->type) {
        case CTL_ORPHAN_PROCESS:
            found(f, CTL_WARNING, "orphaned-process", NULL,
                  xstrdup(o->object), "%s", o->details);
            break;
        case CTL_ORPHAN_PORT:
            found(f, CTL_WARNING, "orphaned-port", NULL,
                  xstrdup(o->object), "%s", o->details);
            break;
        case CTL_ORPHAN_NETNS:
            found(f, CTL_WARNING, "orphaned-namespace", NULL,
                  xstrdup(o->object), "%s", o->details);
            break;
        }
    }
    ctl_orphans_destroy(&orphans);
}

/* Has 'idl' monitor what ctl_faults_find() reads. */
void
ctl_faults_prereqs(struct ovsdb_idl *idl)
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
        &l3harec_port_col_network,
        &l3harec_port_col_router,
        &l3harec_port_col_vif_type,
        &l3harec_port_col_hosts,
        &l3harec_port_col_up,
        &l3harec_network_col_name,
        &l3harec_subnet_col_network,
        &l3harec_subnet_col_enable_dhcp,
        &l3harec_dhcp_instance_col_network,
        &l3harec_dhcp_instance_col_host,
        &l3harec_floating_ip_col_address,
        &l3harec_floating_ip_col_network,
        &l3harec_floating_ip_col_router,
        &l3harec_floating_ip_col_state,
    };

    ctl_agent_liveness_prereqs(idl);
    ctl_add_columns(idl, columns, ARRAY_SIZE(columns));
}

/* Errors before warnings, then by what they are about. */
static int
compare_faults(const void *a_, const void *b_)
{
    const struct ctl_fault *a = a_;
    const struct ctl_fault *b = b_;
    int cmp = (a->severity != b->severity
               ? (a->severity < b->severity ? -1 : 1)
               : strcmp(a->object, b->object));

    cmp = cmp ? cmp : strcmp(a->name, b->name);
    return cmp ? cmp : strcmp(a->details, b->details);
}

/* Initializes 'f' with all that is wrong according to 'idl', sorted; orphans
 * of this node are among it after ctl_orphans_prereqs().  The
 * caller must destroy it, before the rows of 'idl' change. */
void
ctl_faults_find(struct ctl_faults *f, struct ovsdb_idl *idl)
{
    const struct l3harec_floating_ip *fip;
    const struct l3harec_network *network;
    const struct l3harec_router *router;
    const struct l3harec_agent *agent;
    const struct l3harec_port *port;

    *f = (struct ctl_faults) { .idl = idl };
    if (!l3harec_agent_first(idl)) {
        found(f, CTL_ERROR, "no-agents", NULL, xstrdup("database"),
              "no node has ever registered");
    }
    L3HAREC_AGENT_FOR_EACH (agent, idl) {
        check_agent(f, agent);
    }
    L3HAREC_ROUTER_FOR_EACH (router, idl) {
        check_router(f, router);
    }
    L3HAREC_NETWORK_FOR_EACH (network, idl) {
        check_dhcp(f, network);
    }
    L3HAREC_PORT_FOR_EACH (port, idl) {
        check_port(f, port);
    }
    L3HAREC_FLOATING_IP_FOR_EACH (fip, idl) {
        check_floating_ip(f, fip);
    }
    check_orphans(f);
    if (f->n) {
        qsort(f->faults, f->n, sizeof *f->faults, compare_faults);
    }
}

/* Frees what ctl_faults_find() has found. */
void
ctl_faults_destroy(struct ctl_faults *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->faults[i].object);
        free(f->faults[i].details);
    }
    free(f->faults);
}

/* "error" or "warning". */
const char *
ctl_severity_to_string(enum ctl_severity severity)
{
    return severities[severity];
}
