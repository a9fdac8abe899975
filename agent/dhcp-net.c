/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/dhcp-net.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/child.h"
#include "agent/dhcp-leases.h"
#include "agent/dhcp-links.h"
#include "agent/metadata.h"
#include "agent/router-config.h"
#include "agent/sysctl.h"
#include "agent/text-file.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/ovs-plugin.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(dhcp_net);

/* The DHCP server of one network on this host: brings what is there in line
 * with the configuration: device (dhcp-links.c), files (dhcp-files.c),
 * dnsmasq, leases (dhcp-leases.c).
 *
 * Owns the network's directory and its child processes.  In: configuration,
 * ended children.  Out: whether dnsmasq knows what the configuration says.
 *
 * Invariants: a file is written only if it differs, dnsmasq is signalled only
 * if one was, and restarted only for what it reads at its start, or if it has
 * hosts with extra options, because it does not survive to read them again.
 * "Ready" is said when the signal has been delivered: dnsmasq looks for
 * signals before each packet, so whoever is heard after that is served.  A
 * dnsmasq that was adopted is signalled once, as the earlier agent may have
 * been killed between the file and the signal. */

/* Delay before a failed step is tried again, in ms. */
#define RETRY_MIN 500
#define RETRY_MAX 30000

/* Time between two looks for the pid file of a dnsmasq that starts, in ms:
 * it needs some 10 ms. */
#define START_CHECK 10

/* Leases that are to be forgotten: how often dnsmasq is told, and the time
 * until its file shows it, in ms. */
#define RELEASE_TRIES 3
#define RELEASE_CHECK 100

/* Where instances look for the metadata service. */
#define METADATA_PORT 80

/* A file's name, and where its text is in "struct dhcp_files". */
static const struct {
    const char *name;
    size_t offset;
} files[] = {
    { "host", offsetof(struct dhcp_files, host) },
    { "opts", offsetof(struct dhcp_files, opts) },
    { "addn_hosts", offsetof(struct dhcp_files, addn_hosts) },
};

static char **
file_text(struct dhcp_files *f, size_t i)
{
    return (char **) ((char *) f + files[i].offset);
}

static char *
net_file(const struct dhcp_net *net, const char *name)
{
    return xasprintf("%s/%s", net->dir, name);
}

static char *
read_net_file(const struct dhcp_net *net, const char *name)
{
    char *path = net_file(net, name);
    char *text = text_file_read(path);

    free(path);
    return text;
}

/* Replaces file 'name' by 'text' for dnsmasq, which is another user.  Returns
 * 0 or a positive errno value. */
static int
write_net_file(const struct dhcp_net *net, const char *name, const char *text)
{
    char *path = net_file(net, name);
    int error = text_file_replace_mode(path, text, 0644);

    free(path);
    return error;
}

static struct child *
create_dnsmasq(struct dhcp_net *net, const struct dhcp_env *env)
{
    char *conf = net_file(net, "conf");
    char *run = net_file(net, "run");
    char *name = xasprintf("network %s: dnsmasq", net->name);
    struct svec argv = SVEC_EMPTY_INITIALIZER;
    struct child *child;

    svec_add(&argv, "dnsmasq");
    svec_add(&argv, "--keep-in-foreground");
    svec_add_nocopy(&argv, xasprintf("--conf-file=%s", conf));

    struct child_args args = {
        .name = name,
        .argv = &argv,
        .netns = net->netns,
        .pidfile = run,
        .key = conf,
        .aux = net,
    };
    child = child_create(env->children, &args);
    svec_destroy(&argv);
    free(name);
    free(run);
    free(conf);
    return child;
}

