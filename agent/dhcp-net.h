/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_DHCP_NET_H
#define L3HA_DHCP_NET_H 1

/* The DHCP server of one network on this host. */

#include <stdbool.h>

#include "agent/dhcp-config.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "sset.h"

struct child;
struct child_set;
struct ds;
struct metadata;
struct nl_sock;
struct ovs_plugin;

/* What all networks share. */
struct dhcp_env {
    struct ovs_plugin *plugin;
    struct child_set *children;
    struct nl_sock *nl;         /* In the host's own namespace. */
    struct dhcp_options options;
};

struct dhcp_net {
    struct hmap_node hmap_node; /* In the owner's map, by 'uuid'. */
    struct uuid uuid;           /* Of the network. */
    char name[UUID_LEN + 1];
    char netns[L3HA_NETNS_LEN];
    char *dir;                  /* Its files. */

    /* The owner's. */
    struct uuid instance;       /* Its row, all zeros: none. */
    struct ovs_list ports;
    bool undecided;             /* The database has not said all: do
                                 * nothing. */
    bool stale;                 /* 'config' is to be made again. */
    bool incomplete;            /* Made when rows were missing. */

    /* Desired. */
    struct dhcp_config *config; /* NULL: to be removed. */
    struct dhcp_files want;
    struct smap leases;         /* Address -> MAC. */

    /* Actual, as far as the kernel is not asked each time. */
    bool seen;                  /* Looked at since the agent started. */
    bool dirty;                 /* The device is to be compared with
                                 * 'config'. */
    bool removed;               /* Nothing is left. */
    char tap[L3HA_DEV_LEN];     /* Handed to the switch, "": none. */
    struct child *dnsmasq;
    struct dhcp_files have;     /* On disk; NULL: not known. */
    bool adopted;               /* An earlier agent's was looked for. */
    bool started;               /* dnsmasq listens. */
    bool reload;                /* dnsmasq is to read its files again. */
    bool tagged;                /* It has read hosts with tags. */
    long long int last_reload;  /* In time_msec(). */

    /* Leases that dnsmasq is to forget. */
    bool check_leases;          /* Look for them. */
    struct sset gone;           /* Addresses that are another port's. */
    struct ovs_list releases;   /* "struct dhcp_lease"s to be told of. */
    struct ovs_list released;   /* Told of, not confirmed. */
    struct child *release;      /* For the last of 'released', or NULL. */
    int n_tries;                /* How often dnsmasq was told of those. */
    long long int confirm_at;   /* Look at 'released' then. */

    int backoff;                /* After a failure, in ms. */
    long long int retry_at;     /* Do nothing before, in time_msec(). */
    long long int wake_at;      /* Call dhcp_net_run() then. */
    unsigned int n_lost;        /* How often dnsmasq died. */
};

struct dhcp_net *dhcp_net_create(const struct dhcp_env *, const struct uuid *);
void dhcp_net_destroy(struct dhcp_net *);
void dhcp_net_set_config(struct dhcp_net *, const struct dhcp_env *,
                         struct dhcp_config *);
long long int dhcp_net_config_at(const struct dhcp_net *,
                                 const struct dhcp_env *);

void dhcp_net_run(struct dhcp_net *, const struct dhcp_env *);
void dhcp_net_tell_metadata(const struct dhcp_net *, struct metadata *);
void dhcp_net_child_ended(struct dhcp_net *, const struct child *);
bool dhcp_net_is_settled(const struct dhcp_net *);
bool dhcp_net_is_ready(const struct dhcp_net *, const struct dhcp_env *);
void dhcp_net_format(const struct dhcp_net *, const struct dhcp_env *,
                     struct ds *);

#endif /* agent/dhcp-net.h */
