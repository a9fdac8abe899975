/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* IP address management on database rows.
 *
 * Reads the subnets of a network and the addresses in use through indexes of
 * the replica, writes IP_Allocation rows and Port:fixed_ips.  An IP_Allocation
 * lives as long as a port refers to it; the database's index (subnet,
 * address) makes an address belong to one port only, whatever this replica
 * believes.
 *
 * Rows of addresses that are given up are deleted in the replica, so that the
 * same transaction can use the addresses again; the database deletes them
 * because nothing refers to them any more. */

#include <config.h>
#include "server/ipam-rows.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "packets.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/ipam.h"
#include "util.h"

/* A subnet of the network, parsed. */
struct net_subnet {
    const struct l3harec_subnet *row;
    struct ipam_cidr cidr;
    bool is_auto;               /* Hosts form their addresses themselves. */
};

/* What is known while a port gets its addresses. */
struct allocator {
    struct backend *b;
    struct ovsdb_idl_txn *txn;
    const struct l3harec_port *port;
    bool is_router;             /* An interface of a router. */

    struct net_subnet *subnets;
    size_t n_subnets;

    struct l3harec_ip_allocation **result; /* To be Port:fixed_ips. */
    size_t n_result, allocated_result;
};

static int
compare_subnets(const void *a_, const void *b_)
{
    const struct l3harec_subnet *a = ((const struct net_subnet *) a_)->row;
    const struct l3harec_subnet *b = ((const struct net_subnet *) b_)->row;

    return (a->created_at != b->created_at
            ? (a->created_at < b->created_at ? -1 : 1)
            : uuid_compare_3way(&a->header_.uuid, &b->header_.uuid));
}

static bool
net_subnet_init(struct net_subnet *ns, const struct l3harec_subnet *row)
{
    ns->row = row;
    ns->is_auto = ipam_is_auto_address(row->ipv6_ra_mode,
                                       row->ipv6_address_mode);
    return ipam_cidr_parse(row->cidr, &ns->cidr);
}

/* Fills in the subnets of the port's network, oldest first. */
static void
allocator_get_subnets(struct allocator *a)
{
    struct ovsdb_idl_index *index = a->b->subnet_by_network;
    struct l3harec_subnet *key = l3harec_subnet_index_init_row(index);
    const struct l3harec_subnet *row;
    size_t allocated = 0;

    l3harec_subnet_index_set_network(key, a->port->network);
    L3HAREC_SUBNET_FOR_EACH_EQUAL (row, key, index) {
        if (a->n_subnets >= allocated) {
            a->subnets = x2nrealloc(a->subnets, &allocated,
                                    sizeof *a->subnets);
        }
        if (net_subnet_init(&a->subnets[a->n_subnets], row)) {
            a->n_subnets++;
        }
    }
    l3harec_subnet_index_destroy_row(key);
    if (a->n_subnets) {
        qsort(a->subnets, a->n_subnets, sizeof *a->subnets, compare_subnets);
    }
}

static void
allocator_add(struct allocator *a, struct l3harec_ip_allocation *row)
{
    if (a->n_result >= a->allocated_result) {
        a->result = x2nrealloc(a->result, &a->allocated_result,
                               sizeof *a->result);
    }
    a->result[a->n_result++] = row;
}

/* An address of a subnet, for ipam_choose(). */
struct address_lookup {
    struct backend *b;
    const struct net_subnet *subnet;
};

static bool
address_is_used(struct ipam_addr addr, void *lookup_)
{
    struct address_lookup *lookup = lookup_;
    struct ovsdb_idl_index *index = lookup->b->allocation_by_address;
    struct l3harec_ip_allocation *key
        = l3harec_ip_allocation_index_init_row(index);
    char s[IPAM_ADDR_STRLEN];

    ipam_addr_format(lookup->subnet->cidr.version, addr, s);
    l3harec_ip_allocation_index_set_subnet(key, lookup->subnet->row);
    l3harec_ip_allocation_index_set_address(key, s);

    bool used = l3harec_ip_allocation_index_find(index, key) != NULL;
    l3harec_ip_allocation_index_destroy_row(key);
    return used;
}

static void
allocator_insert(struct allocator *a, const struct net_subnet *ns,
                 struct ipam_addr addr)
{
    struct l3harec_ip_allocation *row = l3harec_ip_allocation_insert(a->txn);
    char s[IPAM_ADDR_STRLEN];

