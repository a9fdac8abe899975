/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_PIPELINE_H
#define L3HA_PIPELINE_H 1

/* The OpenFlow pipeline of the integration bridge.
 *
 * This header is for ovs-plugin itself: the model that flows are made from,
 * and what the files of the stages (stage-*.c) share. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "byte-order.h"
#include "openvswitch/flow.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/types.h"
#include "flow.h"
#include "ovs-plugin/flow-table.h"
#include "ovs-plugin/meters.h"
#include "ovs-plugin/ovs-plugin.h"
#include "sset.h"
#include "util.h"
#include "uuid.h"

/* Tables: number, name in Flow_Table.name.  The numbers leave room. */
#define PIPELINE_TABLES                                     \
    TABLE(CLASSIFY, 0, "classify")                          \
    TABLE(TUNNEL_NETWORK, 5, "tunnel_network")              \
    TABLE(PORT_SECURITY, 10, "port_security")               \
    TABLE(ND_SECURITY, 11, "nd_security")                   \
    TABLE(EGRESS_FW, 20, "egress_fw")                       \
    TABLE(EGRESS_RULES, 21, "egress_rules")                 \
    TABLE(ARP_ND, 30, "arp_nd")                             \
    TABLE(ND_REPLY, 31, "nd_reply")                         \
    TABLE(LEARN, 40, "learn")                               \
    TABLE(LEARN_LOCK, 41, "learn_lock")                     \
    TABLE(LEARNED, 45, "learned")                           \
    TABLE(L2_LOOKUP, 50, "l2_lookup")                       \
    TABLE(L2_UNKNOWN, 51, "l2_unknown")                     \
    TABLE(FLOOD, 55, "flood")                               \
    TABLE(INGRESS_FW, 60, "ingress_fw")                     \
    TABLE(INGRESS_CT, 61, "ingress_ct")                     \
    TABLE(INGRESS_RULES, 62, "ingress_rules")               \
    TABLE(COMMIT, 65, "commit")                             \
    TABLE(OUTPUT, 70, "output")

enum pipeline_table {
#define TABLE(ENUM, NUMBER, NAME) TABLE_##ENUM = NUMBER,
    PIPELINE_TABLES
#undef TABLE
};

/* Registers. */
#define REG_ASIDE MFF_REG7      /* 1: of a router, not for other routers. */
#define REG_STATELESS MFF_REG8  /* 1: rules look at each packet by itself. */
#define REG_CT MFF_REG9         /* enum ct_progress. */
#define REG_ZONE MFF_REG10      /* Connection tracking zone. */
#define REG_POLICY MFF_REG11    /* Which rules apply, 0: none that allows. */
#define REG_TUNNEL_TYPE MFF_REG12 /* enum tunnel_type, tunnel_network only. */
#define REG_OUT_CLASS MFF_REG13 /* enum port_class of the output port. */
#define REG_IN_CLASS MFF_REG14  /* enum port_class of the input port. */
#define REG_OUT_PORT MFF_REG15  /* OpenFlow number of the output port. */

/* What connection tracking has done with a packet, in the zone of its
 * network. */
enum ct_progress {
    CT_NONE = 0,
    CT_TRACKED = 1,             /* ct_state is valid. */
    CT_COMMITTED = 2,           /* And its connection is known from now on. */
};

enum port_class {
    CLASS_NONE = 0,
    CLASS_LOCAL = 1,            /* VM or router on this host. */
    CLASS_TUNNEL = 2,           /* Another host. */
    CLASS_PROVIDER = 3,         /* Patch to a physical bridge. */
};

enum tunnel_type {
    TUNNEL_NONE = 0,
    TUNNEL_VXLAN = 1,
    TUNNEL_GRE = 2,
    TUNNEL_GENEVE = 3,
};

const char *tunnel_type_to_string(enum tunnel_type);
enum tunnel_type tunnel_type_from_string(const char *);

/* Priorities of flows in LEARN, LEARNED and LEARN_LOCK. */
#define LEARNED_PRIORITY 100
#define CONTESTED_PRIORITY 110  /* See learned.c. */

