/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The commands of ovs-l3ha-ctl that move active copies between hosts.
 *
 * A command writes to the database what it wants (Agent:drained,
 * Router_Instance:yield_seq) and notes what it is to look like then; the
 * agents do it (agent/failover.c), and main() waits for it and has the results
 * printed, as lines or, for --format, as one table.  Whether there is a copy
 * that can take over is judged in the same way as the agents do. */

#include <config.h>
#include "utilities/ctl-failover.h"

#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "ovsdb-idl.h"
#include "table.h"
#include "timeval.h"
#include "util.h"
#include "utilities/ctl-rows.h"

/* What a command wants to come about. */
struct goal {
    struct ovs_list list_node;
    enum { GOAL_DRAIN, GOAL_MOVE, GOAL_DONE } type;
    const char *command;        /* That wants it. */
    char *host;                 /* Of the active copies that are to go. */
    struct uuid instance;       /* GOAL_MOVE: the copy that is to give way. */
    int64_t seq;                /* GOAL_MOVE: what it answers. */
    char *to;                   /* Where to, NULL for anywhere. */
    char *router;               /* Name and UUID, NULL if it is about */
    struct uuid router_id;      /* a host. */
    struct uuid *routers;       /* GOAL_DRAIN: those active at first. */
    size_t n_routers, allocated_routers;
    const char *result;         /* GOAL_DONE: what there is to tell, as a word
                                 * and for people (NULL: nothing). */
    char *details;
};

static struct ovs_list goals = OVS_LIST_INITIALIZER(&goals);
static long long int begun;     /* When they were noted, in time_msec(). */

static struct goal *
add_goal(int type, const struct ctl_context *ctx, const char *host)
{
    struct goal *goal = xzalloc(sizeof *goal);

    goal->type = type;
    goal->command = ctx->argv[0];
    goal->host = xstrdup(host);
    ovs_list_push_back(&goals, &goal->list_node);
    begun = time_msec();
    return goal;
}

void
ctl_failover_begin(void)
{
    struct goal *goal;

    LIST_FOR_EACH_POP (goal, list_node, &goals) {
        free(goal->host);
        free(goal->to);
        free(goal->router);
        free(goal->routers);
        free(goal->details);
        free(goal);
    }
}

bool
ctl_failover_is_asked(void)
{
    return !ovs_list_is_empty(&goals);
}

/* Returns why 'row' cannot become active, NULL if it can. */
static const char *
why_unable(struct ovsdb_idl *idl, const struct l3harec_router_instance *row)
{
    const struct l3harec_agent *agent = ctl_find_agent(idl, row->host);

    return (!agent || !ctl_agent_is_alive(idl, agent) ? "its agent is dead"
            : !row->state ? "its state is unknown"
            : strcmp(row->state, "standby") ? "it does not stand by"
            : NULL);
}

/* Returns true if there is a copy that 'row', which is active on a drained
 * host, can give way to.  One that is active already has just been given way
 * to: its agent was faster to report than that of 'row'. */
static bool
can_move(struct ovsdb_idl *idl, const struct l3harec_router_instance *row)
{
    const struct l3harec_agent *own = ctl_find_agent(idl, row->host);
    bool found = false;
    size_t n;

    if (!row->router->vrrp_group) {
        return false;
    }

    const struct l3harec_router_instance **rows
        = ctl_router_instances(idl, row->router, &n);
    for (size_t i = 0; i < n && !found; i++) {
        const struct l3harec_agent *a = ctl_find_agent(idl, rows[i]->host);

        found = (rows[i] != row && a && !a->drained
                 && (ctl_copy_is_active(rows[i]) ? ctl_agent_is_alive(idl, a)
                     : !why_unable(idl, rows[i]))
                 && (!a->n_physical_down || own->n_physical_down));
    }
    free(rows);
    return found;
}

