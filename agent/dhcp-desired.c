/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/dhcp-desired.h"

#include <stdlib.h>
#include <string.h>

#include "agent/dhcp-config.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "ovsdb-data.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

/* From rows of OVS_L3HA to "struct dhcp_config".
 *
 * Reads the replica, changes nothing, keeps nothing.  Costs time proportional
 * to the ports of the network and the subnets in the replica. */

static enum dhcp_mode
get_mode(const struct l3harec_subnet *row)
{
    const char *mode = row->ipv6_address_mode;

    if (!row->enable_dhcp) {
        return DHCP_NONE;
    } else if (row->ip_version == 4 || (!mode && !row->ipv6_ra_mode)) {
        return DHCP_STATEFUL;
    }
    return (!mode || !strcmp(mode, "slaac") ? DHCP_NONE
            : !strcmp(mode, "dhcpv6-stateless") ? DHCP_STATELESS
            : DHCP_STATEFUL);
}

static int
compare_subnets(const void *a_, const void *b_)
{
    const struct l3harec_subnet *const *a = a_;
    const struct l3harec_subnet *const *b = b_;

    return uuid_compare_3way(&(*a)->header_.uuid, &(*b)->header_.uuid);
}

static void
add_subnet(struct dhcp_config *dc, const struct l3harec_subnet *row)
{
    struct dhcp_subnet *s = dhcp_config_add_subnet(dc, &row->header_.uuid,
                                                   row->cidr);

    if (!s) {
        return;
    }
    s->gateway = nullable_xstrdup(row->gateway_ip);
    s->mode = get_mode(row);
    /* The database has the keys of a map in ascending order. */
    for (size_t i = 0; i < row->n_dns_nameservers; i++) {
        svec_add(&s->dns, row->value_dns_nameservers[i]);
    }
    for (size_t i = 0; i < row->n_host_routes; i++) {
        svec_add(&s->routes, row->host_routes[i]);
    }
}

static void
add_subnets(struct dhcp_config *dc, struct ovsdb_idl *idl,
            const struct l3harec_network *network)
{
    const struct l3harec_subnet **rows = NULL;
    const struct l3harec_subnet *row;
    size_t n = 0, allocated = 0;

    L3HAREC_SUBNET_FOR_EACH (row, idl) {
        if (row->network == network) {
            if (n >= allocated) {
                rows = x2nrealloc(rows, &allocated, sizeof *rows);
            }
            rows[n++] = row;
        }
    }
    if (n) {
        qsort(rows, n, sizeof *rows, compare_subnets);
    }
    for (size_t i = 0; i < n; i++) {
        add_subnet(dc, rows[i]);
    }
    free(rows);
}

