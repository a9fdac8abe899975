/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/takeover.h"

#include <limits.h>
#include <string.h>

#include "util.h"

/* Which copy of a router is to be active: decisions without side effects.
 *
 * Every agent decides for its own copy, from the same database and from what
 * it can reach itself, without asking anyone.  All come to the same result as
 * long as they see the same; VRRP puts right what they do not. */

/* Returns true if the host of 's' may be dead, and what the database says of
 * it, too: it has not been heard since this agent or its switch was started.
 * Of hosts that are not watched nothing better is known. */
bool
takeover_may_be_dead(const struct sibling *s)
{
    return s->reach == REACH_UNKNOWN || s->reach == REACH_DOWN;
}

/* How long a host that is lost counts as lost just now, in ms. */
#define LOST_TIME 1500

/* Returns true if a host that was lost at 'lost_at' is, at 'now', one to take
 * over from.  Hosts that die together are not lost together, because some are
 * given more time to answer: the one that was active may be lost when another
 * copy, better than ours, still seems to be there.  What ours has been told to
 * take over at 'took_over_at' (0: never) it is not told again when a third
 * host is lost: told twice, it could step back in between. */
bool
takeover_is_lost(long long int lost_at, long long int took_over_at,
                 long long int now)
{
    return lost_at > took_over_at && now - lost_at < LOST_TIME;
}

/* Returns the copy that was active last, NULL if that is none of these. */
const struct sibling *
takeover_active(const struct sibling *siblings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (siblings[i].active && !takeover_may_be_dead(&siblings[i])) {
            return &siblings[i];
        }
    }
    return NULL;
}

static bool
is_better(const struct sibling *a, int burden, uint8_t priority)
{
    return (a->burden != burden ? a->burden < burden
            : a->priority > priority);
}

static bool
is_preferred(const struct sibling *a, const struct sibling *b)
{
    bool dead = takeover_may_be_dead(a);

    return (dead != takeover_may_be_dead(b) ? !dead
            : is_better(a, b->burden, b->priority));
}

/* Returns the best one of those with a burden of less than 'burden', NULL if
 * there is none.  If 'wanted' is not NULL, only the one on that host. */
static const struct sibling *
find_best(const struct sibling *siblings, size_t n, const char *wanted,
          int burden)
{
    const struct sibling *best = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct sibling *s = &siblings[i];

        if (s->able && s->reach != REACH_DOWN && s->burden < burden
            && (!wanted || !strcmp(s->host, wanted))
            && (!best || is_preferred(s, best))) {
            best = s;
        }
    }
    return best;
}

/* Returns the copy that would do best in the place of ours, NULL if there is
 * none.  If 'wanted' is not NULL, only the one on that host. */
const struct sibling *
takeover_successor(const struct sibling *siblings, size_t n,
                   const char *wanted)
{
    return find_best(siblings, n, wanted, INT_MAX);
}

/* A host has just been lost.  Returns the copy on it that was active if ours,
 * which stands by with 'priority' and 'burden', is next in line; otherwise
 * NULL.  What the database says of one that was lost long ago, or may be dead,
 * does not count: nobody has told it since.  A host whose physical network is
 * down is never next: it is likely that it is the one that was cut off. */
const struct sibling *
takeover_from(const struct sibling *siblings, size_t n, uint8_t priority,
              int burden)
{
    const struct sibling *successor, *dead = NULL;

    if (burden >= BURDEN_CUT_OFF) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (!siblings[i].active) {
            continue;
        } else if (siblings[i].lost) {
            dead = &siblings[i];
        } else if (!takeover_may_be_dead(&siblings[i])) {
            return NULL;
        }
    }
    successor = takeover_successor(siblings, n, NULL);
    return (successor && !takeover_may_be_dead(successor)
            && is_better(successor, burden, priority)) ? NULL : dead;
}

/* Returns the copy that our active one with 'burden' is to give way to, NULL
 * if there is no better one: the last one stays. */
const struct sibling *
takeover_better(const struct sibling *siblings, size_t n, int burden)
{
    return find_best(siblings, n, NULL, burden);
}

/* Returns true if no other copy can be reached any more, although some could
 * be. */
bool
takeover_is_alone(const struct sibling *siblings, size_t n)
{
    bool alone = false;

    for (size_t i = 0; i < n; i++) {
        if (siblings[i].reach == REACH_UP) {
            return false;
        }
        alone |= siblings[i].reach == REACH_DOWN;
    }
    return alone;
}

/* Returns true if another copy is heard, or none is to be. */
bool
takeover_has_contact(const struct sibling *siblings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!takeover_may_be_dead(&siblings[i])) {
            return true;
        }
    }
    return !n;
}

/* Returns the VRRP priority of a copy that has normally 'priority': between
 * the standings there is no doubt, within one the order stays. */
int
takeover_priority(uint8_t priority, enum takeover_standing standing)
{
    switch (standing) {
    case STANDING_NORMAL:
        return priority;
    case STANDING_DOUBTFUL:
        return MIN(priority, 20 + priority / 25);
    case STANDING_LAST:
        return MAX(1, priority / 25);
    }
    OVS_NOT_REACHED();
}
