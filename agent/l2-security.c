/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/l2-security.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/ovs-plugin.h"
#include "ovsdb-data.h"
#include "packets.h"
#include "util.h"
#include "uuid.h"

VLOG_DEFINE_THIS_MODULE(l2_security);

/* Port security and security groups, for role l2.
 *
 * Owns the translation of Security_Group, Security_Group_Rule and
 * Address_Group to ovs-plugin, and of what makes a port the member of a group
 * that rules refer to.  In: rows, among which are the groups of the ports on
 * this host and the ports, anywhere, that have a group their rules refer to
 * (monitor.c).  Out: groups and members in ovs-plugin.
 *
 * A group is given with all of its rules, so a list of them is kept here; a
 * member is given alone, so that a change costs what it is, however large
 * the group.
 *
 * A rule that cannot be understood allows nothing and is logged. */

/* A rule that is in the replica. */
struct sg_rule {
    struct hmap_node hmap_node; /* In struct l2_security's 'rules'. */
    struct ovs_list group_node; /* In struct sg_group's 'rules'. */
    struct uuid uuid;
    struct sg_group *group;
};

/* A group that is in the replica, or of which a rule is. */
struct sg_group {
    struct hmap_node hmap_node; /* In struct l2_security's 'groups'. */
    struct ovs_list dirty_node; /* In 'dirty', or empty. */
    struct uuid uuid;
    struct ovs_list rules;      /* Contains "struct sg_rule"s. */
};

struct l2_security {
    struct hmap groups;
    struct hmap rules;
    struct ovs_list dirty;      /* Contains "struct sg_group"s. */
};

/* Returns a translation of nothing. */
struct l2_security *
l2_security_create(void)
{
    struct l2_security *sec = xzalloc(sizeof *sec);

    hmap_init(&sec->groups);
    hmap_init(&sec->rules);
    ovs_list_init(&sec->dirty);
    return sec;
}

/* Frees 'sec' and leaves ovs-plugin as it is. */
void
l2_security_destroy(struct l2_security *sec)
{
    if (sec) {
        struct sg_group *group;
        struct sg_rule *rule;

        HMAP_FOR_EACH_POP (rule, hmap_node, &sec->rules) {
            free(rule);
        }
        hmap_destroy(&sec->rules);
        HMAP_FOR_EACH_POP (group, hmap_node, &sec->groups) {
            free(group);
        }
        hmap_destroy(&sec->groups);
        free(sec);
    }
}

/* Parses an address or prefix of either IP version. */
static bool
parse_prefix(const char *s, struct in6_addr *ip, unsigned int *plen)
{
    ovs_be32 ip4;
    char *error = ip_parse_cidr(s, &ip4, plen);

    if (!error) {
        in6_addr_set_mapped_ipv4(ip, ip4 & be32_prefix_mask(*plen));
        *plen += 96;
        return true;
    }
    free(error);
    error = ipv6_parse_cidr(s, ip, plen);
    if (!error) {
        struct in6_addr mask = ipv6_create_mask(*plen);

        *ip = ipv6_addr_bitand(ip, &mask);
        return true;
    }
    free(error);
    return false;
}

/* An allowed address pair is an address or prefix, a space and a MAC. */
static bool
parse_pair(const char *pair, struct ovs_plugin_address *address)
{
    size_t len = strcspn(pair, " ");
    char *prefix = xmemdup0(pair, len);
    bool ok = (pair[len] && parse_prefix(prefix, &address->ip, &address->plen)
               && eth_addr_from_string(pair + len + 1, &address->mac));

    free(prefix);
    return ok;
}

/* See l2-security.h. */
struct ovs_plugin_address *
l2_port_addresses(const struct l3harec_port *row, size_t *n, size_t *n_own)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    struct ovs_plugin_address *addresses
        = xcalloc(row->n_fixed_ips + row->n_allowed_address_pairs + 1,
                  sizeof *addresses);

    *n = 0;
    for (size_t i = 0; i < row->n_fixed_ips; i++) {
        struct ovs_plugin_address *address = &addresses[*n];

        if (parse_prefix(row->fixed_ips[i]->address, &address->ip,
                         &address->plen)
            && eth_addr_from_string(row->mac, &address->mac)) {
            ++*n;
        }
    }
    *n_own = *n;
    for (size_t i = 0; i < row->n_allowed_address_pairs; i++) {
        const char *pair = row->allowed_address_pairs[i];

        if (parse_pair(pair, &addresses[*n])) {
            ++*n;
        } else {
            VLOG_WARN_RL(&rl, "port "UUID_FMT": \"%s\" is not an address pair",
                         UUID_ARGS(&row->header_.uuid), pair);
        }
    }
    return addresses;
}

/* See l2-security.h. */
struct uuid *
l2_port_groups(const struct l3harec_port *row, size_t *n)
{
    const struct ovsdb_datum *refs
        = l3harec_port_get_security_groups(row, OVSDB_TYPE_UUID);
    struct uuid *groups = xmalloc((refs->n + 1) * sizeof *groups);

    for (size_t i = 0; i < refs->n; i++) {
        groups[i] = refs->keys[i].uuid;
    }
    *n = refs->n;
    return groups;
}

