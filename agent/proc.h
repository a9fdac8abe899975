/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_PROC_H
#define L3HA_PROC_H 1

/* What proc(5) and pid files say about processes. */

#include <stdbool.h>
#include <sys/types.h>

unsigned long long int proc_start_time(pid_t);
bool proc_cmdline_has(pid_t, const char *key);
int proc_read_pidfile(const char *file, long int *pid,
                      unsigned long long int *start);

#endif /* agent/proc.h */