/* Returns a server that does nothing until dhcp_net_set_config(). */
struct dhcp_net *
dhcp_net_create(const struct dhcp_env *env, const struct uuid *network)
{
    struct dhcp_net *net = xzalloc(sizeof *net);

    net->uuid = *network;
    snprintf(net->name, sizeof net->name, UUID_FMT, UUID_ARGS(network));
    l3ha_dhcp_netns(net->netns, network);
    net->dir = xasprintf("%s/%s", env->options.confs_path, net->name);
    net->undecided = true;
    ovs_list_init(&net->ports);
    smap_init(&net->leases);
    sset_init(&net->gone);
    ovs_list_init(&net->releases);
    ovs_list_init(&net->released);
    net->dnsmasq = create_dnsmasq(net, env);
    net->wake_at = LLONG_MAX;
    return net;
}

static void
free_leases(struct ovs_list *leases)
{
    struct dhcp_lease *lease;

    LIST_FOR_EACH_POP (lease, node, leases) {
        dhcp_lease_destroy(lease);
    }
}

static void
forget_releases(struct dhcp_net *net)
{
    free_leases(&net->releases);
    free_leases(&net->released);
    sset_clear(&net->gone);
    child_destroy(net->release);
    net->release = NULL;
    net->n_tries = 0;
    net->check_leases = false;
}

/* Frees 'net' and leaves what it made as it is. */
void
dhcp_net_destroy(struct dhcp_net *net)
{
    if (net) {
        forget_releases(net);
        dhcp_config_destroy(net->config);
        dhcp_files_destroy(&net->want);
        dhcp_files_destroy(&net->have);
        smap_destroy(&net->leases);
        sset_destroy(&net->gone);
        child_destroy(net->dnsmasq);
        free(net->dir);
        free(net);
    }
}

/* Returns when the next configuration may be made, in time_msec(): not before
 * dnsmasq may be told of it. */
long long int
dhcp_net_config_at(const struct dhcp_net *net, const struct dhcp_env *env)
{
    return (net->config && net->started
            ? net->last_reload + env->options.reload_interval : 0);
}

/* Gives 'net' the configuration 'dc', which it takes over; NULL: it is to be
 * removed. */
void
dhcp_net_set_config(struct dhcp_net *net, const struct dhcp_env *env,
                    struct dhcp_config *dc)
{
    struct smap leases = SMAP_INITIALIZER(&leases);
    const struct smap_node *node;

    dhcp_config_destroy(net->config);
    dhcp_files_destroy(&net->want);
    net->config = dc;
    if (dc) {
        dhcp_files_make(&net->want, dc, &env->options);
        dhcp_config_get_leases(dc, &leases);
    }
    SMAP_FOR_EACH (node, &net->leases) {
        if (!nullable_string_is_equal(smap_get(&leases, node->key),
                                      node->value)) {
            sset_add(&net->gone, node->key);
            net->check_leases = true;
        }
    }
    hmap_swap(&net->leases.map, &leases.map);
    smap_destroy(&leases);
    net->undecided = false;
    net->dirty = true;
    net->removed = false;
    net->retry_at = 0;
    net->backoff = 0;
}

static void
failed(struct dhcp_net *net, char *msg)
{
    net->backoff = (!net->backoff ? RETRY_MIN
                    : MIN(net->backoff * 2, RETRY_MAX));
    net->retry_at = time_msec() + net->backoff;
    VLOG_WARN("network %s: DHCP: %s (trying again in %d ms)", net->name, msg,
              net->backoff);
    free(msg);
}

/* Writes those files that differ from what is wanted, or 'all'.  Sets
 * '*changed' if there are any.  Returns false after a failure. */
static bool
write_files(struct dhcp_net *net, bool all, bool *changed)
{
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char **have = file_text(&net->have, i);
        const char *want = *file_text(&net->want, i);
        int error;

        if (!all && *have && !strcmp(*have, want)) {
            continue;
        }
        error = write_net_file(net, files[i].name, want);
        if (error) {
            failed(net, xasprintf("%s/%s: %s", net->dir, files[i].name,
                                  ovs_strerror(error)));
            return false;
        }
        free(*have);
        *have = xstrdup(want);
        *changed = true;
    }
    return true;
}

