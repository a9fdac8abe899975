/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef SECURITY_GROUP_H
#define SECURITY_GROUP_H 1

/* Security groups: the default one of a project, and what a rule says. */

#include <stdbool.h>
#include <stddef.h>

struct api_ctx;
struct backend;
struct l3harec_address_group;
struct l3harec_security_group;
struct l3harec_security_group_rule;

/* What a rule says. */
struct sg_rule {
    const char *direction;      /* "ingress", "egress". */
    const char *ethertype;      /* "IPv4", "IPv6". */
    const char *protocol;       /* As given; "": any. */
    int ip_protocol;            /* Number of 'protocol', -1: any. */
    int port_min, port_max;     /* -1: none. */
    const char *remote_ip_prefix; /* "": none. */
    const struct l3harec_security_group *remote_group;
    const struct l3harec_address_group *remote_address_group;
};

/* Returns the number of protocol 'name', which may be a number, or -1. */
int sg_protocol_from_name(const char *name);

/* The names that sg_protocol_from_name() knows, by 'i' from 0, then NULL. */
const char *sg_protocol_name(size_t i);

/* Writes 'rule' to 'row', a new row of 'group'. */
void sg_rule_write(const struct l3harec_security_group_rule *row,
                   const struct l3harec_security_group *group,
                   const struct sg_rule *rule);

/* Returns the rule of 'group' that says the same as 'rule', or NULL. */
const struct l3harec_security_group_rule *sg_rule_find(
    const struct backend *, const struct l3harec_security_group *group,
    const struct sg_rule *rule);

/* Gives a new 'group' the rules that let everything out. */
void sg_add_egress_rules(struct api_ctx *,
                         const struct l3harec_security_group *group);

/* Returns the default group of 'project_id', which is made in the context's
 * transaction if there is none yet. */
const struct l3harec_security_group *sg_get_default(struct api_ctx *,
                                                    const char *project_id);

bool sg_is_default(const struct backend *,
                   const struct l3harec_security_group *);

/* Deletes the note that 'group' is a project's default group. */
void sg_clear_default(const struct backend *,
                      const struct l3harec_security_group *group);

#endif /* server/security-group.h */
