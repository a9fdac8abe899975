/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/l3.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "util.h"

/* Role l3: copies of routers on this host.
 *
 * Owns nothing yet: no router is realised. */

struct l3 {
    bool synced;                /* Every copy the database asks for is made. */
};

/* Returns a module without any router copy. */
struct l3 *
l3_create(void)
{
    return xzalloc(sizeof(struct l3));
}

/* Brings router copies in line with the database. */
void
l3_run(struct l3 *l3, const struct agent_ctx *ctx)
{
    l3->synced = ctx->l3ha_ready;
}

/* Arranges for the poll loop to wake up when l3_run() has work. */
void
l3_wait(struct l3 *l3 OVS_UNUSED, const struct agent_ctx *ctx OVS_UNUSED)
{
}

/* Frees 'l3' and leaves router copies as they are. */
void
l3_destroy(struct l3 *l3)
{
    free(l3);
}

/* See l3.h. */
bool
l3_is_synced(const struct l3 *l3)
{
    return l3->synced;
}
