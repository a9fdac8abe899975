/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/router.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/child.h"
#include "agent/conntrackd.h"
#include "agent/metadata.h"
#include "agent/router-links.h"
#include "agent/router-report.h"
#include "agent/ruleset.h"
#include "agent/sysctl.h"
#include "agent/text-file.h"
#include "agent/vrrp-advert.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/ovs-plugin.h"
#include "packets.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(router);

/* One copy of a router: brings what is there in line with the configuration,
 * step by step: devices (router-links.c), ruleset (ruleset.c),
 * conntrackd (conntrackd.c), keepalived (keepalived.c).
 *
 * Owns the router's directory and its child processes.  In: configuration,
 * ended children, VRRP events.  Out: VRRP state.
 *
 * Invariants: the ruleset is loaded before the copy can become active.
 * keepalived starts only when the switch has wired its port, else two copies
 * that do not see each other would both become active, and never with
 * addresses of a predecessor in place.  Nothing that is right is touched, in
 * particular when the agent starts on a host full of routers. */

/* Delay before a failed step is tried again, in ms. */
#define RETRY_MIN 500
#define RETRY_MAX 30000

/* How long keepalived is not told of new addresses because the switch does
 * not forward on their port yet, in ms.  It may never: where a physical
 * network is missing on this host, the others must not wait. */
#define WIRE_TIMEOUT 1000

/* How long a copy that has become active looks for its neighbors urgently, in
 * ms: as long as it announces itself (announce.c). */
#define URGENT_TIME 5000

/* File that keepalived adds to its priority. */
#define STANDING_FILE "standing"

/* Real-time priority of keepalived's VRRP process. */
#define VRRP_PRIORITY 10

static char *
router_file(const struct router *r, const char *name)
{
    return xasprintf("%s/%s", r->dir, name);
}

/* Returns the content of 'name' in the directory of 'r', NULL if it cannot be
 * read. */
static char *
read_router_file(const struct router *r, const char *name)
{
    char *path = router_file(r, name);
    char *text = text_file_read(path);

    free(path);
    return text;
}

/* Replaces 'name' in the directory of 'r' atomically.  Returns 0 or a positive
 * errno value. */
static int
write_router_file(const struct router *r, const char *name, const char *text)
{
    char *path = router_file(r, name);
    int error = text_file_replace(path, text);

    free(path);
    return error;
}

static void
remove_router_file(const struct router *r, const char *name)
{
    char *path = router_file(r, name);

    unlink(path);
    free(path);
}

static struct child *
create_keepalived(struct router *r, const struct router_env *env)
{
    char *conf = router_file(r, "keepalived.conf");
    char *pid = router_file(r, "keepalived.pid");
    char *vrrp_pid = router_file(r, "keepalived-vrrp.pid");
    char *run = router_file(r, "keepalived.run");
    char *name = xasprintf("router %s: keepalived", r->name);
    struct svec argv = SVEC_EMPTY_INITIALIZER;
    struct child *child;

    /* The agent restarts keepalived as a whole (-R) and watches it directly
     * (-n). */
    svec_add(&argv, "keepalived");
    svec_add(&argv, "-P");
    svec_add(&argv, "-n");
    svec_add(&argv, "-R");
    svec_add(&argv, "-f");
    svec_add(&argv, conf);
    svec_add(&argv, "-p");
    svec_add(&argv, pid);
    svec_add(&argv, "-r");
    svec_add(&argv, vrrp_pid);

    struct child_args args = {
        .name = name,
        .argv = &argv,
        .netns = r->netns,
        .pidfile = run,
        .inner_pidfile = vrrp_pid,
        .key = conf,
        .aux = r,
    };
    child = child_create(env->children, &args);
    svec_destroy(&argv);
    free(name);
    free(conf);
    free(pid);
    free(vrrp_pid);
    free(run);
    return child;
}

/* Returns a copy that does nothing until router_set_config() or until
 * 'undecided' is cleared, which means that it is to be removed. */
