/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/flow-table.h"

#include <stdlib.h>

#include "byte-order.h"
#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"
#include "uuid.h"

/* Desired and installed OpenFlow flows, and the difference of the two.
 *
 * Owns one entry for each flow (table, priority, match) that is desired, or
 * believed installed, or both.  In: desired flows, grouped by the resource
 * that wants them; what a dump of the switch shows.  Out: changes that make
 * the switch equal to what is desired.
 *
 * Invariants:
 *
 *   - An entry is on 'dirty' if what is desired and what is installed may
 *     differ, so the cost of taking changes is that of what changed.
 *
 *   - Taking a change supposes that it will be carried out.  If the switch
 *     refuses or the connection breaks, the caller must begin again with
 *     flow_table_forget_installed() and a dump.
 *
 *   - If two owners want the same flow, the one that spoke last has it.
 *
 * Nothing here talks to a switch: this is a pure data structure. */

/* What a flow does.  Shared between "desired" and "installed". */
struct body {
    unsigned int ref_cnt;
    bool dumped;                /* Decoded from a dump of the switch. */
    ovs_be64 cookie;
    size_t ofpacts_len;
    struct ofpact *ofpacts;
};

struct entry {
    struct hmap_node hmap_node; /* In struct flow_table's 'entries'. */
    struct ovs_list dirty_node; /* In 'dirty', or empty. */
    struct ovs_list owner_node; /* In owner's 'flows', or empty. */
    struct flow_owner *owner;   /* Who wants it, NULL if not desired. */
    bool stale;                 /* Not given again since flow_table_begin(). */

    uint8_t table_id;
    uint16_t priority;
    struct minimatch match;

    struct body *desired;       /* NULL if not desired. */
    struct body *installed;     /* NULL if not installed. */
};

struct flow_table {
    struct hmap entries;
    struct ovs_list dirty;
};

/* Returns a cookie for a flow that serves 'uuid', which may be NULL. */
ovs_be64
flow_cookie(const struct uuid *uuid, uint32_t lower)
{
    uint64_t upper = uuid ? uuid->parts[0] : 0;

    return htonll(upper << 32 | lower);
}

/* Makes 'owner' one that wants nothing. */
void
flow_owner_init(struct flow_owner *owner)
{
    ovs_list_init(&owner->flows);
}

static struct body *
body_create(ovs_be64 cookie, const struct ofpact *ofpacts, size_t ofpacts_len)
{
    struct body *body = xmalloc(sizeof *body);

    body->ref_cnt = 1;
    body->dumped = false;
    body->cookie = cookie;
    body->ofpacts = xmemdup(ofpacts, ofpacts_len);
    body->ofpacts_len = ofpacts_len;
    return body;
}

static struct body *
body_ref(struct body *body)
{
    if (body) {
        body->ref_cnt++;
    }
    return body;
}

static void
body_unref(struct body *body)
{
    if (body && !--body->ref_cnt) {
        free(body->ofpacts);
        free(body);
    }
}

static bool
body_equals(const struct body *a, const struct body *b)
{
    if (a == b) {
        return true;
    }
    if (!a || !b || a->cookie != b->cookie) {
        return false;
    }
    /* One action may have several internal forms; what counts for a flow
     * that was decoded from a dump is that it reads the same. */
    return (ofpacts_equal(a->ofpacts, a->ofpacts_len,
                          b->ofpacts, b->ofpacts_len)
            || ((a->dumped || b->dumped)
                && ofpacts_equal_stringwise(a->ofpacts, a->ofpacts_len,
                                            b->ofpacts, b->ofpacts_len)));
}

/* Returns an empty table. */
struct flow_table *
flow_table_create(void)
{
    struct flow_table *ft = xmalloc(sizeof *ft);

    hmap_init(&ft->entries);
    ovs_list_init(&ft->dirty);
    return ft;
}

static void
entry_free(struct flow_table *ft, struct entry *e)
{
    hmap_remove(&ft->entries, &e->hmap_node);
    ovs_list_remove(&e->dirty_node);
    ovs_list_remove(&e->owner_node);
    minimatch_destroy(&e->match);
    body_unref(e->desired);
    body_unref(e->installed);
    free(e);
}

