/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

/* Stages "egress_fw" and "ingress_fw": security groups of the sending and of
 * the receiving port.
 *
 * Every packet passes. */

/* The default of the table. */
void
stage_egress_fw_global(struct stage *stage)
{
    put_goto(&stage->actions, TABLE_ARP_ND);
    stage_flow(stage, TABLE_EGRESS_FW, 0);
}

/* The default of the table. */
void
stage_ingress_fw_global(struct stage *stage)
{
    put_goto(&stage->actions, TABLE_OUTPUT);
    stage_flow(stage, TABLE_INGRESS_FW, 0);
}
