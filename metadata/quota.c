/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "metadata/quota.h"

#include "util.h"

/* Room for connections, see quota.h.
 *
 * Owns nothing; members are embedded in what they stand for.  Every operation
 * takes constant time. */

/* Makes 'quota' one without members, for at most 'max' of them. */
void
md_quota_init(struct md_quota *quota, size_t max)
{
    quota->n = 0;
    quota->max = max;
    ovs_list_init(&quota->idle);
}

bool
md_quota_is_full(const struct md_quota *quota)
{
    return quota->n >= quota->max;
}

/* Returns the member that is to go first, NULL if none may. */
struct md_member *
md_quota_victim(const struct md_quota *quota)
{
    return (ovs_list_is_empty(&quota->idle) ? NULL
            : CONTAINER_OF(ovs_list_front(&quota->idle), struct md_member,
                           node));
}

/* Makes 'm' an idle member of 'quota'. */
void
md_member_join(struct md_member *m, struct md_quota *quota)
{
    m->quota = quota;
    m->idle = false;
    quota->n++;
    md_member_set_idle(m, true);
}

/* Ends the membership. */
void
md_member_leave(struct md_member *m)
{
    md_member_set_idle(m, false);
    m->quota->n--;
    m->quota = NULL;
}

/* Says whether 'm' may have to go; it is the last to go of those that may. */
void
md_member_set_idle(struct md_member *m, bool idle)
{
    if (m->idle) {
        ovs_list_remove(&m->node);
    }
    if (idle) {
        ovs_list_push_back(&m->quota->idle, &m->node);
    }
    m->idle = idle;
}