struct router *
router_create(const struct router_env *env, const struct uuid *uuid)
{
    struct router *r = xzalloc(sizeof *r);

    r->uuid = *uuid;
    snprintf(r->name, sizeof r->name, UUID_FMT, UUID_ARGS(uuid));
    l3ha_router_netns(r->netns, uuid);
    r->dir = xasprintf("%s/%s", env->confs_path, r->name);
    r->undecided = true;
    ovs_list_init(&r->deps);
    sset_init(&r->taps);
    r->ruleset = ruleset_create(env->children, r->name, r->netns, r->dir, r);
    r->keepalived = create_keepalived(r, env);
    r->conntrackd = conntrackd_create(env->children, r->name, r->netns,
                                      r->dir, r);
    r->radvd = radvd_create(env->children, &env->radvd, r->name, r->netns, r);
    r->standing = INT_MIN;
    r->wake_at = LLONG_MAX;
    return r;
}

/* Frees 'r' and leaves what it made as it is. */
void
router_destroy(struct router *r)
{
    if (r) {
        router_config_destroy(r->config);
        sset_destroy(&r->taps);
        ruleset_destroy(r->ruleset);
        child_destroy(r->keepalived);
        conntrackd_destroy(r->conntrackd);
        radvd_destroy(r->radvd);
        announce_destroy(&r->announce);
        handover_destroy(&r->failover.handover);
        free(r->conf);
        free(r->dir);
        free(r);
    }
}

/* Gives 'r' the configuration 'rc', which it takes over; NULL: it is to be
 * removed. */
void
router_set_config(struct router *r, struct router_config *rc)
{
    if (r->state == VRRP_MASTER && r->config && rc) {
        announce_change(&r->announce, r->config, rc);
    }
    router_config_destroy(r->config);
    r->config = rc;
    r->undecided = false;
    r->dirty = true;
    r->removed = false;
    r->retry_at = 0;
    r->backoff = 0;
}

static void
failed(struct router *r, char *msg)
{
    r->backoff = (!r->backoff ? RETRY_MIN : MIN(r->backoff * 2, RETRY_MAX));
    r->retry_at = time_msec() + r->backoff;
    VLOG_WARN("router %s: %s (trying again in %d ms)", r->name, msg,
              r->backoff);
    free(msg);
}

/* Records the state of this copy. */
void
router_set_state(struct router *r, const struct router_env *env,
                 enum vrrp_state state)
{
    enum vrrp_state old = r->state;

    if (old != state) {
        r->state = state;
        r->state_since = time_wall_msec();
        r->state_cause = failover_cause_recent(&r->failover.cause,
                                               &r->state_ms);
        if (old == VRRP_UNKNOWN && r->state_cause == CAUSE_VRRP) {
            r->state_cause = CAUSE_START;
        }
        router_report_change(r, old, env->metrics);
        if (state == VRRP_MASTER) {
            announce_start(&r->announce, time_msec());
            r->calm_at = time_msec() + URGENT_TIME;
        } else {
            announce_stop(&r->announce);
            radvd_stop(r->radvd);
        }
    }
}

/* The VRRP process of 'r' runs: a busy host must not make a backup believe
 * that the master is gone.  A runaway process is kept in check by the kernel,
 * which leaves a share of the processor to others. */
static void
vrrp_started(struct router *r)
{
    int error = child_set_realtime(r->keepalived, VRRP_PRIORITY);

    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "router %s: no real-time priority for keepalived: "
                     "%s", r->name, ovs_strerror(error));
    }
    r->vrrp_ready = true;
}

/* This copy was active and has heard a better one. */
static void
stepped_back(struct router *r, const struct router_env *env)
{
    if (r->config && r->config->ha) {
        vrrp_advert_yield(env->plugin, r->config, &env->keepalived);
    }
}

