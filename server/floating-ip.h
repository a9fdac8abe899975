/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef FLOATING_IP_H
#define FLOATING_IP_H 1

/* Floating IPs and what other resources have to know of them. */

#include <stdbool.h>
#include <stddef.h>

struct api_ctx;
struct api_error;
struct l3harec_floating_ip;
struct l3harec_network;
struct l3harec_port;
struct l3harec_router;
struct l3harec_subnet;

/* Finds the router by which the external 'network' is reached from 'subnet',
 * the one that is the subnet's gateway if there are several; NULL if there is
 * none. */
const struct l3harec_router *floating_ip_find_router(
    struct api_ctx *, const struct l3harec_network *,
    const struct l3harec_subnet *);

/* Has 'fip' lead to 'fixed_address' of 'port' through 'router'; without a
 * port nowhere, with a router and no port by its port forwardings only.
 * What agents said of the old state is forgotten. */
void floating_ip_associate(struct api_ctx *,
                           const struct l3harec_floating_ip *fip,
                           const struct l3harec_port *port,
                           const char *fixed_address,
                           const struct l3harec_router *router);

/* Status in the API: "ACTIVE", "DOWN" or "ERROR". */
const char *floating_ip_get_status(struct api_ctx *,
                                   const struct l3harec_floating_ip *);

/* True if 'fip' has port forwardings. */
bool floating_ip_has_forwards(struct api_ctx *,
                              const struct l3harec_floating_ip *fip);

/* Deletes 'fip' with its port. */
void floating_ip_delete(const struct l3harec_floating_ip *fip);

/* Deletes the floating IPs of 'network' that lead nowhere: it is about to be
 * deleted. */
void floating_ip_delete_unused(struct api_ctx *,
                               const struct l3harec_network *);

/* Refuses a change of the gateway while the router's floating IPs need it
 * (RouterExternalGatewayInUseByFloatingIp, 409). */
struct api_error *floating_ip_check_gateway(struct api_ctx *,
                                            const struct l3harec_router *,
                                            const struct l3harec_port *gw);

/* Refuses to detach 'subnet' while a floating IP leads there
 * (RouterInterfaceInUseByFloatingIP, 409). */
struct api_error *floating_ip_check_interface(struct api_ctx *,
                                              const struct l3harec_router *,
                                              const struct l3harec_subnet *);

/* 'port' goes: nothing may lead there any more. */
void floating_ip_release_port(struct api_ctx *, const struct l3harec_port *);

/* 'port' has got other addresses.  Refuses if it has lost one that a floating
 * IP leads to (BadRequest, 400); port forwardings to it go. */
struct api_error *floating_ip_check_addresses(struct api_ctx *,
                                              const struct l3harec_port *);

/* True if 'port' holds the address of a floating IP. */
bool floating_ip_owns_port(struct api_ctx *, const struct l3harec_port *);

/* True if 'port' has 'address'. */
bool floating_ip_port_has_address(const struct l3harec_port *,
                                  const char *address);

#endif /* server/floating-ip.h */
