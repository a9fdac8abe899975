/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent-row.h"
#include "agent/agent.h"
#include "agent/dhcp.h"
#include "agent/l2.h"
#include "agent/l3.h"
#include "agent/metadata.h"
#include "agent/monitor.h"
#include "agent/settings.h"
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
#include "ovs-plugin/ovs-plugin.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "simap.h"
#include "stopwatch.h"
#include "stream-ssl.h"
#include "stream.h"
#include "svec.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(agent);

/* ovs-l3ha-agent: realises on one host what the database asks for.
 *
 * Owns the two database connections and the order of things.  An iteration
 * reads both replicas, lets every module act on them, and commits at most one
 * transaction to each database; a module that finds no transaction reports
 * later.  Change tracking is cleared only after an iteration in which the
 * modules ran on a complete replica, so that they never miss a change.
 *
 * Leaving (SIGTERM, "exit") changes nothing in the data plane: the next agent
 * adopts what is there.
 *
 * Limits: changing host name at run time leaves the old Agent row behind. */

/* Lives as long as the process. */
struct agent {
    struct l3ha_config *config;
    struct agent_settings settings;
    struct ovsdb_idl_loop ovs_loop;
    struct ovsdb_idl_loop l3ha_loop;
    struct monitor *monitor;
    struct ovs_plugin *plugin;
    struct agent_row *row;
    struct l2 *l2;
    struct l3 *l3;
    struct metadata *metadata;
    struct dhcp *dhcp;
    struct l3ha_metrics *metrics;
    struct l3ha_exporter *exporter; /* NULL: nobody is given 'metrics'. */

    char *remote;               /* What 'l3ha_loop' connects to. */
    bool ovs_said;              /* Waiting for the local database: logged. */
    bool remote_said;           /* Waiting for OVS_L3HA: logged. */
    bool schema_said;           /* Schema of OVS_L3HA too old: logged. */
    bool exiting;
    bool realised;              /* All that the database asks for. */
    long long int unrealised_since; /* In time_msec(), without that. */
};

static char *parse_options(int argc, char *argv[], struct svec *config_files,
                           char **unixctl_path, bool *check_config);
OVS_NO_RETURN static void usage(void);
static unixctl_cb_func agent_exit;
static unixctl_cb_func agent_status;

/* Has the local database send only what the agent looks at. */
static struct ovsdb_idl *
open_ovs_idl(const char *remote)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &ovsrec_idl_class,
                                             false, true);

    ovsdb_idl_add_table(idl, &ovsrec_table_open_vswitch);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_external_ids);
    return idl;
}

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

/* Reads the local database's answer once, without waiting for it to change;
 * without one only the files count. */
static void
check_config(const char *ovs_remote, const struct svec *files)
{
    struct l3ha_config *config = l3ha_config_create();
    const struct ovsrec_open_vswitch *cfg = NULL;
    struct agent_settings settings;
    struct ovsdb_idl *idl;
    long long int deadline;

    load_config(config, files);

    idl = open_ovs_idl(ovs_remote);
    deadline = time_msec() + 2000;
    for (;;) {
        ovsdb_idl_run(idl);
        cfg = ovsrec_open_vswitch_first(idl);
        if (cfg || time_msec() >= deadline) {
            break;
        }
        ovsdb_idl_wait(idl);
        poll_timer_wait_until(deadline);
        poll_block();
    }

    agent_settings_init(&settings);
    agent_settings_update(&settings, cfg, config);
    if (!cfg) {
        printf("no answer from %s: external_ids are not considered\n",
               ovs_remote);
    }
    agent_settings_print(&settings, stdout);
    l3ha_config_print(config, stdout);

    agent_settings_destroy(&settings);
    ovsdb_idl_destroy(idl);
    l3ha_config_destroy(config);
}

/* Follows a change of external_ids:l3ha-remote. */
static void
update_remote(struct agent *agent)
{
    const char *remote = agent->settings.remote;

    if (!nullable_string_is_equal(agent->remote, remote)) {
        free(agent->remote);
        agent->remote = nullable_xstrdup(remote);
        agent->remote_said = false;
        ovsdb_idl_set_remote(agent->l3ha_loop.idl, remote, true);
    }
}

/* Returns true if the database has every table and column the agent uses.
 * Otherwise says which are missing, once. */
