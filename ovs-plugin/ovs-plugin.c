/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/ovs-plugin.h"

#include <stdlib.h>

#include "dirs.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "ovs-plugin/firewall.h"
#include "ovs-plugin/flow-table.h"
#include "ovs-plugin/learned.h"
#include "ovs-plugin/links.h"
#include "ovs-plugin/meters.h"
#include "ovs-plugin/of-conn.h"
#include "ovs-plugin/peers.h"
#include "ovs-plugin/pipeline-model.h"
#include "ovs-plugin/probe.h"
#include "ovs-plugin/switch.h"
#include "ovs-plugin/trace.h"
#include "ovs-plugin/zones.h"
#include "ovsdb-idl.h"
#include "packets.h"
#include "sset.h"
#include "unixctl.h"
#include "util.h"

/* Everything that this project knows of Open vSwitch, behind one object.
 *
 * Owns the parts and their order: rows of the database (switch.c, plugged.c)
 * give the model (pipeline.c) its OpenFlow ports; the model's changes become
 * flows (stage-*.c, flow-table.c); what the firewall allows is a model of its
 * own (firewall.c) that ports of the first refer to; the flows go to the
 * switch (of-conn.c); what the switch learns by itself is looked after by
 * learned.c, and the other ends of its tunnels by peers.c.
 *
 * Until the caller has said that its desired state is complete, no flow is
 * sent and nothing is deleted: after a restart of the agent the switch goes
 * on with what it has. */

struct ovs_plugin {
    struct ovsdb_idl *idl;
    struct flow_table *flows;
    struct firewall *firewall;
    struct zones *zones;
    struct meters *meters;
    struct pipeline *pipeline;
    struct links *links;
    struct switch_db *sw;
    struct of_conn *conn;
    struct learned *learned;
    struct peers *peers;
    struct trace *trace;

    bool configured;
    bool desired_complete;      /* See ovs_plugin_desired_complete(). */
    char *target;               /* The bridge's OpenFlow socket. */

    struct shash ports;         /* Name -> "struct switch_port". */
    struct sset deleted;        /* Names that were taken back. */
    bool ports_complete;        /* See ovs_plugin_ports_complete(). */

    unsigned int idl_seqno;     /* Latest that switch_read() has seen. */
    bool write;                 /* switch_write() may have work. */
    bool write_pending;         /* A change is being committed. */

    /* See ovs_plugin_pop_circle_sender(). */
    struct eth_addr *senders;
    size_t n_senders, allocated_senders;

    uint64_t acked_seqno;
    uint64_t seqno;             /* See ovs_plugin_seqno(). */
};

static unixctl_cb_func plugin_show;
static unixctl_cb_func plugin_flows;

static void
packet_in_cb(const struct ofputil_packet_in *pin, void *plugin_)
{
    struct ovs_plugin *plugin = plugin_;
    const struct eth_header *eth = pin->packet;

    if (pin->packet_len >= sizeof *eth
        && eth->eth_type == htons(PROBE_ETH_TYPE)) {
        links_answer(plugin->links, eth->eth_src);
        return;
    } else if (pin->packet_len < sizeof *eth
               || eth->eth_type != htons(ETH_TYPE_IP)) {
        learned_packet_in(plugin->learned, pin);
        return;
    }
    if (plugin->n_senders >= plugin->allocated_senders) {
        plugin->senders = x2nrealloc(plugin->senders,
                                     &plugin->allocated_senders,
                                     sizeof *plugin->senders);
    }
    plugin->senders[plugin->n_senders++] = eth->eth_src;
}

static void
learned_flow_cb(const struct ofputil_flow_stats *fs, void *plugin_)
{
    struct ovs_plugin *plugin = plugin_;

    if (plugin->desired_complete) {
        learned_check_flow(plugin->learned, fs);
    }
}

static void
can_meter_cb(bool can, void *plugin_)
{
    struct ovs_plugin *plugin = plugin_;

    pipeline_set_can_meter(plugin->pipeline, can);
}

static void
barrier_cb(ovs_be32 xid, void *plugin_)
{
    struct ovs_plugin *plugin = plugin_;

    links_is_out(plugin->links, xid);
}

