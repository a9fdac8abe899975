/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Paths and query strings of URIs.
 *
 * Pure functions on untrusted input.  "%XX" and, in queries, '+' are decoded;
 * what is no valid escape stays as it is (as Python's urllib does).  What
 * decodes to a null byte or is not UTF-8 is refused, because no value of the
 * API can be it and C strings would hide it. */

#include <config.h>
#include "server/query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "unicode.h"
#include "util.h"

/* Returns the decoded form of the 'len' bytes at 's', or NULL if they hold a
 * null byte or are not UTF-8. */
static char *
url_decode(const char *s, size_t len, bool plus_is_space)
{
    char *out = xmalloc(len + 1);
    size_t n = 0;
    char *utf8_error;
    size_t valid;

    for (size_t i = 0; i < len; i++) {
        if (s[i] == '%' && len - i > 2
            && isxdigit((unsigned char) s[i + 1])
            && isxdigit((unsigned char) s[i + 2])) {
            bool ok;

            out[n] = hexits_value(&s[i + 1], 2, &ok);
            if (!out[n]) {
                free(out);
                return NULL;
            }
            n++;
            i += 2;
        } else {
            out[n++] = plus_is_space && s[i] == '+' ? ' ' : s[i];
        }
    }
    out[n] = '\0';

    utf8_error = utf8_validate(out, &valid);
    if (utf8_error) {
        free(utf8_error);
        free(out);
        return NULL;
    }
    return out;
}

/* Parses 'string', a query without its '?', into 'query', which the caller
 * must destroy also if this returns false because the query is malformed. */
bool
query_parse(const char *string, struct query *query)
{
    size_t allocated = 0;

    query->args = NULL;
    query->n = 0;
    while (*string) {
        size_t len = strcspn(string, "&");
        const char *eq = memchr(string, '=', len);
        size_t key_len = eq ? eq - string : len;

        if (len) {
            struct query_arg *arg;

            if (query->n >= allocated) {
                query->args = x2nrealloc(query->args, &allocated,
                                         sizeof *query->args);
            }
            arg = &query->args[query->n++];
            arg->key = url_decode(string, key_len, true);
            arg->value = (eq
                          ? url_decode(eq + 1, len - key_len - 1, true)
                          : xstrdup(""));
            if (!arg->key || !arg->value) {
                return false;
            }
        }
        string += len;
        string += *string == '&';
    }
    return true;
}

/* Initializes 'query' with the arguments of 'src' whose key is 'key'. */
void
query_clone_key(struct query *query, const struct query *src, const char *key)
{
    query->args = xmalloc(query_count(src, key) * sizeof *query->args);
    query->n = 0;
    for (size_t i = 0; i < src->n; i++) {
        if (!strcmp(src->args[i].key, key)) {
            struct query_arg *arg = &query->args[query->n++];

            arg->key = xstrdup(key);
            arg->value = xstrdup(src->args[i].value);
        }
    }
}

void
query_destroy(struct query *query)
{
    for (size_t i = 0; i < query->n; i++) {
        free(query->args[i].key);
        free(query->args[i].value);
    }
    free(query->args);
}

/* Returns the first value of 'key', or NULL. */
const char *
query_get(const struct query *query, const char *key)
{
    for (size_t i = 0; i < query->n; i++) {
        if (!strcmp(query->args[i].key, key)) {
            return query->args[i].value;
        }
    }
    return NULL;
}

size_t
query_count(const struct query *query, const char *key)
{
    size_t n = 0;

    for (size_t i = 0; i < query->n; i++) {
        n += !strcmp(query->args[i].key, key);
    }
    return n;
}

static void
url_encode(struct ds *s, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char) *text) || strchr("-_.~", *text)) {
            ds_put_char(s, *text);
        } else if (*text == ' ') {
            ds_put_char(s, '+');
        } else {
            ds_put_format(s, "%%%02X", (unsigned char) *text);
        }
    }
}

/* Appends "KEY=VALUE" to the query in 's', encoded, after a '&' unless it is
 * the first, which follows '?'. */
void
query_format_arg(struct ds *s, const char *key, const char *value)
{
    if (s->length && ds_last(s) != '?') {
        ds_put_char(s, '&');
    }
    url_encode(s, key);
    ds_put_char(s, '=');
    url_encode(s, value);
}

/* Parses 'string' into 'path', which the caller must destroy also if this
 * returns false, because there are too many segments or one is malformed.
 * ".json" at the end, which some clients append, is left out. */
bool
path_parse(const char *string, struct path *path)
{
    path->n = 0;
    while (*string) {
        size_t len = strcspn(string, "/");

        if (len) {
            char *segment = (path->n < PATH_MAX_SEGMENTS
                             ? url_decode(string, len, false)
                             : NULL);
            if (!segment) {
                return false;
            }
            path->segments[path->n++] = segment;
        }
        string += len;
        string += *string == '/';
    }
    if (path->n) {
        char *last = path->segments[path->n - 1];
        size_t len = strlen(last);

        if (len > 5 && !strcmp(last + len - 5, ".json")) {
            last[len - 5] = '\0';
        }
    }
    return true;
}

void
path_destroy(struct path *path)
{
    for (size_t i = 0; i < path->n; i++) {
        free(path->segments[i]);
    }
}
