/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_NETNS_H
#define L3HA_NETNS_H 1

/* Named network namespaces, as "ip netns" keeps them.
 *
 * A namespace lives as long as the bind mount /run/netns/NAME, so it survives
 * the agent.  Functions that can fail return 0 or a positive errno value.
 * Only the thread that calls is moved between namespaces. */

#include <stdbool.h>

struct sset;

int netns_create(const char *name);
int netns_delete(const char *name);
bool netns_exists(const char *name);
int netns_open(const char *name);
void netns_list(const char *prefix, struct sset *names);

/* A visit of a namespace: where to go back to. */
struct netns_visit {
    int home;                   /* Namespace to go back to, or -1. */
};

int netns_enter(struct netns_visit *, int netns_fd);
void netns_leave(struct netns_visit *);

#endif /* agent/netns.h */
