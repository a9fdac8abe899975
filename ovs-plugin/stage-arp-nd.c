/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include <netinet/icmp6.h>
#include <string.h>

#include "packets.h"
#include "util.h"

/* Stage "arp_nd" with "nd_reply": answers to address resolution from what is
 * known here.
 *
 * In: packets from ports of this host, after they proved to be honest.  A
 * request for an address of a port whose place is known is turned into the
 * answer and sent back; it goes no further.  Everything else passes on.
 *
 * Not answered, because only those who own the address can do it:
 *
 *   - Requests to one host, which ask whether it is still there.
 *
 *   - ARP probes (RFC 5227) and neighbor solicitations from no address: the
 *     sender asks whether an address is free.
 *
 *   - Gratuitous ARP, which asks for nothing.
 *
 *   - Addresses of routers: which copy is active is not known here.
 *
 *   - Addresses in someone's allowed address pairs, between the owners of
 *     which they move without a word to anybody but the network.
 *
 *   - Neighbor solicitations on a datapath that cannot change them into
 *     advertisements (Linux kernel), and those without the option that
 *     becomes the one of the answer.
 *
 * A field can be written where the match says that the packet has it.  A
 * solicitation has no target link-layer address; therefore an advertisement
 * is made in two steps, the second one in "nd_reply". */

#define ANSWER_PRIORITY 100
#define OWN_PRIORITY 110        /* Gratuitous ARP. */
#define MOVING_PRIORITY 150     /* Allowed address pairs. */
#define PROBE_PRIORITY 200

/* Flags of a neighbor advertisement (RFC 4861, section 4.4): solicited,
 * override, no router. */
#define ND_FLAGS 0x60000000

static void
match_arp_request(struct match *match)
{
    match_set_dl_type(match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(match, ARP_OP_REQUEST);
}

static void
match_solicitation(struct match *match)
{
    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(match, IPPROTO_ICMPV6);
    match_set_icmp_type(match, ND_NEIGHBOR_SOLICIT);
    match_set_icmp_code(match, 0);
}

static void
pass_on(struct stage *stage, uint16_t priority)
{
    put_goto(&stage->actions, TABLE_LEARN);
    stage_flow(stage, TABLE_ARP_ND, priority);
}

/* What is never answered, and the second half of each advertisement. */
void
stage_arp_nd_global(struct stage *stage)
{
    struct match *match = &stage->match;

    pass_on(stage, 0);

    match_arp_request(match);
    match_set_nw_src(match, htonl(0));
    pass_on(stage, PROBE_PRIORITY);

    match_solicitation(match);
    match_set_ipv6_src(match, &in6addr_any);
    pass_on(stage, PROBE_PRIORITY);

    match_solicitation(match);
    match_set_arp_sha(match, eth_addr_zero);
    pass_on(stage, PROBE_PRIORITY);

    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(match, IPPROTO_ICMPV6);
    match_set_icmp_type(match, ND_NEIGHBOR_ADVERT);
    match_set_icmp_code(match, 0);
    put_move(&stage->actions, MFF_ETH_SRC, MFF_ND_TLL);
    put_output(&stage->actions, OFPP_IN_PORT);
    stage_flow(stage, TABLE_ND_REPLY, ANSWER_PRIORITY);
}

static void
match_target(struct stage *stage, const struct pnetwork *network,
             const struct ovs_plugin_address *address)
{
    match_set_metadata(&stage->match, htonll(network->net_key));
    if (IN6_IS_ADDR_V4MAPPED(&address->ip)) {
        match_arp_request(&stage->match);
        match_set_nw_dst_masked(&stage->match,
                                in6_addr_get_mapped_ipv4(&address->ip),
                                be32_prefix_mask(address->plen - 96));
    } else {
        struct in6_addr mask = ipv6_create_mask(address->plen);

        match_solicitation(&stage->match);
        match_set_nd_target_masked(&stage->match, &address->ip, &mask);
    }
}

/* Addresses that move between ports.  These flows are the network's, because
 * several ports may have the same address. */
void
stage_arp_nd_network(struct stage *stage, const struct pnetwork *network)
{
    const struct pport *port;

    LIST_FOR_EACH (port, net_node, &network->ports) {
        for (size_t i = port->n_own; i < port->n_addresses; i++) {
            match_target(stage, network, &port->addresses[i]);
            pass_on(stage, MOVING_PRIORITY);
        }
    }
}

static void
answer_arp(struct stage *stage, const struct pport *port, ovs_be32 ip)
{
    struct ofpbuf *actions = &stage->actions;
    struct match *match = &stage->match;

    match_set_metadata(match, htonll(port->network->net_key));
    match_arp_request(match);
    match_set_nw_src(match, ip);
    match_set_nw_dst(match, ip);
    pass_on(stage, OWN_PRIORITY);

    match_set_metadata(match, htonll(port->network->net_key));
    match_set_dl_dst(match, eth_addr_broadcast);
    match_arp_request(match);
    match_set_nw_dst(match, ip);
    put_move(actions, MFF_ETH_SRC, MFF_ETH_DST);
    put_load_mac(actions, MFF_ETH_SRC, port->mac);
    put_load(actions, MFF_ARP_OP, ARP_OP_REPLY);
    put_move(actions, MFF_ARP_SHA, MFF_ARP_THA);
    put_move(actions, MFF_ARP_SPA, MFF_ARP_TPA);
    put_load_mac(actions, MFF_ARP_SHA, port->mac);
    put_load(actions, MFF_ARP_SPA, ntohl(ip));
    put_output(actions, OFPP_IN_PORT);
    stage_flow(stage, TABLE_ARP_ND, ANSWER_PRIORITY);
}

static void
answer_nd(struct stage *stage, const struct pport *port,
          const struct in6_addr *ip)
{
    struct ofpbuf *actions = &stage->actions;
    struct match *match = &stage->match;
    struct in6_addr group;
    struct eth_addr mac;

    in6_addr_solicited_node(&group, ip);
    ipv6_multicast_to_ethernet(&mac, &group);
    match_set_metadata(match, htonll(port->network->net_key));
    match_set_dl_dst(match, mac);
    match_solicitation(match);
    match_set_nd_target(match, ip);
    put_move(actions, MFF_ETH_SRC, MFF_ETH_DST);
    put_load_mac(actions, MFF_ETH_SRC, port->mac);
    put_move(actions, MFF_IPV6_SRC, MFF_IPV6_DST);
    put_load_ip6(actions, MFF_IPV6_SRC, ip);
    put_load(actions, MFF_ND_RESERVED, ND_FLAGS);
    put_load(actions, MFF_ND_OPTIONS_TYPE, ND_OPT_TARGET_LINKADDR);
    put_load(actions, MFF_ICMPV6_TYPE, ND_NEIGHBOR_ADVERT);
    put_goto(actions, TABLE_ND_REPLY);
    stage_flow(stage, TABLE_ARP_ND, ANSWER_PRIORITY);
}

/* Answers for the addresses of a port that is in one place. */
void
stage_arp_nd_port(struct stage *stage, const struct pport *port)
{
    enum port_class class;

    if (!pipeline_port_place(stage->pipeline, port, &class)) {
        return;
    }
    for (size_t i = 0; i < port->n_own; i++) {
        const struct in6_addr *ip = &port->addresses[i].ip;

        if (IN6_IS_ADDR_V4MAPPED(ip)) {
            answer_arp(stage, port, in6_addr_get_mapped_ipv4(ip));
        } else if (pipeline_can_answer_nd(stage->pipeline)) {
            answer_nd(stage, port, ip);
        }
    }
}