/* True if hosts in 'text' have tags, which say whose extra options they
 * get. */
static bool
has_tags(const char *text)
{
    return text && strstr(text, ",set:");
}

/* Looks for the daemon of an earlier agent, once. */
static void
adopt(struct dhcp_net *net)
{
    if (net->adopted || !child_is_idle(net->dnsmasq)) {
        return;
    }
    net->adopted = true;
    if (child_adopt(net->dnsmasq)) {
        net->have.conf = read_net_file(net, "conf");
        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
            *file_text(&net->have, i) = read_net_file(net, files[i].name);
        }
        net->reload = true;
        net->tagged = has_tags(net->have.host);
        net->check_leases = true;
    }
}

/* Starts dnsmasq with fresh files. */
static void
start_dnsmasq(struct dhcp_net *net, const struct dhcp_env *env)
{
    char *old = read_net_file(net, "leases");
    char *pid = net_file(net, "pid");
    char *leases;
    bool unused;
    int error;

    text_file_make_dirs(net->dir);
    if (env->options.log_dir[0]) {
        char *dir = xasprintf("%s/%s", env->options.log_dir, net->name);

        text_file_make_dirs(dir);
        free(dir);
    }
    leases = dhcp_leases_restore(old, &net->leases,
                                 env->options.lease == -1 ? 0
                                 : time_wall() + env->options.lease);
    error = write_net_file(net, "leases", leases);
    if (!error) {
        error = write_net_file(net, "conf", net->want.conf);
    }
    if (error) {
        failed(net, xasprintf("%s: %s", net->dir, ovs_strerror(error)));
    } else if (write_files(net, true, &unused)) {
        free(net->have.conf);
        net->have.conf = xstrdup(net->want.conf);
        unlink(pid);
        net->started = false;
        net->reload = false;
        net->tagged = has_tags(net->have.host);
        forget_releases(net);
        sysctl_allow_inotify();
        child_start(net->dnsmasq);
    }
    free(leases);
    free(pid);
    free(old);
}

/* Has a dnsmasq that runs read what has changed. */
static void
update_dnsmasq(struct dhcp_net *net, const struct dhcp_env *env)
{
    long long int next = net->last_reload + env->options.reload_interval;

    if (!write_files(net, false, &net->reload)) {
        return;
    }
    if (!net->started) {
        /* dnsmasq writes it when it listens. */
        char *pid = net_file(net, "pid");

        net->started = !access(pid, F_OK);
        free(pid);
        if (!net->started) {
            net->wake_at = MIN(net->wake_at, time_msec() + START_CHECK);
        } else {
            net->last_reload = time_msec() - env->options.reload_interval;
            next = time_msec();
        }
    }
    if (net->started && net->reload) {
        if (time_msec() < next) {
            net->wake_at = MIN(net->wake_at, next);
        } else if (net->tagged) {
            /* dnsmasq (2.90 of Debian 12) dies of reading them again. */
            child_stop(net->dnsmasq);
            net->started = false;
        } else {
            child_signal(net->dnsmasq, SIGHUP);
            net->last_reload = time_msec();
            net->reload = false;
            net->tagged = has_tags(net->have.host);
        }
    }
}

static void
run_dnsmasq(struct dhcp_net *net, const struct dhcp_env *env)
{
    adopt(net);
    if (child_is_idle(net->dnsmasq)) {
        start_dnsmasq(net, env);
    } else if (child_is_running(net->dnsmasq)
               && (!net->have.conf
                   || strcmp(net->have.conf, net->want.conf))) {
        /* What it reads only at its start. */
        child_stop(net->dnsmasq);
        net->started = false;
    }
    if (child_is_running(net->dnsmasq)) {
        update_dnsmasq(net, env);
    } else if (!net->retry_at) {
        /* A start that is delayed is not announced. */
        net->wake_at = MIN(net->wake_at, time_msec() + 10 * START_CHECK);
    }
}