/* Returns a plugin that works on the switch whose database 'ovs_idl' is. */
struct ovs_plugin *
ovs_plugin_create(struct ovsdb_idl *ovs_idl)
{
    struct ovs_plugin *plugin = xzalloc(sizeof *plugin);
    struct of_conn_callbacks cb = {
        .learned_flow = learned_flow_cb,
        .can_meter = can_meter_cb,
        .packet_in = packet_in_cb,
        .barrier = barrier_cb,
        .aux = plugin,
    };

    plugin->idl = ovs_idl;
    plugin->flows = flow_table_create();
    plugin->meters = meters_create();
    plugin->firewall = firewall_create(plugin->flows);
    plugin->zones = zones_create();
    plugin->pipeline = pipeline_create(plugin->flows, plugin->meters,
                                       plugin->firewall, plugin->zones);
    plugin->conn = of_conn_create(plugin->flows, plugin->meters, &cb);
    plugin->links = links_create(ovs_idl, plugin->pipeline, plugin->conn);
    plugin->sw = switch_create(ovs_idl, plugin->pipeline, plugin->links,
                               plugin->zones);
    plugin->learned = learned_create(plugin->pipeline, plugin->conn);
    plugin->peers = peers_create(plugin->pipeline, plugin->conn);
    plugin->trace = trace_create(plugin->pipeline);
    shash_init(&plugin->ports);
    sset_init(&plugin->deleted);
    unixctl_command_register("ovs-plugin/show", "", 0, 0, plugin_show,
                             plugin);
    unixctl_command_register("ovs-plugin/flows", "", 0, 0, plugin_flows,
                             plugin);
    return plugin;
}

/* Frees 'plugin' and leaves the switch as it is. */
void
ovs_plugin_destroy(struct ovs_plugin *plugin)
{
    if (plugin) {
        trace_destroy(plugin->trace);
        peers_destroy(plugin->peers);
        learned_destroy(plugin->learned);
        switch_destroy(plugin->sw);
        links_destroy(plugin->links);
        of_conn_destroy(plugin->conn);
        /* The flows are in lists of the pipeline's objects. */
        flow_table_destroy(plugin->flows);
        pipeline_destroy(plugin->pipeline);
        firewall_destroy(plugin->firewall);
        zones_destroy(plugin->zones);
        meters_destroy(plugin->meters);
        shash_destroy_free_data(&plugin->ports);
        sset_destroy(&plugin->deleted);
        free(plugin->target);
        free(plugin->senders);
        free(plugin);
    }
}

/* See ovs-plugin.h. */
void
ovs_plugin_configure(struct ovs_plugin *plugin,
                     const struct ovs_plugin_config *config)
{
    plugin->configured = true;
    plugin->write = true;
    free(plugin->target);
    plugin->target = xasprintf("unix:%s/%s.mgmt", ovs_rundir(),
                               config->bridge);
    trace_configure(plugin->trace, config->bridge);
    switch_configure(plugin->sw, config);
    pipeline_set_bridge_mappings(plugin->pipeline, config->bridge_mappings);
}

/* Reads what changed in the local database.  A change that was being written
 * is looked at again, whatever became of it. */
static void
read_switch(struct ovs_plugin *plugin)
{
    plugin->write |= switch_read(plugin->sw) || plugin->write_pending;
    peers_check(plugin->peers);
}

/* Brings the switch in line with what was asked for. */
void
ovs_plugin_run(struct ovs_plugin *plugin, struct ovsdb_idl_txn *ovs_txn)
{
    trace_run(plugin->trace);
    if (!plugin->configured) {
        return;
    }

    if (plugin->idl_seqno != ovsdb_idl_get_seqno(plugin->idl)) {
        plugin->idl_seqno = ovsdb_idl_get_seqno(plugin->idl);
        read_switch(plugin);
    }
    if (ovs_txn && plugin->write) {
        plugin->write = false;
        plugin->write_pending = switch_write(plugin->sw, ovs_txn,
                                             &plugin->ports,
                                             &plugin->deleted,
                                             plugin->ports_complete,
                                             plugin->desired_complete);
    }

    of_conn_run(plugin->conn,
                switch_has_bridge(plugin->sw) ? plugin->target : NULL);
    if (links_run(plugin->links)) {
        read_switch(plugin);
    }
    if (!plugin->desired_complete) {
        return;
    }
    if (pipeline_is_dirty(plugin->pipeline)) {
        plugin->seqno++;
        pipeline_run(plugin->pipeline, of_conn_next_seqno(plugin->conn));
        /* New networks need new tunnels, patches and zones. */
        plugin->write |= pipeline_take_needs_changed(plugin->pipeline);
        if (pipeline_take_shrunk(plugin->pipeline)) {
            learned_check_all(plugin->learned);
        }
    }
    if (of_conn_is_up(plugin->conn)) {
        zones_flush(plugin->zones, plugin->conn);
    }
    of_conn_flush(plugin->conn);
    learned_run(plugin->learned);
    peers_run(plugin->peers);
    if (plugin->acked_seqno != of_conn_acked_seqno(plugin->conn)) {
        plugin->acked_seqno = of_conn_acked_seqno(plugin->conn);
        pipeline_acked(plugin->pipeline, plugin->acked_seqno);
        plugin->seqno++;
    }
    if (plugin->write && ovs_txn) {
        poll_immediate_wake();
    }
}

