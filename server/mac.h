/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef MAC_H
#define MAC_H 1

/* MAC addresses of ports. */

#include <stdbool.h>
#include "openvswitch/types.h"

struct api_error;
struct backend;
struct l3harec_network;

/* "xx:xx:xx:xx:xx:xx" and a null. */
#define MAC_STRLEN 18

/* Checks a base_mac option.  Its first three octets are kept; the fourth too
 * if it is not zero. */
bool mac_base_parse(const char *base_mac, struct eth_addr *);
void mac_generate(const struct eth_addr *base, struct eth_addr *);

/* Stores a generated MAC that no port of 'network' has into 'mac'.
 * MacAddressGenerationFailure (503) if there is none. */
struct api_error *mac_allocate(struct backend *,
                               const struct l3harec_network *network,
                               char mac[MAC_STRLEN]);

/* Checks that a requested MAC (normalised by the caller to lower case with
 * colons) is not in use on 'network': MacAddressInUse (409). */
struct api_error *mac_check(struct backend *,
                            const struct l3harec_network *network,
                            const char *mac);

#endif /* server/mac.h */
