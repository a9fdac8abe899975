/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_RADVD_H
#define L3HA_RADVD_H 1

/* The radvd of one copy of a router: its configuration and its life. */

#include <stdbool.h>

struct child;
struct child_set;
struct ds;
struct l3ha_config;
struct radvd;
struct router_config;

/* What is the same for all routers of a host. */
struct radvd_options {
    const char *confs_path;     /* Directory of configurations. */
    const char *pids_path;      /* Directory of pid files. */
    const char *user;           /* "" for that of the agent. */
    int min_interval;           /* Between advertisements, in s. */
    int max_interval;
};

void radvd_options_init(struct radvd_options *, const struct l3ha_config *);

bool radvd_format(const struct router_config *, const struct radvd_options *,
                  struct ds *);

struct radvd *radvd_create(struct child_set *, const struct radvd_options *,
                           const char *router, const char *netns, void *aux);
void radvd_destroy(struct radvd *);

char *radvd_run(struct radvd *, const struct router_config *, bool active,
                long long int *wake_at);
bool radvd_stop(struct radvd *);
bool radvd_child_ended(struct radvd *, const struct child *);
bool radvd_is_settled(const struct radvd *);
void radvd_format_status(const struct radvd *, struct ds *);

#endif /* agent/radvd.h */
