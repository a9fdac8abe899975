/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* ovs-l3ha-ctl: looks at the OVS_L3HA database, and waits for the agents.
 *
 * This file has the command line, the connection, the transaction that all
 * commands of one invocation share, and the wait after it; what the commands
 * do is in utilities/ctl-commands.c, or for generic ones in Open vSwitch's
 * db-ctl-base.
 *
 * The transaction is tried again on each new version of the database until it
 * commits.  "--wait=agents" increments Global:cfg_seq in the same transaction
 * and then waits until each live agent has copied the new number to its
 * Agent:cfg_seq, which it does when everything up to then is realised. */

#include <config.h>

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"

#include "command-line.h"
#include "dirs.h"
#include "fatal-signal.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-l3ha/version.h"
#include "ovsdb-data.h"
#include "ovsdb-idl.h"
#include "process.h"
#include "stream-ssl.h"
#include "stream.h"
#include "svec.h"
#include "table.h"
#include "timeval.h"
#include "util.h"
#include "utilities/ctl-check.h"
#include "utilities/ctl-commands.h"
#include "utilities/ctl-events.h"
#include "utilities/ctl-failover.h"
#include "utilities/ctl-orphans.h"
#include "utilities/ctl-rows.h"

VLOG_DEFINE_THIS_MODULE(l3ha_ctl);

enum wait_for {
    WAIT_NONE,
    WAIT_AGENTS,
};

/* Command line. */
struct ctl_options {
    const char *db;
    bool oneline;
    bool dry_run;
    unsigned int timeout;       /* Seconds, 0 for no limit. */
    enum wait_for wait_for;
    struct table_style style;
    bool have_format;           /* The user gave --format or --bare. */
};

/* How long to wait for a copy to move without --timeout, in seconds. */
#define FAILOVER_TIMEOUT 10

/* For ctl_exit() only; other code uses its arguments. */
static struct ovsdb_idl *the_idl;
static struct ovsdb_idl_txn *the_idl_txn;

/* What ctl_exit() ends the program with in place of EXIT_FAILURE. */
static int failure_status = EXIT_FAILURE;

OVS_NO_RETURN static void ctl_exit(int status);
static void free_idl(void);
static const struct table_style *format_of(const struct ctl_options *);
static void parse_options(int argc, char *argv[], struct shash *local,
                          struct ctl_options *);
static void run_prerequisites(struct ctl_command *, size_t n,
                              const struct ctl_options *,
                              struct ovsdb_idl *);
static bool run_commands(const char *args, struct ctl_command *, size_t n,
                         const struct ctl_options *, struct ovsdb_idl *,
                         int64_t *cfg_seqp);
static bool wait_for_failover(struct ovsdb_idl *, const struct ctl_options *,
                              long long int deadline);
static void follow_events(struct ovsdb_idl *, const struct ctl_options *,
                          long long int deadline);
static void wait_for_agents(struct ovsdb_idl *, int64_t cfg_seq,
                            const struct ctl_options *,
                            long long int deadline);

/* Ends the program if the time is out, otherwise arranges to be woken up
 * then.  'what' says what was waited for. */
static void
check_deadline(const struct ctl_options *opts, long long int deadline,
               const char *what)
{
    if (time_msec() >= deadline) {
        ctl_fatal("%s: timed out after %u seconds waiting for %s",
                  opts->db, opts->timeout, what);
    } else if (deadline != LLONG_MAX) {
        poll_timer_wait_until(deadline);
    }
}

static char *
default_db(void)
{
    const char *env = getenv("L3HA_DB");

    return (env && *env ? xstrdup(env)
            : xasprintf("unix:%s/l3hadb.sock", ovs_rundir()));
}

static bool
has_command(const struct ctl_command *commands, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(commands[i].syntax->name, name)) {
            return true;
        }
    }
    return false;
}

