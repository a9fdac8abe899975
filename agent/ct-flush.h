/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_CT_FLUSH_H
#define L3HA_CT_FLUSH_H 1

/* Removal of connections from the kernel's table. */

#include <stddef.h>

struct nat_cut;

int ct_flush(int netns_fd, const struct nat_cut *, size_t n,
             unsigned int *n_removed);

#endif /* agent/ct-flush.h */
