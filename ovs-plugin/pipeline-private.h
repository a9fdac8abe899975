/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_PIPELINE_PRIVATE_H
#define L3HA_PIPELINE_PRIVATE_H 1

/* What the files of the model (pipeline*.c) share, and nobody else. */

#include <stdbool.h>

#include "lib/l3ha-names.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "ovs-plugin/flow-table.h"
#include "ovs-plugin/pipeline.h"
#include "smap.h"

struct firewall;
struct meters;
struct ofports;
struct zones;

/* A tunnel to another host that is there. */
struct ptunnel {
    struct flow_owner owner;
    ofp_port_t ofport;
};

struct pipeline {
    struct flow_table *flows;
    struct meters *meters;
    struct firewall *firewall;
    struct zones *zones;
    struct ofports *ofports;
    struct flow_owner global;   /* Flows that are always there. */
    bool global_done;

    struct hmap networks;       /* Contains "struct pnetwork"s. */
    struct hmap ports;          /* Contains "struct pport"s. */
    struct shash hosts;         /* Contains "struct phost"s. */
    struct smap bridge_mappings; /* Physical network -> bridge. */
    bool can_answer_nd;         /* See pipeline_set_can_answer_nd(). */
    bool can_meter;             /* See pipeline_set_can_meter(). */

    struct shash tunnels;       /* Name -> "struct ptunnel". */

    struct ovs_list dirty_networks;
    struct ovs_list dirty_ports;

    /* Ports that are wired or not any more and that nobody has asked for
     * since; ports that will be wired, the first one first. */
    struct ovs_list rewired;
    struct ovs_list unwired;
    bool shrunk;                /* See pipeline_take_shrunk(). */
    bool needs_changed;         /* See pipeline_take_needs_changed(). */
};

/* pipeline.c */
void pipeline_port_dirty(struct pipeline *, struct pport *);
void pipeline_network_free(struct pipeline *, struct pnetwork *);
bool pipeline_tunnel_name(const struct phost *, enum tunnel_type,
                          char name[L3HA_TUNNEL_LEN]);

/* pipeline-query.c */
struct pport *pipeline_port_find(const struct pipeline *, const struct uuid *);

/* pipeline-run.c */
void pipeline_unset_meters(struct pipeline *, struct pport *);

#endif /* ovs-plugin/pipeline-private.h */
