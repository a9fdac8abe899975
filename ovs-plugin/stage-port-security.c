/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

/* Stage "port_security": may this port send this packet?
 *
 * Every packet passes. */

/* The default of the table. */
void
stage_port_security_global(struct stage *stage)
{
    put_goto(&stage->actions, TABLE_EGRESS_FW);
    stage_flow(stage, TABLE_PORT_SECURITY, 0);
}
