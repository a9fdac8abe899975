/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/l3.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/child.h"
#include "agent/failover.h"
#include "agent/fip-report.h"
#include "agent/netns.h"
#include "agent/nl-link.h"
#include "agent/reported.h"
#include "agent/router-desired.h"
#include "agent/router-report.h"
#include "agent/router.h"
#include "agent/settings.h"
#include "agent/text-file.h"
#include "agent/vrrp-fifo.h"
#include "dirs.h"
#include "hmapx.h"
#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/ovs-plugin.h"
#include "packets.h"
#include "sset.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(l3);

/* Role l3: copies of routers on this host.
 *
 * Owns the routers and their processes.  In: replica of OVS_L3HA, what every
 * keepalived of the host says (vrrp-fifo.c), ended processes, news of the
 * switch.  Out: Router_Instance.state and what goes with it,
 * Floating_IP.state.
 *
 * Only routers that something happened to are looked at: every row that a
 * configuration was made from is remembered with the router ("deps"), and a
 * router that waits for time to pass says until when. */

struct l3_dep {
    struct hmap_node hmap_node; /* In l3->deps, by 'row'. */
    struct ovs_list list_node;  /* In router->deps. */
    struct uuid row;
    struct router *router;
};

struct l3 {
    struct router_env env;
    struct router_rows rows;
    struct failover *failover;
    bool started;               /* 'env' and 'fifo' are made. */
    struct vrrp_fifo *fifo;

    struct hmap routers;        /* Contains "struct router"s, by UUID. */
    struct hmap deps;           /* Contains "struct l3_dep"s. */
    struct hmapx pending;       /* Routers to run. */
    struct hmapx timed;         /* Routers with 'wake_at'. */
    struct hmapx unsettled;     /* Routers that are not what they are to be. */
    struct hmapx unreported;    /* Routers whose state may differ from the
                                 * database's. */
    size_t n_undecided;
    uint16_t metadata_port;     /* In the configurations. */
    bool complete;              /* First full pass is done. */
    bool plugged;               /* The plugin has heard of all ports. */
    long long int retry_at;     /* No router is run before, in time_msec(). */
    uint64_t plugin_seqno;
};

static unixctl_cb_func l3_unixctl_show;
static unixctl_cb_func l3_unixctl_router_show;

/* Returns a module without any router copy.  'idl' is the replica of OVS_L3HA,
 * which is not to run before. */
struct l3 *
l3_create(struct ovsdb_idl *idl)
{
    struct l3 *l3 = xzalloc(sizeof *l3);

    router_rows_init(&l3->rows, idl);
    l3->failover = failover_create();
    hmap_init(&l3->routers);
    hmap_init(&l3->deps);
    hmapx_init(&l3->pending);
    hmapx_init(&l3->timed);
    hmapx_init(&l3->unsettled);
    hmapx_init(&l3->unreported);
    unixctl_command_register("l3/show", "", 0, 0, l3_unixctl_show, l3);
    unixctl_command_register("router/show", "ROUTER", 1, 1,
                             l3_unixctl_router_show, l3);
    return l3;
}

static struct router *
find_router(const struct l3 *l3, const struct uuid *uuid)
{
    struct router *r;

    HMAP_FOR_EACH_WITH_HASH (r, hmap_node, uuid_hash(uuid), &l3->routers) {
        if (uuid_equals(&r->uuid, uuid)) {
            return r;
        }
    }
    return NULL;
}

static struct router *
get_router(struct l3 *l3, const struct uuid *uuid)
{
    struct router *r = find_router(l3, uuid);

    if (!r) {
        r = router_create(&l3->env, uuid);
        hmap_insert(&l3->routers, &r->hmap_node, uuid_hash(uuid));
        l3->n_undecided++;
    }
    return r;
}

static void
clear_deps(struct l3 *l3, struct router *r)
{
    struct l3_dep *dep;

    LIST_FOR_EACH_POP (dep, list_node, &r->deps) {
        hmap_remove(&l3->deps, &dep->hmap_node);
        free(dep);
    }
}

