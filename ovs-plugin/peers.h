/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_PEERS_H
#define L3HA_PEERS_H 1

/* Has the switch find the other ends of tunnels before they are needed. */

struct of_conn;
struct peers;
struct pipeline;

struct peers *peers_create(const struct pipeline *, struct of_conn *);
void peers_destroy(struct peers *);

void peers_check(struct peers *);
void peers_run(struct peers *);
void peers_wait(const struct peers *);

#endif /* ovs-plugin/peers.h */
