/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Checks for attributes that hold addresses: MAC and IP, prefixes, and lists
 * of them.
 *
 * Like those of attr.c: pure functions on what anybody may have sent, with
 * Neutron's types and texts. */

#include <config.h>
#include "server/attr.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "openvswitch/util.h"
#include "packets.h"
#include "server/api-error.h"
#include "sset.h"
#include "util.h"

struct api_error *
attr_mac(const struct res_attr *attr, struct json **valuep)
{
    struct eth_addr ea;
    char *s;
    bool ok = false;

    if ((*valuep)->type == JSON_STRING) {
        s = xstrdup(json_string(*valuep));
        for (char *p = s; *p; p++) {
            if (*p == '-') {
                *p = ':';
            }
        }
        ok = (strlen(s) == 17 && eth_addr_from_string(s, &ea)
              && !eth_addr_is_zero(ea) && !eth_addr_is_multicast(ea));
        free(s);
    }
    if (!ok) {
        return attr_is_not(attr, *valuep, "is not a valid MAC address");
    }
    attr_replace(valuep, json_string_create_nocopy(
                     xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(ea))));
    return NULL;
}

/* Rewrites the address in '*valuep' in canonical form.  False if it is
 * none. */
static bool
attr_normalize_ip(struct json **valuep)
{
    char s[INET6_ADDRSTRLEN];
    struct in6_addr ip6;
    struct in_addr ip4;

    if ((*valuep)->type != JSON_STRING) {
        return false;
    }
    if (inet_pton(AF_INET, json_string(*valuep), &ip4) == 1) {
        return true;
    }
    if (inet_pton(AF_INET6, json_string(*valuep), &ip6) == 1) {
        inet_ntop(AF_INET6, &ip6, s, sizeof s);
        attr_replace(valuep, json_string_create(s));
        return true;
    }
    return false;
}

static struct api_error *
attr_ip(const struct res_attr *attr, struct json **valuep)
{
    return (attr_normalize_ip(valuep)
            ? NULL
            : attr_is_not(attr, *valuep, "is not a valid IP address"));
}

struct api_error *
attr_ip_or_none(const struct res_attr *attr, struct json **valuep)
{
    return attr_is_null(valuep) ? NULL : attr_ip(attr, valuep);
}

/* Parses "ADDRESS/LENGTH" or, for a host, "ADDRESS".  Stores the address in
 * canonical form.  If 'strict', the length must be there and no bit of the
 * host part set. */
static bool
attr_parse_cidr(const char *s, bool strict, char addr[INET6_ADDRSTRLEN],
                int *plen)
{
    char *copy = xstrdup(s);
    char *slash = strchr(copy, '/');
    union {
        struct in_addr ip4;
        struct in6_addr ip6;
        uint8_t bytes[16];
    } ip;
    bool ok = false;
    int max = 0;

    if (slash) {
        *slash++ = '\0';
    }
    if (inet_pton(AF_INET, copy, &ip) == 1) {
        max = 32;
        inet_ntop(AF_INET, &ip, addr, INET6_ADDRSTRLEN);
    } else if (inet_pton(AF_INET6, copy, &ip) == 1) {
        max = 128;
        inet_ntop(AF_INET6, &ip, addr, INET6_ADDRSTRLEN);
    }
    if (max) {
        *plen = max;
        ok = (!slash
              ? !strict
              : (slash[0] && strspn(slash, "0123456789") == strlen(slash)
                 && str_to_int(slash, 10, plen) && *plen <= max));
    }
    for (int i = *plen; ok && strict && i < max; i++) {
        ok = !(ip.bytes[i / 8] & (0x80 >> (i % 8)));
    }
    free(copy);
    return ok;
}

struct api_error *
attr_cidr_or_none(const struct res_attr *attr OVS_UNUSED,
                  struct json **valuep)
{
    char addr[INET6_ADDRSTRLEN];
    int plen = 0;

    if (attr_is_null(valuep)) {
        return NULL;
    }
    if ((*valuep)->type != JSON_STRING
        || !attr_parse_cidr(json_string(*valuep), false, addr, &plen)) {
        char *text = attr_to_text(*valuep);
        struct api_error *error = api_error_create(
            400, "InvalidInput", "Invalid input for operation: "
            "%s is not in a CIDR format.", text);

        free(text);
        return error;
    }
    attr_replace(valuep, json_string_create_nocopy(
                     xasprintf("%s/%d", addr, plen)));
    return NULL;
}

