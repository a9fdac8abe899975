/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_FLOW_TABLE_H
#define L3HA_FLOW_TABLE_H 1

/* Desired and installed OpenFlow flows, and the difference of the two. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/list.h"
#include "openvswitch/match.h"
#include "openvswitch/types.h"

struct ds;
struct flow_table;
struct ofpact;
struct ofpbuf;
struct uuid;

/* Cookies.  The upper half is the first 32 bits of the UUID of the resource
 * that a flow serves (0 for none); the lower half says whose the flow is:
 * flows with any other value are not ours and never touched. */
#define FLOW_COOKIE_DESIRED 0x6c336861 /* "l3ha": made from desired state. */
#define FLOW_COOKIE_LEARNED 0x6c33686c /* "l3hl": learned by the switch. */
ovs_be64 flow_cookie(const struct uuid *, uint32_t lower);

/* Whoever wants flows: a port, a network...  The flows of one owner are
 * always given as a whole. */
struct flow_owner {
    struct ovs_list flows;
};

void flow_owner_init(struct flow_owner *);

struct flow_table *flow_table_create(void);
void flow_table_destroy(struct flow_table *);

/* Desired flows. */
void flow_table_begin(struct flow_table *, struct flow_owner *);
void flow_table_add(struct flow_table *, struct flow_owner *,
                    uint8_t table_id, uint16_t priority, ovs_be64 cookie,
                    const struct match *, const struct ofpbuf *ofpacts);
void flow_table_end(struct flow_table *, struct flow_owner *);
void flow_table_remove(struct flow_table *, struct flow_owner *);

/* Installed flows. */
void flow_table_forget_installed(struct flow_table *);
void flow_table_set_installed(struct flow_table *, uint8_t table_id,
                              uint16_t priority, ovs_be64 cookie,
                              const struct match *,
                              const struct ofpact *, size_t ofpacts_len);

/* A difference between the two. */
enum flow_change_type {
    FLOW_CHANGE_ADD,            /* New, or another cookie. */
    FLOW_CHANGE_MODIFY,         /* Other actions; keeps its counters. */
    FLOW_CHANGE_DELETE,
};

struct flow_change {
    enum flow_change_type type;
    uint8_t table_id;
    uint16_t priority;
    ovs_be64 cookie;
    const struct minimatch *match;
    const struct ofpact *ofpacts;
    size_t ofpacts_len;
};

typedef void flow_change_cb(const struct flow_change *, void *aux);
size_t flow_table_take_changes(struct flow_table *, flow_change_cb *,
                               void *aux);
bool flow_table_has_changes(const struct flow_table *);

size_t flow_table_count(const struct flow_table *);
void flow_table_format(const struct flow_table *, struct ds *);

#endif /* ovs-plugin/flow-table.h */
