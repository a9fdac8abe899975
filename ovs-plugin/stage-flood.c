/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include <stdlib.h>

#include "util.h"

/* Stage "flood": to everyone on the network but the sender.
 *
 * A packet from this host goes to its other ports, to the provider network,
 * and to exactly those hosts that have the network.  A packet from outside
 * goes to the ports of this host only: what came from a tunnel has been sent
 * to every host by its sender.
 *
 * Limit: the ports of a network on one host and the hosts that share it must
 * fit into one flow's actions, which allow about 1900 ports, or 3900 hosts. */

static int
compare_ofports(const void *a_, const void *b_)
{
    const ofp_port_t *a = a_;
    const ofp_port_t *b = b_;

    return ofp_to_u16(*a) < ofp_to_u16(*b) ? -1 : *a != *b;
}

/* Sorted, so that the same ports always make the same actions. */
struct ofports {
    ofp_port_t *ports;
    size_t n, allocated;
};

static void
ofports_add(struct ofports *o, ofp_port_t port)
{
    if (port) {
        if (o->n >= o->allocated) {
            o->ports = x2nrealloc(o->ports, &o->allocated, sizeof *o->ports);
        }
        o->ports[o->n++] = port;
    }
}

static void
ofports_sort(struct ofports *o)
{
    if (o->n) {
        qsort(o->ports, o->n, sizeof *o->ports, compare_ofports);
    }
}

static void
put_tunnels(struct stage *stage, const struct pnetwork *network)
{
    struct sset hosts = SSET_INITIALIZER(&hosts);
    struct ofports tunnels = { .n = 0 };
    const char *host;

    pipeline_network_hosts(network, &hosts);
    SSET_FOR_EACH (host, &hosts) {
        ofports_add(&tunnels, pipeline_tunnel_ofport(stage->pipeline, host,
                                                     network->tunnel));
    }
    ofports_sort(&tunnels);
    if (tunnels.n) {
        put_load(&stage->actions, MFF_TUN_ID, network->segmentation_id);
    }
    for (size_t i = 0; i < tunnels.n; i++) {
        put_output(&stage->actions, tunnels.ports[i]);
    }
    free(tunnels.ports);
    sset_destroy(&hosts);
}

static void
put_local(struct stage *stage, const struct ofports *local)
{
    if (local->n) {
        put_load(&stage->actions, REG_OUT_CLASS, CLASS_LOCAL);
    }
    for (size_t i = 0; i < local->n; i++) {
        put_load(&stage->actions, REG_OUT_PORT, ofp_to_u16(local->ports[i]));
        put_resubmit(&stage->actions, TABLE_INGRESS_FW);
    }
}

static void
match_flood(struct stage *stage, const struct pnetwork *network,
            enum port_class class)
{
    match_set_metadata(&stage->match, htonll(network->net_key));
    match_set_reg(&stage->match, REG_IN_CLASS - MFF_REG0, class);
}

/* Flooding on one network. */
void
stage_flood_network(struct stage *stage, const struct pnetwork *network)
{
    struct ofports local = { .n = 0 };
    const struct pport *port;

    LIST_FOR_EACH (port, net_node, &network->ports) {
        if (pipeline_port_is_here(stage->pipeline, port)) {
            ofports_add(&local, pipeline_port_ofport(stage->pipeline, port));
        }
    }
    ofports_sort(&local);

    match_flood(stage, network, CLASS_LOCAL);
    /* A connection that is opened to an unknown place. */
    put_resubmit(&stage->actions, TABLE_COMMIT);
    if (network->tunnel) {
        put_tunnels(stage, network);
    }
    put_local(stage, &local);
    if (!network->tunnel) {
        ofp_port_t patch = pipeline_patch_ofport(stage->pipeline, network);

        /* Last, because a VLAN tag stays on the packet. */
        if (patch) {
            put_load(&stage->actions, REG_OUT_CLASS, CLASS_PROVIDER);
            put_load(&stage->actions, REG_OUT_PORT, ofp_to_u16(patch));
            put_resubmit(&stage->actions, TABLE_OUTPUT);
        }
    }
    stage_flow(stage, TABLE_FLOOD, 100);

    match_flood(stage, network, network->tunnel ? CLASS_TUNNEL
                                                : CLASS_PROVIDER);
    put_local(stage, &local);
    stage_flow(stage, TABLE_FLOOD, 100);

    free(local.ports);
}