    ipam_addr_format(ns->cidr.version, addr, s);
    l3harec_ip_allocation_set_subnet(row, ns->row);
    l3harec_ip_allocation_set_address(row, s);
    allocator_add(a, row);
}

/* True if an address of 'ns' is the EUI-64 one of the port. */
static bool
eui64_of_port(const struct allocator *a, const struct net_subnet *ns,
              struct ipam_addr *addr)
{
    struct eth_addr mac;

    if (!eth_addr_from_string(a->port->mac, &mac)) {
        return false;
    }
    *addr = ipam_eui64(&ns->cidr, mac);
    return true;
}

/* Gives the port a free address of 'ns'.  False if there is none. */
static bool
allocate_any(struct allocator *a, const struct net_subnet *ns)
{
    struct address_lookup lookup = { a->b, ns };
    const struct l3harec_subnet *row = ns->row;
    struct ipam_addr addr;

    if (ns->is_auto && !a->is_router) {
        if (!eui64_of_port(a, ns, &addr) || address_is_used(addr, &lookup)) {
            return false;
        }
        allocator_insert(a, ns, addr);
        return true;
    }

    struct ipam_pool *pools = xmalloc(MAX(row->n_allocation_pools, 1)
                                      * sizeof *pools);
    size_t n = 0;
    for (size_t i = 0; i < row->n_allocation_pools; i++) {
        n += ipam_pool_parse(row->allocation_pools[i], &pools[n]);
    }
    qsort(pools, n, sizeof *pools, ipam_pool_compare);

    bool ok = ipam_choose(pools, n, address_is_used, &lookup,
                          !strcmp(a->port->device_owner, L3HA_OWNER_DHCP),
                          &addr);
    free(pools);
    if (ok) {
        allocator_insert(a, ns, addr);
    }
    return ok;
}

/* True if the request may ask for 'addr' in 'ns'. */
static bool
is_valid_in(const struct allocator *a, const struct net_subnet *ns,
            int version, struct ipam_addr addr)
{
    /* The network address of an IPv6 subnet is the routers' anycast
     * address. */
    return (version == ns->cidr.version
            && ipam_addr_is_assignable(&ns->cidr, addr)
            && (version == 4 || a->is_router || !*a->port->device_owner
                || ipam_addr_cmp(addr, ns->cidr.first)));
}

static struct api_error *
no_more_addresses(const struct net_subnet *ns)
{
    return api_error_create(
        409, "IpAddressGenerationFailure",
        "No more IP addresses available for subnet "UUID_FMT".",
        UUID_ARGS(&ns->row->header_.uuid));
}

/* Finds the subnet that 'ip' is about.  Sets '*version' and '*addr' if it
 * names an address. */
static struct api_error *
find_subnet(const struct allocator *a, const struct ipam_fixed_ip *ip,
            const struct net_subnet **nsp,
            int *version, struct ipam_addr *addr)
{
    if (!a->n_subnets) {
        return api_error_invalid_input(
            "IP allocation requires subnets for network");
    }
    if (ip->ip_address && !ipam_addr_parse(ip->ip_address, version, addr)) {
        return api_error_invalid_input(
            "'%s' is not a valid IP address",
            ip->ip_address);
    }

    if (ip->has_subnet) {
        for (size_t i = 0; i < a->n_subnets; i++) {
            const struct net_subnet *ns = &a->subnets[i];

            if (uuid_equals(&ns->row->header_.uuid, &ip->subnet_id)) {
                if (ip->ip_address && !is_valid_in(a, ns, *version, *addr)) {
                    return api_error_create(
                        400, "InvalidIpForSubnet", "IP address %s is not a "
                        "valid IP for the specified subnet.",
                        ip->ip_address);
                }
                *nsp = ns;
                return NULL;
            }
        }

        const struct l3harec_subnet *other = l3harec_subnet_get_for_uuid(
            a->b->idl, &ip->subnet_id);
        if (!other) {
            return api_error_create(
                404, "SubnetNotFound", "Subnet "UUID_FMT" could not be "
                "found.", UUID_ARGS(&ip->subnet_id));
        }
        return api_error_invalid_input(
            "Failed to create port on network "UUID_FMT", because fixed_ips "
            "included invalid subnet "UUID_FMT,
            UUID_ARGS(&a->port->network->header_.uuid),
            UUID_ARGS(&ip->subnet_id));
    }

    if (!ip->ip_address) {
        return api_error_invalid_input(
            "IP allocation requires subnet_id or "
            "ip_address");
    }
    for (size_t i = 0; i < a->n_subnets; i++) {
        if (is_valid_in(a, &a->subnets[i], *version, *addr)) {
            *nsp = &a->subnets[i];
            return NULL;
        }
    }
    return api_error_create(
        400, "InvalidIpForNetwork", "IP address %s is not a valid IP for any "
        "of the subnets on the specified network.", ip->ip_address);
}

