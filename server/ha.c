/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Copies of routers.
 *
 * A router has one Router_Instance row for each host that carries it.  An HA
 * router has several, each with a port of its own on an HA network of its
 * project (ha-network.c), where the copies elect the active one by VRRP.
 * Interface and gateway ports are the same on every
 * copy: Port:hosts lists the hosts of all copies.
 *
 * Each copy of a router gets another VRRP priority, the first the highest, so
 * that copies which start or lose the active one together do not tie; VRRP's
 * ties are settled by address, but only after both have become active.  With
 * "nopreempt" a priority has no say once a copy is active.
 *
 * Invariant: Router_Instance:(router, host) is an index of the database. */

#include <config.h>
#include "server/ha.h"

#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/vlog.h"
#include "server/agents.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/ha-network.h"
#include "server/ipam-rows.h"
#include "server/mac.h"
#include "server/port-binding.h"
#include "server/rows.h"
#include "server/scheduler.h"
#include "sset.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ha);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

/* A copy that has lost the active one waits (256 - priority) / 256 of an
 * advertisement interval more than three of them (RFC 5798, section 6.1).
 * High priorities make that short, and a step of 30 sets the copies a tenth of
 * the interval apart: time enough for the first one's advertisement to reach
 * the second before it becomes active, too.  255 means something else. */
#define MAX_PRIORITY 250
#define PRIORITY_STEP 30

/* Sets '*KEY' up for L3HAREC_..._FOR_EACH_EQUAL of one router. */
static struct l3harec_router_instance *
instance_key(const struct backend *b, const struct l3harec_router *router)
{
    struct l3harec_router_instance *key
        = l3harec_router_instance_index_init_row(b->instance_by_router);

    l3harec_router_instance_index_set_router(key, router);
    return key;
}

/* Returns the ports of 'router' but its HA ports, '*n' of them.  The caller
 * frees.  (Writing to a row moves it in every index, so a loop over an index
 * must not write to what it visits.) */
static const struct l3harec_port **
get_router_ports(const struct backend *b, const struct l3harec_router *router,
                 size_t *n)
{
    struct l3harec_port *key = l3harec_port_index_init_row(b->port_by_router);
    const struct l3harec_port **ports = NULL;
    const struct l3harec_port *port;
    size_t allocated = 0;

    *n = 0;
    l3harec_port_index_set_router(key, router);
    L3HAREC_PORT_FOR_EACH_EQUAL (port, key, b->port_by_router) {
        if (strcmp(port->device_owner, L3HA_OWNER_HA_INTERFACE)) {
            if (*n >= allocated) {
                ports = x2nrealloc(ports, &allocated, sizeof *ports);
            }
            ports[(*n)++] = port;
        }
    }
    l3harec_port_index_destroy_row(key);
    return ports;
}

static const struct l3harec_router_instance *
find_instance(const struct backend *b, const struct l3harec_router *router,
              const char *host)
{
    struct l3harec_router_instance *key
        = l3harec_router_instance_index_init_row(b->instance_by_router_host);

    l3harec_router_instance_index_set_router(key, router);
    l3harec_router_instance_index_set_host(key, host);

    const struct l3harec_router_instance *instance
        = l3harec_router_instance_index_find(b->instance_by_router_host, key);
    l3harec_router_instance_index_destroy_row(key);
    return instance;
}

/* Copies. */

static struct api_error *
create_ha_port(struct backend *b, struct ovsdb_idl_txn *txn,
               const struct l3harec_router *router, const char *host,
               const struct l3harec_port **portp)
{
    const struct l3harec_network *network
        = router->vrrp_group->ha_network->network;
    char mac[MAC_STRLEN];
    struct api_error *error = mac_allocate(b, network, mac);
    if (error) {
        return error;
    }

    char *name = xasprintf("HA port tenant %s", router->project_id);
    char *device_id = xasprintf(UUID_FMT, UUID_ARGS(&router->header_.uuid));
    const struct l3harec_port *port
        = rows_port_insert(txn, network, name, "", L3HA_OWNER_HA_INTERFACE,
                           device_id, mac);

    l3harec_port_set_router(port, router);
    port_binding_set(b, port, host);
    free(name);
    free(device_id);

    *portp = port;
    return ipam_set_fixed_ips(b, txn, port, false, NULL, 0);
}

/* A priority that no copy of 'router' has: the highest one of the steps, when
 * all of those are taken the highest one at all. */