/* keepalived said on the FIFO that this copy is in 'state'. */
void
router_vrrp_event(struct router *r, const struct router_env *env,
                  enum vrrp_state state)
{
    /* The last words of a process that was left alone by its parent count,
     * too: its addresses are gone. */
    if (child_is_running(r->keepalived) || state == VRRP_STOPPED) {
        if (state == VRRP_STOPPED) {
            r->vrrp_ready = false;
        } else if (!r->vrrp_ready) {
            vrrp_started(r);
        }
        if (r->state == VRRP_MASTER && state == VRRP_BACKUP) {
            stepped_back(r, env);
        }
        if (state == VRRP_BACKUP) {
            /* It may have been cut off and missed something. */
            conntrackd_resync(r->conntrackd);
        } else if (state == VRRP_MASTER && r->state != VRRP_MASTER) {
            conntrackd_activated(r->conntrackd);
        }
        router_set_state(r, env, state);
    }
}

static void
run_links(struct router *r, const struct router_env *env)
{
    bool new_netns = false;
    char *msg;

    if (mkdir(r->dir, 0755) && errno != EEXIST) {
        failed(r, xasprintf("%s: %s", r->dir, ovs_strerror(errno)));
        return;
    }
    msg = router_links_apply(r, env, &new_netns);
    if (new_netns) {
        /* Whatever was known of the old one is void. */
        ruleset_forget(r->ruleset);
    } else if (!r->seen) {
        ruleset_restore(r->ruleset);
    }
    r->seen = true;
    if (msg) {
        failed(r, msg);
    } else {
        r->dirty = false;
        r->backoff = 0;
        r->resolve_ms = 0;
    }
}

/* A copy that becomes active knows no neighbor.  It must not wait for a second
 * if the first answer is lost, because a switch has just heard the one that
 * was active before.  Copies that stand by are prepared for that, so that it
 * does not depend on the agent.  All those of a host may become active at
 * once, and together are to ask some 500 times a second: more if many came
 * after they were last looked at. */
static void
run_resolve(struct router *r, const struct router_env *env)
{
    bool urgent = (r->config->ha
                   && (r->state != VRRP_MASTER || time_msec() < r->calm_at));
    int ms = urgent ? MIN(MAX(20, 2 * env->n_copies), 1000) : 1000;

    if (r->resolve_ms != ms) {
        char *msg = router_links_resolve(r, ms);

        if (msg) {
            failed(r, msg);
            return;
        }
        r->resolve_ms = ms;
    }
    if (urgent && r->state == VRRP_MASTER) {
        r->wake_at = MIN(r->wake_at, r->calm_at);
    }
}

/* Returns true if the switch forwards on every port of 'r': only then does
 * anyone hear a gratuitous ARP. */
static bool
ports_are_wired(const struct router *r, const struct router_env *env)
{
    for (size_t i = 0; i < r->config->n_ports; i++) {
        if (!ovs_plugin_port_is_wired(env->plugin,
                                      &r->config->ports[i].uuid)) {
            return false;
        }
    }
    return true;
}

/* Time between two SIGHUPs, in ms: each makes keepalived miss some of its
 * timers. */
static long long int
reload_interval(const struct router_env *env)
{
    return env->keepalived.advert_int * 1500;
}

/* Returns false if the configuration 'text' cannot be written. */
static bool
write_conf(struct router *r, const char *text)
{
    int error = write_router_file(r, "keepalived.conf", text);

    if (error) {
        failed(r, xasprintf("keepalived.conf: %s", ovs_strerror(error)));
        return false;
    }
    free(r->conf);
    r->conf = xstrdup(text);
    return true;
}

static void
update_keepalived(struct router *r, const struct router_env *env,
                  const char *text)
{
    long long int next = r->last_reload + reload_interval(env);

    if (!r->conf || strcmp(r->conf, text)) {
        if (!r->conf || keepalived_needs_restart(r->conf, text)) {
            VLOG_INFO("router %s: VRRP instance changed, restarting "
                      "keepalived", r->name);
            child_stop(r->keepalived);
            return;
        }
        if (!write_conf(r, text)) {
            return;
        }
        r->reload = true;
        r->reload_since = time_msec();
    }
    if (r->reload && r->vrrp_ready) {
        if (!ports_are_wired(r, env)) {
            next = MAX(next, r->reload_since + WIRE_TIMEOUT);
        }
        if (time_msec() >= next) {
            child_signal(r->keepalived, SIGHUP);
            r->last_reload = time_msec();
            r->reload = false;
        } else {
            r->wake_at = MIN(r->wake_at, next);
        }
    }
}

