/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "metadata/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Parser of HTTP/1 requests (RFC 9112), and the head of answers.
 *
 * Owns what came in of one request.  In: bytes as they come.  Out: method,
 * target and body, or the status of the refusal.
 *
 * No header field is handed on.  So whatever a guest says of itself
 * (X-Instance-ID, X-Forwarded-For...) ends here, and a field that is
 * understood differently by two programs cannot do harm.
 *
 * Invariants: never keeps more than MD_HEAD_MAX + MD_BODY_MAX bytes.  A
 * complete request has a target of printable characters without space, so it
 * can be sent on as it is.
 *
 * Limits: bodies need a Content-Length, one request a connection. */

/* What the buffer grows by. */
#define BUF_STEP 1024

/* Makes 'req' an empty request. */
void
md_request_init(struct md_request *req)
{
    memset(req, 0, sizeof *req);
}

/* Frees what 'req' holds, not 'req' itself. */
void
md_request_uninit(struct md_request *req)
{
    free(req->target);
    free(req->buf);
}

static enum md_request_state
refuse(struct md_request *req, unsigned int status)
{
    req->state = MD_REQUEST_BAD;
    req->status = status;
    free(req->buf);
    req->buf = NULL;
    req->len = req->allocated = 0;
    return req->state;
}

/* RFC 9110, 5.6.2. */
static bool
is_token_char(char c)
{
    return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
            || (c >= 'A' && c <= 'Z') || (c && strchr("!#$%&'*+-.^_`|~", c)));
}

static size_t
token_len(const char *s)
{
    size_t n = 0;

    while (is_token_char(s[n])) {
        n++;
    }
    return n;
}

/* Ends the line that 's' points to, and returns the next one, or NULL if a
 * character is in it that must not be. */
static char *
cut_line(char *s)
{
    char *p;

    for (p = s; *p != '\n'; p++) {
        unsigned char c = *p;

        if ((c < ' ' && c != '\t' && !(c == '\r' && p[1] == '\n'))
            || c == 0x7f) {
            return NULL;
        }
    }
    if (p > s && p[-1] == '\r') {
        p[-1] = '\0';
    }
    *p = '\0';
    return p + 1;
}

/* Parses "METHOD TARGET HTTP/1.x".  Returns 0 or the status of the refusal. */
static unsigned int
parse_request_line(struct md_request *req, const char *line)
{
    size_t n = token_len(line);
    const char *target = line + n + 1;
    const char *end;

    if (!n || line[n] != ' ') {
        return 400;
    } else if (n > MD_METHOD_MAX) {
        return 501;
    }
    memcpy(req->method, line, n);
    req->method[n] = '\0';

    for (end = target; *end > ' ' && *end < 0x7f && *end != '#'; end++) {
        continue;
    }
    if (*end != ' ' || strncmp(end + 1, "HTTP/", 5)) {
        return 400;
    } else if (strncmp(end + 6, "1.", 2)
               || !(end[8] >= '0' && end[8] <= '9') || end[9]) {
        return 505;
    }
    /* The form for proxies (RFC 9112, 3.2.2): the host is us. */
    if (!strncasecmp(target, "http://", 7)) {
        target += 7 + strcspn(target + 7, "/? ");
    }
    if (*target != '/') {
        return 400;
    } else if (end - target > MD_TARGET_MAX) {
        return 414;
    }
    req->target = xmemdup0(target, end - target);
    return 0;
}

/* Parses "NAME: VALUE".  'seen_length' is of the caller's, initially false.
 * Returns 0 or the status of the refusal. */
static unsigned int
parse_field(struct md_request *req, const char *line, bool *seen_length)
{
    size_t n = token_len(line);
    const char *value;
    unsigned long long int length = 0;
    size_t len;

    if (!n || line[n] != ':') {
        return 400;
    }
    value = line + n + 1;
    value += strspn(value, " \t");
    if (n == 17 && !strncasecmp(line, "Transfer-Encoding", n)) {
        return 501;
    } else if (n != 14 || strncasecmp(line, "Content-Length", n)) {
        return 0;
    }

    len = strspn(value, "0123456789");
    if (!len || value[len + strspn(value + len, " \t")]) {
        return 400;
    }
    for (size_t i = 0; i < len && length <= MD_BODY_MAX; i++) {
        length = length * 10 + value[i] - '0';
    }
    if (*seen_length && length != req->body_len) {
        return 400;
    } else if (length > MD_BODY_MAX) {
        return 413;
    }
    *seen_length = true;
    req->body_len = length;
    return 0;
}

