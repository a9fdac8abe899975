/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H 1

/* Requests to other services over HTTP and HTTPS, without blocking.
 *
 * Use in the main loop: http_client_run(), which calls back for each transfer
 * that is over, and http_client_wait(). */

#include <stdbool.h>

struct http_client;
struct http_transfer;

/* How to reach a service.  Strings may be NULL or empty if not needed. */
struct http_client_options {
    const char *cafile;         /* Instead of the system's authorities. */
    const char *certfile;       /* Of this client, with 'keyfile'. */
    const char *keyfile;
    bool insecure;              /* Believe any certificate. */
    int connect_timeout;        /* Seconds. */
    int timeout;                /* Seconds, for the whole transfer. */
};

#define HTTP_CLIENT_MAX_HEADERS 4
struct http_client_request {
    const char *method;
    const char *url;
    const char *headers[HTTP_CLIENT_MAX_HEADERS]; /* "Name: value", or
                                                   * NULL. */
    const char *body;           /* NULL: none. */
};

/* What came back.  Valid during the callback. */
struct http_client_answer {
    int status;                 /* HTTP status; 0 if there was no answer. */
    const char *error;          /* Why there was none. */
    const char *body;           /* Null-terminated. */
    const char *subject_token;  /* Header "X-Subject-Token", or NULL. */
};

typedef void http_client_done_func(const struct http_client_answer *,
                                   void *aux);

struct http_client *http_client_create(void);
void http_client_destroy(struct http_client *);
void http_client_run(struct http_client *);
void http_client_wait(struct http_client *);

struct http_transfer *http_client_start(struct http_client *,
                                        const struct http_client_options *,
                                        const struct http_client_request *,
                                        http_client_done_func *, void *aux);
void http_transfer_cancel(struct http_transfer *);

#endif /* server/http-client.h */
