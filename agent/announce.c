/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/announce.h"

#include <limits.h>
#include <netinet/icmp6.h>
#include <stdlib.h>

#include "agent/router-config.h"
#include "dp-packet.h"
#include "ovs-plugin/ovs-plugin.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* Tells everyone where the addresses of an active copy of a router are: by
 * gratuitous ARP and unsolicited neighbor advertisements, through the switch.
 *
 * Owns two schedules for each copy: that of all addresses, which begins when
 * the copy becomes active, and one of each address that comes while it is,
 * which begins when the address is in force.  In: the configuration.  Out:
 * frames, as if the devices of the router had sent them.
 *
 * keepalived announces what it adds, too, at once.  That is not enough,
 * because those frames may be lost: a switch in user space drops what it sends
 * to a tunnel while it resolves the address of the other end, as it must when
 * a backup becomes active that never had to say anything.  Routers without
 * keepalived have nobody else. */

/* When to announce, in ms since the start, and whether every address: switches
 * look at the MAC, of which each port has one. */
static const struct {
    int at;
    bool all;
} schedule[] = {
    { 15, true }, { 60, false }, { 250, false }, { 1000, true },
    { 4000, true },
};

/* When a node has died, switches have the announcements of all its routers to
 * look at, and whatever else comes waits for that.  So of copies that become
 * active within CROWD_TIME ms all but the first MAX_CALM leave it to
 * keepalived at first, and begin with step CROWD_STEP.  Routers without
 * keepalived do, too: they are many at once only when an agent starts, and
 * switches know them then. */
#define CROWD_TIME 200
#define MAX_CALM 10
#define CROWD_STEP 2

/* An address that has come to an active copy. */
struct announce_addr {
    struct uuid port;
    struct nl_addr_plen addr;
    unsigned int step;
    long long int at;           /* LLONG_MAX: it is not in force yet. */
};

/* Is this one of many copies that become active at once? */
static bool
is_in_crowd(long long int now)
{
    static long long int since = LLONG_MIN / 2;
    static unsigned int n;

    if (now - since > CROWD_TIME) {
        since = now;
        n = 0;
    }
    return ++n > MAX_CALM;
}

/* The addresses of a copy that has become active are to be announced.  'now'
 * is time_msec(). */
void
announce_start(struct announce *a, long long int now)
{
    a->step = is_in_crowd(now) ? CROWD_STEP : 0;
    a->at = now + schedule[a->step].at;
    a->n_new = 0;
}

/* It is not active any more. */
void
announce_stop(struct announce *a)
{
    a->step = ARRAY_SIZE(schedule);
    a->n_new = 0;
}

/* Frees what is in 'a'. */
void
announce_destroy(struct announce *a)
{
    free(a->new);
}

/* The configuration of an active copy changes from 'old' to 'new': addresses
 * that come are to be announced. */
void
announce_change(struct announce *a, const struct router_config *old,
                const struct router_config *new)
{
    for (size_t i = 0; i < new->n_ports; i++) {
        const struct router_port *port = &new->ports[i];
        const struct router_port *before
            = router_config_find_port(old, &port->uuid);

        for (size_t j = 0; port->kind != ROUTER_PORT_HA && j < port->n_addrs;
             j++) {
            if (before && router_port_has_addr(before, &port->addrs[j])) {
                continue;
            }
            if (a->n_new >= a->allocated_new) {
                a->new = x2nrealloc(a->new, &a->allocated_new,
                                    sizeof *a->new);
            }
            a->new[a->n_new++] = (struct announce_addr) {
                .port = port->uuid,
                .addr = port->addrs[j],
                .at = LLONG_MAX,
            };
        }
    }
}

/* Announces 'ip' to switches or, if it was another router's before, to other
 * routers as well: they hear what has the form of a reply (stage-learn.c in
 * ovs-plugin).  IPv6 addresses do not move between routers. */
static void
send_one(struct ovs_plugin *plugin, const struct router_port *port,
         const struct in6_addr *ip, bool has_come)
{
    struct dp_packet packet;

    dp_packet_init(&packet, 0);
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        ovs_be32 ip4 = in6_addr_get_mapped_ipv4(ip);

        compose_arp(&packet, has_come ? ARP_OP_REPLY : ARP_OP_REQUEST,
                    port->mac, eth_addr_broadcast, true, ip4, ip4);
    } else {
        const struct eth_addr all_nodes = ETH_ADDR_C(33,33,00,00,00,01);

        compose_nd_na(&packet, port->mac, all_nodes, ip, &in6addr_all_hosts,
                      htonl(ND_RSO_ROUTER | ND_RSO_OVERRIDE));
    }
    ovs_plugin_send_from(plugin, &port->uuid, dp_packet_data(&packet),
                         dp_packet_size(&packet));
    dp_packet_uninit(&packet);
}

/* Announces every address or, unless 'all', one of each port. */
static void
send_round(struct ovs_plugin *plugin, const struct router_config *rc,
           bool all)
{
    for (size_t i = 0; i < rc->n_ports; i++) {
        const struct router_port *port = &rc->ports[i];

        for (size_t j = 0; port->kind != ROUTER_PORT_HA && j < port->n_addrs;
             j++) {
            send_one(plugin, port, &port->addrs[j].ip, false);
            if (!all) {
                break;
            }
        }
    }
}

/* Goes on to the next step of the schedule.  Returns false if that was the
 * last one. */
static bool
next_step(unsigned int *step, long long int *at)
{
    if (++*step >= ARRAY_SIZE(schedule)) {
        return false;
    }
    *at += schedule[*step].at - schedule[*step - 1].at;
    return true;
}

/* Announces 'e' if that is due.  Returns false if it was the last time, or if
 * the address is gone. */
static bool
run_new(struct announce_addr *e, struct ovs_plugin *plugin,
        const struct router_config *rc, bool in_force)
{
    const struct router_port *port = router_config_find_port(rc, &e->port);

    if (!port || !router_port_has_addr(port, &e->addr)) {
        return false;
    }
    if (e->at == LLONG_MAX && in_force) {
        e->at = time_msec() + schedule[0].at;
    }
    if (time_msec() >= e->at) {
        send_one(plugin, port, &e->addr.ip, true);
        return next_step(&e->step, &e->at);
    }
    return true;
}

/* Sends what is due for the active copy 'rc'.  'in_force' tells whether the
 * copy has all that 'rc' says.  Returns when to call again, in time_msec(),
 * LLONG_MAX for never. */
long long int
announce_run(struct announce *a, struct ovs_plugin *plugin,
             const struct router_config *rc, bool in_force)
{
    long long int wake_at = LLONG_MAX;
    size_t n = 0;

    if (a->step < ARRAY_SIZE(schedule) && time_msec() >= a->at) {
        send_round(plugin, rc, schedule[a->step].all);
        next_step(&a->step, &a->at);
    }
    if (a->step < ARRAY_SIZE(schedule)) {
        wake_at = a->at;
    }
    for (size_t i = 0; i < a->n_new; i++) {
        struct announce_addr *e = &a->new[i];

        if (run_new(e, plugin, rc, in_force)) {
            wake_at = MIN(wake_at, e->at);
            a->new[n++] = *e;
        }
    }
    a->n_new = n;
    return wake_at;
}
