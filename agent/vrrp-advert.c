/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/vrrp-advert.h"

#include <math.h>
#include <string.h>

#include "agent/frame.h"
#include "agent/keepalived.h"
#include "agent/router-config.h"
#include "agent/takeover.h"
#include "csum.h"
#include "dp-packet.h"
#include "ovs-plugin/ovs-plugin.h"
#include "packets.h"
#include "util.h"

/* VRRP advertisements (RFC 5798) that the agent sends itself.  keepalived does
 * not know of them; they are such as another copy could have sent.
 *
 * "Yield".  When two parts of the network join again, both copies of a router
 * are active for a moment, until one of them hears the other and steps back.
 * Often that one has not said anything yet, so that the winner never learns
 * that there was another one; but the switches have learned the router's MAC
 * addresses where the loser is, and would send traffic there until their
 * entries age.  So the loser says one word more: an advertisement with a TTL
 * that is not VRRP's.  It does not get to any keepalived but, by the switch,
 * to the agents of the other copies.  That of the active one announces all
 * addresses.  keepalived itself could answer advertisements of a lower
 * priority so, but it would answer each, and when many routers have two active
 * copies the switches drown in announcements, lose advertisements, and both
 * copies stay active.
 *
 * "Take over".  A backup follows the advertisement interval of its master, so
 * that it waits three hundredths of a second after one that said 0.01 s, and
 * next to nothing after one that said priority 0, "I leave".  Our own backup
 * is told so in the name of a master that is known to be dead.  The frames go
 * to our port and nowhere else, and not through the switch: when a node has
 * died it has the announcements of all routers before to look at, and those
 * that are to follow would wait for that.
 *
 * "Hand over".  Our own copy is about to leave or has left without a word: the
 * one that is to follow is told in the same way, the others are not.
 *
 * Owns nothing beyond a call.
 *
 * Limits: not with version 2 and auth_type AH; nobody accepts an advertisement
 * that is not signed, and then VRRP's timers and the switches' aging are all
 * there is.  Version 2 has no intervals to follow: a successor waits for up to
 * a second. */

#define VRRP_GROUP 0xe0000012   /* 224.0.0.18 */
#define VRRP_TTL 255
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

/* Writes 'a' as a frame from 'eth_src' to 'eth_dst' to 'packet'. */
static void
compose_frame(const struct vrrp_advert *a, uint8_t ttl,
              struct eth_addr eth_src, struct eth_addr eth_dst,
              struct dp_packet *packet)
{
    uint8_t buf[VRRP_ADVERT_MAX];
    size_t len = vrrp_advert_compose(a, buf);
    struct ip_header *ip = eth_compose(packet, eth_dst, eth_src, ETH_TYPE_IP,
                                       sizeof *ip + len);

    memset(ip, 0, sizeof *ip);
    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    ip->ip_tos = VRRP_TOS;
    ip->ip_tot_len = htons(sizeof *ip + len);
    ip->ip_ttl = ttl;
    ip->ip_proto = VRRP_PROTO;
    put_16aligned_be32(&ip->ip_src, a->src);
    put_16aligned_be32(&ip->ip_dst, htonl(VRRP_GROUP));
    ip->ip_csum = csum(ip, sizeof *ip);
    memcpy(ip + 1, buf, len);
}

/* How an advertisement goes out. */
struct path {
    struct ovs_plugin *plugin;  /* Through the switch as if it came from
                                 * 'port', or, if NULL, */
    int fd;                     /* with frame_send() to 'port' itself. */
    const struct router_port *port;
};

static bool
send_advert(const struct path *path, const struct vrrp_advert *a, uint8_t ttl,
            struct eth_addr eth_src, struct eth_addr eth_dst)
{
    struct dp_packet packet;
    const void *frame;
    size_t len;
    bool ok;

    dp_packet_init(&packet, 0);
    compose_frame(a, ttl, eth_src, eth_dst, &packet);
    frame = dp_packet_data(&packet);
    len = dp_packet_size(&packet);
    ok = (path->plugin
          ? ovs_plugin_send_from(path->plugin, &path->port->uuid, frame, len)
          : !frame_send(path->fd, path->port->tap, frame, len));
    dp_packet_uninit(&packet);
    return ok;
}

/* Begins an advertisement of the router 'rc', as its own copy would send it.
 * Returns false if none would be accepted. */
static bool
init_advert(const struct router_config *rc, const struct keepalived_options *o,
            struct vrrp_advert *a)
{
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);
    struct nl_addr_plen vip;

    if (!ha || !ha->n_addrs || (o->version == 2 && o->auth_password[0]
                                && strcmp(o->auth_type, "PASS"))) {
        return false;
    }
    vip = router_config_vip(rc);
    *a = (struct vrrp_advert) {
        .version = o->version,
        .vrid = rc->vrid,
        .priority = rc->priority,
        .interval = o->advert_int,
        .src = in6_addr_get_mapped_ipv4(&ha->addrs[0].ip),
        .vip = in6_addr_get_mapped_ipv4(&vip.ip),
        .password = o->auth_password,
    };
    return true;
}

static const struct eth_addr vrrp_mac
    = ETH_ADDR_C(01,00,5e,00,00,12);

/* The copy of 'rc' has stepped back: has the active one announce its
 * addresses. */
void
vrrp_advert_yield(struct ovs_plugin *plugin, const struct router_config *rc,
                  const struct keepalived_options *o)
{
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);
    struct path path = { .plugin = plugin, .port = ha };
    struct vrrp_advert a;

    if (init_advert(rc, o, &a)) {
        send_advert(&path, &a, OVS_PLUGIN_CIRCLE_TTL, ha->mac, vrrp_mac);
    }
}

/* Tells, in the name of the sender of 'a', to take over. */
static bool
send_leave(const struct path *path, struct vrrp_advert *a,
           struct eth_addr eth_src, struct eth_addr eth_dst)
{
    bool ok = true;

    if (a->version == 3) {
        a->interval = 0.01;
        ok = send_advert(path, a, VRRP_TTL, eth_src, eth_dst);
    }
    if (ok) {
        a->priority = 0;
        ok = send_advert(path, a, VRRP_TTL, eth_src, eth_dst);
    }
    return ok;
}

/* Has the copy of 'rc' take over from 'dead'; 'frames' comes from
 * frame_open().  Returns false if that cannot be said. */
bool
vrrp_advert_take_over(int frames, const struct router_config *rc,
                      const struct keepalived_options *o,
                      const struct sibling *dead)
{
    struct path path = {
        .fd = frames,
        .port = router_config_find(rc, ROUTER_PORT_HA),
    };
    struct vrrp_advert a;

    if (!dead->ip || !init_advert(rc, o, &a)) {
        return false;
    }
    a.src = dead->ip;
    a.priority = dead->priority;
    return send_leave(&path, &a, dead->mac, vrrp_mac);
}

/* Has 'successor' take over from the copy of 'rc'.  Returns false if that
 * cannot be said. */
bool
vrrp_advert_hand_over(struct ovs_plugin *plugin,
                      const struct router_config *rc,
                      const struct keepalived_options *o,
                      const struct sibling *successor)
{
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);
    struct path path = { .plugin = plugin, .port = ha };
    struct vrrp_advert a;

    if (!init_advert(rc, o, &a)) {
        return false;
    }
    return send_leave(&path, &a, ha->mac, successor->mac);
}
