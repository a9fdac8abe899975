/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Stock of checks for attributes of requests.
 *
 * Each takes a JSON value that anybody may have sent and either leaves there
 * the form that the rest of the server expects, or returns an error with
 * Neutron's type and text.  Pure functions.
 *
 * Neutron distinguishes a value that cannot be converted (InvalidInput) from
 * one that is converted but not valid (HTTPBadRequest); so do these, because
 * clients choose their exception class by the type. */

#include <config.h>
#include "server/attr.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "openvswitch/util.h"
#include "server/api-error.h"
#include "sset.h"
#include "unicode.h"
#include "util.h"

/* Longer values are cut in messages. */
#define ATTR_TEXT_MAX 300

/* Elements in a list: checks of some lists compare each with each. */
#define ATTR_MAX_LIST 2000

struct api_error *
attr_invalid(const struct res_attr *attr, const char *format, ...)
{
    struct api_error *error;
    va_list args;
    char *reason;

    va_start(args, format);
    reason = xvasprintf(format, args);
    va_end(args);
    error = api_error_create(400, "HTTPBadRequest",
                             "Invalid input for %s. Reason: %s.",
                             attr->name, reason);
    free(reason);
    return error;
}

struct api_error *
attr_unconvertible(const struct json *value, const char *what)
{
    char *text = attr_to_text(value);
    struct api_error *error;

    error = api_error_create(400, "InvalidInput",
                             "Invalid input for operation: '%s' %s.",
                             text, what);
    free(text);
    return error;
}

struct api_error *
attr_is_not(const struct res_attr *attr, const struct json *value,
            const char *what)
{
    char *text = attr_to_text(value);
    struct api_error *error = attr_invalid(attr, "'%s' %s", text, what);

    free(text);
    return error;
}

char *
attr_to_text(const struct json *json)
{
    char *text;

    switch (json->type) {
    case JSON_NULL:
        return xstrdup("None");
    case JSON_FALSE:
        return xstrdup("False");
    case JSON_TRUE:
        return xstrdup("True");
    case JSON_STRING:
        text = xstrdup(json_string(json));
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_N_TYPES:
    case JSON_SERIALIZED_OBJECT:
    default:
        text = json_to_string(json, JSSF_SORT);
        break;
    }
    if (strlen(text) > ATTR_TEXT_MAX) {
        size_t len = ATTR_TEXT_MAX;

        /* Not in the middle of a character. */
        while (len && (text[len] & 0xc0) == 0x80) {
            len--;
        }
        text[len] = '\0';
    }
    return text;
}

void
attr_replace(struct json **valuep, struct json *value)
{
    json_destroy(*valuep);
    *valuep = value;
}

bool
attr_is_null(struct json **valuep)
{
    return (*valuep)->type == JSON_NULL;
}

struct api_error *
attr_string(const struct res_attr *attr, struct json **valuep)
{
    if ((*valuep)->type != JSON_STRING) {
        return attr_is_not(attr, *valuep, "is not a valid string");
    }
    if (attr->max && utf8_length(json_string(*valuep)) > attr->max) {
        char *what = xasprintf("exceeds maximum length of %"PRId64,
                               attr->max);
        struct api_error *error = attr_is_not(attr, *valuep, what);

        free(what);
        return error;
    }
    return NULL;
}

struct api_error *
attr_string_or_none(const struct res_attr *attr, struct json **valuep)
{
    return attr_is_null(valuep) ? NULL : attr_string(attr, valuep);
}

struct api_error *
attr_name(const struct res_attr *attr, struct json **valuep)
{
    struct api_error *error = attr_string(attr, valuep);
    const char *s;
    size_t len;

    if (error) {
        return error;
    }
    s = json_string(*valuep);
    len = strlen(s);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char) s[i] < ' ' || s[i] == 0x7f) {
            return attr_is_not(attr, *valuep, "is not a valid string");
        }
    }
    if (len && (s[0] == ' ' || s[len - 1] == ' ')) {
        return attr_is_not(attr, *valuep, "is not a valid string");
    }
    return NULL;
}

bool
attr_parse_boolean(const char *s, bool *b)
{
    static const char *const words[2][6] = {
        { "0", "f", "false", "n", "no", "off" },
        { "1", "t", "true", "y", "yes", "on" },
    };

    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 6; j++) {
            if (!strcasecmp(s, words[i][j])) {
                *b = i;
                return true;
            }
        }
    }
    return false;
}