int
main(int argc, char *argv[])
{
    struct ctl_options opts = { .style = TABLE_STYLE_DEFAULT };
    struct shash local_options = SHASH_INITIALIZER(&local_options);
    struct ctl_command *commands;
    size_t n_commands;

    ovs_set_program_name(argv[0], L3HA_VERSION);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_WARN);
    vlog_set_levels_from_string_assert("reconnect:warn");
    ctl_commands_init(ctl_exit);

    char *args = process_escape_args(argv);
    parse_options(argc, argv, &local_options, &opts);
    char *error = ctl_parse_commands(argc - optind, argv + optind,
                                     &local_options, &commands, &n_commands);
    if (error) {
        ctl_fatal("%s", error);
    }
    if (has_command(commands, n_commands, "check")) {
        failure_status = CTL_CHECK_FAILED;
    }
    if (opts.have_format) {
        ctl_commands_check_format(commands, n_commands);
    }
    VLOG(ctl_might_write_to_db(commands, n_commands) ? VLL_INFO : VLL_DBG,
         "Called as %s", args);

    long long int deadline = LLONG_MAX;
    if (opts.timeout) {
        deadline = time_msec() + opts.timeout * 1000LL;
        /* For the places that block by themselves. */
        ctl_timeout_setup(opts.timeout + 1);
    }

    struct ovsdb_idl *idl = ovsdb_idl_create_unconnected(&l3harec_idl_class,
                                                         false);
    the_idl = idl;
    ovsdb_idl_set_remote(idl, opts.db, false);
    ovsdb_idl_set_db_change_aware(idl, false);
    run_prerequisites(commands, n_commands, &opts, idl);

    /* There is no point in trying the transaction twice on one version of
     * the database: when it fails, it is because the database changed. */
    unsigned int seqno = ovsdb_idl_get_seqno(idl);
    int64_t cfg_seq = 0;
    for (;;) {
        ovsdb_idl_run(idl);
        if (!ovsdb_idl_is_alive(idl)) {
            int retval = ovsdb_idl_get_last_error(idl);
            ctl_fatal("%s: database connection failed (%s)", opts.db,
                      (retval ? ovs_retval_to_string(retval)
                       : "no database OVS_L3HA there"));
        }
        if (seqno != ovsdb_idl_get_seqno(idl)) {
            seqno = ovsdb_idl_get_seqno(idl);
            if (run_commands(args, commands, n_commands, &opts, idl,
                             &cfg_seq)) {
                break;
            }
        }
        if (seqno == ovsdb_idl_get_seqno(idl)) {
            check_deadline(&opts, deadline, "the database");
            ovsdb_idl_wait(idl);
            poll_block();
        }
    }

    int status = ctl_check_status();
    if (ctl_failover_is_asked() && !opts.dry_run
        && !wait_for_failover(idl, &opts, deadline)) {
        status = EXIT_FAILURE;
    }
    ctl_failover_begin();
    if (cfg_seq) {
        wait_for_agents(idl, cfg_seq, &opts, deadline);
    }

    if (ctl_cleanup_is_asked()
        && !ctl_cleanup_run(opts.dry_run, format_of(&opts))) {
        status = EXIT_FAILURE;
    }
    if (ctl_events_is_asked()) {
        follow_events(idl, &opts, deadline);
    }

    free(commands);
    free(args);
    shash_destroy_free_data(&local_options);
    free_idl();
    exit(status);
}

/* The format that the user wants, NULL for text. */
static const struct table_style *
format_of(const struct ctl_options *opts)
{
    return opts->have_format ? &opts->style : NULL;
}

/* Ends the program because something went wrong, in such a way that a leak
 * checker finds little. */
static void
ctl_exit(int status)
{
    free_idl();
    exit(status == EXIT_FAILURE ? failure_status : status);
}

static void
free_idl(void)
{
    if (the_idl_txn) {
        ovsdb_idl_txn_abort(the_idl_txn);
        ovsdb_idl_txn_destroy(the_idl_txn);
    }
    ovsdb_idl_destroy(the_idl);
}