/* Network that has a port on this host. */
struct pnetwork {
    struct hmap_node hmap_node; /* In struct pipeline's 'networks'. */
    struct ovs_list dirty_node; /* In 'dirty_networks', or empty. */
    struct flow_owner owner;
    struct uuid uuid;
    bool wanted;                /* False: only ports refer to it. */

    uint32_t net_key;           /* OpenFlow metadata. */
    enum tunnel_type tunnel;    /* TUNNEL_NONE for a provider network. */
    bool has_vlan;              /* False: flat. */
    uint32_t segmentation_id;   /* Tunnel key or VLAN. */
    char *physnet;              /* Provider network: its name. */
    struct in6_addr *gateways;  /* Of subnets, IPv4 in IPv4-mapped form. */
    size_t n_gateways;
    uint16_t zone;              /* For connection tracking, 0: none yet. */

    struct ovs_list ports;      /* Contains "struct pport"s. */
};

/* Port that the database knows, here or elsewhere. */
struct pport {
    struct hmap_node hmap_node; /* In struct pipeline's 'ports'. */
    struct ovs_list net_node;   /* In struct pnetwork's 'ports'. */
    struct ovs_list dirty_node; /* In 'dirty_ports', or empty. */
    struct flow_owner owner;
    struct uuid uuid;

    struct pnetwork *network;
    struct eth_addr mac;
    bool up;                    /* Administrative state. */
    bool learned;               /* Its place is learned, not given. */
    bool here;                  /* To be plugged on this host. */
    struct sset hosts;          /* Other hosts that have it. */
    struct uuid circle;         /* See struct ovs_plugin_port. */

    struct ovs_plugin_address *addresses;
    size_t n_addresses;
    size_t n_own;               /* Addresses that only this port has. */
    struct ovs_plugin_qos qos;
    ofp_port_t metered_ofport;  /* Number that its meters are for, 0: none. */
    bool secure;                /* Port security and firewall. */
    struct fw_policy *policy;   /* Rules of the firewall, NULL: none. */
    struct ovs_list policy_node; /* In 'ports' of 'policy', or empty. */

    ofp_port_t wired_ofport;    /* Number that its flows are for, 0: none. */
    uint64_t seqno;             /* Flush that they are part of. */
    struct ovs_list wiring_node; /* In struct pipeline's 'rewired' or
                                  * 'unwired', or empty. */
};

/* Another host. */
struct phost {
    struct hmap_node hmap_node; /* In struct pipeline's 'hosts'. */
    char *name;
    char *tunnel_ip;            /* NULL if it has none. */
    struct sset types;          /* Tunnel types that it offers. */
};

struct pipeline;

/* What the stages read.  OpenFlow port numbers are 0 if there is none. */
ofp_port_t pipeline_port_ofport(const struct pipeline *, const struct pport *);
ofp_port_t pipeline_patch_ofport(const struct pipeline *,
                                 const struct pnetwork *);
ofp_port_t pipeline_tunnel_ofport(const struct pipeline *, const char *host,
                                  enum tunnel_type);
ofp_port_t pipeline_port_place(const struct pipeline *, const struct pport *,
                               enum port_class *);
bool pipeline_can_answer_nd(const struct pipeline *);
uint32_t pipeline_port_meter(const struct pport *, enum meter_direction);
size_t pipeline_port_macs(const struct pport *, struct eth_addr **);
bool pipeline_port_is_here(const struct pipeline *, const struct pport *);
void pipeline_network_hosts(const struct pnetwork *, struct sset *hosts);

/* Returns the length of the prefix in the form of its own IP version. */
static inline unsigned int
address_prefix_len(const struct ovs_plugin_address *address)
{
    return address->plen - (IN6_IS_ADDR_V4MAPPED(&address->ip) ? 96 : 0);
}

/* UDP ports of DHCP (RFC 2131, 8415). */
#define DHCP_CLIENT_PORT 68
#define DHCP_SERVER_PORT 67
#define DHCPV6_CLIENT_PORT 546
#define DHCPV6_SERVER_PORT 547

/* Bit of ct_mark: no rule allows the connection any more. */
#define CT_MARK_CUT 1