static int64_t
choose_priority(struct backend *b, const struct l3harec_router *router)
{
    unsigned long *used = bitmap_allocate(MAX_PRIORITY + 1);
    struct l3harec_router_instance *key = instance_key(b, router);
    const struct l3harec_router_instance *instance;
    int64_t priority = MAX_PRIORITY;

    L3HAREC_ROUTER_INSTANCE_FOR_EACH_EQUAL (instance, key,
                                            b->instance_by_router) {
        if (instance->priority >= 1 && instance->priority <= MAX_PRIORITY) {
            bitmap_set1(used, instance->priority);
        }
    }
    l3harec_router_instance_index_destroy_row(key);

    while (priority > PRIORITY_STEP && bitmap_is_set(used, priority)) {
        priority -= PRIORITY_STEP;
    }
    if (bitmap_is_set(used, priority)) {
        priority = MAX_PRIORITY;
        while (priority > 1 && bitmap_is_set(used, priority)) {
            priority--;
        }
    }
    bitmap_free(used);
    return priority;
}

/* Adds a copy of 'router' on 'host'; see ha.h. */
struct api_error *
ha_router_add_copy(struct backend *b, struct ovsdb_idl_txn *txn,
                   const struct l3harec_router *router, const char *host)
{
    const struct l3harec_port *ha_port = NULL;
    int64_t priority = choose_priority(b, router);

    if (router->ha) {
        struct api_error *error = ha_network_join(b, txn, router);
        if (!error) {
            error = create_ha_port(b, txn, router, host, &ha_port);
        }
        if (error) {
            return error;
        }
    }

    struct l3harec_router_instance *instance
        = l3harec_router_instance_insert(txn);
    l3harec_router_instance_set_router(instance, router);
    l3harec_router_instance_set_host(instance, host);
    l3harec_router_instance_set_priority(instance, priority);
    if (ha_port) {
        l3harec_router_instance_set_ha_port(instance, ha_port);
    }
    return NULL;
}

static void
delete_instance(const struct l3harec_router_instance *instance)
{
    const struct l3harec_port *ha_port = instance->ha_port;

    l3harec_router_instance_delete(instance);
    if (ha_port) {
        ipam_release(ha_port);
        l3harec_port_delete(ha_port);
    }
}

static size_t
count_copies_on(struct backend *b, const char *host)
{
    struct l3harec_router_instance *key
        = l3harec_router_instance_index_init_row(b->instance_by_host);
    const struct l3harec_router_instance *instance;
    size_t n = 0;

    l3harec_router_instance_index_set_host(key, host);
    L3HAREC_ROUTER_INSTANCE_FOR_EACH_EQUAL (instance, key,
                                            b->instance_by_host) {
        n += instance->router != NULL;
    }
    l3harec_router_instance_index_destroy_row(key);
    return n;
}

/* Returns the hosts with the L3 role, '*n' of them.  The caller frees. */
static struct scheduler_candidate *
get_candidates(struct backend *b, size_t *n)
{
    struct scheduler_candidate *candidates = NULL;
    const struct l3harec_agent *agent;
    size_t allocated = 0;

    *n = 0;
    L3HAREC_AGENT_FOR_EACH (agent, b->idl) {
        if (!agents_has_role(agent, AGENT_L3)) {
            continue;
        }
        if (*n >= allocated) {
            candidates = x2nrealloc(candidates, &allocated,
                                    sizeof *candidates);
        }
        candidates[(*n)++] = (struct scheduler_candidate) {
            .host = agent->host,
            .zone = agent->availability_zone,
            .load = count_copies_on(b, agent->host),
            .alive = agents_is_alive(b, agent),
            .admin_up = agents_is_admin_up(agent, AGENT_L3),
            .drained = agent->drained,
        };
    }
    return candidates;
}

/* Most copies that 'router' is to have. */
static size_t
max_copies(const struct backend *b, const struct l3harec_router *router)
{
    size_t max = l3ha_config_get_int(b->config, "DEFAULT",
                                     "max_l3_agents_per_router");

    return !router->ha ? 1 : max ? max : SIZE_MAX;
}

static struct api_error *
place_router(struct backend *b, const struct l3harec_router *router,
             struct svec *hosts)
{
    struct svec hints = SVEC_EMPTY_INITIALIZER;
    struct api_error *error = NULL;
    size_t n;
    struct scheduler_candidate *candidates = get_candidates(b, &n);

    for (size_t i = 0; i < router->n_availability_zone_hints; i++) {
        svec_add(&hints, router->availability_zone_hints[i]);
    }
    if (router->ha) {
        struct scheduler_limits limits = {
            .max = max_copies(b, router),
            .min = l3ha_config_get_int(b->config, "DEFAULT",
                                       "min_l3_agents_per_router"),
        };
        error = scheduler_place(candidates, n, &limits, &hints, hosts);
    } else {
        scheduler_choose(candidates, n, 1, &hints, hosts);
    }
    svec_destroy(&hints);
    free(candidates);
    return error;
}