static bool
schema_is_new_enough(struct agent *agent)
{
    struct ovsdb_idl *idl = agent->l3ha_loop.idl;

    for (size_t i = 0; i < l3harec_idl_class.n_tables; i++) {
        const struct ovsdb_idl_table_class *table
            = &l3harec_idl_class.tables[i];

        for (size_t j = 0; j < table->n_columns; j++) {
            const struct ovsdb_idl_column *column = &table->columns[j];

            if (!ovsdb_idl_server_has_column(idl, column)) {
                if (!agent->schema_said) {
                    agent->schema_said = true;
                    VLOG_ERR("%s: schema of database OVS_L3HA is too old: "
                             "table %s lacks column %s; convert it with "
                             "\"ovsdb-client convert\" to the schema of this "
                             "version (nothing is changed until then)",
                             agent->remote, table->name, column->name);
                }
                return false;
            }
        }
    }
    agent->schema_said = false;
    return true;
}

/* Says once what the agent waits for. */
static void
log_waiting(struct agent *agent, const char *ovs_remote)
{
    if (!ovsdb_idl_has_ever_connected(agent->ovs_loop.idl)) {
        if (!agent->ovs_said) {
            agent->ovs_said = true;
            VLOG_INFO("waiting for the Open vSwitch database at %s",
                      ovs_remote);
        }
        return;
    }
    if (!agent->remote_said) {
        if (!agent->remote) {
            agent->remote_said = true;
            VLOG_INFO("external_ids:l3ha-remote is not set in table "
                      "Open_vSwitch: waiting for it");
        } else if (!ovsdb_idl_is_connected(agent->l3ha_loop.idl)) {
            agent->remote_said = true;
            VLOG_INFO("waiting for database OVS_L3HA at %s", agent->remote);
        }
    } else if (agent->remote && ovsdb_idl_is_connected(agent->l3ha_loop.idl)) {
        agent->remote_said = false;
        VLOG_INFO("connected to database OVS_L3HA at %s", agent->remote);
    }
}

/* Measures how long it takes until everything is realised. */
static void
note_realised(struct agent *agent, bool realised)
{
    if (realised && !agent->realised) {
        l3ha_metrics_observe(
            agent->metrics, L3HA_METRIC_AGENT_REALISATION_SECONDS, "",
            (time_msec() - agent->unrealised_since) / 1000.0);
    } else if (!realised && agent->realised) {
        agent->unrealised_since = time_msec();
    }
    agent->realised = realised;
}

static void
set_connected(struct l3ha_metrics *metrics, const char *peer, bool connected)
{
    struct ds labels = DS_EMPTY_INITIALIZER;

    l3ha_metrics_label(&labels, "peer", peer);
    l3ha_metrics_set(metrics, L3HA_METRIC_AGENT_CONNECTED, ds_cstr(&labels),
                     connected);
    ds_destroy(&labels);
}

/* Sets the gauges. */
static void
fill_metrics(struct l3ha_metrics *metrics, void *agent_)
{
    const struct agent *agent = agent_;
    struct simap usage = SIMAP_INITIALIZER(&usage);

    set_connected(metrics, "open_vswitch",
                  ovsdb_idl_is_connected(agent->ovs_loop.idl));
    set_connected(metrics, "ovs_l3ha",
                  (agent->remote
                   && ovsdb_idl_is_connected(agent->l3ha_loop.idl)));
    set_connected(metrics, "switch", ovs_plugin_is_connected(agent->plugin));
    l3ha_metrics_set(metrics, L3HA_METRIC_AGENT_REALISED, "",
                     agent->realised);
    ovsdb_idl_get_memory_usage(agent->l3ha_loop.idl, &usage);
    l3ha_metrics_set(metrics, L3HA_METRIC_AGENT_IDL_CELLS, "",
                     simap_get(&usage, "idl-cells-OVS_L3HA"));
    l3ha_metrics_set(metrics, L3HA_METRIC_AGENT_IDL_TXNS, "",
                     simap_get(&usage, "idl-outstanding-txns-OVS_L3HA"));
    simap_destroy(&usage);
    l3ha_metrics_set(metrics, L3HA_METRIC_AGENT_OPENFLOW_UNACKED, "",
                     ovs_plugin_n_unacked(agent->plugin));
    l3_fill_metrics(agent->l3, metrics);
}

/* Starts to give out metrics, unless told not to. */
static void
open_exporter(struct agent *agent)
{
    const char *bind = l3ha_config_get_str(agent->config, "metrics",
                                           "agent_bind");
    char *error;

    if (*bind) {
        error = l3ha_exporter_create(bind, agent->metrics, fill_metrics,
                                     agent, &agent->exporter);
        if (error) {
            VLOG_WARN("no metrics: %s", error);
            free(error);
        }
    }
}

