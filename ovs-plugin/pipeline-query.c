/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline-private.h"

#include <stdlib.h>
#include <string.h>

#include "ovs-plugin/ofports.h"
#include "ovs-plugin/ovs-plugin.h"
#include "ovs-plugin/pipeline-model.h"
#include "packets.h"
#include "sha1.h"
#include "simap.h"
#include "util.h"

/* What is read from the model: by the stages, and by those who ask which
 * interfaces are needed and whether a port works.  Changes nothing. */

/* Returns the port with 'uuid', NULL if there is none. */
struct pport *
pipeline_port_find(const struct pipeline *p, const struct uuid *uuid)
{
    struct pport *port;

    HMAP_FOR_EACH_WITH_HASH (port, hmap_node, uuid_hash(uuid), &p->ports) {
        if (uuid_equals(&port->uuid, uuid)) {
            return port;
        }
    }
    return NULL;
}

/* Returns the OpenFlow number of the interface that is plugged for 'port_id',
 * 0 if there is none. */
ofp_port_t
pipeline_vif_ofport(const struct pipeline *p, const struct uuid *port_id)
{
    return ofports_vif(p->ofports, port_id);
}

/* Returns the OpenFlow number of 'port' on this host, 0 if it has none. */
ofp_port_t
pipeline_port_ofport(const struct pipeline *p, const struct pport *port)
{
    return pipeline_vif_ofport(p, &port->uuid);
}

/* Returns true if 'port' is plugged on this host and may be used. */
bool
pipeline_port_is_here(const struct pipeline *p, const struct pport *port)
{
    return (port->here && port->up && port->network->wanted
            && pipeline_port_ofport(p, port));
}

/* Returns the OpenFlow number of the patch to the physical bridge of
 * 'network', 0 if there is none. */
ofp_port_t
pipeline_patch_ofport(const struct pipeline *p, const struct pnetwork *network)
{
    const char *bridge = (network->physnet
                          ? smap_get(&p->bridge_mappings, network->physnet)
                          : NULL);
    ofp_port_t ofport;
    char *patch;

    if (!bridge) {
        return 0;
    }
    patch = pipeline_patch_name("int-", bridge);
    ofport = ofports_iface(p->ofports, patch);
    free(patch);
    return ofport;
}

/* Stores the OpenFlow numbers of the tunnels that are there in 'tunnels', by
 * the names of the interfaces. */
void
pipeline_get_tunnels(const struct pipeline *p, struct simap *tunnels)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &p->tunnels) {
        const struct ptunnel *tunnel = node->data;

        simap_put(tunnels, node->name, ofp_to_u16(tunnel->ofport));
    }
}

/* Returns the OpenFlow number of the tunnel to 'host', 0 if there is none. */
ofp_port_t
pipeline_tunnel_ofport(const struct pipeline *p, const char *host,
                       enum tunnel_type type)
{
    char name[L3HA_TUNNEL_LEN];

    return (pipeline_tunnel_name(shash_find_data(&p->hosts, host), type, name)
            ? ofports_iface(p->ofports, name) : 0);
}

/* Stores the MACs that 'port' may have in '*macs', which must be freed, and
 * returns how many they are. */
size_t
pipeline_port_macs(const struct pport *port, struct eth_addr **macs)
{
    size_t n = 0;

    *macs = xmalloc((port->n_addresses + 1) * sizeof **macs);
    (*macs)[n++] = port->mac;
    for (size_t i = 0; i < port->n_addresses; i++) {
        bool known = false;

        for (size_t j = 0; j < n; j++) {
            known |= eth_addr_equals((*macs)[j], port->addresses[i].mac);
        }
        if (!known) {
            (*macs)[n++] = port->addresses[i].mac;
        }
    }
    return n;
}

/* Returns the OpenFlow number through which 'port' is reached and its class in
 * '*class'; 0 if it has no place, or none that is not learned. */
ofp_port_t
pipeline_port_place(const struct pipeline *p, const struct pport *port,
                    enum port_class *class)
{
    const struct pnetwork *network = port->network;

    *class = CLASS_NONE;
    if (port->learned) {
        return 0;
    } else if (port->here) {
        *class = CLASS_LOCAL;
        return (pipeline_port_is_here(p, port)
                ? pipeline_port_ofport(p, port) : 0);
    } else if (!port->up || sset_count(&port->hosts) != 1) {
        return 0;
    } else if (network->tunnel) {
        *class = CLASS_TUNNEL;
        return pipeline_tunnel_ofport(p, SSET_FIRST(&port->hosts),
                                      network->tunnel);
    } else {
        *class = CLASS_PROVIDER;
        return pipeline_patch_ofport(p, network);
    }
}

