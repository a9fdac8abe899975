/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Tells others of the state of a router copy: one line of the log for each
 * change, with its cause and how long it took; counters and times for
 * Prometheus; the row of the copy in the database.  Changes nothing else. */

#include <config.h>
#include "agent/router-report.h"

#include "agent/router.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-metrics.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(router_report);

/* Name of a state in the database. */
static const char *
state_to_db(enum vrrp_state state)
{
    switch (state) {
    case VRRP_MASTER: return "active";
    case VRRP_BACKUP: return "standby";
    case VRRP_FAULT:
    case VRRP_STOPPED: return "fault";
    case VRRP_UNKNOWN: return "unknown";
    }
    OVS_NOT_REACHED();
}

/* One line for each change: what, why, how long it took. */
static void
log_state(const struct router *r, enum vrrp_state old)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (r->state_ms >= 0) {
        ds_put_format(&s, ", %lld ms after it was noticed", r->state_ms);
    }
    VLOG_INFO("router %s (%s): %s -> %s, cause: %s%s", r->name,
              r->config ? r->config->title : "", vrrp_state_to_string(old),
              vrrp_state_to_string(r->state),
              failover_cause_to_string(r->state_cause), ds_cstr(&s));
    ds_destroy(&s);
}

static void
count_state(const struct router *r, struct l3ha_metrics *metrics)
{
    struct ds labels = DS_EMPTY_INITIALIZER;

    l3ha_metrics_label(&labels, "state", state_to_db(r->state));
    l3ha_metrics_label(&labels, "cause",
                       failover_cause_to_string(r->state_cause));
    l3ha_metrics_add(metrics, L3HA_METRIC_AGENT_TRANSITIONS,
                     ds_cstr(&labels), 1);
    if (r->state_ms >= 0) {
        l3ha_metrics_observe(metrics, L3HA_METRIC_AGENT_TRANSITION_SECONDS,
                             ds_cstr(&labels), r->state_ms / 1000.0);
    }
    ds_destroy(&labels);
}

/* The state of 'r' was 'old' and is another one now. */
void
router_report_change(const struct router *r, enum vrrp_state old,
                     struct l3ha_metrics *metrics)
{
    log_state(r, old);
    count_state(r, metrics);
}

/* Sets the gauge of 'r'. */
void
router_report_gauges(const struct router *r, struct l3ha_metrics *metrics)
{
    if (r->config) {
        struct ds labels = DS_EMPTY_INITIALIZER;

        l3ha_metrics_label(&labels, "router", r->name);
        l3ha_metrics_label(&labels, "name", r->config->title);
        l3ha_metrics_label(&labels, "state", state_to_db(r->state));
        l3ha_metrics_set(metrics, L3HA_METRIC_AGENT_ROUTER_STATE,
                         ds_cstr(&labels), 1);
        ds_destroy(&labels);
    }
}

/* Writes the state of 'r', of which 'copy' is the row, if the database does
 * not have it.  Returns true if it has. */
bool
router_report_state(const struct router *r,
                    const struct l3harec_router_instance *copy)
{
    const char *state = state_to_db(r->state);
    int64_t ms = r->state_ms;

    if (nullable_string_is_equal(copy->state, state)) {
        return true;
    }
    l3harec_router_instance_set_state(copy, state);
    l3harec_router_instance_set_state_since(
        copy, r->state_since ? r->state_since : time_wall_msec());
    l3harec_router_instance_set_state_cause(
        copy, failover_cause_to_string(r->state_cause));
    l3harec_router_instance_set_state_ms(copy, &ms, ms >= 0);
    return false;
}
