/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_QOS_H
#define L3HA_QOS_H 1

/* Quality of service of ports, from rows of the database. */

#include <stdbool.h>

struct l3harec_port;
struct ovs_plugin_qos;
struct ovsdb_idl;

void qos_translate(struct ovsdb_idl *, const struct l3harec_port *,
                   struct ovs_plugin_qos *);
bool qos_has_changes(struct ovsdb_idl *);

#endif /* agent/qos.h */
