/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/metadata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/child.h"
#include "agent/metadata-socket.h"
#include "agent/settings.h"
#include "dirs.h"
#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "metadata/link.h"
#include "metadata/settings.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "sset.h"
#include "svec.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"
#include "uuid.h"
#include "uuidset.h"

VLOG_DEFINE_THIS_MODULE(metadata);

/* Role metadata: the agent's side of ovs-l3ha-metadata.
 *
 * Owns that process and the connection to it (metadata/link.h).  In: what the
 * modules of the roles l3 and dhcp want served, the replica's ports, options.
 * Out: listening sockets, opened in the namespaces, and the table by which
 * the process tells instances apart.
 *
 * What the process has is asked when the connection is made, so that neither
 * an agent nor a process that was started again disturbs the other: sockets
 * that are right stay, and those that are missing are opened.  Of ports
 * nothing is kept here: one that changed is noted by its UUID and sent as soon
 * as the socket takes it, however often it has changed until then.
 *
 * A service that nobody has spoken of since the agent started ends when the
 * modules have told all ('all_told'), not before.
 *
 * Limits: an instance is a port whose owner begins with "compute:". */

/* Between two attempts to connect or to open sockets, in ms. */
#define CONNECT_INTERVAL 100
#define LISTEN_INTERVAL 1000

struct service {
    /* Desired. */
    bool told;                  /* Its module has spoken since the start. */
    bool wanted;
    uint16_t port;
    char *dev;
    struct uuid *networks;
    size_t n_networks;

    /* Actual, as far as 'connected'. */
    char *served;               /* Identity of its sockets, NULL: none. */
    bool stale;                 /* Has to be compared and brought in line. */
    bool networks_sent;
    long long int retry_at;     /* Do nothing before. */
};

struct metadata {
    struct child_set *children;
    struct child *proxy;        /* NULL until the role was seen once. */
    char *path;                 /* Of its socket. */

    int fd;                     /* Connection, -1 if there is none. */
    bool connected;             /* It has said all that it has. */
    bool config_sent;
    bool ports_sent;            /* "synced" was said. */
    long long int connect_at;   /* Next attempt. */

    struct shash services;      /* Contains "struct service"s, by namespace. */
    size_t n_stale;             /* Services with 'stale'. */
    struct uuidset ports;       /* Ports to be sent. */
    bool role;                  /* In the last run. */
    bool all_told;              /* In the last run. */
    bool started;               /* The replica was complete once. */
};

static unixctl_cb_func metadata_unixctl_show;

/* Returns a module that serves nothing. */
struct metadata *
metadata_create(struct l3ha_metrics *metrics)
{
    struct metadata *md = xzalloc(sizeof *md);

    md->fd = -1;
    md->path = xasprintf("%s/ovs-l3ha-metadata.sock", ovs_rundir());
    md->children = child_set_create(metrics);
    shash_init(&md->services);
    uuidset_init(&md->ports);
    unixctl_command_register("metadata/show", "", 0, 0,
                             metadata_unixctl_show, md);
    return md;
}

static void
set_stale(struct metadata *md, struct service *s, bool stale)
{
    md->n_stale += stale - s->stale;
    s->stale = stale;
}

static void
forget_service(struct metadata *md, struct shash_node *node)
{
    struct service *s = node->data;

    set_stale(md, s, false);
    shash_delete(&md->services, node);
    free(s->served);
    free(s->dev);
    free(s->networks);
    free(s);
}

static struct service *
get_service(struct metadata *md, const char *netns)
{
    struct service *s = shash_find_data(&md->services, netns);

    if (!s) {
        s = xzalloc(sizeof *s);
        shash_add(&md->services, netns, s);
    }
    return s;
}

/* Frees 'md', which may be NULL.  The process goes on to serve. */
void
metadata_destroy(struct metadata *md)
{
    if (md) {
        struct shash_node *node;

        SHASH_FOR_EACH_SAFE (node, &md->services) {
            forget_service(md, node);
        }
        shash_destroy(&md->services);
        uuidset_destroy(&md->ports);
        if (md->fd >= 0) {
            close(md->fd);
        }
        child_destroy(md->proxy);
        child_set_destroy(md->children);
        free(md->path);
        free(md);
    }
}

/* Has 'want' served from now on, in the place of what was there. */
void
metadata_serve(struct metadata *md, const struct metadata_service *want)
{
    struct service *s = get_service(md, want->netns);
    size_t size = want->n_networks * sizeof *want->networks;

    if (s->wanted
        && s->n_networks == want->n_networks
        && !memcmp(s->networks, want->networks, size)
        && s->port == want->port
        && nullable_string_is_equal(s->dev, want->dev)) {
        return;
    }
    free(s->dev);
    free(s->networks);
    s->told = s->wanted = true;
    s->port = want->port;
    s->dev = nullable_xstrdup(want->dev);
    s->networks = xmemdup(want->networks, size);
    s->n_networks = want->n_networks;
    s->networks_sent = false;
    s->retry_at = 0;
    set_stale(md, s, true);
}

