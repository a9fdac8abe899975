/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/peers.h"

#include <stdlib.h>

#include "flow.h"
#include "openvswitch/poll-loop.h"
#include "ovs-plugin/of-conn.h"
#include "ovs-plugin/pipeline-model.h"
#include "packets.h"
#include "simap.h"
#include "timeval.h"
#include "util.h"

/* Has the switch find the other ends of tunnels before they are needed.
 *
 * The switch of userspace asks for the MAC of a tunnel's other end (ARP, ND)
 * when a packet is to go there, and drops that packet: the first question of
 * the first guest of a network for its address, for example.  So each tunnel
 * that comes, and all of them after the switch has been away, is given a frame
 * that matters to nobody: it has no tunnel key, so that the other end drops
 * it.  What was found is forgotten by the switch after 15 minutes without a
 * packet (tnl/neigh/aging), therefore this is repeated.
 *
 * Owns nothing but the memory of what was sent.  In: tunnels of the model.
 * Out: frames.
 *
 * Limits: an answer is not waited for; where there is none, the next packet
 * asks again, as ever. */

/* Time between two frames into the same tunnel, in ms. */
#define REFRESH_INTERVAL (5 * 60 * 1000)

struct peers {
    const struct pipeline *pipeline;
    struct of_conn *conn;
    struct simap probed;        /* Tunnel -> OpenFlow number. */
    bool check;                 /* Tunnels may have come or gone. */
    long long int refresh_at;   /* In time_msec(). */
};

/* Returns an object that sends through 'conn' into the tunnels of
 * 'pipeline'. */
struct peers *
peers_create(const struct pipeline *pipeline, struct of_conn *conn)
{
    struct peers *peers = xzalloc(sizeof *peers);

    peers->pipeline = pipeline;
    peers->conn = conn;
    simap_init(&peers->probed);
    return peers;
}

/* Frees 'peers', which may be NULL. */
void
peers_destroy(struct peers *peers)
{
    if (peers) {
        simap_destroy(&peers->probed);
        free(peers);
    }
}

/* To be called when OpenFlow numbers may have changed. */
void
peers_check(struct peers *peers)
{
    peers->check = true;
}

static void
probe(const struct peers *peers, ofp_port_t ofport)
{
    const struct {
        struct eth_header eth;
        uint8_t padding[ETH_PAYLOAD_MIN];
    } frame = {
        .eth = {
            .eth_dst = ETH_ADDR_C(01,00,00,00,00,00),
            .eth_src = ETH_ADDR_C(02,00,00,00,00,00),
            /* Of no protocol: "local experimental" (IEEE 802). */
            .eth_type = htons(0x88b5),
        },
    };

    of_conn_packet_out(peers->conn, OFPP_CONTROLLER, ofport, &frame,
                       sizeof frame);
}

/* Sends what is to be sent. */
void
peers_run(struct peers *peers)
{
    struct simap tunnels = SIMAP_INITIALIZER(&tunnels);
    const struct simap_node *node;

    if (!of_conn_is_up(peers->conn)) {
        simap_clear(&peers->probed);
        peers->check = true;
        return;
    }
    if (time_msec() >= peers->refresh_at) {
        simap_clear(&peers->probed);
        peers->check = true;
        peers->refresh_at = time_msec() + REFRESH_INTERVAL;
    }
    if (!peers->check) {
        return;
    }
    peers->check = false;
    pipeline_get_tunnels(peers->pipeline, &tunnels);
    SIMAP_FOR_EACH (node, &tunnels) {
        if (simap_get(&peers->probed, node->name) != node->data) {
            probe(peers, u16_to_ofp(node->data));
        }
    }
    simap_swap(&peers->probed, &tunnels);
    simap_destroy(&tunnels);
}

/* Arranges for the poll loop to wake up when peers_run() has work. */
void
peers_wait(const struct peers *peers)
{
    if (!simap_is_empty(&peers->probed)) {
        poll_timer_wait_until(peers->refresh_at);
    }
}
