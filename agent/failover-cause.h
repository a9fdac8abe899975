/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_FAILOVER_CAUSE_H
#define L3HA_FAILOVER_CAUSE_H 1

/* Why a copy of a router changes its state. */

enum failover_cause {
    CAUSE_VRRP,                 /* VRRP by itself: another copy fell silent,
                                 * stepped back or is better. */
    CAUSE_START,                /* The copy or its agent was started. */
    CAUSE_HOST_LOST,            /* The active copy's host does not answer. */
    CAUSE_DRAINED,
    CAUSE_PHYSICAL_DOWN,        /* A physical network has no carrier. */
    CAUSE_ASKED,                /* An operator asked for it. */
    CAUSE_DIED,                 /* keepalived died. */
    CAUSE_SWITCH_LOST,          /* ovs-vswitchd is away. */
};

/* What happened last to a copy.  All zeros is a valid value: nothing yet. */
struct failover_cause_note {
    enum failover_cause cause;
    long long int at;           /* In time_msec(); 0: never. */
};

void failover_cause_note(struct failover_cause_note *, enum failover_cause);
enum failover_cause failover_cause_recent(const struct failover_cause_note *,
                                          long long int *ms);
const char *failover_cause_to_string(enum failover_cause);

#endif /* agent/failover-cause.h */
