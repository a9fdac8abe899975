/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/failover-cause.h"

#include "timeval.h"
#include "util.h"

/* Why a copy of a router changes its state.
 *
 * The module that makes keepalived do something takes a note of why; when
 * keepalived says that the state has changed, the note explains it. */

/* What happens within this time of a cause, in ms, is taken for its effect. */
#define CAUSE_TIME 2000

/* Something happened that will change the state of a copy. */
void
failover_cause_note(struct failover_cause_note *note,
                    enum failover_cause cause)
{
    note->cause = cause;
    note->at = time_msec();
}

/* Returns why a copy has just changed its state, and stores how long ago that
 * was noticed; -1 if it was VRRP's doing. */
enum failover_cause
failover_cause_recent(const struct failover_cause_note *note,
                      long long int *ms)
{
    *ms = note->at ? time_msec() - note->at : -1;
    if (*ms < 0 || *ms > CAUSE_TIME) {
        *ms = -1;
        return CAUSE_VRRP;
    }
    return note->cause;
}

/* The name of a cause in log, metrics and database. */
const char *
failover_cause_to_string(enum failover_cause cause)
{
    switch (cause) {
    case CAUSE_VRRP: return "vrrp";
    case CAUSE_START: return "start";
    case CAUSE_HOST_LOST: return "host-lost";
    case CAUSE_DRAINED: return "drained";
    case CAUSE_PHYSICAL_DOWN: return "physical-network-down";
    case CAUSE_ASKED: return "asked";
    case CAUSE_DIED: return "keepalived-died";
    case CAUSE_SWITCH_LOST: return "switch-lost";
    }
    OVS_NOT_REACHED();
}
