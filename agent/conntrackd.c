/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/conntrackd.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/child.h"
#include "agent/router-config.h"
#include "agent/text-file.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "random.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(conntrackd);

/* The conntrackd of one copy of a router, which tells the other copies of each
 * connection, so that a successor knows it before it has the addresses.
 *
 * Owns the files conntrackd.* in the router's directory, the daemon, and short
 * processes that have it exchange all connections.  In: the router's
 * configuration, "this copy is active", ended children.  Out: "it runs".
 *
 * Mode NOTRACK without an external cache: an event of the kernel goes to the
 * HA network and from there into the kernels of all other copies.  That is
 * right for any number of copies (mode FTFW numbers its messages for one
 * peer), and a takeover has nothing to commit.  Only the active copy is heard,
 * and it hears no other: the ruleset sees to that (nat.c).
 *
 * The internal cache is there because without it conntrackd sends what it has
 * to say only when a packet is full or once a second, and whoever dies before
 * takes it along.  It has what this daemon saw happen, not what it was told by
 * others.  So a copy that becomes active has it filled anew from the kernel's
 * table.
 *
 * What is lost on the way is made up for: a daemon that has started asks the
 * active copy for everything, or tells the others everything if it is the
 * active copy's; a copy that becomes a backup asks, which is also when it
 * comes back from being cut off; and it asks again from time to time, because
 * entries of a copy that stands by expire, however lively the connection is.
 *
 * Limits: entries of UDP and ICMP expire sooner (nf_conntrack_udp_timeout...):
 * then it takes a packet from inside for such a connection to go on after a
 * takeover.  The path of the router's directory must leave room for that of a
 * Unix socket, 107 bytes. */

/* Time between two exchanges while the daemon does not listen yet, in ms. */
#define RESYNC_RETRY 100

/* How often to look whether a daemon that is being started runs, in ms. */
#define START_RETRY 1000

/* Time from the start of the daemon, or of the life as a backup, to the
 * exchange, in ms: when a copy hands over, its successor is active by then. */
#define RESYNC_DELAY 250

/* Time between two exchanges without a reason, in ms, give or take a tenth:
 * less than the least timeout of an established TCP connection
 * (sysctl.c). */
#define REFRESH_INTERVAL (20 * 60 * 1000)

/* Time from the takeover to the first refill of an internal cache, and between
 * that of one router and that of the next, in ms.  The daemon reads the table
 * of the whole host for it, all namespaces together, with a real-time
 * priority: with a hundred routers that take over at once, as all of them do
 * when a node has died, that is seconds in which the switch hardly runs.
 * There is no hurry: the cache serves those who ask for what they missed. */
#define REFILL_DELAY 1000
#define REFILL_INTERVAL 100

/* What the daemon is told by short processes. */
enum command {
    COMMAND_ASK,                /* The active copy for all connections. */
    COMMAND_TELL,               /* The others all connections. */
    COMMAND_EMPTY,              /* The internal cache. */
    COMMAND_FILL,               /* It with the kernel's table. */
    N_COMMANDS
};
static const char *const command_options[N_COMMANDS][2] = {
    [COMMAND_ASK] = { "-n" },
    [COMMAND_TELL] = { "-B" },
    [COMMAND_EMPTY] = { "-f", "internal" },
    [COMMAND_FILL] = { "-R" },
};

/* What an active copy has yet to do with the internal cache. */
enum refill {
    REFILL_NOTHING,
    REFILL_EMPTY,
    REFILL_FILL,
};

struct conntrackd {
    char *router;               /* UUID, for log messages. */
    char *dir;
    char *path;                 /* Of the configuration. */
    char *conf;                 /* Configuration of the running daemon. */
    struct child *daemon;
    struct child *commands[N_COMMANDS]; /* While they run. */
    bool adopted;               /* An earlier agent's was looked for. */
    bool resync;                /* The next exchange has a reason. */
    long long int resync_at;    /* When it is due, in time_msec(). */
    enum refill refill;
    long long int refill_at;    /* When to go on with it, in time_msec(). */
    unsigned int n_lost;        /* How often the daemon died. */
};

