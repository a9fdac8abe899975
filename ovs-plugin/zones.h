/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_ZONES_H
#define L3HA_ZONES_H 1

/* Connection tracking zones of networks. */

#include <stdbool.h>
#include <stdint.h>

struct of_conn;
struct ovsrec_bridge;
struct smap;
struct uuid;
struct zones;

struct zones *zones_create(void);
void zones_destroy(struct zones *);

void zones_read(struct zones *, const struct smap *external_ids);
uint16_t zones_get(struct zones *, const struct uuid *network,
                   uint32_t net_key);
void zones_put(struct zones *, const struct uuid *network);

void zones_flush(struct zones *, struct of_conn *);
bool zones_write(const struct zones *, const struct ovsrec_bridge *,
                 bool complete);

#endif /* ovs-plugin/zones.h */