/* Gives the port 'addr' of 'ns', as asked for in the form 'text'. */
static struct api_error *
allocate_specific(struct allocator *a, const struct net_subnet *ns,
                  struct ipam_addr addr, const char *text)
{
    struct address_lookup lookup = { a->b, ns };
    struct ipam_addr eui64;

    if (ns->is_auto && !a->is_router
        && (!eui64_of_port(a, ns, &eui64) || ipam_addr_cmp(addr, eui64))) {
        return api_error_create(
            400, "AllocationOnAutoAddressSubnet", "IPv6 address %s cannot be "
            "directly assigned to a port on subnet "UUID_FMT" as the subnet "
            "is configured for automatic addresses", text,
            UUID_ARGS(&ns->row->header_.uuid));
    }
    if (address_is_used(addr, &lookup)) {
        return api_error_create(
            409, "IpAddressAlreadyAllocated", "IP address %s already "
            "allocated in subnet "UUID_FMT, text,
            UUID_ARGS(&ns->row->header_.uuid));
    }
    allocator_insert(a, ns, addr);
    return NULL;
}

/* Moves an address of the port from 'old' to the result, if it has one in
 * 'ns' that is 'addr' (any if NULL).  A taken element of 'old' is NULL
 * afterwards. */
static bool
keep_old(struct allocator *a, struct l3harec_ip_allocation **old, size_t n_old,
         const struct net_subnet *ns, const struct ipam_addr *addr)
{
    for (size_t i = 0; i < n_old; i++) {
        struct ipam_addr old_addr;
        int version;

        if (old[i] && old[i]->subnet == ns->row
            && (!addr
                || (ipam_addr_parse(old[i]->address, &version, &old_addr)
                    && !ipam_addr_cmp(old_addr, *addr)))) {
            allocator_add(a, old[i]);
            old[i] = NULL;
            return true;
        }
    }
    return false;
}

/* Exactly 'ips'.  Addresses first, so that an element that names only a
 * subnet does not take the address that another one names. */
static struct api_error *
allocate_given(struct allocator *a, const struct ipam_fixed_ip *ips, size_t n)
{
    size_t n_old = a->port->n_fixed_ips;
    struct l3harec_ip_allocation **old
        = n_old ? xmemdup(a->port->fixed_ips, n_old * sizeof *old) : NULL;
    struct api_error *error = NULL;

    for (int pass = 0; pass < 2 && !error; pass++) {
        for (size_t i = 0; i < n && !error; i++) {
            const struct ipam_fixed_ip *ip = &ips[i];
            const struct net_subnet *ns = NULL;
            struct ipam_addr addr = { 0, 0 };
            int version;

            if ((ip->ip_address != NULL) != (pass == 0)) {
                continue;
            }
            error = find_subnet(a, ip, &ns, &version, &addr);
            if (error) {
                break;
            } else if (ip->ip_address) {
                if (!keep_old(a, old, n_old, ns, &addr)) {
                    error = allocate_specific(a, ns, addr, ip->ip_address);
                }
            } else if (!keep_old(a, old, n_old, ns, NULL)
                       && !allocate_any(a, ns)) {
                error = no_more_addresses(ns);
            }
        }
    }

    /* Automatic addresses of a host stay: it uses them anyway. */
    for (size_t i = 0; i < n_old && !error && !a->is_router; i++) {
        if (old[i] && old[i]->subnet
            && ipam_is_auto_address(old[i]->subnet->ipv6_ra_mode,
                                    old[i]->subnet->ipv6_address_mode)) {
            allocator_add(a, old[i]);
            old[i] = NULL;
        }
    }
    for (size_t i = 0; i < n_old && !error; i++) {
        if (old[i]) {
            l3harec_ip_allocation_delete(old[i]);
        }
    }
    free(old);
    return error;
}

