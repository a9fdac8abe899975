/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/dhcp.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/child.h"
#include "agent/dhcp-desired.h"
#include "agent/dhcp-net.h"
#include "agent/netns.h"
#include "agent/nl-link.h"
#include "agent/text-file.h"
#include "hmapx.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/ovs-plugin.h"
#include "ovsdb-data.h"
#include "sset.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(dhcp);

/* Role dhcp: DHCP servers of networks on this host.
 *
 * Owns the servers and their processes.  In: replica of OVS_L3HA, ended
 * processes, news of the switch.  Out: this host in Port.dhcp_ready of the
 * ports that a server knows.
 *
 * The ports of a network with a server here are remembered by their rows'
 * UUIDs, so that a change, also a deletion, leads to one network, whose
 * configuration is made anew in time proportional to its ports.  That is done
 * when its dnsmasq may be told, so a burst of changes costs no more than a
 * few of them.
 *
 * A host stays in Port.dhcp_ready when its server ends: an instance that has
 * its address is not less ready by that. */

/* A port of a network with a server here. */
struct dhcp_port {
    struct hmap_node hmap_node; /* In dhcp->ports, by 'uuid'. */
    struct ovs_list list_node;  /* In net->ports. */
    struct uuid uuid;
    struct dhcp_net *net;
};

struct dhcp {
    struct dhcp_env env;
    bool started;               /* 'env' is made. */

    struct hmap nets;           /* Contains "struct dhcp_net"s, by UUID. */
    struct hmap ports;          /* Contains "struct dhcp_port"s. */
    struct hmapx stale;         /* Networks whose configuration is old. */
    struct hmapx pending;       /* Networks to run. */
    struct hmapx timed;         /* Networks with 'wake_at'. */
    struct hmapx unsettled;     /* Networks that are not what they are to
                                 * be. */
    struct hmapx unreported;    /* Networks with ports of which the database
                                 * may not know that they are served. */
    struct sset dead;           /* Hosts that do not work, as the server
                                 * knows. */
    bool complete;              /* First full pass is done. */
    long long int retry_at;     /* No network is run before, in
                                 * time_msec(). */
    bool plugged;               /* The plugin has heard of all ports. */
    uint64_t plugin_seqno;
};

static unixctl_cb_func dhcp_unixctl_show;

/* Returns a module without any server. */
struct dhcp *
dhcp_create(void)
{
    struct dhcp *dhcp = xzalloc(sizeof *dhcp);

    hmap_init(&dhcp->nets);
    hmap_init(&dhcp->ports);
    sset_init(&dhcp->dead);
    hmapx_init(&dhcp->stale);
    hmapx_init(&dhcp->pending);
    hmapx_init(&dhcp->timed);
    hmapx_init(&dhcp->unsettled);
    hmapx_init(&dhcp->unreported);
    unixctl_command_register("dhcp/show", "[NETWORK]", 0, 1,
                             dhcp_unixctl_show, dhcp);
    return dhcp;
}

static void
start(struct dhcp *dhcp, const struct agent_ctx *ctx)
{
    dhcp->env.plugin = ctx->plugin;
    dhcp->env.children = child_set_create(ctx->metrics);
    dhcp_options_init(&dhcp->env.options, ctx->config);
    text_file_make_dirs(dhcp->env.options.confs_path);
    dhcp->started = true;
}

static struct dhcp_net *
find_net(const struct dhcp *dhcp, const struct uuid *uuid)
{
    struct dhcp_net *net;

    HMAP_FOR_EACH_WITH_HASH (net, hmap_node, uuid_hash(uuid), &dhcp->nets) {
        if (uuid_equals(&net->uuid, uuid)) {
            return net;
        }
    }
    return NULL;
}

static void
make_stale(struct dhcp *dhcp, struct dhcp_net *net)
{
    if (net) {
        net->stale = true;
        hmapx_add(&dhcp->stale, net);
    }
}

