/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef IPAM_H
#define IPAM_H 1

/* IP address management: rules about subnets and addresses, as Neutron's
 * built-in driver has them, without the database.  ipam-rows.h has the part
 * that reads and writes rows. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "packets.h"

struct api_error;
struct sset;
struct svec;

/* An address as a number.  IPv4: 'hi' is 0. */
struct ipam_addr {
    uint64_t hi, lo;
};

struct ipam_cidr {
    int version;                /* 4 or 6. */
    int plen;
    struct ipam_addr first;     /* Network address. */
    struct ipam_addr last;      /* IPv4: broadcast address. */
};

/* First and last address, both included. */
struct ipam_pool {
    struct ipam_addr start, end;
};

/* Textual forms.  ipam_addr_format() gives the canonical one (RFC 5952). */
#define IPAM_ADDR_STRLEN 46
#define IPAM_CIDR_STRLEN 50
bool ipam_addr_parse(const char *, int *version, struct ipam_addr *);
void ipam_addr_format(int version, struct ipam_addr,
                      char s[IPAM_ADDR_STRLEN]);
int ipam_addr_cmp(struct ipam_addr, struct ipam_addr);
bool ipam_cidr_parse(const char *, struct ipam_cidr *);
void ipam_cidr_format(const struct ipam_cidr *, char s[IPAM_CIDR_STRLEN]);
bool ipam_cidr_contains(const struct ipam_cidr *, struct ipam_addr);
bool ipam_cidr_overlaps(const struct ipam_cidr *, const struct ipam_cidr *);
/* "START-END", as in Subnet:allocation_pools. */
bool ipam_pool_parse(const char *, struct ipam_pool *);
int ipam_pool_compare(const void *, const void *); /* For qsort(). */
/* The EUI-64 address of 'mac' in 'cidr'. */
struct ipam_addr ipam_eui64(const struct ipam_cidr *, struct eth_addr mac);

/* What a request says about a new subnet (or about a changed one: then 'cidr'
 * and 'ip_version' are the subnet's). */
struct ipam_subnet_request {
    int ip_version;
    const char *cidr;           /* Any host bits are cleared. */
    bool gateway_given;         /* False: the default gateway. */
    const char *gateway_ip;     /* NULL: no gateway. */
    bool pools_given;           /* False: default pools. */
    const struct svec *pools;   /* "START-END". */
    bool enable_dhcp;
    const char *ipv6_ra_mode;   /* NULL: not set. */
    const char *ipv6_address_mode; /* NULL: not set. */
};

/* What goes into the Subnet row. */
struct ipam_subnet {
    char cidr[IPAM_CIDR_STRLEN];
    char gateway_ip[IPAM_ADDR_STRLEN]; /* "" for none. */
    struct svec *pools;         /* "START-END", ascending. */
};

/* Checks 'request' and fills in 'subnet', which the caller must pass to
 * ipam_subnet_destroy() on success.  Errors: InvalidInput (cidr, ip_version,
 * gateway, IPv6 modes), InvalidAllocationPool, OutOfBoundsAllocationPool
 * (400), OverlappingAllocationPools, GatewayConflictWithAllocationPools
 * (409).  Overlap with other subnets: ipam_check_overlap(). */
struct api_error *ipam_subnet_prepare(const struct ipam_subnet_request *,
                                      struct ipam_subnet *subnet);
void ipam_subnet_destroy(struct ipam_subnet *);

/* True if hosts of such a subnet form their addresses themselves. */
bool ipam_is_auto_address(const char *ipv6_ra_mode,
                          const char *ipv6_address_mode);

/* True if 'addr' may be given to a port of a subnet with 'cidr': within it
 * and, for IPv4 shorter than /31, neither network nor broadcast address. */
bool ipam_addr_is_assignable(const struct ipam_cidr *, struct ipam_addr);

/* Stores in '*addr' a free address of 'pools': the lowest if 'lowest',
 * otherwise a random one of the first 1000 free.  False if there is none. */
bool ipam_choose(const struct ipam_pool *pools, size_t n_pools,
                 bool (*is_used)(struct ipam_addr, void *aux), void *aux,
                 bool lowest, struct ipam_addr *addr);

#endif /* server/ipam.h */
