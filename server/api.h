/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef API_H
#define API_H 1

/* The REST API: requests in, transactions and answers out. */

struct api;
struct backend;
struct ds;
struct http_request;
struct l3ha_metrics;
struct keystone;

/* With 'keystone' NULL, callers are who they say. */
struct api *api_create(struct backend *, struct keystone *);
void api_destroy(struct api *);

/* For http_options: 'aux' is a struct api. */
void api_handle_request(struct http_request *, void *api);

/* Answers the requests whose transactions are over. */
void api_run(struct api *);
void api_wait(struct api *);

/* Answers every request that is still in flight by 503: for the end. */
void api_abandon(struct api *);

/* Counters, for "api/show". */
void api_show(const struct api *, struct ds *);
void api_fill_metrics(const struct api *, struct l3ha_metrics *);

#endif /* server/api.h */