/* Connection tracking actions: track and go on with the rules; make the
 * connection known; cut it. */
#define CT_EGRESS "ct(table=21,zone=NXM_NX_REG10[0..15])"
#define CT_INGRESS "ct(table=62,zone=NXM_NX_REG10[0..15])"
#define CT_COMMIT \
    "ct(commit,zone=NXM_NX_REG10[0..15],exec(set_field:0/1->ct_mark))"
#define CT_CUT \
    "ct(commit,zone=NXM_NX_REG10[0..15],exec(set_field:1/1->ct_mark))"

/* A rule, and the number of the set that it refers to, 0 if to none. */
struct stage_rule {
    const struct ovs_plugin_rule *rule;
    uint32_t conj_id;
};

/* What the stages write: a flow at a time, built in 'match' and 'actions'. */
struct stage {
    const struct pipeline *pipeline;
    struct flow_table *flows;
    struct flow_owner *owner;
    ovs_be64 cookie;
    struct match match;
    struct ofpbuf actions;
};

void stage_init(struct stage *, const struct pipeline *, struct flow_table *,
                struct flow_owner *, const struct uuid *);
void stage_uninit(struct stage *);
void stage_flow(struct stage *, enum pipeline_table, uint16_t priority);

/* Actions. */
void put_load(struct ofpbuf *, enum mf_field_id, uint64_t value);
void put_load_mac(struct ofpbuf *, enum mf_field_id, const struct eth_addr);
void put_load_ip6(struct ofpbuf *, enum mf_field_id, const struct in6_addr *);
void put_move(struct ofpbuf *, enum mf_field_id from, enum mf_field_id to);
void put_goto(struct ofpbuf *, enum pipeline_table);
void put_resubmit(struct ofpbuf *, enum pipeline_table);
void put_output(struct ofpbuf *, ofp_port_t);
void put_output_reg(struct ofpbuf *, enum mf_field_id);
void put_meter(struct ofpbuf *, uint32_t id);
void put_metered_output_reg(struct ofpbuf *, uint32_t meter,
                            enum mf_field_id);
void put_push_vlan(struct ofpbuf *, uint16_t vid);
void put_parsed(struct ofpbuf *, const char *text);
void put_pop_vlan(struct ofpbuf *);
void put_policy(struct ofpbuf *, const struct pport *);
void put_controller(struct ofpbuf *, uint16_t max_len);

/* Stages.  Each has at most one function for each kind of object. */
void stage_classify_port(struct stage *, const struct pport *);
void stage_classify_network(struct stage *, const struct pnetwork *);
void stage_classify_global(struct stage *);
void stage_classify_tunnel(struct stage *, ofp_port_t, enum tunnel_type);
void stage_port_security_global(struct stage *);
void stage_port_security_port(struct stage *, const struct pport *);
void stage_egress_fw_global(struct stage *);
void stage_rules_global(struct stage *);
void stage_rules_policy(struct stage *, uint32_t policy,
                        const struct stage_rule *, size_t n);
void stage_rules_set(struct stage *, uint32_t number);
void stage_rules_address(struct stage *, const struct ovs_plugin_address *,
                         const uint32_t *sets, size_t n);
void stage_arp_nd_global(struct stage *);
void stage_arp_nd_network(struct stage *, const struct pnetwork *);
void stage_arp_nd_port(struct stage *, const struct pport *);
void stage_learn_global(struct stage *);
void stage_learn_network(struct stage *, const struct pnetwork *);
void stage_learn_port(struct stage *, const struct pport *);
void stage_l2_lookup_global(struct stage *);
void stage_l2_lookup_port(struct stage *, const struct pport *);
void stage_flood_network(struct stage *, const struct pnetwork *);
void stage_flood_port(struct stage *, const struct pport *);
void stage_ingress_fw_global(struct stage *);
void stage_ingress_fw_port(struct stage *, const struct pport *);
void stage_commit_global(struct stage *);
void stage_output_global(struct stage *);
void stage_output_port(struct stage *, const struct pport *);
void stage_output_network(struct stage *, const struct pnetwork *);

#endif /* ovs-plugin/pipeline.h */
