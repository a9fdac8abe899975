/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_MD_INSTANCES_H
#define L3HA_MD_INSTANCES_H 1

/* Which instance has an address in a network. */

#include <netinet/in.h>
#include <stddef.h>

#include "uuid.h"

struct md_instances;

/* A port of an instance. */
struct md_port {
    struct uuid uuid;
    struct uuid network;
    struct in6_addr *addrs;     /* IPv4-mapped or IPv6; also the link-local
                                 * address of the MAC. */
    size_t n_addrs;
    char *instance;             /* Its id. */
    char *project;
};

struct md_instances *md_instances_create(void);
void md_instances_destroy(struct md_instances *);

void md_instances_set(struct md_instances *, const struct md_port *);
void md_instances_remove(struct md_instances *, const struct uuid *port);

void md_instances_begin(struct md_instances *);
void md_instances_end(struct md_instances *);

const struct md_port *md_instances_find(const struct md_instances *,
                                        const struct uuid *networks,
                                        size_t n_networks,
                                        const struct in6_addr *);
size_t md_instances_count(const struct md_instances *);

#endif /* metadata/instances.h */
