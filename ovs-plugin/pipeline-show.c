/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline-private.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "ovs-plugin/firewall.h"
#include "ovs-plugin/ofports.h"
#include "ovs-plugin/pipeline-model.h"
#include "packets.h"

/* The model in words, for ovs-plugin/show and "ovs-l3ha-ctl trace". */

/* Appends to 's' what the tunnel or patch interface 'name' leads to. */
static void
format_iface(const struct pipeline *p, const char *name, struct ds *s)
{
    struct shash_node *host;
    struct smap_node *mapping;

    SHASH_FOR_EACH (host, &p->hosts) {
        char tunnel[L3HA_TUNNEL_LEN];

        for (enum tunnel_type t = TUNNEL_VXLAN; t <= TUNNEL_GENEVE; t++) {
            if (pipeline_tunnel_name(host->data, t, tunnel)
                && !strcmp(tunnel, name)) {
                ds_put_format(s, "host %s, by tunnel %s", host->name, name);
                return;
            }
        }
    }
    SMAP_FOR_EACH (mapping, &p->bridge_mappings) {
        char *patch = pipeline_patch_name("int-", mapping->value);
        bool found = !strcmp(patch, name);

        free(patch);
        if (found) {
            ds_put_format(s, "physical network %s, by bridge %s",
                          mapping->key, mapping->value);
            return;
        }
    }
    ds_put_format(s, "interface %s", name);
}

/* Appends to 's' what is behind OpenFlow port 'ofport', for people. */
void
pipeline_format_ofport(const struct pipeline *p, ofp_port_t ofport,
                       struct ds *s)
{
    const struct uuid *port_id = ofports_find_vif(p->ofports, ofport);
    const char *name = ofports_find_iface(p->ofports, ofport);

    if (port_id) {
        ds_put_format(s, "port "UUID_FMT" on this host", UUID_ARGS(port_id));
    } else if (name) {
        format_iface(p, name, s);
    } else {
        ds_put_format(s, "OpenFlow port %"PRIu16, ofp_to_u16(ofport));
    }
}

/* Appends the model to 's', for people. */
void
pipeline_format(const struct pipeline *p, uint64_t acked_seqno, struct ds *s)
{
    const struct pnetwork *network;

    HMAP_FOR_EACH (network, hmap_node, &p->networks) {
        struct sset hosts = SSET_INITIALIZER(&hosts);
        const struct pport *port;
        const char *host;

        ds_put_format(s, "network "UUID_FMT": key %"PRIu32,
                      UUID_ARGS(&network->uuid), network->net_key);
        if (network->tunnel) {
            ds_put_format(s, ", %s %"PRIu32,
                          tunnel_type_to_string(network->tunnel),
                          network->segmentation_id);
        } else if (network->physnet) {
            ds_put_format(s, ", physical network %s", network->physnet);
            if (network->has_vlan) {
                ds_put_format(s, " vlan %"PRIu32, network->segmentation_id);
            }
            if (!pipeline_patch_ofport(p, network)) {
                ds_put_cstr(s, " (no bridge)");
            }
        }
        pipeline_network_hosts(network, &hosts);
        ds_put_cstr(s, ", hosts:");
        SSET_FOR_EACH (host, &hosts) {
            ds_put_format(s, " %s", host);
        }
        sset_destroy(&hosts);
        ds_put_char(s, '\n');
        LIST_FOR_EACH (port, net_node, &network->ports) {
            ds_put_format(s, "    port "UUID_FMT": "ETH_ADDR_FMT"%s",
                          UUID_ARGS(&port->uuid), ETH_ADDR_ARGS(port->mac),
                          port->learned ? " (learned)" : "");
            if (port->policy) {
                ds_put_format(s, ", policy 0x%08"PRIx32", zone %"PRIu16,
                              port->policy->id.number, network->zone);
            } else if (port->secure) {
                ds_put_cstr(s, ", no policy");
            }
            if (port->here) {
                ds_put_format(s, ", here, OpenFlow port %"PRIu16", %s",
                              ofp_to_u16(pipeline_port_ofport(p, port)),
                              (pipeline_port_is_wired(p, &port->uuid,
                                                      acked_seqno)
                               ? "wired" : "not wired"));
            }
            SSET_FOR_EACH (host, &port->hosts) {
                ds_put_format(s, ", on %s", host);
            }
            ds_put_char(s, '\n');
        }
    }
}