/* Tells dnsmasq of the next lease. */
static void
start_release(struct dhcp_net *net, const struct dhcp_env *env)
{
    struct dhcp_lease *lease
        = CONTAINER_OF(ovs_list_pop_front(&net->releases), struct dhcp_lease,
                       node);
    char *name = xasprintf("network %s: release of %s", net->name, lease->ip);
    struct svec argv = SVEC_EMPTY_INITIALIZER;

    dhcp_lease_release_argv(lease, net->config->dev, &argv);

    struct child_args args = {
        .name = name,
        .argv = &argv,
        .netns = net->netns,
        .aux = net,
    };
    net->release = child_create(env->children, &args);
    child_feed(net->release, "");
    ovs_list_push_back(&net->released, &lease->node);
    svec_destroy(&argv);
    free(name);
}

/* Looks which of the leases that dnsmasq was told of it still has. */
static void
confirm_releases(struct dhcp_net *net)
{
    char *text = read_net_file(net, "leases");
    struct dhcp_lease *lease;

    net->n_tries++;
    LIST_FOR_EACH_POP (lease, node, &net->released) {
        bool there = dhcp_leases_has(text, lease);

        if (there && net->n_tries < RELEASE_TRIES) {
            ovs_list_push_back(&net->releases, &lease->node);
            continue;
        }
        if (there) {
            VLOG_WARN("network %s: dnsmasq does not forget the lease of %s",
                      net->name, lease->ip);
        }
        dhcp_lease_destroy(lease);
    }
    if (ovs_list_is_empty(&net->releases)) {
        net->n_tries = 0;
    }
    free(text);
}

/* Has dnsmasq forget leases of addresses that are not their holders' any more:
 * it would give them to nobody else. */
static void
run_releases(struct dhcp_net *net, const struct dhcp_env *env)
{
    if (net->release || !net->started) {
        return;
    }
    if (ovs_list_is_empty(&net->releases)
        && !ovs_list_is_empty(&net->released)) {
        if (time_msec() < net->confirm_at) {
            net->wake_at = MIN(net->wake_at, net->confirm_at);
            return;
        }
        confirm_releases(net);
    }
    if (net->check_leases && ovs_list_is_empty(&net->releases)) {
        char *text = read_net_file(net, "leases");

        dhcp_leases_find(text, &net->leases, &net->gone, &net->releases);
        sset_clear(&net->gone);
        net->check_leases = false;
        free(text);
    }
    if (!ovs_list_is_empty(&net->releases)) {
        start_release(net, env);
    }
}

/* True if a port waits for an address that another one has leased. */
static bool
release_is_awaited(const struct dhcp_net *net, const struct ovs_list *leases)
{
    const struct dhcp_lease *lease;

    LIST_FOR_EACH (lease, node, leases) {
        if (smap_get(&net->leases, lease->ip)) {
            return true;
        }
    }
    return false;
}

static void
run_removal(struct dhcp_net *net, const struct dhcp_env *env)
{
    adopt(net);
    forget_releases(net);
    net->started = false;
    if (!child_is_idle(net->dnsmasq)) {
        child_stop(net->dnsmasq);
    }
    if (child_is_idle(net->dnsmasq)) {
        dhcp_links_remove(net, env);
        text_file_remove_dir(net->dir);
        net->removed = true;
    }
}

/* Does what is to be done for 'net', and says in 'net->wake_at' when to call
 * again. */
void
dhcp_net_run(struct dhcp_net *net, const struct dhcp_env *env)
{
    char *msg;

    net->wake_at = LLONG_MAX;
    if (net->undecided) {
        return;
    }
    if (time_msec() < net->retry_at) {
        net->wake_at = net->retry_at;
        return;
    }
    net->retry_at = 0;
    if (!net->config) {
        run_removal(net, env);
        return;
    }
    if (net->dirty) {
        msg = dhcp_links_apply(net, env);
        if (msg) {
            failed(net, msg);
        } else {
            net->dirty = false;
        }
    }
    if (!net->dirty) {
        run_dnsmasq(net, env);
        run_releases(net, env);
    }
    if (net->retry_at) {
        net->wake_at = MIN(net->wake_at, net->retry_at);
    } else {
        net->backoff = 0;
    }
}