/* Adds to 'hosts' the other hosts that have a port on 'network'. */
void
pipeline_network_hosts(const struct pnetwork *network, struct sset *hosts)
{
    const struct pport *port;

    LIST_FOR_EACH (port, net_node, &network->ports) {
        const char *host;

        SSET_FOR_EACH (host, &port->hosts) {
            sset_add(hosts, host);
        }
    }
}

/* Adds the tunnels that are needed to 'tunnels'. */
void
pipeline_needed_tunnels(const struct pipeline *p, struct shash *tunnels)
{
    const struct pnetwork *network;

    HMAP_FOR_EACH (network, hmap_node, &p->networks) {
        struct sset hosts = SSET_INITIALIZER(&hosts);
        const char *name;

        if (!network->wanted || !network->tunnel) {
            continue;
        }
        pipeline_network_hosts(network, &hosts);
        SSET_FOR_EACH (name, &hosts) {
            const struct phost *host = shash_find_data(&p->hosts, name);
            char ifname[L3HA_TUNNEL_LEN];

            if (pipeline_tunnel_name(host, network->tunnel, ifname)
                && !shash_find(tunnels, ifname)) {
                struct pipeline_tunnel *tunnel = xmalloc(sizeof *tunnel);

                tunnel->host = host->name;
                tunnel->type = tunnel_type_to_string(network->tunnel);
                tunnel->remote_ip = xstrdup(host->tunnel_ip);
                shash_add(tunnels, ifname, tunnel);
            }
        }
        sset_destroy(&hosts);
    }
}

/* Adds the physical networks that networks need to 'physnets'. */
void
pipeline_needed_physnets(const struct pipeline *p, struct sset *physnets)
{
    const struct pnetwork *network;

    HMAP_FOR_EACH (network, hmap_node, &p->networks) {
        if (network->wanted && !network->tunnel) {
            sset_add(physnets, network->physnet);
        }
    }
}

/* Sets '*mac' to that of the port; false if it is not known. */
bool
pipeline_port_mac(const struct pipeline *p, const struct uuid *port_id,
                  struct eth_addr *mac)
{
    const struct pport *port = pipeline_port_find(p, port_id);

    if (port) {
        *mac = port->mac;
    }
    return port != NULL;
}

/* Returns true if the port has an OpenFlow number and its flows are part of a
 * flush that is acknowledged. */
bool
pipeline_port_is_wired(const struct pipeline *p, const struct uuid *port_id,
                       uint64_t acked_seqno)
{
    const struct pport *port = pipeline_port_find(p, port_id);

    return (port && port->wired_ofport && port->seqno <= acked_seqno
            && pipeline_port_is_here(p, port)
            && pipeline_port_ofport(p, port) == port->wired_ofport);
}

/* Returns true if the place of 'mac' is to be learned. */
bool
pipeline_is_learned_mac(const struct pipeline *p, uint32_t net_key,
                        const struct eth_addr mac)
{
    const struct pport *port;

    HMAP_FOR_EACH (port, hmap_node, &p->ports) {
        if (port->learned && port->network->net_key == net_key
            && eth_addr_equals(port->mac, mac)) {
            return true;
        }
    }
    return false;
}

/* Returns true if an interface of the model has this OpenFlow number. */
bool
pipeline_is_ofport(const struct pipeline *p, ofp_port_t ofport)
{
    return (ofports_find_iface(p->ofports, ofport)
            || ofports_find_vif(p->ofports, ofport));
}

/* Returns true if a network that is realised has this key. */
bool
pipeline_has_net_key(const struct pipeline *p, uint32_t net_key)
{
    const struct pnetwork *network;

    HMAP_FOR_EACH (network, hmap_node, &p->networks) {
        if (network->wanted && network->net_key == net_key) {
            return true;
        }
    }
    return false;
}

/* See pipeline-model.h.  A name of more than 15 characters keeps what fits
 * before 6 digits of a hash. */
char *
pipeline_patch_name(const char *prefix, const char *bridge)
{
    enum { MAX_LEN = 15, HASH_LEN = 6 };
    uint8_t digest[SHA1_DIGEST_SIZE];
    char hex[SHA1_HEX_DIGEST_LEN + 1];

    if (strlen(prefix) + strlen(bridge) <= MAX_LEN) {
        return xasprintf("%s%s", prefix, bridge);
    }
    sha1_bytes(bridge, strlen(bridge), digest);
    sha1_to_hex(digest, hex);
    return xasprintf("%s%.*s%.*s", prefix,
                     (int) (MAX_LEN - HASH_LEN - strlen(prefix)), bridge,
                     HASH_LEN, hex);
}
