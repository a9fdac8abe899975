/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "ovs-plugin/firewall.h"
#include "ovs-plugin/ofports.h"
#include "ovs-plugin/ovs-plugin.h"
#include "ovs-plugin/pipeline-model.h"
#include "ovs-plugin/pipeline-private.h"
#include "packets.h"
#include "util.h"

/* The model that flows are made from.
 *
 * Owns networks, ports and hosts as the caller describes them.  In: those,
 * each change by itself; the numbers that the switch gave to their interfaces
 * (ofports.c).  Out: lists of what is dirty, from which pipeline-run.c makes
 * flows; what the stages read; the tunnels that are needed.
 *
 * Invariants: whatever changed is dirty until the next pipeline_run(), which
 * states its flows anew; the flow table finds what really differs.  What
 * depends on what is here and nowhere else:
 *
 *   port or its OpenFlow number   -> port, flooding of its network
 *   network, its patch port       -> network and all its ports
 *   host, its tunnel port         -> networks that it shares, its ports
 *
 * A port whose network is not known yet is kept, without flows. */

/* Returns an empty model that writes to 'flows' and 'meters', with the
 * firewall's rules in 'firewall' and its zones from 'zones', which must not go
 * before it. */
struct pipeline *
pipeline_create(struct flow_table *flows, struct meters *meters,
                struct firewall *firewall, struct zones *zones)
{
    struct pipeline *p = xzalloc(sizeof *p);

    p->flows = flows;
    p->meters = meters;
    p->firewall = firewall;
    p->zones = zones;
    p->ofports = ofports_create();
    p->can_meter = true;
    flow_owner_init(&p->global);
    hmap_init(&p->networks);
    hmap_init(&p->ports);
    shash_init(&p->hosts);
    smap_init(&p->bridge_mappings);
    shash_init(&p->tunnels);
    ovs_list_init(&p->dirty_networks);
    ovs_list_init(&p->dirty_ports);
    ovs_list_init(&p->rewired);
    ovs_list_init(&p->unwired);
    return p;
}

static void
port_free(struct pipeline *p, struct pport *port)
{
    hmap_remove(&p->ports, &port->hmap_node);
    ovs_list_remove(&port->net_node);
    ovs_list_remove(&port->dirty_node);
    ovs_list_remove(&port->wiring_node);
    ovs_list_remove(&port->policy_node);
    sset_destroy(&port->hosts);
    firewall_policy_put(p->firewall, port->policy);
    free(port->addresses);
    free(port);
}

/* Frees 'network', which has neither flows nor ports any more. */
void
pipeline_network_free(struct pipeline *p, struct pnetwork *network)
{
    hmap_remove(&p->networks, &network->hmap_node);
    ovs_list_remove(&network->dirty_node);
    free(network->gateways);
    free(network->physnet);
    free(network);
}

static void
host_free(struct phost *host)
{
    free(host->name);
    free(host->tunnel_ip);
    sset_destroy(&host->types);
    free(host);
}

/* Frees 'p'; the flow table keeps what it has and must go too. */
void
pipeline_destroy(struct pipeline *p)
{
    struct pnetwork *network;
    struct shash_node *node;
    struct pport *port;

    if (!p) {
        return;
    }
    HMAP_FOR_EACH_SAFE (port, hmap_node, &p->ports) {
        port_free(p, port);
    }
    hmap_destroy(&p->ports);
    HMAP_FOR_EACH_SAFE (network, hmap_node, &p->networks) {
        pipeline_network_free(p, network);
    }
    hmap_destroy(&p->networks);
    SHASH_FOR_EACH (node, &p->hosts) {
        host_free(node->data);
    }
    shash_destroy(&p->hosts);
    shash_destroy_free_data(&p->tunnels);
    smap_destroy(&p->bridge_mappings);
    ofports_destroy(p->ofports);
    free(p);
}

static void
make_dirty(struct ovs_list *dirty, struct ovs_list *node)
{
    ovs_list_remove(node);
    ovs_list_push_back(dirty, node);
}

static void
network_dirty(struct pipeline *p, struct pnetwork *network)
{
    make_dirty(&p->dirty_networks, &network->dirty_node);
}

/* Has the flows of 'port' stated anew, and those of its network and of its
 * circle that tell of it. */
void
pipeline_port_dirty(struct pipeline *p, struct pport *port)
{
    make_dirty(&p->dirty_ports, &port->dirty_node);
    network_dirty(p, port->network);
    if (!uuid_is_zero(&port->circle)) {
        struct pport *other;

        LIST_FOR_EACH (other, net_node, &port->network->ports) {
            if (uuid_equals(&other->circle, &port->circle)) {
                make_dirty(&p->dirty_ports, &other->dirty_node);
            }
        }
    }
}

