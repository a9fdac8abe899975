/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/hmap.h"
#include "ovsdb-data.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "util.h"
#include "uuid.h"

/* Which rows of OVS_L3HA this host replicates.
 *
 * A host receives the ports plugged on it, the networks of these, all other
 * ports of these networks, their subnets and addresses, and the routers with
 * a copy on it together with all copies, floating IPs and port forwardings of
 * these; the security groups of the ports plugged on it, their rules, and the
 * ports and address groups that these rules refer to; the rules of QoS
 * policies of these ports and networks (but not the policies, which say
 * nothing more); and which networks it serves DHCP to.  What belongs to a row
 * is known only when the row is here, so the conditions are widened in steps;
 * the replica is complete when a step changes nothing and the database server
 * has acknowledged the last one.
 *
 * Owns the monitoring conditions of the IDL.  In: the replica, this host's
 * name.  Out: conditions; "is complete".
 *
 * Cost: conditions are computed again only if a port, network, router or copy
 * changed in what they depend on, in time proportional to the rows on this
 * host. */

struct monitor {
    struct ovsdb_idl *idl;
    char *host;                 /* Host that conditions are for. */
    unsigned int cond_seqno;    /* Sequence number of the latest conditions. */
};

/* Every table has this column, but the IDL does not describe it. */
static struct ovsdb_idl_column uuid_column;

static void
init_uuid_column(void)
{
    if (!uuid_column.name) {
        uuid_column.name = CONST_CAST(char *, "_uuid");
        uuid_column.type = (struct ovsdb_type)
            OVSDB_TYPE_SCALAR_INITIALIZER(OVSDB_BASE_UUID_INIT);
    }
}

static void
add_clause_uuid(struct ovsdb_idl_condition *cond, const struct uuid *uuid)
{
    union ovsdb_atom atom = { .uuid = *uuid };
    struct ovsdb_datum datum;

    /* The clause shares the datum, so it must not be on the stack. */
    ovsdb_datum_init_empty(&datum);
    ovsdb_datum_add_unsafe(&datum, &atom, NULL, &uuid_column.type, NULL);
    ovsdb_idl_condition_add_clause(cond, OVSDB_F_EQ, &uuid_column, &datum);
    ovsdb_datum_destroy(&datum, &uuid_column.type);
}

/* A set of UUIDs. */
struct uuid_node {
    struct hmap_node hmap_node;
    struct uuid uuid;
};

static bool
uuid_set_contains(const struct hmap *set, const struct uuid *uuid)
{
    const struct uuid_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, hmap_node, uuid_hash(uuid), set) {
        if (uuid_equals(&node->uuid, uuid)) {
            return true;
        }
    }
    return false;
}

static void
uuid_set_add(struct hmap *set, const struct uuid *uuid)
{
    struct uuid_node *node;

    if (uuid_set_contains(set, uuid)) {
        return;
    }
    node = xmalloc(sizeof *node);
    node->uuid = *uuid;
    hmap_insert(set, &node->hmap_node, uuid_hash(uuid));
}

static void
uuid_set_destroy(struct hmap *set)
{
    struct uuid_node *node;

    HMAP_FOR_EACH_POP (node, hmap_node, set) {
        free(node);
    }
    hmap_destroy(set);
}

/* Adds the UUIDs in 'datum' to 'set', whether or not the rows they refer to
 * are in the replica. */
static void
add_refs(struct hmap *set, const struct ovsdb_datum *datum)
{
    for (size_t i = 0; i < datum->n; i++) {
        uuid_set_add(set, &datum->keys[i].uuid);
    }
}

/* Has the database keep tables to itself that only the API server reads. */
static void
omit_tables(struct ovsdb_idl *idl)
{
    static const struct ovsdb_idl_table_class *const tables[] = {
        &l3harec_table_address_scope,
        &l3harec_table_subnet_pool,
        &l3harec_table_rbac_policy,
        &l3harec_table_quota,
    };

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        struct ovsdb_idl_condition nothing;

        ovsdb_idl_condition_init(&nothing);
        ovsdb_idl_set_condition(idl, tables[i], &nothing);
        ovsdb_idl_condition_destroy(&nothing);
    }
}

/* Sets the columns of 'idl' that the agent reads, and conditions that match
 * nothing yet.  To be called before the first ovsdb_idl_run(). */
