/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* What one server does for all.
 *
 * Any number of servers answer requests; what must follow from events rather
 * than from requests is done by the one that holds the lock
 * "ovs_l3ha_server":
 *
 * - the row of table Global exists, and tells which hosts are dead;
 * - host and hosts of the ports of a router follow its copies and the one
 *   that is active;
 * - ports that could not be bound are tried again when the agent of their
 *   host changes;
 * - routers short of copies get them on hosts that come (back) to life, are
 *   undrained or set up again;
 * - networks have their DHCP servers, see dhcp.c.
 *
 * Work is found by change tracking and put into sets, 'routers', 'networks'
 * and 'hosts'; each is worked off in one transaction.  A transaction that
 * fails puts its work back.  Whoever takes the lock looks at everything once,
 * as nobody may have for a while.
 *
 * The lock belongs to a session of its own without any table.  It is not
 * verified in the transactions, so for a moment two servers may do the same
 * work; all of it is idempotent and guarded by indexes.
 *
 * Owns: that session and the transaction in progress. */

#include <config.h>
#include "server/duties.h"

#include <inttypes.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "server/agents.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/dhcp.h"
#include "server/ha.h"
#include "server/port-binding.h"
#include "smap.h"
#include "sset.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(duties);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

#define LOCK_NAME "ovs_l3ha_server"

/* After a transaction failed, wait this long before the next, in ms. */
#define RETRY_INTERVAL 200

struct duties {
    struct backend *b;
    struct ovsdb_idl *lock_idl; /* NULL until duties_set_remote(). */
    bool had_lock;
    char *dead;                 /* Hosts whose agents are dead, in order, with
                                 * commas between them. */

    /* What there is to do. */
    struct sset routers;        /* UUIDs of those whose ports may have to be
                                 * bound anew. */
    struct sset networks;       /* UUIDs of those whose DHCP may have to be
                                 * changed. */
    struct sset hosts;          /* Whose agents changed. */
    struct sset refused;        /* UUIDs of routers that cannot get copies
                                 * until another agent changes. */

    /* The transaction in progress, or NULL, and the work it is for. */
    struct ovsdb_idl_txn *txn;
    struct sset txn_routers;
    struct sset txn_networks;
    struct sset txn_hosts;
    long long int backoff_until;
};

/* Returns the duties of 'b'. */
struct duties *
duties_create(struct backend *b)
{
    struct duties *d = xzalloc(sizeof *d);

    d->b = b;
    d->dead = xstrdup("");
    sset_init(&d->routers);
    sset_init(&d->networks);
    sset_init(&d->hosts);
    sset_init(&d->refused);
    sset_init(&d->txn_routers);
    sset_init(&d->txn_networks);
    sset_init(&d->txn_hosts);
    return d;
}

/* Frees 'd', which may be NULL. */
void
duties_destroy(struct duties *d)
{
    if (d) {
        if (d->txn) {
            ovsdb_idl_txn_destroy(d->txn);
        }
        ovsdb_idl_destroy(d->lock_idl);
        free(d->dead);
        sset_destroy(&d->routers);
        sset_destroy(&d->networks);
        sset_destroy(&d->hosts);
        sset_destroy(&d->refused);
        sset_destroy(&d->txn_routers);
        sset_destroy(&d->txn_networks);
        sset_destroy(&d->txn_hosts);
        free(d);
    }
}

/* Opens the session for the lock. */
void
duties_set_remote(struct duties *d, const char *remote)
{
    if (!d->lock_idl) {
        d->lock_idl = ovsdb_idl_create_unconnected(&l3harec_idl_class, false);
        ovsdb_idl_set_lock(d->lock_idl, LOCK_NAME);
    }
    ovsdb_idl_set_remote(d->lock_idl, remote, true);
}

static void
note(struct sset *ids, const struct uuid *row)
{
    char id[UUID_LEN + 1];

    snprintf(id, sizeof id, UUID_FMT, UUID_ARGS(row));
    sset_add(ids, id);
}

