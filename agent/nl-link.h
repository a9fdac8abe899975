/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_NL_LINK_H
#define L3HA_NL_LINK_H 1

/* Devices, addresses and routes, by rtnetlink.
 *
 * Functions return 0 or a positive errno value.  A socket acts on the network
 * namespace in which it was opened, wherever its user is later. */

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct nl_sock;

/* An address with its prefix; IPv4 is IPv4-mapped with the IPv4 prefix
 * length. */
struct nl_addr_plen {
    struct in6_addr ip;
    uint8_t plen;
};

/* A device as the kernel has it. */
struct nl_link {
    char name[IFNAMSIZ];
    int ifindex;
    struct eth_addr mac;
    unsigned int mtu;
    bool up;
    struct nl_addr_plen *addrs;
    size_t n_addrs;
};

struct nl_links {
    struct nl_link *links;
    size_t n;
};

/* A unicast route of protocol "static" in the main table. */
struct nl_static_route {
    struct nl_addr_plen dst;
    struct in6_addr via;        /* All zeros: on link. */
    int ifindex;                /* 0: by 'via'. */
};

/* How long to wait before a socket is asked for again that the host could not
 * give, in ms. */
#define NL_LINK_RETRY 500

int nl_link_open(int netns_fd, struct nl_sock **);
void nl_link_close(struct nl_sock *);

int nl_link_dump(struct nl_sock *, struct nl_links *);
void nl_links_destroy(struct nl_links *);
struct nl_link *nl_links_find(const struct nl_links *, const char *name);

int nl_link_add_veth(struct nl_sock *, const char *name, const char *peer,
                     int peer_netns, struct eth_addr peer_mac,
                     unsigned int mtu);
int nl_link_delete(struct nl_sock *, const char *name);
int nl_link_set_up(struct nl_sock *, const char *name, bool noarp);
int nl_link_set_mtu(struct nl_sock *, const char *name, unsigned int mtu);
int nl_link_offload_off(const char *name);

int nl_addr_add(struct nl_sock *, int ifindex, const struct nl_addr_plen *);
int nl_addr_del(struct nl_sock *, int ifindex, const struct nl_addr_plen *);

int nl_route_dump_static(struct nl_sock *, struct nl_static_route **,
                         size_t *n);
int nl_route_add(struct nl_sock *, const struct nl_static_route *);
int nl_route_del(struct nl_sock *, const struct nl_static_route *);
int nl_route_forget_ra(struct nl_sock *);

#endif /* agent/nl-link.h */
