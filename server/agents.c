/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Agents: liveness, and the view that the API gives.
 *
 * An agent is alive if its heartbeat changed within agent_down_time seconds
 * of this server's monotonic clock, so that a wrong clock on a node does not
 * matter.  Only for a row that this server has just met, the age of the stamp
 * by the wall clock decides.  While the database cannot be reached nobody can
 * be heard, and nobody is declared dead.
 *
 * Owns: one struct agent_info for each Agent row, kept by change tracking.
 * agents_run() must see every tracked change, that is, run once between
 * ovsdb_idl_run() and ovsdb_idl_track_clear(). */

#include <config.h>
#include "server/agents.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/hmap.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "server/backend.h"
#include "server/rows.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(agents);

/* How the role of a host looks in the API. */
struct role_class {
    const char *name;           /* In Agent:roles. */
    const char *agent_type;
    const char *binary;
    const char *topic;
    bool has_zone;
};

static const struct role_class role_classes[AGENT_N_ROLES] = {
    [AGENT_L2] = { "l2", "Open vSwitch agent", "neutron-openvswitch-agent",
                   "N/A", false },
    [AGENT_L3] = { "l3", "L3 agent", "neutron-l3-agent", "l3_agent", true },
    [AGENT_DHCP] = { "dhcp", "DHCP agent", "neutron-dhcp-agent",
                     "dhcp_agent", true },
    [AGENT_METADATA] = { "metadata", "Metadata agent",
                         "neutron-metadata-agent", "N/A", false },
};

/* One Agent row. */
struct agent_info {
    struct hmap_node node;      /* In agents->infos, by UUID of the row. */
    struct uuid row;
    char *host;
    long long int last_seen;    /* Of the monotonic clock, in ms. */
    bool alive;
};

struct agents {
    struct hmap infos;
    long long int down_time;    /* agent_down_time, in ms. */
    long long int next_check;   /* When an agent may next be found dead. */
    bool was_connected;         /* To the database, in the last run. */
    uint64_t seqno;
    struct sset changed;        /* Hosts; see agents_take_changed(). */
};

/* Returns the state for the agents of one database. */
struct agents *
agents_create(const struct l3ha_config *config)
{
    struct agents *agents = xzalloc(sizeof *agents);

    hmap_init(&agents->infos);
    sset_init(&agents->changed);
    agents->down_time
        = l3ha_config_get_int(config, "DEFAULT", "agent_down_time") * 1000;
    agents->next_check = LLONG_MAX;
    return agents;
}

static void
agent_info_destroy(struct agents *agents, struct agent_info *info)
{
    hmap_remove(&agents->infos, &info->node);
    free(info->host);
    free(info);
}

/* Frees 'agents', which may be NULL. */
void
agents_destroy(struct agents *agents)
{
    if (agents) {
        struct agent_info *info;

        HMAP_FOR_EACH_SAFE (info, node, &agents->infos) {
            agent_info_destroy(agents, info);
        }
        hmap_destroy(&agents->infos);
        sset_destroy(&agents->changed);
        free(agents);
    }
}

static struct agent_info *
agent_info_find(const struct agents *agents, const struct uuid *row)
{
    struct agent_info *info;

    HMAP_FOR_EACH_WITH_HASH (info, node, uuid_hash(row), &agents->infos) {
        if (uuid_equals(&info->row, row)) {
            return info;
        }
    }
    return NULL;
}

static void
agents_changed(struct agents *agents, const char *host)
{
    agents->seqno++;
    sset_add(&agents->changed, host);
}

static void
agent_set_alive(struct agents *agents, struct agent_info *info, bool alive)
{
    if (info->alive != alive) {
        info->alive = alive;
        if (alive) {
            VLOG_INFO("host %s: agent is alive", info->host);
        } else {
            VLOG_WARN("host %s: agent was not heard for %lld seconds, taken "
                      "for dead", info->host, agents->down_time / 1000);
        }
        agents_changed(agents, info->host);
    }
}

static void
agent_row_added(struct agents *agents, const struct l3harec_agent *row)
{
    struct agent_info *info = xzalloc(sizeof *info);
    long long int age = time_wall_msec() - row->heartbeat;

    info->row = row->header_.uuid;
    info->host = xstrdup(row->host);
    info->last_seen = time_msec() - MAX(age, 0);
    hmap_insert(&agents->infos, &info->node, uuid_hash(&info->row));
    agents_changed(agents, info->host);
}

