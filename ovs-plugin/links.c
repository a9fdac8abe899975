/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/links.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/of-conn.h"
#include "ovs-plugin/pipeline-model.h"
#include "ovs-plugin/pipeline.h"
#include "ovs-plugin/probe.h"
#include "ovsdb-idl.h"
#include "packets.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(links);

/* Whether other hosts and physical networks can be reached.
 *
 * Owns the choice of the tunnel that runs BFD for each host that is watched,
 * and what was last known.  In: hosts to watch, tunnels that there are, rows
 * of the local database, "is the switch there?".  Out: questions to hosts
 * (probe.c); answers, and a number that changes with them.
 *
 * Invariants: a host is down only if it was up before: one that is still being
 * wired or that does not watch us is merely unknown.  One that BFD has lost is
 * asked first, and again as long as BFD does not hear it; it stays up while it
 * answers.  When the switch stops, everything is unknown: the database still
 * says "up" then, and a new switch begins with "down", which says nothing
 * about the others.
 *
 * Limit: hosts that share no tunnelled network are not watched. */

/* How long after the switch came back a host that has not been seen as down
 * since is not believed to be up, in ms: the database may not say yet what the
 * new switch says. */
#define DISTRUST_TIME 5000

/* How long after an answer a host is asked again that BFD does not hear, in
 * ms. */
#define ASK_INTERVAL 100

struct watched_host {
    char *ifname;               /* Tunnel that runs BFD, NULL: none. */
    enum tunnel_type type;      /* Of that tunnel. */
    enum ovs_plugin_reach reach;
    bool distrusted;            /* "up" may be what a switch said that has
                                 * stopped. */

    /* While 'reach' is REACH_UP but BFD does not hear the host. */
    struct probe probe;
    ovs_be32 xid;               /* Of the barrier after the question. */
    long long int ask_at;       /* Next time, or LLONG_MAX. */
    long long int lost_at;      /* If 'reach' is REACH_DOWN. */
};

struct links {
    struct ovsdb_idl *idl;
    const struct pipeline *pipeline;
    struct of_conn *conn;
    struct shash hosts;         /* Host -> "struct watched_host". */
    int interval;               /* Of BFD, in ms; 0: none. */
    struct sset physnets_down;
    bool connected;             /* The switch is there. */
    long long int trust_at;     /* End of DISTRUST_TIME, or LLONG_MAX. */
    uint64_t seqno;
};

/* Has 'idl' replicate what this module needs, and returns an object that
 * watches nothing.  It asks on 'conn' through the tunnels of 'pipeline'. */
struct links *
links_create(struct ovsdb_idl *idl, const struct pipeline *pipeline,
             struct of_conn *conn)
{
    struct links *links = xzalloc(sizeof *links);

    ovsdb_idl_add_column(idl, &ovsrec_interface_col_link_state);
    ovsdb_idl_track_add_column(idl, &ovsrec_interface_col_bfd);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_bfd_status);
    links->idl = idl;
    links->pipeline = pipeline;
    links->conn = conn;
    links->trust_at = LLONG_MAX;
    shash_init(&links->hosts);
    sset_init(&links->physnets_down);
    return links;
}

static void
remove_host(struct links *links, struct shash_node *node)
{
    struct watched_host *host = node->data;

    free(host->ifname);
    free(host);
    shash_delete(&links->hosts, node);
}

/* Frees 'links'. */
void
links_destroy(struct links *links)
{
    if (links) {
        struct shash_node *node;

        SHASH_FOR_EACH_SAFE (node, &links->hosts) {
            remove_host(links, node);
        }
        shash_destroy(&links->hosts);
        sset_destroy(&links->physnets_down);
        free(links);
    }
}

static void
set_reach(struct links *links, const char *name, struct watched_host *host,
          enum ovs_plugin_reach reach)
{
    if (reach != host->reach) {
        VLOG_INFO("host %s: %s", name,
                  reach == REACH_UP ? "reachable"
                  : reach == REACH_DOWN ? "not reachable any more"
                  : "not known whether it is reachable");
        host->reach = reach;
        links->seqno++;
    }
}

