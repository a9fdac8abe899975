/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Security groups: the default one of a project, and what a rule says.
 *
 * Writes rows of Security_Group, Default_Security_Group and
 * Security_Group_Rule.
 *
 * Invariants: a project has at most one default group, and a group has no
 * rule twice.  Both are unique indexes of the database, so they hold for
 * several servers, too: the slower one runs again and finds what is there. */

#include <config.h>
#include "server/security-group.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "server/backend.h"
#include "server/ipam.h"
#include "server/resource.h"
#include "util.h"
#include "uuid.h"

/* Names of protocols in rules, Neutron's. */
static const struct {
    const char *name;
    int number;
} protocols[] = {
    { "ah", 51 }, { "dccp", 33 }, { "egp", 8 }, { "esp", 50 },
    { "gre", 47 }, { "hopopt", 0 }, { "icmp", 1 }, { "icmpv6", 58 },
    { "igmp", 2 }, { "ip", 0 }, { "ipip", 4 }, { "ipv6-encap", 41 },
    { "ipv6-frag", 44 }, { "ipv6-icmp", 58 }, { "ipv6-nonxt", 59 },
    { "ipv6-opts", 60 }, { "ipv6-route", 43 }, { "ospf", 89 },
    { "pgm", 113 }, { "rsvp", 46 }, { "sctp", 132 }, { "tcp", 6 },
    { "udp", 17 }, { "udplite", 136 }, { "vrrp", 112 },
};

int
sg_protocol_from_name(const char *name)
{
    int number;

    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (!strcmp(protocols[i].name, name)) {
            return protocols[i].number;
        }
    }
    return (name[0] && strspn(name, "0123456789") == strlen(name)
            && str_to_int(name, 10, &number) && number <= 255 ? number : -1);
}

const char *
sg_protocol_name(size_t i)
{
    return i < ARRAY_SIZE(protocols) ? protocols[i].name : NULL;
}

/* Appends 'prefix' without host bits.  One that holds every address is
 * none. */
static void
put_prefix(struct ds *s, const char *prefix)
{
    struct ipam_cidr cidr;

    if (!prefix[0] || !ipam_cidr_parse(prefix, &cidr) || !cidr.plen) {
        ds_put_cstr(s, " -");
    } else {
        char text[IPAM_CIDR_STRLEN];

        ipam_cidr_format(&cidr, text);
        ds_put_format(s, " %s", text);
    }
}

static void
put_reference(struct ds *s, const struct uuid *uuid)
{
    if (uuid) {
        ds_put_format(s, " "UUID_FMT, UUID_ARGS(uuid));
    } else {
        ds_put_cstr(s, " -");
    }
}

/* What 'rule' matches as a text: equal for rules that say the same.  The
 * caller must free it. */
static char *
sg_rule_format(const struct sg_rule *rule)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s %s %d %d %d", rule->direction, rule->ethertype,
                  rule->ip_protocol, rule->port_min, rule->port_max);
    put_prefix(&s, rule->remote_ip_prefix);
    put_reference(&s, (rule->remote_group
                       ? &rule->remote_group->header_.uuid : NULL));
    put_reference(&s, (rule->remote_address_group
                       ? &rule->remote_address_group->header_.uuid : NULL));
    return ds_steal_cstr(&s);
}

void
sg_rule_write(const struct l3harec_security_group_rule *row,
              const struct l3harec_security_group *group,
              const struct sg_rule *rule)
{
    int64_t protocol = rule->ip_protocol;
    int64_t min = rule->port_min, max = rule->port_max;
    char *match = sg_rule_format(rule);

    l3harec_security_group_rule_set_security_group(row, group);
    l3harec_security_group_rule_set_direction(row, rule->direction);
    l3harec_security_group_rule_set_ethertype(row, rule->ethertype);
    l3harec_security_group_rule_set_protocol(row, rule->protocol);
    l3harec_security_group_rule_set_ip_protocol(row, &protocol,
                                                protocol >= 0);
    l3harec_security_group_rule_set_port_range_min(row, &min, min >= 0);
    l3harec_security_group_rule_set_port_range_max(row, &max, max >= 0);
    l3harec_security_group_rule_set_remote_ip_prefix(row,
                                                     rule->remote_ip_prefix);
    l3harec_security_group_rule_set_remote_group(row, rule->remote_group);
    l3harec_security_group_rule_set_remote_address_group(
        row, rule->remote_address_group);
    l3harec_security_group_rule_set_match(row, match);
    free(match);
}

