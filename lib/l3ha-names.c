/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Names of kernel and Open vSwitch objects.  Pure functions. */

#include <config.h>
#include "lib/l3ha-names.h"

#include <stdio.h>
#include <string.h>

#include "hash.h"
#include "packets.h"
#include "util.h"

/* Writes the name of the device that serves 'port' into 'name'. */
void
l3ha_device_name(char name[L3HA_DEV_LEN], const char *prefix,
                 const struct uuid *port)
{
    char uuid[UUID_LEN + 1];

    snprintf(uuid, sizeof uuid, UUID_FMT, UUID_ARGS(port));
    snprintf(name, L3HA_DEV_LEN, "%.3s%.11s", prefix, uuid);
}

/* Writes the name of the namespace of 'router' into 'name'. */
void
l3ha_router_netns(char name[L3HA_NETNS_LEN], const struct uuid *router)
{
    snprintf(name, L3HA_NETNS_LEN, "qrouter-"UUID_FMT, UUID_ARGS(router));
}

/* Writes the name of the DHCP namespace of 'network' into 'name'. */
void
l3ha_dhcp_netns(char name[L3HA_NETNS_LEN], const struct uuid *network)
{
    snprintf(name, L3HA_NETNS_LEN, "qdhcp-"UUID_FMT, UUID_ARGS(network));
}

/* Writes the name of the tunnel port of 'type' to 'remote' into 'name'.
 * 'remote' may be an IPv4-mapped address. */
void
l3ha_tunnel_name(char name[L3HA_TUNNEL_LEN], const char *type,
                 const struct in6_addr *remote)
{
    ovs_be32 ip4 = in6_addr_get_mapped_ipv4(remote);
    uint32_t tail = (ip4
                     ? ntohl(ip4)
                     : hash_bytes(remote, sizeof *remote, 0));

    snprintf(name, L3HA_TUNNEL_LEN, "%.6s-%08"PRIx32, type, tail);
}
