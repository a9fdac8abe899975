/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_DHCP_H
#define L3HA_DHCP_H 1

/* Role dhcp: DHCP servers of networks on this host. */

#include <stdbool.h>

struct agent_ctx;
struct dhcp;

struct dhcp *dhcp_create(void);
void dhcp_run(struct dhcp *, const struct agent_ctx *);
void dhcp_wait(struct dhcp *, const struct agent_ctx *);
void dhcp_destroy(struct dhcp *);

/* True if ovs-plugin has been told of the ports of all networks. */
bool dhcp_is_plugged(const struct dhcp *);

/* True if everything that the last dhcp_run() saw in the database has been
 * realised and reported. */
bool dhcp_is_synced(const struct dhcp *);

#endif /* agent/dhcp.h */
