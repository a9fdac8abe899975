/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Floating IPs: their rows, and the rules by which ports and routers that
 * they depend on may change.
 *
 * Invariants: a floating IP has a port and its fixed address, or port
 * forwardings, or neither; it has a router in exactly the first two cases.
 * Who changes the association writes to the router and to the port
 * (resource_touch()), so that of two requests that exclude each other, at two
 * servers, one is run again. */

#include <config.h>
#include "server/floating-ip.h"

#include <string.h>

#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/ha.h"
#include "server/resource.h"
#include "server/router-gateway.h"
#include "server/router-ports.h"
#include "server/rows.h"
#include "smap.h"
#include "util.h"

/* The address of 'port' in 'subnet', or NULL. */
static const char *
address_in(const struct l3harec_port *port,
           const struct l3harec_subnet *subnet)
{
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        if (port->fixed_ips[i]->subnet == subnet) {
            return port->fixed_ips[i]->address;
        }
    }
    return NULL;
}

const struct l3harec_router *
floating_ip_find_router(struct api_ctx *ctx,
                        const struct l3harec_network *network,
                        const struct l3harec_subnet *subnet)
{
    const struct l3harec_router *best = NULL;
    bool best_is_gateway = false;
    struct rows ports;

    rows_ports_of_network(ctx->backend, subnet->network, &ports);
    for (size_t i = 0; i < ports.n; i++) {
        const struct l3harec_port *port = ports.rows[i];
        const char *address = address_in(port, subnet);
        const struct l3harec_port *gw;
        bool is_gateway;

        if (!address || !port->router || !router_port_is_interface(port)) {
            continue;
        }
        gw = router_get_gateway(ctx, port->router);
        if (!gw || gw->network != network) {
            continue;
        }
        is_gateway = (subnet->gateway_ip
                      && !strcmp(subnet->gateway_ip, address));
        /* Of equals the same at every server. */
        if (!best || is_gateway > best_is_gateway
            || (is_gateway == best_is_gateway
                && uuid_compare_3way(&port->router->header_.uuid,
                                     &best->header_.uuid) < 0)) {
            best = port->router;
            best_is_gateway = is_gateway;
        }
    }
    rows_destroy(&ports);
    return best;
}

void
floating_ip_associate(struct api_ctx *ctx,
                      const struct l3harec_floating_ip *fip,
                      const struct l3harec_port *port,
                      const char *fixed_address,
                      const struct l3harec_router *router)
{
    struct smap none = SMAP_INITIALIZER(&none);

    if (router) {
        resource_touch(ctx, &std_router, &router->header_);
    }
    if (port) {
        resource_touch(ctx, &std_port, &port->header_);
    }
    resource_touch(ctx, &std_floating_ip, &fip->header_);
    l3harec_floating_ip_set_port(fip, port);
    l3harec_floating_ip_set_fixed_address(fip, fixed_address);
    l3harec_floating_ip_set_router(fip, router);
    l3harec_floating_ip_set_state(fip, &none);
}

const char *
floating_ip_get_status(struct api_ctx *ctx,
                       const struct l3harec_floating_ip *fip)
{
    const struct l3harec_router_instance *active;
    const char *state;

    if (!fip->router || !fip->router->admin_state_up) {
        return "DOWN";
    }
    active = ha_router_get_active(ctx->backend, fip->router);
    state = active ? smap_get(&fip->state, active->host) : NULL;
    return !state ? "DOWN" : strcmp(state, "up") ? "ERROR" : "ACTIVE";
}

bool
floating_ip_has_forwards(struct api_ctx *ctx,
                         const struct l3harec_floating_ip *fip)
{
    struct rows forwards;
    bool any;

    rows_forwards_of_fip(ctx->backend, fip, &forwards);
    any = forwards.n > 0;
    rows_destroy(&forwards);
    return any;
}

void
floating_ip_delete(const struct l3harec_floating_ip *fip)
{
    rows_port_delete(fip->floating_port);
    l3harec_floating_ip_delete(fip);
}

void
floating_ip_delete_unused(struct api_ctx *ctx,
                          const struct l3harec_network *network)
{
    const struct l3harec_floating_ip *fip;
    struct rows fips;

    rows_fips_of_network(ctx->backend, network, &fips);
    for (size_t i = 0; i < fips.n; i++) {
        fip = fips.rows[i];
        if (!fip->router) {
            floating_ip_delete(fip);
        }
    }
    rows_destroy(&fips);
}

