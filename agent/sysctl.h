/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_SYSCTL_H
#define L3HA_SYSCTL_H 1

/* Kernel parameters of network namespaces and of the host. */

#include <stdbool.h>

int sysctl_set(const char *name, const char *value);
int sysctl_set_router(bool ha);
int sysctl_set_dhcp(void);
int sysctl_silence_host_device(const char *dev);
void sysctl_allow_inotify(void);
int sysctl_resolve(const char *dev, int interval);
int sysctl_accept_ra(const char *dev, bool accept, bool *changed);

#endif /* agent/sysctl.h */
