/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/of-conn.h"

#include <errno.h>
#include <stdlib.h>

#include "openvswitch/list.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-meter.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofp-print.h"
#include "openvswitch/ofp-switch.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/rconn.h"
#include "openvswitch/vconn.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/flow-table.h"
#include "ovs-plugin/meters.h"
#include "packets.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(of_conn);

/* OpenFlow connection to the integration bridge.
 *
 * Owns the connection and the order of messages on it.  In: a flow table and
 * meters with changes.  Out: a switch that has them, a sequence number that
 * says up to which flush, and packets and learned flows that the switch
 * reports.
 *
 * On every new connection the flows that are there are dumped into the flow
 * table's installed side, so what is right already is left alone (its
 * counters and what depends on it in the datapath survive a restart of the
 * agent), and after a restart of the switch everything is sent again.
 *
 * A flush is new meters, one atomic bundle of flows, meters that are not
 * needed any more, and a barrier; the next waits for its reply, so that
 * changes made meanwhile are sent together.  An error is a bug on
 * either side: it is logged, and the connection is made anew, which compares
 * everything.  As the same error is likely then, this is done less and less
 * often until a flush succeeds.
 *
 * The connection is retried often and in silence while the switch is down: it
 * is a local socket, and until it is back no packet is forwarded. */

#define OF_VERSION OFP15_VERSION
#define OF_PROTOCOL OFPUTIL_P_OF15_OXM

#define RETRY_MIN_MS 20
#define RETRY_MAX_MS 200

/* How long to wait after the switch has refused something, in ms. */
#define REFUSED_MIN_MS 500
#define REFUSED_MAX_MS 5000

enum state {
    S_DOWN,                     /* Not connected. */
    S_REFUSED,                  /* Waiting before everything is sent again. */
    S_DUMP,                     /* Waiting for the flows that are there. */
    S_READY,                    /* Flow changes may be sent. */
};

struct of_conn {
    struct flow_table *flows;
    struct meters *meters;
    struct of_conn_callbacks cb;

    struct rconn *rconn;
    enum state state;
    long long int retry_at;     /* When to connect next. */
    int retry_ms;
    int refused_ms;             /* Last wait after an error, 0: no error. */
    bool refused;               /* It was ready on this connection, and has
                                 * confirmed nothing since an error. */
    ovs_be32 dump_xid;          /* Request that S_DUMP waits for. */

    uint64_t sent_seqno;        /* Latest flush. */
    uint64_t acked_seqno;       /* Latest flush that the switch has. */
    uint64_t wanted_seqno;      /* Latest flush that the caller waits for. */
    bool in_flight;             /* 'barrier_xid' is not answered yet. */
    ovs_be32 barrier_xid;
    uint32_t bundle_id;
};

/* Returns a connection that will make the switch equal to 'flows' and
 * 'meters'. */
struct of_conn *
of_conn_create(struct flow_table *flows, struct meters *meters,
               const struct of_conn_callbacks *cb)
{
    struct of_conn *conn = xzalloc(sizeof *conn);

    conn->flows = flows;
    conn->meters = meters;
    conn->cb = *cb;
    conn->rconn = rconn_create(5, 0, DSCP_DEFAULT, 1u << OF_VERSION);
    conn->retry_ms = RETRY_MIN_MS;
    return conn;
}

/* Closes the connection, leaving the switch as it is. */
void
of_conn_destroy(struct of_conn *conn)
{
    if (conn) {
        rconn_destroy(conn->rconn);
        free(conn);
    }
}

static ovs_be32
send_msg(struct of_conn *conn, struct ofpbuf *msg)
{
    ovs_be32 xid = ((const struct ofp_header *) msg->data)->xid;

    rconn_send(conn->rconn, msg, NULL);
    return xid;
}

static ovs_be32
send_dump_request(struct of_conn *conn, ovs_be64 cookie, ovs_be64 mask)
{
    struct ofputil_flow_stats_request fsr = {
        .cookie = cookie,
        .cookie_mask = mask,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };

    match_init_catchall(&fsr.match);
    return send_msg(conn, ofputil_encode_flow_stats_request(&fsr,
                                                            OF_PROTOCOL));
}

