/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_ROUTER_H
#define L3HA_ROUTER_H 1

/* One copy of a router on this host. */

#include <stdbool.h>
#include <stdint.h>

#include "agent/announce.h"
#include "agent/conntrackd.h"
#include "agent/failover.h"
#include "agent/keepalived.h"
#include "agent/radvd.h"
#include "agent/router-config.h"
#include "lib/l3ha-names.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "sset.h"
#include "uuid.h"

struct child;
struct child_set;
struct ds;
struct l3ha_metrics;
struct metadata;
struct nl_sock;
struct ovs_plugin;
struct ruleset;

/* What all copies share. */
struct router_env {
    struct ovs_plugin *plugin;
    struct child_set *children;
    struct l3ha_metrics *metrics;
    struct nl_sock *nl;         /* In the host's own namespace. */
    size_t n_copies;            /* Number of copies on this host. */
    char *confs_path;           /* Directory of the routers' directories. */
    struct keepalived_options keepalived;
    struct conntrackd_options conntrackd;
    struct radvd_options radvd;
    char *notify_fifo;
};

struct router {
    struct hmap_node hmap_node; /* In the owner's map, by 'uuid'. */
    struct uuid uuid;
    char name[UUID_LEN + 1];
    char netns[L3HA_NETNS_LEN];
    char *dir;                  /* Files of this copy. */

    /* Desired. */
    struct router_config *config; /* NULL: to be removed. */
    bool undecided;             /* The database has not said all: do
                                 * nothing. */
    struct ovs_list deps;       /* The owner's. */

    /* Actual, as far as the kernel is not asked each time. */
    bool seen;                  /* Looked at since the agent started. */
    bool dirty;                 /* Devices are to be compared with
                                 * 'config'. */
    bool removed;               /* Nothing is left. */
    struct sset taps;           /* Ports handed to the switch. */
    struct ruleset *ruleset;
    char *conf;                 /* keepalived.conf on disk. */
    struct conntrackd *conntrackd;
    struct radvd *radvd;
    struct child *keepalived;
    bool vrrp_ready;            /* keepalived has read 'conf' and runs. */
    bool reload;                /* keepalived is to read 'conf' again. */
    long long int last_reload;
    long long int reload_since; /* Since when 'reload' is set. */
    bool unannounced;           /* New addresses that are ours, on ports
                                 * that nobody may hear yet. */
    struct announce announce;
    int resolve_ms;             /* How often the kernel asks for neighbors,
                                 * 0 if that is not known. */
    long long int calm_at;      /* When that of an active copy is normal. */
    struct router_failover failover; /* The failover module's. */
    int standing;               /* In the file, INT_MIN if not known. */
    enum vrrp_state state;
    long long int state_since;  /* In time_wall_msec(). */
    enum failover_cause state_cause; /* Why it is in that state... */
    long long int state_ms;     /* ...and how long it took to get there, -1
                                 * if that is not known. */

    int backoff;                /* After a failure, in ms. */
    long long int retry_at;     /* Do nothing before, in time_msec(). */
    long long int wake_at;      /* Call router_run() then. */
    unsigned int n_children_lost; /* How often keepalived died. */
};

struct router *router_create(const struct router_env *, const struct uuid *);
void router_destroy(struct router *);
void router_set_config(struct router *, struct router_config *);

void router_run(struct router *, const struct router_env *);
void router_tell_metadata(const struct router *, struct metadata *);
bool router_is_realised(const struct router *);
bool router_tell_standing(struct router *);
bool router_is_settled(const struct router *, const struct router_env *);
void router_child_ended(struct router *, const struct router_env *,
                        struct child *);
void router_set_state(struct router *, const struct router_env *,
                      enum vrrp_state);
void router_vrrp_event(struct router *, const struct router_env *,
                       enum vrrp_state);

void router_format(const struct router *, const struct router_env *,
                   struct ds *);

#endif /* agent/router.h */