struct api_error *
attr_boolean(const struct res_attr *attr OVS_UNUSED, struct json **valuep)
{
    bool ok = true, b;

    if ((*valuep)->type == JSON_TRUE || (*valuep)->type == JSON_FALSE) {
        return NULL;
    } else if ((*valuep)->type == JSON_STRING) {
        ok = attr_parse_boolean(json_string(*valuep), &b);
    } else if ((*valuep)->type == JSON_INTEGER) {
        ok = json_integer(*valuep) == 0 || json_integer(*valuep) == 1;
        b = json_integer(*valuep);
    } else {
        ok = false;
    }
    if (!ok) {
        return attr_unconvertible(*valuep,
                                  "cannot be converted to boolean");
    }
    attr_replace(valuep, json_boolean_create(b));
    return NULL;
}

struct api_error *
attr_boolean_or_none(const struct res_attr *attr, struct json **valuep)
{
    return attr_is_null(valuep) ? NULL : attr_boolean(attr, valuep);
}

struct api_error *
attr_integer(const struct res_attr *attr, struct json **valuep)
{
    long long int n;

    if ((*valuep)->type == JSON_STRING) {
        if (!str_to_llong(json_string(*valuep), 10, &n)) {
            return attr_unconvertible(*valuep, "is not an integer");
        }
        attr_replace(valuep, json_integer_create(n));
    } else if ((*valuep)->type != JSON_INTEGER) {
        return attr_unconvertible(*valuep, "is not an integer");
    }
    n = json_integer(*valuep);
    if (n < 0) {
        return attr_is_not(attr, *valuep,
                           "is too small - must be at least '0'");
    }
    if (attr->max && n > attr->max) {
        return attr_invalid(attr, "'%lld' is too large - must be no larger "
                            "than '%"PRId64"'", n, attr->max);
    }
    return NULL;
}

struct api_error *
attr_integer_or_none(const struct res_attr *attr, struct json **valuep)
{
    return attr_is_null(valuep) ? NULL : attr_integer(attr, valuep);
}

/* Accepts any case, and UUIDs without hyphens, as Python's uuid does. */
bool
attr_parse_uuid(const char *s, struct uuid *uuid)
{
    if (strlen(s) == 32 && s[strspn(s, "0123456789abcdefABCDEF")] == '\0') {
        char t[UUID_LEN + 1];

        snprintf(t, sizeof t, "%.8s-%.4s-%.4s-%.4s-%.12s",
                 s, s + 8, s + 12, s + 16, s + 20);
        return uuid_from_string(uuid, t);
    }
    return strlen(s) == UUID_LEN && uuid_from_string(uuid, s);
}

struct api_error *
attr_uuid(const struct res_attr *attr, struct json **valuep)
{
    struct uuid uuid;

    if ((*valuep)->type != JSON_STRING
        || !attr_parse_uuid(json_string(*valuep), &uuid)) {
        return attr_is_not(attr, *valuep, "is not a valid UUID");
    }
    return NULL;
}

struct api_error *
attr_uuid_or_none(const struct res_attr *attr, struct json **valuep)
{
    return attr_is_null(valuep) ? NULL : attr_uuid(attr, valuep);
}

struct api_error *
attr_list_or_none(const struct res_attr *attr, struct json **valuep,
                  const char *what, const struct json_array **arrayp)
{
    if (attr_is_null(valuep)) {
        attr_replace(valuep, json_array_create_empty());
    }
    return attr_list(attr, valuep, what, arrayp);
}

struct api_error *
attr_list(const struct res_attr *attr, struct json **valuep, const char *what,
          const struct json_array **arrayp)
{
    if ((*valuep)->type != JSON_ARRAY) {
        if (!what) {
            return attr_is_not(attr, *valuep, "is not a list");
        }

        char *text = attr_to_text(*valuep);
        struct api_error *error = attr_invalid(attr, "%s: '%s'", what, text);

        free(text);
        return error;
    }
    if (json_array(*valuep)->n > ATTR_MAX_LIST) {
        return attr_invalid(attr, "The list has more than %d elements",
                            ATTR_MAX_LIST);
    }
    *arrayp = json_array(*valuep);
    return NULL;
}