/* Appends the network of 'addr'. */
static void
put_network(const struct nl_addr_plen *addr, struct ds *s)
{
    struct in6_addr mask = ipv6_create_mask(96 + addr->plen);
    struct nl_addr_plen net = {
        .ip = ipv6_addr_bitand(&addr->ip, &mask),
        .plen = addr->plen,
    };

    nl_addr_plen_format(&net, s);
}

/* Appends conntrackd.conf for the HA router 'rc' with the directory 'dir' to
 * 's'. */
void
conntrackd_format(const struct router_config *rc,
                  const struct conntrackd_options *o, const char *dir,
                  struct ds *s)
{
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);

    ovs_assert(ha && ha->n_addrs);
    ds_put_cstr(s,
                "Sync {\n"
                "    Mode NOTRACK {\n"
                "        DisableExternalCache On\n"
                "    }\n"
                "    Multicast {\n");
    ds_put_format(s, "        IPv4_address "IP_FMT"\n", IP_ARGS(o->group));
    /* Routers share the HA network of their project. */
    ds_put_format(s, "        Group %d\n", o->port + rc->vrid);
    ds_put_cstr(s, "        IPv4_interface ");
    router_ip_format(&ha->addrs[0].ip, s);
    ds_put_format(s, "\n        Interface %s\n", ha->dev);
    ds_put_cstr(s,
                "        SndSocketBuffer 1249280\n"
                "        RcvSocketBuffer 1249280\n"
                "        Checksum on\n"
                "    }\n"
                "}\n\n"
                "General {\n");
    ds_put_format(s, "    HashSize %d\n", o->hash_size);
    ds_put_format(s, "    HashLimit %d\n", o->hash_limit);
    ds_put_cstr(s, "    Syslog off\n");
    ds_put_format(s, "    LockFile %s/conntrackd.lock\n", dir);
    ds_put_format(s,
                  "    UNIX {\n"
                  "        Path %s/conntrackd.ctl\n"
                  "    }\n", dir);
    ds_put_format(s, "    NetlinkBufferSize %d\n", o->buffer_size);
    ds_put_format(s, "    NetlinkBufferSizeMaxGrowth %d\n",
                  o->buffer_size_max);
    ds_put_cstr(s,
                "    Filter From Kernelspace {\n"
                "        Protocol Accept {\n"
                "            TCP\n"
                "            SCTP\n"
                "            UDP\n"
                "            ICMP\n"
                "            IPv6-ICMP\n"
                "        }\n"
                "        Address Ignore {\n"
                "            IPv4_address 127.0.0.1\n"
                "            IPv6_address ::1\n"
                "            IPv4_address ");
    put_network(&ha->addrs[0], s);
    ds_put_cstr(s,
                "\n"
                "        }\n"
                "    }\n"
                "}\n");
}

static struct child *
create_child(struct child_set *children, const struct conntrackd *ct,
             const char *netns, const char *const options[2], void *aux)
{
    char *name = xasprintf("router %s: conntrackd%s%s", ct->router,
                           options ? " " : "", options ? options[0] : "");
    char *run = xasprintf("%s/conntrackd.run", ct->dir);
    struct svec argv = SVEC_EMPTY_INITIALIZER;
    struct child *child;

    svec_add(&argv, "conntrackd");
    svec_add(&argv, "-C");
    svec_add(&argv, ct->path);
    for (int i = 0; options && i < 2 && options[i]; i++) {
        svec_add(&argv, options[i]);
    }

    struct child_args args = {
        .name = name,
        .argv = &argv,
        .netns = netns,
        .pidfile = options ? NULL : run,
        .key = ct->path,
        .aux = aux,
    };
    child = child_create(children, &args);
    svec_destroy(&argv);
    free(name);
    free(run);
    return child;
}

/* Returns the conntrackd, which does not run yet, of the copy of 'router' (a
 * UUID) in namespace 'netns' with its files in 'dir'.  Its processes get
 * 'aux'. */
