/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_NAMES_H
#define L3HA_NAMES_H 1

/* Names of kernel and Open vSwitch objects, as Neutron's agents form them.
 *
 * A name is made from the UUID of the row it serves, so that an agent finds
 * what it made before without any state of its own. */

#include <netinet/in.h>
#include <stdbool.h>
#include "uuid.h"

struct ds;

/* Device: a 3-character prefix and the first 11 characters of the port's
 * UUID.  Fits IFNAMSIZ. */
#define L3HA_DEV_PREFIX_HA "ha-"        /* VRRP, in the router namespace. */
#define L3HA_DEV_PREFIX_QR "qr-"        /* Tenant network. */
#define L3HA_DEV_PREFIX_QG "qg-"        /* External network. */
#define L3HA_DEV_PREFIX_NS "ns-"        /* DHCP namespace. */
#define L3HA_DEV_PREFIX_TAP "tap"       /* Peer of any of these, on br-int. */
#define L3HA_DEV_LEN 15                 /* With the terminating null. */
void l3ha_device_name(char name[L3HA_DEV_LEN], const char *prefix,
                      const struct uuid *port);

/* A UUID of version 5 (RFC 4122): of 'name' in the name space 'space'. */
struct uuid l3ha_uuid5(const struct uuid *space, const char *name);

/* device_id of the DHCP port of 'network' on 'host': "dhcp", a UUID made from
 * the host's short name, "-", the network. */
#define L3HA_DHCP_DEVICE_ID_LEN (4 + UUID_LEN + 1 + UUID_LEN + 1)
void l3ha_dhcp_device_id(char id[L3HA_DHCP_DEVICE_ID_LEN], const char *host,
                         const struct uuid *network);

/* "qrouter-<uuid>" and "qdhcp-<uuid>". */
#define L3HA_NETNS_LEN (8 + UUID_LEN + 1)
void l3ha_router_netns(char name[L3HA_NETNS_LEN], const struct uuid *router);
void l3ha_dhcp_netns(char name[L3HA_NETNS_LEN], const struct uuid *network);

/* Tunnel port: "<type>-" and 8 hexadecimal digits of the remote IPv4 address,
 * or for a remote IPv6 address as many digits in base 32 (RFC 4648, lower
 * case) of its SHA-1 as fit. */
#define L3HA_TUNNEL_LEN 16
void l3ha_tunnel_name(char name[L3HA_TUNNEL_LEN], const char *type,
                      const struct in6_addr *remote);

/* Values of Port:device_owner that the server and the agents act on. */
#define L3HA_OWNER_HA_INTERFACE "network:router_ha_interface"
#define L3HA_OWNER_HA_REPLICATED "network:ha_router_replicated_interface"
#define L3HA_OWNER_ROUTER_INTERFACE "network:router_interface"
#define L3HA_OWNER_ROUTER_GATEWAY "network:router_gateway"
#define L3HA_OWNER_FLOATINGIP "network:floatingip"
#define L3HA_OWNER_DHCP "network:dhcp"

/* True if a port with 'device_owner' is an instance's, which asks for its
 * address by DHCP when it starts. */
bool l3ha_owner_needs_dhcp(const char *device_owner);

#endif /* lib/l3ha-names.h */
