/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <stdio.h>
#include <string.h>

#include "command-line.h"
#include "lib/l3ha-names.h"
#include "packets.h"
#include "util.h"

void
test_names(struct ovs_cmdl_context *ctx)
{
    char name[L3HA_NETNS_LEN];
    struct in6_addr ip6;
    struct uuid uuid;
    ovs_be32 ip4;

    if (!uuid_from_string(&uuid, ctx->argv[1])
        || !ip_parse(ctx->argv[2], &ip4)
        || !ipv6_parse(ctx->argv[3], &ip6)) {
        ovs_fatal(0, "bad argument");
    }
    l3ha_device_name(name, L3HA_DEV_PREFIX_HA, &uuid);
    puts(name);
    l3ha_device_name(name, L3HA_DEV_PREFIX_QR, &uuid);
    puts(name);
    l3ha_device_name(name, L3HA_DEV_PREFIX_TAP, &uuid);
    puts(name);
    l3ha_router_netns(name, &uuid);
    puts(name);
    l3ha_dhcp_netns(name, &uuid);
    puts(name);

    struct in6_addr mapped = in6_addr_mapped_ipv4(ip4);
    l3ha_tunnel_name(name, "vxlan", &mapped);
    puts(name);
    l3ha_tunnel_name(name, "geneve", &mapped);
    puts(name);
    l3ha_tunnel_name(name, "vxlan", &ip6);
    puts(name);
    l3ha_tunnel_name(name, "geneve", &ip6);
    puts(name);
}
