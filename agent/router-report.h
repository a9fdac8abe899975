/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_ROUTER_REPORT_H
#define L3HA_ROUTER_REPORT_H 1

/* What the state of a router copy is told to: log, metrics, database. */

#include <stdbool.h>

#include "agent/keepalived.h"

struct l3ha_metrics;
struct l3harec_router_instance;
struct router;

void router_report_change(const struct router *, enum vrrp_state old,
                          struct l3ha_metrics *);
void router_report_gauges(const struct router *, struct l3ha_metrics *);
bool router_report_state(const struct router *,
                         const struct l3harec_router_instance *);

#endif /* agent/router-report.h */