/* Adds copies of 'router' on 'candidates' until it has enough. */
static struct api_error *
top_up_router(struct backend *b, struct ovsdb_idl_txn *txn,
              const struct l3harec_router *router,
              struct scheduler_candidate *candidates, size_t n)
{
    struct svec hints = SVEC_EMPTY_INITIALIZER;
    struct svec has = SVEC_EMPTY_INITIALIZER;
    struct svec gets = SVEC_EMPTY_INITIALIZER;
    struct api_error *error = NULL;
    size_t max = max_copies(b, router);

    ha_router_get_hosts(b, router, &has);
    if (has.n < max) {
        for (size_t i = 0; i < router->n_availability_zone_hints; i++) {
            svec_add(&hints, router->availability_zone_hints[i]);
        }
        for (size_t i = 0; i < n; i++) {
            candidates[i].excluded = svec_contains(&has, candidates[i].host);
        }
        scheduler_choose(candidates, n, max - has.n, &hints, &gets);
    }
    for (size_t i = 0; i < gets.n && !error; i++) {
        error = ha_router_add_copy(b, txn, router, gets.names[i]);
        if (!error) {
            VLOG_INFO("router "UUID_FMT": was short of copies, gets one on %s",
                      UUID_ARGS(&router->header_.uuid), gets.names[i]);
        }
        for (size_t j = 0; j < n; j++) {
            candidates[j].load += !strcmp(candidates[j].host, gets.names[i]);
        }
    }
    if (gets.n && !error) {
        ha_sync_router_ports(b, router);
    }
    svec_destroy(&hints);
    svec_destroy(&has);
    svec_destroy(&gets);
    return error;
}

/* Gives routers the copies that they lack; see ha.h. */
bool
ha_top_up(struct backend *b, struct ovsdb_idl_txn *txn,
          const struct sset *hosts, struct sset *refused)
{
    const struct l3harec_router *router;
    struct scheduler_candidate *candidates;
    size_t n, n_usable = 0;
    bool ok = true;

    if (sset_is_empty(hosts)
        || !l3ha_config_get_bool(b->config, "DEFAULT",
                                 "router_auto_schedule")) {
        return true;
    }
    candidates = get_candidates(b, &n);
    for (size_t i = 0; i < n; i++) {
        struct scheduler_candidate *c = &candidates[i];

        if (c->alive && c->admin_up && !c->drained
            && sset_contains(hosts, c->host)) {
            candidates[n_usable++] = *c;
        }
    }
    if (n_usable) {
        L3HAREC_ROUTER_FOR_EACH (router, b->idl) {
            char id[UUID_LEN + 1];
            struct api_error *error;

            snprintf(id, sizeof id, UUID_FMT,
                     UUID_ARGS(&router->header_.uuid));
            if (sset_contains(refused, id)) {
                continue;
            }
            error = top_up_router(b, txn, router, candidates, n_usable);
            if (error) {
                VLOG_WARN_RL(&rl, "router %s: cannot get another copy: %s",
                             id, error->message);
                api_error_destroy(error);
                sset_add(refused, id);
                ok = false;
            }
        }
    }
    free(candidates);
    return ok;
}

/* Makes the copies of a new router; see ha.h. */
struct api_error *
ha_router_create(struct backend *b, struct ovsdb_idl_txn *txn,
                 const struct l3harec_router *router)
{
    struct svec hosts = SVEC_EMPTY_INITIALIZER;
    struct api_error *error = place_router(b, router, &hosts);

    /* Even without a host the router gets its VRID: it must never change. */
    if (!error && router->ha) {
        error = ha_network_join(b, txn, router);
    }
    for (size_t i = 0; i < hosts.n && !error; i++) {
        error = ha_router_add_copy(b, txn, router, hosts.names[i]);
    }
    svec_destroy(&hosts);
    if (!error) {
        l3harec_router_set_status(router, "ACTIVE");
    }
    return error;
}

/* Deletes the copies of 'router'; see ha.h. */
void
ha_router_destroy(struct backend *b, struct ovsdb_idl_txn *txn OVS_UNUSED,
                  const struct l3harec_router *router)
{
    struct l3harec_router_instance *key = instance_key(b, router);
    const struct l3harec_router_instance *instance;

    /* Deleting moves cursors, so always take the first. */
    while ((instance = l3harec_router_instance_index_find(
                b->instance_by_router, key))) {
        delete_instance(instance);
    }
    l3harec_router_instance_index_destroy_row(key);
    ha_network_leave(b, router);
}

