/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_GARP_H
#define L3HA_GARP_H 1

/* Gratuitous ARP. */

#include "openvswitch/types.h"

int garp_send(int netns_fd, int ifindex, struct eth_addr mac, ovs_be32 ip);

#endif /* agent/garp.h */
