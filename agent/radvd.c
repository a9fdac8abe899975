/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/radvd.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/child.h"
#include "agent/router-config.h"
#include "agent/text-file.h"
#include "lib/l3ha-config.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(radvd);

/* The radvd of one copy of a router, which tells hosts on tenants' networks of
 * the router and of the IPv6 prefixes there.  It runs only while the copy is
 * active.
 *
 * Owns the files "ROUTER.radvd.conf" and "ROUTER.pid.radvd", where Neutron
 * has them, and the daemon.  In: the router's configuration, whether the copy
 * is active, ended children.
 *
 * All copies advertise from one link-local address, so hosts take them for one
 * router.  A radvd that is asked to end says that the router is none any more
 * (router lifetime 0, RFC 4861, 6.2.5), and each host would forget the router
 * that another copy is at that moment.  Therefore it is never asked, but
 * killed.  Should it live on, because the agent does not, it is mute: it sends
 * from the link-local address, which keepalived takes away. */

/* No link may have a smaller MTU (RFC 8200). */
#define IPV6_MTU_MIN 1280

/* Time between two looks at a start that is delayed, in ms. */
#define START_CHECK 500

struct radvd {
    const struct radvd_options *options;
    char *router;               /* UUID, for log messages. */
    char *path;                 /* Of the configuration. */
    char *pidfile;              /* The agent's: pid and start time. */
    char *own_pidfile;          /* radvd's. */
    char *conf;                 /* Configuration that the daemon has read. */
    struct child *daemon;
    bool adopted;               /* An earlier agent's was looked for. */
    bool wanted;                /* The daemon is to run. */
    unsigned int n_lost;        /* How often the daemon died. */
};

/* Reads 'o', which 'config' must outlive. */
void
radvd_options_init(struct radvd_options *o, const struct l3ha_config *config)
{
    *o = (struct radvd_options) {
        .confs_path = l3ha_config_get_str(config, "DEFAULT", "ra_confs"),
        .pids_path = l3ha_config_get_str(config, "DEFAULT", "external_pids"),
        .user = l3ha_config_get_str(config, "DEFAULT", "radvd_user"),
        .min_interval = l3ha_config_get_int(config, "DEFAULT",
                                            "min_rtr_adv_interval"),
        .max_interval = l3ha_config_get_int(config, "DEFAULT",
                                            "max_rtr_adv_interval"),
    };
}

static bool
has_ipv6(const struct router_port *port)
{
    for (size_t i = 0; i < port->n_addrs; i++) {
        if (!IN6_IS_ADDR_V4MAPPED(&port->addrs[i].ip)
            && !IN6_IS_ADDR_LINKLOCAL(&port->addrs[i].ip)) {
            return true;
        }
    }
    return false;
}

static void
format_interface(const struct router_port *port,
                 const struct radvd_options *o, struct ds *s)
{
    const struct router_ra *ra = &port->ra;

    ds_put_format(s,
                  "interface %s\n"
                  "{\n"
                  "    AdvSendAdvert on;\n"
                  "    MinRtrAdvInterval %d;\n"
                  "    MaxRtrAdvInterval %d;\n",
                  port->dev, o->min_interval, o->max_interval);
    if (port->mtu >= IPV6_MTU_MIN) {
        ds_put_format(s, "    AdvLinkMTU %u;\n", port->mtu);
    }
    if (ra->other) {
        ds_put_cstr(s, "    AdvOtherConfigFlag on;\n");
    }
    if (ra->managed) {
        ds_put_cstr(s, "    AdvManagedFlag on;\n");
    }
    if (ra->n_dns) {
        ds_put_cstr(s, "    RDNSS");
        for (size_t i = 0; i < ra->n_dns; i++) {
            ds_put_char(s, ' ');
            router_ip_format(&ra->dns[i], s);
        }
        ds_put_cstr(s, " {};\n");
    }
    for (size_t i = 0; i < ra->n_prefixes; i++) {
        const struct router_ra_prefix *prefix = &ra->prefixes[i];

        ds_put_cstr(s, "    prefix ");
        nl_addr_plen_format(&prefix->net, s);
        ds_put_format(s,
                      "\n"
                      "    {\n"
                      "        AdvOnLink on;\n"
                      "        AdvAutonomous %s;\n"
                      "    };\n", prefix->autonomous ? "on" : "off");
    }

    /* The metadata service. */
    ds_put_cstr(s, "    route fe80::a9fe:a9fe/128 {};\n"
                "};\n");
}

/* Appends radvd.conf for the router 'rc' to 's'.  Returns false, and appends
 * nothing, if there is nothing to advertise. */
bool
radvd_format(const struct router_config *rc, const struct radvd_options *o,
             struct ds *s)
{
    bool any = false;

    for (size_t i = 0; i < rc->n_ports; i++) {
        const struct router_port *port = &rc->ports[i];

        if (port->kind == ROUTER_PORT_INTERNAL && has_ipv6(port)) {
            format_interface(port, o, s);
            any = true;
        }
    }
    return any;
}