static bool
is_asking(const struct watched_host *host)
{
    return host->probe.state != PROBE_NONE;
}

static void
stop_asking(struct watched_host *host)
{
    probe_stop(&host->probe);
    host->ask_at = LLONG_MAX;
}

/* Sends the question.  Of several frames one may be lost, as long as there is
 * time. */
static void
send_question(struct links *links, const char *name, struct watched_host *host)
{
    ofp_port_t ofport = pipeline_tunnel_ofport(links->pipeline, name,
                                               host->type);
    struct eth_header eth;

    if (ofport) {
        probe_compose(&host->probe, &eth);
        of_conn_packet_out(links->conn, OFPP_CONTROLLER, ofport, &eth,
                           sizeof eth);
    }
    host->ask_at = host->probe.again ? time_msec() + ASK_INTERVAL : LLONG_MAX;
}

static void
ask(struct links *links, const char *name, struct watched_host *host)
{
    probe_ask(&host->probe, links->interval, time_msec());
    send_question(links, name, host);
    host->xid = of_conn_barrier(links->conn);
}

static void
run_asking(struct links *links, const char *name, struct watched_host *host)
{
    long long int now = time_msec();

    switch (probe_run(&host->probe, now)) {
    case PROBE_NONE:
        break;
    case PROBE_ASKED:
        if (now >= host->ask_at) {
            send_question(links, name, host);
        }
        break;
    case PROBE_DUE:
        probe_last_call(&host->probe, now);
        host->xid = of_conn_barrier(links->conn);
        host->ask_at = LLONG_MAX;
        break;
    case PROBE_LAST_CALL:
        break;
    case PROBE_ANSWERED:
        if (now >= host->ask_at) {
            ask(links, name, host);
        }
        break;
    case PROBE_MISSED:
        stop_asking(host);
        host->lost_at = now;
        set_reach(links, name, host, REACH_DOWN);
        break;
    }
}

/* The switch has done what came before the barrier 'xid'. */
void
links_is_out(struct links *links, ovs_be32 xid)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &links->hosts) {
        struct watched_host *host = node->data;

        if (host->xid == xid) {
            probe_is_out(&host->probe, time_msec());
        }
    }
}

/* The answer with 'number' has come. */
void
links_answer(struct links *links, const struct eth_addr number)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(6, 6);
    struct shash_node *node;

    SHASH_FOR_EACH (node, &links->hosts) {
        struct watched_host *host = node->data;

        if (probe_answer(&host->probe, number, time_msec())) {
            if (!host->probe.again) {
                VLOG_INFO_RL(&rl, "host %s: BFD does not hear it, but it "
                             "answers", node->name);
            }
            host->ask_at = time_msec() + ASK_INTERVAL;
        }
    }
}

/* Takes note of whether the switch is there, and asks hosts that BFD does not
 * hear.  Returns true if links_read() is to be called. */
bool
links_run(struct links *links)
{
    bool connected = of_conn_has_switch(links->conn);
    struct shash_node *node;
    bool trust = time_msec() >= links->trust_at;

    SHASH_FOR_EACH (node, &links->hosts) {
        run_asking(links, node->name, node->data);
    }
    if (connected == links->connected && !trust) {
        return false;
    }
    SHASH_FOR_EACH (node, &links->hosts) {
        struct watched_host *host = node->data;

        if (!connected) {
            host->reach = REACH_UNKNOWN;
            host->distrusted = true;
            stop_asking(host);
        } else if (trust) {
            host->distrusted = false;
        }
    }
    if (connected != links->connected) {
        links->connected = connected;
        links->seqno++;
        links->trust_at = connected ? time_msec() + DISTRUST_TIME : LLONG_MAX;
    } else {
        links->trust_at = LLONG_MAX;
    }
    return true;
}

