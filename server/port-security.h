/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef PORT_SECURITY_H
#define PORT_SECURITY_H 1

/* What a port may send and receive: its security groups and address pairs,
 * and whether they count at all; and its DHCP options. */

#include "server/resource.h"

struct l3harec_port;

/* Attributes "security_groups", "allowed_address_pairs", "extra_dhcp_opts"
 * of 'port' as a request's 'body' wants them.  The port's project, owner and
 * MAC are set; port_security_enabled is that of the body. */
struct api_error *port_security_create(struct api_ctx *,
                                       const struct l3harec_port *port,
                                       const struct json *body);
struct api_error *port_security_update(struct api_ctx *,
                                       const struct l3harec_port *port,
                                       const struct json *body);

/* Getters of these attributes. */
res_get_func port_security_get_pairs;
res_get_func port_security_get_dhcp_opts;

#endif /* server/port-security.h */