static void
forget_router(struct l3 *l3, struct router *r)
{
    clear_deps(l3, r);
    hmap_remove(&l3->routers, &r->hmap_node);
    hmapx_find_and_delete(&l3->pending, r);
    hmapx_find_and_delete(&l3->timed, r);
    hmapx_find_and_delete(&l3->unsettled, r);
    hmapx_find_and_delete(&l3->unreported, r);
    router_destroy(r);
}

static void
start(struct l3 *l3, const struct agent_ctx *ctx)
{
    const struct l3ha_config *config = ctx->config;
    struct router_env *env = &l3->env;

    env->plugin = ctx->plugin;
    env->metrics = ctx->metrics;
    env->children = child_set_create(ctx->metrics);
    env->confs_path = xstrdup(l3ha_config_get_str(config, "DEFAULT",
                                                  "ha_confs_path"));
    text_file_make_dirs(env->confs_path);
    env->notify_fifo = xasprintf("%s/ovs-l3ha-vrrp.fifo", ovs_rundir());
    env->keepalived = (struct keepalived_options) {
        .version = l3ha_config_get_int(config, "DEFAULT", "vrrp_version"),
        .advert_int = l3ha_config_get_float(config, "DEFAULT",
                                            "ha_vrrp_advert_int"),
        .auth_type = l3ha_config_get_str(config, "DEFAULT",
                                         "ha_vrrp_auth_type"),
        .auth_password = l3ha_config_get_str(config, "DEFAULT",
                                             "ha_vrrp_auth_password"),
        .notify_fifo = env->notify_fifo,
    };
    env->conntrackd = (struct conntrackd_options) {
        .enabled = l3ha_config_get_bool(config, "DEFAULT",
                                        "ha_conntrackd_enabled"),
        .port = l3ha_config_get_int(config, "DEFAULT", "ha_conntrackd_group"),
        .hash_size = l3ha_config_get_int(config, "DEFAULT",
                                         "ha_conntrackd_hashsize"),
        .hash_limit = l3ha_config_get_int(config, "DEFAULT",
                                          "ha_conntrackd_hashlimit"),
        .buffer_size = l3ha_config_get_int(config, "DEFAULT",
                                           "ha_conntrackd_socketbuffersize"),
        .buffer_size_max = l3ha_config_get_int(
            config, "DEFAULT", "ha_conntrackd_socketbuffersize_max_grown"),
    };
    radvd_options_init(&env->radvd, config);
    ip_parse(l3ha_config_get_str(config, "DEFAULT",
                                 "ha_conntrackd_ipv4_mcast_addr"),
             &env->conntrackd.group);
    if (env->conntrackd.enabled) {
        env->keepalived.sync_group = env->conntrackd.group;
    }
    l3->fifo = vrrp_fifo_open(env->notify_fifo);
    l3->started = true;
}

/* Reads what keepaliveds say. */
static void
run_fifo(struct l3 *l3)
{
    enum vrrp_state state;
    struct uuid uuid;

    while (vrrp_fifo_next(l3->fifo, &uuid, &state)) {
        struct router *r = find_router(l3, &uuid);

        if (r) {
            router_vrrp_event(r, &l3->env, state);
            failover_kick(l3->failover);
            hmapx_add(&l3->pending, r);
        }
    }
}

static void
run_children(struct l3 *l3)
{
    struct child *child;

    child_set_run(l3->env.children);
    while ((child = child_set_next(l3->env.children)) != NULL) {
        struct router *r = child_aux(child);
        enum vrrp_state old = r->state;

        router_child_ended(r, &l3->env, child);
        if (r->state != old || r->failover.lost_vrrp) {
            failover_kick(l3->failover);
        }
        hmapx_add(&l3->pending, r);
    }
}

struct dep_aux {
    struct l3 *l3;
    struct router *router;
};

static void
add_dep(const struct uuid *row, void *aux_)
{
    struct dep_aux *aux = aux_;
    struct l3_dep *dep = xmalloc(sizeof *dep);

    dep->row = *row;
    dep->router = aux->router;
    hmap_insert(&aux->l3->deps, &dep->hmap_node, uuid_hash(row));
    ovs_list_push_back(&aux->router->deps, &dep->list_node);
}