/* Has the instances of the network served from the device, as long as the
 * configuration says so.  While nothing is known, what is served stays. */
void
dhcp_net_tell_metadata(const struct dhcp_net *net, struct metadata *metadata)
{
    if (net->undecided) {
        return;
    }
    if (!net->config || !net->config->metadata) {
        metadata_withdraw(metadata, net->netns);
    } else if (!net->dirty) {
        struct metadata_service service = {
            .netns = net->netns,
            .port = METADATA_PORT,
            .dev = net->config->dev,
            .networks = &net->uuid,
            .n_networks = 1,
        };

        metadata_serve(metadata, &service);
    }
}

/* 'child', one of those of 'net', has ended. */
void
dhcp_net_child_ended(struct dhcp_net *net, const struct child *child)
{
    if (child == net->release) {
        char *output;

        if (!child_succeeded(child, &output)) {
            VLOG_WARN("network %s: releasing a lease: %s", net->name, output);
            free(output);
        }
        child_destroy(net->release);
        net->release = NULL;
        net->confirm_at = time_msec() + RELEASE_CHECK;
    } else if (child == net->dnsmasq) {
        net->n_lost += net->started;
        net->started = false;
    }
}

/* True if dnsmasq runs with what the configuration says. */
static bool
is_current(const struct dhcp_net *net)
{
    return (net->config && !net->stale && !net->dirty && !net->retry_at
            && net->started && !net->reload
            && child_is_running(net->dnsmasq) && !net->check_leases);
}

/* Returns true if 'net' is what its configuration wants. */
bool
dhcp_net_is_settled(const struct dhcp_net *net)
{
    if (!net->config) {
        return net->undecided || net->removed;
    }
    return (is_current(net) && ovs_list_is_empty(&net->releases)
            && ovs_list_is_empty(&net->released));
}

/* Returns true if every port of the configuration gets its address when it
 * asks for it now. */
bool
dhcp_net_is_ready(const struct dhcp_net *net, const struct dhcp_env *env)
{
    return (is_current(net) && !release_is_awaited(net, &net->releases)
            && !release_is_awaited(net, &net->released)
            && ovs_plugin_port_is_wired(env->plugin, &net->config->port));
}

/* Appends what an operator wants to know of 'net' to 's'. */
void
dhcp_net_format(const struct dhcp_net *net, const struct dhcp_env *env,
                struct ds *s)
{
    ds_put_format(s, "network %s\n", net->name);
    if (!net->config) {
        ds_put_format(s, "    %s\n",
                      (net->undecided ? "waiting for the server to complete it"
                       : "being removed"));
        return;
    }
    ds_put_format(s, "    namespace: %s\n", net->netns);
    ds_put_format(s, "    %s (%s) mtu %u", net->config->dev, net->config->tap,
                  net->config->mtu);
    for (size_t i = 0; i < net->config->n_addrs; i++) {
        ds_put_char(s, ' ');
        nl_addr_plen_format(&net->config->addrs[i], s);
    }
    ds_put_format(s, "\n    dnsmasq: pid %ld, died %u times%s\n",
                  (long int) child_pid(net->dnsmasq), net->n_lost,
                  net->reload ? ", to be reloaded" : "");
    ds_put_format(s, "    ports: %"PRIuSIZE", addresses: %"PRIuSIZE", leases "
                  "to be released: %"PRIuSIZE"\n", net->config->n_hosts,
                  smap_count(&net->leases),
                  ovs_list_size(&net->releases)
                  + ovs_list_size(&net->released));
    ds_put_format(s, "    ready: %s\n",
                  dhcp_net_is_ready(net, env) ? "yes" : "no");
}
