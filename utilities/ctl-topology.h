/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CTL_TOPOLOGY_H
#define CTL_TOPOLOGY_H 1

/* The command "topology" of ovs-l3ha-ctl: a picture of the cloud. */

void ctl_topology_init(void);

#endif /* utilities/ctl-topology.h */
