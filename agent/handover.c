/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/handover.h"

#include <limits.h>
#include <stdlib.h>

#include "agent/router.h"
#include "agent/takeover.h"
#include "agent/vrrp-advert.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(handover);

/* How an active copy of a router hands over to another one that is able.
 *
 * Owns 'failover.handover' of a router.  In: the successor, which failover.c
 * has chosen; what the database knows of the other copies.  Out:
 * advertisements to the successor (vrrp-advert.c); a state, from which
 * failover.c makes the standing of our copy.
 *
 * Our copy gets the least priority there is, and the successor is told that
 * its master is gone.  It becomes active, and its first advertisement makes
 * ours step back, which has forwarded until then.  If that does not happen,
 * keepalived is told that something is wrong, which makes it leave with an
 * advertisement of priority 0.  If the successor is lost meanwhile, or may
 * have been dead before, nothing is better than what there was: ours stays. */

/* How long a copy that hands over waits for the successor to become active,
 * in ms, and how often it tells it to (what it says may be lost, and be taken
 * back by an advertisement of our own that was under way). */
#define HAND_OVER_TIME 200
#define HAND_OVER_REPEAT 40

/* The former with version 2 of VRRP, whose backups wait for up to a second,
 * and longer if they are told again. */
#define HAND_OVER_TIME_V2 1500

/* How long a copy that leaves without its successor stays away at most, in ms:
 * longer than one needs that has not heard that it is to hurry. */
#define LEAVE_TIME 500

/* How many copies may hand over at a time, in a hurry and without: each
 * announcement of a successor has switches learn, and look through all they
 * know.  A hundred at once keep a switch in user space so long from its BFD
 * sessions that hosts seem to be lost which are not. */
#define MAX_IN_A_HURRY 8
#define MAX_AT_LEISURE 1

/* How much longer than a handover the pause after it is, if there is no hurry:
 * on a busy host it takes longer, and the others should notice nothing. */
#define PAUSE_FACTOR 3

/* 'n' copies hand over at 'now', in time_msec(). */
void
handover_pace_update(struct handover_pace *pace, unsigned int n,
                     long long int now)
{
    if (n < pace->n) {
        pace->next_at = now + PAUSE_FACTOR * (now - pace->begun_at);
    }
    pace->n = n;
}

/* One more begins at 'now', in time_msec(). */
void
handover_pace_begin(struct handover_pace *pace, long long int now)
{
    pace->n++;
    pace->begun_at = now;
}

/* Returns when the next copy may hand over, in time_msec(), LLONG_MAX if
 * others have to end first.  There is a hurry if the host has lost what the
 * copy needs to be of use. */
long long int
handover_pace_next(const struct handover_pace *pace, bool hurry)
{
    return (pace->n >= (hurry ? MAX_IN_A_HURRY : MAX_AT_LEISURE) ? LLONG_MAX
            : hurry ? 0 : pace->next_at);
}

/* Begins to hand over to 'successor', which is not told yet: the caller gives
 * our copy its new standing first. */
void
handover_begin(struct handover *h, const struct keepalived_options *options,
               const struct sibling *successor)
{
    h->state = HANDOVER_TO_SUCCESSOR;
    h->until = time_msec() + (options->version == 2
                              ? HAND_OVER_TIME_V2 : HAND_OVER_TIME);
    free(h->successor);
    h->successor = xstrdup(successor->host);
}

/* Tells 'successor', which may be NULL, to become active instead of our copy.
 * Returns false if it cannot be told. */
static bool
tell(struct router *r, const struct router_env *env,
     const struct sibling *successor)
{
    r->failover.handover.tell_at = (env->keepalived.version == 2 ? LLONG_MAX
                                    : time_msec() + HAND_OVER_REPEAT);
    return successor && vrrp_advert_hand_over(env->plugin, r->config,
                                              &env->keepalived, successor);
}

/* Leaves, whoever follows. */
static void
leave_alone(struct handover *h)
{
    h->state = HANDOVER_ALONE;
    h->until = time_msec() + LEAVE_TIME;
}

/* Tells 'successor' for the first time. */
void
handover_tell(struct router *r, const struct router_env *env,
              const struct sibling *successor)
{
    if (!tell(r, env, successor)) {
        if (takeover_may_be_dead(successor)) {
            r->failover.handover.state = HANDOVER_NONE;
        } else {
            leave_alone(&r->failover.handover);
        }
    }
}

/* Returns true if our copy of 'r' is still active, and waits for the one that
 * it hands over to. */
bool
handover_waits(const struct router *r)
{
    return (r->failover.handover.state == HANDOVER_TO_SUCCESSOR
            && r->state == VRRP_MASTER);
}

/* Returns true if 'host' does not seem to be dead. */
static bool
is_heard(const struct sibling *siblings, size_t n, const char *host)
{
    const struct sibling *s = takeover_successor(siblings, n, host);

    return s && !takeover_may_be_dead(s);
}

/* Goes on with handing over, if that is under way, among the other copies of
 * 'r'.  Returns when to call this again at the latest, in time_msec(). */
long long int
handover_run(struct router *r, const struct router_env *env,
             const struct sibling *siblings, size_t n)
{
    struct handover *h = &r->failover.handover;
    bool waits = handover_waits(r);

    if (!h->state) {
        return LLONG_MAX;
    }
    if (waits && !takeover_successor(siblings, n, h->successor)) {
        VLOG_INFO("router %s: host %s is not able to take over any more; "
                  "staying", r->name, h->successor);
        h->state = HANDOVER_NONE;
    } else if (r->state != VRRP_MASTER && takeover_active(siblings, n)) {
        h->state = HANDOVER_NONE;
    } else if (time_msec() >= h->until) {
        if (waits && !is_heard(siblings, n, h->successor)) {
            VLOG_INFO("router %s: host %s does not become active, and may be "
                      "dead; staying", r->name, h->successor);
            h->state = HANDOVER_NONE;
        } else if (waits) {
            VLOG_INFO("router %s: host %s does not become active; leaving "
                      "all the same", r->name, h->successor);
            leave_alone(h);
        } else {
            h->state = HANDOVER_NONE;
        }
    } else if (waits && time_msec() >= h->tell_at) {
        tell(r, env, takeover_successor(siblings, n, h->successor));
    }
    return (!h->state ? LLONG_MAX
            : waits ? MIN(h->until, h->tell_at)
            : h->until);
}

/* Frees what 'h' owns. */
void
handover_destroy(struct handover *h)
{
    free(h->successor);
}
