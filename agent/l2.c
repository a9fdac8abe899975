/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/l2.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/l2-security.h"
#include "agent/qos.h"
#include "agent/router-config.h"
#include "agent/settings.h"
#include "coverage.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "ovs-plugin/ovs-plugin.h"
#include "ovsdb-data.h"
#include "packets.h"
#include "sset.h"
#include "unixctl.h"
#include "util.h"
#include "uuid.h"

COVERAGE_DEFINE(l2_report_port);

/* Role l2: networks, ports and tunnels of this host.
 *
 * Owns the translation from the database to ovs-plugin, and the part of
 * Port.up that is about this host.  In: rows of networks that have a port
 * here.  Out: ovs-plugin's desired state; this host's name in Port.up of
 * ports whose flows the switch has acknowledged.
 *
 * Invariants: each row that changed is translated once; a row that refers to
 * one that is not here yet is translated when that one comes, because the
 * referring row counts as changed then.  The report of a port is compared with
 * the replica when ovs-plugin or its row changed, and only a difference is
 * written.
 *
 * Limits: a change of this host's name at run time translates everything
 * anew. */

/* A port that was given to ovs-plugin. */
struct l2_port {
    struct hmap_node hmap_node; /* In struct l2's 'ports'. */
    struct ovs_list report_node; /* In struct l2's 'reports'. */
    struct uuid uuid;
    bool here;
};

struct l2 {
    struct ovsdb_idl_index *subnets; /* By network. */
    char *host;                 /* Host that 'ports' are for. */
    struct hmap ports;
    struct l2_security *security;
    bool translated;            /* All rows were translated once. */
    struct ovs_list reports;    /* Ports whose Port.up may need a change, or
                                 * has one that is not confirmed. */
    bool synced;
};

static unixctl_cb_func l2_show;

/* Returns a module without any network.  'idl' is that of OVS_L3HA, not
 * connected yet. */
struct l2 *
l2_create(struct ovsdb_idl *idl)
{
    struct l2 *l2 = xzalloc(sizeof *l2);

    l2->subnets = ovsdb_idl_index_create1(idl, &l3harec_subnet_col_network);
    hmap_init(&l2->ports);
    ovs_list_init(&l2->reports);
    l2->security = l2_security_create();
    unixctl_command_register("l2/show", "", 0, 0, l2_show, l2);
    return l2;
}

/* Frees 'l2' and leaves networks as they are. */
void
l2_destroy(struct l2 *l2)
{
    if (l2) {
        struct l2_port *port;

        HMAP_FOR_EACH_POP (port, hmap_node, &l2->ports) {
            free(port);
        }
        hmap_destroy(&l2->ports);
        l2_security_destroy(l2->security);
        free(l2->host);
        free(l2);
    }
}

