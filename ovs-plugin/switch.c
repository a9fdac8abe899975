/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/switch.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/links.h"
#include "ovs-plugin/ovs-plugin.h"
#include "ovs-plugin/pipeline-model.h"
#include "ovs-plugin/pipeline.h"
#include "ovs-plugin/plugged.h"
#include "ovs-plugin/zones.h"
#include "ovsdb-idl.h"
#include "packets.h"
#include "smap.h"
#include "sset.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(switch_db);

/* Bridges, ports and interfaces in the local Open_vSwitch database.
 *
 * Owns the integration bridge, its tunnel ports, the patch ports between it
 * and the physical bridges, and ports that the l3 role asks for.  In: the
 * configuration, what the pipeline needs, the l3 role's ports.  Out: rows.
 * What rows tell about OpenFlow ports is read by plugged.c.
 *
 * Every Port row made here has external_ids:l3ha-owner ("l2" or "l3"); no
 * other port is changed or deleted.  Physical bridges are the operator's:
 * only the patch port is added to them.
 *
 * All changes of one iteration are one transaction.  What is written is the
 * difference to the rows, so an iteration that finds all well writes nothing.
 * It is looked for only when rows changed that matter here: those that
 * hypervisors plug in do not. */

struct switch_db {
    struct ovsdb_idl *idl;
    struct pipeline *pipeline;
    struct links *links;
    struct zones *zones;
    struct plugged *plugged;
    bool read_all;              /* What was read is not for this bridge. */

    /* Configuration. */
    char *bridge;
    char *datapath_type;
    char *local_ip;
    uint16_t vxlan_port;
    struct smap bridge_mappings;

    struct sset said;           /* Complaints that were logged. */
};

/* Has 'idl' replicate what this module needs. */
static void
add_columns(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_table(idl, &ovsrec_table_bridge);
    ovsdb_idl_track_add_column(idl, &ovsrec_bridge_col_name);
    ovsdb_idl_track_add_column(idl, &ovsrec_bridge_col_ports);
    ovsdb_idl_track_add_column(idl, &ovsrec_bridge_col_fail_mode);
    ovsdb_idl_track_add_column(idl, &ovsrec_bridge_col_datapath_type);
    ovsdb_idl_track_add_column(idl, &ovsrec_bridge_col_flow_tables);
    ovsdb_idl_track_add_column(idl, &ovsrec_bridge_col_protocols);
    ovsdb_idl_track_add_column(idl, &ovsrec_bridge_col_external_ids);
    ovsdb_idl_track_add_column(idl, &ovsrec_port_col_name);
    ovsdb_idl_track_add_column(idl, &ovsrec_interface_col_type);
    ovsdb_idl_track_add_column(idl, &ovsrec_interface_col_options);
    ovsdb_idl_add_table(idl, &ovsrec_table_flow_table);
    ovsdb_idl_track_add_column(idl, &ovsrec_flow_table_col_name);
    ovsdb_idl_track_add_column(idl, &ovsrec_open_vswitch_col_bridges);
    ovsdb_idl_track_add_column(idl, &ovsrec_open_vswitch_col_datapaths);
    ovsdb_idl_add_table(idl, &ovsrec_table_datapath);
    ovsdb_idl_track_add_column(idl, &ovsrec_datapath_col_capabilities);
}

/* Returns an object that tells 'pipeline' and 'links' of the interfaces in
 * 'idl', makes those that they need, and keeps the record of 'zones'. */
struct switch_db *
switch_create(struct ovsdb_idl *idl, struct pipeline *pipeline,
              struct links *links, struct zones *zones)
{
    struct switch_db *sw = xzalloc(sizeof *sw);

    add_columns(idl);
    sw->idl = idl;
    sw->pipeline = pipeline;
    sw->links = links;
    sw->zones = zones;
    sw->plugged = plugged_create(idl, pipeline);
    smap_init(&sw->bridge_mappings);
    sset_init(&sw->said);
    return sw;
}

/* Frees 'sw' and leaves the database as it is. */
void
switch_destroy(struct switch_db *sw)
{
    if (sw) {
        free(sw->bridge);
        free(sw->datapath_type);
        free(sw->local_ip);
        smap_destroy(&sw->bridge_mappings);
        plugged_destroy(sw->plugged);
        sset_destroy(&sw->said);
        free(sw);
    }
}

