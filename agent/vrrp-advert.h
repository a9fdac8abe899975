/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_VRRP_ADVERT_H
#define L3HA_VRRP_ADVERT_H 1

/* VRRP advertisements that the agent sends itself. */

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct keepalived_options;
struct router_config;

/* Longest advertisement: header, one address, authentication. */
#define VRRP_ADVERT_MAX 20

/* What an advertisement says. */
struct vrrp_advert {
    int version;                /* 2 or 3. */
    uint8_t vrid;
    uint8_t priority;
    double interval;            /* Between two of them, in seconds. */
    ovs_be32 src;               /* The sender's address. */
    ovs_be32 vip;               /* The one virtual address. */
    const char *password;       /* Version 2: "" for none. */
};

size_t vrrp_advert_compose(const struct vrrp_advert *,
                           uint8_t buf[VRRP_ADVERT_MAX]);
int vrrp_advert_yield(const char *netns, const struct router_config *,
                      const struct keepalived_options *);

#endif /* agent/vrrp-advert.h */