/* Makes the configuration of 'r' again. */
static void
configure(struct l3 *l3, struct router *r, const struct router_view *view)
{
    struct dep_aux aux = { .l3 = l3, .router = r };
    struct router_config *rc;

    clear_deps(l3, r);
    switch (router_desired_get(view, &r->uuid, &rc, add_dep, &aux)) {
    case ROUTER_UNDECIDED:
        return;

    case ROUTER_ABSENT:
    case ROUTER_PRESENT:
        if (r->undecided) {
            l3->n_undecided--;
        }
        router_set_config(r, rc);
        hmapx_add(&l3->pending, r);
        break;
    }
}

/* Finds what an earlier agent made, from the names of namespaces and
 * directories. */
static void
find_leftovers(struct l3 *l3)
{
    struct sset names = SSET_INITIALIZER(&names);
    const struct dirent *de;
    const char *name;
    struct uuid uuid;
    DIR *dir;

    netns_list("qrouter-", &names);
    SSET_FOR_EACH (name, &names) {
        if (uuid_from_string(&uuid, name + strlen("qrouter-"))) {
            get_router(l3, &uuid);
        }
    }
    sset_destroy(&names);

    dir = opendir(l3->env.confs_path);
    if (dir) {
        while ((de = readdir(dir)) != NULL) {
            if (uuid_from_string(&uuid, de->d_name)) {
                get_router(l3, &uuid);
            }
        }
        closedir(dir);
    }
}

/* Adds to 'changed' the routers that depend on 'row'. */
static void
add_dependents(const struct l3 *l3, const struct uuid *row,
               struct hmapx *changed)
{
    const struct l3_dep *dep;

    HMAP_FOR_EACH_WITH_HASH (dep, hmap_node, uuid_hash(row), &l3->deps) {
        if (uuid_equals(&dep->row, row)) {
            hmapx_add(changed, dep->router);
        }
    }
}

/* Adds to 'changed' the router 'row', if it is here. */
static void
add_router(const struct l3 *l3, const struct l3harec_router *row,
           struct hmapx *changed)
{
    struct router *r = row ? find_router(l3, &row->header_.uuid) : NULL;

    if (r) {
        hmapx_add(changed, r);
    }
}

/* Adds to 'changed' the router of 'copy', which may be NULL, if that is on
 * 'host' and not known yet. */
static void
add_new_router(struct l3 *l3, const struct l3harec_router_instance *copy,
               const char *host, struct hmapx *changed)
{
    if (copy && copy->router && !strcmp(copy->host, host)
        && !find_router(l3, &copy->router->header_.uuid)) {
        hmapx_add(changed, get_router(l3, &copy->router->header_.uuid));
    }
}

static void
add_all_routers(const struct l3 *l3, struct hmapx *changed)
{
    struct router *r;

    HMAP_FOR_EACH (r, hmap_node, &l3->routers) {
        hmapx_add(changed, r);
    }
}

/* Adds to 'changed' the routers whose floating IPs or port forwardings have
 * changed.  Reports of the copies do not count. */
static void
find_changed_fips(struct l3 *l3, struct ovsdb_idl *idl, struct hmapx *changed)
{
    const struct l3harec_port_forwarding *forward;
    const struct l3harec_floating_ip *fip;

    L3HAREC_FLOATING_IP_FOR_EACH_TRACKED (fip, idl) {
        if (l3harec_floating_ip_is_deleted(fip)) {
            add_dependents(l3, &fip->header_.uuid, changed);
        } else if (l3harec_floating_ip_is_new(fip)
                   || l3harec_floating_ip_is_updated(
                       fip, L3HAREC_FLOATING_IP_COL_ADDRESS)
                   || l3harec_floating_ip_is_updated(
                       fip, L3HAREC_FLOATING_IP_COL_FIXED_ADDRESS)
                   || l3harec_floating_ip_is_updated(
                       fip, L3HAREC_FLOATING_IP_COL_ROUTER)) {
            add_dependents(l3, &fip->header_.uuid, changed);
            add_router(l3, fip->router, changed);
        }
    }
    L3HAREC_PORT_FORWARDING_FOR_EACH_TRACKED (forward, idl) {
        add_dependents(l3, &forward->header_.uuid, changed);
        if (!l3harec_port_forwarding_is_deleted(forward)) {
            add_router(l3, forward->router, changed);
        }
    }
}

