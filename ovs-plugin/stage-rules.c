/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/ofp-actions.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(stage_rules);

/* Stages "egress_rules" and "ingress_rules": is there a rule that allows this
 * packet, or does it belong to a connection that one has allowed?
 *
 * In: REG_POLICY, REG_STATELESS and, unless that is set, ct_state.  A packet
 * that is allowed goes on; the others are dropped.
 *
 *   priority  match                         action
 *   200       not stateless, invalid        drop
 *   200       not stateless, answer or      go on if bit 0 of ct_mark is 0,
 *             related to a connection       else drop
 *   110       a rule without a set          go on
 *   100       the parts of rules with sets  conjunction
 *   100       conjunction                   go on
 *   50        not stateless, connection     set bit 0 of ct_mark
 *
 * So the packets of the one who opened a connection are compared with the
 * rules all the time.  The first one that no rule allows any more marks the
 * connection, and then its answers do not pass either.  When rules change
 * back, stage "commit" takes the mark off.
 *
 * Limit: until then answers pass.  A connection in which the opener never
 * says anything again lives on in one direction.
 *
 * All rules only allow, so their order means nothing. */

#define PRIORITY_STATE 200
#define PRIORITY_RULE 110
#define PRIORITY_CONJUNCTION 100
#define PRIORITY_MARK 50

/* ct_state bits, see ovs-fields(7). */
#define ST_NEW CS_NEW
#define ST_EST CS_ESTABLISHED
#define ST_REL CS_RELATED
#define ST_RPL CS_REPLY_DIR
#define ST_INV CS_INVALID
#define ST_TRK CS_TRACKED

static const struct {
    enum pipeline_table table;
    enum pipeline_table next;
    bool ingress;
} directions[] = {
    { TABLE_EGRESS_RULES, TABLE_ARP_ND, false },
    { TABLE_INGRESS_RULES, TABLE_COMMIT, true },
};

static const ovs_be16 ip_types[] = {
    CONSTANT_HTONS(ETH_TYPE_IP), CONSTANT_HTONS(ETH_TYPE_IPV6)
};

/* Matches a tracked packet of a connection with 'mark' in bit 0 of ct_mark. */
static void
match_state(struct stage *stage, ovs_be16 dl_type, uint32_t state,
            uint32_t mask, int mark)
{
    match_set_dl_type(&stage->match, dl_type);
    match_set_reg(&stage->match, REG_STATELESS - MFF_REG0, 0);
    match_set_ct_state_masked(&stage->match, state | ST_TRK, mask | ST_TRK);
    if (mark >= 0) {
        match_set_ct_mark_masked(&stage->match, mark, CT_MARK_CUT);
    }
}

/* What connection tracking says. */
void
stage_rules_global(struct stage *stage)
{
    for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
        enum pipeline_table table = directions[i].table;

        for (size_t j = 0; j < ARRAY_SIZE(ip_types); j++) {
            ovs_be16 dl_type = ip_types[j];

            match_state(stage, dl_type, ST_INV, ST_INV, -1);
            stage_flow(stage, table, PRIORITY_STATE);

            /* Answers. */
            match_state(stage, dl_type, ST_EST | ST_RPL,
                        ST_EST | ST_RPL | ST_REL | ST_INV, 0);
            put_goto(&stage->actions, directions[i].next);
            stage_flow(stage, table, PRIORITY_STATE);

            match_state(stage, dl_type, ST_EST | ST_RPL,
                        ST_EST | ST_RPL | ST_REL | ST_INV, CT_MARK_CUT);
            stage_flow(stage, table, PRIORITY_STATE);

            /* ICMP errors. */
            match_state(stage, dl_type, ST_REL, ST_REL | ST_NEW | ST_INV, 0);
            put_goto(&stage->actions, directions[i].next);
            stage_flow(stage, table, PRIORITY_STATE);

            match_state(stage, dl_type, ST_REL, ST_REL | ST_NEW | ST_INV,
                        CT_MARK_CUT);
            stage_flow(stage, table, PRIORITY_STATE);

            /* A connection that no rule allows any more. */
            match_state(stage, dl_type, ST_EST, ST_EST | ST_RPL | ST_INV, 0);
            put_parsed(&stage->actions, CT_CUT);
            stage_flow(stage, table, PRIORITY_MARK);
        }
    }
}

