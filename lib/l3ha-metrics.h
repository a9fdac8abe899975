/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_METRICS_H
#define L3HA_METRICS_H 1

/* What the daemons count and measure, in Prometheus' terms.
 *
 * One table has all metrics of all daemons (the source of
 * ovs-l3ha-metrics(7), too); a 'struct l3ha_metrics' has the samples of one
 * process.  Counters and histograms are updated where something happens,
 * gauges are set when somebody asks (lib/l3ha-exporter.h). */

#include <stdint.h>

struct ds;

enum l3ha_metric_type {
    L3HA_METRIC_COUNTER,        /* Only grows, from 0 at the start. */
    L3HA_METRIC_GAUGE,
    L3HA_METRIC_HISTOGRAM,      /* Of seconds. */
};

enum l3ha_metric {
    /* Agent. */
    L3HA_METRIC_AGENT_CONNECTED,
    L3HA_METRIC_AGENT_ROUTER_STATE,
    L3HA_METRIC_AGENT_TRANSITIONS,
    L3HA_METRIC_AGENT_TRANSITION_SECONDS,
    L3HA_METRIC_AGENT_REALISED,
    L3HA_METRIC_AGENT_REALISATION_SECONDS,
    L3HA_METRIC_AGENT_CHILDREN_DIED,
    L3HA_METRIC_AGENT_IDL_CELLS,
    L3HA_METRIC_AGENT_IDL_TXNS,
    L3HA_METRIC_AGENT_OPENFLOW_UNACKED,

    /* Server. */
    L3HA_METRIC_SERVER_CONNECTED,
    L3HA_METRIC_SERVER_LEADER,
    L3HA_METRIC_SERVER_API_SECONDS,
    L3HA_METRIC_SERVER_API_ANSWERS,
    L3HA_METRIC_SERVER_API_PENDING,
    L3HA_METRIC_SERVER_TXNS,
    L3HA_METRIC_SERVER_TXN_RETRIES,
    L3HA_METRIC_SERVER_IDL_CELLS,
    L3HA_METRIC_SERVER_AGENT_UP,
    L3HA_METRIC_SERVER_ACTIVE_COPIES,
    L3HA_N_METRICS
};

struct l3ha_metric_class {
    const char *name;
    enum l3ha_metric_type type;
    const char *help;           /* One sentence or two. */
};

extern const struct l3ha_metric_class l3ha_metric_classes[L3HA_N_METRICS];
const char *l3ha_metric_type_to_string(enum l3ha_metric_type);

struct l3ha_metrics *l3ha_metrics_create(void);
void l3ha_metrics_destroy(struct l3ha_metrics *);

/* 'labels' tells the samples of a metric apart: "" for the only one, or
 * NAME="VALUE",... from l3ha_metrics_label(). */
void l3ha_metrics_label(struct ds *, const char *name, const char *value);
void l3ha_metrics_add(struct l3ha_metrics *, enum l3ha_metric,
                      const char *labels, uint64_t n);
void l3ha_metrics_observe(struct l3ha_metrics *, enum l3ha_metric,
                          const char *labels, double seconds);
void l3ha_metrics_set(struct l3ha_metrics *, enum l3ha_metric,
                      const char *labels, double value);

void l3ha_metrics_clear_gauges(struct l3ha_metrics *);
void l3ha_metrics_format(const struct l3ha_metrics *, struct ds *);

#endif /* lib/l3ha-metrics.h */