static struct l2_port *
find_port(const struct l2 *l2, const struct uuid *uuid)
{
    struct l2_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, hmap_node, uuid_hash(uuid), &l2->ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

static void
translate_agent(const struct l3harec_agent *row, const struct agent_ctx *ctx,
                bool deleted)
{
    struct sset types = SSET_INITIALIZER(&types);

    if (strcmp(row->host, ctx->host)) {
        for (size_t i = 0; i < row->n_tunnel_types; i++) {
            sset_add(&types, row->tunnel_types[i]);
        }
        ovs_plugin_host_set(ctx->plugin, row->host, row->tunnel_ip,
                            deleted ? NULL : &types);
    }
    sset_destroy(&types);
}

/* Returns the gateways of the subnets of 'row', '*n' in number; the caller
 * must free them. */
static struct in6_addr *
network_gateways(const struct l2 *l2, const struct l3harec_network *row,
                 size_t *n)
{
    struct in6_addr *gateways = xmalloc(sizeof *gateways);
    const struct l3harec_subnet *subnet;
    struct l3harec_subnet *key;
    size_t allocated = 1;

    *n = 0;
    key = l3harec_subnet_index_init_row(l2->subnets);
    l3harec_subnet_index_set_network(key, row);
    L3HAREC_SUBNET_FOR_EACH_EQUAL (subnet, key, l2->subnets) {
        if (*n >= allocated) {
            gateways = x2nrealloc(gateways, &allocated, sizeof *gateways);
        }
        if (subnet->gateway_ip
            && router_ip_parse(subnet->gateway_ip, &gateways[*n])) {
            ++*n;
        }
    }
    l3harec_subnet_index_destroy_row(key);
    return gateways;
}

static void
translate_network(const struct l2 *l2, const struct l3harec_network *row,
                  const struct agent_ctx *ctx, bool deleted)
{
    struct in6_addr *gateways = NULL;
    struct ovs_plugin_network network = {
        .net_key = row->net_key,
        .type = row->network_type,
        .physnet = row->physical_network,
        .segmentation_id = row->n_segmentation_id ? *row->segmentation_id : 0,
    };

    if (deleted || !row->admin_state_up) {
        ovs_plugin_network_set(ctx->plugin, &row->header_.uuid, NULL);
        return;
    }
    gateways = network_gateways(l2, row, &network.n_gateways);
    network.gateways = gateways;
    ovs_plugin_network_set(ctx->plugin, &row->header_.uuid, &network);
    free(gateways);
}

static bool
is_learned(const struct l3harec_port *row)
{
    /* A router's interfaces have the same MAC on every copy; its port on the
     * HA network is that of one copy. */
    return (l3harec_port_get_router(row, OVSDB_TYPE_UUID)->n
            && strcmp(row->device_owner, L3HA_OWNER_HA_INTERFACE));
}

/* The copies of a router hear each other on the HA network, and nobody
 * else. */
static struct uuid
circle(const struct l3harec_port *row)
{
    const struct ovsdb_datum *router = l3harec_port_get_router(
        row, OVSDB_TYPE_UUID);

    return (router->n && !strcmp(row->device_owner, L3HA_OWNER_HA_INTERFACE)
            ? router->keys[0].uuid : UUID_ZERO);
}

/* Has the report of 'port' looked at. */
static void
check_report(struct l2 *l2, struct l2_port *port)
{
    ovs_list_remove(&port->report_node);
    ovs_list_push_back(&l2->reports, &port->report_node);
}

static void
forget_port(struct l2 *l2, const struct uuid *uuid,
            const struct agent_ctx *ctx)
{
    struct l2_port *port = find_port(l2, uuid);

    if (port) {
        hmap_remove(&l2->ports, &port->hmap_node);
        ovs_list_remove(&port->report_node);
        free(port);
        ovs_plugin_port_set(ctx->plugin, uuid, NULL);
    }
}

static void
translate_port(struct l2 *l2, const struct l3harec_port *row,
               const struct agent_ctx *ctx, bool deleted)
{
    const struct uuid *uuid = &row->header_.uuid;
    struct ovs_plugin_address *addresses;
    struct ovs_plugin_port desc;
    struct uuid *groups;
    struct sset hosts;

    /* Ports of other networks are here as members of security groups. */
    if (deleted || !row->network
        || !eth_addr_from_string(row->mac, &desc.mac)) {
        forget_port(l2, uuid, ctx);
        return;
    }

    sset_init(&hosts);
    for (size_t i = 0; i < row->n_hosts; i++) {
        sset_add(&hosts, row->hosts[i]);
    }
    desc.network = l3harec_port_get_network(row,
                                            OVSDB_TYPE_UUID)->keys[0].uuid;
    desc.up = row->admin_state_up;
    desc.learned = is_learned(row);
    desc.here = sset_find_and_delete(&hosts, ctx->host);
    desc.hosts = &hosts;
    desc.circle = circle(row);
    addresses = l2_port_addresses(row, &desc.n_addresses, &desc.n_own);
    desc.addresses = addresses;
    desc.secure = l2_port_is_secure(row);
    groups = l2_port_groups(row, &desc.n_groups);
    desc.groups = groups;
    qos_translate(ctx->l3ha_idl, row, &desc.qos);

    struct l2_port *port = find_port(l2, uuid);

    if (!port) {
        port = xzalloc(sizeof *port);
        port->uuid = *uuid;
        ovs_list_init(&port->report_node);
        hmap_insert(&l2->ports, &port->hmap_node, uuid_hash(uuid));
    }
    port->here = desc.here;
    check_report(l2, port);
    ovs_plugin_port_set(ctx->plugin, uuid, &desc);
    free(addresses);
    free(groups);
    sset_destroy(&hosts);
}

/* Translates every row, as for the first time. */
static void
translate_all(struct l2 *l2, const struct agent_ctx *ctx)
{
    const struct l3harec_network *network;
    const struct l3harec_agent *agent;
    const struct l3harec_port *port;

    L3HAREC_AGENT_FOR_EACH (agent, ctx->l3ha_idl) {
        translate_agent(agent, ctx, false);
    }
    L3HAREC_NETWORK_FOR_EACH (network, ctx->l3ha_idl) {
        translate_network(l2, network, ctx, false);
    }
    L3HAREC_PORT_FOR_EACH (port, ctx->l3ha_idl) {
        translate_port(l2, port, ctx, false);
    }
    l2_security_translate_all(l2->security, ctx);
    l2->translated = true;
    ovs_plugin_desired_complete(ctx->plugin);
}

/* Translates ports of this host whose own rows may not have changed. */
static void
translate_ports_here(struct l2 *l2, const struct agent_ctx *ctx)
{
    const struct l2_port *known;

    HMAP_FOR_EACH (known, hmap_node, &l2->ports) {
        const struct l3harec_port *row
            = l3harec_port_get_for_uuid(ctx->l3ha_idl, &known->uuid);

        if (row && row->network && known->here) {
            translate_port(l2, row, ctx, false);
        }
    }
}

/* Translates the rows that changed. */
static void
translate_changes(struct l2 *l2, const struct agent_ctx *ctx)
{
    const struct l3harec_network *network;
    const struct l3harec_subnet *subnet;
    const struct l3harec_agent *agent;
    const struct l3harec_port *port;

    L3HAREC_AGENT_FOR_EACH_TRACKED (agent, ctx->l3ha_idl) {
        translate_agent(agent, ctx, l3harec_agent_is_deleted(agent));
    }
    L3HAREC_NETWORK_FOR_EACH_TRACKED (network, ctx->l3ha_idl) {
        translate_network(l2, network, ctx,
                          l3harec_network_is_deleted(network));
    }
    L3HAREC_SUBNET_FOR_EACH_TRACKED (subnet, ctx->l3ha_idl) {
        /* The gateway of one that is deleted stays outside until another one
         * comes. */
        if (!l3harec_subnet_is_deleted(subnet) && subnet->network) {
            translate_network(l2, subnet->network, ctx, false);
        }
    }
    L3HAREC_PORT_FOR_EACH_TRACKED (port, ctx->l3ha_idl) {
        translate_port(l2, port, ctx, l3harec_port_is_deleted(port));
    }
    if (qos_has_changes(ctx->l3ha_idl)) {
        translate_ports_here(l2, ctx);
    }
    l2_security_translate_changes(l2->security, ctx);
}

static bool
is_reported(const struct l3harec_port *row, const char *host)
{
    for (size_t i = 0; i < row->n_up; i++) {
        if (!strcmp(row->up[i], host)) {
            return true;
        }
    }
    return false;
}

/* Finds the ports that the switch has wired, or does not have any more. */
static void
find_rewired(struct l2 *l2, const struct agent_ctx *ctx)
{
    struct uuid uuid;

    while (ovs_plugin_pop_rewired(ctx->plugin, &uuid)) {
        struct l2_port *port = find_port(l2, &uuid);

        if (port) {
            check_report(l2, port);
        }
    }
}

/* Writes this host's part of Port.up where it differs.  What is written is
 * looked at again, since a commit may fail. */
static void
report_ports(struct l2 *l2, const struct agent_ctx *ctx)
{
    struct l2_port *port;

    LIST_FOR_EACH_SAFE (port, report_node, &l2->reports) {
        const struct l3harec_port *row
            = l3harec_port_get_for_uuid(ctx->l3ha_idl, &port->uuid);
        bool up = port->here && ovs_plugin_port_is_wired(ctx->plugin,
                                                         &port->uuid);

        COVERAGE_INC(l2_report_port);
        if (!row || up == is_reported(row, ctx->host)) {
            ovs_list_remove(&port->report_node);
            ovs_list_init(&port->report_node);
        } else if (up) {
            l3harec_port_update_up_addvalue(row, ctx->host);
        } else {
            l3harec_port_update_up_delvalue(row, ctx->host);
        }
    }
}

static void
configure(const struct agent_ctx *ctx)
{
    const struct agent_settings *settings = ctx->settings;
    const struct ovs_plugin_config config = {
        .bridge = settings->bridge,
        .datapath_type = settings->datapath_type,
        .local_ip = settings->tunnel_ip,
        .vxlan_port = settings->vxlan_port,
        .bridge_mappings = &settings->bridge_mappings,
    };

    ovs_plugin_configure(ctx->plugin, &config);
}

/* Brings networks in line with the database. */
void
l2_run(struct l2 *l2, const struct agent_ctx *ctx)
{
    /* Without a database to follow, the switch is not ours to change. */
    if (ctx->settings_changed && ctx->settings->remote) {
        configure(ctx);
    }
    if (!l2->host || strcmp(l2->host, ctx->host)) {
        free(l2->host);
        l2->host = xstrdup(ctx->host);
        l2->translated = false;
    }
    if (ctx->l3ha_ready) {
        if (!l2->translated) {
            translate_all(l2, ctx);
        } else {
            translate_changes(l2, ctx);
        }
    }
    find_rewired(l2, ctx);
    if (l2->translated && ctx->l3ha_txn) {
        report_ports(l2, ctx);
    }
    l2->synced = (ctx->l3ha_ready && l2->translated
                  && ovs_list_is_empty(&l2->reports)
                  && ovs_plugin_is_synced(ctx->plugin));
}

/* Arranges for the poll loop to wake up when l2_run() has work. */
void
l2_wait(struct l2 *l2 OVS_UNUSED, const struct agent_ctx *ctx)
{
    if (ovs_plugin_has_rewired(ctx->plugin)) {
        poll_immediate_wake();
    }
}

/* See l2.h. */
bool
l2_is_synced(const struct l2 *l2)
{
    return l2->synced;
}

static void
l2_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
        const char *argv[] OVS_UNUSED, void *l2_)
{
    const struct l2 *l2 = l2_;
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct l2_port *port;
    size_t n_here = 0;

    HMAP_FOR_EACH (port, hmap_node, &l2->ports) {
        n_here += port->here;
    }
    ds_put_format(&s, "host: %s\n", l2->host ? l2->host : "not known");
    ds_put_format(&s, "ports: %"PRIuSIZE" known, %"PRIuSIZE" here\n",
                  hmap_count(&l2->ports), n_here);
    ds_put_format(&s, "synchronized: %s\n", l2->synced ? "yes" : "no");
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}
