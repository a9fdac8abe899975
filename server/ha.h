/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef HA_H
#define HA_H 1

/* Copies of routers: Router_Instance rows, HA ports, what is bound where. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api_error;
struct backend;
struct l3harec_agent;
struct l3harec_port;
struct l3harec_router;
struct l3harec_router_instance;
struct ovsdb_idl_txn;
struct sset;
struct svec;

/* Called when a Router row was inserted in 'txn' (id, project_id, ha and
 * availability_zone_hints set).  For an HA router: finds or makes the
 * project's HA network with room for a VRID, sets Router:vrrp_group, places
 * the copies, makes one HA port and Router_Instance each; for another one:
 * one Router_Instance if a live agent exists.  Sets Router:status.
 * Errors: HANotEnoughAvailableAgents (409), NoNetworkAvailable (503). */
struct api_error *ha_router_create(struct backend *, struct ovsdb_idl_txn *,
                                   const struct l3harec_router *);

/* Deletes what ha_router_create() made, all copies and HA ports, the HA
 * network if no other router uses it.  The caller deletes the Router row
 * itself, and its gateway port. */
void ha_router_destroy(struct backend *, struct ovsdb_idl_txn *,
                       const struct l3harec_router *);

/* PUT ha (router is admin down, checked by the caller).  Makes the copies
 * anew for the new value and changes device_owner of the interfaces. */
struct api_error *ha_router_set_ha(struct backend *, struct ovsdb_idl_txn *,
                                   const struct l3harec_router *, bool ha);

/* POST /agents/{id}/l3-routers: adds a copy on the agent's host.
 * RouterHostedByL3Agent (409) if a router that is not HA is hosted elsewhere,
 * InvalidL3Agent (404) if it has not the L3 role or is admin down.  A copy
 * that is already there is success. */
struct api_error *ha_router_add_host(struct backend *, struct ovsdb_idl_txn *,
                                     const struct l3harec_router *,
                                     const struct l3harec_agent *);

/* DELETE /agents/{id}/l3-routers/{router}: removes that copy.
 * RouterNotHostedByL3Agent (409). */
struct api_error *ha_router_remove_host(struct backend *,
                                        struct ovsdb_idl_txn *,
                                        const struct l3harec_router *,
                                        const struct l3harec_agent *);

/* Must be called for a port of a router (interface, gateway) that was
 * inserted in the transaction, after Port:router was set: sets host, hosts
 * and vif_type by the copies of the router.  device_owner of an interface is
 * ha_interface_owner(). */
void ha_bind_router_port(struct backend *, const struct l3harec_router *,
                         const struct l3harec_port *);
const char *ha_interface_owner(const struct l3harec_router *);

/* Brings host, hosts and vif_type of all interface and gateway ports of the
 * router up to its copies and their states.  Writes only what differs. */
void ha_sync_router_ports(struct backend *, const struct l3harec_router *);

/* Adds a copy on 'host', which has none yet and can carry one (a caller that
 * wants the checks of the API: ha_router_add_host()). */
struct api_error *ha_router_add_copy(struct backend *, struct ovsdb_idl_txn *,
                                     const struct l3harec_router *,
                                     const char *host);

/* Gives the routers that are short of copies one on as many of 'hosts', whose
 * agents have come or changed, as can carry one: least loaded first, never
 * more than max_l3_agents_per_router, nothing on hosts that are drained.
 * Those in 'refused' (UUIDs) are left alone.  Adds to it routers for which it
 * cannot be done; returns false then, and 'txn' must not be used. */
bool ha_top_up(struct backend *, struct ovsdb_idl_txn *,
               const struct sset *hosts, struct sset *refused);

/* Hosts of the router's copies, sorted. */
void ha_router_get_hosts(struct backend *, const struct l3harec_router *,
                         struct svec *hosts);

/* The copy that is to be taken for the active one: of those that report
 * "active" on a live agent, the one that became so last.  NULL if none. */
const struct l3harec_router_instance *ha_router_get_active(
    struct backend *, const struct l3harec_router *);

/* ha_state as the API shows it for one copy: "active", "standby", "unknown",
 * or NULL (JSON null) if the router is not HA.  A copy of a dead agent that
 * was active is "standby" if another hosting agent is alive, otherwise
 * "unknown". */
const char *ha_instance_get_state(struct backend *,
                                  const struct l3harec_router_instance *);

#endif /* server/ha.h */