OVS_NO_RETURN static void
usage(void)
{
    char *db = default_db();

    printf("\
%s: looks at the database of ovs-l3ha and moves active copies\n\
usage: %s [OPTIONS] COMMAND [ARG...]\n\
\n\
Commands:\n\
  init                        initialize the database, if not yet done\n\
  show                        print agents, networks and routers\n\
  agent-list                  print the agents\n\
  router-list                 print the routers and their copies\n\
  router-show ROUTER          print everything about ROUTER\n\
  check                       print what is wrong, and say so by the exit\n\
                              status\n\
  cleanup                     remove what is on this host and not in the\n\
                              database, see --dry-run\n\
  sync                        do nothing but wait, see --wait\n\
  drain HOST                  have HOST hand over its active copies\n\
  undrain HOST                allow active copies on HOST again\n\
  router-failover ROUTER [HOST]\n\
                              have the active copy of ROUTER hand over (to\n\
                              that on HOST)\n\
  events [ROUTER]             print changes of state of router copies until\n\
                              stopped or --timeout\n\
  topology                    draw hosts, routers and networks (SVG, by\n\
                              graphviz)\n\
  trace PORT [FLOW]           say where a packet of PORT, which is on this\n\
                              host, goes, and which stage drops it\n\
ROUTER, and a record of other tables, is a name, a UUID, or a unique prefix\n\
of a UUID of at least 4 digits.\n\
\n\
%s\
%s\
\n\
Options:\n\
  --db=DATABASE               connect to DATABASE\n\
                              (default: %s)\n\
  --wait=none|agents          after the commands, wait until the live agents\n\
                              have realised what the database says\n\
  -t, --timeout=SECS          give up after SECS seconds\n\
  --dry-run                   do not commit changes to the database, do not\n\
                              remove anything\n\
  --oneline                   print exactly one line of output per command\n",
           program_name, program_name, ctl_get_db_cmd_usage(),
           ctl_list_db_tables_usage(), db);
    free(db);
    table_usage();
    vlog_usage();
    stream_usage("database", true, true, true);
    printf("\n\
Other options:\n\
  -h, --help                  display this help message\n\
  -V, --version               display version information\n");
    exit(EXIT_SUCCESS);
}

