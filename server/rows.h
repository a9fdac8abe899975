/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ROWS_H
#define ROWS_H 1

/* Rows that belong to a row, by the indexes of the replica. */

#include <stdbool.h>
#include <stddef.h>

struct backend;
struct json;
struct l3harec_address_group;
struct l3harec_floating_ip;
struct l3harec_network;
struct l3harec_port;
struct l3harec_qos_policy;
struct l3harec_router;
struct l3harec_security_group;
struct l3harec_subnet;
struct ovsdb_idl_txn;
struct l3harec_subnet_pool;
struct uuid;

/* An array of rows.  It stays valid while rows are changed or deleted, as
 * walking through an index does not. */
struct rows {
    const void **rows;
    size_t n, allocated;
};

void rows_destroy(struct rows *);

/* In the order of their creation. */
void rows_subnets_of_network(const struct backend *,
                             const struct l3harec_network *, struct rows *);
/* In no order. */
void rows_ports_of_network(const struct backend *,
                           const struct l3harec_network *, struct rows *);
void rows_ports_of_router(const struct backend *,
                          const struct l3harec_router *, struct rows *);
/* Router_Instance rows. */
void rows_copies_of_router(const struct backend *,
                           const struct l3harec_router *, struct rows *);
void rows_copies_of_host(const struct backend *, const char *host,
                         struct rows *);

/* Security_Group_Rule rows. */
void rows_rules_of_group(const struct backend *,
                         const struct l3harec_security_group *,
                         struct rows *);
void rows_rules_with_remote_group(const struct backend *,
                                  const struct l3harec_security_group *,
                                  struct rows *);
void rows_rules_with_address_group(const struct backend *,
                                   const struct l3harec_address_group *,
                                   struct rows *);

/* Floating_IP and Port_Forwarding rows. */
void rows_fips_of_network(const struct backend *,
                          const struct l3harec_network *, struct rows *);
void rows_fips_of_router(const struct backend *,
                         const struct l3harec_router *, struct rows *);
void rows_fips_of_port(const struct backend *,
                       const struct l3harec_port *, struct rows *);
void rows_forwards_of_fip(const struct backend *,
                          const struct l3harec_floating_ip *, struct rows *);
void rows_forwards_of_port(const struct backend *,
                           const struct l3harec_port *, struct rows *);

/* True if ports with 'device_owner' are made by routers and floating IPs. */
bool rows_is_router_owner(const char *device_owner);

/* DHCP_Instance rows. */
void rows_dhcp_of_network(const struct backend *,
                          const struct l3harec_network *, struct rows *);
void rows_dhcp_of_host(const struct backend *, const char *host,
                       struct rows *);

/* Inserts a port of the cloud's own on 'network', without addresses, not
 * bound. */
const struct l3harec_port *rows_port_insert(struct ovsdb_idl_txn *,
                                            const struct l3harec_network *,
                                            const char *name,
                                            const char *project_id,
                                            const char *device_owner,
                                            const char *device_id,
                                            const char *mac);

/* RBAC_Policy rows. */
void rows_rbac_of_object(const struct backend *, const struct uuid *,
                         struct rows *);
/* Subnets, in no order. */
void rows_subnets_of_pool(const struct backend *,
                          const struct l3harec_subnet_pool *, struct rows *);
/* QoS_Rule rows. */
void rows_rules_of_policy(const struct backend *,
                          const struct l3harec_qos_policy *, struct rows *);

/* True if 'port' goes by itself when its network or subnet is deleted. */
bool rows_port_is_auto_deleted(const struct l3harec_port *);

/* Deletes 'port' with its addresses, which the same transaction may use
 * again. */
void rows_port_delete(const struct l3harec_port *);

/* True if 'port' has an address in 'subnet'. */
bool rows_port_has_subnet(const struct l3harec_port *,
                          const struct l3harec_subnet *);

/* Takes the addresses in 'subnet' away from 'port'. */
void rows_port_remove_subnet(const struct l3harec_port *,
                             const struct l3harec_subnet *);

/* fixed_ips of 'port' as the API shows them. */
struct json *rows_port_fixed_ips(const struct l3harec_port *);

/* "DESTINATION NEXTHOP" strings of a row as the API shows them, and the
 * reverse: stores an array of '*n' into '*routesp', to be freed with its
 * elements. */
struct json *rows_routes_to_json(char **routes, size_t n);
void rows_routes_from_json(const struct json *, char ***routesp, size_t *n);
void rows_routes_free(char **routes, size_t n);

#endif /* server/rows.h */