/* Sets the configuration. */
void
switch_configure(struct switch_db *sw, const struct ovs_plugin_config *config)
{
    free(sw->bridge);
    sw->bridge = xstrdup(config->bridge);
    free(sw->datapath_type);
    sw->datapath_type = xstrdup(config->datapath_type);
    free(sw->local_ip);
    sw->local_ip = nullable_xstrdup(config->local_ip);
    sw->vxlan_port = config->vxlan_port;
    smap_destroy(&sw->bridge_mappings);
    smap_clone(&sw->bridge_mappings, config->bridge_mappings);
    sset_clear(&sw->said);
    sw->read_all = true;
}

/* Logs a complaint, if it was not since it last did not hold. */
static void OVS_PRINTF_FORMAT(2, 3)
complain(struct switch_db *sw, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    if (sset_add(&sw->said, text)) {
        VLOG_WARN("%s", text);
    }
    free(text);
}

static const struct ovsrec_bridge *
find_bridge(const struct switch_db *sw, const char *name)
{
    const struct ovsrec_bridge *br;

    OVSREC_BRIDGE_FOR_EACH (br, sw->idl) {
        if (!strcmp(br->name, name)) {
            return br;
        }
    }
    return NULL;
}

static const struct ovsrec_port *
find_port(const struct ovsrec_bridge *br, const char *name)
{
    for (size_t i = 0; i < br->n_ports; i++) {
        if (!strcmp(br->ports[i]->name, name)) {
            return br->ports[i];
        }
    }
    return NULL;
}

/* Returns true if the integration bridge is there. */
bool
switch_has_bridge(const struct switch_db *sw)
{
    return sw->bridge && find_bridge(sw, sw->bridge);
}

static const char *
datapath_type(const struct ovsrec_bridge *br)
{
    return br->datapath_type[0] ? br->datapath_type : "system";
}

/* Returns the row in which ovs-vswitchd says what datapaths of the type of
 * 'br' are able to do, NULL if it was not asked for. */
static const struct ovsrec_datapath *
find_datapath(const struct switch_db *sw, const struct ovsrec_bridge *br)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(sw->idl);

    for (size_t i = 0; cfg && i < cfg->n_datapaths; i++) {
        if (!strcmp(cfg->key_datapaths[i], datapath_type(br))) {
            return cfg->value_datapaths[i];
        }
    }
    return NULL;
}

/* Tells the pipeline what the datapath of bridge 'br' is able to do. */
static void
read_datapath(struct switch_db *sw, const struct ovsrec_bridge *br)
{
    const struct ovsrec_datapath *dp = find_datapath(sw, br);

    pipeline_set_can_answer_nd(sw->pipeline,
                               dp && smap_get_bool(&dp->capabilities,
                                                   "nd_ext", false));
}

/* Did 'row' change itself, not only one that it refers to? */
static bool
bridge_has_changed(const struct ovsrec_bridge *row)
{
    bool changed = ovsrec_bridge_is_new(row) || ovsrec_bridge_is_deleted(row);

    for (int i = 0; i < OVSREC_BRIDGE_N_COLUMNS; i++) {
        changed |= ovsrec_bridge_is_updated(row, i);
    }
    return changed;
}

/* Returns true if something changed that switch_write() writes, or that it
 * depends on.  Of interfaces only our own count. */
static bool
rows_have_changed(const struct switch_db *sw)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(sw->idl);
    const struct ovsrec_bridge *br;
    const struct ovsrec_port *port;

    if ((cfg && ovsrec_open_vswitch_is_updated(
                    cfg, OVSREC_OPEN_VSWITCH_COL_DATAPATHS))
        || ovsrec_datapath_track_get_first(sw->idl)
        || ovsrec_flow_table_track_get_first(sw->idl)) {
        return true;
    }
    OVSREC_BRIDGE_FOR_EACH_TRACKED (br, sw->idl) {
        if (bridge_has_changed(br)) {
            return true;
        }
    }
    OVSREC_PORT_FOR_EACH_TRACKED (port, sw->idl) {
        if (smap_get(&port->external_ids, PLUGGED_OWNER_KEY)
            || ovsrec_port_is_updated(port, OVSREC_PORT_COL_EXTERNAL_IDS)) {
            return true;
        }
    }
    return false;
}

/* Tells the pipeline which OpenFlow ports there are.  To be called after each
 * ovsdb_idl_run() that may have changed something, before tracked changes are
 * cleared.  Returns true if switch_write() may have work. */
