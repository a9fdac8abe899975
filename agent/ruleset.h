/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_RULESET_H
#define L3HA_RULESET_H 1

/* The nftables ruleset of one copy of a router, in the kernel. */

#include <stdbool.h>

struct child;
struct child_set;
struct router_config;
struct ruleset;

struct ruleset *ruleset_create(struct child_set *, const char *name,
                               const char *netns, const char *dir, void *aux);
void ruleset_destroy(struct ruleset *);

void ruleset_restore(struct ruleset *);
void ruleset_forget(struct ruleset *);
void ruleset_run(struct ruleset *, const struct router_config *);
bool ruleset_child_ended(struct ruleset *, const struct child *, char **msg);

bool ruleset_is_loaded(const struct ruleset *);
bool ruleset_has_failed(const struct ruleset *);
bool ruleset_is_idle(const struct ruleset *);

#endif /* agent/ruleset.h */