/* Says hello on a new connection, or asks for everything again on one on which
 * the switch has refused something. */
static void
start_session(struct of_conn *conn)
{
    struct ofputil_switch_config config = {
        .frag = OFPUTIL_FRAG_NORMAL,
        .invalid_ttl_to_controller = 0,
        .miss_send_len = UINT16_MAX,
    };

    /* A management connection gets packets only after it asked for them. */
    send_msg(conn, ofputil_encode_set_packet_in_format(
                 OF_VERSION, OFPUTIL_PACKET_IN_NXT2));
    send_msg(conn, ofputil_encode_set_config(&config, OF_VERSION));

    flow_table_forget_installed(conn->flows);
    meters_forget_installed(conn->meters);
    conn->in_flight = false;
    /* Answered before the flows. */
    send_msg(conn, ofputil_encode_meter_request(OF_VERSION,
                                                OFPUTIL_METER_FEATURES, 0));
    send_msg(conn, ofputil_encode_meter_request(
                 OF_VERSION, OFPUTIL_METER_CONFIG, OFPM13_ALL));
    conn->dump_xid = send_dump_request(conn, htonll(0), htonll(0));
    conn->state = S_DUMP;
}

static void
handle_flow_stats(struct of_conn *conn, struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;
    bool is_sync = conn->state == S_DUMP && oh->xid == conn->dump_xid;
    bool more = ofpmp_more(oh);
    struct ofpbuf ofpacts;

    ofpbuf_init(&ofpacts, 256);
    for (;;) {
        struct ofputil_flow_stats fs;
        int error;

        ofpbuf_clear(&ofpacts);
        error = ofputil_decode_flow_stats_reply(&fs, msg, true, &ofpacts);
        if (error == EOF) {
            break;
        } else if (error) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

            VLOG_ERR_RL(&rl, "cannot decode flows of the switch (%s)",
                        ovs_strerror(error));
            rconn_disconnect(conn->rconn);
            break;
        }

        uint32_t lower = ntohll(fs.cookie);

        if (lower == FLOW_COOKIE_LEARNED) {
            conn->cb.learned_flow(&fs, conn->cb.aux);
        } else if (lower == FLOW_COOKIE_DESIRED && is_sync) {
            flow_table_set_installed(conn->flows, fs.table_id, fs.priority,
                                     fs.cookie, &fs.match,
                                     fs.ofpacts, fs.ofpacts_len);
        }
    }
    ofpbuf_uninit(&ofpacts);

    if (is_sync && !more) {
        conn->state = S_READY;
    }
}

static void
handle_meter_config(struct of_conn *conn, struct ofpbuf *msg)
{
    struct ofputil_meter_config mc;
    struct ofpbuf bands;

    if (conn->state != S_DUMP) {
        return;
    }
    ofpbuf_init(&bands, 64);
    while (!ofputil_decode_meter_config(msg, &mc, &bands)) {
        meters_set_installed(conn->meters, &mc);
    }
    ofpbuf_uninit(&bands);
}

static void
handle_meter_features(struct of_conn *conn, const struct ofp_header *oh)
{
    struct ofputil_meter_features mf;

    ofputil_decode_meter_features(oh, &mf);
    conn->cb.can_meter(mf.max_meters && mf.band_types & 1u << OFPMBT13_DROP,
                       conn->cb.aux);
}

static void
handle_packet_in(struct of_conn *conn, const struct ofp_header *oh)
{
    struct ofputil_packet_in pin;

    if (!ofputil_decode_packet_in(oh, true, NULL, NULL, &pin, NULL, NULL,
                                  NULL)) {
        conn->cb.packet_in(&pin, conn->cb.aux);
    }
}