static void
network_dirty_with_ports(struct pipeline *p, struct pnetwork *network)
{
    struct pport *port;

    network_dirty(p, network);
    LIST_FOR_EACH (port, net_node, &network->ports) {
        pipeline_port_dirty(p, port);
    }
}

/* Sets the physical bridges. */
void
pipeline_set_bridge_mappings(struct pipeline *p, const struct smap *mappings)
{
    struct pnetwork *network;

    if (smap_equal(&p->bridge_mappings, mappings)) {
        return;
    }
    p->needs_changed = true;
    smap_destroy(&p->bridge_mappings);
    smap_clone(&p->bridge_mappings, mappings);
    HMAP_FOR_EACH (network, hmap_node, &p->networks) {
        if (!network->tunnel) {
            network_dirty_with_ports(p, network);
        }
    }
}

/* Sets whether the datapath can turn a neighbor solicitation into an
 * advertisement; those of Linux kernels cannot. */
void
pipeline_set_can_answer_nd(struct pipeline *p, bool can)
{
    if (p->can_answer_nd != can) {
        struct pnetwork *network;

        p->can_answer_nd = can;
        HMAP_FOR_EACH (network, hmap_node, &p->networks) {
            network_dirty_with_ports(p, network);
        }
    }
}

/* Returns true if neighbor solicitations can be answered. */
bool
pipeline_can_answer_nd(const struct pipeline *p)
{
    return p->can_answer_nd;
}

/* Sets whether the switch has meters.  Without them no bandwidth is
 * limited. */
void
pipeline_set_can_meter(struct pipeline *p, bool can)
{
    if (p->can_meter != can) {
        struct pport *port;

        p->can_meter = can;
        HMAP_FOR_EACH (port, hmap_node, &p->ports) {
            if (port->qos.egress.kbps || port->qos.ingress.kbps) {
                pipeline_port_dirty(p, port);
            }
        }
    }
}

/* Returns the number of the meter for what 'port' sends or receives, 0 if
 * there is none. */
uint32_t
pipeline_port_meter(const struct pport *port, enum meter_direction dir)
{
    const struct ovs_plugin_limit *limit
        = dir == METER_EGRESS ? &port->qos.egress : &port->qos.ingress;

    return (port->metered_ofport && limit->kbps
            ? meter_id(port->metered_ofport, dir) : 0);
}

static struct pnetwork *
network_find(const struct pipeline *p, const struct uuid *uuid)
{
    struct pnetwork *network;

    HMAP_FOR_EACH_WITH_HASH (network, hmap_node, uuid_hash(uuid),
                             &p->networks) {
        if (uuid_equals(&network->uuid, uuid)) {
            return network;
        }
    }
    return NULL;
}

static struct pnetwork *
network_get(struct pipeline *p, const struct uuid *uuid)
{
    struct pnetwork *network = network_find(p, uuid);

    if (!network) {
        network = xzalloc(sizeof *network);
        network->uuid = *uuid;
        flow_owner_init(&network->owner);
        ovs_list_init(&network->dirty_node);
        ovs_list_init(&network->ports);
        hmap_insert(&p->networks, &network->hmap_node, uuid_hash(uuid));
    }
    return network;
}

/* Sets what is known of a network, or that it is not wanted any more if
 * 'desc' is null. */
void
pipeline_set_network(struct pipeline *p, const struct uuid *uuid,
                     const struct ovs_plugin_network *desc)
{
    struct pnetwork *network = (desc ? network_get(p, uuid)
                                : network_find(p, uuid));

    if (!network) {
        return;
    }
    p->shrunk |= network->wanted && !desc;
    p->needs_changed = true;
    network->wanted = desc != NULL;
    if (desc) {
        network->net_key = desc->net_key;
        network->tunnel = tunnel_type_from_string(desc->type);
        network->has_vlan = !strcmp(desc->type, "vlan");
        network->segmentation_id = desc->segmentation_id;
        free(network->physnet);
        network->physnet = xstrdup(desc->physnet);
        free(network->gateways);
        network->gateways = xmemdup(desc->gateways, (desc->n_gateways
                                    * sizeof *desc->gateways));
        network->n_gateways = desc->n_gateways;
    }
    network_dirty_with_ports(p, network);
}

static void
port_set_network(struct pipeline *p, struct pport *port,
                 struct pnetwork *network)
{
    if (port->network != network) {
        if (port->network) {
            network_dirty(p, port->network);
        }
        ovs_list_remove(&port->net_node);
        port->network = network;
        ovs_list_push_back(&network->ports, &port->net_node);
    }
}

