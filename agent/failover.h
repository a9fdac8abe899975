/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_FAILOVER_H
#define L3HA_FAILOVER_H 1

/* Moves the active copies of routers between hosts without waiting for VRRP's
 * timers. */

#include <stdbool.h>
#include <stdint.h>

#include "agent/failover-cause.h"
#include "agent/handover.h"
#include "agent/takeover.h"

struct agent_ctx;
struct failover;
struct hmap;
struct hmapx;
struct router;
struct router_env;

/* What this module keeps of a router (router->failover). */
struct router_failover {
    bool lost_vrrp;             /* keepalived of the active copy has died. */
    enum takeover_standing doubt; /* Other than STANDING_NORMAL: another copy
                                   * may be active, too. */
    long long int certain_at;   /* End of 'doubt', in time_msec(). */
    long long int took_over_at; /* From a lost host, in time_msec(); or 0. */
    bool burdened;              /* So was the host when last looked at. */
    bool deaf;                  /* It stands by, and has no switch. */
    struct handover handover;
    int leave_retry;            /* Latest wait between tries, in ms. */
    long long int leave_again_at; /* Not before, in time_msec(), ... */
    bool left_to_unheard;       /* ...unless the last try was for a host that
                                 * may have been dead, and one lives. */
    struct failover_cause_note cause;
    int64_t yield_seq;          /* Request that was begun. */
    int standing;               /* What the copy's file is to say. */
};

struct failover *failover_create(void);
void failover_destroy(struct failover *);
void failover_run(struct failover *, const struct agent_ctx *,
                  const struct router_env *, const struct hmap *routers,
                  struct hmapx *changed);
void failover_wait(const struct failover *, const struct agent_ctx *);
void failover_kick(struct failover *);
void failover_restore(struct router_failover *, uint8_t priority,
                      int standing, bool active);
const char *failover_standing_to_string(const struct router_failover *);

#endif /* agent/failover.h */