static void
handle_error(struct of_conn *conn, const struct ofp_header *oh)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(10, 30);

    if (conn->state == S_REFUSED) {
        return;
    }
    if (!VLOG_DROP_ERR(&rl)) {
        char *s = ofp_to_string(oh, ntohs(oh->length), NULL, NULL, 2);

        VLOG_ERR("the switch refuses a message: %s", s);
        free(s);
    }
    conn->refused_ms = MIN(MAX(conn->refused_ms * 2, REFUSED_MIN_MS),
                           REFUSED_MAX_MS);
    conn->retry_at = time_msec() + conn->refused_ms;
    conn->refused |= conn->state == S_READY;
    conn->in_flight = false;
    conn->state = S_REFUSED;
}

static void
handle_msg(struct of_conn *conn, struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;
    enum ofptype type;

    if (ofptype_decode(&type, oh)) {
        return;
    }
    if (type == OFPTYPE_ECHO_REQUEST) {
        send_msg(conn, ofputil_encode_echo_reply(oh));
    } else if (type == OFPTYPE_ERROR) {
        handle_error(conn, oh);
    } else if (type == OFPTYPE_FLOW_STATS_REPLY) {
        handle_flow_stats(conn, msg);
    } else if (type == OFPTYPE_METER_FEATURES_STATS_REPLY) {
        handle_meter_features(conn, oh);
    } else if (type == OFPTYPE_METER_CONFIG_STATS_REPLY) {
        handle_meter_config(conn, msg);
    } else if (type == OFPTYPE_PACKET_IN) {
        handle_packet_in(conn, oh);
    } else if (type == OFPTYPE_BARRIER_REPLY && conn->in_flight
               && oh->xid == conn->barrier_xid) {
        conn->in_flight = false;
        conn->acked_seqno = conn->sent_seqno;
        conn->refused_ms = 0;
        conn->refused = false;
    } else if (type == OFPTYPE_BARRIER_REPLY) {
        conn->cb.barrier(oh->xid, conn->cb.aux);
    }
}

/* Opens 'target' when it is time. */
static void
try_connect(struct of_conn *conn, const char *target)
{
    struct vconn *vconn;

    if (time_msec() < conn->retry_at) {
        return;
    }
    if (vconn_open(target, 1u << OF_VERSION, DSCP_DEFAULT, &vconn)) {
        conn->retry_at = time_msec() + conn->retry_ms;
        conn->retry_ms = MIN(conn->retry_ms * 2, RETRY_MAX_MS);
    } else {
        rconn_connect_unreliably(conn->rconn, vconn, target);
        conn->retry_at = time_msec() + conn->retry_ms;
    }
}

/* Keeps the connection to 'target', receives what came.  With a null 'target'
 * there is no bridge to connect to. */
void
of_conn_run(struct of_conn *conn, const char *target)
{
    if (!target) {
        rconn_disconnect(conn->rconn);
        conn->state = S_DOWN;
        conn->refused = false;
        return;
    }
    if (!rconn_is_alive(conn->rconn)) {
        conn->state = S_DOWN;
        conn->refused = false;
        try_connect(conn, target);
    }
    rconn_run(conn->rconn);
    if (!rconn_is_connected(conn->rconn)) {
        if (conn->state != S_DOWN) {
            VLOG_INFO("%s: connection lost, flows will be compared when it "
                      "is back", target);
            conn->state = S_DOWN;
            conn->refused = false;
        }
        return;
    }
    if (conn->state == S_DOWN) {
        VLOG_INFO("%s: connected", target);
        conn->retry_ms = RETRY_MIN_MS;
        start_session(conn);
    } else if (conn->state == S_REFUSED && time_msec() >= conn->retry_at) {
        start_session(conn);
    }

    for (int i = 0; i < 200; i++) {
        struct ofpbuf *msg = rconn_recv(conn->rconn);

        if (!msg) {
            return;
        }
        handle_msg(conn, msg);
        ofpbuf_delete(msg);
    }
    poll_immediate_wake();
}

/* Arranges for the poll loop to wake up when of_conn_run() has work. */
void
of_conn_wait(struct of_conn *conn)
{
    if (!rconn_is_alive(conn->rconn) || conn->state == S_REFUSED) {
        poll_timer_wait_until(conn->retry_at);
    }
    rconn_run_wait(conn->rconn);
    rconn_recv_wait(conn->rconn);
}