/* Changes 'router' between HA and not; see ha.h. */
struct api_error *
ha_router_set_ha(struct backend *b, struct ovsdb_idl_txn *txn,
                 const struct l3harec_router *router, bool ha)
{
    if (router->ha == ha) {
        return NULL;
    }
    ha_router_destroy(b, txn, router);
    l3harec_router_set_ha(router, ha);

    struct api_error *error = ha_router_create(b, txn, router);
    if (error) {
        return error;
    }

    size_t n;
    const struct l3harec_port **ports = get_router_ports(b, router, &n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(ports[i]->device_owner, L3HA_OWNER_ROUTER_GATEWAY)) {
            l3harec_port_set_device_owner(ports[i],
                                          ha_interface_owner(router));
        }
    }
    free(ports);
    ha_sync_router_ports(b, router);
    return NULL;
}

/* Adds a copy on the host of 'agent'; see ha.h. */
struct api_error *
ha_router_add_host(struct backend *b, struct ovsdb_idl_txn *txn,
                   const struct l3harec_router *router,
                   const struct l3harec_agent *agent)
{
    if (!agents_has_role(agent, AGENT_L3)
        || !agents_is_admin_up(agent, AGENT_L3)) {
        struct uuid id = agents_make_id(&agent->header_.uuid, AGENT_L3);

        return api_error_create(
            404, "InvalidL3Agent",
            "Agent "UUID_FMT" is not a L3 Agent or has been disabled",
            UUID_ARGS(&id));
    }
    if (find_instance(b, router, agent->host)) {
        return NULL;
    }
    if (!router->ha) {
        struct l3harec_router_instance *key = instance_key(b, router);
        const struct l3harec_router_instance *instance
            = l3harec_router_instance_index_find(b->instance_by_router, key);

        l3harec_router_instance_index_destroy_row(key);
        if (instance) {
            const struct l3harec_agent *other
                = agents_find_host(b, instance->host);
            struct uuid id = (other
                              ? agents_make_id(&other->header_.uuid, AGENT_L3)
                              : UUID_ZERO);

            return api_error_create(
                409, "RouterHostedByL3Agent",
                "The router "UUID_FMT" has been already hosted by the L3 "
                "Agent "UUID_FMT".",
                UUID_ARGS(&router->header_.uuid), UUID_ARGS(&id));
        }
    }

    struct api_error *error = ha_router_add_copy(b, txn, router, agent->host);
    if (!error) {
        ha_sync_router_ports(b, router);
    }
    return error;
}

/* Removes the copy on the host of 'agent'; see ha.h. */
struct api_error *
ha_router_remove_host(struct backend *b,
                      struct ovsdb_idl_txn *txn OVS_UNUSED,
                      const struct l3harec_router *router,
                      const struct l3harec_agent *agent)
{
    const struct l3harec_router_instance *instance
        = find_instance(b, router, agent->host);

    if (!instance) {
        struct uuid id = agents_make_id(&agent->header_.uuid, AGENT_L3);

        return api_error_create(
            409, "RouterNotHostedByL3Agent",
            "The router "UUID_FMT" is not hosted by L3 agent "UUID_FMT".",
            UUID_ARGS(&router->header_.uuid), UUID_ARGS(&id));
    }
    delete_instance(instance);
    ha_sync_router_ports(b, router);
    return NULL;
}

/* Ports that are the same on every copy. */

/* Returns the device owner of an interface of 'router'. */
const char *
ha_interface_owner(const struct l3harec_router *router)
{
    return (router->ha ? L3HA_OWNER_HA_REPLICATED
            : L3HA_OWNER_ROUTER_INTERFACE);
}

/* Stores the hosts of the copies of 'router' in 'hosts', sorted. */
void
ha_router_get_hosts(struct backend *b, const struct l3harec_router *router,
                    struct svec *hosts)
{
    struct l3harec_router_instance *key = instance_key(b, router);
    const struct l3harec_router_instance *instance;

    L3HAREC_ROUTER_INSTANCE_FOR_EACH_EQUAL (instance, key,
                                            b->instance_by_router) {
        svec_add(hosts, instance->host);
    }
    l3harec_router_instance_index_destroy_row(key);
    svec_sort(hosts);
}

static bool
host_is_alive(struct backend *b, const char *host)
{
    const struct l3harec_agent *agent = agents_find_host(b, host);

    return agent && agents_is_alive(b, agent);
}

