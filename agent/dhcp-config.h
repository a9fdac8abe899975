/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_DHCP_CONFIG_H
#define L3HA_DHCP_CONFIG_H 1

/* What the DHCP server of one network is to be: plain data. */

#include <stdbool.h>
#include <stddef.h>

#include "agent/nl-link.h"
#include "lib/l3ha-names.h"
#include "openvswitch/types.h"
#include "smap.h"
#include "svec.h"
#include "uuid.h"

struct l3ha_config;

/* What is the same for all networks of a host. */
struct dhcp_options {
    const char *confs_path;     /* Directory of the networks' directories. */
    const char *domain;         /* "" for none. */
    const struct svec *dns_servers; /* That dnsmasq asks. */
    const char *config_file;    /* The operator's for dnsmasq, or "". */
    const char *log_dir;        /* Where dnsmasq logs, or "". */
    bool local_resolv;          /* dnsmasq may ask the host's DNS servers. */
    bool broadcast;             /* Answer by broadcast. */
    bool isolated_metadata;     /* See add_metadata_route(). */
    bool force_metadata;
    int lease;                  /* Seconds, -1: for ever. */
    int lease_max;              /* Number of leases. */
    int renewal;                /* T1 and T2 in s, 0: dnsmasq's. */
    int rebinding;
    int reload_interval;        /* Least time between reloads, in ms. */
};

void dhcp_options_init(struct dhcp_options *, const struct l3ha_config *);

/* What DHCP has for hosts on a subnet. */
enum dhcp_mode {
    DHCP_NONE,                  /* Nothing. */
    DHCP_STATELESS,             /* Options (IPv6). */
    DHCP_STATEFUL,              /* Addresses and options. */
};

struct dhcp_subnet {
    struct uuid uuid;
    struct nl_addr_plen net;
    char *cidr;
    char *gateway;              /* NULL: none. */
    char *address;              /* Ours in it, NULL: none. */
    enum dhcp_mode mode;
    bool routed;                /* A router has the gateway address. */
    struct svec dns;            /* In the order of preference. */
    struct svec routes;         /* "DESTINATION NEXTHOP". */
    struct svec servers;        /* Addresses of all DHCP servers. */
};

/* An address of a port. */
struct dhcp_address {
    size_t subnet;              /* Index in dhcp_config's 'subnets'. */
    char *ip;
};

/* A port that is served. */
struct dhcp_host {
    struct uuid uuid;
    char *mac;
    struct dhcp_address *addrs;
    size_t n_addrs;
    struct smap *options;       /* "VERSION:NAME" -> value. */
};

struct dhcp_config {
    struct uuid network;

    /* Our own port. */
    struct uuid port;
    char dev[L3HA_DEV_LEN];     /* In the namespace. */
    char tap[L3HA_DEV_LEN];     /* Its peer, on the switch. */
    struct eth_addr mac;
    unsigned int mtu;
    bool metadata;              /* The namespace has the addresses of the
                                 * metadata service... */
    bool metadata6_elsewhere;   /* ...but not fe80::a9fe:a9fe, which another
                                 * server of the network has. */
    struct nl_addr_plen *addrs;
    size_t n_addrs;
    struct nl_static_route *routes; /* Their 'ifindex' is 0. */
    size_t n_routes;

    struct dhcp_subnet *subnets; /* Ascending by 'uuid'. */
    size_t n_subnets;
    struct dhcp_host *hosts;    /* Ascending by 'uuid'. */
    size_t n_hosts;
};

struct dhcp_config *dhcp_config_create(const struct uuid *network);
void dhcp_config_destroy(struct dhcp_config *);
void dhcp_config_set_port(struct dhcp_config *, const struct uuid *port,
                          struct eth_addr mac, unsigned int mtu);
struct dhcp_subnet *dhcp_config_add_subnet(struct dhcp_config *,
                                           const struct uuid *,
                                           const char *cidr);
struct dhcp_host *dhcp_config_add_host(struct dhcp_config *,
                                       const struct uuid *, const char *mac);
void dhcp_host_add_address(struct dhcp_host *, size_t subnet, const char *ip);
void dhcp_config_finish(struct dhcp_config *, const struct dhcp_options *);
void dhcp_config_get_leases(const struct dhcp_config *, struct smap *);
bool dhcp_subnet_is_ip4(const struct dhcp_subnet *);

/* The texts of dnsmasq's files. */
struct dhcp_files {
    char *conf;                 /* Options that it reads only at its start. */
    char *host;                 /* Who gets which address. */
    char *opts;                 /* DHCP options. */
    char *addn_hosts;           /* Names for DNS. */
};

void dhcp_files_make(struct dhcp_files *, const struct dhcp_config *,
                     const struct dhcp_options *);
void dhcp_files_destroy(struct dhcp_files *);

#endif /* agent/dhcp-config.h */
