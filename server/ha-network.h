/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef HA_NETWORK_H
#define HA_NETWORK_H 1

/* HA networks and VRIDs.  Used by ha.c. */

#include <stdbool.h>

struct api_error;
struct backend;
struct l3harec_network;
struct l3harec_router;
struct ovsdb_idl_txn;

/* Sets Router:vrrp_group, unless it is set, to a random free VRID of an HA
 * network of the router's project, which is made if there is none with a VRID
 * left.  NoNetworkAvailable (503). */
struct api_error *ha_network_join(struct backend *, struct ovsdb_idl_txn *,
                                  const struct l3harec_router *);

/* Takes the VRID from the router, whose HA ports are deleted already, and
 * deletes the HA network if that was the last one. */
void ha_network_leave(struct backend *, const struct l3harec_router *);

/* True if 'network' is an HA network (hidden; may not be changed). */
bool ha_network_is(struct backend *, const struct l3harec_network *);

#endif /* server/ha-network.h */
