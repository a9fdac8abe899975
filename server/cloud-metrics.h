/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CLOUD_METRICS_H
#define CLOUD_METRICS_H 1

/* Metrics of the whole cloud, which only a server sees. */

struct backend;
struct l3ha_metrics;

void cloud_metrics_fill(const struct backend *, struct l3ha_metrics *);

#endif /* server/cloud-metrics.h */
