/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/announce.h"
#include "agent/handover.h"
#include "agent/takeover.h"
#include "command-line.h"
#include "util.h"

/* Reads HOST:PRIORITY:BURDEN[:FLAG,...]. */
static void
read_sibling(char *s, struct sibling *sibling)
{
    char *save_ptr = NULL;
    char *priority, *burden, *flag;

    *sibling = (struct sibling) { .able = true, .reach = REACH_UNKNOWN };
    sibling->host = strtok_r(s, ":", &save_ptr);
    priority = strtok_r(NULL, ":", &save_ptr);
    burden = strtok_r(NULL, ":,", &save_ptr);
    if (!burden) {
        ovs_fatal(0, "bad copy");
    }
    sibling->priority = atoi(priority);
    sibling->burden = atoi(burden);
    while ((flag = strtok_r(NULL, ":,", &save_ptr))) {
        if (!strcmp(flag, "active")) {
            sibling->active = true;
        } else if (!strcmp(flag, "unable")) {
            sibling->able = false;
        } else if (!strcmp(flag, "unwatched")) {
            sibling->reach = REACH_UNWATCHED;
        } else if (!strcmp(flag, "up")) {
            sibling->reach = REACH_UP;
        } else if (!strcmp(flag, "down")) {
            sibling->reach = REACH_DOWN;
        } else if (!strcmp(flag, "lost")) {
            sibling->reach = REACH_DOWN;
            sibling->lost = true;
        } else {
            ovs_fatal(0, "%s: unknown flag", flag);
        }
    }
}

static void
print_sibling(const char *what, const struct sibling *sibling)
{
    printf("%s %s\n", what, sibling ? sibling->host : "-");
}

/* Prints what a copy with PRIORITY and BURDEN decides about the others. */
void
test_takeover(struct ovs_cmdl_context *ctx)
{
    uint8_t priority = atoi(ctx->argv[1]);
    int burden = atoi(ctx->argv[2]);
    struct sibling siblings[8];
    size_t n = MIN(ctx->argc - 3, ARRAY_SIZE(siblings));

    for (size_t i = 0; i < n; i++) {
        read_sibling(ctx->argv[3 + i], &siblings[i]);
    }
    print_sibling("active", takeover_active(siblings, n));
    print_sibling("successor", takeover_successor(siblings, n, NULL));
    print_sibling("successor on c", takeover_successor(siblings, n, "c"));
    print_sibling("take over from",
                  takeover_from(siblings, n, priority, burden));
    print_sibling("better", takeover_better(siblings, n, burden));
    printf("alone %d\n", takeover_is_alone(siblings, n));
}

/* Prints whether a host that was lost at LOST is one to take over from at NOW
 * when the copy was told so at TOOK_OVER, times in ms. */
void
test_takeover_lost(struct ovs_cmdl_context *ctx)
{
    for (int i = 1; i < ctx->argc; i++) {
        long long int lost_at, took_over_at, now;

        if (sscanf(ctx->argv[i], "%lld:%lld:%lld", &lost_at, &took_over_at,
                   &now) != 3) {
            ovs_fatal(0, "%s: not LOST:TOOK_OVER:NOW", ctx->argv[i]);
        }
        printf("%s: %s\n", ctx->argv[i],
               takeover_is_lost(lost_at, took_over_at, now) ? "yes" : "no");
    }
}

/* Prints the VRRP priorities of a copy with PRIORITY. */
void
test_takeover_priority(struct ovs_cmdl_context *ctx)
{
    uint8_t priority = atoi(ctx->argv[1]);

    printf("%d %d %d\n", takeover_priority(priority, STANDING_NORMAL),
           takeover_priority(priority, STANDING_DOUBTFUL),
           takeover_priority(priority, STANDING_LAST));
}

static void
print_next(const struct handover_pace *pace, bool hurry)
{
    long long int at = handover_pace_next(pace, hurry);

    if (at == LLONG_MAX) {
        printf("  when another has ended");
    } else {
        printf("  at %lld", at);
    }
}

/* Prints when the next copy may hand over, without a hurry and in one, after
 * each TIME:N: at TIME, in ms, N copies do. */
void
test_handover_pace(struct ovs_cmdl_context *ctx)
{
    struct handover_pace pace = { 0 };

    for (int i = 1; i < ctx->argc; i++) {
        long long int now;
        unsigned int n;

        if (sscanf(ctx->argv[i], "%lld:%u", &now, &n) != 2) {
            ovs_fatal(0, "%s: not TIME:N", ctx->argv[i]);
        }
        handover_pace_update(&pace, MIN(n, pace.n), now);
        while (pace.n < n) {
            handover_pace_begin(&pace, now);
        }
        printf("%s:", ctx->argv[i]);
        print_next(&pace, false);
        print_next(&pace, true);
        printf("\n");
    }
}

/* Prints how long after each TIME, in ms, a copy that becomes active then
 * announces itself. */
void
test_announce_crowd(struct ovs_cmdl_context *ctx)
{
    for (int i = 1; i < ctx->argc; i++) {
        long long int now = atoll(ctx->argv[i]);
        struct announce a = { 0 };

        announce_start(&a, now);
        printf("%lld: after %lld ms\n", now, a.at - now);
    }
}