/* Has keepalived know the standing that the failover module gives this copy.
 * Returns false if it cannot be told; the router tries again. */
bool
router_tell_standing(struct router *r)
{
    char text[16];
    int error;

    if (r->standing == r->failover.standing) {
        return true;
    }
    snprintf(text, sizeof text, "%d\n", r->failover.standing);
    error = write_router_file(r, STANDING_FILE, text);
    if (error) {
        failed(r, xasprintf("%s: %s", STANDING_FILE, ovs_strerror(error)));
        return false;
    }
    r->standing = r->failover.standing;
    return true;
}

/* Takes over a copy that an earlier agent has left running, with the standing
 * that it gave it. */
static void
adopt_keepalived(struct router *r, const struct router_env *env)
{
    bool active = router_links_has_vip(r);
    char *text = read_router_file(r, STANDING_FILE);
    int standing;

    r->conf = read_router_file(r, "keepalived.conf");
    vrrp_started(r);
    r->standing = INT_MIN;
    if (text) {
        text[strcspn(text, "\n")] = '\0';
        if (str_to_int(text, 10, &standing)) {
            r->standing = standing;
            failover_restore(&r->failover, r->config->priority, standing,
                             active);
        }
        free(text);
    }
    router_set_state(r, env, (active ? VRRP_MASTER
                              : r->failover.deaf ? VRRP_FAULT
                              : VRRP_BACKUP));
}

/* Returns true if a copy that is to be HA may take part in the router: it
 * would do the router's work right and sees the other copies. */
static bool
is_prepared(const struct router *r, const struct router_env *env)
{
    const struct router_port *ha = router_config_find(r->config,
                                                      ROUTER_PORT_HA);

    return (ruleset_is_loaded(r->ruleset)
            && ovs_plugin_port_is_wired(env->plugin, &ha->uuid));
}

/* To be called before run_keepalived(): the copy should know the connections
 * before it is in charge of them.  It takes part without if need be. */
static void
run_conntrackd(struct router *r, const struct router_env *env)
{
    char *msg = conntrackd_run(r->conntrackd, r->config, &env->conntrackd,
                               is_prepared(r, env), r->state == VRRP_MASTER,
                               &r->wake_at);

    if (msg) {
        failed(r, msg);
    }
}

static void
start_keepalived(struct router *r, const struct router_env *env,
                 const char *text)
{
    char *msg;

    if (!is_prepared(r, env)) {
        return;
    }
    msg = router_links_flush(r);
    if (msg) {
        failed(r, msg);
        return;
    }
    if (!write_conf(r, text)) {
        return;
    }
    r->standing = INT_MIN;
    router_tell_standing(r);

    /* keepalived believes a stale pid file if any process has that pid. */
    remove_router_file(r, "keepalived.pid");
    remove_router_file(r, "keepalived-vrrp.pid");
    r->reload = false;
    r->vrrp_ready = false;
    r->last_reload = time_msec();
    sysctl_allow_inotify();
    child_start(r->keepalived);
}

static void
run_keepalived(struct router *r, const struct router_env *env)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char *standing = router_file(r, STANDING_FILE);

    keepalived_format(r->config, &env->keepalived, standing, &s);
    free(standing);
    if (child_is_idle(r->keepalived)) {
        if (!r->conf && child_adopt(r->keepalived)) {
            adopt_keepalived(r, env);
            update_keepalived(r, env, ds_cstr(&s));
        } else {
            start_keepalived(r, env, ds_cstr(&s));
        }
    } else if (child_is_running(r->keepalived)) {
        update_keepalived(r, env, ds_cstr(&s));
    }
    ds_destroy(&s);
}

