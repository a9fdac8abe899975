/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/learned.h"

#include <stdlib.h>

#include "hash.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/of-conn.h"
#include "ovs-plugin/pipeline-model.h"
#include "ovs-plugin/pipeline.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(learned);

/* Flows that the switch learns by itself (tables "learned" and "learn_lock",
 * see stage-learn.c).
 *
 * Owns none of them: they belong to the switch and survive the agent.  In:
 * announcements of routers, which the switch sends here beside learning from
 * them; learned flows found by a dump.  Out: the flow that an announcement
 * asks for, made at once; deletion of flows whose network, MAC or port is not
 * there any more.
 *
 * A flow made here is the very one that the switch would make, so it does not
 * matter which of the two comes first, or if one of them is missing.
 *
 * Announcements come in bursts: one for each address of a port, with floating
 * IPs many, and the agent repeats them for some seconds (announce.c).  The
 * first of a burst makes the flow, and so do the repetitions while a late
 * packet of the former place may still teach the switch the contrary.  The
 * others would make it again for nothing, and the switch looks through all
 * flows of its datapath after each, in the very moment in which it has most to
 * do: with a hundred routers that have moved it came to nothing else.
 *
 * A place that was announced less than a second ago may be announced once more
 * by the switch itself, after the next place: where its datapath has a flow
 * for announcements of the former, the switch learns from that when it
 * collects statistics.  So a place that follows so soon gets a flow of a
 * higher priority as well, which is gone after some seconds. */

#define LOCK_SECONDS 5

/* How long the flow of a place that follows another one at once lasts, in
 * seconds, and the same with what the switch needs to see it, in ms. */
#define CONTESTED_SECONDS 2
#define CONTESTED_TIME 3500

/* How long an announcement may come back from statistics, in ms. */
#define STALE_TIME 1000

/* How long a burst lasts, in ms. */
#define BURST_TIME 200

/* How long late packets may teach after the first announcement, in ms: a
 * switch collects statistics, with which it learns, each half second. */
#define LATE_TIME 900

/* How long repetitions are taken for such, in ms after the first. */
#define REPEAT_TIME 8000

/* A place that was announced. */
struct announcement {
    uint64_t net_key;
    struct eth_addr mac;
    uint32_t in_port;
    uint32_t in_class;
    long long int first;        /* When, in time_msec(). */
    long long int last;         /* When a flow was made for it, likewise. */
    long long int heard;        /* When it was announced last, likewise. */
    long long int contested;    /* Until when it has a flow of a higher
                                 * priority, likewise. */
};

struct learned {
    const struct pipeline *pipeline;
    struct of_conn *conn;
    bool check;                 /* Learned flows are to be looked through. */

    /* The last announcements, each at the hash of its MAC; one that is
     * forgotten too early costs a flow that is made twice. */
    struct announcement recent[4096];
};

/* Returns an object that sends through 'conn'. */
struct learned *
learned_create(struct pipeline *pipeline, struct of_conn *conn)
{
    struct learned *learned = xzalloc(sizeof *learned);

    learned->pipeline = pipeline;
    learned->conn = conn;
    return learned;
}

/* Frees 'learned' and leaves the switch as it is. */
void
learned_destroy(struct learned *learned)
{
    free(learned);
}

static void
send_flow(struct learned *learned, uint16_t command,
          enum pipeline_table table, uint16_t priority, uint16_t hard_timeout,
          const struct match *match, const struct ofpbuf *actions)
{
    struct ofputil_flow_mod fm = {
        .priority = priority,
        .table_id = table,
        .command = command,
        .hard_timeout = hard_timeout,
        .new_cookie = htonll(FLOW_COOKIE_LEARNED),
        .buffer_id = UINT32_MAX,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .ofpacts = actions ? actions->data : NULL,
        .ofpacts_len = actions ? actions->size : 0,
    };

    minimatch_init(&fm.match, match);
    of_conn_flow_mod(learned->conn, &fm);
    minimatch_destroy(&fm.match);
}

/* Returns true if 'a', announced now, says nothing that the switch could have
 * forgotten since the last time. */
