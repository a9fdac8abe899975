/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_ANNOUNCE_H
#define L3HA_ANNOUNCE_H 1

/* Tells everyone where the addresses of an active copy of a router are. */

#include <stdbool.h>
#include <stddef.h>

struct announce_addr;
struct ovs_plugin;
struct router_config;

/* How far one copy has got.  All zeros is a valid value. */
struct announce {
    unsigned int step;          /* Number of announcements of all addresses
                                 * sent. */
    long long int at;           /* Next one, in time_msec(). */
    struct announce_addr *new;  /* Addresses that came later. */
    size_t n_new, allocated_new;
};

void announce_start(struct announce *, long long int now);
void announce_stop(struct announce *);
void announce_destroy(struct announce *);
void announce_change(struct announce *, const struct router_config *old,
                     const struct router_config *new);
long long int announce_run(struct announce *, struct ovs_plugin *,
                           const struct router_config *, bool in_force);

#endif /* agent/announce.h */