/* True if a column changed that anyone who depends on the agent must look
 * at. */
static bool
is_really_updated(const struct l3harec_agent *row)
{
    return (l3harec_agent_is_updated(row, L3HAREC_AGENT_COL_ROLES)
            || l3harec_agent_is_updated(row, L3HAREC_AGENT_COL_TUNNEL_IP)
            || l3harec_agent_is_updated(row, L3HAREC_AGENT_COL_TUNNEL_TYPES)
            || l3harec_agent_is_updated(row,
                                        L3HAREC_AGENT_COL_BRIDGE_MAPPINGS)
            || l3harec_agent_is_updated(row,
                                        L3HAREC_AGENT_COL_ADMIN_DOWN_ROLES)
            || l3harec_agent_is_updated(row, L3HAREC_AGENT_COL_DRAINED)
            || l3harec_agent_is_updated(row,
                                        L3HAREC_AGENT_COL_AVAILABILITY_ZONE));
}

/* Follows the Agent table and the clock. */
void
agents_run(struct backend *b)
{
    struct agents *agents = b->agents;
    long long int now = time_msec();
    const struct l3harec_agent *row;
    struct agent_info *info;
    bool check = now >= agents->next_check;

    L3HAREC_AGENT_FOR_EACH_TRACKED (row, b->idl) {
        info = agent_info_find(agents, &row->header_.uuid);
        if (l3harec_agent_is_deleted(row)) {
            if (info) {
                agents_changed(agents, info->host);
                agent_info_destroy(agents, info);
            }
            continue;
        }
        if (!info) {
            agent_row_added(agents, row);
        } else {
            if (l3harec_agent_is_updated(row, L3HAREC_AGENT_COL_HEARTBEAT)) {
                info->last_seen = now;
            }
            if (is_really_updated(row)) {
                agents_changed(agents, info->host);
            }
        }
        check = true;
    }

    if (!ovsdb_idl_is_connected(b->idl)) {
        agents->was_connected = false;
        return;
    }
    if (!agents->was_connected) {
        /* Give those that were alive when the connection went away the time
         * to be heard again. */
        agents->was_connected = true;
        HMAP_FOR_EACH (info, node, &agents->infos) {
            if (info->alive) {
                info->last_seen = now;
            }
        }
        check = true;
    }
    if (check) {
        agents->next_check = LLONG_MAX;
        HMAP_FOR_EACH (info, node, &agents->infos) {
            long long int deadline = info->last_seen + agents->down_time;

            agent_set_alive(agents, info, now < deadline);
            if (info->alive) {
                agents->next_check = MIN(agents->next_check, deadline);
            }
        }
    }
}

/* Arranges to wake up when an agent may be found dead. */
void
agents_wait(struct backend *b)
{
    if (b->agents->was_connected && b->agents->next_check != LLONG_MAX) {
        poll_timer_wait_until(b->agents->next_check);
    }
}

/* Returns a number that changes with the state of any agent. */
uint64_t
agents_seqno(const struct agents *agents)
{
    return agents->seqno;
}

/* Moves the names of changed hosts into 'hosts'. */
void
agents_take_changed(struct agents *agents, struct sset *hosts)
{
    const char *host;

    SSET_FOR_EACH (host, &agents->changed) {
        sset_add(hosts, host);
    }
    sset_clear(&agents->changed);
}

/* True if the agent is heard. */
bool
agents_is_alive(const struct backend *b, const struct l3harec_agent *row)
{
    struct agent_info *info = agent_info_find(b->agents, &row->header_.uuid);

    return info && info->alive;
}

const char *
agents_role_name(enum agent_role role)
{
    return role_classes[role].name;
}

static bool
contains(char **strings, size_t n, const char *s)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(strings[i], s)) {
            return true;
        }
    }
    return false;
}

/* True if the host has 'role'. */
bool
agents_has_role(const struct l3harec_agent *row, enum agent_role role)
{
    return contains(row->roles, row->n_roles, role_classes[role].name);
}

/* True unless an admin has taken 'role' of the host out of service. */
bool
agents_is_admin_up(const struct l3harec_agent *row, enum agent_role role)
{
    return !contains(row->admin_down_roles, row->n_admin_down_roles,
                     role_classes[role].name);
}