static void
note_router(struct duties *d, const struct l3harec_router *router)
{
    if (router) {
        note(&d->routers, &router->header_.uuid);
    }
}

static void
note_network(struct duties *d, const struct l3harec_network *network)
{
    if (network) {
        note(&d->networks, &network->header_.uuid);
    }
}

/* Returns the UUID that note() was given. */
static struct uuid
noted(const char *id)
{
    struct uuid uuid;

    if (!uuid_from_string(&uuid, id)) {
        OVS_NOT_REACHED();
    }
    return uuid;
}

static void
note_routers_of_host(struct duties *d, const char *host)
{
    struct l3harec_router_instance *key
        = l3harec_router_instance_index_init_row(d->b->instance_by_host);
    const struct l3harec_router_instance *instance;

    l3harec_router_instance_index_set_host(key, host);
    L3HAREC_ROUTER_INSTANCE_FOR_EACH_EQUAL (instance, key,
                                            d->b->instance_by_host) {
        note_router(d, instance->router);
    }
    l3harec_router_instance_index_destroy_row(key);
}

/* Notes what follows from the changes of this round. */
static void
note_changes(struct duties *d)
{
    const struct l3harec_router_instance *instance;
    const struct l3harec_dhcp_instance *dhcp;
    const struct l3harec_subnet *subnet;
    const struct l3harec_port *port;

    /* A copy that was removed had its ports brought up to date by whoever
     * removed it. */
    L3HAREC_ROUTER_INSTANCE_FOR_EACH_TRACKED (instance, d->b->idl) {
        if (!l3harec_router_instance_is_deleted(instance)) {
            note_router(d, instance->router);
        }
    }
    L3HAREC_PORT_FOR_EACH_TRACKED (port, d->b->idl) {
        if (!l3harec_port_is_deleted(port)
            && (l3harec_port_is_new(port)
                || l3harec_port_is_updated(port, L3HAREC_PORT_COL_ROUTER))) {
            note_router(d, port->router);
        }
    }

    /* Who takes an instance away does not want another one at once. */
    L3HAREC_DHCP_INSTANCE_FOR_EACH_TRACKED (dhcp, d->b->idl) {
        if (!l3harec_dhcp_instance_is_deleted(dhcp)) {
            note_network(d, dhcp->network);
        }
    }
    L3HAREC_SUBNET_FOR_EACH_TRACKED (subnet, d->b->idl) {
        if (!l3harec_subnet_is_deleted(subnet)
            && (l3harec_subnet_is_new(subnet)
                || l3harec_subnet_is_updated(
                    subnet, L3HAREC_SUBNET_COL_ENABLE_DHCP))) {
            note_network(d, subnet->network);
        }
    }
}

static void
note_everything(struct duties *d)
{
    const struct l3harec_network *network;
    const struct l3harec_router *router;
    const struct l3harec_agent *agent;

    L3HAREC_ROUTER_FOR_EACH (router, d->b->idl) {
        note_router(d, router);
    }
    L3HAREC_NETWORK_FOR_EACH (network, d->b->idl) {
        note_network(d, network);
    }
    L3HAREC_AGENT_FOR_EACH (agent, d->b->idl) {
        sset_add(&d->hosts, agent->host);
    }
}

/* Tries again to bind the ports of 'host' that could not be bound. */
static void
rebind_host(struct duties *d, const char *host)
{
    struct l3harec_port *key = l3harec_port_index_init_row(
        d->b->port_by_host);
    const struct l3harec_port **ports = NULL;
    const struct l3harec_port *port;
    size_t n = 0, allocated = 0;

    l3harec_port_index_set_host(key, host);
    L3HAREC_PORT_FOR_EACH_EQUAL (port, key, d->b->port_by_host) {
        bool replicated
            = port->router && strcmp(port->device_owner,
                                     L3HA_OWNER_HA_INTERFACE);

        if (!strcmp(port->vif_type, "binding_failed") && !replicated) {
            if (n >= allocated) {
                ports = x2nrealloc(ports, &allocated, sizeof *ports);
            }
            ports[n++] = port;
        }
    }
    l3harec_port_index_destroy_row(key);
    for (size_t i = 0; i < n; i++) {
        port_binding_set(d->b, ports[i], host);
    }
    free(ports);
}