struct conntrackd *
conntrackd_create(struct child_set *children, const char *router,
                  const char *netns, const char *dir, void *aux)
{
    struct conntrackd *ct = xzalloc(sizeof *ct);

    ct->router = xstrdup(router);
    ct->dir = xstrdup(dir);
    ct->path = xasprintf("%s/conntrackd.conf", dir);
    ct->daemon = create_child(children, ct, netns, NULL, aux);
    for (int i = 0; i < N_COMMANDS; i++) {
        ct->commands[i] = create_child(children, ct, netns,
                                       command_options[i], aux);
    }
    ct->resync_at = LLONG_MAX;
    return ct;
}

/* Frees 'ct' and leaves the daemon as it is. */
void
conntrackd_destroy(struct conntrackd *ct)
{
    if (ct) {
        child_destroy(ct->daemon);
        for (int i = 0; i < N_COMMANDS; i++) {
            child_destroy(ct->commands[i]);
        }
        free(ct->router);
        free(ct->dir);
        free(ct->path);
        free(ct->conf);
        free(ct);
    }
}

/* Plans the next exchange for which there is no reason but time. */
static void
plan_refresh(struct conntrackd *ct)
{
    ct->resync = false;
    ct->resync_at = (time_msec() + REFRESH_INTERVAL * 9 / 10
                     + random_range(REFRESH_INTERVAL / 5));
}

static void
adopt(struct conntrackd *ct)
{
    if (!ct->adopted && child_is_idle(ct->daemon)) {
        ct->adopted = true;
        if (child_adopt(ct->daemon)) {
            free(ct->conf);
            ct->conf = text_file_read(ct->path);
            plan_refresh(ct);

            /* The copy may have become active while nobody saw it. */
            conntrackd_activated(ct);
        }
    }
}

static void
remove_file(const struct conntrackd *ct, const char *name)
{
    char *path = xasprintf("%s/%s", ct->dir, name);

    unlink(path);
    free(path);
}

/* Starts the daemon with configuration 'text'.  Returns NULL or a message that
 * the caller must free. */
static char *
start(struct conntrackd *ct, const char *text)
{
    int error = text_file_replace(ct->path, text);

    if (error) {
        return xasprintf("%s: %s", ct->path, ovs_strerror(error));
    }
    free(ct->conf);
    ct->conf = xstrdup(text);

    /* What one that was killed left would keep the next from starting. */
    remove_file(ct, "conntrackd.lock");
    remove_file(ct, "conntrackd.ctl");
    child_start(ct->daemon);
    ct->refill = REFILL_NOTHING;        /* It reads the table itself. */

    /* keepalived, which is started next, says first of all that it is a
     * backup, and one exchange is enough for both. */
    conntrackd_resync(ct);
    return NULL;
}

/* Begins the exchange that is due. */
static void
exchange(struct conntrackd *ct, bool active)
{
    if (active && !ct->resync) {
        /* The others will ask. */
        plan_refresh(ct);
    } else {
        child_feed(ct->commands[active ? COMMAND_TELL : COMMAND_ASK], "");
    }
}

static bool
is_commanding(const struct conntrackd *ct)
{
    for (int i = 0; i < N_COMMANDS; i++) {
        if (!child_is_idle(ct->commands[i])) {
            return true;
        }
    }
    return false;
}

/* Brings the daemon in line with 'rc', but does not start it before
 * 'may_start'; 'active' if this copy is.  Lowers '*wake_at' to when to call
 * again.  Returns NULL or a message that the caller must free. */
char *
conntrackd_run(struct conntrackd *ct, const struct router_config *rc,
               const struct conntrackd_options *o, bool may_start,
               bool active, long long int *wake_at)
{
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);
    struct ds s = DS_EMPTY_INITIALIZER;
    bool refilling = false;
    char *msg = NULL;

    adopt(ct);
    if (!o->enabled || !ha->n_addrs) {
        conntrackd_stop(ct);
        return NULL;
    }
    conntrackd_format(rc, o, ct->dir, &s);
    if (child_is_idle(ct->daemon)) {
        if (may_start) {
            msg = start(ct, ds_cstr(&s));
        }
    } else if (child_is_running(ct->daemon)) {
        if (!ct->conf || strcmp(ct->conf, ds_cstr(&s))) {
            child_stop(ct->daemon);
        } else if (!is_commanding(ct)) {
            refilling = active && ct->refill != REFILL_NOTHING;
            if (refilling && time_msec() >= ct->refill_at) {
                child_feed(ct->commands[ct->refill == REFILL_EMPTY
                                        ? COMMAND_EMPTY : COMMAND_FILL], "");
            } else if (!refilling && time_msec() >= ct->resync_at) {
                exchange(ct, active);
            }
        }
    }
    if (!is_commanding(ct)) {
        long long int at = refilling ? ct->refill_at : ct->resync_at;

        if (at != LLONG_MAX) {
            /* A start that is delayed is not announced. */
            *wake_at = MIN(*wake_at,
                           MAX(at, time_msec()
                                   + (child_is_running(ct->daemon)
                                      ? RESYNC_RETRY : START_RETRY)));
        }
    }
    ds_destroy(&s);
    return msg;
}

