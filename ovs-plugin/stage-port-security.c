/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include <netinet/icmp6.h>
#include <stdlib.h>

#include "packets.h"
#include "util.h"

/* Stages "port_security" and "nd_security": may this port send this packet?
 *
 * Only what secure ports send comes here; whatever no flow allows is dropped.
 * Allowed is, for each MAC of the port with each of its addresses (and with
 * the link-local address that follows from the MAC, RFC 4291, appendix A):
 *
 *   - IP packets from it;
 *   - ARP (RFC 826) in its name, and probes for addresses (RFC 5227);
 *   - neighbor discovery (RFC 4861) in its name: an option with a link-layer
 *     address, if there is one, tells the port's own;
 *   - what has no address yet: DHCP requests, and neighbor discovery and
 *     multicast listener reports from "::" (RFC 4862, 3810);
 *   - RARP, with which a machine that has moved announces itself.
 *
 * Never allowed are answers of DHCP servers and router advertisements. */

static void
match_udp(struct match *match, uint16_t dl_type, uint16_t src, uint16_t dst)
{
    match_set_dl_type(match, htons(dl_type));
    match_set_nw_proto(match, IPPROTO_UDP);
    match_set_tp_src(match, htons(src));
    match_set_tp_dst(match, htons(dst));
}

static void
match_icmp6(struct match *match, uint8_t type)
{
    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(match, IPPROTO_ICMPV6);
    match_set_icmp_type(match, type);
}

static void
match_nd(struct match *match, uint8_t type)
{
    match_icmp6(match, type);
    match_set_icmp_code(match, 0);
}

/* What no port may send, and neighbor discovery. */
void
stage_port_security_global(struct stage *stage)
{
    struct match *match = &stage->match;

    match_udp(match, ETH_TYPE_IP, DHCP_SERVER_PORT, DHCP_CLIENT_PORT);
    stage_flow(stage, TABLE_PORT_SECURITY, 200);
    match_udp(match, ETH_TYPE_IPV6, DHCPV6_SERVER_PORT, DHCPV6_CLIENT_PORT);
    stage_flow(stage, TABLE_PORT_SECURITY, 200);
    match_icmp6(match, ND_ROUTER_ADVERT);
    stage_flow(stage, TABLE_PORT_SECURITY, 200);

    put_goto(&stage->actions, TABLE_EGRESS_FW);
    stage_flow(stage, TABLE_ND_SECURITY, 0);
    match_icmp6(match, ND_NEIGHBOR_ADVERT);
    stage_flow(stage, TABLE_ND_SECURITY, 50);
    match_icmp6(match, ND_NEIGHBOR_SOLICIT);
    stage_flow(stage, TABLE_ND_SECURITY, 50);
    /* From "::" only as stage_address_ipv6() allows it. */
    match_nd(match, ND_NEIGHBOR_SOLICIT);
    match_set_ipv6_src(match, &in6addr_any);
    stage_flow(stage, TABLE_ND_SECURITY, 150);
}

static void
match_port_mac(struct stage *stage, const struct pport *port,
               const struct eth_addr mac)
{
    match_set_in_port(&stage->match,
                      pipeline_port_ofport(stage->pipeline, port));
    match_set_dl_src(&stage->match, mac);
}

static void
allow(struct stage *stage, enum pipeline_table table, uint16_t priority,
      enum pipeline_table next)
{
    put_goto(&stage->actions, next);
    stage_flow(stage, table, priority);
}

/* ARP in the name of the address, IPv4 from it. */
static void
allow_ipv4(struct stage *stage, const struct pport *port,
           const struct eth_addr mac, ovs_be32 ip, unsigned int plen)
{
    struct match *match = &stage->match;

    match_port_mac(stage, port, mac);
    match_set_dl_type(match, htons(ETH_TYPE_ARP));
    match_set_arp_sha(match, mac);
    match_set_nw_src_masked(match, ip, be32_prefix_mask(plen));
    allow(stage, TABLE_PORT_SECURITY, 100, TABLE_EGRESS_FW);

    match_port_mac(stage, port, mac);
    match_set_dl_type(match, htons(ETH_TYPE_IP));
    match_set_nw_src_masked(match, ip, be32_prefix_mask(plen));
    allow(stage, TABLE_PORT_SECURITY, 100, TABLE_EGRESS_FW);
}