/* Returns the number that the next flush will have: changes made to the flow
 * table now are in the switch when of_conn_acked_seqno() reaches it. */
uint64_t
of_conn_next_seqno(struct of_conn *conn)
{
    conn->wanted_seqno = conn->sent_seqno + 1;
    return conn->wanted_seqno;
}

/* Returns true if the switch has carried out everything that a number of
 * of_conn_next_seqno() was taken for. */
bool
of_conn_is_idle(const struct of_conn *conn)
{
    return !conn->in_flight && conn->wanted_seqno <= conn->acked_seqno;
}

/* Returns how many flushes the switch has not carried out, with one that
 * somebody waits for and that is not sent yet. */
uint64_t
of_conn_n_unacked(const struct of_conn *conn)
{
    return MAX(conn->wanted_seqno, conn->sent_seqno) - conn->acked_seqno;
}

/* Returns the number of the latest flush that the switch has carried out. */
uint64_t
of_conn_acked_seqno(const struct of_conn *conn)
{
    return conn->acked_seqno;
}

static struct ofpbuf *
encode_change(const struct flow_change *change)
{
    struct ofputil_flow_mod fm = {
        .match = *change->match, /* Not modified by encoding. */
        .priority = change->priority,
        .table_id = change->table_id,
        .new_cookie = change->cookie,
        .buffer_id = UINT32_MAX,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .ofpacts = CONST_CAST(struct ofpact *, change->ofpacts),
        .ofpacts_len = change->ofpacts_len,
    };

    switch (change->type) {
    case FLOW_CHANGE_ADD:
        fm.command = OFPFC_ADD;
        break;
    case FLOW_CHANGE_MODIFY:
        fm.command = OFPFC_MODIFY_STRICT;
        break;
    case FLOW_CHANGE_DELETE:
        fm.command = OFPFC_DELETE_STRICT;
        fm.new_cookie = OVS_BE64_MAX;
        break;
    default:
        OVS_NOT_REACHED();
    }
    return ofputil_encode_flow_mod(&fm, OF_PROTOCOL);
}

static void
send_meter_mod(const struct ofputil_meter_mod *mod, void *conn)
{
    send_msg(conn, ofputil_encode_meter_mod(OF_VERSION, mod));
}

/* A bundle being made. */
struct bundle {
    struct of_conn *conn;
    struct ofputil_bundle_ctrl_msg ctrl;
    bool open;
};

static void
bundle_add(const struct flow_change *change, void *bundle_)
{
    struct bundle *bundle = bundle_;
    struct of_conn *conn = bundle->conn;

    if (!bundle->open) {
        bundle->open = true;
        bundle->ctrl.type = OFPBCT_OPEN_REQUEST;
        send_msg(conn, ofputil_encode_bundle_ctrl_request(OF_VERSION,
                                                          &bundle->ctrl));
    }

    struct ofpbuf *fm = encode_change(change);
    struct ofputil_bundle_add_msg add = {
        .bundle_id = bundle->ctrl.bundle_id,
        .flags = bundle->ctrl.flags,
        .msg = fm->data,
    };

    send_msg(conn, ofputil_encode_bundle_add(OF_VERSION, &add));
    ofpbuf_delete(fm);
}

/* Sends changes of flows and meters, if the previous flush is acknowledged and
 * there is something to send or to acknowledge.  Otherwise does nothing: the
 * caller comes again. */
