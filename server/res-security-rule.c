/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "security_group_rule": its attributes, and which combinations of
 * them make sense. */

#include <config.h>
#include "server/resource.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/ipam.h"
#include "server/security-group.h"
#include "util.h"

enum {
    PROTO_ICMP = 1,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_DCCP = 33,
    PROTO_ICMPV6 = 58,
    PROTO_SCTP = 132,
    PROTO_UDPLITE = 136,
};

const struct res_standard std_security_group_rule
    = RES_STANDARD_COLUMNS(security_group_rule);

static const char *const directions[] = { "ingress", "egress", NULL };

/* Getters. */

static struct json *
uuid_or_null(const struct uuid *uuid)
{
    return uuid ? json_uuid(uuid) : json_null_create();
}

static struct json *
text_or_null(const char *s)
{
    return s[0] ? json_string_create(s) : json_null_create();
}

static struct json *
get_group_id(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_security_group_rule *rule = obj;

    return uuid_or_null(rule->security_group
                        ? &rule->security_group->header_.uuid : NULL);
}

static struct json *
get_protocol(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_security_group_rule *rule = obj;

    return text_or_null(rule->protocol);
}

static struct json *
get_prefix(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_security_group_rule *rule = obj;

    return text_or_null(rule->remote_ip_prefix);
}

static struct json *
get_normalized_cidr(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_security_group_rule *rule = obj;
    char text[IPAM_CIDR_STRLEN];
    struct ipam_cidr cidr;

    if (!ipam_cidr_parse(rule->remote_ip_prefix, &cidr)) {
        return json_null_create();
    }
    ipam_cidr_format(&cidr, text);
    return json_string_create(text);
}

static struct json *
get_remote_group(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_security_group_rule *rule = obj;

    return uuid_or_null(rule->remote_group
                        ? &rule->remote_group->header_.uuid : NULL);
}

static struct json *
get_remote_address_group(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_security_group_rule *rule = obj;

    return uuid_or_null(rule->remote_address_group
                        ? &rule->remote_address_group->header_.uuid : NULL);
}

/* Checks of single attributes. */

static struct api_error *
attr_ethertype(const struct res_attr *attr OVS_UNUSED, struct json **valuep)
{
    static const char *const types[] = { "IPv4", "IPv6" };
    struct api_error *error;
    char *text;

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if ((*valuep)->type == JSON_STRING
            && !strcasecmp(json_string(*valuep), types[i])) {
            attr_replace(valuep, json_string_create(types[i]));
            return NULL;
        }
    }
    text = attr_to_text(*valuep);
    error = api_error_create(
        400, "SecurityGroupRuleInvalidEtherType", "Security group rule for "
        "ethertype '%s' not supported. Allowed values are ['IPv4', 'IPv6'].",
        text);
    free(text);
    return error;
}

static struct api_error *
invalid_protocol(const char *text)
{
    struct ds names = DS_EMPTY_INITIALIZER;
    struct api_error *error;
    const char *name;

    for (size_t i = 0; (name = sg_protocol_name(i)); i++) {
        ds_put_format(&names, ", '%s'", name);
    }
    error = api_error_create(
        400, "SecurityGroupRuleInvalidProtocol", "Security group rule "
        "protocol %s not supported. Only protocol values [None%s] and "
        "integer representations [0 to 255] are supported.", text,
        ds_cstr(&names));
    ds_destroy(&names);
    return error;
}

/* Null or "any": any.  Otherwise a known name or a number, as a string. */
static struct api_error *
attr_protocol(const struct res_attr *attr OVS_UNUSED, struct json **valuep)
{
    struct api_error *error = NULL;
    char *text;

    if (attr_is_null(valuep)) {
        return NULL;
    }
    text = ((*valuep)->type == JSON_STRING || (*valuep)->type == JSON_INTEGER
            ? attr_to_text(*valuep) : NULL);
    for (char *p = text; p && *p; p++) {
        *p = tolower((unsigned char) *p);
    }
    if (text && (!text[0] || !strcmp(text, "any"))) {
        attr_replace(valuep, json_null_create());
    } else if (text && sg_protocol_from_name(text) >= 0) {
        attr_replace(valuep, json_string_create(text));
    } else {
        free(text);
        text = attr_to_text(*valuep);
        error = invalid_protocol(text);
    }
    free(text);
    return error;
}

static struct api_error *
invalid_port(const struct json *value)
{
    char *text = attr_to_text(value);
    struct api_error *error;

    error = api_error_create(400, "SecurityGroupInvalidPortValue",
                             "Invalid value for port %s", text);
    free(text);
    return error;
}