/* Frees 'ft'.  Owners must not be used with it any more. */
void
flow_table_destroy(struct flow_table *ft)
{
    if (ft) {
        struct entry *e;

        HMAP_FOR_EACH_SAFE (e, hmap_node, &ft->entries) {
            entry_free(ft, e);
        }
        hmap_destroy(&ft->entries);
        free(ft);
    }
}

/* Returns the entry for the flow, making one if there is none. */
static struct entry *
entry_get(struct flow_table *ft, uint8_t table_id, uint16_t priority,
          const struct match *match_)
{
    struct match match = *match_;
    struct minimatch mm;
    struct entry *e;
    uint32_t hash;

    /* A match on a field of Ethernet implies that the packet is Ethernet.
     * The switch says so explicitly when it shows its flows. */
    if (match.wc.masks.packet_type
        && match.flow.packet_type == htonl(PT_ETH)) {
        match.wc.masks.packet_type = 0;
        match.flow.packet_type = 0;
    }

    minimatch_init(&mm, &match);
    hash = hash_2words(minimatch_hash(&mm, 0), table_id << 16 | priority);
    HMAP_FOR_EACH_WITH_HASH (e, hmap_node, hash, &ft->entries) {
        if (e->table_id == table_id && e->priority == priority
            && minimatch_equal(&e->match, &mm)) {
            minimatch_destroy(&mm);
            return e;
        }
    }

    e = xzalloc(sizeof *e);
    e->table_id = table_id;
    e->priority = priority;
    minimatch_move(&e->match, &mm);
    ovs_list_init(&e->dirty_node);
    ovs_list_init(&e->owner_node);
    hmap_insert(&ft->entries, &e->hmap_node, hash);
    return e;
}

/* To be called when the desired or installed side of 'e' has changed.  May
 * free 'e'. */
static void
entry_changed(struct flow_table *ft, struct entry *e)
{
    ovs_list_remove(&e->dirty_node);
    ovs_list_init(&e->dirty_node);
    if (!e->desired && !e->installed) {
        entry_free(ft, e);
    } else if (!body_equals(e->desired, e->installed)) {
        ovs_list_push_back(&ft->dirty, &e->dirty_node);
    }
}

static void
entry_undesire(struct flow_table *ft, struct entry *e)
{
    ovs_list_remove(&e->owner_node);
    ovs_list_init(&e->owner_node);
    e->owner = NULL;
    body_unref(e->desired);
    e->desired = NULL;
    entry_changed(ft, e);
}

/* Starts to state anew what 'owner' wants: flow_table_add() for each flow,
 * then flow_table_end(). */
void
flow_table_begin(struct flow_table *ft OVS_UNUSED, struct flow_owner *owner)
{
    struct entry *e;

    LIST_FOR_EACH (e, owner_node, &owner->flows) {
        e->stale = true;
    }
}

/* Has 'owner' want a flow. */
void
flow_table_add(struct flow_table *ft, struct flow_owner *owner,
               uint8_t table_id, uint16_t priority, ovs_be64 cookie,
               const struct match *match, const struct ofpbuf *ofpacts)
{
    struct entry *e = entry_get(ft, table_id, priority, match);

    e->stale = false;
    if (e->owner != owner) {
        ovs_list_remove(&e->owner_node);
        ovs_list_push_back(&owner->flows, &e->owner_node);
        e->owner = owner;
    }
    if (!e->desired || e->desired->cookie != cookie
        || !ofpacts_equal(e->desired->ofpacts, e->desired->ofpacts_len,
                          ofpacts->data, ofpacts->size)) {
        body_unref(e->desired);
        e->desired = body_create(cookie, ofpacts->data, ofpacts->size);
        entry_changed(ft, e);
    }
}

/* Ends what flow_table_begin() began: flows of 'owner' that were not given
 * again are not desired any more. */
void
flow_table_end(struct flow_table *ft, struct flow_owner *owner)
{
    struct entry *e;

    LIST_FOR_EACH_SAFE (e, owner_node, &owner->flows) {
        if (e->stale) {
            entry_undesire(ft, e);
        }
    }
}

/* Makes 'owner' want nothing. */
void
flow_table_remove(struct flow_table *ft, struct flow_owner *owner)
{
    flow_table_begin(ft, owner);
    flow_table_end(ft, owner);
}

