/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Names of kernel and Open vSwitch objects.  Pure functions. */

#include <config.h>
#include "lib/l3ha-names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packets.h"
#include "sha1.h"
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

/* Returns the UUID of version 5 of 'name' in 'space'. */
struct uuid
l3ha_uuid5(const struct uuid *space, const char *name)
{
    uint8_t hash[SHA1_DIGEST_SIZE];
    struct sha1_ctx ctx;
    struct uuid id;

    sha1_init(&ctx);
    for (int i = 0; i < ARRAY_SIZE(space->parts); i++) {
        ovs_be32 part = htonl(space->parts[i]);
        sha1_update(&ctx, &part, sizeof part);
    }
    sha1_update(&ctx, name, strlen(name));
    sha1_final(&ctx, hash);

    for (int i = 0; i < ARRAY_SIZE(id.parts); i++) {
        ovs_be32 part;

        memcpy(&part, &hash[i * sizeof part], sizeof part);
        id.parts[i] = ntohl(part);
    }
    id.parts[1] = (id.parts[1] & 0xffff0fff) | 0x5000;
    id.parts[2] = (id.parts[2] & 0x3fffffff) | 0x80000000;
    return id;
}

/* Writes the device_id of the DHCP port of 'network' on 'host' into 'id'. */
void
l3ha_dhcp_device_id(char id[L3HA_DHCP_DEVICE_ID_LEN], const char *host,
                    const struct uuid *network)
{
    /* RFC 4122, appendix C: the name space of domain names. */
    static const struct uuid dns = {
        .parts = { 0x6ba7b810, 0x9dad11d1, 0x80b400c0, 0x4fd430c8 },
    };
    char *name = xmemdup0(host, strcspn(host, "."));
    struct uuid uuid = l3ha_uuid5(&dns, name);

    snprintf(id, L3HA_DHCP_DEVICE_ID_LEN, "dhcp"UUID_FMT"-"UUID_FMT,
             UUID_ARGS(&uuid), UUID_ARGS(network));
    free(name);
}

/* True if a port with 'device_owner' is an instance's. */
bool
l3ha_owner_needs_dhcp(const char *device_owner)
{
    return *device_owner && strncmp(device_owner, "network:", 8);
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

/* Writes the beginning of the hash of 'ip' into 'tail' of 'size' bytes: 5 bits
 * a character, which is 40 or more for every type of tunnel, enough to tell
 * any number of hosts apart. */
static void
hash_ip6(const struct in6_addr *ip, char *tail, size_t size)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t digest[SHA1_DIGEST_SIZE];

    sha1_bytes(ip, sizeof *ip, digest);
    for (size_t i = 0; i + 1 < size; i++) {
        size_t bit = 5 * i;
        unsigned int word = digest[bit / 8] << 8 | digest[bit / 8 + 1];

        *tail++ = digits[word >> (11 - bit % 8) & 31];
    }
    *tail = '\0';
}

/* Writes the name of the tunnel port of 'type' to 'remote' into 'name'.
 * 'remote' may be an IPv4-mapped address. */
void
l3ha_tunnel_name(char name[L3HA_TUNNEL_LEN], const char *type,
                 const struct in6_addr *remote)
{
    ovs_be32 ip4 = in6_addr_get_mapped_ipv4(remote);
    int n = snprintf(name, L3HA_TUNNEL_LEN, "%.6s-", type);

    if (ip4) {
        snprintf(name + n, L3HA_TUNNEL_LEN - n, "%08"PRIx32, ntohl(ip4));
    } else {
        hash_ip6(remote, name + n, L3HA_TUNNEL_LEN - n);
    }
}
