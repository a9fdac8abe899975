/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The command "events" of ovs-l3ha-ctl: changes of state of router copies,
 * with cause and duration, as they happen.
 *
 * The database has the last change of each copy (Router_Instance:state and
 * what goes with it).  The first look prints these, oldest first; each later
 * look prints what differs from the one before.  A copy that changes twice
 * between two looks is shown once, in its last state.
 *
 * Owns: the last state of each copy. */

#include <config.h>
#include "utilities/ctl-events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "table.h"
#include "timeval.h"
#include "util.h"
#include "utilities/ctl-rows.h"
#include "uuid.h"

/* A copy as it was at the last look. */
struct copy {
    char *router;               /* Name. */
    struct uuid router_id;
    char *host;
    char *state;
    long long int since;        /* Milliseconds since the epoch. */
    bool seen;                  /* In the present look. */
};

/* What is to be printed.  Owns its strings. */
struct event {
    long long int when;
    char *router;
    struct uuid router_id;
    char *host;
    char *before;               /* Empty at the first look at a copy. */
    char *state;                /* "removed" if the copy is gone. */
    char *cause;                /* Empty if there is none. */
    char *ms;                   /* Duration; empty if unknown. */
};

struct events {
    struct event *events;
    size_t n, allocated;
};

static bool asked;
static char *wanted;            /* Router, NULL for all: a UUID. */
static struct shash copies = SHASH_INITIALIZER(&copies);

/* Adds the event that 'copy', which was in state 'before', is in 'state'.
 * Takes over 'ms'. */
static void
add_event(struct events *events, const struct copy *copy,
          long long int when, const char *before, const char *state,
          const char *cause, char *ms)
{
    if (events->n >= events->allocated) {
        events->events = x2nrealloc(events->events, &events->allocated,
                                    sizeof *events->events);
    }
    events->events[events->n++] = (struct event) {
        .when = when,
        .router = xstrdup(copy->router),
        .router_id = copy->router_id,
        .host = xstrdup(copy->host),
        .before = xstrdup(before),
        .state = xstrdup(state),
        .cause = xstrdup(cause),
        .ms = ms,
    };
}

static void
free_event(struct event *e)
{
    free(e->router);
    free(e->host);
    free(e->before);
    free(e->state);
    free(e->cause);
    free(e->ms);
}

/* Looks at the copy 'row', which is in the database. */
static void
look_at(struct events *events, const struct l3harec_router_instance *row)
{
    const char *state = row->state ? row->state : "unknown";
    char *uuid = xasprintf(UUID_FMT, UUID_ARGS(&row->header_.uuid));
    struct copy *copy = shash_find_data(&copies, uuid);
    bool is_new = !copy;

    if (is_new) {
        copy = xzalloc(sizeof *copy);
        copy->router = xstrdup(row->router->name);
        copy->router_id = row->router->header_.uuid;
        copy->host = xstrdup(row->host);
        shash_add(&copies, uuid, copy);
    }
    if (is_new || strcmp(copy->state, state)
        || copy->since != row->state_since) {
        add_event(events, copy, row->state_since,
                  is_new ? "" : copy->state, state, row->state_cause,
                  (row->n_state_ms ? xasprintf("%"PRId64, *row->state_ms)
                   : xstrdup("")));
    }
    free(copy->state);
    copy->state = xstrdup(state);
    copy->since = row->state_since;
    copy->seen = true;
    free(uuid);
}

/* Forgets the copies that are gone. */
static void
look_for_removed(struct events *events)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &copies) {
        struct copy *copy = node->data;

        if (!copy->seen) {
            add_event(events, copy, time_wall_msec(), copy->state, "removed",
                      "", xstrdup(""));
            free(copy->router);
            free(copy->host);
            free(copy->state);
            free(copy);
            shash_delete(&copies, node);
        } else {
            copy->seen = false;
        }
    }
}

static int
compare_events(const void *a_, const void *b_)
{
    const struct event *a = a_;
    const struct event *b = b_;

    return (a->when != b->when ? (a->when < b->when ? -1 : 1)
            : strcmp(a->router, b->router) ? strcmp(a->router, b->router)
            : strcmp(a->host, b->host));
}

