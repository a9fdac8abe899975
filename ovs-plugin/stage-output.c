/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

/* Stage "output": to the port in REG_OUT_PORT, in the form that packets of
 * the network have there. */

/* Ports of this host; and the rule that what came from a tunnel never goes
 * into one, whatever was learned. */
void
stage_output_global(struct stage *stage)
{
    match_set_reg(&stage->match, REG_IN_CLASS - MFF_REG0, CLASS_TUNNEL);
    match_set_reg(&stage->match, REG_OUT_CLASS - MFF_REG0, CLASS_TUNNEL);
    stage_flow(stage, TABLE_OUTPUT, 200);

    match_set_reg(&stage->match, REG_OUT_CLASS - MFF_REG0, CLASS_LOCAL);
    put_output_reg(&stage->actions, REG_OUT_PORT);
    stage_flow(stage, TABLE_OUTPUT, 100);
}

/* A port of this host that may receive only so much. */
void
stage_output_port(struct stage *stage, const struct pport *port)
{
    uint32_t meter = pipeline_port_meter(port, METER_INGRESS);

    if (meter) {
        match_set_reg(&stage->match, REG_OUT_CLASS - MFF_REG0, CLASS_LOCAL);
        match_set_reg(&stage->match, REG_OUT_PORT - MFF_REG0,
                      ofp_to_u16(port->metered_ofport));
        put_metered_output_reg(&stage->actions, meter, REG_OUT_PORT);
        stage_flow(stage, TABLE_OUTPUT, 110);
    }
}

/* Tunnels and patch ports. */
void
stage_output_network(struct stage *stage, const struct pnetwork *network)
{
    match_set_metadata(&stage->match, htonll(network->net_key));
    match_set_reg(&stage->match, REG_OUT_CLASS - MFF_REG0,
                  network->tunnel ? CLASS_TUNNEL : CLASS_PROVIDER);
    if (network->tunnel) {
        put_load(&stage->actions, MFF_TUN_ID, network->segmentation_id);
    } else if (network->has_vlan) {
        put_push_vlan(&stage->actions, network->segmentation_id);
    }
    put_output_reg(&stage->actions, REG_OUT_PORT);
    stage_flow(stage, TABLE_OUTPUT, 100);
}