void
of_conn_flush(struct of_conn *conn)
{
    struct bundle bundle = {
        .conn = conn,
        .ctrl = {
            .bundle_id = conn->bundle_id,
            .flags = OFPBF_ATOMIC | OFPBF_ORDERED,
        },
    };

    if (conn->state != S_READY || conn->in_flight
        || (conn->wanted_seqno <= conn->acked_seqno
            && !flow_table_has_changes(conn->flows)
            && !meters_have_changes(conn->meters))) {
        return;
    }

    bool sent = meters_take_additions(conn->meters, send_meter_mod, conn) > 0;

    conn->sent_seqno++;
    flow_table_take_changes(conn->flows, bundle_add, &bundle);
    if (bundle.open) {
        sent = true;
        conn->bundle_id++;
        bundle.ctrl.type = OFPBCT_COMMIT_REQUEST;
        send_msg(conn, ofputil_encode_bundle_ctrl_request(OF_VERSION,
                                                          &bundle.ctrl));
    }
    sent |= meters_take_deletions(conn->meters, send_meter_mod, conn) > 0;
    if (!sent) {
        conn->acked_seqno = conn->sent_seqno;
        return;
    }
    conn->barrier_xid = send_msg(conn,
                                 ofputil_encode_barrier_request(OF_VERSION));
    conn->in_flight = true;
}

/* Sends one flow_mod at once, outside of the flow table. */
void
of_conn_flow_mod(struct of_conn *conn, const struct ofputil_flow_mod *fm)
{
    if (conn->state != S_DOWN) {
        send_msg(conn, ofputil_encode_flow_mod(fm, OF_PROTOCOL));
    }
}

/* Has the switch send the frame of 'len' bytes at 'data', as if it had come
 * from 'in_port', to 'out_port' or, if that is OFPP_TABLE, through the flow
 * tables. */
void
of_conn_packet_out(struct of_conn *conn, ofp_port_t in_port,
                   ofp_port_t out_port, const void *data, size_t len)
{
    struct ofpbuf ofpacts;
    struct ofputil_packet_out po = {
        .packet = data,
        .packet_len = len,
        .buffer_id = UINT32_MAX,
    };

    if (conn->state == S_DOWN) {
        return;
    }
    match_init_catchall(&po.flow_metadata);
    match_set_in_port(&po.flow_metadata, in_port);
    ofpbuf_init(&ofpacts, 64);
    ofpact_put_OUTPUT(&ofpacts)->port = out_port;
    po.ofpacts = ofpacts.data;
    po.ofpacts_len = ofpacts.size;
    send_msg(conn, ofputil_encode_packet_out(&po, OF_PROTOCOL));
    ofpbuf_uninit(&ofpacts);
}

/* Has the switch say when it has done all that it was told so far.  Returns
 * the number that the callback will be given; if the connection is lost there
 * will be no call. */
ovs_be32
of_conn_barrier(struct of_conn *conn)
{
    return send_msg(conn, ofputil_encode_barrier_request(OF_VERSION));
}

/* Has the switch forget the tracked connections in 'zone'. */
void
of_conn_flush_zone(struct of_conn *conn, uint16_t zone)
{
    struct ofpbuf *msg = ofpraw_alloc(OFPRAW_NXT_CT_FLUSH_ZONE, OF_VERSION, 0);
    struct nx_zone_id *nzi = ofpbuf_put_zeros(msg, sizeof *nzi);

    nzi->zone_id = htons(zone);
    send_msg(conn, msg);
}

/* Asks for every learned flow; each is given to the callback. */
void
of_conn_dump_learned(struct of_conn *conn)
{
    if (conn->state == S_READY) {
        send_dump_request(conn, htonll(FLOW_COOKIE_LEARNED),
                          htonll(UINT32_MAX));
    }
}

/* Returns true if flow changes can be sent. */
bool
of_conn_is_up(const struct of_conn *conn)
{
    return conn->state == S_READY;
}

/* Returns true if the switch is there and has had its flows: it forwards, even
 * if it refuses some of them. */
bool
of_conn_has_switch(const struct of_conn *conn)
{
    return conn->state == S_READY || conn->refused;
}

/* For people. */
const char *
of_conn_state(const struct of_conn *conn)
{
    switch (conn->state) {
    case S_DOWN:
        return "not connected";
    case S_REFUSED:
        return "refused, to be sent again";
    case S_DUMP:
        return "reading flows";
    case S_READY:
        return conn->in_flight ? "waiting for acknowledgement" : "ready";
    default:
        OVS_NOT_REACHED();
    }
}