struct monitor *
monitor_create(struct ovsdb_idl *idl)
{
    struct monitor *m = xzalloc(sizeof *m);

    init_uuid_column();
    m->idl = idl;

    /* The IDL was made to monitor everything.  A heartbeat must not wake
     * other hosts; reports of others and texts are of no use here. */
    ovsdb_idl_omit(idl, &l3harec_agent_col_heartbeat);
    ovsdb_idl_omit(idl, &l3harec_agent_col_description);
    ovsdb_idl_omit(idl, &l3harec_subnet_col_subnet_pool);
    omit_tables(idl);
    ovsdb_idl_track_add_all(idl);
    return m;
}

/* Frees 'm'. */
void
monitor_destroy(struct monitor *m)
{
    if (m) {
        free(m->host);
        free(m);
    }
}

/* Did a port change in what conditions depend on?  What hosts report of it
 * changes more often. */
static bool
ports_changed(const struct ovsdb_idl *idl)
{
    const struct l3harec_port *port;

    L3HAREC_PORT_FOR_EACH_TRACKED (port, idl) {
        if (l3harec_port_is_new(port) || l3harec_port_is_deleted(port)
            || l3harec_port_is_updated(port, L3HAREC_PORT_COL_HOSTS)
            || l3harec_port_is_updated(port, L3HAREC_PORT_COL_NETWORK)
            || l3harec_port_is_updated(port, L3HAREC_PORT_COL_QOS_POLICY)
            || l3harec_port_is_updated(port, L3HAREC_PORT_COL_FIXED_IPS)
            || l3harec_port_is_updated(port,
                                       L3HAREC_PORT_COL_SECURITY_GROUPS)) {
            return true;
        }
    }
    return false;
}

static bool
anything_changed(const struct ovsdb_idl *idl)
{
    return (ports_changed(idl)
            || l3harec_network_track_get_first(idl)
            || l3harec_subnet_track_get_first(idl)
            || l3harec_router_track_get_first(idl)
            || l3harec_router_instance_track_get_first(idl)
            || l3harec_vrrp_group_track_get_first(idl)
            || l3harec_security_group_rule_track_get_first(idl));
}

static void
set_condition(struct monitor *m, const struct ovsdb_idl_table_class *class,
              struct ovsdb_idl_condition *cond)
{
    unsigned int seqno = ovsdb_idl_set_condition(m->idl, class, cond);

    m->cond_seqno = MAX(m->cond_seqno, seqno);
    ovsdb_idl_condition_destroy(cond);
}

static bool
is_on_host(const struct l3harec_port *port, const char *host)
{
    for (size_t i = 0; i < port->n_hosts; i++) {
        if (!strcmp(port->hosts[i], host)) {
            return true;
        }
    }
    return false;
}

/* Adds the ports anywhere that have a group which rules in the replica refer
 * to, and the address groups. */
static void
add_remote_groups(struct monitor *m, struct ovsdb_idl_condition *c_port)
{
    struct hmap remotes = HMAP_INITIALIZER(&remotes);
    struct hmap address_groups = HMAP_INITIALIZER(&address_groups);
    const struct l3harec_security_group_rule *rule;
    struct ovsdb_idl_condition c_ag;
    struct uuid_node *node;

    ovsdb_idl_condition_init(&c_ag);
    L3HAREC_SECURITY_GROUP_RULE_FOR_EACH (rule, m->idl) {
        add_refs(&remotes, l3harec_security_group_rule_get_remote_group(
                     rule, OVSDB_TYPE_UUID));
        add_refs(&address_groups,
                 l3harec_security_group_rule_get_remote_address_group(
                     rule, OVSDB_TYPE_UUID));
    }
    HMAP_FOR_EACH (node, hmap_node, &remotes) {
        struct uuid *group = &node->uuid;

        l3harec_port_add_clause_security_groups(c_port, OVSDB_F_INCLUDES,
                                                &group, 1);
    }
    HMAP_FOR_EACH (node, hmap_node, &address_groups) {
        add_clause_uuid(&c_ag, &node->uuid);
    }
    set_condition(m, &l3harec_table_address_group, &c_ag);
    uuid_set_destroy(&remotes);
    uuid_set_destroy(&address_groups);
}

