/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_ANNOUNCE_H
#define L3HA_ANNOUNCE_H 1

/* Tells everyone where the addresses of an active copy of a router are. */

struct ovs_plugin;
struct router_config;

/* How far one copy has got. */
struct announce {
    unsigned int step;          /* Number of announcements sent. */
    long long int at;           /* Next one, in time_msec(). */
};

void announce_start(struct announce *);
void announce_stop(struct announce *);
long long int announce_run(struct announce *, struct ovs_plugin *,
                           const struct router_config *);

#endif /* agent/announce.h */
