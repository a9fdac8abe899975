/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_OFPORTS_H
#define L3HA_OFPORTS_H 1

/* OpenFlow numbers of interfaces; 0 stands for none. */

#include <stdbool.h>

#include "openvswitch/types.h"

struct ofports;
struct uuid;

struct ofports *ofports_create(void);
void ofports_destroy(struct ofports *);

/* Tunnels and patch ports, by name. */
void ofports_set_iface(struct ofports *, const char *name, ofp_port_t);
ofp_port_t ofports_iface(const struct ofports *, const char *name);
const char *ofports_find_iface(const struct ofports *, ofp_port_t);

/* Interfaces of ports, by external_ids:iface-id. */
void ofports_set_vif(struct ofports *, const struct uuid *port_id,
                     ofp_port_t);
ofp_port_t ofports_vif(const struct ofports *, const struct uuid *port_id);
const struct uuid *ofports_find_vif(const struct ofports *, ofp_port_t);

#endif /* ovs-plugin/ofports.h */
