/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_FAULTS_H
#define CTL_FAULTS_H 1

/* What is wrong, for the commands "check" and "show" of ovs-l3ha-ctl. */

#include <stddef.h>

struct ovsdb_idl;
struct ovsdb_idl_row;

enum ctl_severity {
    CTL_ERROR,
    CTL_WARNING,
    CTL_N_SEVERITIES
};

struct ctl_fault {
    enum ctl_severity severity;
    const char *name;           /* Not owned. */
    const struct ovsdb_idl_row *row; /* Agent, network, router or copy of one
                                      * that suffers from it, or NULL. */
    char *object;               /* What it is about. */
    char *details;
};

struct ctl_faults {
    struct ovsdb_idl *idl;
    struct ctl_fault *faults;
    size_t n, allocated;
    size_t n_found[CTL_N_SEVERITIES];
};

void ctl_faults_prereqs(struct ovsdb_idl *);
void ctl_faults_find(struct ctl_faults *, struct ovsdb_idl *);
void ctl_faults_destroy(struct ctl_faults *);
const char *ctl_severity_to_string(enum ctl_severity);

#endif /* utilities/ctl-faults.h */
