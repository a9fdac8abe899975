/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Rows that belong to a row, by the indexes of the replica.
 *
 * Small helpers of the resource files; they own nothing but the arrays that
 * they return. */

#include <config.h>
#include "server/rows.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "server/backend.h"
#include "server/ipam-rows.h"
#include "server/resource.h"
#include "timeval.h"
#include "util.h"

static void
rows_init(struct rows *rows)
{
    memset(rows, 0, sizeof *rows);
}

static void
rows_add(struct rows *rows, const void *row)
{
    if (rows->n >= rows->allocated) {
        rows->rows = x2nrealloc(rows->rows, &rows->allocated,
                                sizeof *rows->rows);
    }
    rows->rows[rows->n++] = row;
}

void
rows_destroy(struct rows *rows)
{
    free(rows->rows);
    rows_init(rows);
}

static int
compare_subnets(const void *a_, const void *b_)
{
    const struct l3harec_subnet *a = *(const struct l3harec_subnet **) a_;
    const struct l3harec_subnet *b = *(const struct l3harec_subnet **) b_;

    return (a->created_at != b->created_at
            ? (a->created_at < b->created_at ? -1 : 1)
            : uuid_compare_3way(&a->header_.uuid, &b->header_.uuid));
}

void
rows_subnets_of_network(const struct backend *backend,
                        const struct l3harec_network *network,
                        struct rows *rows)
{
    const struct l3harec_subnet *subnet;
    struct l3harec_subnet *key;

    rows_init(rows);
    key = l3harec_subnet_index_init_row(backend->subnet_by_network);
    l3harec_subnet_index_set_network(key, network);
    L3HAREC_SUBNET_FOR_EACH_EQUAL (subnet, key, backend->subnet_by_network) {
        rows_add(rows, subnet);
    }
    l3harec_subnet_index_destroy_row(key);
    if (rows->n > 1) {
        qsort(rows->rows, rows->n, sizeof *rows->rows, compare_subnets);
    }
}

void
rows_ports_of_network(const struct backend *backend,
                      const struct l3harec_network *network,
                      struct rows *rows)
{
    const struct l3harec_port *port;
    struct l3harec_port *key;

    rows_init(rows);
    key = l3harec_port_index_init_row(backend->port_by_network);
    l3harec_port_index_set_network(key, network);
    L3HAREC_PORT_FOR_EACH_EQUAL (port, key, backend->port_by_network) {
        rows_add(rows, port);
    }
    l3harec_port_index_destroy_row(key);
}

void
rows_ports_of_router(const struct backend *backend,
                     const struct l3harec_router *router, struct rows *rows)
{
    const struct l3harec_port *port;
    struct l3harec_port *key;

    rows_init(rows);
    key = l3harec_port_index_init_row(backend->port_by_router);
    l3harec_port_index_set_router(key, router);
    L3HAREC_PORT_FOR_EACH_EQUAL (port, key, backend->port_by_router) {
        rows_add(rows, port);
    }
    l3harec_port_index_destroy_row(key);
}

void
rows_copies_of_router(const struct backend *backend,
                      const struct l3harec_router *router, struct rows *rows)
{
    const struct l3harec_router_instance *copy;
    struct l3harec_router_instance *key;

    rows_init(rows);
    key = l3harec_router_instance_index_init_row(backend->instance_by_router);
    l3harec_router_instance_index_set_router(key, router);
    L3HAREC_ROUTER_INSTANCE_FOR_EACH_EQUAL (copy, key,
                                            backend->instance_by_router) {
        rows_add(rows, copy);
    }
    l3harec_router_instance_index_destroy_row(key);
}

void
rows_copies_of_host(const struct backend *backend, const char *host,
                    struct rows *rows)
{
    const struct l3harec_router_instance *copy;
    struct l3harec_router_instance *key;

    rows_init(rows);
    key = l3harec_router_instance_index_init_row(backend->instance_by_host);
    l3harec_router_instance_index_set_host(key, host);
    L3HAREC_ROUTER_INSTANCE_FOR_EACH_EQUAL (copy, key,
                                            backend->instance_by_host) {
        rows_add(rows, copy);
    }
    l3harec_router_instance_index_destroy_row(key);
}

static void
rows_rules_equal(struct ovsdb_idl_index *index,
                 struct l3harec_security_group_rule *key, struct rows *rows)
{
    const struct l3harec_security_group_rule *rule;

