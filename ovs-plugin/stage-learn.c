/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include <netinet/icmp6.h>

#include "packets.h"
#include "util.h"

/* Stage "learn" with "learn_lock": where MAC addresses are that nobody tells.
 *
 * The MACs of a router are the same on every copy, and which copy is active
 * is nobody's business but VRRP's.  Their place is what their packets show.
 * So is the place of addresses outside, behind a physical bridge.  What is
 * learned goes to table "learned" as one flow for each network and MAC that
 * loads REG_OUT_PORT and REG_OUT_CLASS.
 *
 * A learn action runs when a packet is translated; for packets that hit a
 * cached datapath flow it runs later, when the flow's statistics are
 * collected, up to half a second after.  Therefore, the last packets of a
 * router that just died may be learned from *after* the gratuitous ARP of its
 * successor.  Two things make the successor win:
 *
 *   - An announcement (gratuitous ARP, unsolicited neighbor advertisement)
 *     also leaves a flow in "learn_lock" for LOCK_SECONDS, while which
 *     ordinary packets of that MAC teach nothing, as Open vSwitch's own
 *     learning switch does.
 *
 *   - An announcement is sent to the agent as well, which makes the same
 *     flow at once, also when the announcement hit a cached flow.  Without an
 *     agent the learn action alone does it, within the half second.
 *
 * An announcement is for switches: the MAC of an address is the same on every
 * copy.  So other routers need not hear it (REG_ASIDE), as little as which
 * groups a router is in and that it looks for others: on an external network
 * there are as many of them as become active when a node has died, and the
 * work would grow with the square of their number.  The same is true of a
 * question for the gateway outside.  An address that comes to
 * another router is different; the agent announces it in the form of a reply
 * (announce.c), which everybody hears. */

#define LOCK_SECONDS "5"
#define PROVIDER_IDLE_SECONDS "300"

#define LEARN_PLACE                                             \
    "cookie=0x6c33686c,"                                        \
    "OXM_OF_METADATA[],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"      \
    "load:NXM_OF_IN_PORT[]->NXM_NX_REG15[0..15],"               \
    "load:NXM_NX_REG14[]->NXM_NX_REG13[])"
#define LEARN_ROUTER "learn(table=45,priority=100," LEARN_PLACE
#define LEARN_PROVIDER                                                  \
    "learn(table=45,priority=90,idle_timeout=" PROVIDER_IDLE_SECONDS "," \
    LEARN_PLACE
#define LEARN_LOCK                                                      \
    "learn(table=41,priority=100,hard_timeout=" LOCK_SECONDS            \
    ",cookie=0x6c33686c,OXM_OF_METADATA[],NXM_OF_ETH_SRC[])"

/* As much of an announcement as identifies it. */
#define ANNOUNCEMENT_LEN 128

static void
learn_announcement(struct stage *stage, bool for_all)
{
    if (!for_all) {
        put_load(&stage->actions, REG_ASIDE, 1);
    }
    put_parsed(&stage->actions, LEARN_ROUTER);
    put_parsed(&stage->actions, LEARN_LOCK);
    put_controller(&stage->actions, ANNOUNCEMENT_LEN);
    stage_flow(stage, TABLE_LEARN_LOCK, 200);
}

/* Packets of ICMPv6 'type' are not for other routers, and teach nothing that
 * others do not. */