static struct dhcp_net *
get_net(struct dhcp *dhcp, const struct uuid *uuid)
{
    struct dhcp_net *net = find_net(dhcp, uuid);

    if (!net) {
        net = dhcp_net_create(&dhcp->env, uuid);
        hmap_insert(&dhcp->nets, &net->hmap_node, uuid_hash(uuid));
        make_stale(dhcp, net);
    }
    return net;
}

static struct dhcp_port *
find_port(const struct dhcp *dhcp, const struct uuid *uuid)
{
    struct dhcp_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, hmap_node, uuid_hash(uuid), &dhcp->ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

static void
forget_port(struct dhcp *dhcp, struct dhcp_port *port)
{
    hmap_remove(&dhcp->ports, &port->hmap_node);
    ovs_list_remove(&port->list_node);
    free(port);
}

static void
forget_net(struct dhcp *dhcp, struct dhcp_net *net)
{
    struct dhcp_port *port;

    LIST_FOR_EACH_SAFE (port, list_node, &net->ports) {
        forget_port(dhcp, port);
    }
    hmap_remove(&dhcp->nets, &net->hmap_node);
    hmapx_find_and_delete(&dhcp->stale, net);
    hmapx_find_and_delete(&dhcp->pending, net);
    hmapx_find_and_delete(&dhcp->timed, net);
    hmapx_find_and_delete(&dhcp->unsettled, net);
    hmapx_find_and_delete(&dhcp->unreported, net);
    dhcp_net_destroy(net);
}

/* Returns the network of 'row', whether or not its row is in the replica. */
static struct dhcp_net *
net_of_port(const struct dhcp *dhcp, const struct l3harec_port *row)
{
    const struct ovsdb_datum *datum
        = l3harec_port_get_network(row, OVSDB_TYPE_UUID);

    return datum->n ? find_net(dhcp, &datum->keys[0].uuid) : NULL;
}

/* Remembers the port of 'row' if there is a server for it here. */
static void
note_port(struct dhcp *dhcp, const struct l3harec_port *row)
{
    struct dhcp_net *net = net_of_port(dhcp, row);

    if (net && !find_port(dhcp, &row->header_.uuid)) {
        struct dhcp_port *port = xmalloc(sizeof *port);

        port->uuid = row->header_.uuid;
        port->net = net;
        hmap_insert(&dhcp->ports, &port->hmap_node, uuid_hash(&port->uuid));
        ovs_list_push_back(&net->ports, &port->list_node);
    }
}

/* Finds the servers that are to be here. */
static void
find_instances(struct dhcp *dhcp, const struct agent_ctx *ctx)
{
    const struct l3harec_dhcp_instance *instance;
    const struct l3harec_port *port;
    struct dhcp_net *net;
    bool any_new = false;

    HMAP_FOR_EACH (net, hmap_node, &dhcp->nets) {
        net->instance = UUID_ZERO;
    }
    L3HAREC_DHCP_INSTANCE_FOR_EACH (instance, ctx->l3ha_idl) {
        const struct ovsdb_datum *datum
            = l3harec_dhcp_instance_get_network(instance, OVSDB_TYPE_UUID);

        if (datum->n && !strcmp(instance->host, ctx->host)) {
            size_t n = hmap_count(&dhcp->nets);

            net = get_net(dhcp, &datum->keys[0].uuid);
            net->instance = instance->header_.uuid;
            any_new |= hmap_count(&dhcp->nets) > n;
        }
    }
    if (any_new) {
        L3HAREC_PORT_FOR_EACH (port, ctx->l3ha_idl) {
            note_port(dhcp, port);
        }
    }
}

/* Finds what an earlier agent made, from the names of namespaces and
 * directories. */
static void
find_leftovers(struct dhcp *dhcp)
{
    struct sset names = SSET_INITIALIZER(&names);
    const struct dirent *de;
    struct uuid uuid;
    const char *name;
    DIR *dir;

    netns_list("qdhcp-", &names);
    SSET_FOR_EACH (name, &names) {
        if (uuid_from_string(&uuid, name + strlen("qdhcp-"))) {
            get_net(dhcp, &uuid);
        }
    }
    sset_destroy(&names);

    dir = opendir(dhcp->env.options.confs_path);
    if (dir) {
        while ((de = readdir(dir)) != NULL) {
            if (uuid_from_string(&uuid, de->d_name)) {
                get_net(dhcp, &uuid);
            }
        }
        closedir(dir);
    }
}

/* True if the tracked change of 'row' may matter to a server: not if it is
 * only a report of an agent. */
static bool
port_is_really_updated(const struct l3harec_port *row)
{
    static const enum l3harec_port_column_id wanted[] = {
        L3HAREC_PORT_COL_MAC,
        L3HAREC_PORT_COL_FIXED_IPS,
        L3HAREC_PORT_COL_EXTRA_DHCP_OPTS,
        L3HAREC_PORT_COL_DEVICE_OWNER,
        L3HAREC_PORT_COL_HOSTS,
        L3HAREC_PORT_COL_ADMIN_STATE_UP,
    };

    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        if (l3harec_port_is_updated(row, wanted[i])) {
            return true;
        }
    }
    /* Without any column, a row that it refers to has come or gone. */
    return (l3harec_port_is_new(row)
            || (!l3harec_port_is_updated(row, L3HAREC_PORT_COL_UP)
                && !l3harec_port_is_updated(row,
                                            L3HAREC_PORT_COL_DHCP_READY)));
}

