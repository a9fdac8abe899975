/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_HANDOVER_H
#define L3HA_HANDOVER_H 1

/* How an active copy of a router hands over to another one that is able. */

#include <stdbool.h>
#include <stddef.h>

struct keepalived_options;
struct router;
struct router_env;
struct sibling;

/* How far a copy is that hands over. */
enum handover_state {
    HANDOVER_NONE = 0,
    HANDOVER_TO_SUCCESSOR,      /* It waits for that to become active. */
    HANDOVER_ALONE,             /* It is at fault for a while. */
};

/* All zeros is a valid value. */
struct handover {
    enum handover_state state;
    long long int until;        /* At most, in time_msec(). */
    long long int tell_at;      /* When to tell the successor again. */
    char *successor;            /* Its host; owned. */
};

/* How fast the copies of this host hand over.  All zeros is a valid value. */
struct handover_pace {
    unsigned int n;             /* How many do. */
    long long int begun_at;     /* When the last one began, in time_msec(). */
    long long int next_at;      /* When the next one may, likewise, if there is
                                 * no hurry. */
};

void handover_pace_update(struct handover_pace *, unsigned int n,
                          long long int now);
void handover_pace_begin(struct handover_pace *, long long int now);
long long int handover_pace_next(const struct handover_pace *, bool hurry);

void handover_begin(struct handover *, const struct keepalived_options *,
                    const struct sibling *successor);
void handover_tell(struct router *, const struct router_env *,
                   const struct sibling *successor);
bool handover_waits(const struct router *);
long long int handover_run(struct router *, const struct router_env *,
                           const struct sibling *, size_t n);
void handover_destroy(struct handover *);

#endif /* agent/handover.h */
