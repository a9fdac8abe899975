/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_L2_H
#define L3HA_L2_H 1

/* Role l2: networks, ports and tunnels of this host. */

#include <stdbool.h>

struct agent_ctx;
struct l2;
struct ovsdb_idl;

struct l2 *l2_create(struct ovsdb_idl *);
void l2_run(struct l2 *, const struct agent_ctx *);
void l2_wait(struct l2 *, const struct agent_ctx *);
void l2_destroy(struct l2 *);

/* True if everything that the last l2_run() saw in the database is in the
 * switch, acknowledged, and reported. */
bool l2_is_synced(const struct l2 *);

#endif /* agent/l2.h */
