/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include <cap-ng.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "command-line.h"
#include "daemon.h"
#include "fatal-signal.h"
#include "metadata/control.h"
#include "metadata/events.h"
#include "metadata/instances.h"
#include "metadata/proxy.h"
#include "metadata/settings.h"
#include "metadata/upstream.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-l3ha/version.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(metadata);

/* ovs-l3ha-metadata: answers instances that ask 169.254.169.254 who they are.
 *
 * One process a node, started by ovs-l3ha-agent.  The agent opens listening
 * sockets in the namespaces of routers and networks and hands them over, and
 * tells which instance has which address.  So this program, which reads what
 * guests send, needs no privilege at all and gives away those that it has.
 *
 * Data flow: control.c (agent) -> instances.c, proxy.c (sockets) -> proxy.c
 * (guests) -> request.c -> instances.c -> upstream.c (Nova) -> proxy.c.
 *
 * When the agent dies, everything goes on; when this program dies, the agent
 * starts it again and hands over new sockets. */

struct metadata {
    struct md_settings settings;
    struct md_events *events;
    struct md_instances *instances;
    struct md_upstream *upstream;
    struct md_proxy *proxy;
    struct md_control *control;
    bool exiting;
};

static char *parse_options(int argc, char *argv[], char **unixctl_path,
                           char **user);
OVS_NO_RETURN static void usage(void);

static void
metadata_exit(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *md_)
{
    struct metadata *md = md_;

    md->exiting = true;
    unixctl_command_reply(conn, NULL);
}

static void
metadata_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *md_)
{
    struct metadata *md = md_;
    struct ds s = DS_EMPTY_INITIALIZER;

    md_control_format(md->control, &s);
    md_upstream_format(md->upstream, &s);
    md_proxy_format(md->proxy, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

/* A listening socket for each namespace and a connection for each guest. */
static void
raise_limit(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* From here on the process can do nothing but speak on sockets. */
static void
drop_privileges(const char *user)
{
    if (user) {
        daemon_set_new_user(user);
        daemon_become_new_user(false);
    }
    capng_clear(CAPNG_SELECT_BOTH);
    capng_apply(CAPNG_SELECT_CAPS);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
        ovs_fatal(errno, "cannot give up privileges");
    }
}

int
main(int argc, char *argv[])
{
    struct unixctl_server *unixctl;
    char *unixctl_path = NULL;
    struct metadata md = { .exiting = false };
    char *user = NULL;
    char *path;

    ovs_set_program_name(argv[0], L3HA_VERSION);
    ovs_cmdl_proctitle_init(argc, argv);
    path = parse_options(argc, argv, &unixctl_path, &user);
    fatal_ignore_sigpipe();

    daemonize_start(false);
    if (unixctl_server_create(unixctl_path, &unixctl)) {
        exit(EXIT_FAILURE);
    }
    unixctl_command_register("exit", "", 0, 0, metadata_exit, &md);
    unixctl_command_register("metadata/show", "", 0, 0, metadata_show, &md);

    raise_limit();
    md_settings_init(&md.settings);
    md.events = md_events_create();
    md.instances = md_instances_create();
    md.upstream = md_upstream_create(md.events, &md.settings);
    md.proxy = md_proxy_create(md.events, md.instances, md.upstream,
                               &md.settings);
    md.control = md_control_create(path, md.instances, md.proxy,
                                   &md.settings);
    drop_privileges(user);
    daemonize_complete();

    while (!md.exiting) {
        unixctl_server_run(unixctl);
        md_control_run(md.control);
        md_events_run(md.events);
        md_proxy_run(md.proxy);
        md_upstream_run(md.upstream);

        unixctl_server_wait(unixctl);
        md_control_wait(md.control);
        md_events_wait(md.events);
        md_proxy_wait(md.proxy);
        md_upstream_wait(md.upstream);
        if (md.exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }

    md_control_destroy(md.control);
    md_proxy_destroy(md.proxy);
    md_upstream_destroy(md.upstream);
    md_instances_destroy(md.instances);
    md_events_destroy(md.events);
    md_settings_destroy(&md.settings);
    unixctl_server_destroy(unixctl);
    free(user);
    free(path);
    return 0;
}

static char *
parse_options(int argc, char *argv[], char **unixctl_path, char **user)
{
    enum {
        OPT_UNIXCTL = UCHAR_MAX + 1,
        OPT_RUN_AS,
        VLOG_OPTION_ENUMS,
        DAEMON_OPTION_ENUMS,
    };
    static const struct option long_options[] = {
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {"run-as", required_argument, NULL, OPT_RUN_AS},
        {"unixctl", required_argument, NULL, OPT_UNIXCTL},
        DAEMON_LONG_OPTIONS,
        VLOG_LONG_OPTIONS,
        {NULL, 0, NULL, 0},
    };
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);

    for (;;) {
        int c = getopt_long(argc, argv, short_options, long_options, NULL);

        if (c == -1) {
            break;
        }
        switch (c) {
        case 'h':
            usage();

        case 'V':
            ovs_print_version(0, 0);
            exit(EXIT_SUCCESS);

        case OPT_RUN_AS:
            *user = xstrdup(optarg);
            break;

        case OPT_UNIXCTL:
            *unixctl_path = optarg;
            break;

        VLOG_OPTION_HANDLERS
        DAEMON_OPTION_HANDLERS

        case '?':
            exit(EXIT_FAILURE);

        default:
            abort();
        }
    }
    free(short_options);

    if (argc - optind != 1) {
        ovs_fatal(0, "exactly one non-option argument, the socket for the "
                  "agent, is needed; use --help for usage");
    }
    return xstrdup(argv[optind]);
}

static void
usage(void)
{
    printf("%s: metadata for instances\n"
           "usage: %s [OPTIONS] SOCKET\n"
           "where SOCKET is where ovs-l3ha-agent, which starts this program,\n"
           "      connects.\n",
           program_name, program_name);
    daemon_usage();
    vlog_usage();
    printf("\nOther options:\n"
           "  --run-as=USER[:GROUP]     give up all privileges for this user\n"
           "                            when the sockets are there\n"
           "  --unixctl=SOCKET          override default control socket name\n"
           "  -h, --help                display this help message\n"
           "  -V, --version             display version information\n");
    exit(EXIT_SUCCESS);
}
