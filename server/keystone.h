/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef KEYSTONE_H
#define KEYSTONE_H 1

/* Tokens of callers, as the identity service (Keystone) knows them. */

struct api_caller;
struct ds;
struct http_client;
struct keystone;
struct l3ha_config;

struct keystone *keystone_create(struct http_client *,
                                 const struct l3ha_config *, char **errorp);
void keystone_destroy(struct keystone *);
void keystone_run(struct keystone *);
void keystone_show(const struct keystone *, struct ds *);

enum keystone_verdict {
    KEYSTONE_PENDING,           /* Ask again after keystone_run(). */
    KEYSTONE_VALID,
    KEYSTONE_INVALID,
    KEYSTONE_AWAY,              /* Nobody can tell. */
};
enum keystone_verdict keystone_check(struct keystone *, const char *token,
                                     struct api_caller *);

/* For WWW-Authenticate. */
const char *keystone_get_public_url(const struct keystone *);

#endif /* server/keystone.h */