/* Adds to 'c_address' those of ports whose networks are not on this host. */
static void
add_remote_addresses(struct monitor *m, const struct hmap *networks,
                     struct ovsdb_idl_condition *c_address)
{
    const struct l3harec_port *port;

    L3HAREC_PORT_FOR_EACH (port, m->idl) {
        if (!uuid_set_contains(networks, &l3harec_port_get_network(
                                   port, OVSDB_TYPE_UUID)->keys[0].uuid)) {
            const struct ovsdb_datum *ips
                = l3harec_port_get_fixed_ips(port, OVSDB_TYPE_UUID);

            for (size_t i = 0; i < ips->n; i++) {
                add_clause_uuid(c_address, &ips->keys[i].uuid);
            }
        }
    }
}

/* Sets the conditions of the security groups of the ports on this host, and
 * of their rules. */
static void
set_group_conditions(struct monitor *m)
{
    struct hmap groups = HMAP_INITIALIZER(&groups);
    struct ovsdb_idl_condition c_group, c_rule, c_default;
    const struct l3harec_port *port;
    const struct uuid_node *node;

    ovsdb_idl_condition_init(&c_group);
    ovsdb_idl_condition_init(&c_rule);
    ovsdb_idl_condition_init(&c_default);
    L3HAREC_PORT_FOR_EACH (port, m->idl) {
        if (is_on_host(port, m->host)) {
            add_refs(&groups, l3harec_port_get_security_groups(
                         port, OVSDB_TYPE_UUID));
        }
    }
    HMAP_FOR_EACH (node, hmap_node, &groups) {
        add_clause_uuid(&c_group, &node->uuid);
        l3harec_security_group_rule_add_clause_security_group(
            &c_rule, OVSDB_F_EQ, &node->uuid);
    }
    set_condition(m, &l3harec_table_security_group, &c_group);
    set_condition(m, &l3harec_table_security_group_rule, &c_rule);
    set_condition(m, &l3harec_table_default_security_group, &c_default);
    uuid_set_destroy(&groups);
}

