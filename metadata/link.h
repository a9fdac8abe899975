/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_MD_LINK_H
#define L3HA_MD_LINK_H 1

/* Messages between ovs-l3ha-agent and ovs-l3ha-metadata.
 *
 * A message is a JSON object in one packet of a unix socket (SOCK_SEQPACKET),
 * with at most MD_LINK_MAX_FDS descriptors beside it.  Member "op" says what
 * it is.
 *
 * When the agent connects, ovs-l3ha-metadata says what it has:
 *
 *   service  name, identity: is served
 *   ready    that was all.
 *
 * Then the agent tells what is to be:
 *
 *   config   options (settings.c)
 *   listen   name, identity, networks; descriptors: listening sockets.
 *            'identity' says on what they listen, in words of the agent's.
 *   networks name, networks: others than before
 *   close    name: ends this service
 *   port     port, network, addresses, instance, project
 *   gone     port: is none of an instance any more
 *   synced   every port was told since the connection was made */

#include <stddef.h>

struct json;

#define MD_LINK_MAX_FDS 2

int md_link_listen(const char *path, int *fdp);
int md_link_connect(const char *path, int *fdp);

int md_link_send(int fd, const struct json *, const int *fds, size_t n_fds);
int md_link_recv(int fd, struct json **, int fds[MD_LINK_MAX_FDS],
                 size_t *n_fds);

#endif /* metadata/link.h */
