/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <stdio.h>
#include <string.h>

#include "command-line.h"
#include "ovs-plugin/probe.h"
#include "util.h"

static const char *
state_to_string(enum probe_state state)
{
    switch (state) {
    case PROBE_NONE:
        return "none";
    case PROBE_ASKED:
        return "asked";
    case PROBE_DUE:
        return "due";
    case PROBE_LAST_CALL:
        return "last call";
    case PROBE_ANSWERED:
        return "answered";
    case PROBE_MISSED:
        return "missed";
    }
    OVS_NOT_REACHED();
}

/* Prints what becomes of questions to a host that is heard every INTERVAL ms,
 * after each TIME:EVENT: the question ("ask"), the last call ("last"), that
 * the switch has done what it was told ("out"), an answer to the latest
 * question ("answer") or to the one before ("old"), that nothing is to be
 * asked any more ("stop"), or nothing ("wait"). */
void
test_probe(struct ovs_cmdl_context *ctx)
{
    struct eth_addr old = eth_addr_zero;
    int interval = atoi(ctx->argv[1]);
    struct probe probe = { 0 };

    for (int i = 2; i < ctx->argc; i++) {
        long long int now;
        char event[8];

        if (sscanf(ctx->argv[i], "%lld:%7s", &now, event) != 2) {
            ovs_fatal(0, "%s: not TIME:EVENT", ctx->argv[i]);
        }
        if (!strcmp(event, "ask")) {
            old = probe.number;
            probe_ask(&probe, interval, now);
        } else if (!strcmp(event, "out")) {
            probe_is_out(&probe, now);
        } else if (!strcmp(event, "last")) {
            probe_last_call(&probe, now);
        } else if (!strcmp(event, "answer")) {
            probe_answer(&probe, probe.number, now);
        } else if (!strcmp(event, "old")) {
            probe_answer(&probe, old, now);
        } else if (!strcmp(event, "stop")) {
            probe_stop(&probe);
        } else if (strcmp(event, "wait")) {
            ovs_fatal(0, "%s: unknown event", event);
        }
        printf("%s: %s", ctx->argv[i],
               state_to_string(probe_run(&probe, now)));
        if (probe_is_open(&probe)) {
            printf(" until %lld", probe.deadline);
        }
        printf("\n");
    }
}