static struct api_error *
attr_port(const struct res_attr *attr OVS_UNUSED, struct json **valuep)
{
    long long int n;

    if (attr_is_null(valuep)) {
        return NULL;
    }
    if ((*valuep)->type == JSON_INTEGER) {
        n = json_integer(*valuep);
    } else if ((*valuep)->type != JSON_STRING
               || !str_to_llong(json_string(*valuep), 10, &n)) {
        return invalid_port(*valuep);
    }
    if (n < 0 || n > UINT16_MAX) {
        return invalid_port(*valuep);
    }
    attr_replace(valuep, json_integer_create(n));
    return NULL;
}

static const struct res_attr rule_attrs[] = {
    RES_NAMELESS_ATTRS(security_group_rule),
    { .name = "security_group_id", .flags = RES_PO | RES_REQUIRED,
      .check = attr_uuid, .get = get_group_id },
    { .name = "direction", .flags = RES_PO | RES_REQUIRED | RES_MANUAL,
      .check = attr_one_of, .values = directions,
      .column = &l3harec_security_group_rule_col_direction },
    { .name = "ethertype", .flags = RES_PO | RES_MANUAL,
      .check = attr_ethertype, .def = "\"IPv4\"",
      .column = &l3harec_security_group_rule_col_ethertype },
    { .name = "protocol", .flags = RES_PO, .check = attr_protocol,
      .get = get_protocol },
    { .name = "port_range_min", .flags = RES_PO | RES_MANUAL,
      .check = attr_port,
      .column = &l3harec_security_group_rule_col_port_range_min },
    { .name = "port_range_max", .flags = RES_PO | RES_MANUAL,
      .check = attr_port,
      .column = &l3harec_security_group_rule_col_port_range_max },
    { .name = "remote_ip_prefix", .flags = RES_PO,
      .check = attr_cidr_or_none, .get = get_prefix },
    { .name = "normalized_cidr", .flags = 0, .get = get_normalized_cidr },
    { .name = "remote_group_id", .flags = RES_PO, .check = attr_uuid_or_none,
      .get = get_remote_group },
    { .name = "remote_address_group_id", .flags = RES_PO,
      .check = attr_uuid_or_none, .get = get_remote_address_group },
};

/* Checks of the whole. */

static bool
has_ports(int ip_protocol)
{
    return (ip_protocol == PROTO_TCP || ip_protocol == PROTO_UDP
            || ip_protocol == PROTO_SCTP || ip_protocol == PROTO_DCCP
            || ip_protocol == PROTO_UDPLITE);
}

static struct api_error *
check_icmp(const struct sg_rule *rule)
{
    const struct {
        const char *name, *field;
        int value;
    } fields[] = {
        { "port_range_min", "type", rule->port_min },
        { "port_range_max", "code", rule->port_max },
    };

    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        if (fields[i].value > 255) {
            return api_error_create(
                400, "SecurityGroupInvalidIcmpValue", "Invalid value for "
                "ICMP %s (%s) %d. It must be 0 to 255.", fields[i].field,
                fields[i].name, fields[i].value);
        }
    }
    if (rule->port_min < 0) {
        return api_error_create(
            400, "SecurityGroupMissingIcmpType", "ICMP code (port-range-max) "
            "%d is provided but ICMP type (port-range-min) is missing.",
            rule->port_max);
    }
    return NULL;
}

static struct api_error *
check_ports(const struct sg_rule *rule)
{
    if (rule->port_min < 0 && rule->port_max < 0) {
        return NULL;
    } else if (rule->ip_protocol < 0) {
        return api_error_create(
            400, "SecurityGroupProtocolRequiredWithPorts",
            "Must also specify protocol if port range is given.");
    } else if (rule->ip_protocol == PROTO_ICMP
               || rule->ip_protocol == PROTO_ICMPV6) {
        return check_icmp(rule);
    } else if (!has_ports(rule->ip_protocol)) {
        return api_error_create(
            400, "SecurityGroupInvalidProtocolForPort", "Invalid protocol %s "
            "for port range, only supported for dccp, sctp, tcp, udp, "
            "udplite, icmp and ipv6-icmp.", rule->protocol);
    } else if (!rule->port_min || !rule->port_max) {
        return api_error_create(400, "SecurityGroupInvalidPortValue",
                                "Invalid value for port 0");
    } else if (rule->port_min < 0 || rule->port_min > rule->port_max) {
        return api_error_create(
            400, "SecurityGroupInvalidPortRange",
            "For TCP/UDP protocols, port_range_min must be <= "
            "port_range_max");
    }
    return NULL;
}

static bool
is_ipv6_protocol(int ip_protocol)
{
    return (ip_protocol == PROTO_ICMPV6 || ip_protocol == 41
            || ip_protocol == 43 || ip_protocol == 44 || ip_protocol == 59
            || ip_protocol == 60);
}

