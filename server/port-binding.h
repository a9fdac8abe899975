/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef PORT_BINDING_H
#define PORT_BINDING_H 1

/* Binding of ports to hosts. */

#include <stdbool.h>

struct backend;
struct json;
struct l3harec_agent;
struct l3harec_network;
struct l3harec_port;

/* Sets host, vif_type and hosts of 'port' for binding:host_id 'host' ("" to
 * unbind): "ovs" if a live agent on 'host' can carry the network, otherwise
 * "binding_failed".  The row must already have its network.  Not for ports of
 * routers: ha_bind_router_port(). */
void port_binding_set(struct backend *, const struct l3harec_port *,
                      const char *host);

/* True if 'agent' can carry 'network': it has the L2 role, and the tunnel
 * type or a mapping of the physical network. */
bool port_binding_is_possible(const struct backend *,
                              const struct l3harec_agent *,
                              const struct l3harec_network *);

/* binding:vif_details, a JSON object (Open vSwitch's struct json) that the
 * caller destroys. */
struct json *port_binding_get_vif_details(const struct l3harec_port *);

/* status of the port: "ACTIVE", "DOWN", or "N/A" for a floating IP's. */
const char *port_binding_get_status(const struct backend *,
                                    const struct l3harec_port *);

#endif /* server/port-binding.h */
