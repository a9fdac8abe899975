/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Orphans: what agents have left on this node and the database knows nothing
 * of.  "check" tells of them, "cleanup" removes them.
 *
 * A running agent removes by itself what its routers and networks had when
 * they go away.  An orphan is what it did not find: because it was not running
 * when the row went away and is not to come back, or because somebody has put
 * it there.
 *
 * Owns: the list of what is on this node ("traces"), which is made before the
 * database is read.  So what an agent makes meanwhile, for a row that is new,
 * is never taken for an orphan.
 *
 * Only a node where Open vSwitch answers is looked at; elsewhere there are no
 * agents.  What counts as a trace is told by names, as everywhere: namespaces
 * "qrouter-ID" and "qdhcp-ID", ports with external_ids:l3ha-owner=l3, helpers
 * of agents with the path of a file of a router or network in their command
 * line. */

#include <config.h>
#include "utilities/ctl-orphans.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db-ctl-base.h"
#include "dirs.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "table.h"
#include "timeval.h"
#include "util.h"
#include "utilities/ctl-rows.h"
#include "uuid.h"
#include "vswitch-idl.h"

/* How long Open vSwitch may take to say what ports there are, and a process to
 * end before it is killed, in ms. */
#define OVS_TIMEOUT 5000
#define END_TIMEOUT 5000

/* Something that belongs to the router, network or port with this id. */
struct trace {
    enum ctl_orphan_type type;
    struct uuid id;
    char *name;                 /* Of the port, namespace or program. */
    long int pid;
};

/* What is on this node. */
static struct {
    bool scanned;
    char *host;                 /* NULL if this is no node. */
    struct trace *traces;
    size_t n, allocated;
} node;

/* What "cleanup" is to remove. */
static struct ctl_orphans to_remove;
static bool asked;

static void
add_trace(enum ctl_orphan_type type, const struct uuid *id, const char *name,
          long int pid)
{
    if (node.n >= node.allocated) {
        node.traces = x2nrealloc(node.traces, &node.allocated,
                                 sizeof *node.traces);
    }
    node.traces[node.n++] = (struct trace) {
        .type = type,
        .id = *id,
        .name = xstrdup(name),
        .pid = pid,
    };
}

/* Connects to the database of Open vSwitch on this host.  Returns NULL if
 * there is none. */
static struct ovsdb_idl *
open_switch(void)
{
    char *remote = xasprintf("unix:%s/db.sock", ovs_rundir());
    struct ovsdb_idl *idl = ovsdb_idl_create_unconnected(&ovsrec_idl_class,
                                                         false);
    long long int deadline = time_msec() + OVS_TIMEOUT;

    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_external_ids);
    ovsdb_idl_add_column(idl, &ovsrec_port_col_name);
    ovsdb_idl_add_column(idl, &ovsrec_port_col_external_ids);
    ovsdb_idl_add_column(idl, &ovsrec_port_col_interfaces);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_external_ids);
    ovsdb_idl_set_remote(idl, remote, false);
    free(remote);
    while (!ovsdb_idl_has_ever_connected(idl)) {
        ovsdb_idl_run(idl);
        if (!ovsdb_idl_is_alive(idl) || time_msec() >= deadline) {
            ovsdb_idl_destroy(idl);
            return NULL;
        }
        ovsdb_idl_wait(idl);
        poll_timer_wait_until(deadline);
        poll_block();
    }
    return idl;
}

/* Sets 'node.host' to the name by which the agent of this node goes in the
 * database; "--host" is for one that has another name from its configuration
 * file. */
static void
find_host(const struct ovsdb_idl *idl, const char *host)
{
    const struct ovsrec_open_vswitch *cfg = ovsrec_open_vswitch_first(idl);
    char buf[256] = "";

    if (!host && cfg) {
        host = smap_get(&cfg->external_ids, "l3ha-host");
        host = host ? host : smap_get(&cfg->external_ids, "hostname");
    }
    if (!host && !gethostname(buf, sizeof buf - 1)) {
        host = buf;
    }
    node.host = xstrdup(host ? host : "");
}

