/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/agent-row.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/settings.h"
#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(agent_row);

/* This host's row in the Agent table.
 *
 * Owns the columns of the row that an agent writes (all but admin_down_roles
 * and description).  In: settings, options, "everything is realised" from the
 * main loop.  Out: one row that servers judge liveness and abilities by.
 *
 * Invariants: the row is inserted once and never deleted, so that what an
 * administrator set on it survives.  'heartbeat' is not replicated here (a
 * beat must not wake the agents of other hosts), so it is written by the
 * clock alone.  'cfg_seq' never runs ahead of what is realised. */

struct agent_row {
    long long int started_at;   /* Wall clock, ms. */
    long long int next_beat;    /* Monotonic clock, ms. */
    bool registered;            /* Said so in the log. */
};

/* Returns a new object; nothing is written before agent_row_run(). */
struct agent_row *
agent_row_create(void)
{
    struct agent_row *row = xzalloc(sizeof *row);

    row->started_at = time_wall_msec();
    row->next_beat = LLONG_MIN;
    return row;
}

/* Frees 'row'; the database keeps its row, which then grows stale. */
void
agent_row_destroy(struct agent_row *row)
{
    free(row);
}

/* Returns the Agent row of 'host', NULL if there is none. */
static const struct l3harec_agent *
agent_row_find(struct ovsdb_idl *idl, const char *host)
{
    const struct l3harec_agent *row;

    L3HAREC_AGENT_FOR_EACH (row, idl) {
        if (!strcmp(row->host, host)) {
            return row;
        }
    }
    return NULL;
}

static bool
set_differs(const struct sset *want, char **have, size_t n_have)
{
    if (sset_count(want) != n_have) {
        return true;
    }
    for (size_t i = 0; i < n_have; i++) {
        if (!sset_contains(want, have[i])) {
            return true;
        }
    }
    return false;
}

/* Writes the columns that describe this host, those that differ. */
static void
describe(const struct l3harec_agent *row, const struct agent_ctx *ctx)
{
    const struct agent_settings *settings = ctx->settings;
    const char *zone = l3ha_config_get_str(ctx->config, "agent",
                                           "availability_zone");

    if (set_differs(&settings->roles, row->roles, row->n_roles)) {
        const char **roles = sset_array(&settings->roles);

        l3harec_agent_set_roles(row, roles, sset_count(&settings->roles));
        free(roles);
    }
    if (set_differs(&settings->tunnel_types, row->tunnel_types,
                    row->n_tunnel_types)) {
        const char **types = sset_array(&settings->tunnel_types);

        l3harec_agent_set_tunnel_types(row, types,
                                       sset_count(&settings->tunnel_types));
        free(types);
    }
    if (!nullable_string_is_equal(row->tunnel_ip, settings->tunnel_ip)) {
        l3harec_agent_set_tunnel_ip(row, settings->tunnel_ip);
    }
    if (!smap_equal(&row->bridge_mappings, &settings->bridge_mappings)) {
        l3harec_agent_set_bridge_mappings(row, &settings->bridge_mappings);
    }
    if (!row->availability_zone || strcmp(row->availability_zone, zone)) {
        l3harec_agent_set_availability_zone(row, zone);
    }
}

static void
beat(struct agent_row *self, const struct l3harec_agent *row,
     const struct agent_ctx *ctx)
{
    double interval = l3ha_config_get_float(ctx->config, "agent",
                                            "report_interval");

    l3harec_agent_set_heartbeat(row, time_wall_msec());
    self->next_beat = time_msec() + MAX(100, (long long) (interval * 1000));
}

/* Registers this host if it is not yet, describes it, beats its heart when it
 * is time, and reports Global.cfg_seq if 'synced', that is, if everything
 * that the database asks for is realised. */
void
agent_row_run(struct agent_row *self, const struct agent_ctx *ctx,
              bool synced)
{
    const struct l3harec_agent *row;

    if (!ctx->l3ha_txn) {
        return;
    }

    row = agent_row_find(ctx->l3ha_idl, ctx->host);
    if (!row) {
        row = l3harec_agent_insert(ctx->l3ha_txn);
        l3harec_agent_set_host(row, ctx->host);
        l3harec_agent_set_created_at(row, time_wall_msec());
        self->next_beat = LLONG_MIN;
        self->registered = false;
    }
    if (!self->registered) {
        self->registered = true;
        VLOG_INFO("host \"%s\" registered in the database", ctx->host);
    }
    describe(row, ctx);
    if (row->started_at != self->started_at) {
        l3harec_agent_set_started_at(row, self->started_at);
    }
    if (time_msec() >= self->next_beat) {
        beat(self, row, ctx);
    }

    const struct l3harec_global *global = l3harec_global_first(ctx->l3ha_idl);

    if (synced && global && row->cfg_seq != global->cfg_seq) {
        l3harec_agent_set_cfg_seq(row, global->cfg_seq);
    }
}

/* Arranges for the poll loop to wake up for the next heartbeat. */
void
agent_row_wait(const struct agent_row *self, const struct agent_ctx *ctx)
{
    if (ctx->l3ha_txn && self->next_beat != LLONG_MIN) {
        poll_timer_wait_until(self->next_beat);
    }
}