static void
update_conditions(struct monitor *m)
{
    const char *host = m->host;
    struct hmap networks = HMAP_INITIALIZER(&networks);
    struct hmap routers = HMAP_INITIALIZER(&routers);
    struct hmap groups = HMAP_INITIALIZER(&groups);
    struct hmap policies = HMAP_INITIALIZER(&policies);
    const struct l3harec_router_instance *instance;
    const struct l3harec_router *router;
    const struct l3harec_network *network;
    const struct l3harec_subnet *subnet;
    const struct l3harec_port *port;
    const struct uuid_node *node;

    struct ovsdb_idl_condition c_port, c_network, c_subnet, c_address;
    struct ovsdb_idl_condition c_router, c_instance, c_group, c_ha_network;
    struct ovsdb_idl_condition c_fip, c_forward, c_dhcp, c_policy, c_rule;

    m->cond_seqno = 0;
    ovsdb_idl_condition_init(&c_port);
    ovsdb_idl_condition_init(&c_network);
    ovsdb_idl_condition_init(&c_subnet);
    ovsdb_idl_condition_init(&c_address);
    ovsdb_idl_condition_init(&c_router);
    ovsdb_idl_condition_init(&c_instance);
    ovsdb_idl_condition_init(&c_group);
    ovsdb_idl_condition_init(&c_ha_network);
    ovsdb_idl_condition_init(&c_fip);
    ovsdb_idl_condition_init(&c_forward);
    ovsdb_idl_condition_init(&c_dhcp);
    ovsdb_idl_condition_init(&c_policy);
    ovsdb_idl_condition_init(&c_rule);

    L3HAREC_PORT_FOR_EACH (port, m->idl) {
        if (is_on_host(port, host)) {
            add_refs(&networks, l3harec_port_get_network(port,
                                                         OVSDB_TYPE_UUID));
            add_refs(&policies,
                     l3harec_port_get_qos_policy(port, OVSDB_TYPE_UUID));
        }
    }
    l3harec_port_add_clause_hosts(&c_port, OVSDB_F_INCLUDES, &host, 1);
    HMAP_FOR_EACH (node, hmap_node, &networks) {
        l3harec_port_add_clause_network(&c_port, OVSDB_F_EQ, &node->uuid);
        add_clause_uuid(&c_network, &node->uuid);
        l3harec_subnet_add_clause_network(&c_subnet, OVSDB_F_EQ, &node->uuid);
        l3harec_ha_network_add_clause_network(&c_ha_network, OVSDB_F_EQ,
                                              &node->uuid);
    }
    L3HAREC_NETWORK_FOR_EACH (network, m->idl) {
        add_refs(&policies,
                 l3harec_network_get_qos_policy(network, OVSDB_TYPE_UUID));
    }
    HMAP_FOR_EACH (node, hmap_node, &policies) {
        l3harec_qos_rule_add_clause_policy(&c_rule, OVSDB_F_EQ, &node->uuid);
    }
    L3HAREC_SUBNET_FOR_EACH (subnet, m->idl) {
        l3harec_ip_allocation_add_clause_subnet(&c_address, OVSDB_F_EQ,
                                                &subnet->header_.uuid);
    }

    set_group_conditions(m);
    add_remote_groups(m, &c_port);
    add_remote_addresses(m, &networks, &c_address);

    L3HAREC_ROUTER_INSTANCE_FOR_EACH (instance, m->idl) {
        if (!strcmp(instance->host, host)) {
            add_refs(&routers, l3harec_router_instance_get_router(
                         instance, OVSDB_TYPE_UUID));
        }
    }
    l3harec_router_instance_add_clause_host(&c_instance, OVSDB_F_EQ, host);
    l3harec_dhcp_instance_add_clause_host(&c_dhcp, OVSDB_F_EQ, host);
    HMAP_FOR_EACH (node, hmap_node, &routers) {
        l3harec_router_instance_add_clause_router(&c_instance, OVSDB_F_EQ,
                                                  &node->uuid);
        add_clause_uuid(&c_router, &node->uuid);
        l3harec_floating_ip_add_clause_router(&c_fip, OVSDB_F_EQ,
                                              &node->uuid);
        l3harec_port_forwarding_add_clause_router(&c_forward, OVSDB_F_EQ,
                                                  &node->uuid);
    }
    L3HAREC_ROUTER_FOR_EACH (router, m->idl) {
        add_refs(&groups, l3harec_router_get_vrrp_group(router,
                                                        OVSDB_TYPE_UUID));
    }
    HMAP_FOR_EACH (node, hmap_node, &groups) {
        add_clause_uuid(&c_group, &node->uuid);
    }

    set_condition(m, &l3harec_table_port, &c_port);
    set_condition(m, &l3harec_table_network, &c_network);
    set_condition(m, &l3harec_table_subnet, &c_subnet);
    set_condition(m, &l3harec_table_ip_allocation, &c_address);
    set_condition(m, &l3harec_table_router, &c_router);
    set_condition(m, &l3harec_table_router_instance, &c_instance);
    set_condition(m, &l3harec_table_vrrp_group, &c_group);
    set_condition(m, &l3harec_table_ha_network, &c_ha_network);
    set_condition(m, &l3harec_table_floating_ip, &c_fip);
    set_condition(m, &l3harec_table_port_forwarding, &c_forward);
    set_condition(m, &l3harec_table_dhcp_instance, &c_dhcp);
    set_condition(m, &l3harec_table_qos_policy, &c_policy);
    set_condition(m, &l3harec_table_qos_rule, &c_rule);

    uuid_set_destroy(&networks);
    uuid_set_destroy(&routers);
    uuid_set_destroy(&groups);
    uuid_set_destroy(&policies);
}

/* Brings the conditions in line with the replica for 'host'.  Returns true if
 * the replica is complete. */
bool
monitor_run(struct monitor *m, const char *host)
{
    bool new_host = !m->host || strcmp(m->host, host);

    if (new_host) {
        free(m->host);
        m->host = xstrdup(host);
    }
    /* Conditions that a (re)connect sends with the monitor request count as
     * acknowledged without a new sequence number, so the number that was
     * returned for them may never come.  Setting them again returns the right
     * one and changes nothing else. */
    if (new_host || anything_changed(m->idl)
        || ovsdb_idl_get_condition_seqno(m->idl) != m->cond_seqno) {
        update_conditions(m);
    }
    return (ovsdb_idl_has_ever_connected(m->idl)
            && ovsdb_idl_get_condition_seqno(m->idl) == m->cond_seqno);
}
