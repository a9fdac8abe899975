/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_OVS_PLUGIN_H
#define L3HA_OVS_PLUGIN_H 1

/* Everything that this project knows of Open vSwitch, behind one object.
 *
 * The caller describes networks, ports and hosts; ovs-plugin makes bridges,
 * patch and tunnel ports in the local database and the OpenFlow pipeline on
 * the integration bridge, keeps both right across restarts of either side,
 * and says which ports are wired. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "uuid.h"

struct ovs_plugin;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct smap;
struct sset;

struct ovs_plugin *ovs_plugin_create(struct ovsdb_idl *ovs_idl);
void ovs_plugin_run(struct ovs_plugin *, struct ovsdb_idl_txn *ovs_txn);
void ovs_plugin_wait(struct ovs_plugin *);
void ovs_plugin_destroy(struct ovs_plugin *);

/* For the l2 role: what is to be realised.  A null description takes the
 * object back. */

/* Settings of this host. */
struct ovs_plugin_config {
    const char *bridge;         /* Integration bridge. */
    const char *datapath_type;  /* For a bridge that is to be made; may be
                                 * "". */
    const char *local_ip;       /* Tunnel endpoint, NULL if none. */
    uint16_t vxlan_port;
    const struct smap *bridge_mappings; /* Physical network -> bridge. */
};
void ovs_plugin_configure(struct ovs_plugin *,
                          const struct ovs_plugin_config *);

/* A network with a port on this host. */
struct ovs_plugin_network {
    uint32_t net_key;           /* Number that is its own. */
    const char *type;           /* "vxlan", "gre", "geneve", "flat", "vlan". */
    const char *physnet;        /* For "flat" and "vlan". */
    uint32_t segmentation_id;   /* Tunnel key or VLAN. */

    /* Gateways of its subnets, IPv4 in IPv4-mapped form. */
    const struct in6_addr *gateways;
    size_t n_gateways;
};
void ovs_plugin_network_set(struct ovs_plugin *, const struct uuid *,
                            const struct ovs_plugin_network *);

/* Addresses that go with a MAC. */
struct ovs_plugin_address {
    struct in6_addr ip;         /* IPv4 in its IPv4-mapped form. */
    unsigned int plen;          /* Length of the prefix, 128 for one address;
                                 * also of IPv4 (96 to 128). */
    struct eth_addr mac;
};

/* A limit of bandwidth. */
struct ovs_plugin_limit {
    uint32_t kbps;              /* Kilobits (1000) per second, 0: no limit. */
    uint32_t burst;             /* Kilobits at once; not 0. */
};

/* Quality of service of a port, directions as seen from it. */
struct ovs_plugin_qos {
    struct ovs_plugin_limit egress, ingress;
    int dscp;                   /* What its IP packets get, -1: as it is. */
};

/* A port, here or elsewhere, of such a network. */
struct ovs_plugin_port {
    struct uuid network;
    struct eth_addr mac;
    bool up;                    /* May be used. */
    bool learned;               /* A router's: its place is learned. */
    bool here;                  /* To be plugged on this host. */
    const struct sset *hosts;   /* Other hosts that have it. */
    struct uuid circle;         /* Broadcasts go only to and from ports of the
                                 * network with the same; all zeros: none. */

    /* Its addresses.  The first 'n_own' of them are of this port alone; the
     * others it may have, as other ports may. */
    const struct ovs_plugin_address *addresses;
    size_t n_addresses;
    size_t n_own;

    struct ovs_plugin_qos qos;  /* Used if it is here. */

    /* If 'secure', the port sends from its addresses only and is behind the
     * firewall, whose rules are those of 'groups'. */
    bool secure;
    const struct uuid *groups;
    size_t n_groups;
};
void ovs_plugin_port_set(struct ovs_plugin *, const struct uuid *,
                         const struct ovs_plugin_port *);

/* The firewall: what ports with 'secure' send and receive is what a rule of
 * one of their groups allows, and what belongs to a connection so allowed. */

/* Packets that are allowed. */
struct ovs_plugin_rule {
    bool ingress;               /* To the port, or else from it. */
    bool ipv6;
    int proto;                  /* IP protocol, -1 for any. */
    int min, max;               /* Destination ports, or type and code of
                                 * ICMP; -1 for any. */
    struct in6_addr prefix;     /* Addresses of the other side, as in struct
                                 * ovs_plugin_address; any if */
    unsigned int plen;          /* this is 0, or 96 for IPv4. */
    struct uuid set;            /* The other side is in this set; all zeros:
                                 * in any. */
};

/* Rules that ports have in common. */
struct ovs_plugin_group {
    bool stateful;              /* If no group of a port is, each packet is
                                 * looked at by itself. */
    const struct ovs_plugin_rule *rules;
    size_t n_rules;
};
void ovs_plugin_group_set(struct ovs_plugin *, const struct uuid *,
                          const struct ovs_plugin_group *);

