/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef RES_ZONE_H
#define RES_ZONE_H 1

/* Availability zones of networks and routers. */

#include <stddef.h>

#include "server/agents.h"

struct svec;

/* Checks that there is an agent with 'role', dead or not, in each of the 'n'
 * zones in 'hints'.  Error: AvailabilityZoneNotFound. */
struct api_error *zone_check_hints(const struct backend *, enum agent_role,
                                   char *const *hints, size_t n);

/* The zones of 'hosts' as a JSON array, each once. */
struct json *zone_list_of_hosts(const struct backend *,
                                const struct svec *hosts);

#endif /* server/res-zone.h */
