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
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "util.h"
#include "utilities/ctl-rows.h"
#include "uuid.h"

/* A copy as it was at the last look. */
struct copy {
    char *what;                 /* "router NAME (ID) on HOST". */
    char *state;
    long long int since;        /* Milliseconds since the epoch. */
    bool seen;                  /* In the present look. */
};

/* A line that is to be printed. */
struct event {
    long long int when;
    char *text;
};

struct events {
    struct event *events;
    size_t n, allocated;
};

static bool asked;
static char *wanted;            /* Router, NULL for all: a UUID. */
static struct shash copies = SHASH_INITIALIZER(&copies);

static void OVS_PRINTF_FORMAT(3, 4)
add_event(struct events *events, long long int when, const char *format, ...)
{
    va_list args;

    if (events->n >= events->allocated) {
        events->events = x2nrealloc(events->events, &events->allocated,
                                    sizeof *events->events);
    }
    va_start(args, format);
    events->events[events->n++] = (struct event) {
        .when = when,
        .text = xvasprintf(format, args),
    };
    va_end(args);
}

/* Looks at the copy 'row', which is in the database. */
static void
look_at(struct events *events, const struct l3harec_router_instance *row)
{
    const char *state = row->state ? row->state : "unknown";
    struct ds how = DS_EMPTY_INITIALIZER;
    char *uuid = xasprintf(UUID_FMT, UUID_ARGS(&row->header_.uuid));
    struct copy *copy = shash_find_data(&copies, uuid);

    if (*row->state_cause) {
        ds_put_format(&how, ", cause %s", row->state_cause);
    }
    if (row->n_state_ms) {
        ds_put_format(&how, ", %"PRId64" ms", *row->state_ms);
    }
    if (!copy) {
        copy = xzalloc(sizeof *copy);
        copy->what = xasprintf("router %s ("UUID_FMT") on %s",
                               row->router->name,
                               UUID_ARGS(&row->router->header_.uuid),
                               row->host);
        shash_add(&copies, uuid, copy);
        add_event(events, row->state_since, "%s: %s%s", copy->what, state,
                  ds_cstr(&how));
    } else if (strcmp(copy->state, state)
               || copy->since != row->state_since) {
        add_event(events, row->state_since, "%s: %s -> %s%s", copy->what,
                  copy->state, state, ds_cstr(&how));
    }
    free(copy->state);
    copy->state = xstrdup(state);
    copy->since = row->state_since;
    copy->seen = true;
    free(uuid);
    ds_destroy(&how);
}

/* Forgets the copies that are gone. */
static void
look_for_removed(struct events *events)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &copies) {
        struct copy *copy = node->data;

        if (!copy->seen) {
            add_event(events, time_wall_msec(), "%s: removed", copy->what);
            free(copy->what);
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
            : strcmp(a->text, b->text));
}

bool
ctl_events_is_asked(void)
{
    return asked;
}

/* Prints what has happened since the last call. */
void
ctl_events_print(struct ovsdb_idl *idl)
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
    for (size_t i = 0; i < events.n; i++) {
        char *when = xastrftime_msec("%Y-%m-%d %H:%M:%S.###",
                                     events.events[i].when, false);

        printf("%s %s\n", events.events[i].when ? when : "-",
               events.events[i].text);
        free(when);
        free(events.events[i].text);
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