static void
find_changed_ports(struct dhcp *dhcp, struct ovsdb_idl *idl)
{
    const struct l3harec_port *row;
    struct dhcp_port *port;

    L3HAREC_PORT_FOR_EACH_TRACKED (row, idl) {
        if (l3harec_port_is_deleted(row)) {
            port = find_port(dhcp, &row->header_.uuid);
            if (port) {
                make_stale(dhcp, port->net);
                forget_port(dhcp, port);
            }
        } else {
            note_port(dhcp, row);
            port = find_port(dhcp, &row->header_.uuid);
            if (port && port_is_really_updated(row)) {
                make_stale(dhcp, port->net);
            }
        }
    }
}

static bool
has_subnet(const struct dhcp_net *net, const struct uuid *subnet)
{
    for (size_t i = 0; net->config && i < net->config->n_subnets; i++) {
        if (uuid_equals(&net->config->subnets[i].uuid, subnet)) {
            return true;
        }
    }
    return false;
}

/* Reads which hosts are dead.  Where one comes to life or dies, another one
 * may have to give up the metadata service or to take it over. */
static void
read_dead(struct dhcp *dhcp, struct ovsdb_idl *idl)
{
    const struct l3harec_global *global = l3harec_global_first(idl);
    struct sset dead = SSET_INITIALIZER(&dead);
    struct dhcp_net *net;

    if (global) {
        sset_from_delimited_string(&dead, smap_get_def(&global->options,
                                                       "dead_hosts", ""),
                                   ",");
    }
    if (!sset_equals(&dead, &dhcp->dead)) {
        HMAP_FOR_EACH (net, hmap_node, &dhcp->nets) {
            if (net->config && net->config->metadata) {
                make_stale(dhcp, net);
            }
        }
        sset_swap(&dead, &dhcp->dead);
    }
    sset_destroy(&dead);
}