/* Ends what is served in 'netns'.  To be called before the namespace is
 * deleted, because a socket in it keeps it alive. */
void
metadata_withdraw(struct metadata *md, const char *netns)
{
    struct service *s = shash_find_data(&md->services, netns);

    if (s && (s->wanted || !s->told)) {
        s->told = true;
        s->wanted = false;
        s->retry_at = 0;
        set_stale(md, s, true);
    }
}

/* The process. */

static void
create_proxy(struct metadata *md, const struct l3ha_config *config)
{
    const char *user = l3ha_config_get_str(config, "DEFAULT",
                                           "metadata_proxy_user");
    const char *group = l3ha_config_get_str(config, "DEFAULT",
                                            "metadata_proxy_group");
    char *pidfile = xasprintf("%s/ovs-l3ha-metadata.run", ovs_rundir());
    struct svec argv = SVEC_EMPTY_INITIALIZER;

    svec_add(&argv, "ovs-l3ha-metadata");
    svec_add(&argv, "--pidfile");
    svec_add(&argv, "--log-file");
    svec_add(&argv, "-vconsole:off");
    if (user[0]) {
        svec_add_nocopy(&argv, xasprintf("--run-as=%s%s%s", user,
                                         group[0] ? ":" : "", group));
    }
    svec_add(&argv, md->path);

    struct child_args args = {
        .name = "ovs-l3ha-metadata",
        .argv = &argv,
        .pidfile = pidfile,
        .key = md->path,
        .aux = md,
    };
    md->proxy = child_create(md->children, &args);
    child_adopt(md->proxy);
    svec_destroy(&argv);
    free(pidfile);
}

/* Starts or stops the process. */
static void
run_proxy(struct metadata *md, const struct l3ha_config *config)
{
    if (!md->proxy) {
        create_proxy(md, config);
    }
    child_set_run(md->children);
    while (child_set_next(md->children)) {
        continue;
    }
    if (md->role) {
        child_start(md->proxy);
    } else {
        child_stop(md->proxy);
    }
}

/* The connection. */

/* Takes over 'identity', which may be NULL. */
static void
set_served(struct service *s, char *identity)
{
    free(s->served);
    s->served = identity;
}

static void
disconnect(struct metadata *md)
{
    struct shash_node *node;

    if (md->fd >= 0) {
        close(md->fd);
        md->fd = -1;
    }
    md->connected = md->config_sent = md->ports_sent = false;
    md->connect_at = time_msec() + CONNECT_INTERVAL;
    uuidset_clear(&md->ports);
    SHASH_FOR_EACH_SAFE (node, &md->services) {
        struct service *s = node->data;

        set_served(s, NULL);
        s->networks_sent = false;
        if (!s->wanted) {
            forget_service(md, node);
        } else {
            set_stale(md, s, true);
        }
    }
}

static bool
is_instance(const struct l3harec_port *port)
{
    return (port->network && port->device_id[0]
            && !strncmp(port->device_owner, "compute:", 8));
}

/* The process has said all that it has: it is to be told everything. */
static void
greeted(struct metadata *md, const struct agent_ctx *ctx)
{
    const struct l3harec_port *port;
    struct shash_node *node;

    md->connected = true;
    SHASH_FOR_EACH (node, &md->services) {
        set_stale(md, node->data, true);
    }
    L3HAREC_PORT_FOR_EACH (port, ctx->l3ha_idl) {
        if (is_instance(port)) {
            uuidset_insert(&md->ports, &port->header_.uuid);
        }
    }
}

/* Takes what the process has said.  Returns 0 or a positive errno value. */
static int
receive(struct metadata *md, const struct agent_ctx *ctx)
{
    for (;;) {
        int fds[MD_LINK_MAX_FDS];
        const struct json *op, *name, *identity;
        struct json *json;
        size_t n_fds;
        int error;

        error = md_link_recv(md->fd, &json, fds, &n_fds);
        if (error) {
            return error == EAGAIN ? 0 : error;
        }
        op = shash_find_data(json_object(json), "op");
        name = shash_find_data(json_object(json), "name");
        identity = shash_find_data(json_object(json), "identity");
        if (name && name->type == JSON_STRING
            && identity && identity->type == JSON_STRING) {
            set_served(get_service(md, json_string(name)),
                       xstrdup(json_string(identity)));
        } else if (op && op->type == JSON_STRING
                   && !strcmp(json_string(op), "ready")) {
            greeted(md, ctx);
        }
        json_destroy(json);
    }
}

