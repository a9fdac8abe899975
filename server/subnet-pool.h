/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef SUBNET_POOL_H
#define SUBNET_POOL_H 1

/* Prefixes of subnets from subnet pools. */

#include "server/ipam.h"
#include "server/resource.h"

struct l3harec_network;
struct l3harec_subnet;
struct l3harec_subnet_pool;

/* Decides from which pool the new 'subnet' of 'network' is to be, by 'body',
 * and which prefix it gets.  Stores the pool, NULL if none is asked for, into
 * '*poolp' and the prefix into 'cidr' (unchanged without a pool).  The pool is
 * changed, so that nobody takes the same prefix at the same time.
 *
 * Errors: SubnetPoolNotFound; SubnetAllocationError if the prefix is not to
 * be had; MinPrefixSubnetAllocationError, MaxPrefixSubnetAllocationError;
 * SubnetPoolQuotaExceeded; NetworkSubnetPoolAffinityError if the network has
 * subnets that are not from the pool. */
struct api_error *subnet_pool_take(struct api_ctx *,
                                   const struct l3harec_network *,
                                   const struct l3harec_subnet *subnet,
                                   const struct json *body,
                                   const struct l3harec_subnet_pool **poolp,
                                   char cidr[IPAM_CIDR_STRLEN]);

/* The address scope of the subnets of 'network' with 'ip_version', as the API
 * shows it: its id or null. */
struct json *subnet_pool_get_scope(struct api_ctx *,
                                   const struct l3harec_network *,
                                   int ip_version);

#endif /* server/subnet-pool.h */