/* Something whose addresses are in sets that rules refer to. */
struct ovs_plugin_member {
    const struct uuid *sets;
    size_t n_sets;
    const struct ovs_plugin_address *addresses;
    size_t n_addresses;
};
void ovs_plugin_member_set(struct ovs_plugin *, const struct uuid *,
                           const struct ovs_plugin_member *);

/* Another host. */
void ovs_plugin_host_set(struct ovs_plugin *, const char *name,
                         const char *tunnel_ip,
                         const struct sset *tunnel_types);

/* What was given so far is complete: from now on what else is found in the
 * switch is deleted. */
void ovs_plugin_desired_complete(struct ovs_plugin *);

/* True if everything that was given is in the switch and acknowledged. */
bool ovs_plugin_is_synced(const struct ovs_plugin *);

/* For the l3 role. */

/* From now on br-int carries 'ifname' (a veth end that already exists in the
 * root namespace of the host) as the port 'port_id' with 'mac'.
 * Idempotent. */
void ovs_plugin_port_add(struct ovs_plugin *, const char *ifname,
                         const struct uuid *port_id,
                         const struct eth_addr mac);
void ovs_plugin_port_del(struct ovs_plugin *, const char *ifname);

/* The set of ports added so far is complete: any port on br-int with
 * external_ids:l3ha-owner that was not added is removed (leftovers of routers
 * deleted while the agent was down). */
void ovs_plugin_ports_complete(struct ovs_plugin *);

/* True once the port has an OpenFlow number and its flows are acknowledged by
 * a barrier. */
bool ovs_plugin_port_is_wired(const struct ovs_plugin *,
                              const struct uuid *port_id);

/* Changes whenever the answer for some port may have changed. */
uint64_t ovs_plugin_seqno(const struct ovs_plugin *);

/* Stores the next port for which the answer may have changed since this said
 * so last.  Returns false if there is none.  For one caller. */
bool ovs_plugin_pop_rewired(struct ovs_plugin *, struct uuid *port_id);
bool ovs_plugin_has_rewired(const struct ovs_plugin *);

/* Whether other hosts, which are called by the names of ovs_plugin_host_set(),
 * answer.  Known of those that are watched, by BFD (RFC 5880) on a tunnel that
 * some network needs; both ends must watch each other. */
enum ovs_plugin_reach {
    REACH_UNWATCHED,
    REACH_UNKNOWN,              /* Has not been up so far: dead, maybe. */
    REACH_UP,
    REACH_DOWN,                 /* It was up. */
};

/* Watches 'hosts' and no others; 'interval' is that of BFD in ms, 3 of which
 * without a packet, and no answer to a question, mean that a host is down; 0:
 * watches none. */
void ovs_plugin_watch_hosts(struct ovs_plugin *, const struct sset *hosts,
                            int interval);
enum ovs_plugin_reach ovs_plugin_host_reach(const struct ovs_plugin *,
                                            const char *host);

/* Returns since when 'host' is REACH_DOWN, in time_msec(); 0 if it is not. */
long long int ovs_plugin_host_lost_at(const struct ovs_plugin *,
                                      const char *host);

/* True if the bridge of 'physnet' has interfaces of the host itself, and none
 * of them has a carrier. */
bool ovs_plugin_physnet_is_down(const struct ovs_plugin *,
                                const char *physnet);

/* True while the agent has an OpenFlow connection to the integration bridge
 * and has seen its flows: without a switch nothing is forwarded. */
bool ovs_plugin_is_connected(const struct ovs_plugin *);

/* How many batches of changes of flows the switch has not confirmed. */
uint64_t ovs_plugin_n_unacked(const struct ovs_plugin *);

/* Changes whenever an answer of the last three may have changed. */
uint64_t ovs_plugin_links_seqno(const struct ovs_plugin *);

/* VRRP packets with this TTL end in the agents of the hosts whose ports share
 * the sender's circle (struct ovs_plugin_port).  VRRP itself has 255. */
#define OVS_PLUGIN_CIRCLE_TTL 254
#define VRRP_PROTO 112          /* IP protocol (RFC 5798, section 5.1.1.4). */

/* Takes the sender of such a packet that has come.  Returns false if there is
 * none left. */
bool ovs_plugin_pop_circle_sender(struct ovs_plugin *, struct eth_addr *);
bool ovs_plugin_has_circle_sender(const struct ovs_plugin *);

/* Sends the Ethernet frame of 'len' bytes at 'frame' as if it came from what
 * is plugged for 'port_id' on this host.  Returns false if nothing is or the
 * switch is not there. */
bool ovs_plugin_send_from(struct ovs_plugin *, const struct uuid *port_id,
                          const void *frame, size_t len);

#endif /* ovs-plugin/ovs-plugin.h */
