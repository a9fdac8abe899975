/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_METADATA_SOCKET_H
#define L3HA_METADATA_SOCKET_H 1

/* Listening sockets for requests of instances, in network namespaces. */

#include <stddef.h>
#include <stdint.h>

#include "metadata/link.h"

struct metadata_sockets {
    int fds[MD_LINK_MAX_FDS];
    size_t n_fds;
};

int metadata_sockets_open(const char *netns, uint16_t port, const char *dev,
                          struct metadata_sockets *);
void metadata_sockets_close(struct metadata_sockets *);

char *metadata_sockets_identity(const char *netns, uint16_t port,
                                const char *dev);

#endif /* agent/metadata-socket.h */
