/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_AGENT_ROW_H
#define L3HA_AGENT_ROW_H 1

/* This host's row in the Agent table: registration, heartbeat, cfg_seq. */

#include <stdbool.h>

struct agent_ctx;
struct agent_row;

struct agent_row *agent_row_create(void);
void agent_row_run(struct agent_row *, const struct agent_ctx *, bool synced);
void agent_row_wait(const struct agent_row *, const struct agent_ctx *);
void agent_row_destroy(struct agent_row *);

#endif /* agent/agent-row.h */