/* To be called when the devices are there and the state is known. */
static void
run_radvd(struct router *r)
{
    char *msg = radvd_run(r->radvd, r->config, r->state == VRRP_MASTER,
                          &r->wake_at);

    if (msg) {
        failed(r, msg);
    }
}

/* Removes what there is of a copy that is not wanted. */
static void
run_removal(struct router *r, const struct router_env *env)
{
    if (child_is_idle(r->keepalived)) {
        child_adopt(r->keepalived);
    }
    if (!child_is_idle(r->keepalived)) {
        child_stop(r->keepalived);
        if (!child_is_idle(r->keepalived)) {
            return;
        }
    }
    if (!conntrackd_stop(r->conntrackd) || !radvd_stop(r->radvd)
        || !ruleset_is_idle(r->ruleset)) {
        return;
    }
    router_links_remove(r, env);
    text_file_remove_dir(r->dir);
    r->removed = true;
    VLOG_INFO("router %s: removed", r->name);
}

/* Not even a copy that something is wrong with is silent when it is active. */
static void
run_announce(struct router *r, const struct router_env *env)
{
    if (r->config && r->state == VRRP_MASTER) {
        r->wake_at = MIN(r->wake_at,
                         announce_run(&r->announce, env->plugin, r->config,
                                      router_is_realised(r)));
    }
}

/* Does what can be done now.  To be called after every change of what 'r'
 * depends on, and at 'r->wake_at'. */
void
router_run(struct router *r, const struct router_env *env)
{
    r->wake_at = LLONG_MAX;
    if (r->undecided || r->removed) {
        return;
    }
    if (r->config && r->config->ha && child_is_running(r->keepalived)) {
        router_tell_standing(r);
    }
    if (time_msec() < r->retry_at) {
        run_announce(r, env);
        r->wake_at = MIN(r->wake_at, r->retry_at);
        return;
    }
    r->retry_at = 0;

    if (!r->config) {
        run_removal(r, env);
        return;
    }
    if (r->dirty) {
        run_links(r, env);
    }
    if (!r->dirty) {
        run_resolve(r, env);
        ruleset_run(r->ruleset, r->config);
        if (r->config->ha) {
            run_conntrackd(r, env);
            run_keepalived(r, env);
        } else {
            conntrackd_stop(r->conntrackd);
            if (child_is_idle(r->keepalived) && !r->conf) {
                child_adopt(r->keepalived);
            }
            child_stop(r->keepalived);
            if (ruleset_is_loaded(r->ruleset)) {
                router_set_state(r, env, VRRP_MASTER);
            }
            if (r->unannounced && ports_are_wired(r, env)) {
                announce_start(&r->announce, time_msec());
                r->unannounced = false;
            }
        }
        run_radvd(r);
    }
    run_announce(r, env);
    if (r->retry_at) {
        r->wake_at = MIN(r->wake_at, r->retry_at);
    } else if (router_is_settled(r, env)) {
        r->backoff = 0;
    }
}

/* Has the instances behind 'r' served as long as this copy is active. */
void
router_tell_metadata(const struct router *r, struct metadata *metadata)
{
    const struct router_config *rc = r->config;

    if (rc && rc->metadata_port && r->state == VRRP_MASTER) {
        struct metadata_service service = {
            .netns = r->netns,
            .port = rc->metadata_port,
        };
        struct uuid *networks = xcalloc(rc->n_ports, sizeof *networks);

        for (size_t i = 0; i < rc->n_ports; i++) {
            const struct router_port *port = &rc->ports[i];

            if (port->kind == ROUTER_PORT_INTERNAL) {
                networks[service.n_networks++] = port->network;
            }
        }
        service.networks = networks;
        metadata_serve(metadata, &service);
        free(networks);
    } else if (!rc || !rc->metadata_port || r->state != VRRP_UNKNOWN) {
        metadata_withdraw(metadata, r->netns);
    }
}

/* Returns true if the devices, the ruleset and keepalived are what the
 * configuration of 'r' wants. */
