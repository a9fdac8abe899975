/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Binding of ports to hosts.
 *
 * Pure decisions about one port from its network and the agent of a host, and
 * the writing of the result: host (as the API shows it), vif_type, hosts
 * (where agents are to plug the port).  A port that cannot be bound has no
 * hosts, so no agent touches it; duties.c tries again when the agent
 * changes. */

#include <config.h>
#include "server/port-binding.h"

#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/json.h"
#include "server/agents.h"
#include "server/backend.h"
#include "server/dhcp.h"
#include "smap.h"
#include "util.h"

static bool
contains(char **strings, size_t n, const char *s)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(strings[i], s)) {
            return true;
        }
    }
    return false;
}

/* True if 'agent' is alive and can carry 'network'. */
bool
port_binding_is_possible(const struct backend *b,
                         const struct l3harec_agent *agent,
                         const struct l3harec_network *network)
{
    if (!agents_is_alive(b, agent) || !agents_has_role(agent, AGENT_L2)) {
        return false;
    } else if (!strcmp(network->network_type, "flat")
               || !strcmp(network->network_type, "vlan")) {
        return smap_get(&agent->bridge_mappings, network->physical_network);
    } else {
        return agent->tunnel_ip && contains(agent->tunnel_types,
                                            agent->n_tunnel_types,
                                            network->network_type);
    }
}

/* Binds 'port' to 'host'. */
void
port_binding_set(struct backend *b, const struct l3harec_port *port,
                 const char *host)
{
    const struct l3harec_agent *agent = agents_find_host(b, host);
    const char *vif_type
        = (!*host ? "unbound"
           : agent && port_binding_is_possible(b, agent, port->network) ? "ovs"
           : "binding_failed");
    bool bound = !strcmp(vif_type, "ovs");

    if (strcmp(port->host, host)) {
        l3harec_port_set_host(port, host);
    }
    if (strcmp(port->vif_type, vif_type)) {
        l3harec_port_set_vif_type(port, vif_type);
    }
    if (bound
        ? port->n_hosts != 1 || strcmp(port->hosts[0], host)
        : port->n_hosts) {
        l3harec_port_set_hosts(port, &host, bound ? 1 : 0);
    }
}

/* Returns binding:vif_details of 'port'. */
struct json *
port_binding_get_vif_details(const struct l3harec_port *port)
{
    struct json *details = json_object_create();

    if (!strcmp(port->vif_type, "ovs")) {
        json_object_put_string(details, "connectivity", "l2");
        json_object_put_string(details, "bridge_name", "br-int");
        json_object_put(details, "port_filter", json_boolean_create(false));
        json_object_put(details, "ovs_hybrid_plug",
                        json_boolean_create(false));
    }
    return details;
}

/* Returns the status of 'port'. */
const char *
port_binding_get_status(const struct backend *b,
                        const struct l3harec_port *port)
{
    if (!strcmp(port->device_owner, L3HA_OWNER_FLOATINGIP)) {
        return "N/A";
    }
    for (size_t i = 0; i < port->n_hosts && port->admin_state_up; i++) {
        if (contains(port->up, port->n_up, port->hosts[i])) {
            return dhcp_port_is_waiting(b, port) ? "DOWN" : "ACTIVE";
        }
    }
    return "DOWN";
}
