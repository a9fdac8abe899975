/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_METADATA_H
#define L3HA_METADATA_H 1

/* Role metadata: has ovs-l3ha-metadata serve the instances that reach this
 * host's namespaces. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent_ctx;
struct l3ha_metrics;
struct metadata;
struct uuid;

/* What is served in a namespace. */
struct metadata_service {
    const char *netns;          /* Its name. */
    uint16_t port;              /* TCP port. */

    /* Device on which 169.254.169.254 and fe80::a9fe:a9fe are listened on.
     * NULL: every address of the namespace. */
    const char *dev;

    /* Where the instances are that reach it.  No two of their ports may have
     * the same address. */
    const struct uuid *networks;
    size_t n_networks;
};

struct metadata *metadata_create(struct l3ha_metrics *);
void metadata_destroy(struct metadata *);

void metadata_serve(struct metadata *, const struct metadata_service *);
void metadata_withdraw(struct metadata *, const char *netns);

void metadata_run(struct metadata *, const struct agent_ctx *,
                  bool all_told);
void metadata_wait(struct metadata *);
bool metadata_is_synced(const struct metadata *);

#endif /* agent/metadata.h */
