/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_VRRP_ADVERT_H
#define L3HA_VRRP_ADVERT_H 1

/* VRRP advertisements that the agent sends itself. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct keepalived_options;
struct ovs_plugin;
struct router_config;
struct sibling;

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
void vrrp_advert_yield(struct ovs_plugin *, const struct router_config *,
                       const struct keepalived_options *);
bool vrrp_advert_take_over(int frames, const struct router_config *,
                           const struct keepalived_options *,
                           const struct sibling *dead);
bool vrrp_advert_hand_over(struct ovs_plugin *, const struct router_config *,
                           const struct keepalived_options *,
                           const struct sibling *successor);

#endif /* agent/vrrp-advert.h */
