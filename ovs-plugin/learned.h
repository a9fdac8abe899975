/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_LEARNED_H
#define L3HA_LEARNED_H 1

/* Flows that the switch learns by itself. */

struct learned;
struct of_conn;
struct ofputil_flow_stats;
struct ofputil_packet_in;
struct pipeline;

struct learned *learned_create(struct pipeline *, struct of_conn *);
void learned_destroy(struct learned *);
void learned_packet_in(struct learned *, const struct ofputil_packet_in *);
void learned_check_flow(struct learned *, const struct ofputil_flow_stats *);
void learned_check_all(struct learned *);
void learned_run(struct learned *);

#endif /* ovs-plugin/learned.h */
