/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/announce.h"

#include <limits.h>
#include <netinet/icmp6.h>

#include "agent/router-config.h"
#include "dp-packet.h"
#include "ovs-plugin/ovs-plugin.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* Tells everyone where the addresses of an active copy of a router are: by
 * gratuitous ARP and unsolicited neighbor advertisements, through the switch.
 *
 * Owns a schedule for each copy.  In: the configuration.  Out: frames, as if
 * the devices of the router had sent them.
 *
 * keepalived announces what it adds, too, at once and once.  That is not
 * enough, because those frames may be lost: a switch in user space drops what
 * it sends to a tunnel while it resolves the address of the other end, as it
 * must when a backup becomes active that never had to say anything.  Routers
 * without keepalived have nobody else. */

/* When to announce, in ms since the start. */
static const int schedule[] = { 15, 60, 200, 600, 1500, 3000, 6000 };

/* The addresses of a copy that has become active are to be announced. */
void
announce_start(struct announce *a)
{
    a->step = 0;
    a->at = time_msec() + schedule[0];
}

/* It is not active any more. */
void
announce_stop(struct announce *a)
{
    a->step = ARRAY_SIZE(schedule);
}

static void
send_one(struct ovs_plugin *plugin, const struct router_port *port,
         const struct in6_addr *ip)
{
    struct dp_packet packet;

    dp_packet_init(&packet, 0);
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        ovs_be32 ip4 = in6_addr_get_mapped_ipv4(ip);

        compose_arp(&packet, ARP_OP_REQUEST, port->mac, eth_addr_broadcast,
                    true, ip4, ip4);
    } else {
        const struct eth_addr all_nodes = ETH_ADDR_C(33,33,00,00,00,01);

        compose_nd_na(&packet, port->mac, all_nodes, ip, &in6addr_all_hosts,
                      htonl(ND_RSO_ROUTER | ND_RSO_OVERRIDE));
    }
    ovs_plugin_send_from(plugin, &port->uuid, dp_packet_data(&packet),
                         dp_packet_size(&packet));
    dp_packet_uninit(&packet);
}

static void
send_all(struct ovs_plugin *plugin, const struct router_config *rc)
{
    for (size_t i = 0; i < rc->n_ports; i++) {
        const struct router_port *port = &rc->ports[i];

        for (size_t j = 0; port->kind != ROUTER_PORT_HA && j < port->n_addrs;
             j++) {
            send_one(plugin, port, &port->addrs[j].ip);
        }
        for (size_t j = 0; port->kind == ROUTER_PORT_GATEWAY
             && j < rc->n_fips; j++) {
            send_one(plugin, port, &rc->fips[j].floating);
        }
    }
}

/* Sends what is due for the active copy 'rc'.  Returns when to call again, in
 * time_msec(), LLONG_MAX for never. */
long long int
announce_run(struct announce *a, struct ovs_plugin *plugin,
             const struct router_config *rc)
{
    if (a->step >= ARRAY_SIZE(schedule)) {
        return LLONG_MAX;
    }
    if (time_msec() >= a->at) {
        send_all(plugin, rc);
        a->step++;
        if (a->step >= ARRAY_SIZE(schedule)) {
            return LLONG_MAX;
        }
        a->at += schedule[a->step] - schedule[a->step - 1];
    }
    return a->at;
}