/* Stops what runs.  Returns true when nothing does. */
bool
conntrackd_stop(struct conntrackd *ct)
{
    adopt(ct);
    ct->resync = false;
    ct->resync_at = LLONG_MAX;
    ct->refill = REFILL_NOTHING;
    for (int i = 0; i < N_COMMANDS; i++) {
        child_stop(ct->commands[i]);
    }
    child_stop(ct->daemon);
    return child_is_idle(ct->daemon) && !is_commanding(ct);
}

static void
command_ended(struct conntrackd *ct, enum command command)
{
    char *output;
    bool ok = child_succeeded(ct->commands[command], &output);
    long long int retry_at = time_msec() + RESYNC_RETRY;

    if (!ok) {
        /* It is not ready to listen. */
        VLOG_DBG("router %s: conntrackd %s: %s", ct->router,
                 command_options[command][0], output);
        free(output);
    }
    if (command == COMMAND_EMPTY || command == COMMAND_FILL) {
        if (!ok) {
            ct->refill_at = retry_at;
        } else if (ct->refill == REFILL_EMPTY && command == COMMAND_EMPTY) {
            ct->refill = REFILL_FILL;
        } else if (ct->refill == REFILL_FILL) {
            ct->refill = REFILL_NOTHING;
        }
    } else if (ok) {
        plan_refresh(ct);
    } else {
        ct->resync_at = retry_at;
    }
}

/* To be called when 'child' has ended.  Returns false if it is none of
 * ours. */
bool
conntrackd_child_ended(struct conntrackd *ct, const struct child *child)
{
    if (child == ct->daemon) {
        ct->n_lost++;
        return true;
    }
    for (int i = 0; i < N_COMMANDS; i++) {
        if (child == ct->commands[i]) {
            command_ended(ct, i);
            return true;
        }
    }
    return false;
}

/* Has the copies exchange all connections soon. */
void
conntrackd_resync(struct conntrackd *ct)
{
    ct->resync = true;
    ct->resync_at = time_msec() + RESYNC_DELAY;
}

/* The copy has become active: the daemon is to know all connections that the
 * kernel knows. */
void
conntrackd_activated(struct conntrackd *ct)
{
    static long long int last_refill_at = LLONG_MIN / 2;

    last_refill_at = MAX(last_refill_at + REFILL_INTERVAL,
                         time_msec() + REFILL_DELAY);
    ct->refill = REFILL_EMPTY;
    ct->refill_at = last_refill_at;
    if (ct->resync) {
        /* It was a backup for a moment only, and has nobody to ask. */
        plan_refresh(ct);
    }
}

/* Returns true if the daemon runs. */
bool
conntrackd_is_running(const struct conntrackd *ct)
{
    return child_is_running(ct->daemon);
}

/* Returns true if the daemon runs and has nothing left to ask. */
bool
conntrackd_is_settled(const struct conntrackd *ct)
{
    return child_is_running(ct->daemon) && !ct->resync;
}

/* Appends a line for an operator to 's'. */
void
conntrackd_format_status(const struct conntrackd *ct, struct ds *s)
{
    ds_put_format(s, "    conntrackd: pid %ld, ended %u times%s\n",
                  (long int) child_pid(ct->daemon), ct->n_lost,
                  ct->resync ? ", to be synchronized" : "");
}
