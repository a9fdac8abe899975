/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_KEEPALIVED_H
#define L3HA_KEEPALIVED_H 1

/* keepalived's configuration and what it says of its state. */

#include <stdbool.h>

#include "openvswitch/types.h"
#include "uuid.h"

struct ds;
struct router_config;

/* What is the same for all routers of a host. */
struct keepalived_options {
    int version;                /* Of VRRP: 2 or 3. */
    double advert_int;          /* Seconds; whole ones with version 2. */
    const char *auth_type;      /* "PASS" or "AH", version 2 only. */
    const char *auth_password;  /* "" for none. */
    const char *notify_fifo;    /* All routers' changes of state go here. */
    ovs_be32 sync_group;        /* Multicast group of conntrackd, 0: none. */
};

/* Realm of the route to 'sync_group' that an active copy has. */
#define KEEPALIVED_SYNC_REALM "1"

void keepalived_format(const struct router_config *,
                       const struct keepalived_options *,
                       const char *standing, struct ds *);

enum vrrp_state {
    VRRP_UNKNOWN,
    VRRP_BACKUP,
    VRRP_MASTER,
    VRRP_FAULT,
    VRRP_STOPPED,
};

bool keepalived_parse_event(const char *line, struct uuid *router,
                            enum vrrp_state *);
bool keepalived_needs_restart(const char *old, const char *new);
const char *vrrp_state_to_string(enum vrrp_state);

#endif /* agent/keepalived.h */