static bool
is_repeated(struct learned *learned, struct announcement *a)
{
    long long int now = time_msec();
    struct announcement *r
        = &learned->recent[hash_mac(a->mac, 0, a->net_key)
                           % ARRAY_SIZE(learned->recent)];

    a->first = a->last = a->heard = now;
    a->contested = 0;
    if (r->net_key == a->net_key && eth_addr_equals(r->mac, a->mac)) {
        bool same = r->in_port == a->in_port && r->in_class == a->in_class;

        if (same && now < r->first + REPEAT_TIME) {
            long long int late = r->contested ? CONTESTED_TIME : LATE_TIME;

            if (now < r->last + BURST_TIME || now > r->first + late) {
                r->heard = now;
                return true;
            }
            a->first = r->first;
        }
        if (now < r->contested || (!same && now < r->heard + STALE_TIME)) {
            a->contested = now + CONTESTED_TIME;
        }
    }
    *r = *a;
    return false;
}

/* Takes an announcement that the switch sent. */
void
learned_packet_in(struct learned *learned,
                  const struct ofputil_packet_in *pin)
{
    const struct flow *md = &pin->flow_metadata.flow;
    const struct eth_header *eth = pin->packet;
    struct announcement a;
    struct ofpbuf actions;
    struct match match;

    if (pin->reason != OFPR_ACTION || pin->packet_len < sizeof *eth
        || !md->metadata) {
        return;
    }
    a = (struct announcement) {
        .net_key = ntohll(md->metadata),
        .mac = eth->eth_src,
        .in_port = ofp_to_u16(md->in_port.ofp_port),
        .in_class = md->regs[REG_IN_CLASS - MFF_REG0],
    };
    if (is_repeated(learned, &a)) {
        return;
    }

    VLOG_DBG(ETH_ADDR_FMT" announced at OpenFlow port %"PRIu32,
             ETH_ADDR_ARGS(a.mac), a.in_port);

    ofpbuf_init(&actions, 64);
    put_load(&actions, REG_OUT_PORT, a.in_port);
    put_load(&actions, REG_OUT_CLASS, a.in_class);
    match_init_catchall(&match);
    match_set_metadata(&match, md->metadata);
    match_set_dl_dst(&match, a.mac);
    send_flow(learned, OFPFC_ADD, TABLE_LEARNED, LEARNED_PRIORITY, 0,
              &match, &actions);
    if (a.contested) {
        send_flow(learned, OFPFC_ADD, TABLE_LEARNED, CONTESTED_PRIORITY,
                  CONTESTED_SECONDS, &match, &actions);
    }
    ofpbuf_uninit(&actions);

    match_init_catchall(&match);
    match_set_metadata(&match, md->metadata);
    match_set_dl_src(&match, a.mac);
    send_flow(learned, OFPFC_ADD, TABLE_LEARN_LOCK, LEARNED_PRIORITY,
              LOCK_SECONDS, &match, NULL);
}

/* Returns the port that the actions of a learned flow load, 0 if none. */
static ofp_port_t
loaded_port(const struct ofputil_flow_stats *fs)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, fs->ofpacts, fs->ofpacts_len) {
        if (a->type == OFPACT_SET_FIELD) {
            const struct ofpact_set_field *sf = ofpact_get_SET_FIELD(a);

            if (sf->field->id == REG_OUT_PORT) {
                return u16_to_ofp(ntohl(sf->value->be32));
            }
        }
    }
    return 0;
}

/* Looks at a flow that a dump shows, deletes it if it is of no use. */
void
learned_check_flow(struct learned *learned,
                   const struct ofputil_flow_stats *fs)
{
    uint32_t net_key = ntohll(fs->match.flow.metadata);
    bool keep = pipeline_has_net_key(learned->pipeline, net_key);

    if (keep && fs->table_id == TABLE_LEARNED) {
        keep = (pipeline_is_ofport(learned->pipeline, loaded_port(fs))
                && (fs->priority != LEARNED_PRIORITY
                    || pipeline_is_learned_mac(learned->pipeline, net_key,
                                               fs->match.flow.dl_dst)));
    }
    if (!keep) {
        send_flow(learned, OFPFC_DELETE_STRICT, fs->table_id, fs->priority,
                  0, &fs->match, NULL);
    }
}

/* To be called when a network, MAC or port is gone. */
void
learned_check_all(struct learned *learned)
{
    learned->check = true;
}

/* Asks for the flows that are to be looked through. */
void
learned_run(struct learned *learned)
{
    if (learned->check && of_conn_is_up(learned->conn)) {
        learned->check = false;
        of_conn_dump_learned(learned->conn);
    }
}