struct api_error *
floating_ip_check_gateway(struct api_ctx *ctx,
                          const struct l3harec_router *router,
                          const struct l3harec_port *gw)
{
    struct api_error *error = NULL;
    struct rows fips;

    rows_fips_of_router(ctx->backend, router, &fips);
    if (fips.n) {
        error = api_error_create(
            409, "RouterExternalGatewayInUseByFloatingIp", "Gateway cannot "
            "be updated for router "UUID_FMT", since a gateway to external "
            "network "UUID_FMT" is required by one or more floating IPs.",
            UUID_ARGS(&router->header_.uuid),
            UUID_ARGS(&gw->network->header_.uuid));
    }
    rows_destroy(&fips);
    return error;
}

struct api_error *
floating_ip_check_interface(struct api_ctx *ctx,
                            const struct l3harec_router *router,
                            const struct l3harec_subnet *subnet)
{
    bool used = false;
    struct rows fips;

    rows_fips_of_router(ctx->backend, router, &fips);
    for (size_t i = 0; i < fips.n && !used; i++) {
        const struct l3harec_floating_ip *fip = fips.rows[i];
        struct rows forwards;

        used = (fip->fixed_address
                && router_subnet_contains(subnet, fip->fixed_address));
        rows_forwards_of_fip(ctx->backend, fip, &forwards);
        for (size_t j = 0; j < forwards.n && !used; j++) {
            const struct l3harec_port_forwarding *f = forwards.rows[j];

            used = router_subnet_contains(subnet, f->internal_address);
        }
        rows_destroy(&forwards);
    }
    rows_destroy(&fips);
    return (used
            ? api_error_create(
                409, "RouterInterfaceInUseByFloatingIP", "Router interface "
                "for subnet "UUID_FMT" on router "UUID_FMT" cannot be "
                "deleted, as it is required by one or more floating IPs.",
                UUID_ARGS(&subnet->header_.uuid),
                UUID_ARGS(&router->header_.uuid))
            : NULL);
}

bool
floating_ip_owns_port(struct api_ctx *ctx, const struct l3harec_port *port)
{
    struct uuid uuid;

    return (!strcmp(port->device_owner, L3HA_OWNER_FLOATINGIP)
            && uuid_from_string(&uuid, port->device_id)
            && l3harec_floating_ip_get_for_uuid(ctx->idl, &uuid));
}

bool
floating_ip_port_has_address(const struct l3harec_port *port,
                             const char *address)
{
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        if (!strcmp(port->fixed_ips[i]->address, address)) {
            return true;
        }
    }
    return false;
}

/* Deletes the port forwardings to 'port', all of them or those to addresses
 * that it does not have. */
static void
delete_forwards(struct api_ctx *ctx, const struct l3harec_port *port,
                bool all)
{
    struct rows rows;

    rows_forwards_of_port(ctx->backend, port, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct l3harec_port_forwarding *f = rows.rows[i];
        const struct l3harec_floating_ip *fip = f->floating_ip;

        if (!all && floating_ip_port_has_address(port, f->internal_address)) {
            continue;
        }
        l3harec_port_forwarding_delete(f);
        if (!floating_ip_has_forwards(ctx, fip)) {
            floating_ip_associate(ctx, fip, NULL, NULL, NULL);
        }
    }
    rows_destroy(&rows);
}

void
floating_ip_release_port(struct api_ctx *ctx, const struct l3harec_port *port)
{
    struct rows fips;

    rows_fips_of_port(ctx->backend, port, &fips);
    for (size_t i = 0; i < fips.n; i++) {
        floating_ip_associate(ctx, fips.rows[i], NULL, NULL, NULL);
    }
    rows_destroy(&fips);
    delete_forwards(ctx, port, true);
}

struct api_error *
floating_ip_check_addresses(struct api_ctx *ctx,
                            const struct l3harec_port *port)
{
    struct api_error *error = NULL;
    struct rows fips;

    rows_fips_of_port(ctx->backend, port, &fips);
    for (size_t i = 0; i < fips.n && !error; i++) {
        const struct l3harec_floating_ip *fip = fips.rows[i];

        if (!floating_ip_port_has_address(port, fip->fixed_address)) {
            error = api_error_bad_request(
                "port", "Cannot update the fixed_ips of the port "UUID_FMT
                ", because its original fixed_ip has been associated to a "
                "floating ip", UUID_ARGS(&port->header_.uuid));
        }
    }
    rows_destroy(&fips);
    if (!error) {
        delete_forwards(ctx, port, false);
    }
    return error;
}
