/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_AGENT_H
#define L3HA_AGENT_H 1

/* What the modules of ovs-l3ha-agent share.
 *
 * Each module is a struct with x_create(), x_run(), x_wait(), x_destroy().
 * The main loop calls every module's run function once an iteration with the
 * same context; a module must neither keep pointers from it across
 * iterations, except those to other modules and to the IDLs, nor clear the
 * IDLs' change tracking, which the main loop does when all have run. */

#include <stdbool.h>

struct agent_settings;
struct l3ha_config;
struct l3ha_metrics;
struct metadata;
struct ovs_plugin;
struct ovsdb_idl;
struct ovsdb_idl_txn;

struct agent_ctx {
    const struct l3ha_config *config;   /* Options from INI files. */
    const struct agent_settings *settings; /* What the two sources say. */
    bool settings_changed;              /* Since the previous iteration. */
    const char *host;                   /* This host's name. */

    struct ovsdb_idl *ovs_idl;          /* Local Open_vSwitch. */
    struct ovsdb_idl_txn *ovs_txn;      /* NULL while one is in flight, before
                                         * the first connection. */

    struct ovsdb_idl *l3ha_idl;         /* OVS_L3HA, conditional monitoring,
                                         * change tracking on. */
    struct ovsdb_idl_txn *l3ha_txn;     /* NULL while one is in flight or the
                                         * database is down: report later. */

    struct ovs_plugin *plugin;
    struct metadata *metadata;
    struct l3ha_metrics *metrics;

    bool l3ha_ready;                    /* The replica has every row that this
                                         * host needs: the desired state in it
                                         * may be acted on. */
};

#endif /* agent/agent.h */
