/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_DHCP_LINKS_H
#define L3HA_DHCP_LINKS_H 1

/* Namespace, device, addresses and routes of a network's DHCP server. */

struct dhcp_env;
struct dhcp_net;

char *dhcp_links_apply(struct dhcp_net *, const struct dhcp_env *);
void dhcp_links_remove(struct dhcp_net *, const struct dhcp_env *);

#endif /* agent/dhcp-links.h */