/* Returns the Agent row of 'host', or NULL. */
const struct l3harec_agent *
agents_find_host(const struct backend *b, const char *host)
{
    struct agent_info *info;

    HMAP_FOR_EACH (info, node, &b->agents->infos) {
        if (!strcmp(info->host, host)) {
            return l3harec_agent_get_for_uuid(b->idl, &info->row);
        }
    }
    return NULL;
}

/* Returns the API's id of 'role' of 'row', whose UUID is the name space. */
struct uuid
agents_make_id(const struct uuid *row, enum agent_role role)
{
    return l3ha_uuid5(row, role_classes[role].name);
}

/* Fills in '*view'.  False if the host has not this role. */
bool
agents_get_view(const struct backend *b, const struct l3harec_agent *row,
                enum agent_role role, struct agent_view *view)
{
    const struct role_class *class = &role_classes[role];

    if (!agents_has_role(row, role)) {
        return false;
    }
    view->id = agents_make_id(&row->header_.uuid, role);
    view->row = row;
    view->role = role;
    view->agent_type = class->agent_type;
    view->binary = class->binary;
    view->topic = class->topic;
    view->availability_zone = (class->has_zone ? row->availability_zone
                               : NULL);
    view->alive = agents_is_alive(b, row);
    view->admin_state_up = agents_is_admin_up(row, role);
    return true;
}

/* Returns all agents of the API, '*n' of them. */
struct agent_view *
agents_get_all(const struct backend *b, size_t *n)
{
    struct agent_view *views = NULL;
    const struct l3harec_agent *row;
    size_t allocated = 0;

    *n = 0;
    L3HAREC_AGENT_FOR_EACH (row, b->idl) {
        for (int role = 0; role < AGENT_N_ROLES; role++) {
            if (*n >= allocated) {
                views = x2nrealloc(views, &allocated, sizeof *views);
            }
            *n += agents_get_view(b, row, role, &views[*n]);
        }
    }
    return views;
}

/* Finds the agent with the API's 'id'.  False if there is none. */
bool
agents_find(const struct backend *b, const struct uuid *id,
            struct agent_view *view)
{
    const struct l3harec_agent *row;

    L3HAREC_AGENT_FOR_EACH (row, b->idl) {
        for (int role = 0; role < AGENT_N_ROLES; role++) {
            struct uuid role_id = agents_make_id(&row->header_.uuid, role);

            if (uuid_equals(&role_id, id)) {
                return agents_get_view(b, row, role, view);
            }
        }
    }
    return false;
}

/* The value of an Agent:configurations entry, with the type it looks like. */
static struct json *
configuration_to_json(const char *s)
{
    long long int integer;

    if (!strcmp(s, "true") || !strcmp(s, "false")) {
        return json_boolean_create(*s == 't');
    } else if (*s && s[strspn(s, "-0123456789")] == '\0'
               && str_to_llong(s, 10, &integer)) {
        return json_integer_create(integer);
    }
    return json_string_create(s);
}

static struct json *
strings_to_json(char **strings, size_t n)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        json_array_add(array, json_string_create(strings[i]));
    }
    return array;
}

/* Counts the gateways and the interfaces of 'router'. */
static void
count_ports(const struct backend *b, const struct l3harec_router *router,
            int *n_gateways, int *n_interfaces)
{
    struct l3harec_port *key = l3harec_port_index_init_row(b->port_by_router);
    const struct l3harec_port *port;

    l3harec_port_index_set_router(key, router);
    L3HAREC_PORT_FOR_EACH_EQUAL (port, key, b->port_by_router) {
        if (!strcmp(port->device_owner, L3HA_OWNER_ROUTER_GATEWAY)) {
            ++*n_gateways;
        } else if (strcmp(port->device_owner, L3HA_OWNER_HA_INTERFACE)) {
            ++*n_interfaces;
        }
    }
    l3harec_port_index_destroy_row(key);
}

/* Adds how many routers the L3 agent carries, and their ports. */
static void
add_router_counts(const struct backend *b, const struct l3harec_agent *row,
                  struct json *conf)
{
    struct l3harec_router_instance *key
        = l3harec_router_instance_index_init_row(b->instance_by_host);
    const struct l3harec_router_instance *instance;
    int n_routers = 0, n_gateways = 0, n_interfaces = 0;

