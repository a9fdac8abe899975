/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef QUOTA_H
#define QUOTA_H 1

/* How much of each kind of resource a project may have, and has. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api_ctx;
struct api_error;
struct backend;
struct json;
struct l3harec_quota;
struct ovsdb_idl;
struct quotas;
struct resource;

/* Makes an index of each limited table by project, so it must be called before
 * the IDL connects. */
struct quotas *quotas_create(struct ovsdb_idl *);
void quotas_destroy(struct quotas *);

/* The Quota row of 'project_id', or NULL. */
const struct l3harec_quota *quotas_find(const struct backend *,
                                        const char *project_id);

/* How many 'name' ("network", "port"...) a project may have: -1 for any
 * number.  quotas_get_limit() is by 'row', which may be NULL, and by the
 * configuration; quotas_get_default() by the latter alone. */
int64_t quotas_get_limit(const struct backend *, const struct l3harec_quota *,
                         const char *name);
int64_t quotas_get_default(const struct backend *, const char *name);

/* How many 'name' the project has. */
int64_t quotas_count(const struct backend *, const char *project_id,
                     const char *name);

/* Checks that the project of 'body', which was prepared for a new 'res', may
 * have one more.  Error: OverQuota (409). */
struct api_error *quotas_check(struct api_ctx *, const struct resource *,
                               const struct json *body);

#endif /* server/quota.h */