/* A rule taken apart: all that a flow of it matches but the policy.  Compared
 * byte by byte, so always initialized with zeros. */
struct clause {
    uint32_t direction;         /* Index into 'directions'. */
    ovs_be16 dl_type;
    ovs_be16 type, type_mask;   /* Type of ICMP. */
    ovs_be16 port, port_mask;   /* Destination port, or code of ICMP. */
    int16_t proto;              /* -1: any. */
    uint32_t plen;              /* 0: any address. */
    struct in6_addr prefix;
    uint32_t conj_id;           /* 0: needs no set. */
};

struct clauses {
    struct clause *clauses;
    size_t n, allocated;
};

static void
clauses_add(struct clauses *c, const struct clause *clause)
{
    if (c->n >= c->allocated) {
        c->clauses = x2nrealloc(c->clauses, &c->allocated,
                                sizeof *c->clauses);
    }
    c->clauses[c->n++] = *clause;
}

/* Adds 'clause' for each of the fewest masked matches that come to the range
 * of ports from 'min' to 'max'. */
static void
clauses_add_ports(struct clauses *c, struct clause *clause,
                  uint32_t min, uint32_t max)
{
    while (min <= max) {
        /* The greatest block that begins at 'min' and ends before 'max'. */
        uint32_t size = min ? min & -min : 1u << 16;

        while (size > max - min + 1) {
            size >>= 1;
        }
        clause->port = htons(min);
        clause->port_mask = htons(~(size - 1));
        clauses_add(c, clause);
        min += size;
    }
}

static bool
has_ports(int proto)
{
    return (proto == IPPROTO_TCP || proto == IPPROTO_UDP
            || proto == IPPROTO_SCTP);
}

/* Adds the clauses of 'rule'. */
static void
clauses_add_rule(struct clauses *c, const struct stage_rule *rule_)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    const struct ovs_plugin_rule *rule = rule_->rule;
    struct clause clause;

    memset(&clause, 0, sizeof clause);
    clause.direction = rule->ingress;
    clause.dl_type = htons(rule->ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP);
    clause.proto = rule->proto;
    clause.plen = rule->ipv6 || !rule->plen ? rule->plen : rule->plen - 96;
    if (clause.plen) {
        clause.prefix = rule->prefix;
    }
    clause.conj_id = rule_->conj_id;

    if (rule->min < 0 || (has_ports(rule->proto) && rule->min <= 1
                          && rule->max == UINT16_MAX)) {
        clauses_add(c, &clause);
    } else if (has_ports(rule->proto)) {
        clauses_add_ports(c, &clause, rule->min, rule->max);
    } else if (rule->proto == (rule->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
        clause.type = htons(rule->min);
        clause.type_mask = OVS_BE16_MAX;
        if (rule->max >= 0) {
            clause.port = htons(rule->max);
            clause.port_mask = OVS_BE16_MAX;
        }
        clauses_add(c, &clause);
    } else {
        VLOG_WARN_RL(&rl, "a rule for ports %d to %d of IP protocol %d: Open "
                     "vSwitch cannot tell the ports of this protocol; the "
                     "rule allows nothing",
                     rule->min, rule->max, rule->proto);
    }
}

static int
compare_clauses(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct clause));
}

static bool
same_match(const struct clause *a, const struct clause *b)
{
    return !memcmp(a, b, offsetof(struct clause, conj_id));
}

static void
match_other_side(struct match *match, bool ingress,
                 const struct in6_addr *ip, ovs_be16 dl_type,
                 unsigned int plen)
{
    if (dl_type == htons(ETH_TYPE_IP)) {
        ovs_be32 ip4 = in6_addr_get_mapped_ipv4(ip);
        ovs_be32 mask = be32_prefix_mask(plen);

        if (ingress) {
            match_set_nw_src_masked(match, ip4, mask);
        } else {
            match_set_nw_dst_masked(match, ip4, mask);
        }
    } else {
        struct in6_addr mask = ipv6_create_mask(plen);

        if (ingress) {
            match_set_ipv6_src_masked(match, ip, &mask);
        } else {
            match_set_ipv6_dst_masked(match, ip, &mask);
        }
    }
}

