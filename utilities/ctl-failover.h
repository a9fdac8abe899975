/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_FAILOVER_H
#define CTL_FAILOVER_H 1

/* The commands of ovs-l3ha-ctl that move active copies between hosts. */

#include <stdbool.h>
#include <stddef.h>

struct ovsdb_idl;
struct table_style;

/* Registers the commands. */
void ctl_failover_init(void);

/* To be called before the commands are run (again). */
void ctl_failover_begin(void);

/* Returns true if a command asked agents for something that is to be waited
 * for. */
bool ctl_failover_is_asked(void);

/* Returns NULL if everything that was asked for has come to its end, otherwise
 * a phrase that says what is being waited for, which the caller must free. */
char *ctl_failover_pending(struct ovsdb_idl *);

/* Returns how many active copies have not left drained hosts. */
size_t ctl_failover_left(struct ovsdb_idl *);

/* Prints what has become of it, as a table if there is a 'style', else as
 * lines.  Returns false if that is not what was asked for. */
bool ctl_failover_report(struct ovsdb_idl *, const struct table_style *);

#endif /* utilities/ctl-failover.h */
