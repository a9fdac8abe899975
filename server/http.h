/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef HTTP_H
#define HTTP_H 1

/* HTTP/1.1 transport of the REST API.
 *
 * Single-threaded: everything happens in http_server_run().  A request is
 * handed to the handler when its body is complete.  The handler, or anybody
 * later, answers it with http_request_reply(); until then the connection is
 * suspended and costs nothing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ds;
struct http_server;
struct json;
struct l3ha_metrics;

/* A body that is longer than this is answered by 413 and never stored. */
#define HTTP_MAX_BODY (1024 * 1024)

/* One request.  Everything belongs to the HTTP server and is valid until the
 * request is answered. */
struct http_request {
    const char *method;         /* "GET", "POST", ... */
    const char *path;           /* As sent, without the query. */
    const char *query;          /* As sent, without '?'; "" if none. */
    const char *body;           /* Null-terminated. */
    size_t body_len;
    const char *host;           /* "Host" header, or the bound address. */
    const char *forwarded_proto; /* "X-Forwarded-Proto", or NULL. */
    const char *if_match;       /* "If-Match" header, or NULL. */
    const char *project_id;     /* "X-Project-Id" header, or NULL. */
    const char *roles;          /* "X-Roles" header, or NULL. */
    const char *token;          /* "X-Auth-Token" header, or NULL. */
    bool is_secure;             /* It came by HTTPS. */
    char id[4 + 36 + 1];        /* "req-" and a UUID. */
};

/* The body of an answer that is made while it is sent. */
struct http_stream {
    /* Appends the next part.  Returns false if that was the last one. */
    bool (*next)(struct http_stream *, struct ds *);
    void (*destroy)(struct http_stream *);
};

/* Called for each request.  'aux' is http_options.aux. */
typedef void http_handler_func(struct http_request *, void *aux);

struct http_options {
    const char *bind_host;      /* Numeric address. */
    uint16_t bind_port;         /* 0: the kernel chooses. */
    const char *cert_file;      /* HTTPS; NULL: HTTP. */
    const char *key_file;
    http_handler_func *handler;
    void *aux;
    struct l3ha_metrics *metrics; /* Where answers are counted and timed. */
};

char *http_server_create(const struct http_options *, struct http_server **);
void http_server_destroy(struct http_server *);
void http_server_stop(struct http_server *);
bool http_server_is_idle(const struct http_server *);
void http_server_run(struct http_server *);
void http_server_wait(struct http_server *);
uint16_t http_server_get_port(const struct http_server *);
const char *http_server_get_url(const struct http_server *);
size_t http_server_count_connections(const struct http_server *);

void http_request_set_header(struct http_request *, const char *name,
                             const char *value);
void http_request_reply(struct http_request *, int status, const char *body);
void http_request_reply_json(struct http_request *, int status,
                             struct json *);
void http_request_reply_stream(struct http_request *, int status,
                               struct http_stream *);

#endif /* server/http.h */