    rows_init(rows);
    L3HAREC_SECURITY_GROUP_RULE_FOR_EACH_EQUAL (rule, key, index) {
        rows_add(rows, rule);
    }
    l3harec_security_group_rule_index_destroy_row(key);
}

void
rows_rules_of_group(const struct backend *b,
                    const struct l3harec_security_group *group,
                    struct rows *rows)
{
    struct l3harec_security_group_rule *key
        = l3harec_security_group_rule_index_init_row(b->sg_rule_by_group);

    l3harec_security_group_rule_index_set_security_group(key, group);
    rows_rules_equal(b->sg_rule_by_group, key, rows);
}

void
rows_rules_with_remote_group(const struct backend *b,
                             const struct l3harec_security_group *group,
                             struct rows *rows)
{
    struct l3harec_security_group_rule *key
        = l3harec_security_group_rule_index_init_row(
            b->sg_rule_by_remote_group);

    l3harec_security_group_rule_index_set_remote_group(key, group);
    rows_rules_equal(b->sg_rule_by_remote_group, key, rows);
}

void
rows_rules_with_address_group(const struct backend *b,
                              const struct l3harec_address_group *group,
                              struct rows *rows)
{
    struct l3harec_security_group_rule *key
        = l3harec_security_group_rule_index_init_row(
            b->sg_rule_by_address_group);

    l3harec_security_group_rule_index_set_remote_address_group(key, group);
    rows_rules_equal(b->sg_rule_by_address_group, key, rows);
}

void
rows_fips_of_network(const struct backend *backend,
                     const struct l3harec_network *network, struct rows *rows)
{
    const struct l3harec_floating_ip *fip;
    struct l3harec_floating_ip *key;

    rows_init(rows);
    key = l3harec_floating_ip_index_init_row(backend->fip_by_network);
    l3harec_floating_ip_index_set_network(key, network);
    L3HAREC_FLOATING_IP_FOR_EACH_EQUAL (fip, key,
                                        backend->fip_by_network) {
        rows_add(rows, fip);
    }
    l3harec_floating_ip_index_destroy_row(key);
}

void
rows_fips_of_router(const struct backend *backend,
                    const struct l3harec_router *router, struct rows *rows)
{
    const struct l3harec_floating_ip *fip;
    struct l3harec_floating_ip *key;

    rows_init(rows);
    key = l3harec_floating_ip_index_init_row(backend->fip_by_router);
    l3harec_floating_ip_index_set_router(key, router);
    L3HAREC_FLOATING_IP_FOR_EACH_EQUAL (fip, key,
                                        backend->fip_by_router) {
        rows_add(rows, fip);
    }
    l3harec_floating_ip_index_destroy_row(key);
}

void
rows_fips_of_port(const struct backend *backend,
                  const struct l3harec_port *port, struct rows *rows)
{
    const struct l3harec_floating_ip *fip;
    struct l3harec_floating_ip *key;

    rows_init(rows);
    key = l3harec_floating_ip_index_init_row(backend->fip_by_port);
    l3harec_floating_ip_index_set_port(key, port);
    L3HAREC_FLOATING_IP_FOR_EACH_EQUAL (fip, key,
                                        backend->fip_by_port) {
        rows_add(rows, fip);
    }
    l3harec_floating_ip_index_destroy_row(key);
}

void
rows_forwards_of_fip(const struct backend *backend,
                     const struct l3harec_floating_ip *fip, struct rows *rows)
{
    const struct l3harec_port_forwarding *f;
    struct l3harec_port_forwarding *key;

    rows_init(rows);
    key = l3harec_port_forwarding_index_init_row(backend->forward_by_fip);
    l3harec_port_forwarding_index_set_floating_ip(key, fip);
    L3HAREC_PORT_FORWARDING_FOR_EACH_EQUAL (f, key,
                                            backend->forward_by_fip) {
        rows_add(rows, f);
    }
    l3harec_port_forwarding_index_destroy_row(key);
}

void
rows_forwards_of_port(const struct backend *backend,
                      const struct l3harec_port *port, struct rows *rows)
{
    const struct l3harec_port_forwarding *f;
    struct l3harec_port_forwarding *key;

    rows_init(rows);
    key = l3harec_port_forwarding_index_init_row(backend->forward_by_port);
    l3harec_port_forwarding_index_set_port(key, port);
    L3HAREC_PORT_FORWARDING_FOR_EACH_EQUAL (f, key,
                                            backend->forward_by_port) {
        rows_add(rows, f);
    }
    l3harec_port_forwarding_index_destroy_row(key);
}

