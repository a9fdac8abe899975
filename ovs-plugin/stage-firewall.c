/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include <netinet/icmp6.h>

#include "ovs-plugin/firewall.h"
#include "packets.h"
#include "util.h"

/* Stages "egress_fw", "ingress_fw" with "ingress_ct", and "commit": the way
 * into and out of the rules of the firewall (stage-rules.c).
 *
 * Only what secure ports send comes to "egress_fw".  To "ingress_fw" comes
 * what has an output port; what is for a secure port takes the way through
 * the rules, everything else goes to "commit" at once.
 *
 * Some packets need no rule: ARP, IPv6 neighbor discovery, DHCP; without
 * these no port would ever have an address that a rule could be about.
 *
 * A connection is tracked in the zone of its network (zones.c).  Between two
 * ports of one host a packet is tracked once, by the firewall of the sender,
 * and both firewalls judge the same ct_state.  The connection becomes known
 * ("commit") when the packet has passed both. */

/* ICMPv6 types that need no rule: multicast listener discovery, of which
 * switches on the way may depend, and neighbor discovery. */
static const uint8_t egress_icmp6[] = {
    MLD_LISTENER_QUERY, MLD_LISTENER_REPORT, MLD_LISTENER_REDUCTION,
    MLD2_REPORT, ND_ROUTER_SOLICIT, ND_NEIGHBOR_SOLICIT, ND_NEIGHBOR_ADVERT,
};
static const uint8_t ingress_icmp6[] = {
    MLD_LISTENER_QUERY, ND_ROUTER_ADVERT, ND_NEIGHBOR_SOLICIT,
    ND_NEIGHBOR_ADVERT,
};

static const ovs_be16 ip_types[] = {
    CONSTANT_HTONS(ETH_TYPE_IP), CONSTANT_HTONS(ETH_TYPE_IPV6)
};

static void
pass_udp(struct stage *stage, enum pipeline_table table,
         enum pipeline_table next, uint16_t dl_type, uint16_t src,
         uint16_t dst)
{
    match_set_dl_type(&stage->match, htons(dl_type));
    match_set_nw_proto(&stage->match, IPPROTO_UDP);
    match_set_tp_src(&stage->match, htons(src));
    match_set_tp_dst(&stage->match, htons(dst));
    put_goto(&stage->actions, next);
    stage_flow(stage, table, 200);
}

static void
pass_icmp6(struct stage *stage, enum pipeline_table table,
           enum pipeline_table next, const uint8_t *types, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        match_set_dl_type(&stage->match, htons(ETH_TYPE_IPV6));
        match_set_nw_proto(&stage->match, IPPROTO_ICMPV6);
        match_set_icmp_type(&stage->match, types[i]);
        put_goto(&stage->actions, next);
        stage_flow(stage, table, 200);
    }
}

static void
pass_type(struct stage *stage, enum pipeline_table table,
          enum pipeline_table next, uint16_t dl_type)
{
    match_set_dl_type(&stage->match, htons(dl_type));
    put_goto(&stage->actions, next);
    stage_flow(stage, table, 200);
}

/* What secure ports send. */
void
stage_egress_fw_global(struct stage *stage)
{
    const enum pipeline_table table = TABLE_EGRESS_FW;
    const enum pipeline_table next = TABLE_ARP_ND;

    pass_type(stage, table, next, ETH_TYPE_ARP);
    pass_type(stage, table, next, ETH_TYPE_RARP);
    pass_udp(stage, table, next, ETH_TYPE_IP, DHCP_CLIENT_PORT,
             DHCP_SERVER_PORT);
    pass_udp(stage, table, next, ETH_TYPE_IPV6, DHCPV6_CLIENT_PORT,
             DHCPV6_SERVER_PORT);
    pass_icmp6(stage, table, next, egress_icmp6, ARRAY_SIZE(egress_icmp6));

    match_set_reg(&stage->match, REG_POLICY - MFF_REG0, 0);
    stage_flow(stage, table, 150);

    for (size_t i = 0; i < ARRAY_SIZE(ip_types); i++) {
        match_set_dl_type(&stage->match, ip_types[i]);
        match_set_reg(&stage->match, REG_STATELESS - MFF_REG0, 1);
        put_goto(&stage->actions, TABLE_EGRESS_RULES);
        stage_flow(stage, table, 100);

        match_set_dl_type(&stage->match, ip_types[i]);
        match_set_reg(&stage->match, REG_STATELESS - MFF_REG0, 0);
        put_load(&stage->actions, REG_CT, CT_TRACKED);
        put_parsed(&stage->actions, CT_EGRESS);
        stage_flow(stage, table, 100);
    }
}

