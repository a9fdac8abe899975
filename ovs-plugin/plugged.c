/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/plugged.h"

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "hash.h"
#include "openvswitch/hmap.h"
#include "ovs-plugin/pipeline-model.h"
#include "smap.h"
#include "util.h"
#include "uuid.h"
#include "vswitch-idl.h"

/* Interfaces of the integration bridge and the numbers that ovs-vswitchd has
 * given to them.
 *
 * Owns what was last read of each Port row of the bridge.  In: rows that
 * changed.  Out: numbers, told to the pipeline: tunnels and patches of role l2
 * by name, all others by what they are plugged for (iface-id).
 *
 * Cost: a port that changed is read alone.  When ports come or go, each is
 * looked up once and those that came are read, which is what the IDL does for
 * the row of the bridge, too.
 *
 * If several interfaces claim to be the same, the one with the highest number
 * is believed: as a rule it has come last. */

/* What one interface claims to be. */
struct claim {
    struct hmap_node hmap_node; /* In struct plugged's 'claims'. */
    char *key;                  /* Name, or iface-id. */
    bool by_name;
    ofp_port_t ofport;
};

struct plugged_port {
    struct hmap_node hmap_node; /* In struct plugged's 'ports'. */
    struct uuid uuid;           /* Of the Port row. */
    struct claim *claims;
    size_t n_claims;
    bool seen;
};

struct plugged {
    struct ovsdb_idl *idl;
    struct pipeline *pipeline;
    struct hmap ports;          /* Contains "struct plugged_port"s. */
    struct hmap claims;         /* Contains "struct claim"s. */
};

/* Has 'idl' replicate what this module needs, and returns an object that
 * knows of no port. */
struct plugged *
plugged_create(struct ovsdb_idl *idl, struct pipeline *pipeline)
{
    struct plugged *p = xzalloc(sizeof *p);

    ovsdb_idl_add_table(idl, &ovsrec_table_port);
    ovsdb_idl_track_add_column(idl, &ovsrec_port_col_interfaces);
    ovsdb_idl_track_add_column(idl, &ovsrec_port_col_external_ids);
    ovsdb_idl_add_table(idl, &ovsrec_table_interface);
    ovsdb_idl_track_add_column(idl, &ovsrec_interface_col_name);
    ovsdb_idl_track_add_column(idl, &ovsrec_interface_col_ofport);
    ovsdb_idl_track_add_column(idl, &ovsrec_interface_col_external_ids);
    p->idl = idl;
    p->pipeline = pipeline;
    hmap_init(&p->ports);
    hmap_init(&p->claims);
    return p;
}

/* Takes the claims of 'port' away from it, stores them in '*claims' and
 * returns how many they are. */
static size_t
take_claims(struct plugged *p, struct plugged_port *port,
            struct claim **claims)
{
    size_t n = port->n_claims;

    for (size_t i = 0; i < n; i++) {
        hmap_remove(&p->claims, &port->claims[i].hmap_node);
    }
    *claims = port->claims;
    port->claims = NULL;
    port->n_claims = 0;
    return n;
}

static void
free_claims(struct claim *claims, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(claims[i].key);
    }
    free(claims);
}

/* Frees 'p'. */
void
plugged_destroy(struct plugged *p)
{
    if (p) {
        struct plugged_port *port;

        HMAP_FOR_EACH_POP (port, hmap_node, &p->ports) {
            struct claim *claims;
            size_t n = take_claims(p, port, &claims);

            free_claims(claims, n);
            free(port);
        }
        hmap_destroy(&p->ports);
        hmap_destroy(&p->claims);
        free(p);
    }
}

/* Returns true if external_ids say that 'port' is one of 'owner'. */
bool
plugged_is_owned(const struct ovsrec_port *port, const char *owner)
{
    return !strcmp(smap_get_def(&port->external_ids, PLUGGED_OWNER_KEY, ""),
                   owner);
}

