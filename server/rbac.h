/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef RBAC_H
#define RBAC_H 1

/* Who else than its project may use an object: rows of RBAC_Policy. */

#include <stdbool.h>

#include "server/resource.h"

struct l3harec_rbac_policy;

#define RBAC_SHARED "access_as_shared"
#define RBAC_EXTERNAL "access_as_external"

/* True if an RBAC policy lets 'project_id' (NULL: everybody) do 'action' with
 * the object with 'uuid'. */
bool rbac_allows(const struct backend *, const struct uuid *,
                 const char *action, const char *project_id);

/* Makes sure that everybody may do 'action' with 'obj', a row of 'res' that
 * belongs to 'project_id'. */
void rbac_allow_everybody(struct api_ctx *, const struct resource *res,
                          const void *obj, const char *project_id,
                          const char *action);

/* Checks that no other project needs 'row'.  Error: RbacPolicyInUse. */
struct api_error *rbac_check_unused(struct api_ctx *,
                                    const struct l3harec_rbac_policy *row);

/* Deletes all policies of 'obj', a row, for 'action' (NULL: for any), no
 * matter who needs them. */
void rbac_delete_all(const struct backend *, const void *obj,
                     const char *action);

/* resource.is_shared of resources with an rbac_type. */
bool rbac_is_shared(struct api_ctx *, const void *obj);

/* Attribute "shared" of such a resource: a policy for everybody or for the
 * caller's project.  rbac_write_shared() makes "shared" of 'body' the policy
 * for everybody.  Error: RbacPolicyInUse. */
res_get_func rbac_get_shared;
#define RBAC_SHARED_ATTR(FLAGS)                                         \
    { .name = "shared", .flags = RES_FILTER | (FLAGS),                  \
      .check = attr_boolean, .get = rbac_get_shared,                    \
      .def = (FLAGS) & RES_POST ? "false" : NULL }
struct api_error *rbac_write_shared(struct api_ctx *,
                                    const struct resource *res,
                                    const void *obj, const char *project_id,
                                    const struct json *body);

#endif /* server/rbac.h */
