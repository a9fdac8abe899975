/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef DHCP_H
#define DHCP_H 1

/* DHCP servers of networks: DHCP_Instance rows and their ports. */

#include <stdbool.h>

struct agent_view;
struct api_error;
struct backend;
struct l3harec_network;
struct l3harec_port;
struct l3harec_subnet;
struct ovsdb_idl_txn;

/* Brings the DHCP servers of 'network' up to its subnets and to the agents:
 * one instance on each of dhcp_agents_per_network hosts if a subnet has DHCP,
 * moved away from dead hosts if allow_automatic_dhcp_failover, with a port
 * that has an address in each such subnet.  Writes only what differs.  What
 * cannot be had now (no live agent, no free address) is left out. */
void dhcp_sync_network(struct backend *, struct ovsdb_idl_txn *,
                       const struct l3harec_network *);

/* To be called before 'subnet' is deleted: takes its addresses away from the
 * DHCP ports. */
void dhcp_remove_subnet(struct backend *, struct ovsdb_idl_txn *,
                        const struct l3harec_subnet *);

/* To be called before 'network' is deleted.  Deletes the instances, not their
 * ports. */
void dhcp_remove_network(struct backend *, const struct l3harec_network *);

/* To be called before 'port' is deleted; the instance that has it gets
 * another one by the duties of the server. */
void dhcp_forget_port(struct backend *, const struct l3harec_port *);

/* Does dhcp_sync_network() for all networks that a change of the agent of
 * 'host' concerns. */
void dhcp_sync_host(struct backend *, struct ovsdb_idl_txn *,
                    const char *host);

/* POST /agents/{id}/dhcp-networks.  InvalidDHCPAgent (404),
 * NetworkHostedByDHCPAgent (409). */
struct api_error *dhcp_add_agent(struct backend *, struct ovsdb_idl_txn *,
                                 const struct l3harec_network *,
                                 const struct agent_view *);

/* DELETE /agents/{id}/dhcp-networks/{network}.  Keeps the port, so that the
 * next instance has the same address.  NetworkNotHostedByDhcpAgent (409). */
struct api_error *dhcp_remove_agent(struct backend *,
                                    const struct l3harec_network *,
                                    const struct agent_view *);

/* True if 'port' may be used only when a DHCP server knows it, and none
 * does. */
bool dhcp_port_is_waiting(const struct backend *,
                          const struct l3harec_port *);

#endif /* server/dhcp.h */