/* Calls for each copy that is active on 'host'. */
#define FOR_EACH_ACTIVE(ROW, IDL, HOST)                     \
    L3HAREC_ROUTER_INSTANCE_FOR_EACH (ROW, IDL)             \
        if (!strcmp(ROW->host, HOST) && ctl_copy_is_active(ROW))

static void
pre_failover(struct ctl_context *ctx)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_agent_col_drained,
        &l3harec_agent_col_physical_down,
        &l3harec_router_col_name,
        &l3harec_router_col_admin_state_up,
        &l3harec_router_col_vrrp_group,
        &l3harec_router_instance_col_router,
        &l3harec_router_instance_col_host,
        &l3harec_router_instance_col_state,
        &l3harec_router_instance_col_yield_seq,
        &l3harec_router_instance_col_yield_to,
        &l3harec_router_instance_col_yielded_seq,
    };

    ctl_agent_liveness_prereqs(ctx->idl);
    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

static const struct l3harec_agent *
get_agent(struct ctl_context *ctx, const char *host)
{
    const struct l3harec_agent *agent = ctl_find_agent(ctx->idl, host);

    if (!agent) {
        ctl_error(ctx, "no agent on host \"%s\"", host);
    }
    return agent;
}

static void
cmd_drain(struct ctl_context *ctx)
{
    const struct l3harec_agent *agent = get_agent(ctx, ctx->argv[1]);
    const struct l3harec_router_instance *row;
    struct goal *goal;

    if (!agent) {
        return;
    }
    l3harec_agent_set_drained(agent, true);
    if (!ctl_agent_is_alive(ctx->idl, agent)) {
        goal = add_goal(GOAL_DONE, ctx, agent->host);
        goal->result = "drained";
        goal->details = xasprintf("%s is drained; its agent is dead, so "
                                  "nothing is moved", agent->host);
        return;
    }
    goal = add_goal(GOAL_DRAIN, ctx, agent->host);
    FOR_EACH_ACTIVE (row, ctx->idl, agent->host) {
        if (goal->n_routers >= goal->allocated_routers) {
            goal->routers = x2nrealloc(goal->routers,
                                       &goal->allocated_routers,
                                       sizeof *goal->routers);
        }
        goal->routers[goal->n_routers++] = row->router->header_.uuid;
    }
}

static void
cmd_undrain(struct ctl_context *ctx)
{
    const struct l3harec_agent *agent = get_agent(ctx, ctx->argv[1]);

    if (agent) {
        l3harec_agent_set_drained(agent, false);
        add_goal(GOAL_DONE, ctx, agent->host)->result = "undrained";
    }
}

/* Returns the only active copy among 'rows'. */
static const struct l3harec_router_instance *
get_active(struct ctl_context *ctx, const char *router,
           const struct l3harec_router_instance **rows, size_t n)
{
    const struct l3harec_router_instance *active = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct l3harec_agent *a = ctl_find_agent(ctx->idl,
                                                       rows[i]->host);

        if (!ctl_copy_is_active(rows[i])
            || !a || !ctl_agent_is_alive(ctx->idl, a)) {
            continue;
        } else if (active) {
            ctl_error(ctx, "router %s is active on both %s and %s: one of "
                      "them gives way when they reach each other", router,
                      active->host, rows[i]->host);
            return NULL;
        }
        active = rows[i];
    }
    if (!active) {
        ctl_error(ctx, "router %s is not active on any live host", router);
    }
    return active;
}

/* Returns true if one of the copies 'rows' other than 'active', on host 'to'
 * if that is not NULL, can take over. */
