/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/zones.h"

#include <stdlib.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "ovs-plugin/of-conn.h"
#include "ovs-plugin/ovs-plugin.h"
#include "smap.h"
#include "util.h"
#include "uuid.h"
#include "vswitch-idl.h"

/* Connection tracking zones of networks.
 *
 * Addresses of different networks may be the same, so the connections of each
 * network are tracked in a zone of its own.  A zone has 16 bits, a network's
 * key 24, so zones are given to the networks that need one on this host.
 *
 * Owns that assignment.  In: networks that need a zone or do not any more;
 * what is on record.  Out: zones; the record, which is in external_ids of the
 * integration bridge (l3ha-ct-zone-NETWORK), where it survives the agent and
 * Open vSwitch like the connections themselves; orders to the switch to
 * forget the connections in a zone.
 *
 * Invariants: no two networks have the same zone at a time.  A zone that is
 * not on record for its network is flushed before the network's flows refer
 * to it, because an earlier network may have had it. */

#define KEY_PREFIX "l3ha-ct-zone-"

/* Zone 0 is what is tracked without a zone. */
#define ZONE_MIN 1
#define ZONE_MAX UINT16_MAX

struct zone {
    struct hmap_node uuid_node; /* In struct zones's 'by_network'. */
    struct hmap_node zone_node; /* In struct zones's 'by_zone'. */
    struct uuid network;
    uint16_t zone;
    bool wanted;                /* False: known from the record only. */
    bool fresh;                 /* To be flushed. */
};

struct zones {
    struct hmap by_network;     /* Contains "struct zone"s. */
    struct hmap by_zone;        /* Contains the same. */
    size_t n_fresh;
};

/* Returns an assignment without any zone. */
struct zones *
zones_create(void)
{
    struct zones *zones = xzalloc(sizeof *zones);

    hmap_init(&zones->by_network);
    hmap_init(&zones->by_zone);
    return zones;
}

static void
zone_free(struct zones *zones, struct zone *zone)
{
    zones->n_fresh -= zone->fresh;
    hmap_remove(&zones->by_network, &zone->uuid_node);
    hmap_remove(&zones->by_zone, &zone->zone_node);
    free(zone);
}

/* Frees 'zones'; the record stays. */
void
zones_destroy(struct zones *zones)
{
    if (zones) {
        struct zone *zone;

        HMAP_FOR_EACH_SAFE (zone, uuid_node, &zones->by_network) {
            zone_free(zones, zone);
        }
        hmap_destroy(&zones->by_network);
        hmap_destroy(&zones->by_zone);
        free(zones);
    }
}

static struct zone *
find_network(const struct zones *zones, const struct uuid *network)
{
    struct zone *zone;

    HMAP_FOR_EACH_WITH_HASH (zone, uuid_node, uuid_hash(network),
                             &zones->by_network) {
        if (uuid_equals(&zone->network, network)) {
            return zone;
        }
    }
    return NULL;
}

static struct zone *
find_zone(const struct zones *zones, uint16_t number)
{
    struct zone *zone;

    HMAP_FOR_EACH_WITH_HASH (zone, zone_node, hash_int(number, 0),
                             &zones->by_zone) {
        if (zone->zone == number) {
            return zone;
        }
    }
    return NULL;
}

static struct zone *
zone_add(struct zones *zones, const struct uuid *network, uint16_t number)
{
    struct zone *zone = xzalloc(sizeof *zone);

    zone->network = *network;
    zone->zone = number;
    hmap_insert(&zones->by_network, &zone->uuid_node, uuid_hash(network));
    hmap_insert(&zones->by_zone, &zone->zone_node, hash_int(number, 0));
    return zone;
}

/* Takes over what is on record in 'external_ids' of the bridge.  What is
 * known here is newer and stays. */
void
zones_read(struct zones *zones, const struct smap *external_ids)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, external_ids) {
        unsigned int number;
        struct uuid network;

        if (!strncmp(node->key, KEY_PREFIX, strlen(KEY_PREFIX))
            && uuid_from_string(&network, node->key + strlen(KEY_PREFIX))
            && str_to_uint(node->value, 10, &number)
            && number >= ZONE_MIN && number <= ZONE_MAX
            && !find_network(zones, &network) && !find_zone(zones, number)) {
            zone_add(zones, &network, number);
        }
    }
}

/* Returns the zone of 'network', or 0 if there are no more zones.  A network
 * that has none on record gets one that follows from its key, if that is
 * free. */
uint16_t
zones_get(struct zones *zones, const struct uuid *network, uint32_t net_key)
{
    struct zone *zone = find_network(zones, network);

    if (!zone) {
        const uint32_t n = ZONE_MAX - ZONE_MIN + 1;
        uint32_t number, i;

        for (i = 0; i < n; i++) {
            number = ZONE_MIN + (net_key + i) % n;
            zone = find_zone(zones, number);
            if (!zone || !zone->wanted) {
                break;
            }
        }
        if (i >= n) {
            return 0;
        }
        if (zone) {
            zone_free(zones, zone);
        }
        zone = zone_add(zones, network, number);
        zone->fresh = true;
        zones->n_fresh++;
    }
    zone->wanted = true;
    return zone->zone;
}

/* Takes note that 'network' needs no zone any more. */
void
zones_put(struct zones *zones, const struct uuid *network)
{
    struct zone *zone = find_network(zones, network);

    if (zone) {
        zone_free(zones, zone);
    }
}

/* Has the switch forget the connections in zones that are new.  To be called
 * with an open connection, before new flows are sent. */
void
zones_flush(struct zones *zones, struct of_conn *conn)
{
    struct zone *zone;

    if (!zones->n_fresh) {
        return;
    }
    HMAP_FOR_EACH (zone, uuid_node, &zones->by_network) {
        if (zone->fresh) {
            of_conn_flush_zone(conn, zone->zone);
            zone->fresh = false;
        }
    }
    zones->n_fresh = 0;
}

/* Brings the record in line; what is on record for networks that are not
 * known stays unless 'complete'.  Returns true if there was a difference. */
bool
zones_write(const struct zones *zones, const struct ovsrec_bridge *br,
            bool complete)
{
    const struct smap *ids = &br->external_ids;
    const struct smap_node *node;
    const struct zone *zone;
    bool changed = false;

    HMAP_FOR_EACH (zone, uuid_node, &zones->by_network) {
        char *key = xasprintf(KEY_PREFIX UUID_FMT, UUID_ARGS(&zone->network));
        char *value = xasprintf("%"PRIu16, zone->zone);

        if (zone->wanted
            && strcmp(smap_get_def(ids, key, ""), value)) {
            ovsrec_bridge_update_external_ids_setkey(br, key, value);
            changed = true;
        }
        free(key);
        free(value);
    }
    SMAP_FOR_EACH (node, ids) {
        struct uuid network;

        if (complete && !strncmp(node->key, KEY_PREFIX, strlen(KEY_PREFIX))
            && uuid_from_string(&network,
                                node->key + strlen(KEY_PREFIX))) {
            zone = find_network(zones, &network);
            if (!zone || !zone->wanted) {
                ovsrec_bridge_update_external_ids_delkey(br, node->key);
                changed = true;
            }
        }
    }
    return changed;
}
