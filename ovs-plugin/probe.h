/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_PROBE_H
#define L3HA_PROBE_H 1

/* A question to a host that BFD does not hear any more. */

#include <stdbool.h>

#include "packets.h"

/* Frames of this type (IEEE 802, "Local Experimental Ethertype 1") with the
 * key 0, which no network has, come out of tunnels with one of these
 * destinations; the switch sends back the first as the second, and the second
 * to its agent.  The source is a number, to tell one question from another. */
#define PROBE_ETH_TYPE 0x88b5
#define PROBE_ASK ETH_ADDR_C(02,6c,33,68,61,01)
#define PROBE_ANSWER ETH_ADDR_C(02,6c,33,68,61,02)

enum probe_state {
    PROBE_NONE,                 /* Nothing was asked. */
    PROBE_ASKED,
    PROBE_DUE,                  /* The time is over: probe_last_call(). */
    PROBE_LAST_CALL,            /* Has our switch got the answer already? */
    PROBE_ANSWERED,
    PROBE_MISSED,               /* No answer in time. */
};

/* Questions to one host, one at a time.  All zeros: none yet.  Times are from
 * time_msec(). */
struct probe {
    enum probe_state state;
    struct eth_addr number;     /* Source of the latest frame. */
    int interval;               /* Of BFD, in ms. */
    bool again;                 /* It has answered the one before. */
    long long int asked_at;
    long long int deadline;
    int slowest;                /* Answer until 'slowest_until', in ms. */
    long long int slowest_until;
};

void probe_ask(struct probe *, int interval, long long int now);
void probe_is_out(struct probe *, long long int now);
void probe_stop(struct probe *);
void probe_last_call(struct probe *, long long int now);
bool probe_is_open(const struct probe *);
bool probe_answer(struct probe *, const struct eth_addr number,
                  long long int now);
enum probe_state probe_run(struct probe *, long long int now);
void probe_compose(const struct probe *, struct eth_header *);

#endif /* ovs-plugin/probe.h */
