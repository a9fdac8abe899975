/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_L3_H
#define L3HA_L3_H 1

/* Role l3: copies of routers on this host. */

#include <stdbool.h>

struct agent_ctx;
struct l3;
struct l3ha_metrics;
struct ovsdb_idl;

struct l3 *l3_create(struct ovsdb_idl *);
void l3_run(struct l3 *, const struct agent_ctx *);
void l3_wait(struct l3 *, const struct agent_ctx *);
void l3_destroy(struct l3 *);
void l3_fill_metrics(const struct l3 *, struct l3ha_metrics *);

/* True if ovs-plugin has been told of the ports of all routers. */
bool l3_is_plugged(const struct l3 *);

/* True if everything that the last l3_run() saw in the database has been
 * realised and reported. */
bool l3_is_synced(const struct l3 *);

#endif /* agent/l3.h */
