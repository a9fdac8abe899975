/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_NAT_H
#define L3HA_NAT_H 1

/* The nftables ruleset of a router, as text for "nft -f -". */

struct ds;
struct router_config;

void nat_format(const struct router_config *, struct ds *);

#endif /* agent/nat.h */
