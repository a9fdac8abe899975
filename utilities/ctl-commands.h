/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H 1

/* The commands of ovs-l3ha-ctl beside the generic ones. */

#include <stddef.h>

struct ctl_command;

/* Registers the commands and prepares the generic ones; 'exit_cb' is called
 * instead of exit() after an error. */
void ctl_commands_init(void (*exit_cb)(int status));

/* Ends the program with a message if one of the 'n' commands, or all of them
 * together, print nothing that --format can govern. */
void ctl_commands_check_format(const struct ctl_command *, size_t n);

#endif /* utilities/ctl-commands.h */