static bool
check_successor(struct ctl_context *ctx, const char *router,
                const struct l3harec_router_instance **rows, size_t n,
                const struct l3harec_router_instance *active, const char *to)
{
    const char *why = NULL;

    for (size_t i = 0; i < n; i++) {
        if (rows[i] != active && (!to || !strcmp(rows[i]->host, to))) {
            why = why_unable(ctx->idl, rows[i]);
            if (!why) {
                return true;
            }
        }
    }
    if (!to) {
        ctl_error(ctx, "router %s stays on %s: no other copy is able to take "
                  "over", router, active->host);
    } else if (why) {
        ctl_error(ctx, "the copy of router %s on %s cannot take over: %s",
                  router, to, why);
    } else {
        ctl_error(ctx, "router %s has no copy on host \"%s\"", router, to);
    }
    return false;
}

/* Adds a goal for a router that is active on 'host'; it may be done
 * already. */
static struct goal *
add_router_goal(int type, const struct ctl_context *ctx, const char *host,
                const struct l3harec_router *router, const char *name)
{
    struct goal *goal = add_goal(type, ctx, host);

    goal->router = xstrdup(name);
    goal->router_id = router->header_.uuid;
    goal->to = ctx->argc > 2 ? xstrdup(ctx->argv[2]) : NULL;
    return goal;
}

static void
cmd_router_failover(struct ctl_context *ctx)
{
    const char *to = ctx->argc > 2 ? ctx->argv[2] : NULL;
    const struct l3harec_router_instance *active;
    const struct l3harec_router *router;
    const struct ovsdb_idl_row *row;
    size_t n;

    ctx->error = ctl_get_row(ctx, &l3harec_table_router, ctx->argv[1], true,
                             &row);
    if (ctx->error) {
        return;
    }
    router = l3harec_router_get_for_uuid(ctx->idl, &row->uuid);

    char *name = ctl_row_name(&router->header_, router->name);
    const struct l3harec_router_instance **rows
        = ctl_router_instances(ctx->idl, router, &n);

    if (!router->vrrp_group) {
        ctl_error(ctx, "router %s is not highly available", name);
    } else if ((active = get_active(ctx, name, rows, n))) {
        if (to && !strcmp(active->host, to)) {
            struct goal *goal = add_router_goal(GOAL_DONE, ctx, to, router,
                                                name);

            goal->result = "stays";
            goal->details = xasprintf("router %s is active on %s already",
                                      name, to);
        } else if (check_successor(ctx, name, rows, n, active, to)) {
            struct goal *goal = add_router_goal(GOAL_MOVE, ctx, active->host,
                                                router, name);

            goal->instance = active->header_.uuid;
            goal->seq = active->yield_seq + 1;
            l3harec_router_instance_verify_yield_seq(active);
            l3harec_router_instance_set_yield_seq(active, goal->seq);
            l3harec_router_instance_set_yield_to(active, to ? to : "");
        }
    }
    free(rows);
    free(name);
}

/* Returns the copy that has taken over from 'from', NULL if none has. */
static const struct l3harec_router_instance *
find_successor(struct ovsdb_idl *idl, const struct goal *goal,
               const struct l3harec_router_instance *from)
{
    const struct l3harec_router_instance *found = NULL;
    size_t n;
    const struct l3harec_router_instance **rows
        = ctl_router_instances(idl, from->router, &n);

    for (size_t i = 0; i < n; i++) {
        if (rows[i] != from && ctl_copy_is_active(rows[i])
            && (!goal->to || !strcmp(rows[i]->host, goal->to))) {
            found = rows[i];
        }
    }
    free(rows);
    return ctl_copy_is_active(from) ? NULL : found;
}

static const struct l3harec_router_instance *
get_instance(struct ovsdb_idl *idl, const struct goal *goal)
{
    const struct l3harec_router_instance *row
        = l3harec_router_instance_get_for_uuid(idl, &goal->instance);

    return row && row->router ? row : NULL;
}

/* Returns true if 'router' is active nowhere, but is about to be. */
static bool
is_between(struct ovsdb_idl *idl, const struct l3harec_router *router)
{
    bool able = false, active = false;
    size_t n;
    const struct l3harec_router_instance **rows
        = ctl_router_instances(idl, router, &n);

    for (size_t i = 0; i < n; i++) {
        active |= ctl_copy_is_active(rows[i]);
        able |= !why_unable(idl, rows[i]);
    }
    free(rows);
    return able && !active;
}