static void
scan_ports(const struct ovsdb_idl *idl)
{
    const struct ovsrec_port *port;

    OVSREC_PORT_FOR_EACH (port, idl) {
        const char *owner = smap_get(&port->external_ids, "l3ha-owner");
        const char *id = (port->n_interfaces
                          ? smap_get(&port->interfaces[0]->external_ids,
                                     "iface-id")
                          : NULL);
        struct uuid uuid;

        if (owner && !strcmp(owner, "l3")
            && uuid_from_string(&uuid, id ? id : "")) {
            add_trace(CTL_ORPHAN_PORT, &uuid, port->name, 0);
        }
    }
}

static void
scan_netns(void)
{
    static const char *const prefixes[] = { "qrouter-", "qdhcp-" };
    const struct dirent *de;
    DIR *dir = opendir("/run/netns");

    while (dir && (de = readdir(dir)) != NULL) {
        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
            size_t len = strlen(prefixes[i]);
            struct uuid uuid;

            if (!strncmp(de->d_name, prefixes[i], len)
                && uuid_from_string(&uuid, de->d_name + len)) {
                add_trace(CTL_ORPHAN_NETNS, &uuid, de->d_name, 0);
            }
        }
    }
    if (dir) {
        closedir(dir);
    }
}

/* Reads /proc/PID/FILE into 'buf'; null bytes become spaces. */
static bool
read_proc(long int pid, const char *file, char *buf, size_t size)
{
    char *path = xasprintf("/proc/%ld/%s", pid, file);
    FILE *stream = fopen(path, "r");
    size_t n = stream ? fread(buf, 1, size - 1, stream) : 0;

    for (size_t i = 0; i < n; i++) {
        if (!buf[i]) {
            buf[i] = ' ';
        }
    }
    buf[n] = '\0';
    if (stream) {
        fclose(stream);
    }
    free(path);
    return n > 0;
}

/* True if 'comm', with its new line, is a program that agents start once for
 * each router or network. */
static bool
is_helper(char *comm)
{
    static const char *const helpers[] = {
        "keepalived", "conntrackd", "radvd", "dnsmasq",
    };

    comm[strcspn(comm, "\n")] = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
        if (!strcmp(comm, helpers[i])) {
            return true;
        }
    }
    return false;
}

/* If process 'pid' is a helper of an agent, stores its name in 'comm' and what
 * it serves in '*id'. */
static bool
identify_process(long int pid, char *comm, size_t comm_size, struct uuid *id)
{
    const char *state = getenv("OVS_L3HA_STATEDIR");
    char *statedir = xasprintf("%s/", state ? state : "/var/lib/ovs-l3ha");
    char cmdline[4096];
    bool found = false;

    if (read_proc(pid, "comm", comm, comm_size) && is_helper(comm)
        && read_proc(pid, "cmdline", cmdline, sizeof cmdline)) {
        for (char *s = strstr(cmdline, statedir); s && *s && !found; s++) {
            found = s[0] == '/' && uuid_from_string_prefix(id, s + 1);
        }
    }
    free(statedir);
    return found;
}

static void
scan_processes(void)
{
    const struct dirent *de;
    DIR *dir = opendir("/proc");

    while (dir && (de = readdir(dir)) != NULL) {
        struct uuid id;
        char comm[64];
        char *end;
        long int pid = strtol(de->d_name, &end, 10);

        if (pid > 0 && !*end
            && identify_process(pid, comm, sizeof comm, &id)) {
            add_trace(CTL_ORPHAN_PROCESS, &id, comm, pid);
        }
    }
    if (dir) {
        closedir(dir);
    }
}

/* Looks at what is on this node, which is called 'host' if that is not
 * NULL. */
static void
scan_node(const char *host)
{
    struct ovsdb_idl *idl;

    if (node.scanned) {
        return;
    }
    node.scanned = true;
    idl = open_switch();
    if (idl) {
        find_host(idl, host);
        scan_ports(idl);
        scan_netns();
        scan_processes();
        ovsdb_idl_destroy(idl);
    }
}

/* Has 'idl' monitor what ctl_orphans_find() reads, and looks at this node.
 * 'host' is its name in the database, NULL to find out. */
void
ctl_orphans_prereqs(struct ovsdb_idl *idl, const char *host)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &l3harec_agent_col_host,
        &l3harec_router_col_name,
        &l3harec_network_col_name,
        &l3harec_router_instance_col_router,
        &l3harec_router_instance_col_host,
        &l3harec_dhcp_instance_col_network,
        &l3harec_dhcp_instance_col_host,
        &l3harec_port_col_hosts,
    };

    scan_node(host);
    ctl_add_columns(idl, columns, ARRAY_SIZE(columns));
}