static struct api_error *
attr_cidr(const struct res_attr *attr, struct json **valuep)
{
    return (attr_is_null(valuep)
            ? attr_is_not(attr, *valuep, "is not a valid CIDR")
            : attr_cidr_or_none(attr, valuep));
}

struct api_error *
attr_cidr_list(const struct res_attr *attr, struct json **valuep)
{
    return attr_unique_list(attr, attr_cidr, valuep);
}

/* Checks that 'value' is an object with exactly the two keys. */
static struct api_error *
attr_check_pair(const struct res_attr *attr, const struct json *value,
                const char *a, const char *b)
{
    if (value->type != JSON_OBJECT) {
        char *text = attr_to_text(value);
        struct api_error *error = attr_invalid(
            attr, "Invalid input. '%s' must be a dictionary with keys: "
            "['%s', '%s']", text, a, b);

        free(text);
        return error;
    }
    if (shash_count(json_object(value)) != 2
        || !shash_find(json_object(value), a)
        || !shash_find(json_object(value), b)) {
        char *text = attr_to_text(value);
        struct api_error *error = attr_invalid(
            attr, "Validation of dictionary's keys failed. Expected keys: "
            "{'%s', '%s'} Provided: %s", a, b, text);

        free(text);
        return error;
    }
    return NULL;
}

static struct json **
attr_member(const struct json *object, const char *name)
{
    struct shash_node *node = shash_find(json_object(object), name);

    return node ? (struct json **) &node->data : NULL;
}

struct api_error *
attr_ip_pools(const struct res_attr *attr, struct json **valuep)
{
    const struct json_array *array;
    struct api_error *error;

    error = attr_list(attr, valuep, "Invalid data format for IP pool",
                      &array);
    for (size_t i = 0; !error && i < array->n; i++) {
        struct json *pool = array->elems[i];

        error = attr_check_pair(attr, pool, "start", "end");
        if (!error) {
            error = attr_ip(attr, attr_member(pool, "start"));
        }
        if (!error) {
            error = attr_ip(attr, attr_member(pool, "end"));
        }
    }
    return error;
}

struct api_error *
attr_nameservers(const struct res_attr *attr, struct json **valuep)
{
    struct sset seen = SSET_INITIALIZER(&seen);
    const struct json_array *array;
    struct api_error *error;

    error = attr_list_or_none(attr, valuep,
                              "Invalid data format for nameserver", &array);
    for (size_t i = 0; !error && i < array->n; i++) {
        if (!attr_normalize_ip(&array->elems[i])) {
            char *text = attr_to_text(array->elems[i]);

            error = attr_invalid(attr, "'%s' is not a valid nameserver. '%s' "
                                 "is not a valid IP address", text, text);
            free(text);
        } else if (!sset_add(&seen, json_string(array->elems[i]))) {
            error = attr_invalid(attr, "Duplicate nameserver '%s'",
                                 json_string(array->elems[i]));
        }
    }
    sset_destroy(&seen);
    return error;
}

struct api_error *
attr_routes(const struct res_attr *attr, struct json **valuep)
{
    const struct json_array *array;
    struct api_error *error;

    error = attr_list_or_none(attr, valuep,
                              "Invalid data format for hostroute", &array);
    if (error) {
        return error;
    }
    for (size_t i = 0; i < array->n; i++) {
        struct json *route = array->elems[i], **dest;
        char addr[INET6_ADDRSTRLEN];
        int plen = 0;

        error = attr_check_pair(attr, route, "destination", "nexthop");
        if (error) {
            return error;
        }
        dest = attr_member(route, "destination");
        if ((*dest)->type != JSON_STRING
            || !attr_parse_cidr(json_string(*dest), true, addr, &plen)) {
            return attr_is_not(attr, *dest, "is not a valid CIDR");
        }
        attr_replace(dest, json_string_create_nocopy(
                         xasprintf("%s/%d", addr, plen)));
        error = attr_ip(attr, attr_member(route, "nexthop"));
        if (error) {
            return error;
        }
        for (size_t j = 0; j < i; j++) {
            if (json_equal(array->elems[j], route)) {
                char *text = attr_to_text(route);

                error = attr_invalid(attr, "Duplicate hostroute '%s'", text);
                free(text);
                return error;
            }
        }
    }
    return NULL;
}

static struct api_error *
attr_fixed_ip(const struct res_attr *attr, const struct json *fixed_ip,
              struct sset *seen)
{
    struct json **member;
    struct api_error *error;