static struct json *
make_message(const char *op, const char *key, const char *value)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "op", op);
    if (key) {
        json_object_put_string(json, key, value);
    }
    return json;
}

/* Sends and destroys 'json'.  Returns 0 or a positive errno value. */
static int
send_message(struct metadata *md, struct json *json, const int *fds,
             size_t n_fds)
{
    int error = md_link_send(md->fd, json, fds, n_fds);

    json_destroy(json);
    return error;
}

static struct json *
networks_to_json(const struct service *s)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < s->n_networks; i++) {
        json_array_add(array, json_string_create_nocopy(
                           xasprintf(UUID_FMT,
                                     UUID_ARGS(&s->networks[i]))));
    }
    return array;
}

/* Opens the sockets of 's', which have this identity, and hands them over. */
static int
send_listen(struct metadata *md, const char *netns, struct service *s,
            const char *identity)
{
    struct metadata_sockets sockets;
    struct json *json;
    int error;

    error = metadata_sockets_open(netns, s->port, s->dev, &sockets);
    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

        VLOG_WARN_RL(&rl, "%s: cannot listen for requests of instances: %s "
                     "(trying again)", netns, ovs_strerror(error));
        s->retry_at = time_msec() + LISTEN_INTERVAL;
        return 0;
    }
    json = make_message("listen", "name", netns);
    json_object_put_string(json, "identity", identity);
    json_object_put(json, "networks", networks_to_json(s));
    error = send_message(md, json, sockets.fds, sockets.n_fds);
    if (!error) {
        set_served(s, xstrdup(identity));
        s->networks_sent = true;
    }
    metadata_sockets_close(&sockets);
    return error;
}

/* Brings the process in line with 's'.  Returns 0 or a positive errno
 * value. */
static int
run_service(struct metadata *md, const char *netns, struct service *s)
{
    char *identity = metadata_sockets_identity(netns, s->port, s->dev);
    int error = 0;

    if (!s->wanted) {
        if (s->served) {
            error = send_message(md, make_message("close", "name", netns),
                                 NULL, 0);
        }
    } else if (!s->served || strcmp(s->served, identity)) {
        error = send_listen(md, netns, s, identity);
    } else if (!s->networks_sent) {
        struct json *json = make_message("networks", "name", netns);

        json_object_put(json, "networks", networks_to_json(s));
        error = send_message(md, json, NULL, 0);
        s->networks_sent = !error;
    }
    free(identity);
    return error;
}

static int
run_services(struct metadata *md)
{
    struct shash_node *node;

    if (!md->n_stale) {
        return 0;
    }
    SHASH_FOR_EACH_SAFE (node, &md->services) {
        struct service *s = node->data;
        int error;

        if (!s->stale || (!s->told && !md->all_told)
            || time_msec() < s->retry_at) {
            continue;
        }
        s->retry_at = 0;
        error = run_service(md, node->name, s);
        if (error) {
            return error;
        }
        set_stale(md, s, s->retry_at);
        if (!s->wanted) {
            forget_service(md, node);
        }
    }
    return 0;
}

static struct json *
port_to_json(const struct l3harec_port *port)
{
    struct json *addrs = json_array_create_empty();
    char *uuid = xasprintf(UUID_FMT, UUID_ARGS(&port->header_.uuid));
    struct json *json = make_message("port", "port", uuid);
    struct eth_addr mac;

    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        const char *addr = port->fixed_ips[i]->address;

        json_array_add(addrs, json_string_create_nocopy(
                           xasprintf("%s%s", strchr(addr, ':') ? ""
                                     : "::ffff:", addr)));
    }
    if (eth_addr_from_string(port->mac, &mac)) {
        struct ds s = DS_EMPTY_INITIALIZER;
        struct in6_addr lla;

        in6_generate_lla(mac, &lla);
        ipv6_format_addr(&lla, &s);
        json_array_add(addrs, json_string_create_nocopy(ds_steal_cstr(&s)));
    }
    json_object_put(json, "addresses", addrs);
    json_object_put(
        json, "network",
        json_string_create_nocopy(
            xasprintf(UUID_FMT, UUID_ARGS(&port->network->header_.uuid))));
    json_object_put_string(json, "instance", port->device_id);
    json_object_put_string(json, "project", port->project_id);
    free(uuid);
    return json;
}

