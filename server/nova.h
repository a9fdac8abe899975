/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NOVA_H
#define NOVA_H 1

/* Tells the compute service (Nova) what becomes of its ports. */

#include <stdbool.h>

struct backend;
struct ds;
struct http_client;
struct l3ha_config;
struct nova;

struct nova *nova_create(struct http_client *, const struct l3ha_config *,
                         char **errorp);
void nova_destroy(struct nova *);

/* Notices changes of ports, by change tracking, and posts what is due.
 * 'may_post' says that this server is the one of several that posts. */
void nova_run(struct nova *, const struct backend *, bool may_post);
void nova_wait(struct nova *);

void nova_show(const struct nova *, struct ds *);

#endif /* server/nova.h */
