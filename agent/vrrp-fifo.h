/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_VRRP_FIFO_H
#define L3HA_VRRP_FIFO_H 1

/* What every keepalived of the host says about its state. */

#include <stdbool.h>

#include "agent/keepalived.h"

struct uuid;

struct vrrp_fifo *vrrp_fifo_open(const char *path);
void vrrp_fifo_close(struct vrrp_fifo *);
bool vrrp_fifo_next(struct vrrp_fifo *, struct uuid *router,
                    enum vrrp_state *);
void vrrp_fifo_wait(const struct vrrp_fifo *);

#endif /* agent/vrrp-fifo.h */
