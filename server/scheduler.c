/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Placement of router copies.
 *
 * A pure function of the candidates: least loaded first, ties broken by host
 * name so that the result does not depend on the order of rows.  With
 * availability zone hints the zones take turns, in the order of the hints, so
 * that copies are spread over zones before a zone gets a second one.
 *
 * A host that is drained is about to go away, and a copy there cannot become
 * active as long as there is another.  So it gets one only if all the others,
 * of whatever zone, are too few.  It counts for the minimum: a router can be
 * made while a host is maintained. */

#include <config.h>
#include "server/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "server/api-error.h"
#include "svec.h"
#include "util.h"

static bool
is_usable(const struct scheduler_candidate *c)
{
    return c->alive && c->admin_up && !c->excluded;
}

static int
compare_candidates(const void *a_, const void *b_)
{
    const struct scheduler_candidate *const *a = a_;
    const struct scheduler_candidate *const *b = b_;

    return ((*a)->drained != (*b)->drained ? ((*a)->drained ? 1 : -1)
            : (*a)->load != (*b)->load ? ((*a)->load < (*b)->load ? -1 : 1)
            : strcmp((*a)->host, (*b)->host));
}

/* Stores pointers to the usable candidates, sorted, in '*sortedp', which the
 * caller frees.  Returns their number. */
static size_t
sort_usable(const struct scheduler_candidate *cs, size_t n,
            const struct svec *zone_hints,
            const struct scheduler_candidate ***sortedp)
{
    const struct scheduler_candidate **sorted
        = xmalloc(MAX(n, 1) * sizeof *sorted);
    size_t n_usable = 0;

    for (size_t i = 0; i < n; i++) {
        if (is_usable(&cs[i])) {
            bool wanted = !zone_hints || !zone_hints->n;

            for (size_t j = 0; !wanted && j < zone_hints->n; j++) {
                wanted = !strcmp(zone_hints->names[j], cs[i].zone);
            }
            if (wanted) {
                sorted[n_usable++] = &cs[i];
            }
        }
    }
    qsort(sorted, n_usable, sizeof *sorted, compare_candidates);
    *sortedp = sorted;
    return n_usable;
}

/* Appends up to 'want' hosts among the 'n' of 'sorted' to 'hosts', and
 * returns how many.  Sets what it takes to NULL. */
static size_t
take_turns(const struct scheduler_candidate **sorted, size_t n, size_t want,
           const struct svec *zone_hints, struct svec *hosts)
{
    size_t n_zones = zone_hints ? zone_hints->n : 0;
    size_t zone = 0;

    want = MIN(want, n);
    for (size_t n_chosen = 0; n_chosen < want; ) {
        const char *wanted_zone = n_zones ? zone_hints->names[zone] : NULL;

        for (size_t i = 0; i < n; i++) {
            if (sorted[i]
                && (!wanted_zone || !strcmp(sorted[i]->zone, wanted_zone))) {
                svec_add(hosts, sorted[i]->host);
                sorted[i] = NULL;
                n_chosen++;
                break;
            }
        }
        if (n_zones) {
            zone = (zone + 1) % n_zones;
        }
    }
    return want;
}

/* Appends up to 'want' hosts to 'hosts'; see scheduler.h. */
void
scheduler_choose(const struct scheduler_candidate *cs, size_t n,
                 size_t want, const struct svec *zone_hints,
                 struct svec *hosts)
{
    const struct scheduler_candidate **sorted;
    size_t n_usable = sort_usable(cs, n, zone_hints, &sorted);
    size_t n_staying = 0;

    while (n_staying < n_usable && !sorted[n_staying]->drained) {
        n_staying++;
    }
    want -= take_turns(sorted, n_staying, want, zone_hints, hosts);
    take_turns(&sorted[n_staying], n_usable - n_staying, want, zone_hints,
               hosts);
    free(sorted);
}

/* Appends the hosts of a new HA router to 'hosts'; see scheduler.h. */
struct api_error *
scheduler_place(const struct scheduler_candidate *cs, size_t n,
                const struct scheduler_limits *limits,
                const struct svec *zone_hints, struct svec *hosts)
{
    const struct scheduler_candidate **sorted;
    size_t n_usable = sort_usable(cs, n, zone_hints, &sorted);

    free(sorted);
    if (n_usable < limits->min) {
        return api_error_create(
            409, "HANotEnoughAvailableAgents",
            "Not enough l3 agents available to ensure HA. Minimum required "
            "%"PRIuSIZE", available %"PRIuSIZE".", limits->min, n_usable);
    }
    scheduler_choose(cs, n, limits->max ? limits->max : SIZE_MAX, zone_hints,
                     hosts);
    return NULL;
}