/* 2 if 'row' has a service type for the port's owner, 1 if it is for all
 * owners, 0 if it is for others. */
static int
service_rank(const struct allocator *a, const struct l3harec_subnet *row)
{
    for (size_t i = 0; i < row->n_service_types; i++) {
        if (!strcmp(row->service_types[i], a->port->device_owner)) {
            return 2;
        }
    }
    return row->n_service_types ? 0 : 1;
}

/* One address of the IP version among the managed subnets, those for the
 * port's owner first. */
static struct api_error *
allocate_default_version(struct allocator *a, int version)
{
    bool any = false;

    for (int rank = 2; rank > 0; rank--) {
        for (size_t i = 0; i < a->n_subnets; i++) {
            const struct net_subnet *ns = &a->subnets[i];

            if (ns->cidr.version == version && !ns->is_auto
                && service_rank(a, ns->row) == rank) {
                if (allocate_any(a, ns)) {
                    return NULL;
                }
                any = true;
            }
        }
    }
    return !any ? NULL : api_error_create(
        409, "IpAddressGenerationFailure",
        "No more IP addresses available on network "UUID_FMT".",
        UUID_ARGS(&a->port->network->header_.uuid));
}

/* One IPv4 address and one IPv6 address, and every automatic one. */
static struct api_error *
allocate_default(struct allocator *a)
{
    struct api_error *error = allocate_default_version(a, 4);
    bool any = false;

    if (!error) {
        error = allocate_default_version(a, 6);
    }
    for (size_t i = 0; i < a->n_subnets && !error; i++) {
        const struct net_subnet *ns = &a->subnets[i];

        if (service_rank(a, ns->row)) {
            any = true;
            if (ns->is_auto && !a->is_router && !allocate_any(a, ns)) {
                error = no_more_addresses(ns);
            }
        }
    }
    if (!error && a->n_subnets && !any) {
        error = api_error_create(
            409, "IpAddressGenerationFailureNoMatchingSubnet",
            "No valid service subnet for the given device owner, network "
            UUID_FMT", service type %s.",
            UUID_ARGS(&a->port->network->header_.uuid),
            a->port->device_owner);
    }
    return error;
}

static bool
is_router_interface(const struct l3harec_port *port)
{
    return (!strcmp(port->device_owner, L3HA_OWNER_ROUTER_INTERFACE)
            || !strcmp(port->device_owner, L3HA_OWNER_HA_REPLICATED));
}

/* Sets the addresses of 'port'; see ipam-rows.h. */
struct api_error *
ipam_set_fixed_ips(struct backend *b, struct ovsdb_idl_txn *txn,
                   const struct l3harec_port *port, bool given,
                   const struct ipam_fixed_ip *ips, size_t n)
{
    struct allocator a = {
        .b = b,
        .txn = txn,
        .port = port,
        .is_router = is_router_interface(port),
    };
    struct api_error *error;

    if (!given && port->n_fixed_ips) {
        return NULL;
    }

    allocator_get_subnets(&a);
    error = given ? allocate_given(&a, ips, n) : allocate_default(&a);
    if (!error) {
        l3harec_port_verify_fixed_ips(port);
        l3harec_port_set_fixed_ips(port, a.result, a.n_result);
    }
    free(a.result);
    free(a.subnets);
    return error;
}

/* Deletes the IP_Allocation rows of 'port', which is being deleted. */
void
ipam_release(const struct l3harec_port *port)
{
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        l3harec_ip_allocation_delete(port->fixed_ips[i]);
    }
}

/* Checks that 'cidr' overlaps no other subnet; see ipam-rows.h. */
struct api_error *
ipam_check_overlap(struct backend *b, const struct l3harec_network *network,
                   const char *cidr_s, const struct l3harec_subnet *except)
{
    struct ovsdb_idl_index *index = b->subnet_by_network;
    struct l3harec_subnet *key = l3harec_subnet_index_init_row(index);
    const struct l3harec_subnet *row;
    struct ipam_cidr cidr, other;
    bool overlaps = false;

    if (!ipam_cidr_parse(cidr_s, &cidr)) {
        /* The caller got it from ipam_subnet_prepare(). */
        OVS_NOT_REACHED();
    }
    l3harec_subnet_index_set_network(key, network);
    L3HAREC_SUBNET_FOR_EACH_EQUAL (row, key, index) {
        if (row != except && ipam_cidr_parse(row->cidr, &other)
            && ipam_cidr_overlaps(&cidr, &other)) {
            overlaps = true;
            break;
        }
    }
    l3harec_subnet_index_destroy_row(key);
    if (overlaps) {
        return api_error_invalid_input(
            "Requested subnet with cidr: %s for network: "
            UUID_FMT" overlaps with another subnet",
            cidr_s, UUID_ARGS(&network->header_.uuid));
    }

    /* No index can say "overlaps": whoever adds a subnet changes this column,
     * so the second of two racing transactions fails. */
    l3harec_network_verify_revision_number(network);
    l3harec_network_set_revision_number(network,
                                        network->revision_number + 1);
    return NULL;
}

