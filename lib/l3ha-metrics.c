/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* What the daemons count and measure, in Prometheus' terms.
 *
 * A metric has any number of samples, which their labels tell apart.  The
 * text form is version 0.0.4 of Prometheus' exposition formats; samples are
 * sorted, so that it can be compared.
 *
 * Invariants: the samples of a counter or a histogram never go away; those of
 * a gauge are made anew for each look, so that one of a router that is gone
 * does not stay.
 *
 * Limits: all histograms have the same buckets, which are for times between
 * a millisecond and ten seconds. */

#include <config.h>
#include "lib/l3ha-metrics.h"

#include <inttypes.h>
#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "util.h"

#define COUNTER L3HA_METRIC_COUNTER
#define GAUGE L3HA_METRIC_GAUGE
#define HISTOGRAM L3HA_METRIC_HISTOGRAM

const struct l3ha_metric_class l3ha_metric_classes[L3HA_N_METRICS] = {
    [L3HA_METRIC_AGENT_CONNECTED] = {
        "ovs_l3ha_agent_connected", GAUGE,
        "1 if the agent is connected to 'peer': the database 'ovs_l3ha', the "
        "local database 'open_vswitch', or the 'switch'." },
    [L3HA_METRIC_AGENT_ROUTER_STATE] = {
        "ovs_l3ha_agent_router_state", GAUGE,
        "1 for the state in which the copy of a router on this host is: "
        "active, standby, fault or unknown." },
    [L3HA_METRIC_AGENT_TRANSITIONS] = {
        "ovs_l3ha_agent_transitions_total", COUNTER,
        "How often copies of routers on this host came into a state, by "
        "state and by cause.  With state 'active' these are failovers to "
        "this host." },
    [L3HA_METRIC_AGENT_TRANSITION_SECONDS] = {
        "ovs_l3ha_agent_transition_seconds", HISTOGRAM,
        "Time from when the agent noticed the cause of a change of state "
        "until the copy had changed.  With state 'active' these are times of "
        "takeovers.  What VRRP does by itself has no known beginning." },
    [L3HA_METRIC_AGENT_REALISED] = {
        "ovs_l3ha_agent_realised", GAUGE,
        "1 if everything is realised that the database asks this host for." },
    [L3HA_METRIC_AGENT_REALISATION_SECONDS] = {
        "ovs_l3ha_agent_realisation_seconds", HISTOGRAM,
        "Time from a change that the agent has heard of until everything is "
        "realised." },
    [L3HA_METRIC_AGENT_CHILDREN_DIED] = {
        "ovs_l3ha_agent_children_died_total", COUNTER,
        "How often processes that serve routers (keepalived, conntrackd, "
        "radvd) died and were started again." },
    [L3HA_METRIC_AGENT_IDL_CELLS] = {
        "ovs_l3ha_agent_idl_cells", GAUGE,
        "Values of the database that the agent has a copy of." },
    [L3HA_METRIC_AGENT_IDL_TXNS] = {
        "ovs_l3ha_agent_idl_txns", GAUGE,
        "Transactions that the database has not answered." },
    [L3HA_METRIC_AGENT_OPENFLOW_UNACKED] = {
        "ovs_l3ha_agent_openflow_unacked", GAUGE,
        "Batches of changes of flows that the switch has not confirmed." },

    [L3HA_METRIC_SERVER_CONNECTED] = {
        "ovs_l3ha_server_connected", GAUGE,
        "1 if the server is connected to the database." },
    [L3HA_METRIC_SERVER_LEADER] = {
        "ovs_l3ha_server_leader", GAUGE,
        "1 if this server does what only one may do, such as placing "
        "routers." },
    [L3HA_METRIC_SERVER_API_SECONDS] = {
        "ovs_l3ha_server_api_seconds", HISTOGRAM,
        "Time from when a request was complete until it was answered, by "
        "method." },
    [L3HA_METRIC_SERVER_API_ANSWERS] = {
        "ovs_l3ha_server_api_answers_total", COUNTER,
        "Answers, by method and HTTP status." },
    [L3HA_METRIC_SERVER_API_PENDING] = {
        "ovs_l3ha_server_api_pending", GAUGE,
        "Requests that wait for the database or the identity service." },
    [L3HA_METRIC_SERVER_TXNS] = {
        "ovs_l3ha_server_txns_total", COUNTER,
        "Transactions that requests were carried out by." },
    [L3HA_METRIC_SERVER_TXN_RETRIES] = {
        "ovs_l3ha_server_txn_retries_total", COUNTER,
        "Transactions that were made again, because another server was "
        "faster." },
    [L3HA_METRIC_SERVER_IDL_CELLS] = {
        "ovs_l3ha_server_idl_cells", GAUGE,
        "Values of the database that the server has a copy of." },
    [L3HA_METRIC_SERVER_AGENT_UP] = {
        "ovs_l3ha_server_agent_up", GAUGE,
        "1 if the agent of a host is alive, by its heartbeat." },
    [L3HA_METRIC_SERVER_ACTIVE_COPIES] = {
        "ovs_l3ha_server_router_active_copies", GAUGE,
        "How many copies of an HA router say that they are active, on hosts "
        "whose agents are alive.  Anything but 1 is a fault." },
};

/* Upper bounds of the buckets of histograms, in seconds. */
static const double bounds[] = {
    .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10,
};
#define N_BOUNDS ARRAY_SIZE(bounds)