/* Tells the pipeline which number, if any, there is for 'key'. */
static void
tell(const struct plugged *p, const struct claim *about)
{
    const struct claim *claim;
    ofp_port_t ofport = 0;
    struct uuid uuid;

    HMAP_FOR_EACH_WITH_HASH (claim, hmap_node, hash_string(about->key, 0),
                             &p->claims) {
        if (claim->by_name == about->by_name
            && !strcmp(claim->key, about->key)
            && ofp_to_u16(claim->ofport) > ofp_to_u16(ofport)) {
            ofport = claim->ofport;
        }
    }
    if (about->by_name) {
        pipeline_set_iface(p->pipeline, about->key, ofport);
    } else if (uuid_from_string(&uuid, about->key)) {
        pipeline_set_vif(p->pipeline, &uuid, ofport);
    }
}

static void
claim_add(struct plugged_port *port, const struct ovsrec_interface *iface,
          bool by_name)
{
    const char *key = (by_name ? iface->name
                       : smap_get(&iface->external_ids, "iface-id"));
    int64_t ofport = iface->n_ofport ? *iface->ofport : -1;

    if (key && ofport > 0 && ofport < ofp_to_u16(OFPP_MAX)) {
        port->claims[port->n_claims++] = (struct claim) {
            .key = xstrdup(key),
            .by_name = by_name,
            .ofport = u16_to_ofp(ofport),
        };
    }
}

/* Reads 'row', NULL: there is none any more, and tells what is new of it. */
static void
read_port(struct plugged *p, struct plugged_port *port,
          const struct ovsrec_port *row)
{
    struct claim *old;
    size_t n_old = take_claims(p, port, &old);

    if (row) {
        bool by_name = plugged_is_owned(row, PLUGGED_OWNER_L2);

        port->claims = xmalloc(row->n_interfaces * sizeof *port->claims);
        for (size_t i = 0; i < row->n_interfaces; i++) {
            claim_add(port, row->interfaces[i], by_name);
        }
        for (size_t i = 0; i < port->n_claims; i++) {
            struct claim *claim = &port->claims[i];

            hmap_insert(&p->claims, &claim->hmap_node,
                        hash_string(claim->key, 0));
        }
    }
    for (size_t i = 0; i < n_old; i++) {
        tell(p, &old[i]);
    }
    for (size_t i = 0; i < port->n_claims; i++) {
        tell(p, &port->claims[i]);
    }
    free_claims(old, n_old);
}

static struct plugged_port *
find_port(const struct plugged *p, const struct uuid *uuid)
{
    struct plugged_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, hmap_node, uuid_hash(uuid), &p->ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

/* Finds out which ports have come to 'br' and which have gone. */
static void
read_ports(struct plugged *p, const struct ovsrec_bridge *br, bool all)
{
    struct plugged_port *port;

    for (size_t i = 0; br && i < br->n_ports; i++) {
        const struct ovsrec_port *row = br->ports[i];
        bool new;

        port = find_port(p, &row->header_.uuid);
        new = !port;
        if (new) {
            port = xzalloc(sizeof *port);
            port->uuid = row->header_.uuid;
            hmap_insert(&p->ports, &port->hmap_node, uuid_hash(&port->uuid));
        }
        if (new || all) {
            read_port(p, port, row);
        }
        port->seen = true;
    }
    HMAP_FOR_EACH_SAFE (port, hmap_node, &p->ports) {
        if (port->seen) {
            port->seen = false;
        } else {
            read_port(p, port, NULL);
            hmap_remove(&p->ports, &port->hmap_node);
            free(port);
        }
    }
}

/* Tells the pipeline what is different in the ports of 'br', NULL if there is
 * no integration bridge.  With 'all' nothing is taken for known, otherwise all
 * changes since the last call are tracked. */
void
plugged_read(struct plugged *p, const struct ovsrec_bridge *br, bool all)
{
    const struct ovsrec_port *row;

    /* A change of an Interface counts as one of its Port. */
    OVSREC_PORT_FOR_EACH_TRACKED (row, p->idl) {
        struct plugged_port *port = find_port(p, &row->header_.uuid);

        if (port && !ovsrec_port_is_deleted(row)) {
            read_port(p, port, row);
        }
    }
    if (all || !br || ovsrec_bridge_is_new(br)
        || ovsrec_bridge_is_updated(br, OVSREC_BRIDGE_COL_PORTS)) {
        read_ports(p, br, all);
    }
}
