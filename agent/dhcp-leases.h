/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_DHCP_LEASES_H
#define L3HA_DHCP_LEASES_H 1

/* dnsmasq's file of leases. */

#include <stdbool.h>

#include "openvswitch/list.h"

struct smap;
struct sset;
struct svec;

/* A lease. */
struct dhcp_lease {
    struct ovs_list node;       /* In the owner's list. */
    char *ip;
    char *id;                   /* IPv4: the MAC.  IPv6: the IAID. */
    char *client_id;            /* "*": none.  IPv6: the client's DUID. */
    char *server_id;            /* IPv6: the server's DUID, "" if not
                                 * known; IPv4: NULL. */
};

char *dhcp_leases_restore(const char *old, const struct smap *wanted,
                          long long int expiry);
void dhcp_leases_find(const char *text, const struct smap *wanted,
                      const struct sset *gone, struct ovs_list *leases);
bool dhcp_leases_has(const char *text, const struct dhcp_lease *);
void dhcp_lease_destroy(struct dhcp_lease *);
void dhcp_lease_release_argv(const struct dhcp_lease *, const char *dev,
                             struct svec *argv);

#endif /* agent/dhcp-leases.h */