/* See l2-security.h. */
bool
l2_port_is_secure(const struct l3harec_port *row)
{
    /* Routers and DHCP servers are ours. */
    return (row->port_security_enabled
            && strncmp(row->device_owner, "network:", strlen("network:")));
}

static struct sg_group *
group_get(struct l2_security *sec, const struct uuid *uuid)
{
    struct sg_group *group;

    HMAP_FOR_EACH_WITH_HASH (group, hmap_node, uuid_hash(uuid),
                             &sec->groups) {
        if (uuid_equals(&group->uuid, uuid)) {
            return group;
        }
    }
    group = xmalloc(sizeof *group);
    group->uuid = *uuid;
    ovs_list_init(&group->dirty_node);
    ovs_list_init(&group->rules);
    hmap_insert(&sec->groups, &group->hmap_node, uuid_hash(uuid));
    return group;
}

static void
group_dirty(struct l2_security *sec, struct sg_group *group)
{
    ovs_list_remove(&group->dirty_node);
    ovs_list_push_back(&sec->dirty, &group->dirty_node);
}

static struct sg_rule *
rule_find(const struct l2_security *sec, const struct uuid *uuid)
{
    struct sg_rule *rule;

    HMAP_FOR_EACH_WITH_HASH (rule, hmap_node, uuid_hash(uuid), &sec->rules) {
        if (uuid_equals(&rule->uuid, uuid)) {
            return rule;
        }
    }
    return NULL;
}

/* Notes to which group a rule belongs, and that it has changed. */
static void
note_rule(struct l2_security *sec,
          const struct l3harec_security_group_rule *row, bool deleted)
{
    struct sg_rule *rule = rule_find(sec, &row->header_.uuid);

    if (rule) {
        group_dirty(sec, rule->group);
        if (!deleted) {
            return;
        }
        ovs_list_remove(&rule->group_node);
        hmap_remove(&sec->rules, &rule->hmap_node);
        free(rule);
    } else if (!deleted) {
        rule = xmalloc(sizeof *rule);
        rule->uuid = row->header_.uuid;
        rule->group = group_get(
            sec, &l3harec_security_group_rule_get_security_group(
                row, OVSDB_TYPE_UUID)->keys[0].uuid);
        ovs_list_push_back(&rule->group->rules, &rule->group_node);
        hmap_insert(&sec->rules, &rule->hmap_node, uuid_hash(&rule->uuid));
        group_dirty(sec, rule->group);
    }
}

static void
note_group(struct l2_security *sec, const struct uuid *uuid)
{
    group_dirty(sec, group_get(sec, uuid));
}

static void
get_set(const struct ovsdb_datum *ref, struct uuid *set)
{
    if (ref->n) {
        *set = ref->keys[0].uuid;
    }
}

static bool
translate_rule(const struct l3harec_security_group_rule *row,
               struct ovs_plugin_rule *rule)
{
    bool icmp;

    memset(rule, 0, sizeof *rule);
    rule->ingress = !strcmp(row->direction, "ingress");
    rule->ipv6 = !strcmp(row->ethertype, "IPv6");
    rule->proto = row->n_ip_protocol ? *row->ip_protocol : -1;
    if (rule->ipv6 && rule->proto == IPPROTO_ICMP) {
        rule->proto = IPPROTO_ICMPV6;
    }
    icmp = rule->proto == IPPROTO_ICMP || rule->proto == IPPROTO_ICMPV6;
    rule->min = row->n_port_range_min ? *row->port_range_min : -1;
    rule->max = (row->n_port_range_max ? *row->port_range_max
                 : icmp ? -1 : rule->min);
    if (row->remote_ip_prefix[0]
        && (!parse_prefix(row->remote_ip_prefix, &rule->prefix, &rule->plen)
            || IN6_IS_ADDR_V4MAPPED(&rule->prefix) == rule->ipv6)) {
        return false;
    }
    get_set(l3harec_security_group_rule_get_remote_group(
                row, OVSDB_TYPE_UUID), &rule->set);
    get_set(l3harec_security_group_rule_get_remote_address_group(
                row, OVSDB_TYPE_UUID), &rule->set);
    return rule->min < 0 ? rule->max < 0 : icmp || rule->min <= rule->max;
}

/* Gives a group to ovs-plugin, or takes it back if it is not in the
 * replica. */
