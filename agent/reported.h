/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_REPORTED_H
#define L3HA_REPORTED_H 1

/* Which changes of the replica are reports only. */

#include <stdbool.h>

struct l3harec_port;
struct l3harec_router_instance;

bool reported_instance(const struct l3harec_router_instance *);
bool reported_port(const struct l3harec_port *);

#endif /* agent/reported.h */
