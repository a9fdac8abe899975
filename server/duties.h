/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef DUTIES_H
#define DUTIES_H 1

/* What one of the servers, the holder of the OVSDB lock "ovs_l3ha_server",
 * does for all of them.  Called by backend.c only. */

#include <stdbool.h>

struct backend;
struct duties;

struct duties *duties_create(struct backend *);
void duties_destroy(struct duties *);
void duties_set_remote(struct duties *, const char *remote);

/* 'may_write': no other transaction is in progress on the IDL. */
void duties_run(struct duties *, bool may_write);
void duties_wait(struct duties *);
bool duties_is_writing(const struct duties *);

/* True if this server does what only one may do. */
bool duties_are_ours(const struct duties *);

#endif /* server/duties.h */
