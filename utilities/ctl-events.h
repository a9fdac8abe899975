/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_EVENTS_H
#define CTL_EVENTS_H 1

/* The command "events" of ovs-l3ha-ctl: changes of state of router copies. */

#include <stdbool.h>

struct ovsdb_idl;
struct table_style;

void ctl_events_init(void);

/* True if the commands have asked for events; main() then calls
 * ctl_events_print() whenever the database has changed, until it is told to
 * stop. */
bool ctl_events_is_asked(void);
void ctl_events_print(struct ovsdb_idl *, const struct table_style *);

#endif /* utilities/ctl-events.h */
