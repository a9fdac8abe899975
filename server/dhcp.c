/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* DHCP servers of networks.
 *
 * A network of which a subnet has DHCP gets a DHCP_Instance row on as many
 * hosts with the role "dhcp" as dhcp_agents_per_network says, the least loaded
 * ones that reach the network.  Each instance has a port on the network with
 * one address in each subnet with DHCP.  When the last such subnet goes, the
 * instances stay, without ports, so that the network comes back to the same
 * hosts.
 *
 * Data flows from subnets and agents to instances and ports; everything is
 * done by bringing one network up to date, which can be repeated.  The API
 * does it at once with a subnet, duties.c when agents come and go.
 *
 * A port whose instance goes away is kept as "reserved_dhcp_port" and taken
 * by the next one: guests have its address as that of their DNS server, and
 * unicast the renewal of their leases to it.
 *
 * Invariants: DHCP_Instance:(network, host) is an index of the database.  An
 * instance's port is owned by "network:dhcp".
 *
 * Limits: an agent that is set admin down gets no more networks, but keeps
 * those it has. */

#include <config.h>
#include "server/dhcp.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/vlog.h"
#include "server/agents.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/ipam-rows.h"
#include "server/mac.h"
#include "server/port-binding.h"
#include "server/rows.h"
#include "server/scheduler.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(dhcp);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

/* Port:device_id of a port that waits for an instance; Neutron's. */
#define RESERVED "reserved_dhcp_port"

/* Stores the subnets of 'network' with DHCP, but for 'except', into 'rows'. */
static void
get_subnets(const struct backend *b, const struct l3harec_network *network,
            const struct l3harec_subnet *except, struct rows *rows)
{
    size_t n = 0;

    rows_subnets_of_network(b, network, rows);
    for (size_t i = 0; i < rows->n; i++) {
        const struct l3harec_subnet *subnet = rows->rows[i];

        if (subnet->enable_dhcp && subnet != except) {
            rows->rows[n++] = subnet;
        }
    }
    rows->n = n;
}

static const struct l3harec_dhcp_instance *
find_instance(const struct backend *b, const struct l3harec_network *network,
              const char *host)
{
    const struct l3harec_dhcp_instance *found = NULL;
    struct rows instances;

    rows_dhcp_of_network(b, network, &instances);
    for (size_t i = 0; i < instances.n && !found; i++) {
        const struct l3harec_dhcp_instance *instance = instances.rows[i];

        found = strcmp(instance->host, host) ? NULL : instance;
    }
    rows_destroy(&instances);
    return found;
}

/* Ports. */

/* Returns the port of 'network' that has 'device_id' as DHCP's, or else one
 * that is reserved, or NULL. */
static const struct l3harec_port *
find_port(const struct backend *b, const struct l3harec_network *network,
          const char *device_id)
{
    const struct l3harec_port *own = NULL, *reserved = NULL;
    struct rows ports;

    rows_ports_of_network(b, network, &ports);
    for (size_t i = 0; i < ports.n; i++) {
        const struct l3harec_port *port = ports.rows[i];

        if (!strcmp(port->device_owner, L3HA_OWNER_DHCP)) {
            if (!strcmp(port->device_id, device_id)) {
                own = port;
            } else if (!strcmp(port->device_id, RESERVED)) {
                reserved = port;
            }
        }
    }
    rows_destroy(&ports);
    return own ? own : reserved;
}

static const struct l3harec_port *
insert_port(struct backend *b, struct ovsdb_idl_txn *txn,
            const struct l3harec_network *network, const char *device_id)
{
    char mac[MAC_STRLEN];
    struct api_error *error = mac_allocate(b, network, mac);

    if (error) {
        VLOG_WARN_RL(&rl, "network "UUID_FMT": no DHCP port: %s",
                     UUID_ARGS(&network->header_.uuid), error->message);
        api_error_destroy(error);
        return NULL;
    }
    return rows_port_insert(txn, network, "", network->project_id,
                            L3HA_OWNER_DHCP, device_id, mac);
}

/* True if 'port' has one address in each of 'subnets' and no other. */
static bool
addresses_are_right(const struct l3harec_port *port,
                    const struct rows *subnets)
{
    if (port->n_fixed_ips != subnets->n) {
        return false;
    }
    for (size_t i = 0; i < subnets->n; i++) {
        if (!rows_port_has_subnet(port, subnets->rows[i])) {
            return false;
        }
    }
    return true;
}

