/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ATTR_H
#define ATTR_H 1

/* Stock of checks for attributes of requests (res_check_func), with the
 * conversions and the messages of Neutron's. */

#include "openvswitch/compiler.h"
#include "server/resource.h"

struct json_array;

/* "Invalid input for ATTR. Reason: ...", HTTPBadRequest. */
struct api_error *attr_invalid(const struct res_attr *, const char *format,
                               ...)
    OVS_PRINTF_FORMAT(2, 3) OVS_WARN_UNUSED_RESULT;

/* "Invalid input for operation: 'VALUE' WHAT.", InvalidInput. */
struct api_error *attr_unconvertible(const struct json *value,
                                     const char *what)
    OVS_WARN_UNUSED_RESULT;

/* attr_invalid() with "'VALUE' WHAT". */
struct api_error *attr_is_not(const struct res_attr *,
                              const struct json *value, const char *what)
    OVS_WARN_UNUSED_RESULT;

/* Takes 'value' in the place of '*valuep', which this destroys. */
void attr_replace(struct json **valuep, struct json *value);
bool attr_is_null(struct json **valuep);

/* Checks that '*valuep' is a list, of a length that can be worked on while
 * others wait, and stores its elements into '*arrayp'.  'what' is the text of
 * the error for anything else, without the value; NULL for "VALUE is not a
 * list".  For attr_list_or_none(), null is an empty list. */
struct api_error *attr_list(const struct res_attr *, struct json **valuep,
                            const char *what,
                            const struct json_array **arrayp)
    OVS_WARN_UNUSED_RESULT;
struct api_error *attr_list_or_none(const struct res_attr *,
                                    struct json **valuep, const char *what,
                                    const struct json_array **arrayp)
    OVS_WARN_UNUSED_RESULT;

/* Checks a list of unique strings each of which 'check' accepts. */
struct api_error *attr_unique_list(const struct res_attr *,
                                   res_check_func *check,
                                   struct json **valuep)
    OVS_WARN_UNUSED_RESULT;

/* Any value as text for a message, as far as that is useful.  The caller
 * must free it. */
char *attr_to_text(const struct json *);

res_check_func attr_string;         /* At most 'max' characters. */
res_check_func attr_string_or_none;
res_check_func attr_name;           /* Same, no control characters, no
                                     * space at the ends. */
res_check_func attr_boolean;
res_check_func attr_boolean_or_none;
res_check_func attr_integer;        /* 0 to 'max'. */
res_check_func attr_integer_or_none;
res_check_func attr_uuid;
res_check_func attr_uuid_or_none;
res_check_func attr_uuid_list_or_none; /* Unique. */
res_check_func attr_mac;            /* Lower case, colons. */
res_check_func attr_ip_or_none;     /* Canonical. */
res_check_func attr_cidr_or_none;   /* Canonical. */
res_check_func attr_cidr_list;      /* Canonical, unique. */
res_check_func attr_ip_version;
res_check_func attr_one_of;         /* One of 'values' (null-terminated). */
res_check_func attr_one_of_or_none;
res_check_func attr_string_list;    /* Unique, each at most 'max'. */
res_check_func attr_ip_pools;       /* [{"start", "end"}]. */
res_check_func attr_nameservers;    /* [IP]; null is []. */
res_check_func attr_routes;         /* [{"destination", "nexthop"}]; null is
                                     * []. */
res_check_func attr_fixed_ips;      /* [{"subnet_id", "ip_address"}]. */
res_check_func attr_address_pairs;  /* [{"ip_address", "mac_address"}], the
                                     * latter may be missing; null is []. */
res_check_func attr_dhcp_opts;      /* [{"opt_name", "opt_value",
                                     * "ip_version"}]; null is []. */
res_check_func attr_gateway_info;   /* {"network_id", "enable_snat",
                                     * "external_fixed_ips"}; {} is null. */
res_check_func attr_object;         /* Any object; null is {}. */

/* Boolean in text as Neutron reads it: "True", "1", "yes", "on", "t"... */
bool attr_parse_boolean(const char *, bool *);
bool attr_parse_uuid(const char *, struct uuid *);

#endif /* server/attr.h */