static void
agent_iterate(struct agent *agent, const char *ovs_remote)
{
    struct ovsdb_idl_txn *ovs_txn = ovsdb_idl_loop_run(&agent->ovs_loop);
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(agent->ovs_loop.idl);

    bool settings_changed = false;

    if (cfg) {
        settings_changed = agent_settings_update(&agent->settings, cfg,
                                                 agent->config);
        update_remote(agent);
    }

    struct ovsdb_idl_txn *l3ha_txn = ovsdb_idl_loop_run(&agent->l3ha_loop);
    bool connected = (agent->remote
                      && ovsdb_idl_is_connected(agent->l3ha_loop.idl));
    bool ready = false;

    log_waiting(agent, ovs_remote);
    if (cfg && agent->remote) {
        ready = (monitor_run(agent->monitor, agent->settings.host)
                 && schema_is_new_enough(agent));
    }

    if (cfg) {
        struct agent_ctx ctx = {
            .config = agent->config,
            .settings = &agent->settings,
            .settings_changed = settings_changed,
            .host = agent->settings.host,
            .ovs_idl = agent->ovs_loop.idl,
            .ovs_txn = ovs_txn,
            .l3ha_idl = agent->l3ha_loop.idl,
            .l3ha_txn = connected && ready ? l3ha_txn : NULL,
            .plugin = agent->plugin,
            .metadata = agent->metadata,
            .metrics = agent->metrics,
            .l3ha_ready = ready,
        };
        bool l3 = sset_contains(&agent->settings.roles, "l3");
        bool dhcp = sset_contains(&agent->settings.roles, "dhcp");

        l2_run(agent->l2, &ctx);
        if (l3) {
            l3_run(agent->l3, &ctx);
        }
        if (dhcp) {
            dhcp_run(agent->dhcp, &ctx);
        }
        if ((l3 || dhcp) && (!l3 || l3_is_plugged(agent->l3))
            && (!dhcp || dhcp_is_plugged(agent->dhcp))) {
            ovs_plugin_ports_complete(agent->plugin);
        }
        bool synced = (ready && (!l3 || l3_is_synced(agent->l3))
                       && (!dhcp || dhcp_is_synced(agent->dhcp)));

        metadata_run(agent->metadata, &ctx, synced);
        ovs_plugin_run(agent->plugin, ovs_txn);
        synced = (synced && l2_is_synced(agent->l2)
                  && metadata_is_synced(agent->metadata));
        agent_row_run(agent->row, &ctx, synced);
        note_realised(agent, synced);

        l2_wait(agent->l2, &ctx);
        if (l3) {
            l3_wait(agent->l3, &ctx);
        }
        if (dhcp) {
            dhcp_wait(agent->dhcp, &ctx);
        }
        metadata_wait(agent->metadata);
        ovs_plugin_wait(agent->plugin);
        agent_row_wait(agent->row, &ctx);
    }

    /* A transaction that failed is built again from fresh data in the next
     * iteration, which the IDL's change wakes. */
    ovsdb_idl_loop_commit_and_wait(&agent->l3ha_loop);
    ovsdb_idl_loop_commit_and_wait(&agent->ovs_loop);

    if (ready) {
        ovsdb_idl_track_clear(agent->l3ha_loop.idl);
    }
    if (cfg) {
        ovsdb_idl_track_clear(agent->ovs_loop.idl);
    }
}

