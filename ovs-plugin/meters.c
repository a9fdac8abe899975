/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/meters.h"

#include <stdlib.h>

#include "flow.h"
#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/ofp-meter.h"
#include "util.h"

/* Desired and installed OpenFlow meters, and the difference of the two.
 *
 * Owns one entry for each meter that is desired, or believed installed, or
 * both.  In: limits that ports want; what a dump of the switch shows.  Out:
 * changes that make the switch equal to what is desired.
 *
 * Invariants: an entry is on 'dirty' if the two may differ.  Taking a change
 * supposes that it will be carried out, as in flow-table.c.
 *
 * A meter has no cookie by which an agent that was restarted could know its
 * own, but its number can be chosen: ours are all between ID_BASE and ID_END,
 * and made from the OpenFlow number of the port, so that the same port has
 * the same meter again. */

#define ID_BASE 0x6c300000u     /* "l3", as in cookies of flows, half. */
#define ID_END (ID_BASE + 0x20000u)

struct meter {
    struct hmap_node hmap_node; /* In struct meters's 'meters'. */
    struct ovs_list dirty_node; /* In 'dirty', or empty. */
    uint32_t id;
    const void *owner;          /* Who wants it, NULL if not desired. */
    struct ovs_plugin_limit desired;
    bool is_installed;
    struct ovs_plugin_limit installed;
};

struct meters {
    struct hmap meters;         /* Contains "struct meter"s. */
    struct ovs_list dirty;
};

/* See meters.h. */
uint32_t
meter_id(ofp_port_t ofport, enum meter_direction direction)
{
    return ID_BASE + (ofp_to_u16(ofport) << 1) + direction;
}

/* Returns an empty set. */
struct meters *
meters_create(void)
{
    struct meters *m = xmalloc(sizeof *m);

    hmap_init(&m->meters);
    ovs_list_init(&m->dirty);
    return m;
}

static void
meter_free(struct meters *m, struct meter *meter)
{
    hmap_remove(&m->meters, &meter->hmap_node);
    ovs_list_remove(&meter->dirty_node);
    free(meter);
}

/* Frees 'm'. */
void
meters_destroy(struct meters *m)
{
    if (m) {
        struct meter *meter;

        HMAP_FOR_EACH_SAFE (meter, hmap_node, &m->meters) {
            meter_free(m, meter);
        }
        hmap_destroy(&m->meters);
        free(m);
    }
}

static struct meter *
meter_find(const struct meters *m, uint32_t id)
{
    struct meter *meter;

    HMAP_FOR_EACH_WITH_HASH (meter, hmap_node, hash_int(id, 0), &m->meters) {
        if (meter->id == id) {
            return meter;
        }
    }
    return NULL;
}

static struct meter *
meter_get(struct meters *m, uint32_t id)
{
    struct meter *meter = meter_find(m, id);

    if (!meter) {
        meter = xzalloc(sizeof *meter);
        meter->id = id;
        ovs_list_init(&meter->dirty_node);
        hmap_insert(&m->meters, &meter->hmap_node, hash_int(id, 0));
    }
    return meter;
}

static bool
limit_equals(const struct ovs_plugin_limit *a,
             const struct ovs_plugin_limit *b)
{
    return a->kbps == b->kbps && a->burst == b->burst;
}

/* To be called when either side of 'meter' has changed.  May free it. */
static void
meter_changed(struct meters *m, struct meter *meter)
{
    ovs_list_remove(&meter->dirty_node);
    ovs_list_init(&meter->dirty_node);
    if (!meter->owner && !meter->is_installed) {
        meter_free(m, meter);
    } else if (!meter->owner || !meter->is_installed
               || !limit_equals(&meter->desired, &meter->installed)) {
        ovs_list_push_back(&m->dirty, &meter->dirty_node);
    }
}

/* Has 'owner' want meter 'id' to let through no more than 'limit'. */
void
meters_set(struct meters *m, const void *owner, uint32_t id,
           const struct ovs_plugin_limit *limit)
{
    struct meter *meter = meter_get(m, id);

    meter->owner = owner;
    meter->desired = *limit;
    meter_changed(m, meter);
}

/* Takes back what 'owner' set, if anything. */
void
meters_unset(struct meters *m, const void *owner, uint32_t id)
{
    struct meter *meter = meter_find(m, id);

    if (meter && meter->owner == owner) {
        meter->owner = NULL;
        meter_changed(m, meter);
    }
}

/* Believes that no meter is installed. */
void
meters_forget_installed(struct meters *m)
{
    struct meter *meter;

    HMAP_FOR_EACH_SAFE (meter, hmap_node, &m->meters) {
        meter->is_installed = false;
        meter_changed(m, meter);
    }
}

/* Takes note of a meter that a dump shows. */
void
meters_set_installed(struct meters *m, const struct ofputil_meter_config *mc)
{
    if (mc->meter_id >= ID_BASE && mc->meter_id < ID_END && mc->n_bands == 1) {
        struct meter *meter = meter_get(m, mc->meter_id);

        meter->is_installed = true;
        meter->installed.kbps = mc->bands[0].rate;
        meter->installed.burst = mc->bands[0].burst_size;
        meter_changed(m, meter);
    }
}

/* Calls 'cb' for each meter that is to be added or changed. */
size_t
meters_take_additions(struct meters *m, meter_change_cb *cb, void *aux)
{
    struct meter *meter;
    size_t n = 0;

    LIST_FOR_EACH_SAFE (meter, dirty_node, &m->dirty) {
        if (meter->owner) {
            struct ofputil_meter_band band = {
                .type = OFPMBT13_DROP,
                .rate = meter->desired.kbps,
                .burst_size = meter->desired.burst,
            };
            const struct ofputil_meter_mod mod = {
                .command = (meter->is_installed ? OFPMC13_MODIFY
                            : OFPMC13_ADD),
                .meter = {
                    .meter_id = meter->id,
                    .flags = OFPMF13_KBPS | OFPMF13_BURST,
                    .n_bands = 1,
                    .bands = &band,
                },
            };

            cb(&mod, aux);
            meter->is_installed = true;
            meter->installed = meter->desired;
            meter_changed(m, meter);
            n++;
        }
    }
    return n;
}

/* Calls 'cb' for each meter that is not wanted any more. */
size_t
meters_take_deletions(struct meters *m, meter_change_cb *cb, void *aux)
{
    struct meter *meter;
    size_t n = 0;

    LIST_FOR_EACH_SAFE (meter, dirty_node, &m->dirty) {
        if (!meter->owner) {
            const struct ofputil_meter_mod mod = {
                .command = OFPMC13_DELETE,
                .meter.meter_id = meter->id,
            };

            cb(&mod, aux);
            meter->is_installed = false;
            meter_changed(m, meter);
            n++;
        }
    }
    return n;
}

/* Returns true if there is something to take. */
bool
meters_have_changes(const struct meters *m)
{
    return !ovs_list_is_empty(&m->dirty);
}

/* Appends to 's' what differs, for people. */
void
meters_format(const struct meters *m, struct ds *s)
{
    const struct meter *meter;

    LIST_FOR_EACH (meter, dirty_node, &m->dirty) {
        ds_put_format(s, "%cmeter %"PRIu32": %"PRIu32" kbps, burst %"PRIu32
                      "\n", meter->owner ? '+' : '-', meter->id,
                      meter->desired.kbps, meter->desired.burst);
    }
}