/* Returns the number of 'row' in 'dc', SIZE_MAX if it is not there. */
static size_t
find_subnet(const struct dhcp_config *dc, const struct l3harec_subnet *row)
{
    for (size_t i = 0; row && i < dc->n_subnets; i++) {
        if (uuid_equals(&dc->subnets[i].uuid, &row->header_.uuid)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool
is_router_interface(const struct l3harec_port *port)
{
    return (!strcmp(port->device_owner, L3HA_OWNER_ROUTER_INTERFACE)
            || !strcmp(port->device_owner, L3HA_OWNER_HA_REPLICATED));
}

/* True if the names and addresses of 'port' are of no interest. */
static bool
is_skipped(const struct l3harec_port *port)
{
    static const char *const owners[] = {
        L3HA_OWNER_HA_INTERFACE,
        L3HA_OWNER_FLOATINGIP,
        L3HA_OWNER_DHCP,
        "network:distributed",
    };

    for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
        if (!strcmp(port->device_owner, owners[i])) {
            return true;
        }
    }
    return false;
}

/* For qsort(): so that the order of a set does not matter. */
static int
compare_allocations(const void *a_, const void *b_)
{
    const struct l3harec_ip_allocation *const *a = a_;
    const struct l3harec_ip_allocation *const *b = b_;

    return strcmp((*a)->address, (*b)->address);
}

static void
add_host(struct dhcp_config *dc, const struct l3harec_port *port)
{
    struct dhcp_host *h = dhcp_config_add_host(dc, &port->header_.uuid,
                                               port->mac);
    struct l3harec_ip_allocation **sorted
        = xmemdup(port->fixed_ips, port->n_fixed_ips * sizeof *sorted);

    qsort(sorted, port->n_fixed_ips, sizeof *sorted, compare_allocations);
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        size_t subnet = find_subnet(dc, sorted[i]->subnet);

        if (subnet != SIZE_MAX) {
            dhcp_host_add_address(h, subnet, sorted[i]->address);
        }
    }
    free(sorted);
    smap_destroy(h->options);
    smap_clone(h->options, &port->extra_dhcp_opts);
}

/* Adds what the subnets must know of 'port'. */
static void
note_port(struct dhcp_config *dc, const struct l3harec_port *port,
          const struct l3harec_port *own)
{
    bool router = is_router_interface(port);
    bool server = !strcmp(port->device_owner, L3HA_OWNER_DHCP);

    for (size_t i = 0; (router || server) && i < port->n_fixed_ips; i++) {
        const char *address = port->fixed_ips[i]->address;
        size_t n = find_subnet(dc, port->fixed_ips[i]->subnet);
        struct dhcp_subnet *s;

        if (n == SIZE_MAX) {
            continue;
        }
        s = &dc->subnets[n];
        if (router) {
            s->routed |= nullable_string_is_equal(s->gateway, address);
        } else if (port->n_hosts) {
            svec_add(&s->servers, address);
        }
        if (port == own && !s->address) {
            s->address = xstrdup(address);
        }
    }
}

/* Returns the port of the DHCP server that has the address of the metadata
 * service for IPv6: the first one in 'ports' whose host is not 'dead', or else
 * the first one. */
static const struct l3harec_port *
metadata6_server(const struct l3harec_port **ports, size_t n,
                 const struct sset *dead)
{
    const struct l3harec_port *first = NULL;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(ports[i]->device_owner, L3HA_OWNER_DHCP)
            || !ports[i]->n_hosts) {
            continue;
        } else if (!sset_contains(dead, ports[i]->hosts[0])) {
            return ports[i];
        }
        first = first ? first : ports[i];
    }
    return first;
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct l3harec_port *const *a = a_;
    const struct l3harec_port *const *b = b_;

    return uuid_compare_3way(&(*a)->header_.uuid, &(*b)->header_.uuid);
}

/* Tells what this host is to have for 'instance', of whose network 'ports' are
 * the ports; sorts them.  Hosts in 'dead' do not work.  If the result is
 * DHCP_PRESENT, stores the configuration in '*dcp', which the caller must
 * free. */
enum dhcp_desired
dhcp_desired_get(struct ovsdb_idl *idl,
                 const struct l3harec_dhcp_instance *instance,
                 const struct l3harec_port **ports, size_t n_ports,
                 const struct sset *dead, const struct dhcp_options *o,
                 struct dhcp_config **dcp)
{
    const struct l3harec_network *network;
    const struct l3harec_port *own;
    struct dhcp_config *dc;
    struct eth_addr mac;

    *dcp = NULL;
    if (!instance
        || !l3harec_dhcp_instance_get_port(instance, OVSDB_TYPE_UUID)->n) {
        return DHCP_ABSENT;
    }
    network = instance->network;
    own = instance->port;
    if (!network || !own || !eth_addr_from_string(own->mac, &mac)) {
        return DHCP_UNDECIDED;
    } else if (!network->admin_state_up || !own->admin_state_up) {
        return DHCP_ABSENT;
    }

    dc = dhcp_config_create(&network->header_.uuid);
    dhcp_config_set_port(dc, &own->header_.uuid, mac, network->mtu);
    add_subnets(dc, idl, network);
    if (n_ports) {
        qsort(ports, n_ports, sizeof *ports, compare_ports);
    }
    dc->metadata6_elsewhere = metadata6_server(ports, n_ports,
                                                dead) != own;
    for (size_t i = 0; i < n_ports; i++) {
        note_port(dc, ports[i], own);
        if (ports[i]->n_fixed_ips && !is_skipped(ports[i])) {
            add_host(dc, ports[i]);
        }
    }
    for (size_t i = 0; i < dc->n_subnets; i++) {
        svec_sort_unique(&dc->subnets[i].servers);
    }
    dhcp_config_finish(dc, o);
    *dcp = dc;
    return DHCP_PRESENT;
}
