/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_FRAME_H
#define L3HA_FRAME_H 1

/* Ethernet frames out of devices of the host. */

#include <stddef.h>

int frame_open(void);
int frame_send(int fd, const char *dev, const void *frame, size_t len);

#endif /* agent/frame.h */