/* Returns NULL if all copies that can leave the host have left it, and are
 * active elsewhere. */
static char *
drain_pending(struct ovsdb_idl *idl, const struct goal *goal)
{
    const struct l3harec_router_instance *row;

    FOR_EACH_ACTIVE (row, idl, goal->host) {
        if (can_move(idl, row)) {
            return xasprintf("%s to hand over router %s", goal->host,
                             row->router->name);
        }
    }
    for (size_t i = 0; i < goal->n_routers; i++) {
        const struct l3harec_router *router
            = l3harec_router_get_for_uuid(idl, &goal->routers[i]);

        if (router && is_between(idl, router)) {
            return xasprintf("router %s, which %s has handed over, to become "
                             "active", router->name, goal->host);
        }
    }
    return NULL;
}

char *
ctl_failover_pending(struct ovsdb_idl *idl)
{
    const struct l3harec_router_instance *row;
    const struct goal *goal;

    LIST_FOR_EACH (goal, list_node, &goals) {
        if (goal->type == GOAL_DRAIN) {
            char *pending = drain_pending(idl, goal);

            if (pending) {
                return pending;
            }
        } else if (goal->type == GOAL_MOVE
                   && (row = get_instance(idl, goal))
                   && !find_successor(idl, goal, row)
                   && (row->yielded_seq < goal->seq
                       || !ctl_copy_is_active(row))) {
            return xasprintf("%s to hand over router %s", goal->host,
                             goal->router);
        }
    }
    return NULL;
}

size_t
ctl_failover_left(struct ovsdb_idl *idl)
{
    const struct l3harec_router_instance *row;
    const struct goal *goal;
    size_t n = 0;

    LIST_FOR_EACH (goal, list_node, &goals) {
        if (goal->type == GOAL_DRAIN) {
            FOR_EACH_ACTIVE (row, idl, goal->host) {
                n++;
            }
        }
    }
    return n;
}

/* Adds what has become of 'goal', or of a router of its host, as a row to 't'.
 * 'id' is NULL if it is about the host; takes over 'details'. */
static void
add_result(struct table *t, const struct goal *goal, const char *router,
           const struct uuid *id, const char *to, const char *result,
           long long int elapsed, char *details)
{
    table_add_row(t);
    ctl_add_cell(t, xstrdup(goal->command));
    ctl_add_cell(t, xstrdup(goal->host));
    ctl_add_cell(t, xstrdup(router));
    ctl_add_cell(t, (id ? xasprintf(UUID_FMT, UUID_ARGS(id))
                     : xstrdup("")));
    ctl_add_cell(t, xstrdup(to));
    ctl_add_cell(t, xstrdup(result));
    ctl_add_cell(t, (elapsed >= 0 ? xasprintf("%lld", elapsed)
                     : xstrdup("")));
    ctl_add_cell(t, details);
}

/* The reports print what there is to tell, or add it to 't' if that is not
 * NULL. */