/* Somebody has written what is reported of 'row': if that is our copy, it was
 * us, or it is to be put right. */
static void
check_report(struct l3 *l3, const struct l3harec_router_instance *row,
             const char *host)
{
    struct router *r = (row->router && !strcmp(row->host, host)
                        ? find_router(l3, &row->router->header_.uuid) : NULL);

    if (r && r->config) {
        hmapx_add(&l3->unreported, r);
    }
}

/* Adds to 'changed' the routers that changes of the replica may concern. */
static void
find_changed(struct l3 *l3, struct ovsdb_idl *idl, const char *host,
             struct hmapx *changed)
{
    const struct l3harec_router_instance *instance;
    const struct l3harec_ip_allocation *address;
    const struct l3harec_vrrp_group *group;
    const struct l3harec_network *network;
    const struct l3harec_router *router;
    const struct l3harec_subnet *subnet;
    const struct l3harec_port *port;
    bool any = false;

    L3HAREC_ROUTER_INSTANCE_FOR_EACH_TRACKED (instance, idl) {
        if (reported_instance(instance)) {
            check_report(l3, instance, host);
            continue;
        }
        any = true;
        add_dependents(l3, &instance->header_.uuid, changed);
        if (!l3harec_router_instance_is_deleted(instance)) {
            add_new_router(l3, instance, host, changed);
        }
    }
    L3HAREC_ROUTER_FOR_EACH_TRACKED (router, idl) {
        any = true;
        add_router(l3, router, changed);
        if (!l3harec_router_is_deleted(router)) {
            /* It may come later than its copy. */
            add_new_router(l3, router_rows_find_copy(&l3->rows, router, host),
                           host, changed);
        }
    }
    L3HAREC_PORT_FOR_EACH_TRACKED (port, idl) {
        if (reported_port(port)) {
            continue;
        }
        any = true;
        add_dependents(l3, &port->header_.uuid, changed);
        if (!l3harec_port_is_deleted(port)) {
            add_router(l3, port->router, changed);
        }
    }
    L3HAREC_IP_ALLOCATION_FOR_EACH_TRACKED (address, idl) {
        add_dependents(l3, &address->header_.uuid, changed);
    }
    L3HAREC_SUBNET_FOR_EACH_TRACKED (subnet, idl) {
        any = true;
        add_dependents(l3, &subnet->header_.uuid, changed);
        if (!l3harec_subnet_is_deleted(subnet) && subnet->network) {
            add_dependents(l3, &subnet->network->header_.uuid, changed);
        }
    }
    L3HAREC_NETWORK_FOR_EACH_TRACKED (network, idl) {
        any = true;
        add_dependents(l3, &network->header_.uuid, changed);
    }
    L3HAREC_VRRP_GROUP_FOR_EACH_TRACKED (group, idl) {
        any = true;
        add_dependents(l3, &group->header_.uuid, changed);
    }
    find_changed_fips(l3, idl, changed);
    if (any && l3->n_undecided) {
        struct router *r;

        HMAP_FOR_EACH (r, hmap_node, &l3->routers) {
            if (r->undecided) {
                hmapx_add(changed, r);
            }
        }
    }
}

/* Takes over what the database wants. */
static void
run_desired(struct l3 *l3, const struct agent_ctx *ctx)
{
    struct hmapx changed = HMAPX_INITIALIZER(&changed);
    struct router_view view = {
        .rows = &l3->rows,
        .host = ctx->host,
        .ipv6_gateway = in6addr_any,
        .metadata_port = ctx->settings->metadata_port,
    };
    struct hmapx_node *node;

    if (l3->complete) {
        find_changed(l3, ctx->l3ha_idl, ctx->host, &changed);
        if (view.metadata_port != l3->metadata_port) {
            add_all_routers(l3, &changed);
        }
        if (hmapx_is_empty(&changed)) {
            return;
        }
    }
    ipv6_parse(l3ha_config_get_str(ctx->config, "DEFAULT", "ipv6_gateway"),
               &view.ipv6_gateway);
    l3->metadata_port = view.metadata_port;
    if (!l3->complete) {
        const struct l3harec_router_instance *copy;

        L3HAREC_ROUTER_INSTANCE_FOR_EACH (copy, ctx->l3ha_idl) {
            add_new_router(l3, copy, ctx->host, &changed);
        }
        find_leftovers(l3);
        add_all_routers(l3, &changed);
        l3->complete = true;
        VLOG_INFO("%"PRIuSIZE" routers are here or are to be here",
                  hmap_count(&l3->routers));
    }
    HMAPX_FOR_EACH (node, &changed) {
        configure(l3, node->data, &view);
    }
    hmapx_destroy(&changed);
}