bool
rows_is_router_owner(const char *device_owner)
{
    static const char *const owners[] = {
        L3HA_OWNER_ROUTER_INTERFACE,
        L3HA_OWNER_HA_REPLICATED,
        L3HA_OWNER_ROUTER_GATEWAY,
        L3HA_OWNER_HA_INTERFACE,
        L3HA_OWNER_FLOATINGIP,
    };

    for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
        if (!strcmp(device_owner, owners[i])) {
            return true;
        }
    }
    return false;
}

void
rows_dhcp_of_network(const struct backend *backend,
                     const struct l3harec_network *network, struct rows *rows)
{
    const struct l3harec_dhcp_instance *instance;
    struct l3harec_dhcp_instance *key;

    rows_init(rows);
    key = l3harec_dhcp_instance_index_init_row(backend->dhcp_by_network);
    l3harec_dhcp_instance_index_set_network(key, network);
    L3HAREC_DHCP_INSTANCE_FOR_EACH_EQUAL (instance, key,
                                          backend->dhcp_by_network) {
        rows_add(rows, instance);
    }
    l3harec_dhcp_instance_index_destroy_row(key);
}

void
rows_dhcp_of_host(const struct backend *backend, const char *host,
                  struct rows *rows)
{
    const struct l3harec_dhcp_instance *instance;
    struct l3harec_dhcp_instance *key;

    rows_init(rows);
    key = l3harec_dhcp_instance_index_init_row(backend->dhcp_by_host);
    l3harec_dhcp_instance_index_set_host(key, host);
    L3HAREC_DHCP_INSTANCE_FOR_EACH_EQUAL (instance, key,
                                          backend->dhcp_by_host) {
        rows_add(rows, instance);
    }
    l3harec_dhcp_instance_index_destroy_row(key);
}

const struct l3harec_port *
rows_port_insert(struct ovsdb_idl_txn *txn,
                 const struct l3harec_network *network, const char *name,
                 const char *project_id, const char *device_owner,
                 const char *device_id, const char *mac)
{
    const struct l3harec_port *port = l3harec_port_insert(txn);
    int64_t now = time_wall_msec();

    l3harec_port_set_network(port, network);
    l3harec_port_set_name(port, name);
    l3harec_port_set_project_id(port, project_id);
    l3harec_port_set_description(port, "");
    l3harec_port_set_created_at(port, now);
    l3harec_port_set_updated_at(port, now);
    l3harec_port_set_admin_state_up(port, true);
    l3harec_port_set_mac(port, mac);
    l3harec_port_set_device_id(port, device_id);
    l3harec_port_set_device_owner(port, device_owner);
    l3harec_port_set_port_security_enabled(port, false);
    l3harec_port_set_vnic_type(port, "normal");
    l3harec_port_set_binding_profile(port, "{}");
    return port;
}

void
rows_rbac_of_object(const struct backend *b, const struct uuid *object_id,
                    struct rows *rows)
{
    const struct l3harec_rbac_policy *row;
    struct l3harec_rbac_policy *key;

    rows_init(rows);
    key = l3harec_rbac_policy_index_init_row(b->rbac_by_object);
    l3harec_rbac_policy_index_set_object_id(key, *object_id);
    L3HAREC_RBAC_POLICY_FOR_EACH_EQUAL (row, key, b->rbac_by_object) {
        rows_add(rows, row);
    }
    l3harec_rbac_policy_index_destroy_row(key);
}

void
rows_subnets_of_pool(const struct backend *b,
                     const struct l3harec_subnet_pool *pool,
                     struct rows *rows)
{
    const struct l3harec_subnet *subnet;
    struct l3harec_subnet *key;

    rows_init(rows);
    key = l3harec_subnet_index_init_row(b->subnet_by_pool);
    l3harec_subnet_index_set_subnet_pool(key, pool);
    L3HAREC_SUBNET_FOR_EACH_EQUAL (subnet, key, b->subnet_by_pool) {
        rows_add(rows, subnet);
    }
    l3harec_subnet_index_destroy_row(key);
}

void
rows_rules_of_policy(const struct backend *b,
                     const struct l3harec_qos_policy *policy,
                     struct rows *rows)
{
    const struct l3harec_qos_rule *rule;
    struct l3harec_qos_rule *key;