static bool
qos_equals(const struct ovs_plugin_qos *a, const struct ovs_plugin_qos *b)
{
    return (a->egress.kbps == b->egress.kbps
            && a->egress.burst == b->egress.burst
            && a->ingress.kbps == b->ingress.kbps
            && a->ingress.burst == b->ingress.burst && a->dscp == b->dscp);
}

static bool
addresses_equal(const struct ovs_plugin_address *a, size_t n_a,
                const struct ovs_plugin_address *b, size_t n_b)
{
    for (size_t i = 0; i < n_a && n_a == n_b; i++) {
        if (!ipv6_addr_equals(&a[i].ip, &b[i].ip) || a[i].plen != b[i].plen
            || !eth_addr_equals(a[i].mac, b[i].mac)) {
            return false;
        }
    }
    return n_a == n_b;
}

/* Sets what 'port' may send and receive.  Returns true if that changed. */
static bool
port_set_security(struct pipeline *p, struct pport *port,
                  const struct ovs_plugin_port *desc)
{
    struct fw_policy *old = port->policy;
    bool changed = port->secure != desc->secure;

    port->secure = desc->secure;
    port->policy = (desc->secure && desc->here && desc->n_groups
                    ? firewall_policy_get(p->firewall, desc->groups,
                                          desc->n_groups)
                    : NULL);
    if (port->policy != old) {
        changed = true;
        ovs_list_remove(&port->policy_node);
        ovs_list_init(&port->policy_node);
        if (port->policy) {
            ovs_list_push_back(&port->policy->ports, &port->policy_node);
        }
    }
    firewall_policy_put(p->firewall, old);

    if (!addresses_equal(port->addresses, port->n_addresses,
                         desc->addresses, desc->n_addresses)) {
        free(port->addresses);
        port->addresses = xmemdup(desc->addresses, (desc->n_addresses
                                  * sizeof *desc->addresses));
        port->n_addresses = desc->n_addresses;
        changed = true;
    }
    changed |= port->n_own != desc->n_own;
    port->n_own = desc->n_own;
    return changed;
}

/* Sets what is known of a port, or that it is not any more if 'desc' is
 * null. */
void
pipeline_set_port(struct pipeline *p, const struct uuid *uuid,
                  const struct ovs_plugin_port *desc)
{
    struct pport *port = pipeline_port_find(p, uuid);

    if (!desc) {
        if (port) {
            p->shrunk |= port->learned;
            p->needs_changed = true;
            flow_table_remove(p->flows, &port->owner);
            pipeline_unset_meters(p, port);
            pipeline_port_dirty(p, port);
            port_free(p, port);
        }
        return;
    }
    if (!port) {
        port = xzalloc(sizeof *port);
        port->uuid = *uuid;
        flow_owner_init(&port->owner);
        ovs_list_init(&port->net_node);
        ovs_list_init(&port->dirty_node);
        ovs_list_init(&port->wiring_node);
        ovs_list_init(&port->policy_node);
        sset_init(&port->hosts);
        hmap_insert(&p->ports, &port->hmap_node, uuid_hash(uuid));
    }
    if (!port_set_security(p, port, desc)
        && port->network && uuid_equals(&port->network->uuid, &desc->network)
        && eth_addr_equals(port->mac, desc->mac) && port->up == desc->up
        && port->learned == desc->learned && port->here == desc->here
        && sset_equals(&port->hosts, desc->hosts)
        && uuid_equals(&port->circle, &desc->circle)
        && qos_equals(&port->qos, &desc->qos)) {
        return;
    }
    p->needs_changed = true;
    port_set_network(p, port, network_get(p, &desc->network));
    port->mac = desc->mac;
    port->up = desc->up;
    port->learned = desc->learned;
    port->here = desc->here;
    sset_destroy(&port->hosts);
    sset_clone(&port->hosts, desc->hosts);
    port->qos = desc->qos;
    if (!uuid_equals(&port->circle, &desc->circle)) {
        /* Those of the former one are concerned, too. */
        pipeline_port_dirty(p, port);
        port->circle = desc->circle;
    }
    pipeline_port_dirty(p, port);
}

/* Everything that may depend on the tunnels to 'host'. */
static void
host_dirty(struct pipeline *p, const char *host)
{
    struct pport *port;

    HMAP_FOR_EACH (port, hmap_node, &p->ports) {
        if (port->network->tunnel && sset_contains(&port->hosts, host)) {
            pipeline_port_dirty(p, port);
        }
    }
}

/* Sets the tunnel endpoint of another host, or that the host is not known any
 * more if 'types' is null. */
