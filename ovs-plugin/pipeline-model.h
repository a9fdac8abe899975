/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_PIPELINE_MODEL_H
#define L3HA_PIPELINE_MODEL_H 1

/* The model that flows are made from, seen from its writers: ovs-plugin.c
 * (what the caller wants) and switch.c (what OpenFlow ports there are). */

#include <stdbool.h>

#include "openvswitch/types.h"

struct ds;
struct firewall;
struct flow_table;
struct meters;
struct ovs_plugin_network;
struct ovs_plugin_port;
struct pipeline;
struct shash;
struct simap;
struct smap;
struct sset;
struct uuid;
struct zones;

struct pipeline *pipeline_create(struct flow_table *, struct meters *,
                                 struct firewall *, struct zones *);
void pipeline_destroy(struct pipeline *);

void pipeline_set_bridge_mappings(struct pipeline *, const struct smap *);
void pipeline_set_can_answer_nd(struct pipeline *, bool);
void pipeline_set_can_meter(struct pipeline *, bool);
void pipeline_set_network(struct pipeline *, const struct uuid *,
                          const struct ovs_plugin_network *);
void pipeline_set_port(struct pipeline *, const struct uuid *,
                       const struct ovs_plugin_port *);
void pipeline_set_host(struct pipeline *, const char *name,
                       const char *tunnel_ip, const struct sset *types);

/* OpenFlow port numbers, by interface name and by external_ids:iface-id. */
void pipeline_set_iface(struct pipeline *, const char *name, ofp_port_t);
void pipeline_set_vif(struct pipeline *, const struct uuid *, ofp_port_t);
ofp_port_t pipeline_vif_ofport(const struct pipeline *, const struct uuid *);
void pipeline_get_tunnels(const struct pipeline *, struct simap *);

/* Makes the flows of what changed.  They are part of flush 'seqno'. */
void pipeline_run(struct pipeline *, uint64_t seqno);
bool pipeline_is_dirty(const struct pipeline *);
bool pipeline_take_shrunk(struct pipeline *);
bool pipeline_take_needs_changed(struct pipeline *);

/* Interfaces that the model needs: name -> "struct pipeline_tunnel", and
 * physical network names. */
struct pipeline_tunnel {
    const char *host;           /* Valid until hosts are set. */
    const char *type;
    char *remote_ip;
};
void pipeline_needed_tunnels(const struct pipeline *, struct shash *);
void pipeline_needed_physnets(const struct pipeline *, struct sset *);

bool pipeline_port_mac(const struct pipeline *, const struct uuid *,
                       struct eth_addr *);
bool pipeline_port_is_wired(const struct pipeline *, const struct uuid *,
                            uint64_t acked_seqno);
void pipeline_acked(struct pipeline *, uint64_t acked_seqno);
bool pipeline_pop_rewired(struct pipeline *, uint64_t acked_seqno,
                          struct uuid *);
bool pipeline_has_rewired(const struct pipeline *);
bool pipeline_is_learned_mac(const struct pipeline *, uint32_t net_key,
                             const struct eth_addr);
bool pipeline_is_ofport(const struct pipeline *, ofp_port_t);
bool pipeline_has_net_key(const struct pipeline *, uint32_t net_key);

/* Names of the two ends of the patch to 'bridge'.  Must be freed. */
char *pipeline_patch_name(const char *prefix, const char *bridge);

void pipeline_format_ofport(const struct pipeline *, ofp_port_t, struct ds *);
void pipeline_format(const struct pipeline *, uint64_t acked_seqno,
                     struct ds *);

#endif /* ovs-plugin/pipeline-model.h */