/* Arranges for the poll loop to wake up when links_run() has work. */
void
links_wait(const struct links *links)
{
    struct shash_node *node;

    if (links->trust_at != LLONG_MAX) {
        poll_timer_wait_until(links->trust_at);
    }
    SHASH_FOR_EACH (node, &links->hosts) {
        const struct watched_host *host = node->data;

        if (probe_is_open(&host->probe)) {
            poll_timer_wait_until(host->probe.deadline);
        }
        if (host->ask_at != LLONG_MAX) {
            poll_timer_wait_until(host->ask_at);
        }
    }
}

static const struct ovsrec_interface *
find_iface(const struct ovsrec_bridge *br, const char *name)
{
    for (size_t i = 0; br && i < br->n_ports; i++) {
        const struct ovsrec_port *port = br->ports[i];

        if (!strcmp(port->name, name) && port->n_interfaces) {
            return port->interfaces[0];
        }
    }
    return NULL;
}

static enum ovs_plugin_reach
read_reach(const struct links *links, struct watched_host *host,
           const struct ovsrec_bridge *br)
{
    const struct ovsrec_interface *iface;
    const char *state;
    bool up;

    if (!host->ifname || !(iface = find_iface(br, host->ifname))) {
        return REACH_UNKNOWN;
    }
    state = smap_get_def(&iface->bfd_status, "state", "");
    up = !strcmp(state, "up");
    if (!up) {
        /* Whoever says "up" from now on has come after the switch that
         * stopped; the new one says this before we are connected to it. */
        host->distrusted = false;
    }
    if (!links->connected) {
        return REACH_UNKNOWN;
    } else if (up) {
        return host->distrusted ? REACH_UNKNOWN : REACH_UP;
    }
    if (!state[0] || !strcmp(smap_get_def(&iface->bfd_status, "remote_state",
                                          ""), "admin_down")) {
        /* The other side has stopped watching, not working. */
        return REACH_UNKNOWN;
    }
    return host->reach == REACH_UNKNOWN ? REACH_UNKNOWN : REACH_DOWN;
}

static void
read_hosts(struct links *links, const struct ovsrec_bridge *br)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &links->hosts) {
        struct watched_host *host = node->data;
        enum ovs_plugin_reach reach = read_reach(links, host, br);

        if (reach == REACH_DOWN && host->reach == REACH_UP) {
            if (!is_asking(host)) {
                ask(links, node->name, host);
            }
        } else {
            stop_asking(host);
            set_reach(links, node->name, host, reach);
        }
    }
}

/* Returns true if 'br' has interfaces of the host itself, all of them without
 * a carrier. */
static bool
is_cut_off(const struct ovsrec_bridge *br)
{
    bool any = false;

    for (size_t i = 0; i < br->n_ports; i++) {
        const struct ovsrec_port *port = br->ports[i];

        for (size_t j = 0; j < port->n_interfaces; j++) {
            const struct ovsrec_interface *iface = port->interfaces[j];

            if (!strcmp(iface->type, "internal")
                || !strcmp(iface->type, "patch")
                || tunnel_type_from_string(iface->type)) {
                continue;
            }
            if (!iface->link_state || strcmp(iface->link_state, "down")) {
                return false;
            }
            any = true;
        }
    }
    return any;
}

static void
read_physnets(struct links *links, const struct smap *bridge_mappings)
{
    struct sset down = SSET_INITIALIZER(&down);
    const struct ovsrec_bridge *br;
    const struct smap_node *node;

    if (!links->connected) {
        /* Without a switch nobody looks at carriers. */
        return;
    }
    SMAP_FOR_EACH (node, bridge_mappings) {
        OVSREC_BRIDGE_FOR_EACH (br, links->idl) {
            if (!strcmp(br->name, node->value) && is_cut_off(br)) {
                sset_add(&down, node->key);
            }
        }
    }
    if (!sset_equals(&down, &links->physnets_down)) {
        const char *physnet;

        SSET_FOR_EACH (physnet, &down) {
            if (!sset_contains(&links->physnets_down, physnet)) {
                VLOG_WARN("physical network \"%s\": no interface of bridge "
                          "%s has a carrier", physnet,
                          smap_get(bridge_mappings, physnet));
            }
        }
        SSET_FOR_EACH (physnet, &links->physnets_down) {
            if (!sset_contains(&down, physnet)) {
                VLOG_INFO("physical network \"%s\" is connected again",
                          physnet);
            }
        }
        sset_swap(&down, &links->physnets_down);
        links->seqno++;
    }
    sset_destroy(&down);
}

