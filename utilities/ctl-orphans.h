/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_ORPHANS_H
#define CTL_ORPHANS_H 1

/* What agents have left on this node and the database knows nothing of, for
 * the commands "check" and "cleanup" of ovs-l3ha-ctl. */

#include <stdbool.h>
#include <stddef.h>
#include "uuid.h"

struct ovsdb_idl;
struct table_style;

enum ctl_orphan_type {
    CTL_ORPHAN_PROCESS,
    CTL_ORPHAN_PORT,
    CTL_ORPHAN_NETNS,
};

struct ctl_orphan {
    enum ctl_orphan_type type;
    char *object;               /* "namespace qrouter-ID". */
    char *details;              /* Why it is one. */
    char *name;                 /* Of the port, namespace or program. */
    struct uuid id;             /* Whose it is. */
    long int pid;               /* Of the process. */
};

struct ctl_orphans {
    struct ctl_orphan *orphans;
    size_t n, allocated;
};

void ctl_orphans_prereqs(struct ovsdb_idl *, const char *host);
void ctl_orphans_find(struct ctl_orphans *, struct ovsdb_idl *);
void ctl_orphans_destroy(struct ctl_orphans *);

void ctl_orphans_init(void);

/* True if the commands have asked for a cleanup; main() then calls
 * ctl_cleanup_run() when they are done. */
bool ctl_cleanup_is_asked(void);
bool ctl_cleanup_run(bool dry_run, const struct table_style *);

#endif /* utilities/ctl-orphans.h */