void
pipeline_set_host(struct pipeline *p, const char *name, const char *tunnel_ip,
                  const struct sset *types)
{
    struct phost *host = shash_find_data(&p->hosts, name);

    if (!types) {
        if (host) {
            p->needs_changed = true;
            shash_find_and_delete(&p->hosts, name);
            host_free(host);
            host_dirty(p, name);
        }
        return;
    }
    if (host && nullable_string_is_equal(host->tunnel_ip, tunnel_ip)
        && sset_equals(&host->types, types)) {
        return;
    }
    if (!host) {
        host = xzalloc(sizeof *host);
        host->name = xstrdup(name);
        sset_init(&host->types);
        shash_add(&p->hosts, name, host);
    }
    p->needs_changed = true;
    free(host->tunnel_ip);
    host->tunnel_ip = nullable_xstrdup(tunnel_ip);
    sset_destroy(&host->types);
    sset_clone(&host->types, types);
    host_dirty(p, name);
}

/* Returns the name of the tunnel interface to 'host' in 'name', or false if
 * there cannot be one. */
bool
pipeline_tunnel_name(const struct phost *host, enum tunnel_type type,
            char name[L3HA_TUNNEL_LEN])
{
    const char *type_name = tunnel_type_to_string(type);
    struct in6_addr addr;
    ovs_be32 ip4;

    if (!host || !host->tunnel_ip || !sset_contains(&host->types, type_name)) {
        return false;
    }
    if (ip_parse(host->tunnel_ip, &ip4)) {
        in6_addr_set_mapped_ipv4(&addr, ip4);
    } else if (!ipv6_parse(host->tunnel_ip, &addr)) {
        return false;
    }
    l3ha_tunnel_name(name, type_name, &addr);
    return true;
}

/* States the flows of the tunnel interface 'name', if it is one. */
static void
update_tunnel(struct pipeline *p, const char *name, ofp_port_t ofport)
{
    struct ptunnel *tunnel = shash_find_data(&p->tunnels, name);
    char *type_name = xmemdup0(name, strcspn(name, "-"));
    enum tunnel_type type = tunnel_type_from_string(type_name);
    struct shash_node *node;
    struct stage stage;

    free(type_name);
    if (!type) {
        return;
    }
    if (!tunnel) {
        tunnel = xzalloc(sizeof *tunnel);
        flow_owner_init(&tunnel->owner);
        shash_add(&p->tunnels, name, tunnel);
    }
    tunnel->ofport = ofport;
    stage_init(&stage, p, p->flows, &tunnel->owner, NULL);
    if (ofport) {
        stage_classify_tunnel(&stage, ofport, type);
    }
    stage_uninit(&stage);
    if (!ofport) {
        free(shash_find_and_delete(&p->tunnels, name));
    }

    SHASH_FOR_EACH (node, &p->hosts) {
        const struct phost *host = node->data;
        char host_tunnel[L3HA_TUNNEL_LEN];

        if (pipeline_tunnel_name(host, type, host_tunnel)
            && !strcmp(host_tunnel, name)) {
            host_dirty(p, host->name);
        }
    }
}

static void
update_patch(struct pipeline *p, const char *name)
{
    struct smap_node *node;

    SMAP_FOR_EACH (node, &p->bridge_mappings) {
        char *patch = pipeline_patch_name("int-", node->value);
        struct pnetwork *network;

        if (!strcmp(patch, name)) {
            HMAP_FOR_EACH (network, hmap_node, &p->networks) {
                if (!network->tunnel && network->physnet
                    && !strcmp(network->physnet, node->key)) {
                    network_dirty_with_ports(p, network);
                }
            }
        }
        free(patch);
    }
}

/* Sets the OpenFlow number of the tunnel or patch interface 'name', 0 if it
 * has none. */
void
pipeline_set_iface(struct pipeline *p, const char *name, ofp_port_t ofport)
{
    if (ofports_iface(p->ofports, name) == ofport) {
        return;
    }
    p->shrunk |= ofports_iface(p->ofports, name) != 0;
    ofports_set_iface(p->ofports, name, ofport);
    update_tunnel(p, name, ofport);
    update_patch(p, name);
}

/* Sets the OpenFlow number of the interface that is plugged for 'port_id', 0
 * if there is none. */
void
pipeline_set_vif(struct pipeline *p, const struct uuid *port_id,
                 ofp_port_t ofport)
{
    struct pport *port = pipeline_port_find(p, port_id);
    ofp_port_t old = ofports_vif(p->ofports, port_id);

    if (old == ofport) {
        return;
    }
    p->shrunk |= old != 0;
    ofports_set_vif(p->ofports, port_id, ofport);
    if (port) {
        pipeline_port_dirty(p, port);
    }
}
