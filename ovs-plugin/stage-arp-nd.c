/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

/* Stage "arp_nd": answers to address resolution from what is known here.
 *
 * Nothing is answered: resolution reaches its target by flooding. */

/* The default of the table. */
void
stage_arp_nd_global(struct stage *stage)
{
    put_goto(&stage->actions, TABLE_LEARN);
    stage_flow(stage, TABLE_ARP_ND, 0);
}
