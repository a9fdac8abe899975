/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* ovs-l3ha-server: the REST API in front of the database OVS_L3HA.
 *
 * Any number of servers may run on one database.  Each serves requests; the
 * duties that only one may do are guarded by a lock in the database
 * (duties.h).
 *
 * Owns the database connection and the order of things: read the replica, let
 * the modules behind the API follow it, finish the requests whose
 * transactions are over, take new ones.  Without a database the API answers
 * 503 and waits.
 *
 * Leaving (SIGTERM, SIGINT, "exit") takes no new connections, finishes the
 * requests that have begun, within STOP_TIME, and changes nothing. */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "command-line.h"
#include "daemon.h"
#include "dirs.h"
#include "fatal-signal.h"
#include "lib/l3ha-config.h"
#include "lib/l3ha-exporter.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-metrics.h"
#include "lib/l3ha-systemd.h"
#include "memory.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-l3ha/version.h"
#include "ovsdb-idl-provider.h"
#include "ovsdb-idl.h"
#include "server/api.h"
#include "server/backend.h"
#include "server/cloud-metrics.h"
#include "server/duties.h"
#include "server/http-client.h"
#include "server/http.h"
#include "server/keystone.h"
#include "server/nova.h"
#include "simap.h"
#include "stream-ssl.h"
#include "stream.h"
#include "svec.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(server);

/* Milliseconds that requests have to finish when the server leaves. */
#define STOP_TIME (15 * 1000)

/* Lives as long as the process. */
struct server {
    struct l3ha_config *config;
    char *remote;
    struct ovsdb_idl *idl;
    struct backend *backend;
    struct api *api;
    struct http_server *http;
    struct http_client *client; /* For the two below. */
    struct keystone *keystone;  /* NULL: noauth. */
    struct nova *nova;
    struct l3ha_metrics *metrics;
    struct l3ha_exporter *exporter; /* NULL: nobody is given 'metrics'. */

    int signal_fd;              /* SIGTERM and SIGINT. */
    long long int stop_at;      /* time_msec(), while exiting. */
    bool was_up;                /* The database, at the last look. */
    bool said;                  /* That it is down. */
    bool schema_said;           /* That its schema is too old. */
    bool ready;                 /* The backend has run. */
    bool exiting;
};

static void parse_options(int argc, char *argv[], struct server *,
                          struct svec *config_files, char **unixctl_path,
                          bool *only_check);
OVS_NO_RETURN static void usage(void);
static unixctl_cb_func server_exit;
static unixctl_cb_func server_show;

static void
load_config(struct l3ha_config *config, const struct svec *files)
{
    const char *file;
    size_t i;

    SVEC_FOR_EACH (i, file, files) {
        char *error = l3ha_config_load(config, file);

        if (error) {
            ovs_fatal(0, "%s", error);
        }
    }
}

/* True if 'host' is an address that only this machine reaches. */
static bool
is_loopback(const char *host)
{
    return !strncmp(host, "127.", 4) || !strcmp(host, "::1");
}

static void
open_http(struct server *server)
{
    const struct l3ha_config *config = server->config;
    const char *host = l3ha_config_get_str(config, "DEFAULT", "bind_host");
    bool secure = l3ha_config_get_bool(config, "DEFAULT", "use_ssl");
    struct http_options options = {
        .bind_host = (host[0] ? host
                      : server->keystone ? "0.0.0.0" : "127.0.0.1"),
        .bind_port = l3ha_config_get_int(config, "DEFAULT", "bind_port"),
        .handler = api_handle_request,
        .aux = server->api,
        .metrics = server->metrics,
    };
    char *error;

    if (secure) {
        options.cert_file = l3ha_config_get_str(config, "ssl", "cert_file");
        options.key_file = l3ha_config_get_str(config, "ssl", "key_file");
        if (!options.cert_file[0] || !options.key_file[0]) {
            ovs_fatal(0, "[DEFAULT] use_ssl needs [ssl] cert_file and "
                      "key_file");
        }
    }
    error = http_server_create(&options, &server->http);
    if (error) {
        ovs_fatal(0, "%s", error);
    }
    VLOG_INFO("listening at %s", http_server_get_url(server->http));
    if (!server->keystone && !is_loopback(options.bind_host)) {
        VLOG_WARN("auth_strategy is noauth and bind_host is %s: whoever "
                  "reaches it may do anything", options.bind_host);
    }
}