/* Runs the routers that something happened to. */
static void
run_routers(struct l3 *l3, const struct agent_ctx *ctx)
{
    struct hmapx pending = HMAPX_INITIALIZER(&pending);
    struct hmapx_node *node, *next;
    bool ok;

    HMAPX_FOR_EACH_SAFE (node, next, &l3->timed) {
        struct router *r = node->data;

        if (time_msec() >= r->wake_at) {
            hmapx_add(&l3->pending, r);
        }
    }
    if (hmapx_is_empty(&l3->pending) || time_msec() < l3->retry_at) {
        return;
    }
    ok = !nl_link_open(-1, &l3->env.nl);
    if (!ok) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "cannot open a netlink socket");
        l3->retry_at = time_msec() + NL_LINK_RETRY;
        return;
    }
    l3->env.n_copies = hmap_count(&l3->routers);
    hmapx_swap(&pending, &l3->pending);
    HMAPX_FOR_EACH (node, &pending) {
        struct router *r = node->data;
        enum vrrp_state old = r->state;

        router_run(r, &l3->env);
        router_tell_metadata(r, ctx->metadata);
        if (r->removed) {
            forget_router(l3, r);
            continue;
        }
        if (r->wake_at != LLONG_MAX) {
            hmapx_add(&l3->timed, r);
        } else {
            hmapx_find_and_delete(&l3->timed, r);
        }
        if (router_is_settled(r, &l3->env)) {
            hmapx_find_and_delete(&l3->unsettled, r);
        } else {
            hmapx_add(&l3->unsettled, r);
        }
        if (r->state != old) {
            failover_kick(l3->failover);
        }
        if (r->config || r->state != old) {
            hmapx_add(&l3->unreported, r);
        }
    }
    hmapx_destroy(&pending);
    nl_link_close(l3->env.nl);
    l3->env.nl = NULL;
}

/* Writes the states of the floating IPs of 'r' that the database does not
 * have.  Returns true if it has all. */
static bool
report_fips(const struct l3 *l3, const struct router *r,
            const struct l3harec_router *router, const char *host)
{
    const struct l3harec_floating_ip *fip;
    struct l3harec_floating_ip *key;
    bool done = true;

    key = l3harec_floating_ip_index_init_row(l3->rows.fips);
    l3harec_floating_ip_index_set_router(key, router);
    L3HAREC_FLOATING_IP_FOR_EACH_EQUAL (fip, key, l3->rows.fips) {
        done &= fip_report_run(fip, r, host);
    }
    l3harec_floating_ip_index_destroy_row(key);
    return done;
}

/* Writes states that the database does not have.  One that was sent is looked
 * at again until the replica shows it. */
static void
run_reports(struct l3 *l3, const struct agent_ctx *ctx)
{
    struct hmapx_node *node, *next;

    if (!ctx->l3ha_txn) {
        return;
    }
    HMAPX_FOR_EACH_SAFE (node, next, &l3->unreported) {
        struct router *r = node->data;
        const struct l3harec_router *router
            = l3harec_router_get_for_uuid(ctx->l3ha_idl, &r->uuid);
        const struct l3harec_router_instance *copy
            = router ? router_rows_find_copy(&l3->rows, router, ctx->host)
              : NULL;
        bool done = copy && router_report_state(r, copy);

        if (router) {
            done &= report_fips(l3, r, router, ctx->host);
        }
        if (done) {
            hmapx_delete(&l3->unreported, node);
        }
    }
}

