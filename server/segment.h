/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef SEGMENT_H
#define SEGMENT_H 1

/* Segments of networks: type drivers and their ranges. */

#include <stdbool.h>
#include <stdint.h>

struct api_error;
struct backend;
struct l3ha_config;
struct l3harec_network;
struct segments;

/* Type drivers by configuration: [ml2] type_drivers, tenant_network_types,
 * ranges.  NULL and a message (caller frees) if a range is malformed. */
struct segments *segments_create(const struct l3ha_config *, char **errorp);
void segments_destroy(struct segments *);

/* provider:* of a request; NULL / false for what it does not set. */
struct segment_request {
    const char *network_type;
    const char *physical_network;
    bool has_segmentation_id;
    int64_t segmentation_id;
};

/* Sets network_type, physical_network, segmentation_id, net_key and, if
 * 'mtu' is 0, mtu of 'network', a row inserted in the current transaction.
 * Network:external must have been set before ([ml2] external_network_type).
 * 'mtu' > 0 is the requested MTU; more than the type allows is InvalidInput
 * (400).
 *
 * Without provider attributes: the first type of tenant_network_types that
 * has a free segment, otherwise NoNetworkAvailable (503).  With them:
 * InvalidInput (400) for what cannot be, VlanIdInUse, TunnelIdInUse,
 * FlatNetworkInUse (409). */
struct api_error *segment_allocate(struct backend *,
                                   const struct l3harec_network *network,
                                   const struct segment_request *,
                                   int64_t mtu);

/* Checks a new MTU for an existing network: InvalidInput (400). */
struct api_error *segment_check_mtu(struct backend *,
                                    const struct l3harec_network *,
                                    int64_t mtu);

/* Greatest MTU of a network of this type. */
int segment_max_mtu(const struct segments *, const char *network_type,
                    const char *physical_network);

#endif /* server/segment.h */