/* Sets the gauges. */
static void
fill_metrics(struct l3ha_metrics *metrics, void *server_)
{
    const struct server *server = server_;
    struct simap usage = SIMAP_INITIALIZER(&usage);

    l3ha_metrics_set(metrics, L3HA_METRIC_SERVER_CONNECTED, "",
                     server->was_up);
    l3ha_metrics_set(metrics, L3HA_METRIC_SERVER_LEADER, "",
                     duties_are_ours(server->backend->duties));
    ovsdb_idl_get_memory_usage(server->idl, &usage);
    l3ha_metrics_set(metrics, L3HA_METRIC_SERVER_IDL_CELLS, "",
                     simap_get(&usage, "idl-cells-OVS_L3HA"));
    simap_destroy(&usage);
    api_fill_metrics(server->api, metrics);
    cloud_metrics_fill(server->backend, metrics);
}

/* Starts to give out metrics, unless told not to. */
static void
open_exporter(struct server *server)
{
    const char *bind = l3ha_config_get_str(server->config, "metrics",
                                           "server_bind");
    char *error;

    if (*bind) {
        error = l3ha_exporter_create(bind, server->metrics, fill_metrics,
                                     server, &server->exporter);
        if (error) {
            VLOG_WARN("no metrics: %s", error);
            free(error);
        }
    }
}

/* Returns true if the database has every table and column that the server
 * uses.  Otherwise says which is missing, once. */
static bool
schema_is_new_enough(struct server *server)
{
    for (size_t i = 0; i < l3harec_idl_class.n_tables; i++) {
        const struct ovsdb_idl_table_class *table
            = &l3harec_idl_class.tables[i];

        for (size_t j = 0; j < table->n_columns; j++) {
            if (!ovsdb_idl_server_has_column(server->idl,
                                             &table->columns[j])) {
                if (!server->schema_said) {
                    server->schema_said = true;
                    VLOG_ERR("%s: schema of database OVS_L3HA is too old: "
                             "table %s lacks column %s; convert it with "
                             "\"ovsdb-client convert\" to the schema of "
                             "this version", server->remote, table->name,
                             table->columns[j].name);
                }
                return false;
            }
        }
    }
    server->schema_said = false;
    return true;
}

/* Says once that the database is away, and once that it is back. */
static void
log_database(struct server *server)
{
    bool up = (ovsdb_idl_has_ever_connected(server->idl)
               && ovsdb_idl_is_connected(server->idl));

    if (up != server->was_up) {
        server->was_up = up;
        server->said = false;
        if (up) {
            VLOG_INFO("connected to database OVS_L3HA at %s",
                      server->remote);
        }
    }
    if (!up && !server->said) {
        server->said = true;
        VLOG_INFO("waiting for database OVS_L3HA at %s", server->remote);
    }
}

static void
server_iterate(struct server *server)
{
    ovsdb_idl_run(server->idl);
    log_database(server);
    http_client_run(server->client);
    server->ready = (ovsdb_idl_has_ever_connected(server->idl)
                     && (!server->was_up || schema_is_new_enough(server)));
    if (server->ready) {
        backend_run(server->backend, server->was_up);
        nova_run(server->nova, server->backend,
                 duties_are_ours(server->backend->duties));
    }
    if (server->keystone) {
        keystone_run(server->keystone);
    }
    /* First the answers that are ready, then the requests that come in. */
    api_run(server->api);
    http_server_run(server->http);
    api_run(server->api);
    ovsdb_idl_track_clear(server->idl);
}

static void
server_wait(struct server *server)
{
    ovsdb_idl_wait(server->idl);
    if (server->ready) {
        /* What has not run would be waited for in vain, time after time. */
        backend_wait(server->backend);
        nova_wait(server->nova);
    }
    http_client_wait(server->client);
    api_wait(server->api);
    http_server_wait(server->http);
    if (server->exiting
        && (!server->stop_at || http_server_is_idle(server->http))) {
        poll_immediate_wake();
    }
}

