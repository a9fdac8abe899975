/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENTS_H
#define AGENTS_H 1

/* Agents: who is alive, and how they appear in the API.
 *
 * A row of table Agent is a host; the API shows one agent for each of its
 * roles. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "uuid.h"

struct agents;
struct api_error;
struct backend;
struct json;
struct l3ha_config;
struct l3harec_agent;
struct l3harec_router;
struct ovsdb_idl;
struct ovsdb_idl_txn;
struct sset;

enum agent_role {
    AGENT_L2,
    AGENT_L3,
    AGENT_DHCP,
    AGENT_METADATA,
    AGENT_N_ROLES
};

/* One agent of the API.  Valid until the next ovsdb_idl_run(). */
struct agent_view {
    struct uuid id;             /* Made from row and role; stable. */
    const struct l3harec_agent *row; /* host, availability_zone, created_at,
                                      * started_at, heartbeat,
                                      * description. */
    enum agent_role role;
    const char *agent_type;     /* "L3 agent"... */
    const char *binary;         /* "neutron-l3-agent"... */
    const char *topic;          /* "l3_agent", "N/A"... */
    const char *availability_zone; /* NULL (JSON null) for "Open vSwitch
                                    * agent". */
    bool alive;
    bool admin_state_up;
};

/* The API's id of 'role' of the host with Agent row 'row'. */
struct uuid agents_make_id(const struct uuid *row, enum agent_role);
const char *agents_role_name(enum agent_role);   /* "l2", "l3"... */

struct agents *agents_create(const struct l3ha_config *);
void agents_destroy(struct agents *);

/* Notices new heartbeats, by change tracking, and agents that fell silent. */
void agents_run(struct backend *);
void agents_wait(struct backend *);

/* Changes whenever an agent appears, dies, revives, changes its roles,
 * mappings or admin state, or is drained or undrained. */
uint64_t agents_seqno(const struct agents *);

/* Moves into 'hosts' (initialized) the names of the hosts for which that was
 * so since the last call. */
void agents_take_changed(struct agents *, struct sset *hosts);

bool agents_is_alive(const struct backend *, const struct l3harec_agent *);
bool agents_has_role(const struct l3harec_agent *, enum agent_role);
bool agents_is_admin_up(const struct l3harec_agent *, enum agent_role);

/* The Agent row of 'host', or NULL. */
const struct l3harec_agent *agents_find_host(const struct backend *,
                                             const char *host);

/* Iteration and lookup of API agents.  agents_get_all() returns an array of
 * '*n' that the caller frees. */
struct agent_view *agents_get_all(const struct backend *, size_t *n);
bool agents_find(const struct backend *, const struct uuid *id,
                 struct agent_view *);
bool agents_get_view(const struct backend *, const struct l3harec_agent *,
                     enum agent_role, struct agent_view *);

/* 'configurations' of an agent as a JSON object (Open vSwitch's struct json)
 * that the caller destroys. */
struct json *agents_get_configurations(const struct backend *,
                                       const struct agent_view *);

/* PUT admin_state_up, description. */
void agents_set_admin_state(const struct agent_view *, bool up);

/* DELETE: takes the role away; the row goes with its last role.  An agent
 * that is alive puts itself back.  AgentInUse is not checked by Neutron
 * either. */
void agents_delete(struct backend *, struct ovsdb_idl_txn *,
                   const struct agent_view *);

#endif /* server/agents.h */
