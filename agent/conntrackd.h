/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_CONNTRACKD_H
#define L3HA_CONNTRACKD_H 1

/* The conntrackd of one copy of a router: its configuration and its life. */

#include <stdbool.h>

#include "openvswitch/types.h"

struct child;
struct child_set;
struct conntrackd;
struct ds;
struct router_config;

/* What is the same for all routers of a host. */
struct conntrackd_options {
    bool enabled;
    ovs_be32 group;             /* Multicast group. */
    int port;                   /* UDP port; the VRID is added. */
    int hash_size;
    int hash_limit;
    int buffer_size;            /* Of the netlink socket. */
    int buffer_size_max;
};

void conntrackd_format(const struct router_config *,
                       const struct conntrackd_options *,
                       const char *dir, struct ds *);

struct conntrackd *conntrackd_create(struct child_set *, const char *router,
                                     const char *netns, const char *dir,
                                     void *aux);
void conntrackd_destroy(struct conntrackd *);

char *conntrackd_run(struct conntrackd *, const struct router_config *,
                     const struct conntrackd_options *, bool may_start,
                     bool active, long long int *wake_at);
bool conntrackd_stop(struct conntrackd *);
bool conntrackd_child_ended(struct conntrackd *, const struct child *);
void conntrackd_resync(struct conntrackd *);
void conntrackd_activated(struct conntrackd *);

bool conntrackd_is_running(const struct conntrackd *);
bool conntrackd_is_settled(const struct conntrackd *);
void conntrackd_format_status(const struct conntrackd *, struct ds *);

#endif /* agent/conntrackd.h */
