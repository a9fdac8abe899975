/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/reported.h"

#include "lib/l3ha-idl.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "util.h"

/* Which changes of the replica are reports only, which no configuration is
 * made from.  Decisions without side effects. */

/* What is reported of copies and ports: when a router moves, by all its copies
 * at once, and then by the server.  It is in no configuration. */
static const struct ovsdb_idl_column *const instance_reports[] = {
    &l3harec_router_instance_col_state,
    &l3harec_router_instance_col_state_since,
    &l3harec_router_instance_col_state_cause,
    &l3harec_router_instance_col_state_ms,
    &l3harec_router_instance_col_yield_seq,
    &l3harec_router_instance_col_yield_to,
    &l3harec_router_instance_col_yielded_seq,
};
static const struct ovsdb_idl_column *const port_reports[] = {
    &l3harec_port_col_host,
    &l3harec_port_col_vif_type,
    &l3harec_port_col_up,
    &l3harec_port_col_dhcp_ready,
    &l3harec_port_col_updated_at,
    &l3harec_port_col_revision_number,
};

/* Has 'row' changed in some of the 'n' columns of 'reports' and no others?
 * (One whose references have come or gone is tracked without any; what refers
 * to a row that may come or go is found by that row.) */
static bool
has_reported(const struct ovsdb_idl_row *row,
             const struct ovsdb_idl_column *const *reports, size_t n)
{
    const struct ovsdb_idl_table_class *class = row->table->class_;
    size_t n_updated = 0, n_reports = 0;

    for (size_t i = 0; i < class->n_columns; i++) {
        n_updated += ovsdb_idl_track_is_updated(row, &class->columns[i]);
    }
    for (size_t i = 0; i < n; i++) {
        n_reports += ovsdb_idl_track_is_updated(row, reports[i]);
    }
    return n_reports && n_reports == n_updated;
}

/* Returns true if nothing about the tracked 'row' is new but what agents, or
 * operators of an agent, say. */
bool
reported_instance(const struct l3harec_router_instance *row)
{
    return (!l3harec_router_instance_is_deleted(row)
            && !l3harec_router_instance_is_new(row)
            && has_reported(&row->header_, instance_reports,
                            ARRAY_SIZE(instance_reports)));
}

/* Returns true if nothing about the tracked 'row' is new but what agents say,
 * and the server because of that. */
bool
reported_port(const struct l3harec_port *row)
{
    return (!l3harec_port_is_deleted(row) && !l3harec_port_is_new(row)
            && has_reported(&row->header_, port_reports,
                            ARRAY_SIZE(port_reports)));
}