/* Adds the EUI-64 addresses of 'subnet' to the network's ports. */
void
ipam_add_auto_addresses(struct backend *b, struct ovsdb_idl_txn *txn,
                        const struct l3harec_subnet *subnet)
{
    struct ovsdb_idl_index *index = b->port_by_network;
    struct l3harec_port *key = l3harec_port_index_init_row(index);
    const struct l3harec_port **ports = NULL;
    const struct l3harec_port *port;
    size_t n = 0, allocated = 0;
    struct net_subnet ns;

    /* Writing to a port moves it in the index, so first collect them. */
    l3harec_port_index_set_network(key, subnet->network);
    L3HAREC_PORT_FOR_EACH_EQUAL (port, key, index) {
        if (!is_router_interface(port)) {
            if (n >= allocated) {
                ports = x2nrealloc(ports, &allocated, sizeof *ports);
            }
            ports[n++] = port;
        }
    }
    l3harec_port_index_destroy_row(key);

    if (!net_subnet_init(&ns, subnet) || !ns.is_auto) {
        n = 0;
    }
    for (size_t i = 0; i < n; i++) {
        struct allocator a = { .b = b, .txn = txn, .port = ports[i] };

        for (size_t j = 0; j < ports[i]->n_fixed_ips; j++) {
            allocator_add(&a, ports[i]->fixed_ips[j]);
        }
        if (allocate_any(&a, &ns)) {
            l3harec_port_verify_fixed_ips(ports[i]);
            l3harec_port_set_fixed_ips(ports[i], a.result, a.n_result);
        }
        free(a.result);
    }
    free(ports);
}

/* Returns the number of addresses in use in 'subnet'. */
size_t
ipam_count_used(struct backend *b, const struct l3harec_subnet *subnet)
{
    struct ovsdb_idl_index *index = b->allocation_by_subnet;
    struct l3harec_ip_allocation *key
        = l3harec_ip_allocation_index_init_row(index);
    const struct l3harec_ip_allocation *row;
    size_t n = 0;

    l3harec_ip_allocation_index_set_subnet(key, subnet);
    L3HAREC_IP_ALLOCATION_FOR_EACH_EQUAL (row, key, index) {
        n += row->subnet == subnet;
    }
    l3harec_ip_allocation_index_destroy_row(key);
    return n;
}

/* Returns the port that has 'ip_address' in 'subnet', or NULL. */
const struct l3harec_port *
ipam_find_port(struct backend *b, const struct l3harec_subnet *subnet,
               const char *ip_address)
{
    const struct l3harec_port *port, *found = NULL;
    struct net_subnet ns;
    struct ipam_addr addr;
    int version;

    if (!net_subnet_init(&ns, subnet)
        || !ipam_addr_parse(ip_address, &version, &addr)
        || version != ns.cidr.version
        || !address_is_used(addr, &(struct address_lookup) { b, &ns })) {
        return NULL;
    }

    char s[IPAM_ADDR_STRLEN];
    ipam_addr_format(version, addr, s);

    struct l3harec_port *key = l3harec_port_index_init_row(b->port_by_network);
    l3harec_port_index_set_network(key, subnet->network);
    L3HAREC_PORT_FOR_EACH_EQUAL (port, key, b->port_by_network) {
        for (size_t i = 0; i < port->n_fixed_ips; i++) {
            if (port->fixed_ips[i]->subnet == subnet
                && !strcmp(port->fixed_ips[i]->address, s)) {
                found = port;
            }
        }
        if (found) {
            break;
        }
    }
    l3harec_port_index_destroy_row(key);
    return found;
}