static void
do_host(struct duties *d, struct ovsdb_idl_txn *txn, const char *host)
{
    const struct l3harec_agent *agent = agents_find_host(d->b, host);

    dhcp_sync_host(d->b, txn, host);
    if (agent && agents_is_alive(d->b, agent)) {
        rebind_host(d, host);
    }
}

/* Keys of Global:options by which ovs-l3ha-ctl knows who is alive, and
 * agents. */
#define DOWN_TIME_KEY "agent_down_time"
#define DEAD_HOSTS_KEY "dead_hosts"

/* Finds out again who is dead. */
static void
find_dead(struct duties *d)
{
    struct svec hosts = SVEC_EMPTY_INITIALIZER;
    const struct l3harec_agent *agent;

    L3HAREC_AGENT_FOR_EACH (agent, d->b->idl) {
        if (!agents_is_alive(d->b, agent)) {
            svec_add(&hosts, agent->host);
        }
    }
    svec_sort(&hosts);
    free(d->dead);
    d->dead = svec_join(&hosts, ",", "");
    svec_destroy(&hosts);
}

/* Returns true if the Global row exists and says what is configured, and who
 * is dead. */
static bool
global_is_current(const struct duties *d)
{
    const struct l3harec_global *global = l3harec_global_first(d->b->idl);

    return (global
            && smap_get_int(&global->options, DOWN_TIME_KEY, 0)
               == l3ha_config_get_int(d->b->config, "DEFAULT",
                                      "agent_down_time")
            && !strcmp(smap_get_def(&global->options, DEAD_HOSTS_KEY, ""),
                       d->dead));
}

static void
sync_global(struct duties *d, struct ovsdb_idl_txn *txn)
{
    const struct l3harec_global *global = l3harec_global_first(d->b->idl);
    struct smap options;

    if (global) {
        l3harec_global_verify_options(global);
        smap_clone(&options, &global->options);
    } else {
        global = l3harec_global_insert(txn);
        smap_init(&options);
    }
    smap_replace_nocopy(&options, DOWN_TIME_KEY,
                        xasprintf("%"PRId64,
                                  l3ha_config_get_int(d->b->config, "DEFAULT",
                                                      "agent_down_time")));
    if (d->dead[0]) {
        smap_replace(&options, DEAD_HOSTS_KEY, d->dead);
    } else {
        smap_remove(&options, DEAD_HOSTS_KEY);
    }
    l3harec_global_set_options(global, &options);
    smap_destroy(&options);
}

static bool
has_work(const struct duties *d)
{
    return (!sset_is_empty(&d->routers) || !sset_is_empty(&d->networks)
            || !sset_is_empty(&d->hosts)
            || !global_is_current(d));
}

/* Writes everything that is to be done into a transaction and stores it in
 * 'd->txn'. */
static void
start_txn(struct duties *d)
{
    struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(d->b->idl);
    const char *id;
    const char *host;

    ovsdb_idl_txn_add_comment(txn, "ovs-l3ha-server: duties");
    if (!global_is_current(d)) {
        sync_global(d, txn);
    }
    SSET_FOR_EACH (host, &d->hosts) {
        do_host(d, txn, host);
    }
    if (!ha_top_up(d->b, txn, &d->hosts, &d->refused)) {
        /* Half done in 'txn'.  Without those that were refused it will be
         * done. */
        ovsdb_idl_txn_destroy(txn);
        d->backoff_until = time_msec() + RETRY_INTERVAL;
        return;
    }
    SSET_FOR_EACH (id, &d->routers) {
        struct uuid uuid = noted(id);
        const struct l3harec_router *router
            = l3harec_router_get_for_uuid(d->b->idl, &uuid);

        if (router) {
            ha_sync_router_ports(d->b, router);
        }
    }
    SSET_FOR_EACH (id, &d->networks) {
        struct uuid uuid = noted(id);
        const struct l3harec_network *network
            = l3harec_network_get_for_uuid(d->b->idl, &uuid);

        if (network) {
            dhcp_sync_network(d->b, txn, network);
        }
    }

    sset_swap(&d->routers, &d->txn_routers);
    sset_swap(&d->networks, &d->txn_networks);
    sset_swap(&d->hosts, &d->txn_hosts);
    d->txn = txn;
}

