/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_MD_REQUEST_H
#define L3HA_MD_REQUEST_H 1

/* An HTTP/1 request of a guest (RFC 9112), as it comes in, and the answer to
 * it.  Guests are not trusted: what a request may cost is bounded. */

#include <stdbool.h>
#include <stddef.h>

struct ds;

/* Most bytes of the request line and the header lines together, of the
 * request target, of a body; most header lines. */
#define MD_HEAD_MAX 8192
#define MD_TARGET_MAX 4096
#define MD_BODY_MAX 8192
#define MD_FIELDS_MAX 64
#define MD_METHOD_MAX 16

enum md_request_state {
    MD_REQUEST_PARTIAL,         /* More is to come. */
    MD_REQUEST_COMPLETE,
    MD_REQUEST_BAD,             /* 'status' says why. */
};

struct md_request {
    enum md_request_state state;
    unsigned int status;        /* MD_REQUEST_BAD: of the answer. */

    /* When complete.  Strings belong to the request. */
    char method[MD_METHOD_MAX + 1];
    char *target;               /* Path and query, starts with "/". */
    const char *body;
    size_t body_len;

    /* What came in so far. */
    char *buf;
    size_t len, allocated;
    size_t scanned;             /* Where the search for the end of the head
                                 * goes on. */
    size_t head_len;            /* 0 while the head is not complete. */
};

void md_request_init(struct md_request *);
void md_request_uninit(struct md_request *);

enum md_request_state md_request_feed(struct md_request *, const char *data,
                                      size_t n);

void md_answer_format(struct ds *, unsigned int status,
                      const char *content_type, size_t body_len);
const char *md_status_text(unsigned int status);

#endif /* metadata/request.h */
