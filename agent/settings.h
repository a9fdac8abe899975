/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_AGENT_SETTINGS_H
#define L3HA_AGENT_SETTINGS_H 1

/* What the agent is told about its own host.
 *
 * external_ids of the Open_vSwitch row come first, options from INI files
 * where a key is absent, then defaults.  The row may change at any time, so
 * the settings are computed again whenever it does. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "smap.h"
#include "sset.h"

struct l3ha_config;
struct ovsrec_open_vswitch;

struct agent_settings {
    struct smap seen;           /* external_ids they were made from. */
    char *host;                 /* Name of this host. */
    char *remote;               /* OVS_L3HA database, NULL if not set. */
    char *tunnel_ip;            /* Local tunnel endpoint, NULL if not set. */
    struct sset tunnel_types;   /* "vxlan", "gre", "geneve". */
    struct smap bridge_mappings; /* Physical network -> bridge. */
    struct sset roles;          /* "l2", "l3", ... */
    char *bridge;               /* Name of the integration bridge. */
    char *datapath_type;        /* For a new bridge; "" for the default. */
    uint16_t vxlan_port;        /* UDP port of VXLAN. */
    uint16_t metadata_port;     /* TCP port of the metadata proxies in the
                                 * namespaces of routers, 0: there are none. */
};

void agent_settings_init(struct agent_settings *);
void agent_settings_destroy(struct agent_settings *);
bool agent_settings_update(struct agent_settings *,
                           const struct ovsrec_open_vswitch *,
                           const struct l3ha_config *);
void agent_settings_print(const struct agent_settings *, FILE *);

#endif /* agent/settings.h */
