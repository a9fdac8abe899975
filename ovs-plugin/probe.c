/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/probe.h"

#include "packets.h"
#include "util.h"

/* A question to a host that BFD does not hear any more.
 *
 * BFD says that nothing was heard for some time, not why.  A switch, or a
 * machine, that stood still for that long hears nobody either, and finds what
 * was sent meanwhile too late; and a session that has gone down says one word
 * a second (RFC 5880, 6.8.3), so that the other side loses it, too.  If both
 * hosts then take over from each other, all routers move, which is more work
 * than what made the switch stand still, and the next loss follows.
 *
 * So the host is asked, through the tunnel that BFD runs on.  Its switch
 * answers by itself (stage-classify.c): what matters is that packets get there
 * and back.  How long the answer is waited for:
 *
 * - The time begins when our own switch has sent the question, and ends when
 *   it has sent all that it had for us then.
 * - It is three times what that took, for a switch that is slow to send is
 *   slow to bring the answer, but between a fifth of BFD's interval and the
 *   whole: for a host that is dead this is lost.
 * - One that has answered since BFD lost it has PATIENCE: it can die
 *   meanwhile, but with its usual interval VRRP notices that as fast.
 * - A host whose answers were slow a while ago, even too late, is given more
 *   time than they took.
 *
 * Owns nothing but its state; sends and receives nothing (links.c).
 *
 * Limit: a host whose agent does not know of this does not answer. */

/* How long our own switch may take to send a question, and how long a host is
 * waited for that has answered before, in ms. */
#define PATIENCE 1000

/* How long a slow answer is remembered, and how long is waited at most because
 * of it, in ms. */
#define SLOW_TIME 10000
#define SLOW_MAX 500

/* Later than this it is not an answer but a packet that went astray, in ms. */
#define LATE_MAX 2000

/* Begins a question to a host that is heard every 'interval' ms, or not any
 * more. */
void
probe_ask(struct probe *probe, int interval, long long int now)
{
    probe->again = probe->state == PROBE_ANSWERED;
    probe->state = PROBE_ASKED;
    probe->interval = interval;
    probe->asked_at = now;
    probe->deadline = now + PATIENCE;
    eth_addr_random(&probe->number);
}

/* Our switch has done what it was told: it has sent the question, or, after
 * probe_last_call(), all that it had for us. */
void
probe_is_out(struct probe *probe, long long int now)
{
    if (probe->state == PROBE_LAST_CALL) {
        probe->state = PROBE_MISSED;
    } else if (probe->state == PROBE_ASKED) {
        long long int wait = 3 * (now - probe->asked_at);

        wait = MIN(MAX(wait, probe->interval / 5), probe->interval);
        if (now < probe->slowest_until) {
            wait = MAX(wait, MIN(2 * probe->slowest, SLOW_MAX));
        }
        probe->deadline = now + (probe->again ? MAX(wait, PATIENCE) : wait);
    }
}

/* The time is over, and our switch has been told to say when it has sent what
 * it has for us.  One that was busy may have the answer. */
void
probe_last_call(struct probe *probe, long long int now)
{
    probe->state = PROBE_LAST_CALL;
    probe->deadline = now + PATIENCE;
}

/* Returns true if an answer is waited for. */
bool
probe_is_open(const struct probe *probe)
{
    return probe->state == PROBE_ASKED || probe->state == PROBE_LAST_CALL;
}

/* Nothing is to be asked any more; an answer may still come. */
void
probe_stop(struct probe *probe)
{
    probe->state = PROBE_NONE;
}

/* An answer with 'number' has come.  Returns true if it is one to 'probe', and
 * in time. */
bool
probe_answer(struct probe *probe, const struct eth_addr number,
             long long int now)
{
    int took = MIN(now - probe->asked_at, LATE_MAX);

    if (!eth_addr_equals(number, probe->number)
        || (took >= LATE_MAX && !probe_is_open(probe))) {
        return false;
    }
    if (now >= probe->slowest_until || took >= probe->slowest) {
        probe->slowest = took;
        probe->slowest_until = now + SLOW_TIME;
    }
    if (probe_is_open(probe)) {
        probe->state = PROBE_ANSWERED;
        return true;
    }
    return false;
}

/* Returns what has become of 'probe'. */
enum probe_state
probe_run(struct probe *probe, long long int now)
{
    if (probe_is_open(probe) && now >= probe->deadline) {
        probe->state = (probe->state == PROBE_ASKED
                        ? PROBE_DUE : PROBE_MISSED);
    }
    return probe->state;
}

/* Writes the frame that asks the question. */
void
probe_compose(const struct probe *probe, struct eth_header *eth)
{
    static const struct eth_addr ask = PROBE_ASK;

    eth->eth_dst = ask;
    eth->eth_src = probe->number;
    eth->eth_type = htons(PROBE_ETH_TYPE);
}
