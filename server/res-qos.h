/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef RES_QOS_H
#define RES_QOS_H 1

/* QoS policies of ports and networks. */

#include "server/resource.h"

struct l3harec_qos_policy;

/* Stores the policy that qos_policy_id of 'body' names into '*policyp', NULL
 * if it is absent or null. */
struct api_error *qos_find_policy(struct api_ctx *, const struct json *body,
                                  const struct l3harec_qos_policy **policyp);

/* The policy that new networks of 'project_id' get, or NULL. */
const struct l3harec_qos_policy *qos_find_default(struct api_ctx *,
                                                  const char *project_id);

/* qos_policy_id as the API shows it; 'policy' may be NULL. */
struct json *qos_get_policy_id(const struct l3harec_qos_policy *policy);

#endif /* server/res-qos.h */
