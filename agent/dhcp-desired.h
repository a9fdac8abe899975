/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_DHCP_DESIRED_H
#define L3HA_DHCP_DESIRED_H 1

/* What the database wants of DHCP servers on this host. */

#include <stddef.h>

struct dhcp_config;
struct dhcp_options;
struct l3harec_dhcp_instance;
struct l3harec_port;
struct ovsdb_idl;
struct sset;

enum dhcp_desired {
    DHCP_ABSENT,                /* No server here. */
    DHCP_UNDECIDED,             /* The replica has not all of it yet. */
    DHCP_PRESENT,
};

enum dhcp_desired dhcp_desired_get(struct ovsdb_idl *,
                                   const struct l3harec_dhcp_instance *,
                                   const struct l3harec_port **ports,
                                   size_t n_ports, const struct sset *dead,
                                   const struct dhcp_options *,
                                   struct dhcp_config **);

#endif /* agent/dhcp-desired.h */