/* Marks the networks that changes of the replica may concern. */
static void
find_changed(struct dhcp *dhcp, const struct agent_ctx *ctx)
{
    struct ovsdb_idl *idl = ctx->l3ha_idl;
    const struct l3harec_dhcp_instance *instance;
    const struct l3harec_network *network;
    const struct l3harec_subnet *subnet;
    bool came = l3harec_ip_allocation_track_get_first(idl) != NULL;
    struct dhcp_net *net;

    if (l3harec_dhcp_instance_track_get_first(idl)) {
        find_instances(dhcp, ctx);
        HMAP_FOR_EACH (net, hmap_node, &dhcp->nets) {
            if (uuid_is_zero(&net->instance)) {
                make_stale(dhcp, net);
            }
        }
        L3HAREC_DHCP_INSTANCE_FOR_EACH_TRACKED (instance, idl) {
            if (!l3harec_dhcp_instance_is_deleted(instance)
                && instance->network) {
                make_stale(dhcp, find_net(dhcp,
                                          &instance->network->header_.uuid));
            }
        }
    }
    if (l3harec_global_track_get_first(idl)) {
        read_dead(dhcp, idl);
    }
    find_changed_ports(dhcp, idl);
    L3HAREC_SUBNET_FOR_EACH_TRACKED (subnet, idl) {
        came = true;
        if (!l3harec_subnet_is_deleted(subnet) && subnet->network) {
            make_stale(dhcp, find_net(dhcp, &subnet->network->header_.uuid));
        } else {
            HMAP_FOR_EACH (net, hmap_node, &dhcp->nets) {
                if (has_subnet(net, &subnet->header_.uuid)) {
                    make_stale(dhcp, net);
                }
            }
        }
    }
    L3HAREC_NETWORK_FOR_EACH_TRACKED (network, idl) {
        came = true;
        make_stale(dhcp, find_net(dhcp, &network->header_.uuid));
    }
    if (came) {
        HMAP_FOR_EACH (net, hmap_node, &dhcp->nets) {
            if (net->incomplete || net->undecided) {
                make_stale(dhcp, net);
            }
        }
    }
}

/* True if rows that 'row' refers to are not in the replica (yet). */
static bool
port_is_incomplete(const struct l3harec_port *row)
{
    bool incomplete = (l3harec_port_get_fixed_ips(row, OVSDB_TYPE_UUID)->n
                       != row->n_fixed_ips);

    for (size_t i = 0; i < row->n_fixed_ips; i++) {
        incomplete |= !row->fixed_ips[i]->subnet;
    }
    return incomplete;
}

/* Makes the configuration of 'net' again. */
static void
configure(struct dhcp *dhcp, struct dhcp_net *net, struct ovsdb_idl *idl)
{
    const struct l3harec_dhcp_instance *instance
        = l3harec_dhcp_instance_get_for_uuid(idl, &net->instance);
    const struct l3harec_port **rows
        = xmalloc((ovs_list_size(&net->ports) + 1) * sizeof *rows);
    const struct dhcp_port *port;
    struct dhcp_config *dc;
    size_t n = 0;

    net->incomplete = false;
    LIST_FOR_EACH (port, list_node, &net->ports) {
        rows[n] = l3harec_port_get_for_uuid(idl, &port->uuid);
        if (rows[n]) {
            net->incomplete |= port_is_incomplete(rows[n]);
            n++;
        }
    }
    switch (dhcp_desired_get(idl, instance, rows, n, &dhcp->dead,
                             &dhcp->env.options, &dc)) {
    case DHCP_UNDECIDED:
        net->undecided = true;
        break;

    case DHCP_ABSENT:
    case DHCP_PRESENT:
        dhcp_net_set_config(net, &dhcp->env, dc);
        hmapx_add(&dhcp->pending, net);
        if (dc) {
            hmapx_add(&dhcp->unreported, net);
        }
        break;
    }
    net->stale = false;
    free(rows);
}

/* Takes over what the database wants. */
static void
run_desired(struct dhcp *dhcp, const struct agent_ctx *ctx)
{
    struct hmapx_node *node;

    if (!dhcp->complete) {
        find_instances(dhcp, ctx);
        find_leftovers(dhcp);
        read_dead(dhcp, ctx->l3ha_idl);
        dhcp->complete = true;
        VLOG_INFO("%"PRIuSIZE" networks have DHCP here or are to have it",
                  hmap_count(&dhcp->nets));
    } else {
        find_changed(dhcp, ctx);
    }
    HMAPX_FOR_EACH_SAFE (node, &dhcp->stale) {
        struct dhcp_net *net = node->data;

        if (time_msec() >= dhcp_net_config_at(net, &dhcp->env)) {
            configure(dhcp, net, ctx->l3ha_idl);
            hmapx_delete(&dhcp->stale, node);
        }
    }
}

