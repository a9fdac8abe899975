/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/ovs-plugin.h"

#include <stdlib.h>

#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "util.h"

/* Everything that this project knows of Open vSwitch, behind one object.
 *
 * Owns the set of ports that the caller wants on br-int. */

/* A port asked for by ovs_plugin_port_add(). */
struct wanted_port {
    struct uuid port_id;
    struct eth_addr mac;
};

struct ovs_plugin {
    struct ovsdb_idl *ovs_idl;
    struct shash wanted;        /* Interface name -> "struct wanted_port". */
    bool complete;              /* 'wanted' is the whole set. */
    uint64_t seqno;
};

/* Returns a plugin that works on the switch whose database 'ovs_idl' is. */
struct ovs_plugin *
ovs_plugin_create(struct ovsdb_idl *ovs_idl)
{
    struct ovs_plugin *plugin = xzalloc(sizeof *plugin);

    plugin->ovs_idl = ovs_idl;
    shash_init(&plugin->wanted);
    return plugin;
}

/* Brings the switch in line with what was asked for. */
void
ovs_plugin_run(struct ovs_plugin *plugin OVS_UNUSED,
               struct ovsdb_idl_txn *ovs_txn OVS_UNUSED)
{
}

/* Arranges for the poll loop to wake up when ovs_plugin_run() has work. */
void
ovs_plugin_wait(struct ovs_plugin *plugin OVS_UNUSED)
{
}

/* Frees 'plugin' and leaves the switch as it is. */
void
ovs_plugin_destroy(struct ovs_plugin *plugin)
{
    if (plugin) {
        shash_destroy_free_data(&plugin->wanted);
        free(plugin);
    }
}

/* See ovs-plugin.h. */
void
ovs_plugin_port_add(struct ovs_plugin *plugin, const char *ifname,
                    const struct uuid *port_id, const struct eth_addr mac)
{
    struct wanted_port *port = shash_find_data(&plugin->wanted, ifname);

    if (!port) {
        port = xmalloc(sizeof *port);
        shash_add(&plugin->wanted, ifname, port);
    }
    port->port_id = *port_id;
    port->mac = mac;
}

/* Takes back ovs_plugin_port_add(). */
void
ovs_plugin_port_del(struct ovs_plugin *plugin, const char *ifname)
{
    free(shash_find_and_delete(&plugin->wanted, ifname));
}

/* See ovs-plugin.h. */
void
ovs_plugin_ports_complete(struct ovs_plugin *plugin)
{
    plugin->complete = true;
}

/* See ovs-plugin.h. */
bool
ovs_plugin_port_is_wired(const struct ovs_plugin *plugin OVS_UNUSED,
                         const struct uuid *port_id OVS_UNUSED)
{
    return false;
}

/* See ovs-plugin.h. */
uint64_t
ovs_plugin_seqno(const struct ovs_plugin *plugin)
{
    return plugin->seqno;
}
