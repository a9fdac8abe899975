/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_ROUTER_LINKS_H
#define L3HA_ROUTER_LINKS_H 1

/* Namespace, devices, addresses and routes of one copy of a router. */

#include <stdbool.h>

struct router;
struct router_env;

char *router_links_apply(struct router *, const struct router_env *,
                         bool *new_netns);
char *router_links_flush(struct router *);
char *router_links_resolve(const struct router *, int interval);
bool router_links_has_vip(struct router *);
void router_links_remove(struct router *, const struct router_env *);

#endif /* agent/router-links.h */
