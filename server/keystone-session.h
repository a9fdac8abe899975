/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef KEYSTONE_SESSION_H
#define KEYSTONE_SESSION_H 1

/* A user of the identity service (Keystone) that this server acts as, from
 * the options of one section: [keystone_authtoken] or [nova]. */

struct http_client;
struct http_client_options;
struct json;
struct keystone_session;
struct l3ha_config;

struct keystone_session *keystone_session_create(struct http_client *,
                                                 const struct l3ha_config *,
                                                 const char *section);
void keystone_session_destroy(struct keystone_session *);
void keystone_session_wait(struct keystone_session *);

enum keystone_session_state {
    KEYSTONE_SESSION_PENDING,   /* A token is being fetched. */
    KEYSTONE_SESSION_READY,
    KEYSTONE_SESSION_FAILED,    /* Tried again in a moment. */
};
enum keystone_session_state keystone_session_run(struct keystone_session *);
const char *keystone_session_get_token(const struct keystone_session *);
char *keystone_session_get_endpoint(const struct keystone_session *,
                                    const char *service_type,
                                    const char *interface,
                                    const char *region);
void keystone_session_drop_token(struct keystone_session *);

/* For requests to the services. */
const char *keystone_session_get_url(const struct keystone_session *);
const struct http_client_options *keystone_session_get_options(
    const struct keystone_session *);

/* Milliseconds since the epoch of "2026-11-25T03:11:00.000000Z", 0 if 's' is
 * none. */
long long int keystone_parse_time(const char *s);

#endif /* server/keystone-session.h */
