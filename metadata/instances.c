/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "metadata/instances.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "packets.h"
#include "util.h"

/* Table of the instances' ports by (network, address).
 *
 * Owns copies of what it is given.  In: ports, one at a time, from the agent.
 * Out: the port of an address.
 *
 * When the agent connects it tells everything again; what it does not mention
 * between md_instances_begin() and md_instances_end() is gone.  Meanwhile
 * everybody is found as before. */

struct instances_port {
    struct hmap_node hmap_node; /* In instances->ports, by UUID. */
    struct md_port port;
    struct instances_addr *addrs; /* One for each of the port's. */
    unsigned int generation;    /* In which it was last mentioned. */
};

struct instances_addr {
    struct hmap_node hmap_node; /* In instances->addrs. */
    struct instances_port *owner;
    const struct in6_addr *addr;
};

struct md_instances {
    struct hmap ports;
    struct hmap addrs;
    unsigned int generation;
};

/* Returns an empty table. */
struct md_instances *
md_instances_create(void)
{
    struct md_instances *table = xzalloc(sizeof *table);

    hmap_init(&table->ports);
    hmap_init(&table->addrs);
    return table;
}

static uint32_t
hash_addr(const struct uuid *network, const struct in6_addr *addr)
{
    return hash_bytes(addr, sizeof *addr, uuid_hash(network));
}

static struct instances_port *
find_port(const struct md_instances *table, const struct uuid *uuid)
{
    struct instances_port *p;

    HMAP_FOR_EACH_WITH_HASH (p, hmap_node, uuid_hash(uuid), &table->ports) {
        if (uuid_equals(&p->port.uuid, uuid)) {
            return p;
        }
    }
    return NULL;
}

static void
remove_port(struct md_instances *table, struct instances_port *p)
{
    hmap_remove(&table->ports, &p->hmap_node);
    for (size_t i = 0; i < p->port.n_addrs; i++) {
        hmap_remove(&table->addrs, &p->addrs[i].hmap_node);
    }
    free(p->addrs);
    free(p->port.addrs);
    free(p->port.instance);
    free(p->port.project);
    free(p);
}

/* Frees 'table', which may be NULL. */
void
md_instances_destroy(struct md_instances *table)
{
    if (table) {
        struct instances_port *p;

        HMAP_FOR_EACH_SAFE (p, hmap_node, &table->ports) {
            remove_port(table, p);
        }
        hmap_destroy(&table->ports);
        hmap_destroy(&table->addrs);
        free(table);
    }
}

/* Makes 'port' known in place of what was known of it. */
void
md_instances_set(struct md_instances *table, const struct md_port *port)
{
    struct instances_port *p = xzalloc(sizeof *p);

    md_instances_remove(table, &port->uuid);
    p->port = (struct md_port) {
        .uuid = port->uuid,
        .network = port->network,
        .addrs = xmemdup(port->addrs, port->n_addrs * sizeof *port->addrs),
        .n_addrs = port->n_addrs,
        .instance = xstrdup(port->instance),
        .project = xstrdup(port->project),
    };
    p->generation = table->generation;
    p->addrs = xcalloc(port->n_addrs, sizeof *p->addrs);
    for (size_t i = 0; i < port->n_addrs; i++) {
        p->addrs[i].owner = p;
        p->addrs[i].addr = &p->port.addrs[i];
        hmap_insert(&table->addrs, &p->addrs[i].hmap_node,
                    hash_addr(&port->network, &port->addrs[i]));
    }
    hmap_insert(&table->ports, &p->hmap_node, uuid_hash(&port->uuid));
}

/* Forgets the port, if it is known. */
void
md_instances_remove(struct md_instances *table, const struct uuid *uuid)
{
    struct instances_port *p = find_port(table, uuid);

    if (p) {
        remove_port(table, p);
    }
}

/* Everything is about to be told again. */
void
md_instances_begin(struct md_instances *table)
{
    table->generation++;
}

/* Everything was told: forgets the rest. */
void
md_instances_end(struct md_instances *table)
{
    struct instances_port *p;

    HMAP_FOR_EACH_SAFE (p, hmap_node, &table->ports) {
        if (p->generation != table->generation) {
            remove_port(table, p);
        }
    }
}

/* Returns the port that has 'addr' in one of 'networks'; NULL if there is
 * none or if there are several, so that it is not certain who asks. */
const struct md_port *
md_instances_find(const struct md_instances *table,
                  const struct uuid *networks, size_t n_networks,
                  const struct in6_addr *addr)
{
    const struct instances_port *found = NULL;

    for (size_t i = 0; i < n_networks; i++) {
        uint32_t hash = hash_addr(&networks[i], addr);
        const struct instances_addr *a;

        HMAP_FOR_EACH_WITH_HASH (a, hmap_node, hash, &table->addrs) {
            if (ipv6_addr_equals(a->addr, addr)
                && uuid_equals(&a->owner->port.network, &networks[i])) {
                if (found && found != a->owner) {
                    return NULL;
                }
                found = a->owner;
            }
        }
    }
    return found ? &found->port : NULL;
}

/* Returns the number of ports. */
size_t
md_instances_count(const struct md_instances *table)
{
    return hmap_count(&table->ports);
}