static struct child *
create_daemon(struct child_set *children, const struct radvd *ra,
              const char *netns, void *aux)
{
    char *name = xasprintf("router %s: radvd", ra->router);
    struct svec argv = SVEC_EMPTY_INITIALIZER;
    struct child *child;

    svec_add(&argv, "radvd");
    svec_add(&argv, "-n");
    svec_add(&argv, "-C");
    svec_add(&argv, ra->path);
    svec_add(&argv, "-p");
    svec_add(&argv, ra->own_pidfile);
    svec_add(&argv, "-m");
    svec_add(&argv, "syslog");
    if (ra->options->user[0]) {
        svec_add(&argv, "-u");
        svec_add(&argv, ra->options->user);
    }

    struct child_args args = {
        .name = name,
        .argv = &argv,
        .netns = netns,
        .pidfile = ra->pidfile,
        .key = ra->path,
        .aux = aux,
    };
    child = child_create(children, &args);
    svec_destroy(&argv);
    free(name);
    return child;
}

/* Returns the radvd, which does not run yet, of the copy of 'router' (a UUID)
 * in namespace 'netns'.  Its process gets 'aux'. */
struct radvd *
radvd_create(struct child_set *children, const struct radvd_options *options,
             const char *router, const char *netns, void *aux)
{
    struct radvd *ra = xzalloc(sizeof *ra);

    ra->options = options;
    ra->router = xstrdup(router);
    ra->path = xasprintf("%s/%s.radvd.conf", options->confs_path, router);
    ra->pidfile = xasprintf("%s/%s.run.radvd", options->pids_path, router);
    ra->own_pidfile = xasprintf("%s/%s.pid.radvd", options->pids_path,
                                router);
    ra->daemon = create_daemon(children, ra, netns, aux);
    return ra;
}

/* Frees 'ra' and leaves the daemon as it is. */
void
radvd_destroy(struct radvd *ra)
{
    if (ra) {
        child_destroy(ra->daemon);
        free(ra->router);
        free(ra->path);
        free(ra->pidfile);
        free(ra->own_pidfile);
        free(ra->conf);
        free(ra);
    }
}

static void
adopt(struct radvd *ra)
{
    if (!ra->adopted && child_is_idle(ra->daemon)) {
        ra->adopted = true;
        if (child_adopt(ra->daemon)) {
            free(ra->conf);
            ra->conf = text_file_read(ra->path);
        }
    }
}

/* Removes the files of a daemon that does not run. */
static void
clean_up(struct radvd *ra)
{
    unlink(ra->path);

    /* radvd believes a stale pid file if any process has that pid. */
    unlink(ra->own_pidfile);
    free(ra->conf);
    ra->conf = NULL;
}

/* Writes the configuration 'text' for a daemon that runs or is to be
 * started.  Returns NULL or a message that the caller must free. */
static char *
write_conf(struct radvd *ra, const char *text)
{
    int error;

    text_file_make_dirs(ra->options->confs_path);
    text_file_make_dirs(ra->options->pids_path);
    error = text_file_replace_mode(ra->path, text, 0444);
    if (error) {
        return xasprintf("%s: %s", ra->path, ovs_strerror(error));
    }
    free(ra->conf);
    ra->conf = xstrdup(text);
    return NULL;
}

/* Brings the daemon in line with 'rc', which is for a copy that is active or
 * not.  Lowers '*wake_at' to when to call again.  Returns NULL or a message
 * that the caller must free. */
char *
radvd_run(struct radvd *ra, const struct router_config *rc, bool active,
          long long int *wake_at)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char *msg = NULL;

    adopt(ra);
    ra->wanted = active && radvd_format(rc, ra->options, &s);
    if (!ra->wanted) {
        radvd_stop(ra);
    } else if (child_is_idle(ra->daemon)) {
        clean_up(ra);
        msg = write_conf(ra, ds_cstr(&s));
        if (!msg) {
            child_start(ra->daemon);
        }
    } else if (child_is_running(ra->daemon)
               && (!ra->conf || strcmp(ra->conf, ds_cstr(&s)))) {
        msg = write_conf(ra, ds_cstr(&s));
        if (!msg) {
            child_signal(ra->daemon, SIGHUP);
        }
    }
    if (ra->wanted && !child_is_running(ra->daemon)) {
        /* A start that is delayed is not announced. */
        *wake_at = MIN(*wake_at, time_msec() + START_CHECK);
    }
    ds_destroy(&s);
    return msg;
}

/* Stops the daemon and removes its files.  Returns true when that is done. */
bool
radvd_stop(struct radvd *ra)
{
    adopt(ra);
    ra->wanted = false;
    if (!child_is_idle(ra->daemon)) {
        child_kill(ra->daemon);
    }
    if (!child_is_idle(ra->daemon)) {
        return false;
    }
    clean_up(ra);
    return true;
}

/* To be called when 'child' has ended.  Returns false if it is not ours. */
bool
radvd_child_ended(struct radvd *ra, const struct child *child)
{
    if (child != ra->daemon) {
        return false;
    }
    ra->n_lost += ra->wanted;
    return true;
}

/* Returns true if the daemon runs as far as it is to. */
bool
radvd_is_settled(const struct radvd *ra)
{
    return (ra->wanted ? child_is_running(ra->daemon)
            : child_is_idle(ra->daemon));
}

/* Appends a line for an operator to 's' if the daemon is to run. */
void
radvd_format_status(const struct radvd *ra, struct ds *s)
{
    if (ra->wanted) {
        ds_put_format(s, "    radvd: pid %ld, died %u times\n",
                      (long int) child_pid(ra->daemon), ra->n_lost);
    }
}
