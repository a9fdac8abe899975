/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/ofports.h"

#include <stdlib.h>

#include "flow.h"
#include "openvswitch/hmap.h"
#include "simap.h"
#include "util.h"
#include "uuid.h"

/* The numbers that the switch gave to interfaces.
 *
 * Owns two lists: tunnels and patch ports are known by their names, the
 * interfaces of ports by what they are plugged for.  In: what switch.c reads.
 * Out: numbers for the model, and what is behind a number. */

struct vif {
    struct hmap_node hmap_node; /* In struct ofports's 'vifs'. */
    struct uuid port_id;
    ofp_port_t ofport;
};

struct ofports {
    struct simap ifaces;        /* Name -> OpenFlow number. */
    struct hmap vifs;           /* Contains "struct vif"s. */
};

/* Returns an empty list. */
struct ofports *
ofports_create(void)
{
    struct ofports *o = xmalloc(sizeof *o);

    simap_init(&o->ifaces);
    hmap_init(&o->vifs);
    return o;
}

/* Frees 'o'. */
void
ofports_destroy(struct ofports *o)
{
    if (o) {
        struct vif *vif;

        HMAP_FOR_EACH_POP (vif, hmap_node, &o->vifs) {
            free(vif);
        }
        hmap_destroy(&o->vifs);
        simap_destroy(&o->ifaces);
        free(o);
    }
}

/* Sets the number of interface 'name'. */
void
ofports_set_iface(struct ofports *o, const char *name, ofp_port_t ofport)
{
    if (ofport) {
        simap_put(&o->ifaces, name, ofp_to_u16(ofport));
    } else {
        simap_find_and_delete(&o->ifaces, name);
    }
}

/* Returns the number of interface 'name'. */
ofp_port_t
ofports_iface(const struct ofports *o, const char *name)
{
    return u16_to_ofp(simap_get(&o->ifaces, name));
}

/* Returns the name of the interface with number 'ofport', NULL if it is none
 * of those that are known by name. */
const char *
ofports_find_iface(const struct ofports *o, ofp_port_t ofport)
{
    const struct simap_node *node;

    SIMAP_FOR_EACH (node, &o->ifaces) {
        if (node->data == ofp_to_u16(ofport)) {
            return node->name;
        }
    }
    return NULL;
}

static struct vif *
vif_find(const struct ofports *o, const struct uuid *port_id)
{
    struct vif *vif;

    HMAP_FOR_EACH_WITH_HASH (vif, hmap_node, uuid_hash(port_id), &o->vifs) {
        if (uuid_equals(&vif->port_id, port_id)) {
            return vif;
        }
    }
    return NULL;
}

/* Sets the number of the interface that is plugged for 'port_id'. */
void
ofports_set_vif(struct ofports *o, const struct uuid *port_id,
                ofp_port_t ofport)
{
    struct vif *vif = vif_find(o, port_id);

    if (!ofport) {
        if (vif) {
            hmap_remove(&o->vifs, &vif->hmap_node);
            free(vif);
        }
        return;
    }
    if (!vif) {
        vif = xmalloc(sizeof *vif);
        vif->port_id = *port_id;
        hmap_insert(&o->vifs, &vif->hmap_node, uuid_hash(port_id));
    }
    vif->ofport = ofport;
}

/* Returns the number of the interface that is plugged for 'port_id'. */
ofp_port_t
ofports_vif(const struct ofports *o, const struct uuid *port_id)
{
    const struct vif *vif = vif_find(o, port_id);

    return vif ? vif->ofport : 0;
}

/* Returns the port whose interface has number 'ofport', NULL if there is
 * none. */
const struct uuid *
ofports_find_vif(const struct ofports *o, ofp_port_t ofport)
{
    const struct vif *vif;

    HMAP_FOR_EACH (vif, hmap_node, &o->vifs) {
        if (vif->ofport == ofport) {
            return &vif->port_id;
        }
    }
    return NULL;
}
