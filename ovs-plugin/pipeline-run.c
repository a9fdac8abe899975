/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline-private.h"

#include "openvswitch/vlog.h"
#include "ovs-plugin/firewall.h"
#include "ovs-plugin/meters.h"
#include "ovs-plugin/pipeline-model.h"
#include "ovs-plugin/zones.h"

VLOG_DEFINE_THIS_MODULE(pipeline);

/* Flows and meters from the model.
 *
 * In: what is dirty in the model (pipeline.c).  Out: flows in the flow table,
 * by way of the stages; meters of ports; zones of networks that have a port
 * whose connections are tracked.
 *
 * Ports come before networks: a zone is taken when the first port needs it,
 * and given back when the network finds that none does. */

/* Takes back the meters of 'port'. */
void
pipeline_unset_meters(struct pipeline *p, struct pport *port)
{
    if (port->metered_ofport) {
        meters_unset(p->meters, port, meter_id(port->metered_ofport,
                                               METER_EGRESS));
        meters_unset(p->meters, port, meter_id(port->metered_ofport,
                                               METER_INGRESS));
        port->metered_ofport = 0;
    }
}

/* Sets one of the meters of 'port'. */
static void
set_meter(struct pipeline *p, struct pport *port, enum meter_direction dir,
          const struct ovs_plugin_limit *limit)
{
    uint32_t id = meter_id(port->metered_ofport, dir);

    if (limit->kbps) {
        meters_set(p->meters, port, id, limit);
    } else {
        meters_unset(p->meters, port, id);
    }
}

/* States the meters of 'port', before its flows, which refer to them. */
static void
set_meters(struct pipeline *p, struct pport *port)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    ofp_port_t ofport = (pipeline_port_is_here(p, port)
                         ? pipeline_port_ofport(p, port) : 0);

    if (!p->can_meter) {
        if (ofport && (port->qos.egress.kbps || port->qos.ingress.kbps)) {
            VLOG_WARN_RL(&rl, "port "UUID_FMT": its bandwidth is not limited: "
                         "the switch has no meters", UUID_ARGS(&port->uuid));
        }
        ofport = 0;
    }
    if (port->metered_ofport != ofport) {
        pipeline_unset_meters(p, port);
        port->metered_ofport = ofport;
    }
    if (ofport) {
        set_meter(p, port, METER_EGRESS, &port->qos.egress);
        set_meter(p, port, METER_INGRESS, &port->qos.ingress);
    }
}

static void
run_global(struct pipeline *p)
{
    struct stage stage;

    stage_init(&stage, p, p->flows, &p->global, NULL);
    stage_classify_global(&stage);
    stage_port_security_global(&stage);
    stage_egress_fw_global(&stage);
    stage_rules_global(&stage);
    stage_arp_nd_global(&stage);
    stage_learn_global(&stage);
    stage_l2_lookup_global(&stage);
    stage_ingress_fw_global(&stage);
    stage_commit_global(&stage);
    stage_output_global(&stage);
    stage_uninit(&stage);
}

/* Returns true if the connections of 'port' are tracked on this host. */
static bool
port_needs_zone(const struct pport *port)
{
    return port->policy && port->network->wanted;
}

static void
run_port(struct pipeline *p, struct pport *port)
{
    struct pnetwork *network = port->network;
    struct stage stage;

    if (port_needs_zone(port) && !network->zone) {
        network->zone = zones_get(p->zones, &network->uuid, network->net_key);
    }

    set_meters(p, port);
    stage_init(&stage, p, p->flows, &port->owner, &port->uuid);
    if (network->wanted) {
        stage_classify_port(&stage, port);
        stage_port_security_port(&stage, port);
        stage_arp_nd_port(&stage, port);
        stage_ingress_fw_port(&stage, port);
        stage_learn_port(&stage, port);
        stage_l2_lookup_port(&stage, port);
        stage_flood_port(&stage, port);
        stage_output_port(&stage, port);
    }
    stage_uninit(&stage);
}

static void
release_zone(struct pipeline *p, struct pnetwork *network)
{
    const struct pport *port;

    LIST_FOR_EACH (port, net_node, &network->ports) {
        if (port_needs_zone(port)) {
            return;
        }
    }
    zones_put(p->zones, &network->uuid);
    network->zone = 0;
}

