/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef SCHEDULER_H
#define SCHEDULER_H 1

/* Which hosts carry the copies of a router.  Pure: no database, no clock. */

#include <stdbool.h>
#include <stddef.h>

struct api_error;
struct sset;
struct svec;

/* One host with the role that is asked for. */
struct scheduler_candidate {
    const char *host;
    const char *zone;           /* Availability zone. */
    size_t load;                /* Router copies or networks it has. */
    bool alive;
    bool admin_up;
    bool drained;               /* Used only when the others are too few. */
    bool excluded;              /* It carries this router already. */
};

struct scheduler_limits {
    size_t max;                 /* max_l3_agents_per_router, 0 for all. */
    size_t min;                 /* min_l3_agents_per_router. */
};

/* Appends to 'hosts' the hosts for the copies of a new HA router, best first:
 * those with the fewest copies; with 'zone_hints' only hosts of these zones,
 * one zone after the other.  Hosts that are drained come after all others.
 * HANotEnoughAvailableAgents (409) if fewer than
 * 'limits->min' can be used. */
struct api_error *scheduler_place(const struct scheduler_candidate *,
                                  size_t n, const struct scheduler_limits *,
                                  const struct svec *zone_hints,
                                  struct svec *hosts);

/* Appends to 'hosts' up to 'want' hosts, without a minimum: for a router that
 * is not HA (1), and to top up one that is short of copies. */
void scheduler_choose(const struct scheduler_candidate *, size_t n,
                      size_t want, const struct svec *zone_hints,
                      struct svec *hosts);

#endif /* server/scheduler.h */