/* What goes to a port that is not secure, or leaves the host. */
void
stage_ingress_fw_global(struct stage *stage)
{
    const enum pipeline_table table = TABLE_INGRESS_CT;
    const enum pipeline_table next = TABLE_COMMIT;

    put_goto(&stage->actions, TABLE_COMMIT);
    stage_flow(stage, TABLE_INGRESS_FW, 0);

    pass_type(stage, table, next, ETH_TYPE_ARP);
    pass_udp(stage, table, next, ETH_TYPE_IP, DHCP_SERVER_PORT,
             DHCP_CLIENT_PORT);
    pass_udp(stage, table, next, ETH_TYPE_IPV6, DHCPV6_SERVER_PORT,
             DHCPV6_CLIENT_PORT);
    pass_icmp6(stage, table, next, ingress_icmp6, ARRAY_SIZE(ingress_icmp6));

    match_set_reg(&stage->match, REG_POLICY - MFF_REG0, 0);
    stage_flow(stage, table, 150);

    for (size_t i = 0; i < ARRAY_SIZE(ip_types); i++) {
        match_set_dl_type(&stage->match, ip_types[i]);
        match_set_reg(&stage->match, REG_STATELESS - MFF_REG0, 0);
        match_set_reg(&stage->match, REG_CT - MFF_REG0, CT_NONE);
        put_load(&stage->actions, REG_CT, CT_TRACKED);
        put_parsed(&stage->actions, CT_INGRESS);
        /* When flooding, the packet goes on to other ports as it was. */
        put_load(&stage->actions, REG_CT, CT_NONE);
        stage_flow(stage, table, 100);

        /* Tracked already, or need not be. */
        match_set_dl_type(&stage->match, ip_types[i]);
        put_goto(&stage->actions, TABLE_INGRESS_RULES);
        stage_flow(stage, table, 90);
    }
}

static void
match_out_port(struct stage *stage, const struct pport *port)
{
    match_set_reg(&stage->match, REG_OUT_CLASS - MFF_REG0, CLASS_LOCAL);
    match_set_reg(&stage->match, REG_OUT_PORT - MFF_REG0,
                  ofp_to_u16(pipeline_port_ofport(stage->pipeline, port)));
}

/* What goes to a secure port: of packets to one receiver only its own, so
 * that flooding shows it nobody else's. */
void
stage_ingress_fw_port(struct stage *stage, const struct pport *port)
{
    const struct eth_addr group_bit = ETH_ADDR_C(01, 00, 00, 00, 00, 00);
    struct eth_addr *macs;
    size_t n;

    if (!port->secure || !pipeline_port_is_here(stage->pipeline, port)) {
        return;
    }
    n = pipeline_port_macs(port, &macs);
    for (size_t i = 0; i <= n; i++) {
        match_out_port(stage, port);
        if (i < n) {
            match_set_dl_dst(&stage->match, macs[i]);
        } else {
            match_set_dl_dst_masked(&stage->match, group_bit, group_bit);
        }
        put_policy(&stage->actions, port);
        put_goto(&stage->actions, TABLE_INGRESS_CT);
        stage_flow(stage, TABLE_INGRESS_FW, 100);
    }
    free(macs);

    match_out_port(stage, port);
    stage_flow(stage, TABLE_INGRESS_FW, 50);
}

/* Makes the connection known that a packet has opened, and one whose rule
 * has come back whole again. */
void
stage_commit_global(struct stage *stage)
{
    for (size_t i = 0; i < ARRAY_SIZE(ip_types); i++) {
        match_set_dl_type(&stage->match, ip_types[i]);
        match_set_reg(&stage->match, REG_CT - MFF_REG0, CT_TRACKED);
        match_set_ct_state_masked(&stage->match, CS_NEW | CS_TRACKED,
                                  CS_NEW | CS_TRACKED | CS_INVALID);
        put_parsed(&stage->actions, CT_COMMIT);
        put_load(&stage->actions, REG_CT, CT_COMMITTED);
        put_goto(&stage->actions, TABLE_OUTPUT);
        stage_flow(stage, TABLE_COMMIT, 100);

        match_set_dl_type(&stage->match, ip_types[i]);
        match_set_reg(&stage->match, REG_CT - MFF_REG0, CT_TRACKED);
        match_set_ct_state_masked(&stage->match, CS_ESTABLISHED | CS_TRACKED,
                                  CS_ESTABLISHED | CS_TRACKED | CS_INVALID);
        match_set_ct_mark_masked(&stage->match, CT_MARK_CUT, CT_MARK_CUT);
        put_parsed(&stage->actions, CT_COMMIT);
        put_load(&stage->actions, REG_CT, CT_COMMITTED);
        put_goto(&stage->actions, TABLE_OUTPUT);
        stage_flow(stage, TABLE_COMMIT, 100);
    }
    put_goto(&stage->actions, TABLE_OUTPUT);
    stage_flow(stage, TABLE_COMMIT, 0);
}