    if (fixed_ip->type != JSON_OBJECT) {
        char *text = attr_to_text(fixed_ip);

        error = attr_invalid(attr, "Invalid data format for fixed IP: '%s'",
                             text);
        free(text);
        return error;
    }
    member = attr_member(fixed_ip, "ip_address");
    if (member) {
        error = attr_ip(attr, member);
        if (error) {
            return error;
        }
        if (!sset_add(seen, json_string(*member))) {
            return attr_invalid(attr, "Duplicate IP address '%s'",
                                json_string(*member));
        }
    }
    member = attr_member(fixed_ip, "subnet_id");
    return member ? attr_uuid(attr, member) : NULL;
}

struct api_error *
attr_fixed_ips(const struct res_attr *attr, struct json **valuep)
{
    struct sset seen = SSET_INITIALIZER(&seen);
    const struct json_array *array;
    struct api_error *error;

    error = attr_list(attr, valuep, "Invalid data format for fixed IP",
                      &array);
    for (size_t i = 0; !error && i < array->n; i++) {
        error = attr_fixed_ip(attr, array->elems[i], &seen);
    }
    sset_destroy(&seen);
    return error;
}

/* One of allowed_address_pairs. */
static struct api_error *
attr_address_pair(const struct res_attr *attr, const struct json *pair)
{
    struct json **ip, **mac;
    struct shash_node *node;
    char addr[INET6_ADDRSTRLEN];
    int plen = 0;

    if (pair->type != JSON_OBJECT) {
        return attr_is_not(attr, pair, "is not a dictionary");
    }
    SHASH_FOR_EACH (node, json_object(pair)) {
        if (strcmp(node->name, "ip_address")
            && strcmp(node->name, "mac_address")) {
            return attr_invalid(attr, "Unrecognized attribute(s) '%s'",
                                node->name);
        }
    }
    ip = attr_member(pair, "ip_address");
    mac = attr_member(pair, "mac_address");
    if (!ip) {
        return api_error_create(400, "AllowedAddressPairsMissingIP",
                                "AllowedAddressPair must contain "
                                "ip_address");
    }
    if ((*ip)->type != JSON_STRING
        || !attr_parse_cidr(json_string(*ip), false, addr, &plen)) {
        return attr_is_not(attr, *ip, "is not a valid IP address or subnet");
    }
    attr_replace(ip, (strchr(json_string(*ip), '/')
                      ? json_string_create_nocopy(xasprintf("%s/%d", addr,
                                                            plen))
                      : json_string_create(addr)));
    return mac ? attr_mac(attr, mac) : NULL;
}

struct api_error *
attr_address_pairs(const struct res_attr *attr, struct json **valuep)
{
    const struct json_array *array;
    struct api_error *error = attr_list_or_none(attr, valuep, NULL, &array);

    for (size_t i = 0; !error && i < array->n; i++) {
        error = attr_address_pair(attr, array->elems[i]);
    }
    return error;
}

struct api_error *
attr_gateway_info(const struct res_attr *attr, struct json **valuep)
{
    struct shash_node *node;
    bool has_network = false;

    if (attr_is_null(valuep)) {
        return NULL;
    }
    if ((*valuep)->type != JSON_OBJECT) {
        return attr_is_not(attr, *valuep, "is not a dictionary");
    }
    if (shash_is_empty(json_object(*valuep))) {
        attr_replace(valuep, json_null_create());
        return NULL;
    }
    SHASH_FOR_EACH (node, json_object(*valuep)) {
        struct json **member = (struct json **) &node->data;
        struct api_error *error;

        if (!strcmp(node->name, "network_id")) {
            error = attr_uuid(attr, member);
            has_network = true;
        } else if (!strcmp(node->name, "enable_snat")) {
            error = attr_boolean(attr, member);
        } else if (!strcmp(node->name, "external_fixed_ips")) {
            error = attr_fixed_ips(attr, member);
        } else {
            error = attr_invalid(attr, "Unexpected keys supplied: %s",
                                 node->name);
        }
        if (error) {
            return error;
        }
    }
    if (!has_network) {
        char *text = attr_to_text(*valuep);
        struct api_error *error = attr_invalid(
            attr, "Validation of dictionary's keys failed. Expected keys: "
            "{'network_id'} Provided: %s", text);

        free(text);
        return error;
    }
    return NULL;
}