bool
router_is_realised(const struct router *r)
{
    return (!r->dirty && ruleset_is_loaded(r->ruleset)
            && (!r->config->ha
                || (child_is_running(r->keepalived) && r->vrrp_ready
                    && !r->reload)));
}

/* Returns true if 'r' is what its configuration wants. */
bool
router_is_settled(const struct router *r, const struct router_env *env)
{
    if (!r->config) {
        return r->undecided || r->removed;
    }
    return (!r->retry_at && router_is_realised(r)
            && radvd_is_settled(r->radvd)
            && (!r->config->ha || !env->conntrackd.enabled
                || conntrackd_is_settled(r->conntrackd)));
}

/* 'child', one of those of 'r', has ended. */
void
router_child_ended(struct router *r, const struct router_env *env,
                   struct child *child)
{
    char *msg;

    if (ruleset_child_ended(r->ruleset, child, &msg)) {
        if (msg) {
            failed(r, msg);
        }
    } else if (!conntrackd_child_ended(r->conntrackd, child)
               && !radvd_child_ended(r->radvd, child)) {
        r->vrrp_ready = false;
        if (r->config && r->config->ha) {
            r->n_children_lost++;
            r->failover.lost_vrrp |= r->state == VRRP_MASTER;
            failover_cause_note(&r->failover.cause, CAUSE_DIED);
            router_set_state(r, env, VRRP_FAULT);
            msg = router_links_flush(r);
            if (msg) {
                failed(r, msg);
            }
        } else if (r->config) {
            /* It has taken its addresses along, which are the copy's own
             * now. */
            r->dirty = true;
        }
    }
}

/* Appends what an operator wants to know of 'r' to 's'. */
void
router_format(const struct router *r, const struct router_env *env,
              struct ds *s)
{
    ds_put_format(s, "router %s\n", r->name);
    if (!r->config) {
        ds_put_format(s, "    %s\n",
                      (r->undecided ? "waiting for the server to complete it"
                       : "being removed"));
        return;
    }
    ds_put_format(s, "    namespace: %s\n", r->netns);
    ds_put_format(s, "    state: %s\n", vrrp_state_to_string(r->state));
    if (r->config->ha) {
        ds_put_format(s, "    vrid: %d, priority: %d\n", r->config->vrid,
                      r->config->priority);
        ds_put_format(s, "    standing: %s\n",
                      failover_standing_to_string(&r->failover));
        ds_put_format(s, "    keepalived: pid %ld, died %u times%s\n",
                      (long int) child_pid(r->keepalived),
                      r->n_children_lost,
                      r->reload ? ", to be reloaded" : "");
        if (env->conntrackd.enabled) {
            conntrackd_format_status(r->conntrackd, s);
        }
    }
    radvd_format_status(r->radvd, s);
    ds_put_format(s, "    settled: %s\n",
                  router_is_settled(r, env) ? "yes" : "no");
    for (size_t i = 0; i < r->config->n_ports; i++) {
        const struct router_port *port = &r->config->ports[i];

        ds_put_format(s, "    %s (%s) "ETH_ADDR_FMT" mtu %u", port->dev,
                      port->tap, ETH_ADDR_ARGS(port->mac), port->mtu);
        for (size_t j = 0; j < port->n_addrs; j++) {
            ds_put_char(s, ' ');
            nl_addr_plen_format(&port->addrs[j], s);
        }
        ds_put_char(s, '\n');
    }
    for (size_t i = 0; i < r->config->n_routes; i++) {
        const struct router_route *route = &r->config->routes[i];

        ds_put_cstr(s, "    route ");
        nl_addr_plen_format(&route->dst, s);
        if (!ipv6_addr_equals(&route->via, &in6addr_any)) {
            ds_put_cstr(s, " via ");
            router_ip_format(&route->via, s);
        }
        if (route->dev[0]) {
            ds_put_format(s, " dev %s", route->dev);
        }
        ds_put_char(s, '\n');
    }
}