static void
put_aside(struct stage *stage, uint8_t type)
{
    match_set_dl_type(&stage->match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(&stage->match, IPPROTO_ICMPV6);
    match_set_icmp_type(&stage->match, type);
    put_load(&stage->actions, REG_ASIDE, 1);
    stage_flow(stage, TABLE_LEARN_LOCK, 150);
}

/* What is done with a packet of a router, and the default: learn nothing. */
void
stage_learn_global(struct stage *stage)
{
    const struct eth_addr all_nodes = ETH_ADDR_C(33, 33, 00, 00, 00, 01);
    struct match *match = &stage->match;

    put_goto(&stage->actions, TABLE_L2_LOOKUP);
    stage_flow(stage, TABLE_LEARN, 0);

    /* Gratuitous ARP has the form of a request or that of a reply; a request
     * that asks for nothing is told by its target hardware address. */
    match_set_dl_type(match, htons(ETH_TYPE_ARP));
    match_set_dl_dst(match, eth_addr_broadcast);
    match_set_nw_proto(match, ARP_OP_REQUEST);
    match_set_arp_tha(match, eth_addr_broadcast);
    learn_announcement(stage, false);

    match_set_dl_type(match, htons(ETH_TYPE_ARP));
    match_set_dl_dst(match, eth_addr_broadcast);
    match_set_nw_proto(match, ARP_OP_REPLY);
    learn_announcement(stage, true);

    /* Unsolicited neighbor advertisement, to all nodes. */
    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_dl_dst(match, all_nodes);
    match_set_nw_proto(match, IPPROTO_ICMPV6);
    match_set_icmp_type(match, ND_NEIGHBOR_ADVERT);
    match_set_icmp_code(match, 0);
    learn_announcement(stage, false);

    /* Types of messages of Multicast Listener Discovery (RFC 2710, 3810). */
    put_aside(stage, 131);
    put_aside(stage, 132);
    put_aside(stage, 143);
    put_aside(stage, ND_ROUTER_SOLICIT);

    put_parsed(&stage->actions, LEARN_ROUTER);
    stage_flow(stage, TABLE_LEARN_LOCK, 0);
}

static bool
is_of_port(const struct in6_addr *ip, const struct pnetwork *network)
{
    const struct pport *port;

    LIST_FOR_EACH (port, net_node, &network->ports) {
        for (size_t i = 0; i < port->n_addresses; i++) {
            if (ipv6_addr_equals(&port->addresses[i].ip, ip)) {
                return true;
            }
        }
    }
    return false;
}

/* A router that has become active asks for the MAC of its gateway outside.  No
 * other router has it: when a node has died, those of all its routers ask. */
static void
put_gateway_aside(struct stage *stage, const struct pnetwork *network,
                  const struct in6_addr *ip)
{
    struct match *match = &stage->match;

    match_set_metadata(match, htonll(network->net_key));
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        match_set_dl_type(match, htons(ETH_TYPE_ARP));
        match_set_dl_dst(match, eth_addr_broadcast);
        match_set_nw_proto(match, ARP_OP_REQUEST);
        match_set_nw_dst(match, in6_addr_get_mapped_ipv4(ip));
    } else {
        match_set_dl_type(match, htons(ETH_TYPE_IPV6));
        match_set_nw_proto(match, IPPROTO_ICMPV6);
        match_set_icmp_type(match, ND_NEIGHBOR_SOLICIT);
        match_set_icmp_code(match, 0);
        match_set_nd_target(match, ip);
    }
    put_load(&stage->actions, REG_ASIDE, 1);
    stage_flow(stage, TABLE_LEARN_LOCK, 150);
}

/* On a provider network, everything that is not known is outside. */
void
stage_learn_network(struct stage *stage, const struct pnetwork *network)
{
    const struct eth_addr group_bit = ETH_ADDR_C(01, 00, 00, 00, 00, 00);

    if (network->tunnel) {
        return;
    }
    match_set_metadata(&stage->match, htonll(network->net_key));
    match_set_reg(&stage->match, REG_IN_CLASS - MFF_REG0, CLASS_PROVIDER);
    match_set_dl_src_masked(&stage->match, eth_addr_zero, group_bit);
    put_parsed(&stage->actions, LEARN_PROVIDER);
    put_goto(&stage->actions, TABLE_L2_LOOKUP);
    stage_flow(stage, TABLE_LEARN, 50);

    for (size_t i = 0; i < network->n_gateways; i++) {
        if (!is_of_port(&network->gateways[i], network)) {
            put_gateway_aside(stage, network, &network->gateways[i]);
        }
    }
}

/* A router's MAC is learned wherever it is seen. */
void
stage_learn_port(struct stage *stage, const struct pport *port)
{
    if (!port->learned) {
        return;
    }
    match_set_metadata(&stage->match, htonll(port->network->net_key));
    match_set_dl_src(&stage->match, port->mac);
    put_resubmit(&stage->actions, TABLE_LEARN_LOCK);
    put_goto(&stage->actions, TABLE_L2_LOOKUP);
    stage_flow(stage, TABLE_LEARN, 100);
}
