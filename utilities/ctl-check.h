/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_CHECK_H
#define CTL_CHECK_H 1

/* The command "check" of ovs-l3ha-ctl: what is wrong. */

/* Exit statuses of "check", as Nagios and its heirs understand them; 0 says
 * that nothing is wrong. */
#define CTL_CHECK_WARNINGS 1    /* Nothing worse than warnings. */
#define CTL_CHECK_ERRORS 2
#define CTL_CHECK_FAILED 3      /* The database could not be looked at. */

void ctl_check_init(void);
int ctl_check_status(void);

#endif /* utilities/ctl-check.h */
