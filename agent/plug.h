/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_PLUG_H
#define L3HA_PLUG_H 1

/* Devices of a namespace that are plugged into the switch.
 *
 * Functions that return a string return NULL or a message that the caller must
 * free. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/types.h"

struct nl_addr_plen;
struct nl_link;
struct nl_sock;
struct nl_static_route;

/* What a device is to be. */
struct plug {
    const char *dev;            /* Name in the namespace. */
    const char *tap;            /* Its peer, in the host's namespace. */
    struct eth_addr mac;
    unsigned int mtu;
};

/* Where it is to be. */
struct plug_place {
    struct nl_sock *host_nl;    /* In the host's own namespace. */
    struct nl_sock *nl;         /* In the namespace... */
    int netns_fd;               /* ...which is this one. */
};

int plug_open_netns(const char *name, bool seen, bool *is_new,
                    void (*set_sysctls)(const void *aux), const void *aux);
char *plug_apply(const struct plug *, const struct plug_place *,
                 const struct nl_link *link, bool check);
char *plug_apply_addrs(struct nl_sock *, const struct nl_link *,
                       const struct nl_addr_plen *addrs, size_t n,
                       const struct nl_addr_plen *keep, bool *added);
char *plug_apply_routes(struct nl_sock *, const char *owner,
                        const struct nl_static_route *want, size_t n);
char *plug_error(const char *dev, const char *what, int error);

#endif /* agent/plug.h */