struct sample {
    double value;               /* Of a counter or gauge; sum of a
                                 * histogram. */
    uint64_t count;
    uint64_t buckets[N_BOUNDS]; /* Each with what is in those before. */
};

struct l3ha_metrics {
    struct shash samples[L3HA_N_METRICS]; /* "struct sample"s by labels. */
};

const char *
l3ha_metric_type_to_string(enum l3ha_metric_type type)
{
    switch (type) {
    case COUNTER: return "counter";
    case GAUGE: return "gauge";
    case HISTOGRAM: return "histogram";
    }
    OVS_NOT_REACHED();
}

/* Returns an object without samples. */
struct l3ha_metrics *
l3ha_metrics_create(void)
{
    struct l3ha_metrics *m = xmalloc(sizeof *m);

    for (size_t i = 0; i < L3HA_N_METRICS; i++) {
        shash_init(&m->samples[i]);
    }
    return m;
}

void
l3ha_metrics_destroy(struct l3ha_metrics *m)
{
    if (m) {
        for (size_t i = 0; i < L3HA_N_METRICS; i++) {
            shash_destroy_free_data(&m->samples[i]);
        }
        free(m);
    }
}

/* Appends NAME="VALUE" to 'labels', after a comma if it is not the first. */
void
l3ha_metrics_label(struct ds *labels, const char *name, const char *value)
{
    ds_put_format(labels, "%s%s=\"", labels->length ? "," : "", name);
    for (; *value; value++) {
        if (*value == '\n') {
            ds_put_cstr(labels, "\\n");
        } else {
            if (*value == '"' || *value == '\\') {
                ds_put_char(labels, '\\');
            }
            ds_put_char(labels, *value);
        }
    }
    ds_put_char(labels, '"');
}

static struct sample *
get_sample(struct l3ha_metrics *m, enum l3ha_metric metric,
           const char *labels)
{
    struct sample *sample = shash_find_data(&m->samples[metric], labels);

    if (!sample) {
        sample = xzalloc(sizeof *sample);
        shash_add(&m->samples[metric], labels, sample);
    }
    return sample;
}

/* Adds 'n' to a counter. */
void
l3ha_metrics_add(struct l3ha_metrics *m, enum l3ha_metric metric,
                 const char *labels, uint64_t n)
{
    ovs_assert(l3ha_metric_classes[metric].type == COUNTER);
    get_sample(m, metric, labels)->value += n;
}

/* Puts a time into a histogram. */
void
l3ha_metrics_observe(struct l3ha_metrics *m, enum l3ha_metric metric,
                     const char *labels, double seconds)
{
    struct sample *sample = get_sample(m, metric, labels);

    ovs_assert(l3ha_metric_classes[metric].type == HISTOGRAM);
    sample->value += seconds;
    sample->count++;
    for (size_t i = 0; i < N_BOUNDS; i++) {
        sample->buckets[i] += seconds <= bounds[i];
    }
}

/* Sets a gauge, or a counter that is counted elsewhere. */
void
l3ha_metrics_set(struct l3ha_metrics *m, enum l3ha_metric metric,
                 const char *labels, double value)
{
    ovs_assert(l3ha_metric_classes[metric].type != HISTOGRAM);
    get_sample(m, metric, labels)->value = value;
}

/* Forgets the samples of all gauges. */
void
l3ha_metrics_clear_gauges(struct l3ha_metrics *m)
{
    for (size_t i = 0; i < L3HA_N_METRICS; i++) {
        if (l3ha_metric_classes[i].type == GAUGE) {
            shash_clear_free_data(&m->samples[i]);
        }
    }
}

static void
format_histogram(const char *name, const char *labels,
                 const struct sample *sample, struct ds *s)
{
    const char *comma = *labels ? "," : "";

    for (size_t i = 0; i < N_BOUNDS; i++) {
        ds_put_format(s, "%s_bucket{%s%sle=\"%g\"} %"PRIu64"\n", name, labels,
                      comma, bounds[i], sample->buckets[i]);
    }
    ds_put_format(s, "%s_bucket{%s%sle=\"+Inf\"} %"PRIu64"\n", name, labels,
                  comma, sample->count);
    ds_put_format(s, "%s_sum%s%s%s %g\n", name, *labels ? "{" : "", labels,
                  *labels ? "}" : "", sample->value);
    ds_put_format(s, "%s_count%s%s%s %"PRIu64"\n", name, *labels ? "{" : "",
                  labels, *labels ? "}" : "", sample->count);
}

/* Appends all samples in Prometheus' text form. */
void
l3ha_metrics_format(const struct l3ha_metrics *m, struct ds *s)
{
    for (size_t i = 0; i < L3HA_N_METRICS; i++) {
        const struct l3ha_metric_class *class = &l3ha_metric_classes[i];
        const struct shash_node **nodes;

        if (shash_is_empty(&m->samples[i])) {
            continue;
        }
        ds_put_format(s, "# HELP %s %s\n# TYPE %s %s\n", class->name,
                      class->help, class->name,
                      l3ha_metric_type_to_string(class->type));
        nodes = shash_sort(&m->samples[i]);
        for (size_t j = 0; j < shash_count(&m->samples[i]); j++) {
            const struct sample *sample = nodes[j]->data;
            const char *labels = nodes[j]->name;

            if (class->type == HISTOGRAM) {
                format_histogram(class->name, labels, sample, s);
            } else {
                ds_put_format(s, "%s%s%s%s %.15g\n", class->name,
                              *labels ? "{" : "", labels, *labels ? "}" : "",
                              sample->value);
            }
        }
        free(nodes);
    }
}
