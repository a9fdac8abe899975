/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_METERS_H
#define L3HA_METERS_H 1

/* Desired and installed OpenFlow meters, and the difference of the two. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "ovs-plugin/ovs-plugin.h"

struct ds;
struct meters;
struct ofputil_meter_config;
struct ofputil_meter_mod;

/* Direction of a limit, as seen from the port. */
enum meter_direction {
    METER_EGRESS,               /* What the port sends. */
    METER_INGRESS,              /* What the port receives. */
};

/* The number of the meter of a port.  All numbers of this form are ours. */
uint32_t meter_id(ofp_port_t, enum meter_direction);

struct meters *meters_create(void);
void meters_destroy(struct meters *);

/* Desired meters.  'owner' is whoever wants it: a limit is taken back only by
 * the one that set it last. */
void meters_set(struct meters *, const void *owner, uint32_t id,
                const struct ovs_plugin_limit *);
void meters_unset(struct meters *, const void *owner, uint32_t id);

/* Installed meters. */
void meters_forget_installed(struct meters *);
void meters_set_installed(struct meters *,
                          const struct ofputil_meter_config *);

/* Changes: meters must be there before the flows that refer to them, and can
 * go only after these. */
typedef void meter_change_cb(const struct ofputil_meter_mod *, void *aux);
size_t meters_take_additions(struct meters *, meter_change_cb *, void *aux);
size_t meters_take_deletions(struct meters *, meter_change_cb *, void *aux);
bool meters_have_changes(const struct meters *);

void meters_format(const struct meters *, struct ds *);

#endif /* ovs-plugin/meters.h */
