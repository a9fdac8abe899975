/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_NAT_H
#define L3HA_NAT_H 1

/* The nftables ruleset of a router, as text for "nft -f -". */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct ds;
struct router_config;

/* Connections that a change of the ruleset leaves without a translation: all
 * that have 'addr', or those to 'port' of it. */
struct nat_cut {
    ovs_be32 addr;
    uint8_t protocol;           /* IPPROTO_*, 0: all of 'addr'. */
    uint16_t port;
};

void nat_format(const struct router_config *, struct ds *);
void nat_diff(const char *old, const char *new, struct ds *commands);
struct nat_cut *nat_cuts(const char *old, const char *new, size_t *n);

#endif /* agent/nat.h */