static void
run_children(struct dhcp *dhcp)
{
    struct child *child;

    child_set_run(dhcp->env.children);
    while ((child = child_set_next(dhcp->env.children)) != NULL) {
        struct dhcp_net *net = child_aux(child);

        dhcp_net_child_ended(net, child);
        hmapx_add(&dhcp->pending, net);
    }
}

/* Runs the networks that something happened to. */
static void
run_nets(struct dhcp *dhcp, struct metadata *metadata)
{
    struct hmapx pending = HMAPX_INITIALIZER(&pending);
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &dhcp->timed) {
        struct dhcp_net *net = node->data;

        if (time_msec() >= net->wake_at) {
            hmapx_add(&dhcp->pending, net);
        }
    }
    if (hmapx_is_empty(&dhcp->pending) || time_msec() < dhcp->retry_at) {
        return;
    }
    if (nl_link_open(-1, &dhcp->env.nl)) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "cannot open a netlink socket");
        dhcp->retry_at = time_msec() + NL_LINK_RETRY;
        return;
    }
    hmapx_swap(&pending, &dhcp->pending);
    HMAPX_FOR_EACH (node, &pending) {
        struct dhcp_net *net = node->data;

        dhcp_net_run(net, &dhcp->env);
        dhcp_net_tell_metadata(net, metadata);
        if (net->removed && uuid_is_zero(&net->instance)) {
            forget_net(dhcp, net);
            continue;
        }
        if (net->wake_at != LLONG_MAX) {
            hmapx_add(&dhcp->timed, net);
        } else {
            hmapx_find_and_delete(&dhcp->timed, net);
        }
        if (dhcp_net_is_settled(net)) {
            hmapx_find_and_delete(&dhcp->unsettled, net);
        } else {
            hmapx_add(&dhcp->unsettled, net);
        }
    }
    hmapx_destroy(&pending);
    nl_link_close(dhcp->env.nl);
    dhcp->env.nl = NULL;
}

static bool
is_reported(const struct l3harec_port *row, const char *host)
{
    for (size_t i = 0; i < row->n_dhcp_ready; i++) {
        if (!strcmp(row->dhcp_ready[i], host)) {
            return true;
        }
    }
    return false;
}

/* Says that the ports of 'net' are served, where the database does not know.
 * Returns true if it knew all. */
static bool
report_net(const struct dhcp_net *net, const struct agent_ctx *ctx)
{
    const struct dhcp_port *port;
    bool all = true;

    LIST_FOR_EACH (port, list_node, &net->ports) {
        const struct l3harec_port *row
            = l3harec_port_get_for_uuid(ctx->l3ha_idl, &port->uuid);

        if (row && row->n_fixed_ips && l3ha_owner_needs_dhcp(row->device_owner)
            && !is_reported(row, ctx->host)) {
            l3harec_port_update_dhcp_ready_addvalue(row, ctx->host);
            all = false;
        }
    }
    return all;
}

/* What was sent is looked at again until the replica shows it. */
static void
run_reports(struct dhcp *dhcp, const struct agent_ctx *ctx)
{
    struct hmapx_node *node;

    if (!ctx->l3ha_txn) {
        return;
    }
    HMAPX_FOR_EACH_SAFE (node, &dhcp->unreported) {
        const struct dhcp_net *net = node->data;

        if (!net->config && !net->undecided) {
            hmapx_delete(&dhcp->unreported, node);
        } else if (dhcp_net_is_ready(net, &dhcp->env)
                   && report_net(net, ctx)) {
            hmapx_delete(&dhcp->unreported, node);
        }
    }
}

/* Brings DHCP servers in line with the database and reports what they
 * know. */