/* Arranges for the poll loop to wake up when ovs_plugin_run() has work. */
void
ovs_plugin_wait(struct ovs_plugin *plugin)
{
    trace_wait(plugin->trace);
    if (plugin->configured) {
        of_conn_wait(plugin->conn);
        links_wait(plugin->links);
        peers_wait(plugin->peers);
    }
}

/* See ovs-plugin.h. */
void
ovs_plugin_network_set(struct ovs_plugin *plugin, const struct uuid *uuid,
                       const struct ovs_plugin_network *desc)
{
    pipeline_set_network(plugin->pipeline, uuid, desc);
}

/* See ovs-plugin.h. */
void
ovs_plugin_port_set(struct ovs_plugin *plugin, const struct uuid *uuid,
                    const struct ovs_plugin_port *desc)
{
    pipeline_set_port(plugin->pipeline, uuid, desc);
}

/* See ovs-plugin.h. */
void
ovs_plugin_group_set(struct ovs_plugin *plugin, const struct uuid *uuid,
                     const struct ovs_plugin_group *desc)
{
    firewall_set_group(plugin->firewall, uuid, desc);
}

/* See ovs-plugin.h. */
void
ovs_plugin_member_set(struct ovs_plugin *plugin, const struct uuid *uuid,
                      const struct ovs_plugin_member *desc)
{
    firewall_set_member(plugin->firewall, uuid, desc);
}

/* See ovs-plugin.h. */
void
ovs_plugin_host_set(struct ovs_plugin *plugin, const char *name,
                    const char *tunnel_ip, const struct sset *tunnel_types)
{
    pipeline_set_host(plugin->pipeline, name, tunnel_ip, tunnel_types);
}

/* See ovs-plugin.h. */
void
ovs_plugin_desired_complete(struct ovs_plugin *plugin)
{
    if (!plugin->desired_complete) {
        plugin->desired_complete = true;
        plugin->write = true;
        learned_check_all(plugin->learned);
    }
}

/* See ovs-plugin.h. */
bool
ovs_plugin_is_synced(const struct ovs_plugin *plugin)
{
    return (plugin->desired_complete && !plugin->write
            && !plugin->write_pending
            && !pipeline_is_dirty(plugin->pipeline)
            && !flow_table_has_changes(plugin->flows)
            && !meters_have_changes(plugin->meters)
            && of_conn_is_up(plugin->conn)
            && of_conn_is_idle(plugin->conn));
}

/* See ovs-plugin.h. */
void
ovs_plugin_port_add(struct ovs_plugin *plugin, const char *ifname,
                    const struct uuid *port_id, const struct eth_addr mac)
{
    struct switch_port *port = shash_find_data(&plugin->ports, ifname);

    if (port && uuid_equals(&port->port_id, port_id)
        && eth_addr_equals(port->mac, mac)) {
        return;
    }
    if (!port) {
        port = xmalloc(sizeof *port);
        shash_add(&plugin->ports, ifname, port);
        sset_find_and_delete(&plugin->deleted, ifname);
    }
    port->port_id = *port_id;
    port->mac = mac;
    plugin->write = true;
}

/* Takes back ovs_plugin_port_add(). */
void
ovs_plugin_port_del(struct ovs_plugin *plugin, const char *ifname)
{
    struct switch_port *port = shash_find_and_delete(&plugin->ports, ifname);

    if (port) {
        free(port);
        sset_add(&plugin->deleted, ifname);
        plugin->write = true;
    }
}

/* See ovs-plugin.h. */
void
ovs_plugin_ports_complete(struct ovs_plugin *plugin)
{
    if (!plugin->ports_complete) {
        plugin->ports_complete = true;
        plugin->write = true;
    }
}

