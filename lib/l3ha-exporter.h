/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_EXPORTER_H
#define L3HA_EXPORTER_H 1

/* Gives the metrics of a daemon to Prometheus, at http://ADDRESS/metrics. */

struct l3ha_exporter;
struct l3ha_metrics;

/* Called before each answer, to set the gauges. */
typedef void l3ha_exporter_func(struct l3ha_metrics *, void *aux);

char *l3ha_exporter_create(const char *bind, struct l3ha_metrics *,
                           l3ha_exporter_func *, void *aux,
                           struct l3ha_exporter **);
void l3ha_exporter_destroy(struct l3ha_exporter *);
void l3ha_exporter_run(struct l3ha_exporter *);
void l3ha_exporter_wait(struct l3ha_exporter *);

#endif /* lib/l3ha-exporter.h */
