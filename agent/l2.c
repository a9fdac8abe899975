/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/l2.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "util.h"

/* Role l2: networks, ports and tunnels of this host.
 *
 * Owns nothing yet: no network is realised. */

struct l2 {
    bool synced;                /* Everything asked for is in the switch. */
};

/* Returns a module without any network. */
struct l2 *
l2_create(void)
{
    return xzalloc(sizeof(struct l2));
}

/* Brings networks in line with the database. */
void
l2_run(struct l2 *l2, const struct agent_ctx *ctx)
{
    l2->synced = ctx->l3ha_ready;
}

/* Arranges for the poll loop to wake up when l2_run() has work. */
void
l2_wait(struct l2 *l2 OVS_UNUSED, const struct agent_ctx *ctx OVS_UNUSED)
{
}

/* Frees 'l2' and leaves networks as they are. */
void
l2_destroy(struct l2 *l2)
{
    free(l2);
}

/* See l2.h. */
bool
l2_is_synced(const struct l2 *l2)
{
    return l2->synced;
}