/* Reads what the database says of the tunnels of the integration bridge 'br',
 * which may be NULL, and of physical networks.  To be called when it may have
 * changed. */
void
links_read(struct links *links, const struct ovsrec_bridge *br,
           const struct smap *bridge_mappings)
{
    read_hosts(links, br);
    read_physnets(links, bridge_mappings);
}

/* See ovs_plugin_watch_hosts().  Returns true if something changed. */
bool
links_watch_hosts(struct links *links, const struct sset *hosts, int interval)
{
    bool changed = interval != links->interval;
    struct shash_node *node;
    const char *name;

    links->interval = interval;
    SHASH_FOR_EACH_SAFE (node, &links->hosts) {
        if (!interval || !sset_contains(hosts, node->name)) {
            remove_host(links, node);
            changed = true;
        }
    }
    SSET_FOR_EACH (name, hosts) {
        if (interval && !shash_find(&links->hosts, name)) {
            struct watched_host *host = xzalloc(sizeof *host);

            host->reach = REACH_UNKNOWN;
            stop_asking(host);
            shash_add(&links->hosts, name, host);
            changed = true;
        }
    }
    links->seqno += changed;
    return changed;
}

/* Chooses one of 'tunnels' ("struct pipeline_tunnel"s by name) for each host
 * that is watched.  Both ends choose alike. */
void
links_choose_tunnels(struct links *links, const struct shash *tunnels)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &links->hosts) {
        struct watched_host *host = node->data;
        const struct shash_node *t, *best = NULL;
        enum tunnel_type best_type = TUNNEL_NONE;

        SHASH_FOR_EACH (t, tunnels) {
            const struct pipeline_tunnel *tunnel = t->data;
            enum tunnel_type type = tunnel_type_from_string(tunnel->type);

            if (!strcmp(tunnel->host, node->name)
                && (!best || type < best_type)) {
                best = t;
                best_type = type;
            }
        }
        links->seqno += !best != !host->ifname; /* Watched or not. */
        host->type = best_type;
        free(host->ifname);
        host->ifname = best ? xstrdup(best->name) : NULL;
    }
}

/* Sets 'bfd' to Interface.bfd of the tunnel 'ifname' to 'host'. */
void
links_get_bfd(const struct links *links, const char *host, const char *ifname,
              struct smap *bfd)
{
    const struct watched_host *wh = shash_find_data(&links->hosts, host);

    smap_init(bfd);
    if (wh && wh->ifname && !strcmp(wh->ifname, ifname)) {
        smap_add(bfd, "enable", "true");
        smap_add_format(bfd, "min_rx", "%d", links->interval);
        smap_add_format(bfd, "min_tx", "%d", links->interval);
    }
}

/* See ovs-plugin.h. */
enum ovs_plugin_reach
links_host_reach(const struct links *links, const char *host)
{
    const struct watched_host *wh = shash_find_data(&links->hosts, host);

    return wh && wh->ifname ? wh->reach : REACH_UNWATCHED;
}

/* See ovs-plugin.h. */
long long int
links_host_lost_at(const struct links *links, const char *host)
{
    const struct watched_host *wh = shash_find_data(&links->hosts, host);

    return wh && wh->ifname && wh->reach == REACH_DOWN ? wh->lost_at : 0;
}

/* See ovs-plugin.h. */
bool
links_physnet_is_down(const struct links *links, const char *physnet)
{
    return sset_contains(&links->physnets_down, physnet);
}

/* See ovs-plugin.h. */
bool
links_is_connected(const struct links *links)
{
    return links->connected;
}

/* See ovs-plugin.h. */
uint64_t
links_seqno(const struct links *links)
{
    return links->seqno;
}
