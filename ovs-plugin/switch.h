/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_SWITCH_H
#define L3HA_SWITCH_H 1

/* Bridges, ports and interfaces in the local Open_vSwitch database. */

#include <stdbool.h>

#include "openvswitch/types.h"
#include "uuid.h"

struct links;
struct ovs_plugin_config;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct pipeline;
struct shash;
struct sset;
struct switch_db;
struct zones;

/* A port of br-int that the l3 role asks for. */
struct switch_port {
    struct uuid port_id;
    struct eth_addr mac;
};

struct switch_db *switch_create(struct ovsdb_idl *, struct pipeline *,
                                struct links *, struct zones *);
void switch_destroy(struct switch_db *);

void switch_configure(struct switch_db *, const struct ovs_plugin_config *);
bool switch_read(struct switch_db *);
bool switch_write(struct switch_db *, struct ovsdb_idl_txn *,
                  const struct shash *ports, struct sset *deleted,
                  bool ports_complete,
                  bool tunnels_complete);
bool switch_has_bridge(const struct switch_db *);

#endif /* ovs-plugin/switch.h */