    rows_init(rows);
    key = l3harec_qos_rule_index_init_row(b->qos_rule_by_policy);
    l3harec_qos_rule_index_set_policy(key, policy);
    L3HAREC_QOS_RULE_FOR_EACH_EQUAL (rule, key, b->qos_rule_by_policy) {
        rows_add(rows, rule);
    }
    l3harec_qos_rule_index_destroy_row(key);
}

bool
rows_port_is_auto_deleted(const struct l3harec_port *port)
{
    static const char *const owners[] = {
        L3HA_OWNER_DHCP,
        "network:distributed",
        "network:floatingip_agent_gateway",
    };

    for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
        if (!strcmp(port->device_owner, owners[i])) {
            return true;
        }
    }
    return false;
}

void
rows_port_delete(const struct l3harec_port *port)
{
    ipam_release(port);
    l3harec_port_delete(port);
}

bool
rows_port_has_subnet(const struct l3harec_port *port,
                     const struct l3harec_subnet *subnet)
{
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        if (port->fixed_ips[i]->subnet == subnet) {
            return true;
        }
    }
    return false;
}

void
rows_port_remove_subnet(const struct l3harec_port *port,
                        const struct l3harec_subnet *subnet)
{
    struct l3harec_ip_allocation **keep, **drop;
    size_t n = 0, n_drop = 0;

    keep = xmalloc(port->n_fixed_ips * sizeof *keep);
    drop = xmalloc(port->n_fixed_ips * sizeof *drop);
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        if (port->fixed_ips[i]->subnet != subnet) {
            keep[n++] = port->fixed_ips[i];
        } else {
            drop[n_drop++] = port->fixed_ips[i];
        }
    }
    l3harec_port_set_fixed_ips(port, keep, n);
    for (size_t i = 0; i < n_drop; i++) {
        l3harec_ip_allocation_delete(drop[i]);
    }
    free(keep);
    free(drop);
}

/* For qsort(): IPv4 before IPv6, each by number. */
static int
compare_allocations(const void *a_, const void *b_)
{
    const struct l3harec_ip_allocation *const *a = a_;
    const struct l3harec_ip_allocation *const *b = b_;
    struct in6_addr ip_a = in6addr_any, ip_b = in6addr_any;
    bool v6_a = strchr((*a)->address, ':') != NULL;
    bool v6_b = strchr((*b)->address, ':') != NULL;

    if (v6_a != v6_b) {
        return v6_a ? 1 : -1;
    }
    inet_pton(v6_a ? AF_INET6 : AF_INET, (*a)->address, &ip_a);
    inet_pton(v6_b ? AF_INET6 : AF_INET, (*b)->address, &ip_b);
    return memcmp(&ip_a, &ip_b, sizeof ip_a);
}

struct json *
rows_port_fixed_ips(const struct l3harec_port *port)
{
    const struct l3harec_ip_allocation **sorted;
    struct json *array = json_array_create_empty();

    /* The database has them as a set, in the order of their UUIDs. */
    sorted = xmemdup(port->fixed_ips, port->n_fixed_ips * sizeof *sorted);
    qsort(sorted, port->n_fixed_ips, sizeof *sorted, compare_allocations);
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        const struct l3harec_ip_allocation *a = sorted[i];
        struct json *fixed_ip = json_object_create();

        if (a->subnet) {
            json_object_put(fixed_ip, "subnet_id",
                            json_uuid(&a->subnet->header_.uuid));
        }
        json_object_put_string(fixed_ip, "ip_address", a->address);
        json_array_add(array, fixed_ip);
    }
    free(sorted);
    return array;
}

struct json *
rows_routes_to_json(char **routes, size_t n)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        struct json *route = json_object_create();
        size_t len = strcspn(routes[i], " ");

        json_object_put(route, "destination", json_string_create_nocopy(
                            xmemdup0(routes[i], len)));
        json_object_put_string(route, "nexthop",
                               routes[i][len] ? routes[i] + len + 1 : "");
        json_array_add(array, route);
    }
    return array;
}

void
rows_routes_from_json(const struct json *json, char ***routesp, size_t *n)
{
    const struct json_array *array = json_array(json);

    *n = array->n;
    *routesp = xcalloc(array->n, sizeof **routesp);
    for (size_t i = 0; i < array->n; i++) {
        (*routesp)[i] = xasprintf(
            "%s %s", body_string(array->elems[i], "destination"),
            body_string(array->elems[i], "nexthop"));
    }
}

void
rows_routes_free(char **routes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(routes[i]);
    }
    free(routes);
}