const struct l3harec_security_group_rule *
sg_rule_find(const struct backend *b,
             const struct l3harec_security_group *group,
             const struct sg_rule *rule)
{
    const struct l3harec_security_group_rule *found;
    struct l3harec_security_group_rule *key;
    char *match = sg_rule_format(rule);

    key = l3harec_security_group_rule_index_init_row(b->sg_rule_by_match);
    l3harec_security_group_rule_index_set_security_group(key, group);
    l3harec_security_group_rule_index_set_match(key, match);
    found = l3harec_security_group_rule_index_find(b->sg_rule_by_match, key);
    l3harec_security_group_rule_index_destroy_row(key);
    free(match);
    return found;
}

static void
add_rule(struct api_ctx *ctx, const struct l3harec_security_group *group,
         const char *direction, const char *ethertype,
         const struct l3harec_security_group *remote_group)
{
    const struct l3harec_security_group_rule *row;
    struct sg_rule rule = {
        .direction = direction,
        .ethertype = ethertype,
        .protocol = "",
        .ip_protocol = -1,
        .port_min = -1,
        .port_max = -1,
        .remote_ip_prefix = "",
        .remote_group = remote_group,
    };
    struct uuid uuid;

    uuid_generate(&uuid);
    row = l3harec_security_group_rule_insert_persist_uuid(ctx->txn, &uuid);
    resource_init_standard(ctx, &std_security_group_rule, &row->header_);
    l3harec_security_group_rule_set_project_id(row, group->project_id);
    sg_rule_write(row, group, &rule);
}

void
sg_add_egress_rules(struct api_ctx *ctx,
                    const struct l3harec_security_group *group)
{
    add_rule(ctx, group, "egress", "IPv4", NULL);
    add_rule(ctx, group, "egress", "IPv6", NULL);
}

static const struct l3harec_default_security_group *
find_default(const struct backend *b, const char *project_id)
{
    const struct l3harec_default_security_group *found;
    struct l3harec_default_security_group *key;

    key = l3harec_default_security_group_index_init_row(
        b->default_group_by_project);
    l3harec_default_security_group_index_set_project_id(key, project_id);
    found = l3harec_default_security_group_index_find(
        b->default_group_by_project, key);
    l3harec_default_security_group_index_destroy_row(key);
    return found;
}

const struct l3harec_security_group *
sg_get_default(struct api_ctx *ctx, const char *project_id)
{
    const struct l3harec_default_security_group *row;
    const struct l3harec_security_group *group;
    struct uuid uuid;

    row = find_default(ctx->backend, project_id);
    if (row) {
        return row->security_group;
    }
    uuid_generate(&uuid);
    group = l3harec_security_group_insert_persist_uuid(ctx->txn, &uuid);
    resource_init_standard(ctx, &std_security_group, &group->header_);
    l3harec_security_group_set_project_id(group, project_id);
    l3harec_security_group_set_name(group, "default");
    l3harec_security_group_set_description(group, "Default security group");
    l3harec_security_group_set_stateful(group, true);
    sg_add_egress_rules(ctx, group);
    add_rule(ctx, group, "ingress", "IPv4", group);
    add_rule(ctx, group, "ingress", "IPv6", group);

    row = l3harec_default_security_group_insert(ctx->txn);
    l3harec_default_security_group_set_project_id(row, project_id);
    l3harec_default_security_group_set_security_group(row, group);
    return group;
}

bool
sg_is_default(const struct backend *b,
              const struct l3harec_security_group *group)
{
    const struct l3harec_default_security_group *row;

    row = find_default(b, group->project_id);
    return row && row->security_group == group;
}

void
sg_clear_default(const struct backend *b,
                 const struct l3harec_security_group *group)
{
    if (sg_is_default(b, group)) {
        l3harec_default_security_group_delete(
            find_default(b, group->project_id));
    }
}