int
main(int argc, char *argv[])
{
    struct svec config_files = SVEC_EMPTY_INITIALIZER;
    struct unixctl_server *unixctl;
    char *unixctl_path = NULL;
    bool only_check = false;
    struct agent agent;
    char *ovs_remote;
    int retval;

    ovs_set_program_name(argv[0], L3HA_VERSION);
    ovs_cmdl_proctitle_init(argc, argv);
    service_start(&argc, &argv);
    ovs_remote = parse_options(argc, argv, &config_files, &unixctl_path,
                               &only_check);
    fatal_ignore_sigpipe();
    if (only_check) {
        check_config(ovs_remote, &config_files);
        exit(EXIT_SUCCESS);
    }

    memset(&agent, 0, sizeof agent);
    agent.config = l3ha_config_create();
    load_config(agent.config, &config_files);

    daemonize_start(true);

    retval = unixctl_server_create(unixctl_path, &unixctl);
    if (retval) {
        exit(EXIT_FAILURE);
    }
    unixctl_command_register("exit", "", 0, 0, agent_exit, &agent);
    unixctl_command_register("agent/status", "", 0, 0, agent_status, &agent);
    l3ha_config_log_ignored(agent.config);

    agent_settings_init(&agent.settings);
    agent.ovs_loop.idl = open_ovs_idl(ovs_remote);
    agent.l3ha_loop.idl = ovsdb_idl_create_unconnected(&l3harec_idl_class,
                                                       true);
    agent.monitor = monitor_create(agent.l3ha_loop.idl);
    agent.plugin = ovs_plugin_create(agent.ovs_loop.idl);
    agent.row = agent_row_create();
    agent.l2 = l2_create(agent.l3ha_loop.idl);
    agent.l3 = l3_create(agent.l3ha_loop.idl);
    agent.metrics = l3ha_metrics_create();
    agent.unrealised_since = time_msec();
    agent.metadata = metadata_create(agent.metrics);
    agent.dhcp = dhcp_create();
    open_exporter(&agent);

    daemonize_complete();
    l3ha_systemd_ready();

    while (!agent.exiting) {
        memory_run();
        if (memory_should_report()) {
            struct simap usage;

            simap_init(&usage);
            ovsdb_idl_get_memory_usage(agent.l3ha_loop.idl, &usage);
            memory_report(&usage);
            simap_destroy(&usage);
        }
        unixctl_server_run(unixctl);
        agent_iterate(&agent, ovs_remote);
        l3ha_exporter_run(agent.exporter);
        l3ha_systemd_run();

        memory_wait();
        l3ha_systemd_wait();
        l3ha_exporter_wait(agent.exporter);
        unixctl_server_wait(unixctl);
        if (agent.exiting) {
            poll_immediate_wake();
        }
        poll_block();
        if (should_service_stop()) {
            agent.exiting = true;
        }
    }

    l3ha_systemd_stopping();
    l3ha_exporter_destroy(agent.exporter);
    metadata_destroy(agent.metadata);
    dhcp_destroy(agent.dhcp);
    l3_destroy(agent.l3);
    l2_destroy(agent.l2);
    agent_row_destroy(agent.row);
    ovs_plugin_destroy(agent.plugin);
    monitor_destroy(agent.monitor);
    ovsdb_idl_loop_destroy(&agent.l3ha_loop);
    ovsdb_idl_loop_destroy(&agent.ovs_loop);
    agent_settings_destroy(&agent.settings);
    l3ha_metrics_destroy(agent.metrics);
    l3ha_config_destroy(agent.config);
    free(agent.remote);
    unixctl_server_destroy(unixctl);
    svec_destroy(&config_files);
    free(ovs_remote);
    service_stop();
    return 0;
}

static char *
parse_options(int argc, char *argv[], struct svec *config_files,
              char **unixctl_path, bool *only_check)
{
    enum {
        OPT_PEER_CA_CERT = UCHAR_MAX + 1,
        OPT_BOOTSTRAP_CA_CERT,
        OPT_CHECK_CONFIG,
        OPT_CONFIG_FILE,
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

    argc -= optind;
    argv += optind;
    if (argc > 1) {
        ovs_fatal(0, "at most one non-option argument accepted; "
                  "use --help for usage");
    }
    return argc ? xstrdup(argv[0]) : xasprintf("unix:%s/db.sock",
                                               ovs_rundir());
}

static void
usage(void)
{
    printf("%s: agent of a node with HA routers on Open vSwitch\n"
           "usage: %s [OPTIONS] [OVS-REMOTE]\n"
           "where OVS-REMOTE is the local Open vSwitch database\n"
           "      (default: \"unix:%s/db.sock\").\n",
           program_name, program_name, ovs_rundir());
    stream_usage("OVS-REMOTE", true, false, true);
    daemon_usage();
    vlog_usage();
    printf("\nOther options:\n"
           "  --config-file=FILE        read options from FILE (repeatable)\n"
           "  --check-config            print what was understood and exit\n"
           "  --unixctl=SOCKET          override default control socket name\n"
           "  -h, --help                display this help message\n"
           "  -V, --version             display version information\n");
    exit(EXIT_SUCCESS);
}

static void
agent_exit(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[] OVS_UNUSED, void *agent_)
{
    struct agent *agent = agent_;

    agent->exiting = true;
    unixctl_command_reply(conn, NULL);
}

static void
agent_status(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[] OVS_UNUSED, void *agent_)
{
    struct agent *agent = agent_;
    size_t length = 0;
    char *text = NULL;
    FILE *stream;

    if (!agent->settings.host) {
        unixctl_command_reply(conn, "waiting for Open vSwitch\n");
        return;
    }
    stream = open_memstream(&text, &length);
    agent_settings_print(&agent->settings, stream);
    fprintf(stream, "connected to database: %s\n",
            ovsdb_idl_is_connected(agent->l3ha_loop.idl) ? "yes" : "no");
    fclose(stream);
    unixctl_command_reply(conn, text);
    free(text);
}