/* Has SIGTERM and SIGINT arrive at a file descriptor, in place of ending the
 * process wherever it is. */
static int
open_signal_fd(void)
{
    sigset_t signals;
    int fd;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0 || sigprocmask(SIG_BLOCK, &signals, NULL)) {
        ovs_fatal(errno, "signalfd");
    }
    return fd;
}

/* True as long as the server has work before it may leave. */
static bool
must_go_on(struct server *server)
{
    struct signalfd_siginfo info;

    if (read(server->signal_fd, &info, sizeof info) == sizeof info) {
        VLOG_INFO("stopping because of signal %"PRIu32, info.ssi_signo);
        server->exiting = true;
    }
    poll_fd_wait(server->signal_fd, POLLIN);
    if (!server->exiting) {
        return true;
    }
    http_server_stop(server->http);
    if (!server->stop_at) {
        server->stop_at = time_msec() + STOP_TIME;
    }
    poll_timer_wait_until(server->stop_at);
    return (!http_server_is_idle(server->http)
            && time_msec() < server->stop_at);
}

static void
open_services(struct server *server)
{
    char *error = NULL;

    server->client = http_client_create();
    if (!strcmp(l3ha_config_get_str(server->config, "DEFAULT",
                                    "auth_strategy"), "keystone")) {
        server->keystone = keystone_create(server->client, server->config,
                                           &error);
    }
    if (!error) {
        server->nova = nova_create(server->client, server->config, &error);
    }
    if (error) {
        ovs_fatal(0, "%s", error);
    }
}

int
main(int argc, char *argv[])
{
    struct svec config_files = SVEC_EMPTY_INITIALIZER;
    struct server server = { .was_up = false };
    struct unixctl_server *unixctl;
    char *unixctl_path = NULL;
    bool only_check = false;
    char *error = NULL;

    ovs_set_program_name(argv[0], L3HA_VERSION);
    ovs_cmdl_proctitle_init(argc, argv);
    service_start(&argc, &argv);
    parse_options(argc, argv, &server, &config_files, &unixctl_path,
                  &only_check);
    fatal_ignore_sigpipe();

    server.config = l3ha_config_create();
    load_config(server.config, &config_files);
    server.idl = ovsdb_idl_create_unconnected(&l3harec_idl_class, true);
    server.backend = backend_create(server.idl, server.config, &error);
    if (!server.backend) {
        ovs_fatal(0, "%s", error);
    }
    if (only_check) {
        l3ha_config_print(server.config, stdout);
        exit(EXIT_SUCCESS);
    }

    daemonize_start(false);
    if (unixctl_server_create(unixctl_path, &unixctl)) {
        exit(EXIT_FAILURE);
    }
    unixctl_command_register("exit", "", 0, 0, server_exit, &server);
    unixctl_command_register("api/show", "", 0, 0, server_show, &server);
    l3ha_config_log_ignored(server.config);
    backend_set_remote(server.backend, server.remote);
    open_services(&server);
    server.api = api_create(server.backend, server.keystone);
    server.metrics = l3ha_metrics_create();
    open_http(&server);
    open_exporter(&server);
    server.signal_fd = open_signal_fd();
    daemonize_complete();
    l3ha_systemd_ready();

    while (must_go_on(&server)) {
        memory_run();
        if (memory_should_report()) {
            struct simap usage;

            simap_init(&usage);
            ovsdb_idl_get_memory_usage(server.idl, &usage);
            simap_put(&usage, "connections",
                      http_server_count_connections(server.http));
            memory_report(&usage);
            simap_destroy(&usage);
        }
        unixctl_server_run(unixctl);
        server_iterate(&server);
        l3ha_exporter_run(server.exporter);
        l3ha_systemd_run();

        server_wait(&server);
        l3ha_exporter_wait(server.exporter);
        l3ha_systemd_wait();
        unixctl_server_wait(unixctl);
        memory_wait();
        poll_block();
    }

    l3ha_systemd_stopping();
    l3ha_exporter_destroy(server.exporter);
    api_abandon(server.api);
    http_server_run(server.http);
    http_server_destroy(server.http);
    api_destroy(server.api);
    nova_destroy(server.nova);
    keystone_destroy(server.keystone);
    http_client_destroy(server.client);
    backend_destroy(server.backend);
    ovsdb_idl_destroy(server.idl);
    l3ha_metrics_destroy(server.metrics);
    l3ha_config_destroy(server.config);
    unixctl_server_destroy(unixctl);
    svec_destroy(&config_files);
    free(server.remote);
    service_stop();
    return 0;
}