/* Tells of ports.  Returns 0 or a positive errno value. */
static int
run_ports(struct metadata *md, const struct agent_ctx *ctx)
{
    struct uuidset_node *node;

    UUIDSET_FOR_EACH_SAFE (node, &md->ports) {
        const struct l3harec_port *port
            = l3harec_port_get_for_uuid(ctx->l3ha_idl, &node->uuid);
        struct json *json;
        int error;

        if (port && is_instance(port)) {
            json = port_to_json(port);
        } else {
            char *uuid = xasprintf(UUID_FMT, UUID_ARGS(&node->uuid));

            json = make_message("gone", "port", uuid);
            free(uuid);
        }
        error = send_message(md, json, NULL, 0);
        if (error) {
            return error;
        }
        uuidset_delete(&md->ports, node);
    }
    if (!md->ports_sent) {
        int error = send_message(md, make_message("synced", NULL, NULL),
                                 NULL, 0);

        if (error) {
            return error;
        }
        md->ports_sent = true;
    }
    return 0;
}

/* Tells the process what it does not know. */
static int
run_messages(struct metadata *md, const struct agent_ctx *ctx)
{
    int error = 0;

    if (!md->config_sent) {
        error = send_message(md, md_settings_to_json(ctx->config), NULL, 0);
        md->config_sent = !error;
    }
    /* Who an address belongs to has to be known before anybody can ask. */
    if (!error) {
        error = run_ports(md, ctx);
    }
    return error ? error : run_services(md);
}

static void
run_connection(struct metadata *md, const struct agent_ctx *ctx)
{
    int error = 0;

    if (!child_is_running(md->proxy)) {
        if (md->fd >= 0) {
            disconnect(md);
        }
        return;
    }
    if (md->fd < 0) {
        if (time_msec() < md->connect_at
            || md_link_connect(md->path, &md->fd)) {
            md->connect_at = MAX(md->connect_at,
                                 time_msec() + CONNECT_INTERVAL);
            return;
        }
    }
    error = receive(md, ctx);
    if (!error && md->connected) {
        error = run_messages(md, ctx);
    }
    if (error && error != EAGAIN) {
        if (error != EPIPE && error != ECONNRESET) {
            VLOG_WARN("%s: %s", md->path, ovs_strerror(error));
        }
        disconnect(md);
    }
}

/* Brings ovs-l3ha-metadata in line with what is to be served.  'all_told' says
 * that every service was told by metadata_serve() that is to be. */
void
metadata_run(struct metadata *md, const struct agent_ctx *ctx, bool all_told)
{
    md->role = sset_contains(&ctx->settings->roles, "metadata");
    md->all_told = all_told;
    md->started |= ctx->l3ha_ready;
    if (md->role && !md->started) {
        /* Nothing is known yet: keep what is served. */
        return;
    }
    if (md->connected && ctx->l3ha_ready) {
        const struct l3harec_port *port;

        L3HAREC_PORT_FOR_EACH_TRACKED (port, ctx->l3ha_idl) {
            uuidset_insert(&md->ports, &port->header_.uuid);
        }
    }
    run_proxy(md, ctx->config);
    run_connection(md, ctx);
}

/* Arranges for the poll loop to wake up when metadata_run() has work. */
void
metadata_wait(struct metadata *md)
{
    child_set_wait(md->children);
    if (md->fd >= 0) {
        bool to_send = (md->connected
                        && (!md->ports_sent || !uuidset_is_empty(&md->ports)));

        poll_fd_wait(md->fd, POLLIN | (to_send ? POLLOUT : 0));
        if (md->connected && md->n_stale) {
            const struct shash_node *node;

            SHASH_FOR_EACH (node, &md->services) {
                const struct service *s = node->data;

                if (s->retry_at) {
                    poll_timer_wait_until(s->retry_at);
                } else if (s->stale && (s->told || md->all_told)) {
                    poll_fd_wait(md->fd, POLLOUT);
                }
            }
        }
    } else if (md->proxy && child_is_running(md->proxy)) {
        poll_timer_wait_until(md->connect_at);
    }
}

/* Returns true if everything that is to be served is. */
bool
metadata_is_synced(const struct metadata *md)
{
    return (!md->role || (md->connected && md->ports_sent && !md->n_stale
                          && uuidset_is_empty(&md->ports)));
}

static void
metadata_unixctl_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
                      const char *argv[] OVS_UNUSED, void *md_)
{
    const struct metadata *md = md_;
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct shash_node **nodes = shash_sort(&md->services);

    ds_put_format(&s, "ovs-l3ha-metadata: pid %ld, %s\n",
                  md->proxy ? (long int) child_pid(md->proxy) : 0,
                  md->connected ? "connected" : "not connected");
    ds_put_format(&s, "ports to be sent: %"PRIuSIZE"\n",
                  uuidset_count(&md->ports));
    for (size_t i = 0; i < shash_count(&md->services); i++) {
        const struct service *service = nodes[i]->data;

        ds_put_format(&s, "%s: %s, port %d, %"PRIuSIZE" networks%s\n",
                      nodes[i]->name,
                      service->served ? "served" : "not served",
                      service->port, service->n_networks,
                      service->stale ? " (not settled)" : "");
    }
    free(nodes);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}
