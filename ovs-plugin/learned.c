/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/learned.h"

#include <stdlib.h>

#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/of-conn.h"
#include "ovs-plugin/pipeline-model.h"
#include "ovs-plugin/pipeline.h"
#include "packets.h"
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
 * matter which of the two comes first, or if one of them is missing. */

#define LOCK_SECONDS 5

struct learned {
    const struct pipeline *pipeline;
    struct of_conn *conn;
    bool check;                 /* Learned flows are to be looked through. */
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

/* Takes an announcement that the switch sent. */
void
learned_packet_in(struct learned *learned,
                  const struct ofputil_packet_in *pin)
{
    const struct flow *md = &pin->flow_metadata.flow;
    const struct eth_header *eth = pin->packet;
    struct ofpbuf actions;
    struct match match;

    if (pin->reason != OFPR_ACTION || pin->packet_len < sizeof *eth
        || !md->metadata) {
        return;
    }

    VLOG_DBG(ETH_ADDR_FMT" announced at OpenFlow port %"PRIu16,
             ETH_ADDR_ARGS(eth->eth_src), ofp_to_u16(md->in_port.ofp_port));

    ofpbuf_init(&actions, 64);
    put_load(&actions, REG_OUT_PORT, ofp_to_u16(md->in_port.ofp_port));
    put_load(&actions, REG_OUT_CLASS, md->regs[REG_IN_CLASS - MFF_REG0]);
    match_init_catchall(&match);
    match_set_metadata(&match, md->metadata);
    match_set_dl_dst(&match, eth->eth_src);
    send_flow(learned, OFPFC_ADD, TABLE_LEARNED, LEARNED_PRIORITY, 0,
              &match, &actions);
    ofpbuf_uninit(&actions);

    match_init_catchall(&match);
    match_set_metadata(&match, md->metadata);
    match_set_dl_src(&match, eth->eth_src);
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