bool
switch_read(struct switch_db *sw)
{
    const struct ovsrec_bridge *br = find_bridge(sw, sw->bridge);
    bool changed = sw->read_all || rows_have_changed(sw);

    if (br && (sw->read_all || bridge_has_changed(br))) {
        zones_read(sw->zones, &br->external_ids);
    }
    if (br) {
        read_datapath(sw, br);
    }
    plugged_read(sw->plugged, br, sw->read_all);
    links_read(sw->links, br, &sw->bridge_mappings);
    sw->read_all = false;
    return changed;
}

/* A transaction being made. */
struct writer {
    struct switch_db *sw;
    struct ovsdb_idl_txn *txn;
    const struct ovsrec_bridge *br;
    struct shash ports;         /* Rows of 'br' by name. */
    bool changed;
};

static const struct ovsrec_interface *
add_port(struct writer *w, const struct ovsrec_bridge *br, const char *name,
         const char *owner)
{
    struct ovsrec_interface *iface = ovsrec_interface_insert(w->txn);
    struct ovsrec_port *port = ovsrec_port_insert(w->txn);

    ovsrec_interface_set_name(iface, name);
    ovsrec_port_set_name(port, name);
    ovsrec_port_set_interfaces(port, &iface, 1);
    if (owner) {
        const struct smap ids = SMAP_CONST1(&ids, PLUGGED_OWNER_KEY, owner);

        ovsrec_port_set_external_ids(port, &ids);
    }
    ovsrec_bridge_update_ports_addvalue(br, port);
    w->changed = true;
    return iface;
}

static void
del_port(struct writer *w, const struct ovsrec_bridge *br,
         const struct ovsrec_port *port)
{
    ovsrec_bridge_update_ports_delvalue(br, port);
    w->changed = true;
}

static void
write_bridge(struct writer *w)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(w->sw->idl);
    struct ovsrec_bridge *br;

    if (!cfg) {
        return;
    }
    VLOG_INFO("creating bridge %s", w->sw->bridge);
    br = ovsrec_bridge_insert(w->txn);
    ovsrec_bridge_set_name(br, w->sw->bridge);
    ovsrec_bridge_set_fail_mode(br, "secure");
    if (w->sw->datapath_type[0]) {
        ovsrec_bridge_set_datapath_type(br, w->sw->datapath_type);
    }
    ovsrec_interface_set_type(add_port(w, br, w->sw->bridge, NULL),
                              "internal");
    ovsrec_open_vswitch_update_bridges_addvalue(cfg, br);
    w->br = br;
}

static void
write_bridge_settings(struct writer *w)
{
    static const struct {
        enum pipeline_table table;
        const char *name;
    } tables[] = {
#define TABLE(ENUM, NUMBER, NAME) { TABLE_##ENUM, NAME },
        PIPELINE_TABLES
#undef TABLE
    };
    const struct ovsrec_bridge *br = w->br;

    if (!br->fail_mode || strcmp(br->fail_mode, "secure")) {
        ovsrec_bridge_set_fail_mode(br, "secure");
        w->changed = true;
    }
    if (br->n_protocols) {
        bool found = false;

        for (size_t i = 0; i < br->n_protocols; i++) {
            found |= !strcmp(br->protocols[i], "OpenFlow15");
        }
        if (!found) {
            ovsrec_bridge_update_protocols_addvalue(br, "OpenFlow15");
            w->changed = true;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        bool found = false;

        for (size_t j = 0; j < br->n_flow_tables; j++) {
            found |= br->key_flow_tables[j] == tables[i].table;
        }
        if (!found) {
            struct ovsrec_flow_table *row = ovsrec_flow_table_insert(w->txn);

            ovsrec_flow_table_set_name(row, tables[i].name);
            ovsrec_bridge_update_flow_tables_setkey(br, tables[i].table, row);
            w->changed = true;
        }
    }
}

/* Asks ovs-vswitchd what the datapath is able to do.  The row is nobody's:
 * every manager of bridges makes it if it is missing. */
static void
write_datapath(struct writer *w)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(w->sw->idl);

    if (cfg && !find_datapath(w->sw, w->br)) {
        ovsrec_open_vswitch_update_datapaths_setkey(
            cfg, datapath_type(w->br), ovsrec_datapath_insert(w->txn));
        w->changed = true;
    }
}

static void
tunnel_options(const struct switch_db *sw,
               const struct pipeline_tunnel *tunnel, struct smap *options)
{
    smap_init(options);
    smap_add(options, "key", "flow");
    smap_add(options, "remote_ip", tunnel->remote_ip);
    smap_add(options, "df_default", "true");
    smap_add(options, "local_ip", sw->local_ip);
    if (!strcmp(tunnel->type, "vxlan") && sw->vxlan_port != 4789) {
        smap_add_format(options, "dst_port", "%"PRIu16, sw->vxlan_port);
    }
}

