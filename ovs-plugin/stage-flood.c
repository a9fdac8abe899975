/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include <stdlib.h>

#include "packets.h"
#include "util.h"

/* Stage "flood": to everyone on the network but the sender.
 *
 * A packet from this host goes to its other ports, to the provider network,
 * and to exactly those hosts that have the network.  A packet from outside
 * goes to the ports of this host only: what came from a tunnel has been sent
 * to every host by its sender.
 *
 * Ports with a circle (the copies of one router on the HA network that it
 * shares with all routers of its project) hear only each other.  Otherwise
 * each advertisement would go to all routers' ports, and the work would grow
 * with the square of their number.  For the same reason some packets of
 * routers are not for other routers (stage-learn.c).
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
put_tunnels(struct stage *stage, const struct pnetwork *network,
            const struct sset *hosts)
{
    struct ofports tunnels = { .n = 0 };
    const char *host;

    SSET_FOR_EACH (host, hosts) {
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

static enum port_class
outside_class(const struct pnetwork *network)
{
    return network->tunnel ? CLASS_TUNNEL : CLASS_PROVIDER;
}

/* Appends what a packet from this host does: to 'hosts' and 'local'. */
static void
put_from_here(struct stage *stage, const struct pnetwork *network,
              const struct sset *hosts, const struct ofports *local)
{
    /* A connection that is opened to an unknown place. */
    put_resubmit(&stage->actions, TABLE_COMMIT);
    if (network->tunnel) {
        put_tunnels(stage, network, hosts);
    }
    put_local(stage, local);
    if (!network->tunnel) {
        ofp_port_t patch = pipeline_patch_ofport(stage->pipeline, network);

        /* Last, because a VLAN tag stays on the packet. */
        if (patch) {
            put_load(&stage->actions, REG_OUT_CLASS, CLASS_PROVIDER);
            put_load(&stage->actions, REG_OUT_PORT, ofp_to_u16(patch));
            put_resubmit(&stage->actions, TABLE_OUTPUT);
        }
    }
}

/* Two flows of 'network', of 'priority': from this host to 'hosts' and
 * 'local', and from outside to 'local'.  If 'aside', for what is not for
 * routers. */
static void
flood(struct stage *stage, const struct pnetwork *network, uint16_t priority,
      bool aside, const struct sset *hosts, struct ofports *local)
{
    ofports_sort(local);
    for (int from_here = 0; from_here <= 1; from_here++) {
        match_flood(stage, network,
                    from_here ? CLASS_LOCAL : outside_class(network));
        if (aside) {
            match_set_reg(&stage->match, REG_ASIDE - MFF_REG0, 1);
        }
        if (from_here) {
            put_from_here(stage, network, hosts, local);
        } else {
            put_local(stage, local);
        }
        stage_flow(stage, TABLE_FLOOD, priority);
    }
}

/* Flooding on one network. */
void
stage_flood_network(struct stage *stage, const struct pnetwork *network)
{
    struct sset hosts = SSET_INITIALIZER(&hosts);
    struct ofports all = { .n = 0 }, others = { .n = 0 };
    const struct pport *port;

    LIST_FOR_EACH (port, net_node, &network->ports) {
        if (uuid_is_zero(&port->circle)
            && pipeline_port_is_here(stage->pipeline, port)) {
            ofp_port_t ofport = pipeline_port_ofport(stage->pipeline, port);

            ofports_add(&all, ofport);
            if (!port->learned) {
                ofports_add(&others, ofport);
            }
        }
    }
    pipeline_network_hosts(network, &hosts);
    flood(stage, network, 100, false, &hosts, &all);
    if (all.n > others.n) {
        flood(stage, network, 105, true, &hosts, &others);
    }
    free(all.ports);
    free(others.ports);
    sset_destroy(&hosts);
}

/* Flooding in the circle of a port that is the sender. */
void
stage_flood_port(struct stage *stage, const struct pport *port)
{
    const struct pnetwork *network = port->network;
    bool here = pipeline_port_is_here(stage->pipeline, port);
    struct sset hosts = SSET_INITIALIZER(&hosts);
    struct ofports local = { .n = 0 };
    const struct pport *other;
    const char *host;

    if (uuid_is_zero(&port->circle)) {
        return;
    }
    LIST_FOR_EACH (other, net_node, &network->ports) {
        if (other == port || !uuid_equals(&other->circle, &port->circle)) {
            continue;
        }
        if (pipeline_port_is_here(stage->pipeline, other)) {
            ofports_add(&local, pipeline_port_ofport(stage->pipeline, other));
        }
        SSET_FOR_EACH (host, &other->hosts) {
            sset_add(&hosts, host);
        }
    }
    ofports_sort(&local);
    if (here || local.n) {
        match_flood(stage, network, here ? CLASS_LOCAL
                                         : outside_class(network));
        match_set_dl_src(&stage->match, port->mac);
        if (here) {
            put_from_here(stage, network, &hosts, &local);
        } else {
            put_local(stage, &local);
        }
        stage_flow(stage, TABLE_FLOOD, 110);
    }
    if (!here && local.n) {
        match_flood(stage, network, outside_class(network));
        match_set_dl_src(&stage->match, port->mac);
        match_set_dl_type(&stage->match, htons(ETH_TYPE_IP));
        match_set_nw_proto(&stage->match, VRRP_PROTO);
        match_set_nw_ttl(&stage->match, OVS_PLUGIN_CIRCLE_TTL);
        put_controller(&stage->actions, sizeof(struct eth_header));
        stage_flow(stage, TABLE_FLOOD, 120);
    }
    free(local.ports);
    sset_destroy(&hosts);
}