/* Gives 'port' one address in each of 'subnets'.  A subnet that is full is
 * left out: the others must not suffer. */
static void
sync_addresses(struct backend *b, struct ovsdb_idl_txn *txn,
               const struct l3harec_port *port, const struct rows *subnets)
{
    struct ipam_fixed_ip *ips;
    size_t n = 0;

    if (addresses_are_right(port, subnets)) {
        return;
    }
    ips = xcalloc(subnets->n + 1, sizeof *ips);
    for (size_t i = 0; i < subnets->n; i++) {
        const struct l3harec_subnet *subnet = subnets->rows[i];
        struct api_error *error;

        ips[n].has_subnet = true;
        ips[n].subnet_id = subnet->header_.uuid;
        error = ipam_set_fixed_ips(b, txn, port, true, ips, n + 1);
        if (!error) {
            n++;
        } else {
            VLOG_WARN_RL(&rl, "subnet "UUID_FMT": no DHCP: %s",
                         UUID_ARGS(&subnet->header_.uuid), error->message);
            api_error_destroy(error);
        }
    }
    if (!n) {
        ipam_set_fixed_ips(b, txn, port, true, NULL, 0);
    }
    free(ips);
}

static void
sync_port(struct backend *b, struct ovsdb_idl_txn *txn,
          const struct l3harec_dhcp_instance *instance,
          const struct rows *subnets)
{
    const struct l3harec_network *network = instance->network;
    const struct l3harec_port *port = instance->port;
    char device_id[L3HA_DHCP_DEVICE_ID_LEN];

    if (!subnets->n) {
        if (port) {
            l3harec_dhcp_instance_set_port(instance, NULL);
            rows_port_delete(port);
        }
        return;
    }
    l3ha_dhcp_device_id(device_id, instance->host, &network->header_.uuid);
    if (!port) {
        port = find_port(b, network, device_id);
        if (!port) {
            port = insert_port(b, txn, network, device_id);
        }
        if (!port) {
            return;
        }
        l3harec_dhcp_instance_set_port(instance, port);
    }
    if (strcmp(port->device_id, device_id)) {
        l3harec_port_set_device_id(port, device_id);
    }
    port_binding_set(b, port, instance->host);
    sync_addresses(b, txn, port, subnets);
}

static void
delete_reserved_ports(struct backend *b, const struct l3harec_network *network)
{
    const struct l3harec_port *port;

    while ((port = find_port(b, network, RESERVED)) != NULL) {
        rows_port_delete(port);
    }
}

/* Instances. */

static void
add_instance(struct ovsdb_idl_txn *txn, const struct l3harec_network *network,
             const char *host)
{
    struct l3harec_dhcp_instance *instance
        = l3harec_dhcp_instance_insert(txn);

    l3harec_dhcp_instance_set_network(instance, network);
    l3harec_dhcp_instance_set_host(instance, host);
    VLOG_INFO("network "UUID_FMT": DHCP on %s",
              UUID_ARGS(&network->header_.uuid), host);
}

static void
delete_instance(struct backend *b,
                const struct l3harec_dhcp_instance *instance)
{
    const struct l3harec_port *port = instance->port;

    VLOG_INFO("network "UUID_FMT": no longer DHCP on %s",
              UUID_ARGS(&instance->network->header_.uuid), instance->host);
    l3harec_dhcp_instance_delete(instance);
    if (port) {
        l3harec_port_set_device_id(port, RESERVED);
        port_binding_set(b, port, "");
    }
}