static struct api_error *
check_ethertype(const struct sg_rule *rule)
{
    bool v6 = !strcmp(rule->ethertype, "IPv6");

    if (!v6 && !isdigit((unsigned char) rule->protocol[0])
        && is_ipv6_protocol(rule->ip_protocol)) {
        return api_error_create(
            400, "SecurityGroupEthertypeConflictWithProtocol",
            "Invalid ethertype %s for protocol %s.", rule->ethertype,
            rule->protocol);
    }
    if (rule->remote_ip_prefix[0]
        && v6 != (strchr(rule->remote_ip_prefix, ':') != NULL)) {
        return api_error_create(
            400, "SecurityGroupRuleParameterConflict", "Conflicting value "
            "ethertype %s for CIDR %s", rule->ethertype,
            rule->remote_ip_prefix);
    }
    return NULL;
}

/* Looks up the rows that 'body' refers to and checks that it names at most one
 * remote. */
static struct api_error *
find_remote(struct api_ctx *ctx, const struct json *body,
            struct sg_rule *rule)
{
    const char *group = body_string(body, "remote_group_id");
    const char *addresses = body_string(body, "remote_address_group_id");
    struct api_error *error = NULL;

    if (!!group + !!addresses + (rule->remote_ip_prefix[0] != '\0') > 1) {
        return api_error_create(
            400, "SecurityGroupMultipleRemoteEntites", "Only one of "
            "remote_ip_prefix, remote_group_id and remote_address_group_id "
            "may be provided.");
    }
    if (group) {
        rule->remote_group = resource_find_by_text(&res_security_group, ctx,
                                                   group, &error);
    } else if (addresses) {
        rule->remote_address_group = resource_find_by_text(
            &res_address_group, ctx, addresses, &error);
    }
    return error;
}

static struct api_error *
check_unique(struct api_ctx *ctx, const struct l3harec_security_group *group,
             const struct sg_rule *rule)
{
    const struct l3harec_security_group_rule *other;

    other = sg_rule_find(ctx->backend, group, rule);
    if (!other) {
        return NULL;
    } else if (!other->header_.old_datum) {
        return api_error_create(409, "DuplicateSecurityGroupRuleInPost",
                                "Duplicate Security Group Rule in POST.");
    }
    return api_error_create(
        409, "SecurityGroupRuleExists", "Security group rule already exists. "
        "Rule id is "UUID_FMT".", UUID_ARGS(&other->header_.uuid));
}

static struct api_error *
rule_create(struct api_ctx *ctx, const void *obj, const struct json *body)
{
    const char *protocol = body_string(body, "protocol");
    const char *prefix = body_string(body, "remote_ip_prefix");
    const struct l3harec_security_group *group;
    struct sg_rule rule = {
        .direction = body_string(body, "direction"),
        .ethertype = body_string(body, "ethertype"),
        .protocol = protocol ? protocol : "",
        .ip_protocol = protocol ? sg_protocol_from_name(protocol) : -1,
        .port_min = body_int(body, "port_range_min", -1),
        .port_max = body_int(body, "port_range_max", -1),
        .remote_ip_prefix = prefix ? prefix : "",
    };
    struct api_error *error;

    /* ICMP is what the version of IP makes of it. */
    if (rule.ip_protocol == PROTO_ICMP && !strcmp(rule.ethertype, "IPv6")) {
        rule.ip_protocol = PROTO_ICMPV6;
    }
    group = resource_find_by_text(&res_security_group, ctx,
                                  body_string(body, "security_group_id"),
                                  &error);
    if (!error) {
        error = check_ports(&rule);
    }
    if (!error) {
        error = check_ethertype(&rule);
    }
    if (!error) {
        error = find_remote(ctx, body, &rule);
    }
    if (!error) {
        error = check_unique(ctx, group, &rule);
    }
    if (!error) {
        resource_touch(ctx, &std_security_group, &group->header_);
        sg_rule_write(obj, group, &rule);
    }
    return error;
}

static struct api_error *
rule_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_security_group_rule *rule = obj;

    resource_touch(ctx, &std_security_group, &rule->security_group->header_);
    return NULL;
}

const struct resource res_security_group_rule = {
    .name = "security_group_rule",
    .collection = "security_group_rules",
    .path = "security-group-rules",
    .methods = RES_CAN_CREATE | RES_CAN_DELETE,
    .attrs = rule_attrs,
    .n_attrs = ARRAY_SIZE(rule_attrs),
    .not_found = "SecurityGroupRuleNotFound",
    .not_found_format = "Security group rule %s does not exist",
    .table = &l3harec_table_security_group_rule,
    .standard = &std_security_group_rule,
    .create = rule_create,
    .destroy = rule_destroy,
};