/* Supposes that no flow is installed, as after a connection was made. */
void
flow_table_forget_installed(struct flow_table *ft)
{
    struct entry *e;

    HMAP_FOR_EACH_SAFE (e, hmap_node, &ft->entries) {
        body_unref(e->installed);
        e->installed = NULL;
        entry_changed(ft, e);
    }
}

/* Takes note of a flow that a dump of the switch shows. */
void
flow_table_set_installed(struct flow_table *ft, uint8_t table_id,
                         uint16_t priority, ovs_be64 cookie,
                         const struct match *match,
                         const struct ofpact *ofpacts, size_t ofpacts_len)
{
    struct entry *e = entry_get(ft, table_id, priority, match);

    body_unref(e->installed);
    e->installed = body_create(cookie, ofpacts, ofpacts_len);
    e->installed->dumped = true;
    entry_changed(ft, e);
}

/* Calls 'cb' for each change that makes the switch equal to what is desired,
 * and supposes that they will all be carried out, at once.  Deletions come
 * first, so that two forms of one flow cannot delete each other.  Returns the
 * number of changes. */
size_t
flow_table_take_changes(struct flow_table *ft, flow_change_cb *cb, void *aux)
{
    struct entry *e;
    size_t n = 0;

    LIST_FOR_EACH_SAFE (e, dirty_node, &ft->dirty) {
        if (!e->desired) {
            struct flow_change change = {
                .type = FLOW_CHANGE_DELETE,
                .table_id = e->table_id,
                .priority = e->priority,
                .cookie = e->installed->cookie,
                .match = &e->match,
            };

            cb(&change, aux);
            n++;
            entry_free(ft, e);
        }
    }
    LIST_FOR_EACH_SAFE (e, dirty_node, &ft->dirty) {
        struct flow_change change = {
            .type = (e->installed && e->installed->cookie == e->desired->cookie
                     ? FLOW_CHANGE_MODIFY : FLOW_CHANGE_ADD),
            .table_id = e->table_id,
            .priority = e->priority,
            .cookie = e->desired->cookie,
            .match = &e->match,
            .ofpacts = e->desired->ofpacts,
            .ofpacts_len = e->desired->ofpacts_len,
        };

        cb(&change, aux);
        n++;
        body_unref(e->installed);
        e->installed = body_ref(e->desired);
        ovs_list_remove(&e->dirty_node);
        ovs_list_init(&e->dirty_node);
    }
    return n;
}

/* Returns true if flow_table_take_changes() would find a change. */
bool
flow_table_has_changes(const struct flow_table *ft)
{
    return !ovs_list_is_empty(&ft->dirty);
}

/* Returns the number of flows that are desired or installed. */
size_t
flow_table_count(const struct flow_table *ft)
{
    return hmap_count(&ft->entries);
}

static int
compare_strings(const void *a_, const void *b_)
{
    char *const *a = a_;
    char *const *b = b_;

    return strcmp(*a, *b);
}

/* Appends the desired flows to 's', sorted, one a line, each preceded by "-"
 * if it is not installed, and the flows that are to be deleted, preceded by
 * "+". */
void
flow_table_format(const struct flow_table *ft, struct ds *s)
{
    size_t n = 0;
    char **lines = xmalloc(hmap_count(&ft->entries) * sizeof *lines);
    const struct entry *e;

    HMAP_FOR_EACH (e, hmap_node, &ft->entries) {
        const struct body *body = e->desired ? e->desired : e->installed;
        struct ofpact_format_params fp = { .s = NULL };
        struct ds line = DS_EMPTY_INITIALIZER;

        ds_put_format(&line, "%s table=%3d, priority=%5d, ",
                      (!e->desired ? "+"
                       : body_equals(e->desired, e->installed) ? " " : "-"),
                      e->table_id, e->priority);
        minimatch_format(&e->match, NULL, NULL, &line, e->priority);
        ds_put_cstr(&line, " actions=");
        fp.s = &line;
        ofpacts_format(body->ofpacts, body->ofpacts_len, &fp);
        ds_put_char(&line, '\n');
        lines[n++] = ds_steal_cstr(&line);
    }
    qsort(lines, n, sizeof *lines, compare_strings);
    for (size_t i = 0; i < n; i++) {
        ds_put_cstr(s, lines[i]);
        free(lines[i]);
    }
    free(lines);
}
