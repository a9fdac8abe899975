/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_MD_UPSTREAM_H
#define L3HA_MD_UPSTREAM_H 1

/* Requests to the metadata service of the compute service (Nova). */

#include <stddef.h>

struct ds;
struct md_events;
struct md_settings;
struct md_transfer;
struct md_upstream;

/* Largest answer, in bytes. */
#define MD_ANSWER_MAX (1024 * 1024)

/* What is asked for, and in whose name.  Strings are copied. */
struct md_call {
    const char *method;
    const char *target;         /* Path and query. */
    const char *body;
    size_t body_len;
    const char *source;         /* Address of the instance. */
    const char *instance;       /* Id. */
    const char *project;        /* Id. */
};

/* What came back. */
struct md_answer {
    unsigned int status;        /* For the guest. */
    const char *content_type;   /* NULL if there is none. */
    char *body;                 /* 'done' may take it and leave NULL. */
    size_t body_len;
};

/* Called once when a transfer has ended, which is freed after that. */
typedef void md_done_func(struct md_answer *, void *aux);

struct md_upstream *md_upstream_create(struct md_events *,
                                       const struct md_settings *);
void md_upstream_destroy(struct md_upstream *);

struct md_transfer *md_upstream_send(struct md_upstream *,
                                     const struct md_call *, md_done_func *,
                                     void *aux);
void md_transfer_cancel(struct md_transfer *);

void md_upstream_run(struct md_upstream *);
void md_upstream_wait(struct md_upstream *);

void md_upstream_format(const struct md_upstream *, struct ds *);

char *md_sign(const char *secret, const char *instance);

#endif /* metadata/upstream.h */