/* True if a copy of the router, or a DHCP server of the network, with this
 * 'id' is to be on this node. */
static bool
is_wanted(struct ovsdb_idl *idl, const struct uuid *id)
{
    const struct l3harec_router_instance *copy;
    const struct l3harec_dhcp_instance *dhcp;

    L3HAREC_ROUTER_INSTANCE_FOR_EACH (copy, idl) {
        if (copy->router && uuid_equals(&copy->router->header_.uuid, id)
            && !strcmp(copy->host, node.host)) {
            return true;
        }
    }
    L3HAREC_DHCP_INSTANCE_FOR_EACH (dhcp, idl) {
        if (dhcp->network && uuid_equals(&dhcp->network->header_.uuid, id)
            && !strcmp(dhcp->host, node.host)) {
            return true;
        }
    }
    return false;
}

/* True if port 'id' is to be on this node. */
static bool
port_is_wanted(struct ovsdb_idl *idl, const struct uuid *id)
{
    const struct l3harec_port *port = l3harec_port_get_for_uuid(idl, id);

    for (size_t i = 0; port && i < port->n_hosts; i++) {
        if (!strcmp(port->hosts[i], node.host)) {
            return true;
        }
    }
    return false;
}

static void
add_orphan(struct ctl_orphans *orphans, const struct trace *t)
{
    struct ctl_orphan *o;

    if (orphans->n >= orphans->allocated) {
        orphans->orphans = x2nrealloc(orphans->orphans, &orphans->allocated,
                                      sizeof *orphans->orphans);
    }
    o = &orphans->orphans[orphans->n++];
    *o = (struct ctl_orphan) {
        .type = t->type,
        .name = xstrdup(t->name),
        .id = t->id,
        .pid = t->pid,
    };
    switch (t->type) {
    case CTL_ORPHAN_PROCESS:
        o->object = xasprintf("process %ld (%s)", t->pid, t->name);
        o->details = xasprintf("serves "UUID_FMT", which is not to be on %s",
                               UUID_ARGS(&t->id), node.host);
        break;
    case CTL_ORPHAN_PORT:
        o->object = xasprintf("switch port %s", t->name);
        o->details = xasprintf("is port "UUID_FMT", which is not to be on %s",
                               UUID_ARGS(&t->id), node.host);
        break;
    case CTL_ORPHAN_NETNS:
        o->object = xasprintf("namespace %s", t->name);
        o->details = xasprintf("is not to be on %s", node.host);
        break;
    }
}

/* Processes first, because they use the others. */
static int
compare_orphans(const void *a_, const void *b_)
{
    const struct ctl_orphan *a = a_;
    const struct ctl_orphan *b = b_;

    return (a->type != b->type ? (a->type < b->type ? -1 : 1)
            : strcmp(a->object, b->object));
}

/* Initializes 'orphans' with what is on this node and not in 'idl', in the
 * order in which it is to be removed.  The caller must destroy it. */
void
ctl_orphans_find(struct ctl_orphans *orphans, struct ovsdb_idl *idl)
{
    *orphans = (struct ctl_orphans) { .n = 0 };
    for (size_t i = 0; i < node.n; i++) {
        const struct trace *t = &node.traces[i];

        if (t->type == CTL_ORPHAN_PORT
            ? !port_is_wanted(idl, &t->id) : !is_wanted(idl, &t->id)) {
            add_orphan(orphans, t);
        }
    }
    if (orphans->n) {
        qsort(orphans->orphans, orphans->n, sizeof *orphans->orphans,
              compare_orphans);
    }
}

/* Frees what ctl_orphans_find() has found. */
void
ctl_orphans_destroy(struct ctl_orphans *orphans)
{
    for (size_t i = 0; i < orphans->n; i++) {
        free(orphans->orphans[i].object);
        free(orphans->orphans[i].details);
        free(orphans->orphans[i].name);
    }
    free(orphans->orphans);
}

/* cleanup */

/* Runs a program that says itself what goes wrong. */
static bool
run(const char *const argv[])
{
    int status;
    pid_t pid = fork();

    if (!pid) {
        execvp(argv[0], CONST_CAST(char **, argv));
        ovs_error(errno, "%s", argv[0]);
        _exit(127);
    }
    return (pid > 0 && waitpid(pid, &status, 0) == pid
            && WIFEXITED(status) && !WEXITSTATUS(status));
}

