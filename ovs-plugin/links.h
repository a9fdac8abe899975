/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_LINKS_H
#define L3HA_LINKS_H 1

/* Whether other hosts and physical networks can be reached. */

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "ovs-plugin/ovs-plugin.h"

struct links;
struct of_conn;
struct ovsdb_idl;
struct ovsrec_bridge;
struct pipeline;
struct shash;
struct smap;
struct sset;

struct links *links_create(struct ovsdb_idl *, const struct pipeline *,
                           struct of_conn *);
void links_destroy(struct links *);

bool links_run(struct links *);
void links_is_out(struct links *, ovs_be32 xid);
void links_answer(struct links *, const struct eth_addr number);
void links_wait(const struct links *);

void links_read(struct links *, const struct ovsrec_bridge *,
                const struct smap *bridge_mappings);
bool links_watch_hosts(struct links *, const struct sset *hosts,
                       int interval);
void links_choose_tunnels(struct links *, const struct shash *tunnels);
void links_get_bfd(const struct links *, const char *host, const char *ifname,
                   struct smap *bfd);

enum ovs_plugin_reach links_host_reach(const struct links *,
                                       const char *host);
long long int links_host_lost_at(const struct links *, const char *host);
bool links_physnet_is_down(const struct links *, const char *physnet);
bool links_is_connected(const struct links *);
uint64_t links_seqno(const struct links *);

#endif /* ovs-plugin/links.h */
