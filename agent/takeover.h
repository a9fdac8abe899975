/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_TAKEOVER_H
#define L3HA_TAKEOVER_H 1

/* Which copy of a router is to be active: decisions without side effects. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "ovs-plugin/ovs-plugin.h"

/* What is against a host, added up: the more, the worse. */
#define BURDEN_DRAINED 1        /* The operator wants it empty. */
#define BURDEN_CUT_OFF 2        /* A physical network of the router is down. */

/* A copy of a router on another host, as far as it is known here. */
struct sibling {
    const char *host;           /* Not owned. */
    bool able;                  /* It runs, as far as the database knows. */
    bool active;                /* As far as the database knows. */
    uint8_t priority;
    int burden;
    enum ovs_plugin_reach reach;
    bool lost;                  /* It is REACH_DOWN since just now, see
                                 * takeover_is_lost(). */
    ovs_be32 ip;                /* Of its HA port. */
    struct eth_addr mac;        /* Of its HA port. */
};

const struct sibling *takeover_active(const struct sibling *, size_t n);
const struct sibling *takeover_successor(const struct sibling *, size_t n,
                                         const char *wanted);
const struct sibling *takeover_from(const struct sibling *, size_t n,
                                    uint8_t priority, int burden);
const struct sibling *takeover_better(const struct sibling *, size_t n,
                                      int burden);
bool takeover_is_lost(long long int lost_at, long long int took_over_at,
                      long long int now);
bool takeover_may_be_dead(const struct sibling *);
bool takeover_is_alone(const struct sibling *, size_t n);
bool takeover_has_contact(const struct sibling *, size_t n);

/* How much a copy is to be active. */
enum takeover_standing {
    STANDING_NORMAL,
    STANDING_DOUBTFUL,          /* Another copy may have taken over. */
    STANDING_LAST,              /* Only if there is no other. */
};
int takeover_priority(uint8_t priority, enum takeover_standing);

#endif /* agent/takeover.h */