/* Follows the transaction in progress; puts its work back if it failed. */
static void
run_txn(struct duties *d)
{
    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(d->txn);
    const char *id;
    const char *host;

    if (status == TXN_INCOMPLETE) {
        return;
    }
    if (status != TXN_SUCCESS && status != TXN_UNCHANGED) {
        if (status != TXN_TRY_AGAIN) {
            VLOG_WARN_RL(&rl, "transaction failed (%s): %s",
                         ovsdb_idl_txn_status_to_string(status),
                         ovsdb_idl_txn_get_error(d->txn));
        }
        SSET_FOR_EACH (id, &d->txn_routers) {
            sset_add(&d->routers, id);
        }
        SSET_FOR_EACH (id, &d->txn_networks) {
            sset_add(&d->networks, id);
        }
        SSET_FOR_EACH (host, &d->txn_hosts) {
            sset_add(&d->hosts, host);
        }
        d->backoff_until = time_msec() + RETRY_INTERVAL;
    }
    sset_clear(&d->txn_routers);
    sset_clear(&d->txn_networks);
    sset_clear(&d->txn_hosts);
    ovsdb_idl_txn_destroy(d->txn);
    d->txn = NULL;
}

/* Does the duties if this server has the lock; see duties.h. */
void
duties_run(struct duties *d, bool may_write)
{
    struct sset changed = SSET_INITIALIZER(&changed);
    const char *host;
    bool has_lock;

    if (!d->lock_idl) {
        return;
    }
    if (d->txn) {
        run_txn(d);
    }

    ovsdb_idl_run(d->lock_idl);
    has_lock = (ovsdb_idl_has_lock(d->lock_idl)
                && ovsdb_idl_has_ever_connected(d->b->idl));
    if (has_lock != d->had_lock) {
        VLOG_INFO("this server %s the duties of all",
                  has_lock ? "takes" : "no longer has");
    }

    agents_take_changed(d->b->agents, &changed);
    if (has_lock && (!d->had_lock || !sset_is_empty(&changed))) {
        sset_clear(&d->refused);
        find_dead(d);
    }
    if (!has_lock) {
        sset_clear(&d->routers);
        sset_clear(&d->networks);
        sset_clear(&d->hosts);
    } else if (!d->had_lock) {
        note_everything(d);
    } else {
        note_changes(d);
        SSET_FOR_EACH (host, &changed) {
            sset_add(&d->hosts, host);
            note_routers_of_host(d, host);
        }
    }
    sset_destroy(&changed);
    d->had_lock = has_lock;

    if (has_lock && may_write && !d->txn && has_work(d)
        && ovsdb_idl_is_connected(d->b->idl)
        && time_msec() >= d->backoff_until) {
        start_txn(d);
        if (d->txn) {
            run_txn(d);
        }
    }
}

/* Arranges to wake up when duties_run() has something to do. */
void
duties_wait(struct duties *d)
{
    if (!d->lock_idl) {
        return;
    }
    ovsdb_idl_wait(d->lock_idl);
    if (d->txn) {
        ovsdb_idl_txn_wait(d->txn);
    } else if (d->had_lock && has_work(d)) {
        /* If the caller did not let us write, it wakes up by itself. */
        poll_timer_wait_until(MAX(d->backoff_until,
                                  time_msec() + RETRY_INTERVAL));
    }
}

/* True while a transaction is in progress. */
bool
duties_is_writing(const struct duties *d)
{
    return d->txn != NULL;
}

bool
duties_are_ours(const struct duties *d)
{
    return d->had_lock;
}
