/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H 1

/* The commands of ovs-l3ha-ctl beside the generic ones. */

#include <stdbool.h>

struct l3harec_agent;
struct ovsdb_idl;

/* Registers the commands and prepares the generic ones; 'exit_cb' is called
 * instead of exit() after an error. */
void ctl_commands_init(void (*exit_cb)(int status));

/* Adds what ctl_agent_is_alive() needs to what 'idl' monitors. */
void ctl_agent_liveness_prereqs(struct ovsdb_idl *);

/* Returns true if the last heartbeat of 'agent' is young enough. */
bool ctl_agent_is_alive(const struct ovsdb_idl *,
                        const struct l3harec_agent *);

#endif /* utilities/ctl-commands.h */
