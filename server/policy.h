/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef POLICY_H
#define POLICY_H 1

/* Who may see and do what: Neutron's default policy, as a table. */

#include <stdbool.h>

struct api_ctx;
struct api_error;
struct json;
struct policy;
struct res_attr;
struct resource;

/* Who makes a request.  In a context, NULL stands for the server itself,
 * which may do everything. */
struct api_caller {
    char *project_id;           /* "" if the token has none. */
    bool is_admin;              /* Role "admin". */
    bool may_write;             /* More than role "reader". */
};

void api_caller_init(struct api_caller *, const char *project_id,
                     const char *roles);
void api_caller_clone(struct api_caller *, const struct api_caller *src);
void api_caller_uninit(struct api_caller *);

struct policy *policy_create(void);
void policy_destroy(struct policy *);

/* Visibility.  What is not visible does not exist for the caller. */
bool policy_sees(struct api_ctx *, const struct resource *, const void *obj);
bool policy_hides(const struct api_ctx *, const struct res_attr *);

/* Requests.  On refusal, PolicyNotAuthorized (403).  'obj' is visible. */
struct api_error *policy_check_create(struct api_ctx *,
                                      const struct resource *,
                                      const struct json *body);
struct api_error *policy_check_list(struct api_ctx *,
                                    const struct resource *);
/* For objects that are found although the caller does not see them. */
struct api_error *policy_check_get(struct api_ctx *, const struct resource *,
                                   const void *obj);
struct api_error *policy_check_update(struct api_ctx *,
                                      const struct resource *,
                                      const void *obj,
                                      const struct json *body);
struct api_error *policy_check_delete(struct api_ctx *,
                                      const struct resource *,
                                      const void *obj);

/* /COLLECTION/ID/NAME: an action or a child list. */
enum policy_verb {
    POLICY_CREATE,
    POLICY_GET,
    POLICY_UPDATE,
    POLICY_DELETE,
    POLICY_N_VERBS
};
struct api_error *policy_check_member(struct api_ctx *,
                                      const struct resource *,
                                      const void *obj, const char *name,
                                      enum policy_verb);

#endif /* server/policy.h */
