/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_AGENT_MONITOR_H
#define L3HA_AGENT_MONITOR_H 1

/* Which rows of OVS_L3HA this host replicates. */

#include <stdbool.h>

struct monitor;
struct ovsdb_idl;

struct monitor *monitor_create(struct ovsdb_idl *);
bool monitor_run(struct monitor *, const char *host);
void monitor_destroy(struct monitor *);

#endif /* agent/monitor.h */