/* IPv6 from the address, and neighbor discovery about it. */
static void
allow_ipv6(struct stage *stage, const struct pport *port,
           const struct eth_addr mac, const struct in6_addr *ip,
           unsigned int plen)
{
    const struct eth_addr options[] = { mac, eth_addr_zero };
    struct match *match = &stage->match;
    struct in6_addr mask = ipv6_create_mask(plen);

    match_port_mac(stage, port, mac);
    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_ipv6_src_masked(match, ip, &mask);
    allow(stage, TABLE_PORT_SECURITY, 100, TABLE_ND_SECURITY);

    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        match_port_mac(stage, port, mac);
        match_nd(match, ND_NEIGHBOR_ADVERT);
        match_set_nd_target_masked(match, ip, &mask);
        match_set_arp_tha(match, options[i]);
        allow(stage, TABLE_ND_SECURITY, 100, TABLE_EGRESS_FW);
    }

    /* Is the address in use already? */
    match_port_mac(stage, port, mac);
    match_nd(match, ND_NEIGHBOR_SOLICIT);
    match_set_ipv6_src(match, &in6addr_any);
    match_set_nd_target_masked(match, ip, &mask);
    match_set_arp_sha(match, eth_addr_zero);
    allow(stage, TABLE_ND_SECURITY, 200, TABLE_EGRESS_FW);
}

/* What a MAC may send whatever its addresses are. */
static void
allow_mac(struct stage *stage, const struct pport *port,
          const struct eth_addr mac)
{
    static const uint8_t from_any[] = {
        MLD_LISTENER_REPORT, MLD_LISTENER_REDUCTION, MLD2_REPORT,
        ND_ROUTER_SOLICIT, ND_NEIGHBOR_SOLICIT,
    };
    const struct eth_addr options[] = { mac, eth_addr_zero };
    struct match *match = &stage->match;
    struct in6_addr link_local;

    match_port_mac(stage, port, mac);
    match_set_dl_type(match, htons(ETH_TYPE_RARP));
    allow(stage, TABLE_PORT_SECURITY, 100, TABLE_EGRESS_FW);

    match_port_mac(stage, port, mac);
    match_set_dl_type(match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(match, ARP_OP_REQUEST);
    match_set_arp_sha(match, mac);
    match_set_nw_src(match, htonl(0));
    allow(stage, TABLE_PORT_SECURITY, 100, TABLE_EGRESS_FW);

    match_port_mac(stage, port, mac);
    match_udp(match, ETH_TYPE_IP, DHCP_CLIENT_PORT, DHCP_SERVER_PORT);
    match_set_nw_src(match, htonl(0));
    allow(stage, TABLE_PORT_SECURITY, 100, TABLE_EGRESS_FW);

    for (size_t i = 0; i < ARRAY_SIZE(from_any); i++) {
        match_port_mac(stage, port, mac);
        match_icmp6(match, from_any[i]);
        match_set_ipv6_src(match, &in6addr_any);
        allow(stage, TABLE_PORT_SECURITY, 100, TABLE_ND_SECURITY);
    }
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        match_port_mac(stage, port, mac);
        match_nd(match, ND_NEIGHBOR_SOLICIT);
        match_set_arp_sha(match, options[i]);
        allow(stage, TABLE_ND_SECURITY, 100, TABLE_EGRESS_FW);
    }
    in6_generate_lla(mac, &link_local);
    allow_ipv6(stage, port, mac, &link_local, 128);
}

/* What 'port' may send. */
void
stage_port_security_port(struct stage *stage, const struct pport *port)
{
    struct eth_addr *macs;
    size_t n;

    if (!port->secure || !pipeline_port_is_here(stage->pipeline, port)) {
        return;
    }
    n = pipeline_port_macs(port, &macs);
    for (size_t i = 0; i < n; i++) {
        allow_mac(stage, port, macs[i]);
    }
    free(macs);
    for (size_t i = 0; i < port->n_addresses; i++) {
        const struct ovs_plugin_address *a = &port->addresses[i];
        unsigned int plen = address_prefix_len(a);

        if (IN6_IS_ADDR_V4MAPPED(&a->ip)) {
            allow_ipv4(stage, port, a->mac, in6_addr_get_mapped_ipv4(&a->ip),
                       plen);
        } else {
            allow_ipv6(stage, port, a->mac, &a->ip, plen);
        }
    }
}