static void
match_clause(struct match *match, uint32_t policy, const struct clause *c)
{
    match_set_reg(match, REG_POLICY - MFF_REG0, policy);
    match_set_dl_type(match, c->dl_type);
    if (c->proto >= 0) {
        match_set_nw_proto(match, c->proto);
    }
    /* Open vSwitch has type and code of ICMP in the place of ports. */
    if (c->type_mask) {
        match_set_tp_src(match, c->type);
    }
    if (c->port_mask) {
        match_set_tp_dst_masked(match, c->port, c->port_mask);
    }
    if (c->plen) {
        match_other_side(match, directions[c->direction].ingress, &c->prefix,
                         c->dl_type, c->plen);
    }
}

static void
put_conjunction(struct ofpbuf *actions, uint32_t id, uint8_t clause)
{
    struct ofpact_conjunction *oc = ofpact_put_CONJUNCTION(actions);

    oc->id = id;
    oc->clause = clause;
    oc->n_clauses = 2;
}

/* The rules of a policy. */
void
stage_rules_policy(struct stage *stage, uint32_t policy,
                   const struct stage_rule *rules, size_t n_rules)
{
    struct clauses c = { .n = 0 };
    size_t i, j;

    for (i = 0; i < n_rules; i++) {
        clauses_add_rule(&c, &rules[i]);
    }
    if (c.n) {
        qsort(c.clauses, c.n, sizeof *c.clauses, compare_clauses);
    }
    for (i = 0; i < c.n; i = j) {
        const struct clause *first = &c.clauses[i];

        match_clause(&stage->match, policy, first);
        for (j = i; j < c.n && same_match(first, &c.clauses[j]); j++) {
            uint32_t conj_id = c.clauses[j].conj_id;

            /* A rule that needs no set makes the others needless. */
            if (first->conj_id
                && (j == i || conj_id != c.clauses[j - 1].conj_id)) {
                put_conjunction(&stage->actions, conj_id, 1);
            }
        }
        if (!first->conj_id) {
            put_goto(&stage->actions, directions[first->direction].next);
        }
        stage_flow(stage, directions[first->direction].table,
                   first->conj_id ? PRIORITY_CONJUNCTION : PRIORITY_RULE);
    }
    free(c.clauses);
}

/* A rule and an address that have met in the set 'number'. */
void
stage_rules_set(struct stage *stage, uint32_t number)
{
    for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
        match_set_conj_id(&stage->match, number);
        put_goto(&stage->actions, directions[i].next);
        stage_flow(stage, directions[i].table, PRIORITY_CONJUNCTION);
    }
}

/* An address that is in 'sets', sorted numbers of which some may be there
 * several times. */
void
stage_rules_address(struct stage *stage,
                    const struct ovs_plugin_address *address,
                    const uint32_t *sets, size_t n)
{
    bool ipv4 = IN6_IS_ADDR_V4MAPPED(&address->ip);
    unsigned int plen = address_prefix_len(address);

    for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
        ovs_be16 dl_type = htons(ipv4 ? ETH_TYPE_IP : ETH_TYPE_IPV6);
        struct match *match = &stage->match;

        match_set_dl_type(match, dl_type);
        if (plen) {
            match_other_side(match, directions[i].ingress, &address->ip,
                             dl_type, plen);
        } else if (directions[i].ingress) {
            match_set_dl_src(match, address->mac);
        } else {
            match_set_dl_dst(match, address->mac);
        }
        for (size_t j = 0; j < n; j++) {
            if (!j || sets[j] != sets[j - 1]) {
                put_conjunction(&stage->actions, sets[j], 0);
            }
        }
        stage_flow(stage, directions[i].table, PRIORITY_CONJUNCTION);
    }
}