/* Brings router copies in line with the database and reports their state. */
void
l3_run(struct l3 *l3, const struct agent_ctx *ctx)
{
    uint64_t seqno = ovs_plugin_seqno(ctx->plugin);

    if (!l3->started) {
        start(l3, ctx);
    }
    run_children(l3);
    run_fifo(l3);
    if (ctx->l3ha_ready) {
        run_desired(l3, ctx);
    }
    failover_run(l3->failover, ctx, &l3->env, &l3->routers, &l3->pending);
    if (seqno != l3->plugin_seqno) {
        struct router *r;

        l3->plugin_seqno = seqno;
        HMAP_FOR_EACH (r, hmap_node, &l3->routers) {
            if (r->unannounced || !router_is_settled(r, &l3->env)) {
                hmapx_add(&l3->pending, r);
            }
        }
    }
    run_routers(l3, ctx);
    l3->plugged |= l3->complete && time_msec() >= l3->retry_at;
    run_reports(l3, ctx);
}

/* Arranges for the poll loop to wake up when l3_run() has work. */
void
l3_wait(struct l3 *l3, const struct agent_ctx *ctx)
{
    const struct hmapx_node *node;

    child_set_wait(l3->env.children);
    failover_wait(l3->failover, ctx);
    vrrp_fifo_wait(l3->fifo);
    if (time_msec() < l3->retry_at) {
        poll_timer_wait_until(l3->retry_at);
        return;
    }
    HMAPX_FOR_EACH (node, &l3->timed) {
        const struct router *r = node->data;

        poll_timer_wait_until(r->wake_at);
    }
    if (!hmapx_is_empty(&l3->pending)
        || ovs_plugin_seqno(ctx->plugin) != l3->plugin_seqno) {
        poll_immediate_wake();
    }
}

/* Sets the gauges of router copies. */
void
l3_fill_metrics(const struct l3 *l3, struct l3ha_metrics *metrics)
{
    const struct router *r;

    HMAP_FOR_EACH (r, hmap_node, &l3->routers) {
        router_report_gauges(r, metrics);
    }
}

/* Frees 'l3' and leaves router copies as they are. */
void
l3_destroy(struct l3 *l3)
{
    struct router *r;

    if (!l3) {
        return;
    }
    HMAP_FOR_EACH_SAFE (r, hmap_node, &l3->routers) {
        forget_router(l3, r);
    }
    hmap_destroy(&l3->routers);
    hmap_destroy(&l3->deps);
    hmapx_destroy(&l3->pending);
    hmapx_destroy(&l3->timed);
    hmapx_destroy(&l3->unsettled);
    hmapx_destroy(&l3->unreported);
    child_set_destroy(l3->env.children);
    failover_destroy(l3->failover);
    vrrp_fifo_close(l3->fifo);
    free(l3->env.confs_path);
    free(l3->env.notify_fifo);
    free(l3);
}

/* See l3.h. */
bool
l3_is_plugged(const struct l3 *l3)
{
    return l3->plugged;
}

/* See l3.h. */
bool
l3_is_synced(const struct l3 *l3)
{
    return (l3->complete && hmapx_is_empty(&l3->pending)
            && hmapx_is_empty(&l3->unsettled)
            && hmapx_is_empty(&l3->unreported));
}

static void
l3_unixctl_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
                const char *argv[] OVS_UNUSED, void *l3_)
{
    const struct l3 *l3 = l3_;
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct router *r;

    ds_put_format(&s, "%"PRIuSIZE" routers, %"PRIuSIZE" not settled, "
                  "%"PRIuSIZE" to be reported\n",
                  hmap_count(&l3->routers), hmapx_count(&l3->unsettled),
                  hmapx_count(&l3->unreported));
    HMAP_FOR_EACH (r, hmap_node, &l3->routers) {
        ds_put_format(&s, "%s %s%s\n", r->name,
                      vrrp_state_to_string(r->state),
                      router_is_settled(r, &l3->env) ? "" : " (not settled)");
    }
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
l3_unixctl_router_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
                       const char *argv[], void *l3_)
{
    const struct l3 *l3 = l3_;
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct router *r;
    struct uuid uuid;

    if (!uuid_from_string(&uuid, argv[1]) || !(r = find_router(l3, &uuid))) {
        unixctl_command_reply_error(conn, "no such router on this host");
        return;
    }
    router_format(r, &l3->env, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}
