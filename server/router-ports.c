/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Ports of routers: what interfaces and gateway have in common.
 *
 * Owns the rules by which a router is attached to networks.  On which hosts
 * such a port is plugged is ha.c's.
 *
 * Invariants: Port:router, device_id and device_owner of a router's port are
 * set and cleared together. */

#include <config.h>
#include "server/router-ports.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/ipam.h"
#include "server/mac.h"
#include "server/rows.h"
#include "util.h"

bool
router_port_is_gateway(const struct l3harec_port *port)
{
    return !strcmp(port->device_owner, L3HA_OWNER_ROUTER_GATEWAY);
}

bool
router_port_is_interface(const struct l3harec_port *port)
{
    return (!strcmp(port->device_owner, L3HA_OWNER_ROUTER_INTERFACE)
            || !strcmp(port->device_owner, L3HA_OWNER_HA_REPLICATED));
}

/* Stores the interfaces and the gateway of 'router' into 'rows'. */
void
router_get_ports(struct api_ctx *ctx, const struct l3harec_router *router,
                 struct rows *rows)
{
    size_t n = 0;

    rows_ports_of_router(ctx->backend, router, rows);
    for (size_t i = 0; i < rows->n; i++) {
        if (router_port_is_gateway(rows->rows[i])
            || router_port_is_interface(rows->rows[i])) {
            rows->rows[n++] = rows->rows[i];
        }
    }
    rows->n = n;
}

/* Overlap. */

static struct api_error *
check_subnet_pair(const struct l3harec_subnet *old,
                  const struct l3harec_subnet *new)
{
    struct ipam_cidr a, b;

    if (old == new) {
        return router_bad_request("Router already has a port on subnet "
                                  UUID_FMT, UUID_ARGS(&new->header_.uuid));
    }
    if (ipam_cidr_parse(old->cidr, &a) && ipam_cidr_parse(new->cidr, &b)
        && ipam_cidr_overlaps(&a, &b)) {
        return router_bad_request("Cidr %s of subnet "UUID_FMT" overlaps with "
                                  "cidr %s of subnet "UUID_FMT, new->cidr,
                                  UUID_ARGS(&new->header_.uuid), old->cidr,
                                  UUID_ARGS(&old->header_.uuid));
    }
    return NULL;
}

/* Checks that 'subnet' overlaps no subnet that the router is attached to by
 * another port than 'except'.  By its gateway a router is attached to all
 * subnets of the network. */
struct api_error *
router_check_overlap(struct api_ctx *ctx,
                     const struct l3harec_router *router,
                     const struct l3harec_subnet *subnet,
                     const struct l3harec_port *except)
{
    struct api_error *error = NULL;
    struct rows ports;

    router_get_ports(ctx, router, &ports);
    for (size_t i = 0; i < ports.n && !error; i++) {
        const struct l3harec_port *port = ports.rows[i];

        if (port == except) {
            continue;
        }
        if (router_port_is_gateway(port)) {
            struct rows subnets;

            rows_subnets_of_network(ctx->backend, port->network, &subnets);
            for (size_t j = 0; j < subnets.n && !error; j++) {
                error = check_subnet_pair(subnets.rows[j], subnet);
            }
            rows_destroy(&subnets);
        }
        for (size_t j = 0; j < port->n_fixed_ips && !error; j++) {
            error = check_subnet_pair(port->fixed_ips[j]->subnet, subnet);
        }
    }
    rows_destroy(&ports);
    return error;
}

bool
router_subnet_contains(const struct l3harec_subnet *subnet, const char *ip)
{
    struct ipam_cidr cidr;
    struct ipam_addr addr;
    int version;

    return (ipam_cidr_parse(subnet->cidr, &cidr)
            && ipam_addr_parse(ip, &version, &addr)
            && version == cidr.version && ipam_cidr_contains(&cidr, addr));
}

struct api_error *
router_insert_service_port(struct api_ctx *ctx,
                           const struct l3harec_network *network,
                           const char *project_id, const char *owner,
                           const struct uuid *device,
                           const struct l3harec_port **portp)
{
    char device_id[UUID_LEN + 1];
    const struct l3harec_port *port;
    struct api_error *error;
    char mac[MAC_STRLEN];
    struct uuid uuid;

    *portp = NULL;
    error = mac_allocate(ctx->backend, network, mac);
    if (error) {
        return error;
    }
    snprintf(device_id, sizeof device_id, UUID_FMT, UUID_ARGS(device));
    uuid_generate(&uuid);
    port = l3harec_port_insert_persist_uuid(ctx->txn, &uuid);
    resource_init_standard(ctx, &std_port, &port->header_);
    l3harec_port_set_network(port, network);
    l3harec_port_set_name(port, "");
    l3harec_port_set_description(port, "");
    l3harec_port_set_project_id(port, project_id);
    l3harec_port_set_admin_state_up(port, true);
    l3harec_port_set_mac(port, mac);
    l3harec_port_set_device_id(port, device_id);
    l3harec_port_set_device_owner(port, owner);
    l3harec_port_set_port_security_enabled(port, false);
    l3harec_port_set_vnic_type(port, "normal");
    l3harec_port_set_binding_profile(port, "{}");
    l3harec_port_set_host(port, "");
    l3harec_port_set_vif_type(port, "unbound");
    *portp = port;
    return NULL;
}

/* Inserts a port of 'router' on 'network', without addresses. */
struct api_error *
router_insert_port(struct api_ctx *ctx, const struct l3harec_router *router,
                   const struct l3harec_network *network,
                   const char *project_id, const char *owner,
                   const struct l3harec_port **portp)
{
    struct api_error *error;

    error = router_insert_service_port(ctx, network, project_id, owner,
                                       &router->header_.uuid, portp);
    if (!error) {
        l3harec_port_set_router(*portp, router);
    }
    return error;
}