/* Returns the active copy of 'router', or NULL; see ha.h. */
const struct l3harec_router_instance *
ha_router_get_active(struct backend *b, const struct l3harec_router *router)
{
    struct l3harec_router_instance *key = instance_key(b, router);
    const struct l3harec_router_instance *instance, *active = NULL;

    L3HAREC_ROUTER_INSTANCE_FOR_EACH_EQUAL (instance, key,
                                            b->instance_by_router) {
        if (instance->state && !strcmp(instance->state, "active")
            && (!active || instance->state_since > active->state_since)
            && host_is_alive(b, instance->host)) {
            active = instance;
        }
    }
    l3harec_router_instance_index_destroy_row(key);
    return active;
}

/* True if an agent on one of 'hosts' can carry the network of 'port'. */
static bool
any_host_can_carry(struct backend *b, const struct svec *hosts,
                   const struct l3harec_port *port)
{
    for (size_t i = 0; i < hosts->n; i++) {
        const struct l3harec_agent *agent
            = agents_find_host(b, hosts->names[i]);

        if (agent && port_binding_is_possible(b, agent, port->network)) {
            return true;
        }
    }
    return false;
}

/* Binds 'port' to 'hosts', with 'active' as the host that the API shows (""
 * if not known). */
static void
bind_router_port(struct backend *b, const struct l3harec_port *port,
                 const struct svec *hosts, const char *active)
{
    const char *host = active;
    const char *vif_type;

    if (!*host && svec_contains(hosts, port->host)) {
        /* Until another copy says that it is active, nothing has moved. */
        host = port->host;
    }
    vif_type = (!hosts->n ? "unbound"
                : any_host_can_carry(b, hosts, port) ? "ovs"
                /* Dead agents do not unbind a port. */
                : !strcmp(port->vif_type, "ovs") ? "ovs"
                : "binding_failed");

    if (strcmp(port->host, host)) {
        l3harec_port_set_host(port, host);
    }
    if (strcmp(port->vif_type, vif_type)) {
        l3harec_port_set_vif_type(port, vif_type);
    }

    bool same = port->n_hosts == hosts->n;
    for (size_t i = 0; i < port->n_hosts && same; i++) {
        same = svec_contains(hosts, port->hosts[i]);
    }
    if (!same) {
        l3harec_port_set_hosts(port, (const char **) hosts->names, hosts->n);
    }
}

static void
get_binding(struct backend *b, const struct l3harec_router *router,
            struct svec *hosts, const char **active)
{
    const struct l3harec_router_instance *instance
        = router->ha ? ha_router_get_active(b, router) : NULL;

    svec_init(hosts);
    ha_router_get_hosts(b, router, hosts);
    *active = (instance ? instance->host
               : !router->ha && hosts->n ? hosts->names[0]
               : "");
}

/* Binds a new port of 'router'; see ha.h. */
void
ha_bind_router_port(struct backend *b, const struct l3harec_router *router,
                    const struct l3harec_port *port)
{
    const char *active;
    struct svec hosts;

    get_binding(b, router, &hosts, &active);
    bind_router_port(b, port, &hosts, active);
    svec_destroy(&hosts);
}

/* Binds all ports of 'router' anew; see ha.h. */
void
ha_sync_router_ports(struct backend *b, const struct l3harec_router *router)
{
    const char *active;
    struct svec hosts;
    size_t n;
    const struct l3harec_port **ports = get_router_ports(b, router, &n);

    get_binding(b, router, &hosts, &active);
    for (size_t i = 0; i < n; i++) {
        bind_router_port(b, ports[i], &hosts, active);
    }
    free(ports);
    svec_destroy(&hosts);
}

/* Returns ha_state of 'instance' for the API; see ha.h. */
const char *
ha_instance_get_state(struct backend *b,
                      const struct l3harec_router_instance *instance)
{
    const struct l3harec_router *router = instance->router;
    const struct l3harec_agent *agent;

    if (!router->ha) {
        return NULL;
    } else if (!instance->state) {
        return "standby";       /* Has not reported yet. */
    } else if (!strcmp(instance->state, "unknown")) {
        return "unknown";
    } else if (strcmp(instance->state, "active")) {
        return "standby";
    }

    agent = agents_find_host(b, instance->host);
    if (agent && !agents_is_admin_up(agent, AGENT_L3)) {
        return "standby";
    } else if (agent && agents_is_alive(b, agent)) {
        return "active";
    }

    struct svec hosts = SVEC_EMPTY_INITIALIZER;
    const char *state = "unknown";
    ha_router_get_hosts(b, router, &hosts);
    for (size_t i = 0; i < hosts.n; i++) {
        if (host_is_alive(b, hosts.names[i])) {
            state = "standby";
        }
    }
    svec_destroy(&hosts);
    return state;
}