void
dhcp_run(struct dhcp *dhcp, const struct agent_ctx *ctx)
{
    if (!dhcp->started) {
        start(dhcp, ctx);
    }
    run_children(dhcp);
    if (ctx->l3ha_ready) {
        run_desired(dhcp, ctx);
    }
    run_nets(dhcp, ctx->metadata);
    dhcp->plugged = dhcp->complete;
    dhcp->plugin_seqno = ovs_plugin_seqno(ctx->plugin);
    run_reports(dhcp, ctx);
}

/* Arranges for the poll loop to wake up when dhcp_run() has work. */
void
dhcp_wait(struct dhcp *dhcp, const struct agent_ctx *ctx)
{
    const struct hmapx_node *node;

    child_set_wait(dhcp->env.children);
    if (time_msec() < dhcp->retry_at) {
        poll_timer_wait_until(dhcp->retry_at);
        return;
    }
    HMAPX_FOR_EACH (node, &dhcp->timed) {
        const struct dhcp_net *net = node->data;

        poll_timer_wait_until(net->wake_at);
    }
    HMAPX_FOR_EACH (node, &dhcp->stale) {
        poll_timer_wait_until(dhcp_net_config_at(node->data, &dhcp->env));
    }
    if (!hmapx_is_empty(&dhcp->pending)
        || (!hmapx_is_empty(&dhcp->unreported)
            && ovs_plugin_seqno(ctx->plugin) != dhcp->plugin_seqno)) {
        poll_immediate_wake();
    }
}

/* Frees 'dhcp' and leaves servers as they are. */
void
dhcp_destroy(struct dhcp *dhcp)
{
    struct dhcp_net *net;

    if (!dhcp) {
        return;
    }
    HMAP_FOR_EACH_SAFE (net, hmap_node, &dhcp->nets) {
        forget_net(dhcp, net);
    }
    hmap_destroy(&dhcp->nets);
    hmap_destroy(&dhcp->ports);
    sset_destroy(&dhcp->dead);
    hmapx_destroy(&dhcp->stale);
    hmapx_destroy(&dhcp->pending);
    hmapx_destroy(&dhcp->timed);
    hmapx_destroy(&dhcp->unsettled);
    hmapx_destroy(&dhcp->unreported);
    child_set_destroy(dhcp->env.children);
    free(dhcp);
}

/* See dhcp.h. */
bool
dhcp_is_plugged(const struct dhcp *dhcp)
{
    return dhcp->plugged;
}

/* See dhcp.h. */
bool
dhcp_is_synced(const struct dhcp *dhcp)
{
    return (dhcp->complete && hmapx_is_empty(&dhcp->stale)
            && hmapx_is_empty(&dhcp->pending)
            && hmapx_is_empty(&dhcp->unsettled)
            && hmapx_is_empty(&dhcp->unreported));
}

static void
dhcp_unixctl_show(struct unixctl_conn *conn, int argc, const char *argv[],
                  void *dhcp_)
{
    const struct dhcp *dhcp = dhcp_;
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct dhcp_net *net;
    struct uuid uuid;

    if (argc > 1) {
        net = (uuid_from_string(&uuid, argv[1]) ? find_net(dhcp, &uuid)
               : NULL);
        if (!net) {
            unixctl_command_reply_error(conn, "no DHCP for such a network on "
                                        "this host");
            return;
        }
        dhcp_net_format(net, &dhcp->env, &s);
    } else {
        ds_put_format(&s, "%"PRIuSIZE" networks, %"PRIuSIZE" not settled, "
                      "%"PRIuSIZE" to be reported\n",
                      hmap_count(&dhcp->nets), hmapx_count(&dhcp->unsettled),
                      hmapx_count(&dhcp->unreported));
        HMAP_FOR_EACH (net, hmap_node, &dhcp->nets) {
            ds_put_format(&s, "%s%s\n", net->name,
                          dhcp_net_is_settled(net) ? "" : " (not settled)");
        }
    }
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}