/* Returns true if a tunnel from this host to 'remote_ip' is possible. */
static bool
can_reach(struct switch_db *sw, const char *host, const char *remote_ip)
{
    if (!sw->local_ip) {
        complain(sw, "no address for tunnels: set "
                 "external_ids:l3ha-encap-ip in table Open_vSwitch");
        return false;
    } else if (!strchr(sw->local_ip, ':') != !strchr(remote_ip, ':')) {
        complain(sw, "no tunnel to host %s: its address %s and ours, %s, are "
                 "of different IP versions", host, remote_ip, sw->local_ip);
        return false;
    }
    return true;
}

static void
write_tunnels(struct writer *w, bool complete)
{
    struct shash tunnels = SHASH_INITIALIZER(&tunnels);
    const struct ovsrec_bridge *br = w->br;
    struct shash_node *node;

    pipeline_needed_tunnels(w->sw->pipeline, &tunnels);
    links_choose_tunnels(w->sw->links, &tunnels);
    SHASH_FOR_EACH (node, &tunnels) {
        const struct pipeline_tunnel *tunnel = node->data;
        const struct ovsrec_port *port = shash_find_data(&w->ports,
                                                         node->name);
        const struct ovsrec_interface *iface;
        struct smap options, bfd;

        if (!can_reach(w->sw, tunnel->host, tunnel->remote_ip)) {
            continue;
        }
        iface = port ? port->interfaces[0] : add_port(w, br, node->name,
                                                      PLUGGED_OWNER_L2);
        if (!port || strcmp(iface->type, tunnel->type)) {
            ovsrec_interface_set_type(iface, tunnel->type);
            w->changed = true;
        }
        tunnel_options(w->sw, tunnel, &options);
        if (!port || !smap_equal(&options, &iface->options)) {
            ovsrec_interface_set_options(iface, &options);
            w->changed = true;
        }
        smap_destroy(&options);
        links_get_bfd(w->sw->links, tunnel->host, node->name, &bfd);
        if (port ? !smap_equal(&bfd, &iface->bfd) : !smap_is_empty(&bfd)) {
            ovsrec_interface_set_bfd(iface, &bfd);
            w->changed = true;
        }
        smap_destroy(&bfd);
    }
    for (size_t i = 0; complete && i < br->n_ports; i++) {
        const struct ovsrec_port *port = br->ports[i];

        if (plugged_is_owned(port, PLUGGED_OWNER_L2) && port->n_interfaces
            && tunnel_type_from_string(port->interfaces[0]->type)
            && !shash_find(&tunnels, port->name)) {
            del_port(w, br, port);
        }
    }
    SHASH_FOR_EACH (node, &tunnels) {
        struct pipeline_tunnel *tunnel = node->data;

        free(tunnel->remote_ip);
    }
    shash_destroy_free_data(&tunnels);
}

static void
write_patch_end(struct writer *w, const struct ovsrec_bridge *br,
                const char *name, const char *peer)
{
    const struct ovsrec_port *port = find_port(br, name);
    const struct ovsrec_interface *iface;

    iface = port ? port->interfaces[0] : add_port(w, br, name,
                                                  PLUGGED_OWNER_L2);
    if (!port || strcmp(iface->type, "patch")
        || strcmp(smap_get_def(&iface->options, "peer", ""), peer)) {
        const struct smap options = SMAP_CONST1(&options, "peer", peer);

        ovsrec_interface_set_type(iface, "patch");
        ovsrec_interface_set_options(iface, &options);
        w->changed = true;
    }
}