static bool
report_drain(struct ovsdb_idl *idl, const struct goal *goal,
             long long int elapsed, struct table *t)
{
    size_t n_left = 0, n;
    const struct l3harec_router **routers = ctl_sorted_routers(idl, &n);

    for (size_t i = 0; i < n; i++) {
        const struct l3harec_router *r = routers[i];
        const struct uuid *id = &r->header_.uuid;
        const struct l3harec_router_instance **rows;
        const char *to = "";
        bool left = false, was_here = false;
        size_t n_rows;

        rows = ctl_router_instances(idl, r, &n_rows);
        for (size_t j = 0; j < n_rows; j++) {
            if (ctl_copy_is_active(rows[j])
                && !strcmp(rows[j]->host, goal->host)) {
                left = true;
            } else if (ctl_copy_is_active(rows[j])) {
                to = rows[j]->host;
            }
        }
        free(rows);
        for (size_t j = 0; j < goal->n_routers; j++) {
            was_here |= uuid_equals(&goal->routers[j], id);
        }

        if (left) {
            const char *why = (r->vrrp_group
                               ? "no other copy is able to take over"
                               : "it is not highly available");

            n_left++;
            if (t) {
                add_result(t, goal, r->name, id, "", "stays", elapsed,
                           xstrdup(why));
            } else {
                ovs_error(0, "router %s stays on %s: %s", r->name, goal->host,
                          why);
            }
        } else if (was_here && t) {
            add_result(t, goal, r->name, id, to, "moved", elapsed,
                       xstrdup(""));
        }
    }
    free(routers);

    char *counts = xasprintf("%"PRIuSIZE" active copies handed over in "
                             "%lld ms, %"PRIuSIZE" left",
                             (goal->n_routers > n_left
                              ? goal->n_routers - n_left : 0), elapsed,
                             n_left);
    if (t) {
        add_result(t, goal, "", NULL, "", "drained", elapsed, counts);
    } else {
        printf("%s is drained: %s\n", goal->host, counts);
        free(counts);
    }
    return !n_left;
}

static bool
report_move(struct ovsdb_idl *idl, const struct goal *goal,
            long long int elapsed, struct table *t)
{
    const struct l3harec_router_instance *row = get_instance(idl, goal);
    const struct l3harec_router_instance *successor
        = row ? find_successor(idl, goal, row) : NULL;
    const char *why = (row ? "no other copy took over"
                       : "it was deleted or taken from there meanwhile");

    if (t) {
        add_result(t, goal, goal->router, &goal->router_id,
                   successor ? successor->host : "",
                   successor ? "moved" : "stays", elapsed,
                   xstrdup(successor ? "" : why));
    } else if (successor) {
        printf("router %s has moved from %s to %s in %lld ms\n", goal->router,
               goal->host, successor->host, elapsed);
    } else {
        ovs_error(0, "router %s stays on %s: %s", goal->router, goal->host,
                  why);
    }
    return successor != NULL;
}

static void
report_done(const struct goal *goal, struct table *t)
{
    if (t) {
        add_result(t, goal, goal->router ? goal->router : "",
                   goal->router ? &goal->router_id : NULL,
                   goal->to ? goal->to : "", goal->result, -1,
                   xstrdup(goal->details ? goal->details : ""));
    } else if (goal->details) {
        puts(goal->details);
    }
}

bool
ctl_failover_report(struct ovsdb_idl *idl, const struct table_style *style)
{
    static const char *const headings[] = {
        "command", "host", "router", "id", "to", "result", "ms", "details",
    };
    long long int elapsed = time_msec() - begun;
    struct table *t = NULL;
    const struct goal *goal;
    bool ok = true;

    if (style) {
        t = ctl_new_table(headings, ARRAY_SIZE(headings));
    }
    LIST_FOR_EACH (goal, list_node, &goals) {
        switch (goal->type) {
        case GOAL_DRAIN:
            ok &= report_drain(idl, goal, elapsed, t);
            break;
        case GOAL_MOVE:
            ok &= report_move(idl, goal, elapsed, t);
            break;
        case GOAL_DONE:
            report_done(goal, t);
            break;
        }
    }
    if (t) {
        table_print(t, style);
        table_destroy(t);
        free(t);
    }
    return ok;
}

static const struct ctl_command_syntax commands[] = {
    { "drain", 1, 1, "HOST", pre_failover, cmd_drain, NULL, "", RW },
    { "undrain", 1, 1, "HOST", pre_failover, cmd_undrain, NULL, "", RW },
    { "router-failover", 1, 2, "ROUTER [HOST]", pre_failover,
      cmd_router_failover, NULL, "", RW },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

void
ctl_failover_init(void)
{
    ctl_register_commands(commands);
}
