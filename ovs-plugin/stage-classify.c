/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include "ovs-plugin/probe.h"
#include "packets.h"

/* Stage "classify" and its second half "tunnel_network": where a packet
 * comes from.
 *
 * In: input port, VLAN, tunnel key.  Out: 'metadata' = key of the network,
 * REG_IN_CLASS.  The quality of service of what a port sends is seen to first:
 * a limit of bandwidth, the DSCP.  A packet that belongs to no network that is
 * realised here is dropped (no flow matches).
 *
 * Tunnels are classified in two steps, first the port, then the key, so that
 * there are as many flows as hosts and networks, not their product.  A key
 * has a meaning of its own for each type of tunnel.  The key 0, which no
 * network has, is for questions whether this host is there (probe.c). */

static void
match_probe(struct match *match, const struct eth_addr dst)
{
    match_set_tun_id(match, htonll(0));
    match_set_dl_type(match, htons(PROBE_ETH_TYPE));
    match_set_dl_dst(match, dst);
}

/* Questions of other hosts and their answers to ours. */
void
stage_classify_global(struct stage *stage)
{
    static const struct eth_addr ask = PROBE_ASK, answer = PROBE_ANSWER;

    /* A switch whose ovs-vswitchd has died must not answer from what the
     * kernel remembers of earlier questions: as the source is read, each
     * question is a new flow. */
    match_probe(&stage->match, ask);
    put_parsed(&stage->actions, "move:eth_src->xreg0[0..47]");
    put_load_mac(&stage->actions, MFF_ETH_DST, answer);
    put_output(&stage->actions, OFPP_IN_PORT);
    stage_flow(stage, TABLE_TUNNEL_NETWORK, 110);

    match_probe(&stage->match, answer);
    put_controller(&stage->actions, sizeof(struct eth_header));
    stage_flow(stage, TABLE_TUNNEL_NETWORK, 110);
}

/* Packets of a port of this host, of type 'dl_type' with a DSCP to be set, or
 * any that no such flow matches if that is 0. */
static void
classify_port(struct stage *stage, const struct pport *port, uint16_t dl_type)
{
    ofp_port_t ofport = pipeline_port_ofport(stage->pipeline, port);
    uint32_t meter = pipeline_port_meter(port, METER_EGRESS);
    struct ofpbuf *actions = &stage->actions;

    match_set_in_port(&stage->match, ofport);
    match_set_dl_tci_masked(&stage->match, htons(0), htons(VLAN_CFI));
    if (meter) {
        put_meter(actions, meter);
    }
    if (dl_type) {
        match_set_dl_type(&stage->match, htons(dl_type));
        put_load(actions, MFF_IP_DSCP_SHIFTED, port->qos.dscp);
    }
    put_load(actions, MFF_METADATA, port->network->net_key);
    put_load(actions, REG_IN_CLASS, CLASS_LOCAL);
    if (port->secure) {
        put_policy(actions, port);
        put_goto(actions, TABLE_PORT_SECURITY);
    } else {
        put_goto(actions, TABLE_ARP_ND);
    }
    stage_flow(stage, TABLE_CLASSIFY, dl_type ? 110 : 100);
}

/* A port of this host: everything from it is on its network.  A VLAN tag would
 * be taken for one of ours behind a physical bridge, so nobody may send it. */
void
stage_classify_port(struct stage *stage, const struct pport *port)
{
    if (pipeline_port_is_here(stage->pipeline, port)) {
        classify_port(stage, port, 0);
        if (port->qos.dscp >= 0) {
            classify_port(stage, port, ETH_TYPE_IP);
            classify_port(stage, port, ETH_TYPE_IPV6);
        }
    }
}

/* A tunnel to another host. */
void
stage_classify_tunnel(struct stage *stage, ofp_port_t ofport,
                      enum tunnel_type type)
{
    match_set_in_port(&stage->match, ofport);
    put_load(&stage->actions, REG_TUNNEL_TYPE, type);
    put_load(&stage->actions, REG_IN_CLASS, CLASS_TUNNEL);
    put_goto(&stage->actions, TABLE_TUNNEL_NETWORK);
    stage_flow(stage, TABLE_CLASSIFY, 100);
}

/* What a network's packets look like when they come from outside. */
void
stage_classify_network(struct stage *stage, const struct pnetwork *network)
{
    struct ofpbuf *actions = &stage->actions;
    struct match *match = &stage->match;

    if (network->tunnel) {
        match_set_reg(match, REG_TUNNEL_TYPE - MFF_REG0, network->tunnel);
        match_set_tun_id(match, htonll(network->segmentation_id));
        put_load(actions, MFF_METADATA, network->net_key);
        put_goto(actions, TABLE_LEARN);
        stage_flow(stage, TABLE_TUNNEL_NETWORK, 100);
        return;
    }

    ofp_port_t patch = pipeline_patch_ofport(stage->pipeline, network);

    if (!patch) {
        return;
    }
    match_set_in_port(match, patch);
    if (network->has_vlan) {
        match_set_dl_vlan(match, htons(network->segmentation_id), 0);
        put_pop_vlan(actions);
    } else {
        match_set_dl_tci_masked(match, htons(0),
                                htons(VLAN_VID_MASK | VLAN_CFI));
    }
    put_load(actions, MFF_METADATA, network->net_key);
    put_load(actions, REG_IN_CLASS, CLASS_PROVIDER);
    put_goto(actions, TABLE_LEARN);
    stage_flow(stage, TABLE_CLASSIFY, 100);
}
