/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef IPAM_ROWS_H
#define IPAM_ROWS_H 1

/* IP address management on database rows. */

#include <stdbool.h>
#include <stddef.h>
#include "uuid.h"

struct api_error;
struct backend;
struct l3harec_network;
struct l3harec_port;
struct l3harec_subnet;
struct ovsdb_idl_txn;

/* One element of a request's fixed_ips: either or both.  'ip_address' in any
 * textual form that names an IP address (the caller checked that). */
struct ipam_fixed_ip {
    bool has_subnet;
    struct uuid subnet_id;
    const char *ip_address;     /* NULL: any. */
};

/* Gives 'port' its addresses, in the transaction: inserts the IP_Allocation
 * rows and sets Port:fixed_ips.  The row must already have network, mac and
 * device_owner.  On a port that has addresses, those that the request still
 * asks for stay.
 *
 * 'given' false: the default, that is one IPv4 address and one IPv6 address
 * of the subnets with managed addresses, plus the EUI-64 address of every
 * SLAAC subnet unless the port is a router's; none if the network has no
 * subnet (or, with service types, none for this owner).
 *
 * 'given' true: exactly 'ips' (none if 'n' is 0).  In a SLAAC subnet a port
 * that is not a router's gets its EUI-64 address, and keeps it in updates even
 * if it is not asked for.
 *
 * Errors: InvalidInput (400: subnet of another network), InvalidIpForNetwork,
 * InvalidIpForSubnet (400), IpAddressInUse/IpAddressAlreadyAllocated (409),
 * IpAddressGenerationFailure (409), AllocationOnAutoAddressSubnet (400). */
struct api_error *ipam_set_fixed_ips(struct backend *, struct ovsdb_idl_txn *,
                                     const struct l3harec_port *port,
                                     bool given,
                                     const struct ipam_fixed_ip *ips,
                                     size_t n);

/* May be called before a port is deleted, so that its addresses are free for
 * the rest of the transaction.  (The database frees them in any case.)
 * Port:fixed_ips must not be read afterwards. */
void ipam_release(const struct l3harec_port *);

/* Checks that 'cidr' (normalised) overlaps no subnet of 'network' but
 * 'except' (may be NULL), and makes the transaction fail if another server
 * adds a subnet meanwhile: verifies Network:revision_number and increments
 * it (so the caller must not have written that column before).  InvalidInput
 * (400), with Neutron's text. */
struct api_error *ipam_check_overlap(struct backend *,
                                     const struct l3harec_network *network,
                                     const char *cidr,
                                     const struct l3harec_subnet *except);

/* After a SLAAC subnet was inserted: adds its EUI-64 address to every port of
 * the network that is not a router's. */
void ipam_add_auto_addresses(struct backend *, struct ovsdb_idl_txn *,
                             const struct l3harec_subnet *);

/* Number of addresses in use in 'subnet'. */
size_t ipam_count_used(struct backend *, const struct l3harec_subnet *);

/* The port of the subnet's network that holds 'ip_address' in 'subnet', or
 * NULL.  Costs a look at every port of the network, but only if the address
 * is in use at all. */
const struct l3harec_port *ipam_find_port(struct backend *,
                                          const struct l3harec_subnet *,
                                          const char *ip_address);

#endif /* server/ipam-rows.h */
