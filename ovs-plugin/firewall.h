/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_FIREWALL_H
#define L3HA_FIREWALL_H 1

/* Groups of rules, sets of addresses, and the flows they come to. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "ovs-plugin/flow-table.h"
#include "ovs-plugin/ovs-plugin.h"
#include "uuid.h"

struct ds;
struct firewall;
struct pipeline;

/* A number that is known in flows, see firewall.c. */
struct fw_id {
    struct hmap_node hmap_node; /* In struct firewall's 'ids'. */
    uint32_t number;
};

/* The groups that some port has: what REG_POLICY stands for. */
struct fw_policy {
    struct hmap_node hmap_node; /* In struct firewall's 'policies'. */
    struct ovs_list dirty_node; /* In 'dirty_policies', or empty. */
    struct flow_owner owner;
    struct fw_id id;
    unsigned int n_ports;       /* How many ports have it. */
    struct ovs_list ports;      /* Those, for the user: struct pport. */
    struct ovs_list turned_node; /* In 'turned', or empty. */

    struct uuid *groups;        /* Sorted. */
    size_t n_groups;
    bool stateless;             /* None of the groups is stateful. */

    struct fw_set **sets;       /* Sets that rules refer to, once for each */
    size_t n_sets;              /* reference. */
};

struct firewall *firewall_create(struct flow_table *);
void firewall_destroy(struct firewall *);

/* Input, as in ovs-plugin.h. */
void firewall_set_group(struct firewall *, const struct uuid *,
                        const struct ovs_plugin_group *);
void firewall_set_member(struct firewall *, const struct uuid *,
                         const struct ovs_plugin_member *);

/* Policies of ports. */
struct fw_policy *firewall_policy_get(struct firewall *,
                                      const struct uuid *groups, size_t n);
void firewall_policy_put(struct firewall *, struct fw_policy *);

void firewall_run(struct firewall *, const struct pipeline *);
struct fw_policy *firewall_pop_turned(struct firewall *);
bool firewall_is_dirty(const struct firewall *);
void firewall_format(const struct firewall *, struct ds *);

#endif /* ovs-plugin/firewall.h */
