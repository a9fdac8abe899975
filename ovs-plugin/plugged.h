/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_PLUGGED_H
#define L3HA_PLUGGED_H 1

/* Which interfaces the integration bridge has, told to the pipeline. */

#include <stdbool.h>

struct ovsdb_idl;
struct ovsrec_bridge;
struct ovsrec_port;
struct pipeline;

/* Port:external_ids, where this project says that a port is its own. */
#define PLUGGED_OWNER_KEY "l3ha-owner"
#define PLUGGED_OWNER_L2 "l2"
#define PLUGGED_OWNER_L3 "l3"

struct plugged *plugged_create(struct ovsdb_idl *, struct pipeline *);
void plugged_destroy(struct plugged *);
void plugged_read(struct plugged *, const struct ovsrec_bridge *, bool all);

bool plugged_is_owned(const struct ovsrec_port *, const char *owner);

#endif /* ovs-plugin/plugged.h */