    l3harec_router_instance_index_set_host(key, row->host);
    L3HAREC_ROUTER_INSTANCE_FOR_EACH_EQUAL (instance, key,
                                            b->instance_by_host) {
        n_routers++;
        count_ports(b, instance->router, &n_gateways, &n_interfaces);
    }
    l3harec_router_instance_index_destroy_row(key);

    json_object_put(conf, "routers", json_integer_create(n_routers));
    json_object_put(conf, "ex_gw_ports", json_integer_create(n_gateways));
    json_object_put(conf, "interfaces", json_integer_create(n_interfaces));
}

/* Adds how many networks the DHCP agent serves, and what they have. */
static void
add_network_counts(const struct backend *b, const struct l3harec_agent *row,
                   struct json *conf)
{
    size_t n_subnets = 0, n_ports = 0;
    struct rows instances, rows;

    rows_dhcp_of_host(b, row->host, &instances);
    for (size_t i = 0; i < instances.n; i++) {
        const struct l3harec_dhcp_instance *instance = instances.rows[i];

        rows_subnets_of_network(b, instance->network, &rows);
        n_subnets += rows.n;
        rows_destroy(&rows);
        rows_ports_of_network(b, instance->network, &rows);
        n_ports += rows.n;
        rows_destroy(&rows);
    }
    json_object_put(conf, "networks", json_integer_create(instances.n));
    json_object_put(conf, "subnets", json_integer_create(n_subnets));
    json_object_put(conf, "ports", json_integer_create(n_ports));
    rows_destroy(&instances);
}

/* Returns what the API shows as the agent's configurations.
 *
 * An entry of Agent:configurations "ROLE:NAME" belongs to one role, "NAME" to
 * all.  It wins over what is made up here from other columns. */
struct json *
agents_get_configurations(const struct backend *b,
                          const struct agent_view *view)
{
    const struct l3harec_agent *row = view->row;
    struct json *conf = json_object_create();
    const struct smap_node *node;

    if (view->role == AGENT_L2) {
        struct json *mappings = json_object_create();

        SMAP_FOR_EACH (node, &row->bridge_mappings) {
            json_object_put_string(mappings, node->key, node->value);
        }
        json_object_put(conf, "bridge_mappings", mappings);
        json_object_put(conf, "tunnel_types",
                        strings_to_json(row->tunnel_types,
                                        row->n_tunnel_types));
        json_object_put_string(conf, "tunneling_ip",
                               row->tunnel_ip ? row->tunnel_ip : "");
        json_object_put_string(conf, "integration_bridge", "br-int");
        json_object_put(conf, "l2_population", json_boolean_create(true));
    } else if (view->role == AGENT_L3) {
        json_object_put_string(conf, "agent_mode", "legacy");
        add_router_counts(b, row, conf);
    } else if (view->role == AGENT_DHCP) {
        add_network_counts(b, row, conf);
    }

    SMAP_FOR_EACH (node, &row->configurations) {
        const char *colon = strchr(node->key, ':');
        const char *role = role_classes[view->role].name;

        if (!colon) {
            json_object_put(conf, node->key,
                            configuration_to_json(node->value));
        } else if (strlen(role) == colon - node->key
                   && !strncmp(node->key, role, colon - node->key)) {
            json_object_put(conf, colon + 1,
                            configuration_to_json(node->value));
        }
    }
    return conf;
}

/* Puts the agent in or out of service. */
void
agents_set_admin_state(const struct agent_view *view, bool up)
{
    const char *role = role_classes[view->role].name;

    if (agents_is_admin_up(view->row, view->role) == up) {
        return;
    }
    /* Another role may be changed at the same time by another server. */
    if (up) {
        l3harec_agent_update_admin_down_roles_delvalue(view->row, role);
    } else {
        l3harec_agent_update_admin_down_roles_addvalue(view->row, role);
    }
}

/* Takes the agent's role away from its host. */
void
agents_delete(struct backend *b OVS_UNUSED,
              struct ovsdb_idl_txn *txn OVS_UNUSED,
              const struct agent_view *view)
{
    const struct l3harec_agent *row = view->row;

    if (row->n_roles <= 1) {
        l3harec_agent_delete(row);
    } else {
        l3harec_agent_update_roles_delvalue(row,
                                            role_classes[view->role].name);
    }
}