/* Chooses up to 'want' further hosts for 'network'. */
static void
choose_hosts(struct backend *b, const struct l3harec_network *network,
             size_t want, struct svec *hosts)
{
    struct svec hints = SVEC_EMPTY_INITIALIZER;
    struct scheduler_candidate *candidates = NULL;
    const struct l3harec_agent *agent;
    size_t n = 0, allocated = 0;

    L3HAREC_AGENT_FOR_EACH (agent, b->idl) {
        struct rows instances;

        /* Counting the load costs more than this. */
        if (!agents_has_role(agent, AGENT_DHCP)
            || !agents_is_admin_up(agent, AGENT_DHCP)
            || !port_binding_is_possible(b, agent, network)
            || find_instance(b, network, agent->host)) {
            continue;
        }
        if (n >= allocated) {
            candidates = x2nrealloc(candidates, &allocated,
                                    sizeof *candidates);
        }
        rows_dhcp_of_host(b, agent->host, &instances);
        candidates[n++] = (struct scheduler_candidate) {
            .host = agent->host,
            .zone = agent->availability_zone,
            .load = instances.n,
            .alive = true,
            .admin_up = true,
            .drained = agent->drained,
        };
        rows_destroy(&instances);
    }
    for (size_t i = 0; i < network->n_availability_zone_hints; i++) {
        svec_add(&hints, network->availability_zone_hints[i]);
    }
    scheduler_choose(candidates, n, want, &hints, hosts);
    svec_destroy(&hints);
    free(candidates);
}

/* True if the agent of 'instance' does not do its work, and another one is to
 * be found. */
static bool
is_lost(const struct backend *b, const struct l3harec_dhcp_instance *instance)
{
    const struct l3harec_agent *agent = agents_find_host(b, instance->host);

    return (!agent || !agents_has_role(agent, AGENT_DHCP)
            || (!agents_is_alive(b, agent)
                && l3ha_config_get_bool(b->config, "DEFAULT",
                                        "allow_automatic_dhcp_failover")));
}

/* Has 'network' enough instances on hosts that do their work, as far as there
 * are such hosts. */
static void
schedule(struct backend *b, struct ovsdb_idl_txn *txn,
         const struct l3harec_network *network)
{
    size_t want = l3ha_config_get_int(b->config, "DEFAULT",
                                      "dhcp_agents_per_network");
    struct svec hosts = SVEC_EMPTY_INITIALIZER;
    struct rows instances;
    size_t n_good = 0, n_surplus;

    rows_dhcp_of_network(b, network, &instances);
    for (size_t i = 0; i < instances.n; i++) {
        n_good += !is_lost(b, instances.rows[i]);
    }
    if (n_good < want) {
        choose_hosts(b, network, want - n_good, &hosts);
    }

    /* Without a successor a lost one stays: its host may come back. */
    n_surplus = n_good + hosts.n + (instances.n - n_good);
    n_surplus -= MIN(n_surplus, want);
    for (size_t i = 0; i < instances.n && n_surplus; i++) {
        if (is_lost(b, instances.rows[i])) {
            delete_instance(b, instances.rows[i]);
            n_surplus--;
        }
    }
    for (size_t i = 0; i < hosts.n; i++) {
        add_instance(txn, network, hosts.names[i]);
    }
    svec_destroy(&hosts);
    rows_destroy(&instances);
}

static void
sync_ports(struct backend *b, struct ovsdb_idl_txn *txn,
           const struct l3harec_network *network, const struct rows *subnets)
{
    struct rows instances;

    rows_dhcp_of_network(b, network, &instances);
    for (size_t i = 0; i < instances.n; i++) {
        sync_port(b, txn, instances.rows[i], subnets);
    }
    rows_destroy(&instances);
    if (!subnets->n) {
        delete_reserved_ports(b, network);
    }
}

/* Brings the DHCP servers of 'network' up to date; see dhcp.h. */
void
dhcp_sync_network(struct backend *b, struct ovsdb_idl_txn *txn,
                  const struct l3harec_network *network)
{
    struct rows subnets;

    get_subnets(b, network, NULL, &subnets);
    if (subnets.n) {
        schedule(b, txn, network);
    }
    sync_ports(b, txn, network, &subnets);
    rows_destroy(&subnets);
}

/* Takes the addresses of 'subnet' away; see dhcp.h. */
void
dhcp_remove_subnet(struct backend *b, struct ovsdb_idl_txn *txn,
                   const struct l3harec_subnet *subnet)
{
    struct rows subnets;

    get_subnets(b, subnet->network, subnet, &subnets);
    sync_ports(b, txn, subnet->network, &subnets);
    rows_destroy(&subnets);
}

/* Deletes the instances of 'network'; see dhcp.h. */
void
dhcp_remove_network(struct backend *b, const struct l3harec_network *network)
{
    struct rows instances;

    rows_dhcp_of_network(b, network, &instances);
    for (size_t i = 0; i < instances.n; i++) {
        l3harec_dhcp_instance_delete(instances.rows[i]);
    }
    rows_destroy(&instances);
}

