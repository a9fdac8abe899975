/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

/* Stage "l2_lookup" with "l2_unknown": where a packet goes to.
 *
 * A MAC that lives in one place has a flow that says so; a router's MAC and
 * one outside are looked up among what was learned; the rest, and group
 * addresses, are flooded.  Out: REG_OUT_PORT, REG_OUT_CLASS. */

/* Group addresses, learned addresses, unknown ones. */
void
stage_l2_lookup_global(struct stage *stage)
{
    const struct eth_addr group_bit = ETH_ADDR_C(01, 00, 00, 00, 00, 00);

    match_set_dl_dst_masked(&stage->match, group_bit, group_bit);
    put_goto(&stage->actions, TABLE_FLOOD);
    stage_flow(stage, TABLE_L2_LOOKUP, 200);

    put_resubmit(&stage->actions, TABLE_LEARNED);
    put_goto(&stage->actions, TABLE_L2_UNKNOWN);
    stage_flow(stage, TABLE_L2_LOOKUP, 0);

    match_set_reg(&stage->match, REG_OUT_CLASS - MFF_REG0, CLASS_NONE);
    put_goto(&stage->actions, TABLE_FLOOD);
    stage_flow(stage, TABLE_L2_UNKNOWN, 100);

    put_goto(&stage->actions, TABLE_INGRESS_FW);
    stage_flow(stage, TABLE_L2_UNKNOWN, 0);
}

/* A port that is in one place. */
void
stage_l2_lookup_port(struct stage *stage, const struct pport *port)
{
    enum port_class class;
    ofp_port_t ofport = pipeline_port_place(stage->pipeline, port, &class);

    if (!ofport) {
        return;
    }

    match_set_metadata(&stage->match, htonll(port->network->net_key));
    match_set_dl_dst(&stage->match, port->mac);
    put_load(&stage->actions, REG_OUT_PORT, ofp_to_u16(ofport));
    put_load(&stage->actions, REG_OUT_CLASS, class);
    put_goto(&stage->actions, TABLE_INGRESS_FW);
    stage_flow(stage, TABLE_L2_LOOKUP, 100);
}