/* Checks that '*valuep' is a list whose elements, strings that 'check'
 * accepts, are unique. */
struct api_error *
attr_unique_list(const struct res_attr *attr, res_check_func *check,
                 struct json **valuep)
{
    struct sset seen = SSET_INITIALIZER(&seen);
    const struct json_array *array;
    struct api_error *error;

    error = attr_list(attr, valuep, NULL, &array);
    for (size_t i = 0; !error && i < array->n; i++) {
        error = check(attr, &array->elems[i]);
        if (!error && !sset_add(&seen, json_string(array->elems[i]))) {
            error = attr_invalid(attr, "Duplicate items in the list: '%s'",
                                 json_string(array->elems[i]));
        }
    }
    sset_destroy(&seen);
    return error;
}

struct api_error *
attr_uuid_list_or_none(const struct res_attr *attr, struct json **valuep)
{
    return (attr_is_null(valuep)
            ? NULL : attr_unique_list(attr, attr_uuid, valuep));
}

struct api_error *
attr_ip_version(const struct res_attr *attr, struct json **valuep)
{
    struct api_error *error = attr_integer(attr, valuep);

    if (!error && json_integer(*valuep) != 4 && json_integer(*valuep) != 6) {
        error = attr_invalid(attr, "%"PRId64" is not in valid_values",
                             json_integer(*valuep));
    }
    return error;
}

struct api_error *
attr_one_of(const struct res_attr *attr, struct json **valuep)
{
    struct api_error *error;
    char *text;

    if ((*valuep)->type == JSON_STRING) {
        for (const char *const *v = attr->values; *v; v++) {
            if (!strcmp(*v, json_string(*valuep))) {
                return NULL;
            }
        }
    }
    text = attr_to_text(*valuep);
    error = attr_invalid(attr, "%s is not in valid_values", text);
    free(text);
    return error;
}

struct api_error *
attr_one_of_or_none(const struct res_attr *attr, struct json **valuep)
{
    return attr_is_null(valuep) ? NULL : attr_one_of(attr, valuep);
}

struct api_error *
attr_string_list(const struct res_attr *attr, struct json **valuep)
{
    return attr_unique_list(attr, attr_string, valuep);
}

struct api_error *
attr_object(const struct res_attr *attr, struct json **valuep)
{
    if (attr_is_null(valuep)) {
        attr_replace(valuep, json_object_create());
    }
    return ((*valuep)->type == JSON_OBJECT
            ? NULL
            : attr_is_not(attr, *valuep, "is not a dictionary"));
}

static struct api_error *
attr_dhcp_opt(const struct res_attr *attr, const struct json *opt)
{
    static const char *const may_be_empty[] = {
        "router", "classless-static-route",
    };
    const struct json *value;
    struct json **version;
    const char *name;
    bool empty_ok;

    if (opt->type != JSON_OBJECT) {
        return attr_is_not(attr, opt, "is not a dictionary");
    }
    name = body_string(opt, "opt_name");
    value = body_get(opt, "opt_value");
    if (!name || !name[0] || strlen(name) > 64) {
        return attr_is_not(attr, opt, "has no valid 'opt_name'");
    }
    empty_ok = (!strcmp(name, may_be_empty[0])
                || !strcmp(name, may_be_empty[1]));
    if (!value
        || (value->type != JSON_NULL
            && (value->type != JSON_STRING
                || strlen(json_string(value)) > 255
                || strpbrk(json_string(value), "\n\r")
                || (!json_string(value)[0] && !empty_ok)))) {
        return attr_is_not(attr, opt, "has no valid 'opt_value'");
    }
    if (!body_has(opt, "ip_version")) {
        shash_add(json_object(opt), "ip_version", json_integer_create(4));
    }
    version = (struct json **) &shash_find(json_object(opt),
                                           "ip_version")->data;
    return attr_ip_version(attr, version);
}

struct api_error *
attr_dhcp_opts(const struct res_attr *attr, struct json **valuep)
{
    const struct json_array *array;
    struct api_error *error = attr_list_or_none(attr, valuep, NULL, &array);

    for (size_t i = 0; !error && i < array->n; i++) {
        error = attr_dhcp_opt(attr, array->elems[i]);
    }
    return error;
}