/* Takes 'port' away from its instance; see dhcp.h. */
void
dhcp_forget_port(struct backend *b, const struct l3harec_port *port)
{
    struct rows instances;

    if (strcmp(port->device_owner, L3HA_OWNER_DHCP)) {
        return;
    }
    rows_dhcp_of_network(b, port->network, &instances);
    for (size_t i = 0; i < instances.n; i++) {
        const struct l3harec_dhcp_instance *instance = instances.rows[i];

        if (instance->port == port) {
            l3harec_dhcp_instance_set_port(instance, NULL);
        }
    }
    rows_destroy(&instances);
}

/* Follows a change of the agent of 'host'; see dhcp.h. */
void
dhcp_sync_host(struct backend *b, struct ovsdb_idl_txn *txn, const char *host)
{
    const struct l3harec_agent *agent = agents_find_host(b, host);

    if (agent && agents_is_alive(b, agent)
        && agents_has_role(agent, AGENT_DHCP)) {
        /* It may have what any network lacks. */
        const struct l3harec_network *network;

        L3HAREC_NETWORK_FOR_EACH (network, b->idl) {
            dhcp_sync_network(b, txn, network);
        }
    } else {
        struct rows instances;

        rows_dhcp_of_host(b, host, &instances);
        for (size_t i = 0; i < instances.n; i++) {
            const struct l3harec_dhcp_instance *instance = instances.rows[i];

            dhcp_sync_network(b, txn, instance->network);
        }
        rows_destroy(&instances);
    }
}

/* Adds an instance by the API; see dhcp.h. */
struct api_error *
dhcp_add_agent(struct backend *b, struct ovsdb_idl_txn *txn,
               const struct l3harec_network *network,
               const struct agent_view *agent)
{
    struct rows subnets;

    if (agent->role != AGENT_DHCP || !agent->admin_state_up) {
        return api_error_create(
            404, "InvalidDHCPAgent",
            "Agent "UUID_FMT" is not a valid DHCP Agent or has been disabled",
            UUID_ARGS(&agent->id));
    }
    if (find_instance(b, network, agent->row->host)) {
        return api_error_create(
            409, "NetworkHostedByDHCPAgent",
            "The network "UUID_FMT" has been already hosted by the DHCP "
            "Agent "UUID_FMT".",
            UUID_ARGS(&network->header_.uuid), UUID_ARGS(&agent->id));
    }
    add_instance(txn, network, agent->row->host);
    get_subnets(b, network, NULL, &subnets);
    sync_ports(b, txn, network, &subnets);
    rows_destroy(&subnets);
    return NULL;
}

/* Removes an instance by the API; see dhcp.h. */
struct api_error *
dhcp_remove_agent(struct backend *b, const struct l3harec_network *network,
                  const struct agent_view *agent)
{
    const struct l3harec_dhcp_instance *instance
        = (agent->role == AGENT_DHCP
           ? find_instance(b, network, agent->row->host) : NULL);

    if (!instance) {
        return api_error_create(
            409, "NetworkNotHostedByDhcpAgent",
            "The network "UUID_FMT" is not hosted by the DHCP agent "UUID_FMT
            ".", UUID_ARGS(&network->header_.uuid), UUID_ARGS(&agent->id));
    }
    delete_instance(b, instance);
    return NULL;
}

/* True if 'port' is not ready for want of DHCP; see dhcp.h. */
bool
dhcp_port_is_waiting(const struct backend *b, const struct l3harec_port *port)
{
    struct rows instances;
    bool wanted = false;
    bool served = false;

    if (port->n_dhcp_ready || !l3ha_owner_needs_dhcp(port->device_owner)) {
        return false;
    }
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        const struct l3harec_subnet *subnet = port->fixed_ips[i]->subnet;

        wanted |= subnet && subnet->enable_dhcp;
    }
    if (!wanted) {
        return false;
    }
    rows_dhcp_of_network(b, port->network, &instances);
    for (size_t i = 0; i < instances.n; i++) {
        const struct l3harec_dhcp_instance *instance = instances.rows[i];

        served |= instance->port != NULL;
    }
    rows_destroy(&instances);
    return served;
}
