/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef API_CALL_H
#define API_CALL_H 1

/* One request of the REST API: shared by api.c (its life) and api-verbs.c
 * (what it means). */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/list.h"
#include "server/policy.h"
#include "server/query.h"
#include "server/resource.h"

struct api;
struct http_request;
struct http_stream;

enum api_verb {
    API_VERSIONS,               /* GET / */
    API_ROOT,                   /* GET /v2.0/ */
    API_EXTENSIONS,             /* GET /v2.0/extensions */
    API_EXTENSION,              /* GET /v2.0/extensions/ALIAS */
    API_LIST,
    API_SHOW,
    API_CREATE,
    API_VIEW,                   /* GET /COLLECTION/ID/VIEW */
    API_TENANT,                 /* GET /quotas/tenant */
    API_UPDATE,
    API_DELETE,
    API_ACTION,                 /* PUT /COLLECTION/ID/ACTION */
    API_CHILD_LIST,             /* GET /COLLECTION/ID/CHILDREN */
    API_CHILD_ADD,              /* POST /COLLECTION/ID/CHILDREN */
    API_CHILD_REMOVE,           /* DELETE /COLLECTION/ID/CHILDREN/ID */
    API_TAGS_READ,              /* GET /COLLECTION/ID/tags[/TAG] */
    API_TAGS_WRITE,             /* PUT or DELETE of the same */
};

struct api_call {
    struct ovs_list node;       /* See api.c. */
    struct api *api;
    struct backend *backend;
    struct http_request *req;
    struct api_caller caller;

    /* Parsed, once. */
    struct path path;
    struct query query;
    enum api_verb verb;
    const struct resource *res;
    const char *parent_id;      /* Of a nested 'res'; points into 'path'. */
    const char *id;             /* Points into 'path'. */
    const struct res_action *action;
    const struct res_child *child;
    const struct res_view *view;
    const char *child_id;       /* Or a tag; points into 'path'. */
    struct json *input;         /* Body, NULL if there is none. */
    bool bulk;

    /* Execution. */
    unsigned int runs;
    long long int deadline;     /* time_msec(). */
    long long int retry_at;     /* time_msec(). */
    unsigned int seqno;         /* Of the replica that it ran on. */
    bool alone;                 /* Shares its transaction with no other. */

    /* Result. */
    int status;
    struct json *answer;
    struct http_stream *stream; /* Instead of 'answer', or NULL. */
    struct uuid *ids;           /* Created rows. */
    size_t n_ids;
};

struct api_error *api_call_parse(struct api_call *);
void api_call_clear_answer(struct api_call *);
void api_call_uninit(struct api_call *);
bool api_call_is_write(const struct api_call *);
bool api_call_is_done(const struct api_call *);
struct api_error *api_call_execute(struct api_call *, struct api_ctx *);
struct api_error *api_call_make_answer(struct api_call *);

#endif /* server/api-call.h */
