/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_L2_SECURITY_H
#define L3HA_L2_SECURITY_H 1

/* Port security and security groups, for role l2. */

#include <stdbool.h>
#include <stddef.h>

struct agent_ctx;
struct l2_security;
struct l3harec_port;
struct ovs_plugin_address;
struct uuid;

struct l2_security *l2_security_create(void);
void l2_security_destroy(struct l2_security *);

/* Gives to ovs-plugin every row, or those that changed. */
void l2_security_translate_all(struct l2_security *,
                               const struct agent_ctx *);
void l2_security_translate_changes(struct l2_security *,
                                   const struct agent_ctx *);

/* What a port may send from, of which the first 'n_own' addresses are its own,
 * and its groups; must be freed. */
struct ovs_plugin_address *l2_port_addresses(const struct l3harec_port *,
                                             size_t *n, size_t *n_own);
struct uuid *l2_port_groups(const struct l3harec_port *, size_t *n);
bool l2_port_is_secure(const struct l3harec_port *);

#endif /* agent/l2-security.h */
