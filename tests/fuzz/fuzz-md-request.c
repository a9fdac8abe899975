/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Fuzz target: any bytes as the request of a guest to the metadata service.
 *
 * Input: the size of the pieces in which the rest comes in, the request.  It
 * is refused with a status, needs more, or is complete; that does not depend
 * on the pieces, and what is handed on cannot be taken for anything but one
 * request. */

#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/request.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct md_request *req)
{
    ovs_assert(req->allocated <= ROUND_UP(MD_HEAD_MAX + MD_BODY_MAX, 1024));
    if (req->state == MD_REQUEST_BAD) {
        ovs_assert(req->status >= 400 && req->status <= 505);
        ovs_assert(strcmp(md_status_text(req->status), "Unknown"));
    } else if (req->state == MD_REQUEST_COMPLETE) {
        ovs_assert(req->method[0] && strlen(req->method) <= MD_METHOD_MAX);
        ovs_assert(req->target[0] == '/');
        ovs_assert(strlen(req->target) <= MD_TARGET_MAX);
        for (const char *p = req->target; *p; p++) {
            ovs_assert(*p > ' ' && *p < 0x7f);
        }
        ovs_assert(req->body_len <= MD_BODY_MAX);
        ovs_assert(req->body >= req->buf
                   && req->body + req->body_len <= req->buf + req->len);
    }
}

static void
feed(struct md_request *req, const uint8_t *data, size_t size, size_t piece)
{
    md_request_init(req);
    for (size_t i = 0; i < size; i += piece) {
        md_request_feed(req, (const char *) data + i, MIN(piece, size - i));
        check(req);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct md_request pieces, whole;

    if (!size) {
        return 0;
    }
    feed(&pieces, data + 1, size - 1, data[0] + 1);
    feed(&whole, data + 1, size - 1, 4096);
    ovs_assert(pieces.state == whole.state && pieces.status == whole.status);
    if (whole.state == MD_REQUEST_COMPLETE) {
        ovs_assert(!strcmp(pieces.method, whole.method)
                   && !strcmp(pieces.target, whole.target)
                   && pieces.body_len == whole.body_len
                   && !memcmp(pieces.body, whole.body, whole.body_len));
    }
    md_request_uninit(&pieces);
    md_request_uninit(&whole);
    return 0;
}
