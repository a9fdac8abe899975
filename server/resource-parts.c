/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Small parts of resources: members of checked bodies, and getters and matches
 * that several resources use.  Pure functions. */

#include <config.h>
#include "server/resource.h"

#include <string.h>
#include <time.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl-provider.h"
#include "server/attr.h"
#include "util.h"
#include "uuid.h"

/* Members of a checked body. */

const struct json *
body_get(const struct json *body, const char *name)
{
    return shash_find_data(json_object(body), name);
}

/* True if the member is there, be it null. */
bool
body_has(const struct json *body, const char *name)
{
    return body_get(body, name) != NULL;
}

/* NULL if the member is absent or null. */
const char *
body_string(const struct json *body, const char *name)
{
    const struct json *value = body_get(body, name);

    return value && value->type == JSON_STRING ? json_string(value) : NULL;
}

bool
body_bool(const struct json *body, const char *name, bool def)
{
    const struct json *value = body_get(body, name);

    return (value && (value->type == JSON_TRUE || value->type == JSON_FALSE)
            ? json_boolean(value) : def);
}

int64_t
body_int(const struct json *body, const char *name, int64_t def)
{
    const struct json *value = body_get(body, name);

    return (value && value->type == JSON_INTEGER
            ? json_integer(value) : def);
}

bool
body_uuid(const struct json *body, const char *name, struct uuid *uuid)
{
    const char *s = body_string(body, name);

    return s && attr_parse_uuid(s, uuid);
}

/* Getters that several resources use. */

struct json *
json_uuid(const struct uuid *uuid)
{
    return json_string_create_nocopy(xasprintf(UUID_FMT, UUID_ARGS(uuid)));
}

struct json *
res_get_id(struct api_ctx *ctx OVS_UNUSED, const void *row_)
{
    const struct ovsdb_idl_row *row = row_;

    return json_uuid(&row->uuid);
}

bool
res_match_id(struct api_ctx *ctx OVS_UNUSED, const void *row_,
             const char *value)
{
    const struct ovsdb_idl_row *row = row_;
    struct uuid uuid;

    return attr_parse_uuid(value, &uuid) && uuid_equals(&uuid, &row->uuid);
}

/* 'msec' after the epoch as text.  Agents have a format of their own. */
struct json *
json_time(long long int msec, bool neutron_agent_format)
{
    time_t t = msec / 1000;
    char s[64];
    struct tm tm;

    if (!msec) {
        return json_null_create();
    }
    gmtime_r(&t, &tm);
    strftime(s, sizeof s, (neutron_agent_format
                           ? "%Y-%m-%d %H:%M:%S"
                           : "%Y-%m-%dT%H:%M:%SZ"), &tm);
    return json_string_create(s);
}

struct json *
res_get_true(struct api_ctx *ctx OVS_UNUSED, const void *obj OVS_UNUSED)
{
    return json_boolean_create(true);
}

struct json *
res_get_false(struct api_ctx *ctx OVS_UNUSED, const void *obj OVS_UNUSED)
{
    return json_boolean_create(false);
}

struct json *
res_get_null(struct api_ctx *ctx OVS_UNUSED, const void *obj OVS_UNUSED)
{
    return json_null_create();
}

struct json *
res_get_empty_array(struct api_ctx *ctx OVS_UNUSED,
                    const void *obj OVS_UNUSED)
{
    return json_array_create_empty();
}