static void
parse_options(int argc, char *argv[], struct shash *local,
              struct ctl_options *opts)
{
    enum {
        OPT_DB = UCHAR_MAX + 1,
        OPT_ONELINE,
        OPT_DRY_RUN,
        OPT_WAIT,
        OPT_LOCAL,
        OPT_COMMANDS,
        OPT_OPTIONS,
        OPT_BOOTSTRAP_CA_CERT,
        OPT_PEER_CA_CERT,
        VLOG_OPTION_ENUMS,
        TABLE_OPTION_ENUMS,
        SSL_OPTION_ENUMS,
    };
    static const struct option global_long_options[] = {
        {"db", required_argument, NULL, OPT_DB},
        {"wait", required_argument, NULL, OPT_WAIT},
        {"dry-run", no_argument, NULL, OPT_DRY_RUN},
        {"oneline", no_argument, NULL, OPT_ONELINE},
        {"timeout", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {"commands", no_argument, NULL, OPT_COMMANDS},
        {"options", no_argument, NULL, OPT_OPTIONS},
        {"version", no_argument, NULL, 'V'},
        VLOG_LONG_OPTIONS,
        TABLE_LONG_OPTIONS,
        STREAM_SSL_LONG_OPTIONS,
        {"bootstrap-ca-cert", required_argument, NULL, OPT_BOOTSTRAP_CA_CERT},
        {"peer-ca-cert", required_argument, NULL, OPT_PEER_CA_CERT},
        {NULL, 0, NULL, 0},
    };
    const size_t n_global = ARRAY_SIZE(global_long_options) - 1;

    /* getopt_long() is to know the options of the commands too. */
    char *tmp = ovs_cmdl_long_options_to_short_options(global_long_options);
    char *short_options = xasprintf("+%s", tmp);
    free(tmp);
    struct option *options = xmemdup(global_long_options,
                                     sizeof global_long_options);
    size_t allocated_options = ARRAY_SIZE(global_long_options);
    size_t n_options = n_global;
    ctl_add_cmd_options(&options, &n_options, &allocated_options, OPT_LOCAL);

    for (;;) {
        int idx;
        int c = getopt_long(argc, argv, short_options, options, &idx);
        if (c == -1) {
            break;
        }

        opts->have_format |= c == 'f' || c == OPT_BARE;
        switch (c) {
        case OPT_DB:
            opts->db = optarg;
            break;

        case OPT_WAIT:
            if (!strcmp(optarg, "none")) {
                opts->wait_for = WAIT_NONE;
            } else if (!strcmp(optarg, "agents")) {
                opts->wait_for = WAIT_AGENTS;
            } else {
                ctl_fatal("argument to --wait must be \"none\" or "
                          "\"agents\", not \"%s\"", optarg);
            }
            break;

        case OPT_DRY_RUN:
            opts->dry_run = true;
            break;

        case OPT_ONELINE:
            opts->oneline = true;
            break;

        case OPT_LOCAL:
            if (shash_find(local, options[idx].name)) {
                ctl_fatal("'%s' option specified multiple times",
                          options[idx].name);
            }
            shash_add_nocopy(local, xasprintf("--%s", options[idx].name),
                             nullable_xstrdup(optarg));
            break;

        case 't':
            if (!str_to_uint(optarg, 10, &opts->timeout) || !opts->timeout) {
                ctl_fatal("value %s on -t or --timeout is invalid", optarg);
            }
            break;

        case 'h':
            usage();

        case 'V':
            ovs_print_version(0, 0);
            printf("DB Schema %s\n", l3harec_get_db_version());
            exit(EXIT_SUCCESS);

        case OPT_COMMANDS:
            ctl_print_commands();
            exit(EXIT_SUCCESS);

        case OPT_OPTIONS:
            ctl_print_options(global_long_options);
            exit(EXIT_SUCCESS);

        VLOG_OPTION_HANDLERS
        TABLE_OPTION_HANDLERS(&opts->style)
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

    if (!opts->db) {
        opts->db = default_db();
    }
    if (!opts->timeout) {
        const char *env = getenv("OVS_CTL_TIMEOUT");
        if (env && *env && !str_to_uint(env, 10, &opts->timeout)) {
            ctl_fatal("value \"%s\" of OVS_CTL_TIMEOUT is invalid", env);
        }
    }

    for (size_t i = n_global; options[i].name; i++) {
        free(CONST_CAST(char *, options[i].name));
    }
    free(options);
}

static void
run_prerequisites(struct ctl_command *commands, size_t n,
                  const struct ctl_options *opts, struct ovsdb_idl *idl)
{
    ovsdb_idl_add_table(idl, &l3harec_table_global);
    if (opts->wait_for == WAIT_AGENTS) {
        ovsdb_idl_add_column(idl, &l3harec_global_col_cfg_seq);
        ovsdb_idl_add_column(idl, &l3harec_agent_col_cfg_seq);
        ctl_agent_liveness_prereqs(idl);
    }

    for (struct ctl_command *c = commands; c < &commands[n]; c++) {
        if (c->syntax->prerequisites) {
            struct ctl_context ctx;

            ds_init(&c->output);
            c->table = NULL;
            ctl_context_init(&ctx, c, idl, NULL, NULL, NULL);
            c->syntax->prerequisites(&ctx);
            if (ctx.error) {
                ctl_fatal("%s", ctx.error);
            }
            ctl_context_done(&ctx, c);
        }
    }
}

/* Prints and frees the output of 'c'. */
static void
print_output(struct ctl_command *c, const struct ctl_options *opts)
{
    /* Of what is both, people read the text. */
    if (c->table && (opts->have_format || !c->output.length)) {
        struct table_style style = opts->style;
        size_t len = strlen(c->syntax->name);

        /* Rows of these are short enough for lines. */
        if (!opts->have_format
            && (!strcmp(c->syntax->name, "check")
                || (len > 5
                    && !strcmp(c->syntax->name + len - 5, "-list")))) {
            style.format = TF_TABLE;
        }
        table_print(c->table, &style);
    } else if (opts->oneline) {
        ds_chomp(&c->output, '\n');
        for (size_t i = 0; i < c->output.length; i++) {
            char ch = c->output.string[i];

            if (ch == '\n') {
                fputs("\\n", stdout);
            } else if (ch == '\\') {
                fputs("\\\\", stdout);
            } else {
                putchar(ch);
            }
        }
        putchar('\n');
    } else {
        fputs(ds_cstr(&c->output), stdout);
    }
    shash_destroy_free_data(&c->options);
}

static void
free_output(struct ctl_command *c)
{
    ds_destroy(&c->output);
    table_destroy(c->table);
    free(c->table);
    c->table = NULL;
}

/* Every row that the commands name must have been made by one of them. */
static void
check_symbols(const struct ovsdb_symbol_table *symtab)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &symtab->sh) {
        const struct ovsdb_symbol *symbol = node->data;

        if (!symbol->created) {
            ctl_fatal("row id \"%s\" is referenced but never created (e.g. "
                      "with \"-- --id=%s create ...\")",
                      node->name, node->name);
        }
        if (!symbol->strong_ref) {
            VLOG_WARN("row id \"%s\" was created but no strong reference to "
                      "it was inserted", node->name);
        }
    }
}

/* Runs the commands in one transaction.  Returns true if that is done, false
 * to try again when the database has changed.  If agents are to be waited
 * for, '*cfg_seqp' becomes the number they must reach. */
static bool
run_commands(const char *args, struct ctl_command *commands, size_t n,
             const struct ctl_options *opts, struct ovsdb_idl *idl,
             int64_t *cfg_seqp)
{
    bool sync = has_command(commands, n, "sync");
    bool wait = opts->wait_for == WAIT_AGENTS && !opts->dry_run;
    bool write = ctl_might_write_to_db(commands, n) || (sync && wait);
    struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(idl);
    struct ovsdb_symbol_table *symtab = ovsdb_symbol_table_create();
    enum ovsdb_idl_txn_status status = TXN_TRY_AGAIN;
    struct ctl_context ctx;

    the_idl_txn = txn;
    ctl_failover_begin();
    if (opts->dry_run) {
        ovsdb_idl_txn_set_dry_run(txn);
    }
    ovsdb_idl_txn_add_comment(txn, "ovs-l3ha-ctl: %s", args);

    if (write) {
        const struct l3harec_global *global = l3harec_global_first(idl);
        if (!global) {
            global = l3harec_global_insert(txn);
        }
        if (wait) {
            /* Forced by "sync", otherwise only if something changes. */
            ovsdb_idl_txn_increment(txn, &global->header_,
                                    &l3harec_global_col_cfg_seq, sync);
        }
    }

    for (struct ctl_command *c = commands; c < &commands[n]; c++) {
        ds_init(&c->output);
        c->table = NULL;
    }
    ctl_context_init(&ctx, NULL, idl, txn, symtab, NULL);
    for (struct ctl_command *c = commands; c < &commands[n]; c++) {
        ctl_context_init_command(&ctx, c, c == &commands[n - 1]);
        if (c->syntax->run) {
            c->syntax->run(&ctx);
        }
        if (ctx.error) {
            ctl_fatal("%s", ctx.error);
        }
        ctl_context_done_command(&ctx, c);
        if (ctx.try_again) {
            break;
        }
    }
    bool try_again = ctx.try_again;
    ctl_context_done(&ctx, NULL);

    if (!try_again) {
        check_symbols(symtab);
        status = ovsdb_idl_txn_commit_block(txn);
    }
    if (status == TXN_UNCHANGED || status == TXN_SUCCESS) {
        for (struct ctl_command *c = commands; c < &commands[n]; c++) {
            if (c->syntax->postprocess) {
                ctl_context_init(&ctx, c, idl, txn, symtab, NULL);
                c->syntax->postprocess(&ctx);
                if (ctx.error) {
                    ctl_fatal("%s", ctx.error);
                }
                ctl_context_done(&ctx, c);
            }
            print_output(c, opts);
        }
        fflush(stdout);
        if (write && wait && status == TXN_SUCCESS) {
            *cfg_seqp = ovsdb_idl_txn_get_increment_new_value(txn);
        }
    } else if (status != TXN_TRY_AGAIN) {
        ctl_fatal("transaction %s: %s",
                  ovsdb_idl_txn_status_to_string(status),
                  ovsdb_idl_txn_get_error(txn));
    }

    for (struct ctl_command *c = commands; c < &commands[n]; c++) {
        free_output(c);
    }
    ovsdb_symbol_table_destroy(symtab);
    if (status == TXN_TRY_AGAIN) {
        ovsdb_idl_txn_abort(txn);
    }
    ovsdb_idl_txn_destroy(txn);
    the_idl_txn = NULL;
    return status != TXN_TRY_AGAIN;
}

/* Waits until what was asked of agents has come to its end, if there is no
 * limit until nothing has moved for FAILOVER_TIMEOUT: agents move one copy
 * after the other.  Returns false if it is not as asked. */
static bool
wait_for_failover(struct ovsdb_idl *idl, const struct ctl_options *opts,
                  long long int deadline)
{
    bool unlimited = deadline == LLONG_MAX;
    struct ctl_options limited = *opts;
    size_t left = SIZE_MAX;
    char *pending;

    if (unlimited) {
        limited.timeout = FAILOVER_TIMEOUT;
    }
    ovsdb_idl_enable_reconnect(idl);
    for (;;) {
        ovsdb_idl_run(idl);
        pending = ctl_failover_pending(idl);
        if (!pending) {
            return ctl_failover_report(idl, format_of(opts));
        }
        if (unlimited && ctl_failover_left(idl) < left) {
            left = ctl_failover_left(idl);
            deadline = time_msec() + FAILOVER_TIMEOUT * 1000LL;
        }
        check_deadline(&limited, deadline, pending);
        free(pending);
        ovsdb_idl_wait(idl);
        poll_timer_wait(1000);  /* An agent may be taken for dead. */
        poll_block();
    }
}

/* Prints events until 'deadline' or a signal; the database may come and
 * go. */
static void
follow_events(struct ovsdb_idl *idl, const struct ctl_options *opts,
              long long int deadline)
{
    struct table_style style = opts->style;
    unsigned int seqno = ovsdb_idl_get_seqno(idl) - 1;

    ovsdb_idl_enable_reconnect(idl);
    while (time_msec() < deadline) {
        ovsdb_idl_run(idl);
        if (seqno != ovsdb_idl_get_seqno(idl)) {
            seqno = ovsdb_idl_get_seqno(idl);
            ctl_events_print(idl, opts->have_format ? &style : NULL);
            style.headings = false;
        }
        ovsdb_idl_wait(idl);
        if (deadline != LLONG_MAX) {
            poll_timer_wait_until(deadline);
        }
        poll_block();
    }
}

/* Waits until each live agent has realised 'cfg_seq'.  An agent that dies
 * meanwhile is not waited for any more: it realises nothing. */
static void
wait_for_agents(struct ovsdb_idl *idl, int64_t cfg_seq,
                const struct ctl_options *opts, long long int deadline)
{
    struct svec dead = SVEC_EMPTY_INITIALIZER;

    /* The database may be restarted while we wait. */
    ovsdb_idl_enable_reconnect(idl);
    for (;;) {
        struct svec behind = SVEC_EMPTY_INITIALIZER;
        const struct l3harec_agent *agent;

        ovsdb_idl_run(idl);
        svec_clear(&dead);
        L3HAREC_AGENT_FOR_EACH (agent, idl) {
            if (agent->cfg_seq < cfg_seq) {
                svec_add(ctl_agent_is_alive(idl, agent) ? &behind : &dead,
                         agent->host);
            }
        }
        if (svec_is_empty(&behind)) {
            svec_destroy(&behind);
            break;
        }

        svec_sort(&behind);
        char *names = svec_join(&behind, ", ", "");
        char *what = xasprintf("agent%s on %s", behind.n > 1 ? "s" : "",
                               names);
        check_deadline(opts, deadline, what);
        free(what);
        free(names);
        svec_destroy(&behind);

        ovsdb_idl_wait(idl);
        poll_timer_wait(1000);  /* An agent may be taken for dead. */
        poll_block();
    }

    if (!svec_is_empty(&dead)) {
        svec_sort(&dead);
        char *names = svec_join(&dead, ", ", "");
        ovs_error(0, "not waited for, because dead: %s", names);
        free(names);
    }
    svec_destroy(&dead);
}
