/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_SHOW_H
#define CTL_SHOW_H 1

/* The commands "show" and "router-show" of ovs-l3ha-ctl. */

void ctl_show_init(void);

#endif /* utilities/ctl-show.h */