static void
parse_options(int argc, char *argv[], struct server *server,
              struct svec *config_files, char **unixctl_path,
              bool *only_check)
{
    enum {
        OPT_PEER_CA_CERT = UCHAR_MAX + 1,
        OPT_BOOTSTRAP_CA_CERT,
        OPT_CHECK_CONFIG,
        OPT_CONFIG_FILE,
        OPT_DB,
        OPT_UNIXCTL,
        VLOG_OPTION_ENUMS,
        DAEMON_OPTION_ENUMS,
        SSL_OPTION_ENUMS,
    };
    static const struct option long_options[] = {
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {"config-file", required_argument, NULL, OPT_CONFIG_FILE},
        {"check-config", no_argument, NULL, OPT_CHECK_CONFIG},
        {"db", required_argument, NULL, OPT_DB},
        {"unixctl", required_argument, NULL, OPT_UNIXCTL},
        DAEMON_LONG_OPTIONS,
        VLOG_LONG_OPTIONS,
        STREAM_SSL_LONG_OPTIONS,
        {"peer-ca-cert", required_argument, NULL, OPT_PEER_CA_CERT},
        {"bootstrap-ca-cert", required_argument, NULL, OPT_BOOTSTRAP_CA_CERT},
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

        case OPT_CONFIG_FILE:
            svec_add(config_files, optarg);
            break;

        case OPT_CHECK_CONFIG:
            *only_check = true;
            break;

        case OPT_DB:
            free(server->remote);
            server->remote = xstrdup(optarg);
            break;

        case OPT_UNIXCTL:
            *unixctl_path = optarg;
            break;

        VLOG_OPTION_HANDLERS
        DAEMON_OPTION_HANDLERS
        STREAM_SSL_OPTION_HANDLERS

        case OPT_PEER_CA_CERT:
            stream_ssl_set_peer_ca_cert_file(optarg);
            break;

        case OPT_BOOTSTRAP_CA_CERT:
            stream_ssl_set_ca_cert_file(optarg, true);
            break;

        case '?':
            exit(EXIT_FAILURE);

        default:
            abort();
        }
    }
    free(short_options);

    if (optind < argc) {
        ovs_fatal(0, "non-option arguments are not accepted; "
                  "use --help for usage");
    }
    if (!server->remote) {
        server->remote = xasprintf("unix:%s/l3hadb.sock", ovs_rundir());
    }
}

static void
usage(void)
{
    printf("%s: REST API of HA routers on Open vSwitch\n"
           "usage: %s [OPTIONS]\n", program_name, program_name);
    stream_usage("database", true, true, true);
    daemon_usage();
    vlog_usage();
    printf("\nOther options:\n"
           "  --config-file=FILE        read options from FILE (repeatable)\n"
           "  --check-config            print what was understood and exit\n"
           "  --db=REMOTE               database OVS_L3HA\n"
           "                            (default: unix:%s/l3hadb.sock)\n"
           "  --unixctl=SOCKET          override default control socket name\n"
           "  -h, --help                display this help message\n"
           "  -V, --version             display version information\n",
           ovs_rundir());
    exit(EXIT_SUCCESS);
}

static void
server_exit(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *server_)
{
    struct server *server = server_;

    server->exiting = true;
    unixctl_command_reply(conn, NULL);
}

static void
server_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *server_)
{
    struct server *server = server_;
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "listening: %s\n",
                  http_server_get_url(server->http));
    ds_put_format(&s, "database: %s (%s)\n", server->remote,
                  server->was_up ? "connected" : "not connected");
    ds_put_format(&s, "connections: %"PRIuSIZE"\n",
                  http_server_count_connections(server->http));
    api_show(server->api, &s);
    nova_show(server->nova, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}