bool
ctl_events_is_asked(void)
{
    return asked;
}

/* Prints 'e' as a line. */
static void
print_line(const struct event *e)
{
    char *when = ctl_format_time(e->when);

    printf("%s router %s ("UUID_FMT") on %s: %s%s%s", *when ? when : "-",
           e->router, UUID_ARGS(&e->router_id), e->host, e->before,
           *e->before ? " -> " : "", e->state);
    if (*e->cause) {
        printf(", cause %s", e->cause);
    }
    if (*e->ms) {
        printf(", %s ms", e->ms);
    }
    putchar('\n');
    free(when);
}

/* Prints 'events' as a table. */
static void
print_table(const struct events *events, const struct table_style *style)
{
    static const char *const headings[] = {
        "time", "router", "id", "host", "before", "state", "cause", "ms",
    };
    struct table *t = ctl_new_table(headings, ARRAY_SIZE(headings));

    for (size_t i = 0; i < events->n; i++) {
        const struct event *e = &events->events[i];

        table_add_row(t);
        ctl_add_cell(t, ctl_format_time(e->when));
        ctl_add_cell(t, xstrdup(e->router));
        ctl_add_cell(t, xasprintf(UUID_FMT, UUID_ARGS(&e->router_id)));
        ctl_add_cell(t, xstrdup(e->host));
        ctl_add_cell(t, xstrdup(e->before));
        ctl_add_cell(t, xstrdup(e->state));
        ctl_add_cell(t, xstrdup(e->cause));
        ctl_add_cell(t, xstrdup(e->ms));
    }
    /* What follows goes on with the table before. */
    if (style->format != TF_LIST) {
        table_format_reset();
    }
    table_print(t, style);
    table_destroy(t);
    free(t);
}

/* Prints what has happened since the last call, as a table if there is a
 * 'style', else as a line for each event. */
void
ctl_events_print(struct ovsdb_idl *idl, const struct table_style *style)
{
    const struct l3harec_router_instance *row;
    struct events events = { .n = 0 };
    struct uuid router = UUID_ZERO;

    if (wanted) {
        uuid_from_string(&router, wanted);
    }
    L3HAREC_ROUTER_INSTANCE_FOR_EACH (row, idl) {
        if (row->router
            && (!wanted || uuid_equals(&row->router->header_.uuid,
                                       &router))) {
            look_at(&events, row);
        }
    }
    look_for_removed(&events);
    if (events.n) {
        qsort(events.events, events.n, sizeof *events.events,
              compare_events);
    }
    if (style && events.n) {
        print_table(&events, style);
    }
    for (size_t i = 0; i < events.n; i++) {
        if (!style) {
            print_line(&events.events[i]);
        }
        free_event(&events.events[i]);
    }
    free(events.events);
    fflush(stdout);
}

static void
pre_events(struct ctl_context *ctx)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_router_col_name,
        &l3harec_router_instance_col_router,
        &l3harec_router_instance_col_host,
        &l3harec_router_instance_col_state,
        &l3harec_router_instance_col_state_since,
        &l3harec_router_instance_col_state_cause,
        &l3harec_router_instance_col_state_ms,
    };

    ctl_add_columns(ctx->idl, columns, ARRAY_SIZE(columns));
}

static void
cmd_events(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *row;

    if (ctx->argc > 1) {
        ctx->error = ctl_get_row(ctx, &l3harec_table_router, ctx->argv[1],
                                 true, &row);
        if (ctx->error) {
            return;
        }
        free(wanted);
        wanted = xasprintf(UUID_FMT, UUID_ARGS(&row->uuid));
    }
    asked = true;
}

static const struct ctl_command_syntax commands[] = {
    { "events", 0, 1, "[ROUTER]", pre_events, cmd_events, NULL, "", RO },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

/* Registers the command. */
void
ctl_events_init(void)
{
    ctl_register_commands(commands);
}
