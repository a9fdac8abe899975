/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_OF_CONN_H
#define L3HA_OF_CONN_H 1

/* OpenFlow connection to the integration bridge. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct flow_table;
struct meters;
struct of_conn;
struct ofputil_flow_mod;
struct ofputil_flow_stats;
struct ofputil_packet_in;

/* What an of_conn tells its user. */
struct of_conn_callbacks {
    /* A flow found in the switch whose cookie's lower half is
     * FLOW_COOKIE_LEARNED, at connect or after of_conn_dump_learned(). */
    void (*learned_flow)(const struct ofputil_flow_stats *, void *aux);
    /* Whether the switch can limit a rate by meters; said on each new
     * connection before any flow is sent. */
    void (*can_meter)(bool can, void *aux);
    /* A packet that a flow sent to its controller. */
    void (*packet_in)(const struct ofputil_packet_in *, void *aux);
    /* The switch has done what it was told before of_conn_barrier() returned
     * 'xid'. */
    void (*barrier)(ovs_be32 xid, void *aux);
    void *aux;
};

struct of_conn *of_conn_create(struct flow_table *, struct meters *,
                               const struct of_conn_callbacks *);
void of_conn_destroy(struct of_conn *);
void of_conn_run(struct of_conn *, const char *target);
void of_conn_wait(struct of_conn *);

/* Flow changes. */
uint64_t of_conn_next_seqno(struct of_conn *);
bool of_conn_is_idle(const struct of_conn *);
uint64_t of_conn_acked_seqno(const struct of_conn *);
uint64_t of_conn_n_unacked(const struct of_conn *);
void of_conn_flush(struct of_conn *);
void of_conn_flow_mod(struct of_conn *, const struct ofputil_flow_mod *);
void of_conn_packet_out(struct of_conn *, ofp_port_t in_port,
                        ofp_port_t out_port, const void *, size_t);
ovs_be32 of_conn_barrier(struct of_conn *);
void of_conn_flush_zone(struct of_conn *, uint16_t zone);
void of_conn_dump_learned(struct of_conn *);

bool of_conn_is_up(const struct of_conn *);
bool of_conn_has_switch(const struct of_conn *);
const char *of_conn_state(const struct of_conn *);

#endif /* ovs-plugin/of-conn.h */
