/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_MD_SETTINGS_H
#define L3HA_MD_SETTINGS_H 1

/* Options that ovs-l3ha-metadata acts on.  The agent reads them from its
 * files and sends them: so they cannot differ from what the agent says, and
 * the program that talks to guests reads no file. */

#include <stdbool.h>

struct json;
struct l3ha_config;

struct md_settings {
    char *base_url;             /* "http://HOST:PORT". */
    bool insecure;              /* Take any certificate. */
    char *ca_cert;              /* File, "": those of the system. */
    char *client_cert;          /* File, "": none. */
    char *client_key;           /* File, "": none. */
    char *secret;               /* Shared with the metadata service. */
    int timeout_connect;        /* To the service, in s. */
    int timeout_server;         /* For its answer, in s. */
    int timeout_request;        /* For a guest's request, in s. */
    int timeout_client;         /* For a guest to take the answer, in s. */
};

void md_settings_init(struct md_settings *);
void md_settings_destroy(struct md_settings *);

struct json *md_settings_to_json(const struct l3ha_config *);
void md_settings_from_json(struct md_settings *, const struct json *);

#endif /* metadata/settings.h */