static void
run_network(struct pipeline *p, struct pnetwork *network)
{
    struct stage stage;

    if (network->zone) {
        release_zone(p, network);
    }

    stage_init(&stage, p, p->flows, &network->owner, &network->uuid);
    if (network->wanted) {
        stage_classify_network(&stage, network);
        stage_arp_nd_network(&stage, network);
        stage_learn_network(&stage, network);
        stage_flood_network(&stage, network);
        stage_output_network(&stage, network);
    }
    stage_uninit(&stage);
    if (!network->wanted && ovs_list_is_empty(&network->ports)) {
        pipeline_network_free(p, network);
    }
}

/* Notes with which flush 'port' begins to work.  Later changes, to the
 * network for example, do not put in question that it is wired. */
static void
note_wiring(struct pipeline *p, struct pport *port, uint64_t seqno)
{
    ofp_port_t ofport = (pipeline_port_is_here(p, port)
                         ? pipeline_port_ofport(p, port) : 0);

    if (port->wired_ofport != ofport) {
        port->wired_ofport = ofport;
        port->seqno = seqno;
        ovs_list_remove(&port->wiring_node);
        ovs_list_push_back(&p->rewired, &port->wiring_node);
    }
}

/* See pipeline-model.h. */
void
pipeline_run(struct pipeline *p, uint64_t seqno)
{
    const struct fw_policy *policy;

    if (!p->global_done) {
        p->global_done = true;
        run_global(p);
    }
    firewall_run(p->firewall, p);
    while ((policy = firewall_pop_turned(p->firewall))) {
        struct pport *port;

        LIST_FOR_EACH (port, policy_node, &policy->ports) {
            pipeline_port_dirty(p, port);
        }
    }
    while (!ovs_list_is_empty(&p->dirty_ports)) {
        struct pport *port = CONTAINER_OF(ovs_list_pop_front(&p->dirty_ports),
                                          struct pport, dirty_node);

        ovs_list_init(&port->dirty_node);
        run_port(p, port);
        note_wiring(p, port, seqno);
    }
    while (!ovs_list_is_empty(&p->dirty_networks)) {
        struct pnetwork *network
            = CONTAINER_OF(ovs_list_pop_front(&p->dirty_networks),
                           struct pnetwork, dirty_node);

        ovs_list_init(&network->dirty_node);
        run_network(p, network);
    }
}

/* Returns true if pipeline_run() has work. */
bool
pipeline_is_dirty(const struct pipeline *p)
{
    return (!p->global_done || firewall_is_dirty(p->firewall)
            || !ovs_list_is_empty(&p->dirty_ports)
            || !ovs_list_is_empty(&p->dirty_networks));
}

/* Notes that flushes up to 'acked_seqno' are acknowledged. */
void
pipeline_acked(struct pipeline *p, uint64_t acked_seqno)
{
    struct pport *port;

    LIST_FOR_EACH_SAFE (port, wiring_node, &p->unwired) {
        if (port->seqno > acked_seqno) {
            break;
        }
        ovs_list_remove(&port->wiring_node);
        ovs_list_push_back(&p->rewired, &port->wiring_node);
    }
}

/* Stores the next port for which pipeline_port_is_wired() may give another
 * answer than at the last call for this port.  Returns false if there is
 * none. */
bool
pipeline_pop_rewired(struct pipeline *p, uint64_t acked_seqno,
                     struct uuid *uuid)
{
    struct pport *port;

    if (ovs_list_is_empty(&p->rewired)) {
        return false;
    }
    port = CONTAINER_OF(ovs_list_pop_front(&p->rewired), struct pport,
                        wiring_node);
    if (port->wired_ofport && port->seqno > acked_seqno) {
        ovs_list_push_back(&p->unwired, &port->wiring_node);
    } else {
        ovs_list_init(&port->wiring_node);
    }
    *uuid = port->uuid;
    return true;
}

/* Returns true if pipeline_pop_rewired() would. */
bool
pipeline_has_rewired(const struct pipeline *p)
{
    return !ovs_list_is_empty(&p->rewired);
}

/* Returns true if, since the last call, something went away that a learned
 * flow may refer to: a network, a router's port, an OpenFlow port. */
bool
pipeline_take_shrunk(struct pipeline *p)
{
    bool shrunk = p->shrunk;

    p->shrunk = false;
    return shrunk;
}

/* Returns true if, since the last call, something changed on which tunnels,
 * patches and zones depend: a network, a port's description, a host. */
bool
pipeline_take_needs_changed(struct pipeline *p)
{
    bool changed = p->needs_changed;

    p->needs_changed = false;
    return changed;
}
