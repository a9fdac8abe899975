/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_TRACE_H
#define CTL_TRACE_H 1

/* The command "trace" of ovs-l3ha-ctl. */

void ctl_trace_init(void);

#endif /* utilities/ctl-trace.h */