/* See ovs-plugin.h. */
bool
ovs_plugin_port_is_wired(const struct ovs_plugin *plugin,
                         const struct uuid *port_id)
{
    return pipeline_port_is_wired(plugin->pipeline, port_id,
                                  of_conn_acked_seqno(plugin->conn));
}

/* See ovs-plugin.h. */
bool
ovs_plugin_pop_rewired(struct ovs_plugin *plugin, struct uuid *port_id)
{
    return pipeline_pop_rewired(plugin->pipeline,
                                of_conn_acked_seqno(plugin->conn), port_id);
}

/* See ovs-plugin.h. */
bool
ovs_plugin_has_rewired(const struct ovs_plugin *plugin)
{
    return pipeline_has_rewired(plugin->pipeline);
}

/* See ovs-plugin.h. */
uint64_t
ovs_plugin_seqno(const struct ovs_plugin *plugin)
{
    return plugin->seqno;
}

/* See ovs-plugin.h. */
void
ovs_plugin_watch_hosts(struct ovs_plugin *plugin, const struct sset *hosts,
                       int interval)
{
    if (links_watch_hosts(plugin->links, hosts, interval)) {
        plugin->write = true;
    }
}

/* See ovs-plugin.h. */
enum ovs_plugin_reach
ovs_plugin_host_reach(const struct ovs_plugin *plugin, const char *host)
{
    return links_host_reach(plugin->links, host);
}

/* See ovs-plugin.h. */
long long int
ovs_plugin_host_lost_at(const struct ovs_plugin *plugin, const char *host)
{
    return links_host_lost_at(plugin->links, host);
}

/* See ovs-plugin.h. */
bool
ovs_plugin_physnet_is_down(const struct ovs_plugin *plugin,
                           const char *physnet)
{
    return links_physnet_is_down(plugin->links, physnet);
}

/* See ovs-plugin.h. */
bool
ovs_plugin_is_connected(const struct ovs_plugin *plugin)
{
    return links_is_connected(plugin->links);
}

/* See ovs-plugin.h. */
uint64_t
ovs_plugin_n_unacked(const struct ovs_plugin *plugin)
{
    return of_conn_n_unacked(plugin->conn);
}

/* See ovs-plugin.h. */
uint64_t
ovs_plugin_links_seqno(const struct ovs_plugin *plugin)
{
    return links_seqno(plugin->links);
}

/* See ovs-plugin.h. */
bool
ovs_plugin_pop_circle_sender(struct ovs_plugin *plugin, struct eth_addr *mac)
{
    if (!plugin->n_senders) {
        return false;
    }
    *mac = plugin->senders[--plugin->n_senders];
    return true;
}

/* See ovs-plugin.h. */
bool
ovs_plugin_has_circle_sender(const struct ovs_plugin *plugin)
{
    return plugin->n_senders > 0;
}

/* See ovs-plugin.h. */
bool
ovs_plugin_send_from(struct ovs_plugin *plugin, const struct uuid *port_id,
                     const void *frame, size_t len)
{
    ofp_port_t ofport = pipeline_vif_ofport(plugin->pipeline, port_id);

    if (!ofport || !of_conn_has_switch(plugin->conn)) {
        return false;
    }
    of_conn_packet_out(plugin->conn, ofport, OFPP_TABLE, frame, len);
    return true;
}

static void
plugin_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *plugin_)
{
    const struct ovs_plugin *plugin = plugin_;
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "bridge: %s\n",
                  switch_has_bridge(plugin->sw) ? "there" : "not there");
    ds_put_format(&s, "OpenFlow: %s\n", of_conn_state(plugin->conn));
    ds_put_format(&s, "desired state: %s\n",
                  plugin->desired_complete ? "known" : "waiting for it");
    ds_put_format(&s, "synchronized: %s\n",
                  ovs_plugin_is_synced(plugin) ? "yes" : "no");
    ds_put_format(&s, "flows: %"PRIuSIZE"\n", flow_table_count(plugin->flows));
    pipeline_format(plugin->pipeline, of_conn_acked_seqno(plugin->conn), &s);
    firewall_format(plugin->firewall, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
plugin_flows(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[] OVS_UNUSED, void *plugin_)
{
    const struct ovs_plugin *plugin = plugin_;
    struct ds s = DS_EMPTY_INITIALIZER;

    flow_table_format(plugin->flows, &s);
    meters_format(plugin->meters, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}
