/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/vrrp-advert.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/keepalived.h"
#include "agent/netns.h"
#include "agent/router-config.h"
#include "csum.h"
#include "packets.h"
#include "util.h"

/* VRRP advertisements that the agent sends itself.
 *
 * When two parts of the network join again, both copies of a router are
 * active for a moment, until one of them hears the other and steps back.
 * Often that one has not said anything yet, so that the winner never learns
 * that there was another one; but the switches have learned the router's MAC
 * addresses where the loser is, and would send traffic there until their
 * entries age.  So the loser says one word more: an advertisement with the
 * lowest priority.  A master answers it, as it answers any of a lower
 * priority, by announcing all its addresses at once.  Who is not active has
 * no use for it: it never takes over because of a master that is there.
 *
 * Owns nothing beyond a call.
 *
 * Limit: not with version 2 and auth_type AH; nobody accepts an advertisement
 * that is not signed, and then the switches' aging is all there is. */

#define VRRP_PROTO 112
#define VRRP_GROUP 0xe0000012   /* 224.0.0.18 */
#define VRRP_TTL 255
#define VRRP_LOWEST_PRIORITY 1  /* 0 would say: I am the master and leave. */
#define VRRP_TOS 0xc0           /* As keepalived sends them. */
#define VRRP_AUTH_LEN 8

/* Writes the advertisement, without an IP header, to 'buf'.  Returns its
 * length. */
size_t
vrrp_advert_compose(const struct vrrp_advert *a, uint8_t buf[VRRP_ADVERT_MAX])
{
    bool auth = a->version == 2 && a->password[0];
    size_t len = 12;
    uint32_t partial = 0;
    ovs_be16 sum;

    memset(buf, 0, VRRP_ADVERT_MAX);
    buf[0] = (a->version << 4) | 1;     /* Version, type: advertisement. */
    buf[1] = a->vrid;
    buf[2] = a->priority;
    buf[3] = 1;                         /* Number of addresses. */
    if (a->version == 2) {
        buf[4] = auth ? 1 : 0;
        buf[5] = MAX(1, (int) ceil(a->interval));
        /* The authentication is there even if it is none. */
        len += VRRP_AUTH_LEN;
    } else {
        unsigned int centiseconds = MIN(lround(a->interval * 100), 0xfff);

        buf[4] = centiseconds >> 8;
        buf[5] = centiseconds;
    }
    memcpy(buf + 8, &a->vip, sizeof a->vip);

    if (a->version == 3) {
        partial = csum_add32(partial, a->src);
        partial = csum_add32(partial, htonl(VRRP_GROUP));
        partial = csum_add16(partial, htons(VRRP_PROTO));
        partial = csum_add16(partial, htons(len));
    }
    if (auth) {
        memcpy(buf + 12, a->password, MIN(strlen(a->password),
                                          VRRP_AUTH_LEN));
    }
    partial = csum_continue(partial, buf, len);
    sum = csum_finish(partial);
    memcpy(buf + 6, &sum, sizeof sum);
    return len;
}

/* Sends 'buf' from address 'src' of device 'dev' in namespace 'netns'.
 * Returns 0 or a positive errno value. */
static int
send_advert(const char *netns, const char *dev, ovs_be32 src,
            const uint8_t *buf, size_t len)
{
    struct sockaddr_in from = { .sin_family = AF_INET,
                                .sin_addr.s_addr = src };
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(VRRP_GROUP) };
    struct netns_visit visit;
    int ttl = VRRP_TTL, tos = VRRP_TOS, loop = 0;
    int netns_fd, fd, error;

    netns_fd = netns_open(netns);
    if (netns_fd < 0) {
        return -netns_fd;
    }
    error = netns_enter(&visit, netns_fd);
    if (error) {
        close(netns_fd);
        return error;
    }
    fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, VRRP_PROTO);
    error = fd < 0 ? errno : 0;
    netns_leave(&visit);
    close(netns_fd);
    if (error) {
        return error;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, strlen(dev) + 1)
        || setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl)
        || setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop)
        || setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos)
        || bind(fd, (struct sockaddr *) &from, sizeof from)
        || sendto(fd, buf, len, 0, (struct sockaddr *) &to, sizeof to) < 0) {
        error = errno;
    }
    close(fd);
    return error;
}

/* The copy of 'rc' in namespace 'netns' has stepped back: has the active one
 * announce its addresses.  Returns 0 or a positive errno value. */
int
vrrp_advert_yield(const char *netns, const struct router_config *rc,
                  const struct keepalived_options *o)
{
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);
    struct nl_addr_plen vip = router_config_vip(rc);
    uint8_t buf[VRRP_ADVERT_MAX];

    if (!ha || !ha->n_addrs || (o->version == 2 && o->auth_password[0]
                                && strcmp(o->auth_type, "PASS"))) {
        return 0;
    }

    struct vrrp_advert advert = {
        .version = o->version,
        .vrid = rc->vrid,
        .priority = VRRP_LOWEST_PRIORITY,
        .interval = o->advert_int,
        .src = in6_addr_get_mapped_ipv4(&ha->addrs[0].ip),
        .vip = in6_addr_get_mapped_ipv4(&vip.ip),
        .password = o->auth_password,
    };
    size_t len = vrrp_advert_compose(&advert, buf);

    return send_advert(netns, ha->dev, advert.src, buf, len);
}