/* Sends 'signal' to the process of 'pidfd' and waits for its end.  Returns
 * false if it does not end. */
static bool
signal_process(int pidfd, int signal)
{
    struct pollfd pfd = { .fd = pidfd, .events = POLLIN };

    if (pidfd_send_signal(pidfd, signal, NULL, 0)) {
        return errno == ESRCH;
    }
    return poll(&pfd, 1, END_TIMEOUT) > 0;
}

/* Ends the process of 'o', by force if it takes too long.  Since it was found
 * it may have ended, and its number may be that of another process by now;
 * what 'pidfd' refers to stays the same. */
static bool
end_process(const struct ctl_orphan *o)
{
    int pidfd = pidfd_open(o->pid, 0);
    struct uuid id;
    char comm[64];
    bool ended;

    if (pidfd < 0) {
        return errno == ESRCH;
    }
    ended = (!identify_process(o->pid, comm, sizeof comm, &id)
             || strcmp(comm, o->name) || !uuid_equals(&id, &o->id)
             || signal_process(pidfd, SIGTERM)
             || signal_process(pidfd, SIGKILL));
    close(pidfd);
    return ended;
}

static bool
remove_orphan(const struct ctl_orphan *o)
{
    switch (o->type) {
    case CTL_ORPHAN_PROCESS:
        return end_process(o);

    case CTL_ORPHAN_PORT: {
        const char *const argv[] = {
            "ovs-vsctl", "--timeout=10", "--if-exists", "del-port", o->name,
            NULL
        };
        return run(argv);
    }

    case CTL_ORPHAN_NETNS: {
        const char *const argv[] = { "ip", "netns", "delete", o->name, NULL };
        return run(argv);
    }
    }
    OVS_NOT_REACHED();
}

bool
ctl_cleanup_is_asked(void)
{
    return asked;
}

/* Removes the orphans, or says only which ones, and frees them; prints them as
 * a table if there is a 'style', else as lines.  Returns false if one is still
 * there. */
bool
ctl_cleanup_run(bool dry_run, const struct table_style *style)
{
    static const char *const headings[] = { "object", "details", "result" };
    struct table *t = ctl_new_table(headings, ARRAY_SIZE(headings));
    bool ok = true;

    for (size_t i = 0; i < to_remove.n; i++) {
        const struct ctl_orphan *o = &to_remove.orphans[i];
        bool removed = false;

        if (!style) {
            printf("%s %s\n", dry_run ? "would remove" : "removing",
                   o->object);
            fflush(stdout);
        }
        if (!dry_run) {
            removed = remove_orphan(o);
            if (!removed) {
                ovs_error(0, "%s is still there", o->object);
                ok = false;
            }
        }
        table_add_row(t);
        ctl_add_cell(t, xstrdup(o->object));
        ctl_add_cell(t, xstrdup(o->details));
        ctl_add_cell(t, xstrdup(removed ? "removed" : "still there"));
    }
    if (style) {
        table_print(t, style);
    }
    table_destroy(t);
    free(t);
    ctl_orphans_destroy(&to_remove);
    return ok;
}

static void
pre_cleanup(struct ctl_context *ctx)
{
    ctl_orphans_prereqs(ctx->idl, shash_find_data(&ctx->options, "--host"));
}

static void
cmd_cleanup(struct ctl_context *ctx)
{
    if (!node.host) {
        ctl_error(ctx, "no Open vSwitch answers on this host");
    } else if (!ctl_find_agent(ctx->idl, node.host)) {
        ctl_error(ctx, "the database knows no agent on host \"%s\"; "
                  "\"l3ha-ctl cleanup\" ends all routers of a node",
                  node.host);
    } else {
        if (asked) {
            ctl_orphans_destroy(&to_remove);
        }
        ctl_orphans_find(&to_remove, ctx->idl);
        asked = true;
    }
}

static const struct ctl_command_syntax commands[] = {
    { "cleanup", 0, 0, "", pre_cleanup, cmd_cleanup, NULL, "--host=", RO },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

/* Registers the command. */
void
ctl_orphans_init(void)
{
    ctl_register_commands(commands);
}
