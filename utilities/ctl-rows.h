/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_ROWS_H
#define CTL_ROWS_H 1

/* What the commands of ovs-l3ha-ctl have in common. */

#include <stdbool.h>
#include <stddef.h>

struct l3harec_agent;
struct l3harec_network;
struct l3harec_port;
struct l3harec_router;
struct l3harec_router_instance;
struct ovsdb_idl;
struct ovsdb_idl_column;
struct ovsdb_idl_row;
struct smap;
struct table;

void ctl_add_columns(struct ovsdb_idl *,
                     const struct ovsdb_idl_column *const columns[],
                     size_t n);

struct table *ctl_new_table(const char *const *headings, size_t n);
void ctl_add_cell(struct table *, char *text);

char *ctl_row_name(const struct ovsdb_idl_row *, const char *name);
char *ctl_format_age(long long int when);
char *ctl_format_time(long long int when);
char *ctl_join(char *const *items, size_t n);
char *ctl_join_map(const struct smap *);

const struct l3harec_agent **ctl_sorted_agents(struct ovsdb_idl *, size_t *n);
const struct l3harec_router **ctl_sorted_routers(struct ovsdb_idl *,
                                                 size_t *n);
const struct l3harec_network **ctl_sorted_networks(struct ovsdb_idl *,
                                                   size_t *n);
const struct l3harec_router_instance **ctl_router_instances(
    struct ovsdb_idl *, const struct l3harec_router *, size_t *n);
const char *ctl_copy_state(const struct l3harec_router_instance *);
bool ctl_copy_is_active(const struct l3harec_router_instance *);
char *ctl_count_copies(struct ovsdb_idl *, const char *host);
const struct l3harec_port **ctl_router_ports(struct ovsdb_idl *,
                                             const struct l3harec_router *,
                                             size_t *n);
const struct l3harec_agent *ctl_find_agent(struct ovsdb_idl *,
                                           const char *host);

void ctl_agent_liveness_prereqs(struct ovsdb_idl *);
bool ctl_agent_is_alive(const struct ovsdb_idl *,
                        const struct l3harec_agent *);
const char *ctl_host_state(struct ovsdb_idl *, const char *host);

#endif /* utilities/ctl-rows.h */
