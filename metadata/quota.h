/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_MD_QUOTA_H
#define L3HA_MD_QUOTA_H 1

/* Room for connections, and which of them makes place for another one.
 *
 * A connection is a member of several quotas at a time: of its source, of its
 * service and of the whole program.  Where one is full, the member that has
 * been sending its request for the longest time, or else taking its answer,
 * has to go: a guest that behaves has sent its request in a moment.  A member
 * that is waiting for an answer never goes. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/list.h"

struct md_quota {
    size_t n, max;              /* Members; most of them. */
    struct ovs_list idle;       /* Members that may have to go, the one to go
                                 * first in front. */
};

struct md_member {
    struct md_quota *quota;
    struct ovs_list node;       /* In 'quota->idle' if 'idle'. */
    bool idle;
};

void md_quota_init(struct md_quota *, size_t max);
bool md_quota_is_full(const struct md_quota *);
struct md_member *md_quota_victim(const struct md_quota *);

void md_member_join(struct md_member *, struct md_quota *);
void md_member_leave(struct md_member *);
void md_member_set_idle(struct md_member *, bool idle);

#endif /* metadata/quota.h */