/* Parses the head, which is complete and ends with an empty line.  Returns 0
 * or the status of the refusal. */
static unsigned int
parse_head(struct md_request *req)
{
    char *head = xmemdup0(req->buf, req->head_len);
    unsigned int status = 400;
    bool seen_length = false;
    char *line = head;
    char *next;
    int i;

    /* A null byte would end a string too early. */
    if (strlen(head) != req->head_len) {
        goto exit;
    }
    next = cut_line(line);
    status = next ? parse_request_line(req, line) : 400;
    for (i = 0; !status; i++) {
        line = next;
        next = cut_line(line);
        if (!next) {
            status = 400;
        } else if (!*line) {
            break;
        } else if (i >= MD_FIELDS_MAX) {
            status = 431;
        } else {
            status = parse_field(req, line, &seen_length);
        }
    }

exit:
    free(head);
    return status;
}

/* Looks for the end of the head.  Sets 'head_len' if it is there. */
static void
find_head(struct md_request *req)
{
    size_t i;

    /* Empty lines before a request are not part of it (RFC 9112, 2.2). */
    if (!req->scanned) {
        size_t n = 0;

        while (n < req->len && (req->buf[n] == '\r' || req->buf[n] == '\n')) {
            n++;
        }
        req->len -= n;
        memmove(req->buf, req->buf + n, req->len);
    }
    for (i = req->scanned; i < req->len; i++) {
        if (req->buf[i] == '\n'
            && ((i >= 1 && req->buf[i - 1] == '\n')
                || (i >= 2 && req->buf[i - 1] == '\r'
                    && req->buf[i - 2] == '\n'))) {
            req->head_len = i + 1;
            break;
        }
    }
    req->scanned = i;
}

static void
append(struct md_request *req, const char *data, size_t n)
{
    if (req->len + n > req->allocated) {
        req->allocated = ROUND_UP(req->len + n, BUF_STEP);
        req->buf = xrealloc(req->buf, req->allocated);
    }
    memcpy(req->buf + req->len, data, n);
    req->len += n;
}

/* Takes over 'n' more bytes.  What follows a complete request is ignored.
 * Returns the state. */
enum md_request_state
md_request_feed(struct md_request *req, const char *data, size_t n)
{
    if (req->state != MD_REQUEST_PARTIAL) {
        return req->state;
    }
    append(req, data, MIN(n, MD_HEAD_MAX + MD_BODY_MAX - req->len));
    if (!req->head_len) {
        find_head(req);
        if (req->head_len ? req->head_len > MD_HEAD_MAX
            : req->len >= MD_HEAD_MAX) {
            return refuse(req, 431);
        } else if (!req->head_len) {
            return req->state;
        }

        unsigned int status = parse_head(req);

        if (status) {
            return refuse(req, status);
        }
    }
    if (req->len - req->head_len >= req->body_len) {
        req->body = req->buf + req->head_len;
        req->state = MD_REQUEST_COMPLETE;
    }
    return req->state;
}

/* Returns the reason phrase of 'status'. */
const char *
md_status_text(unsigned int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
    }
}

/* Appends the head of an answer to 's'.  'content_type' may be NULL. */
void
md_answer_format(struct ds *s, unsigned int status, const char *content_type,
                 size_t body_len)
{
    ds_put_format(s, "HTTP/1.1 %u %s\r\n", status, md_status_text(status));
    if (content_type) {
        ds_put_format(s, "Content-Type: %s\r\n", content_type);
    }
    ds_put_format(s,
                  "Content-Length: %"PRIuSIZE"\r\n"
                  "Connection: close\r\n"
                  "\r\n", body_len);
}