static void
write_patches(struct writer *w)
{
    struct sset wanted = SSET_INITIALIZER(&wanted);
    struct sset physnets = SSET_INITIALIZER(&physnets);
    struct smap_node *node;
    const char *physnet;

    SMAP_FOR_EACH (node, &w->sw->bridge_mappings) {
        const struct ovsrec_bridge *phy = find_bridge(w->sw, node->value);
        char *int_name = pipeline_patch_name("int-", node->value);
        char *phy_name = pipeline_patch_name("phy-", node->value);

        if (!phy) {
            complain(w->sw, "bridge \"%s\" of physical network \"%s\" does "
                     "not exist; networks on it wait for it",
                     node->value, node->key);
        } else if (!strcmp(node->value, w->sw->bridge)) {
            complain(w->sw, "physical network \"%s\": \"%s\" is the "
                     "integration bridge itself", node->key, node->value);
        } else {
            write_patch_end(w, w->br, int_name, phy_name);
            write_patch_end(w, phy, phy_name, int_name);
        }
        sset_add(&wanted, int_name);
        sset_add(&wanted, phy_name);
        free(int_name);
        free(phy_name);
    }

    /* Ends of patches to bridges that are not mapped any more. */
    const struct ovsrec_bridge *br;

    OVSREC_BRIDGE_FOR_EACH (br, w->sw->idl) {
        for (size_t i = 0; i < br->n_ports; i++) {
            const struct ovsrec_port *port = br->ports[i];

            if (plugged_is_owned(port, PLUGGED_OWNER_L2) && port->n_interfaces
                && !strcmp(port->interfaces[0]->type, "patch")
                && !sset_contains(&wanted, port->name)) {
                del_port(w, br, port);
            }
        }
    }

    pipeline_needed_physnets(w->sw->pipeline, &physnets);
    SSET_FOR_EACH (physnet, &physnets) {
        if (!smap_get(&w->sw->bridge_mappings, physnet)) {
            complain(w->sw, "physical network \"%s\" is not mapped to a "
                     "bridge on this host (external_ids:"
                     "l3ha-bridge-mappings); networks on it are not "
                     "realised", physnet);
        }
    }
    sset_destroy(&physnets);
    sset_destroy(&wanted);
}

static void
write_l3_ports(struct writer *w, const struct shash *ports,
               struct sset *deleted, bool complete)
{
    const struct ovsrec_bridge *br = w->br;
    const struct shash_node *node;

    SHASH_FOR_EACH (node, ports) {
        const struct switch_port *wanted = node->data;
        const struct ovsrec_port *port = shash_find_data(&w->ports,
                                                         node->name);
        const struct ovsrec_interface *iface;
        struct smap ids = SMAP_INITIALIZER(&ids);

        smap_add_format(&ids, "iface-id", UUID_FMT,
                        UUID_ARGS(&wanted->port_id));
        smap_add_format(&ids, "attached-mac", ETH_ADDR_FMT,
                        ETH_ADDR_ARGS(wanted->mac));
        smap_add(&ids, "iface-status", "active");
        iface = port ? port->interfaces[0] : add_port(w, br, node->name,
                                                      PLUGGED_OWNER_L3);
        if (!port || !smap_equal(&ids, &iface->external_ids)) {
            ovsrec_interface_set_external_ids(iface, &ids);
            w->changed = true;
        }
        smap_destroy(&ids);
    }
    for (size_t i = 0; i < br->n_ports; i++) {
        const struct ovsrec_port *port = br->ports[i];

        if (plugged_is_owned(port, PLUGGED_OWNER_L3)
            && !shash_find(ports, port->name)
            && (complete || sset_contains(deleted, port->name))) {
            del_port(w, br, port);
        }
    }
    const char *name;

    SSET_FOR_EACH_SAFE (name, deleted) {
        if (!shash_find(&w->ports, name)) {
            sset_delete(deleted, SSET_NODE_FROM_NAME(name));
        }
    }
}

/* Brings the database in line with the configuration, with what the pipeline
 * needs and with 'ports' ("struct switch_port"s by interface name), without
 * those in 'deleted', from which names that are gone are taken.  Nothing else
 * is deleted that an incomplete set might still ask for.  Returns true if
 * 'txn' has changes now. */
bool
switch_write(struct switch_db *sw, struct ovsdb_idl_txn *txn,
             const struct shash *ports, struct sset *deleted,
             bool ports_complete, bool tunnels_complete)
{
    struct writer w = {
        .sw = sw,
        .txn = txn,
        .br = find_bridge(sw, sw->bridge),
    };

    if (!w.br) {
        /* The rest follows when the new bridge is in the replica. */
        write_bridge(&w);
        return w.changed;
    }
    shash_init(&w.ports);
    for (size_t i = 0; i < w.br->n_ports; i++) {
        shash_add(&w.ports, w.br->ports[i]->name, w.br->ports[i]);
    }
    write_bridge_settings(&w);
    write_datapath(&w);
    if (tunnels_complete) {
        write_patches(&w);
    }
    write_tunnels(&w, tunnels_complete);
    w.changed |= zones_write(sw->zones, w.br, tunnels_complete);
    write_l3_ports(&w, ports, deleted, ports_complete);
    shash_destroy(&w.ports);
    if (w.changed) {
        ovsdb_idl_txn_add_comment(txn, "ovs-l3ha-agent");
    }
    return w.changed;
}
