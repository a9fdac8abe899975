/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/garp.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/netns.h"
#include "dp-packet.h"
#include "packets.h"
#include "util.h"

/* Gratuitous ARP for addresses that no VRRP program announces: those of
 * routers with a single copy.  Owns nothing beyond a call. */

/* Announces 'ip' at 'mac' through device 'ifindex' of namespace 'netns_fd'.
 * Returns 0 or a positive errno value. */
int
garp_send(int netns_fd, int ifindex, struct eth_addr mac, ovs_be32 ip)
{
    struct sockaddr_ll sll = {
        .sll_family = AF_PACKET,
        .sll_ifindex = ifindex,
        .sll_protocol = htons(ETH_TYPE_ARP),
    };
    struct netns_visit visit;
    struct dp_packet packet;
    int error;
    int fd;

    error = netns_enter(&visit, netns_fd);
    if (error) {
        return error;
    }
    fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    error = fd < 0 ? errno : 0;
    netns_leave(&visit);
    if (error) {
        return error;
    }
    dp_packet_init(&packet, 0);
    compose_arp(&packet, ARP_OP_REQUEST, mac, eth_addr_zero, true, ip, ip);
    if (sendto(fd, dp_packet_data(&packet), dp_packet_size(&packet), 0,
               (struct sockaddr *) &sll, sizeof sll) < 0) {
        error = errno;
    }
    dp_packet_uninit(&packet);
    close(fd);
    return error;
}