static void
translate_group(struct l2_security *sec, struct sg_group *group,
                const struct agent_ctx *ctx)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    const struct l3harec_security_group *row
        = l3harec_security_group_get_for_uuid(ctx->l3ha_idl, &group->uuid);
    struct ovs_plugin_rule *rules;
    const struct sg_rule *rule;
    size_t n = 0;

    if (!row) {
        ovs_plugin_group_set(ctx->plugin, &group->uuid, NULL);
        if (ovs_list_is_empty(&group->rules)) {
            hmap_remove(&sec->groups, &group->hmap_node);
            free(group);
        }
        return;
    }
    rules = xmalloc((ovs_list_size(&group->rules) + 1) * sizeof *rules);
    LIST_FOR_EACH (rule, group_node, &group->rules) {
        const struct l3harec_security_group_rule *rule_row
            = l3harec_security_group_rule_get_for_uuid(ctx->l3ha_idl,
                                                       &rule->uuid);

        if (rule_row && translate_rule(rule_row, &rules[n])) {
            n++;
        } else if (rule_row) {
            VLOG_WARN_RL(&rl, "security group rule "UUID_FMT" is not valid "
                         "and allows nothing", UUID_ARGS(&rule->uuid));
        }
    }

    struct ovs_plugin_group desc = {
        .stateful = row->stateful,
        .rules = rules,
        .n_rules = n,
    };

    ovs_plugin_group_set(ctx->plugin, &group->uuid, &desc);
    free(rules);
}

static void
translate_groups(struct l2_security *sec, const struct agent_ctx *ctx)
{
    struct sg_group *group;

    LIST_FOR_EACH_POP (group, dirty_node, &sec->dirty) {
        ovs_list_init(&group->dirty_node);
        translate_group(sec, group, ctx);
    }
}

/* A port is in the sets that are called like its groups. */
static void
translate_member(const struct l3harec_port *row, const struct agent_ctx *ctx,
                 bool deleted)
{
    struct ovs_plugin_member desc;
    struct ovs_plugin_address *addresses;
    struct uuid *groups;
    size_t n_own;

    if (deleted) {
        ovs_plugin_member_set(ctx->plugin, &row->header_.uuid, NULL);
        return;
    }
    groups = l2_port_groups(row, &desc.n_sets);
    addresses = l2_port_addresses(row, &desc.n_addresses, &n_own);
    desc.sets = groups;
    desc.addresses = addresses;
    ovs_plugin_member_set(ctx->plugin, &row->header_.uuid, &desc);
    free(addresses);
    free(groups);
}

static void
translate_address_group(const struct l3harec_address_group *row,
                        const struct agent_ctx *ctx, bool deleted)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    const struct uuid *uuid = &row->header_.uuid;
    struct ovs_plugin_member desc = { .sets = uuid, .n_sets = 1 };
    struct ovs_plugin_address *addresses;

    if (deleted) {
        ovs_plugin_member_set(ctx->plugin, uuid, NULL);
        return;
    }
    addresses = xcalloc(row->n_addresses + 1, sizeof *addresses);
    for (size_t i = 0; i < row->n_addresses; i++) {
        struct ovs_plugin_address *address = &addresses[desc.n_addresses];

        if (parse_prefix(row->addresses[i], &address->ip, &address->plen)) {
            desc.n_addresses++;
        } else {
            VLOG_WARN_RL(&rl, "address group "UUID_FMT": \"%s\" is not an "
                         "address", UUID_ARGS(uuid), row->addresses[i]);
        }
    }
    desc.addresses = addresses;
    ovs_plugin_member_set(ctx->plugin, uuid, &desc);
    free(addresses);
}

/* See l2-security.h. */
void
l2_security_translate_all(struct l2_security *sec,
                          const struct agent_ctx *ctx)
{
    const struct l3harec_security_group_rule *rule;
    const struct l3harec_security_group *group;
    const struct l3harec_address_group *ag;
    const struct l3harec_port *port;

    L3HAREC_SECURITY_GROUP_FOR_EACH (group, ctx->l3ha_idl) {
        note_group(sec, &group->header_.uuid);
    }
    L3HAREC_SECURITY_GROUP_RULE_FOR_EACH (rule, ctx->l3ha_idl) {
        note_rule(sec, rule, false);
    }
    L3HAREC_PORT_FOR_EACH (port, ctx->l3ha_idl) {
        translate_member(port, ctx, false);
    }
    L3HAREC_ADDRESS_GROUP_FOR_EACH (ag, ctx->l3ha_idl) {
        translate_address_group(ag, ctx, false);
    }
    translate_groups(sec, ctx);
}

/* See l2-security.h. */
void
l2_security_translate_changes(struct l2_security *sec,
                              const struct agent_ctx *ctx)
{
    const struct l3harec_security_group_rule *rule;
    const struct l3harec_security_group *group;
    const struct l3harec_address_group *ag;
    const struct l3harec_port *port;

    L3HAREC_SECURITY_GROUP_FOR_EACH_TRACKED (group, ctx->l3ha_idl) {
        note_group(sec, &group->header_.uuid);
    }
    L3HAREC_SECURITY_GROUP_RULE_FOR_EACH_TRACKED (rule, ctx->l3ha_idl) {
        note_rule(sec, rule, l3harec_security_group_rule_is_deleted(rule));
    }
    L3HAREC_PORT_FOR_EACH_TRACKED (port, ctx->l3ha_idl) {
        translate_member(port, ctx, l3harec_port_is_deleted(port));
    }
    L3HAREC_ADDRESS_GROUP_FOR_EACH_TRACKED (ag, ctx->l3ha_idl) {
        translate_address_group(ag, ctx, l3harec_address_group_is_deleted(ag));
    }
    translate_groups(sec, ctx);
}
