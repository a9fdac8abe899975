/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/frame.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(frame);

/* Sends Ethernet frames out of devices of the host, without the switch.  What
 * goes out of the host's end of a veth pair comes to the other end, that of a
 * router, and nowhere else; the switch does not see it. */

/* Returns a socket for frame_send(), which the caller must close, or a
 * negative errno value. */
int
frame_open(void)
{
    /* Protocol 0: it receives nothing. */
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return fd < 0 ? -errno : fd;
}

/* Sends the Ethernet frame of 'len' bytes at 'frame' out of 'dev' through
 * 'fd', which came from frame_open().  Returns 0 or an errno value. */
int
frame_send(int fd, const char *dev, const void *frame, size_t len)
{
    struct sockaddr_ll sll = {
        .sll_family = AF_PACKET,
        .sll_ifindex = if_nametoindex(dev),
    };

    int error = (fd < 0 ? -fd
                 : !sll.sll_ifindex
                 || sendto(fd, frame, len, 0, (struct sockaddr *) &sll,
                           sizeof sll) < 0 ? errno
                 : 0);

    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "interface %s: cannot send: %s", dev,
                     ovs_strerror(error));
    }
    return error;
}
