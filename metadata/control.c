/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "metadata/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metadata/instances.h"
#include "metadata/link.h"
#include "metadata/proxy.h"
#include "metadata/settings.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "svec.h"
#include "util.h"
#include "uuid.h"

VLOG_DEFINE_THIS_MODULE(control);

/* What the agent says to ovs-l3ha-metadata, see link.h.
 *
 * Owns the socket on which an agent connects, and the connection.  In:
 * messages.  Out: calls of the table of instances and of the proxy.
 *
 * An agent that goes away leaves everything as it is: the next one is told
 * what there is, and tells what is to be different.  A second connection takes
 * the place of the first, whose agent is dead even if that was not seen. */

/* Messages in one iteration of the main loop: guests are waiting. */
#define MAX_MESSAGES 256

struct md_control {
    int listen_fd;
    int fd;                     /* To the agent, -1 if there is none. */
    struct svec hello;          /* Messages that are still to be sent, the
                                 * next one last. */
    bool greeted;               /* "ready" was said. */

    struct md_instances *instances;
    struct md_proxy *proxy;
    struct md_settings *settings;
};

/* Waits for an agent at 'path'.  Ends the program if that cannot be. */
struct md_control *
md_control_create(const char *path, struct md_instances *instances,
                  struct md_proxy *proxy, struct md_settings *settings)
{
    struct md_control *control = xzalloc(sizeof *control);
    int error = md_link_listen(path, &control->listen_fd);

    if (error) {
        ovs_fatal(error, "%s: cannot listen", path);
    }
    control->fd = -1;
    svec_init(&control->hello);
    control->instances = instances;
    control->proxy = proxy;
    control->settings = settings;
    return control;
}

static void
disconnect(struct md_control *control)
{
    if (control->fd >= 0) {
        close(control->fd);
        control->fd = -1;
    }
    svec_clear(&control->hello);
    control->greeted = false;
}

/* Frees 'control', which may be NULL. */
void
md_control_destroy(struct md_control *control)
{
    if (control) {
        disconnect(control);
        close(control->listen_fd);
        svec_destroy(&control->hello);
        free(control);
    }
}

static void
add_hello(const char *name, const char *identity, void *hello_)
{
    struct json *json = json_object_create();
    struct svec *hello = hello_;

    json_object_put_string(json, "op", "service");
    json_object_put_string(json, "name", name);
    json_object_put_string(json, "identity", identity);
    svec_add_nocopy(hello, json_to_string(json, 0));
    json_destroy(json);
}

static void
take_connection(struct md_control *control)
{
    int fd = accept4(control->listen_fd, NULL, NULL,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        return;
    }
    disconnect(control);
    control->fd = fd;
    svec_add(&control->hello, "{\"op\":\"ready\"}");
    md_proxy_for_each(control->proxy, add_hello, &control->hello);
    md_instances_begin(control->instances);
    VLOG_INFO("agent connected");
}

/* Says what there is.  Returns 0 or a positive errno value. */
static int
send_hello(struct md_control *control)
{
    while (!control->greeted) {
        struct json *json = json_from_string(control->hello.names[
                                                 control->hello.n - 1]);
        int error = md_link_send(control->fd, json, NULL, 0);

        json_destroy(json);
        if (error) {
            return error;
        }
        free(control->hello.names[--control->hello.n]);
        control->greeted = !control->hello.n;
    }
    return 0;
}

static const char *
get_str(const struct json *json, const char *name)
{
    const struct json *member = shash_find_data(json_object(json), name);

    return member && member->type == JSON_STRING ? json_string(member) : "";
}

static size_t
get_array(const struct json *json, const char *name,
          const struct json *const **elems)
{
    const struct json *member = shash_find_data(json_object(json), name);

    if (!member || member->type != JSON_ARRAY) {
        return 0;
    }
    *elems = CONST_CAST(const struct json *const *, member->array.elems);
    return member->array.n;
}

static void
set_networks(struct md_control *control, const struct json *json)
{
    const struct json *const *elems = NULL;
    size_t n = get_array(json, "networks", &elems);
    struct uuid *networks = xcalloc(n, sizeof *networks);
    size_t n_networks = 0;

    for (size_t i = 0; i < n; i++) {
        n_networks += (elems[i]->type == JSON_STRING
                       && uuid_from_string(&networks[n_networks],
                                           json_string(elems[i])));
    }
    md_proxy_set_networks(control->proxy, get_str(json, "name"), networks,
                          n_networks);
    free(networks);
}

static void
set_port(struct md_control *control, const struct json *json)
{
    const struct json *const *elems = NULL;
    size_t n = get_array(json, "addresses", &elems);
    struct md_port port = {
        .addrs = xcalloc(n, sizeof *port.addrs),
        .instance = CONST_CAST(char *, get_str(json, "instance")),
        .project = CONST_CAST(char *, get_str(json, "project")),
    };

    for (size_t i = 0; i < n; i++) {
        port.n_addrs += (elems[i]->type == JSON_STRING
                         && ipv6_parse(json_string(elems[i]),
                                       &port.addrs[port.n_addrs]));
    }
    if (uuid_from_string(&port.uuid, get_str(json, "port"))
        && uuid_from_string(&port.network, get_str(json, "network"))) {
        md_instances_set(control->instances, &port);
    }
    free(port.addrs);
}

/* Does what the agent says.  Returns false, and leaves 'fds' to the caller, if
 * the message makes no sense. */
static bool
handle(struct md_control *control, const struct json *json, const int *fds,
       size_t n_fds)
{
    const char *op = get_str(json, "op");
    const char *name = get_str(json, "name");

    if (!strcmp(op, "listen") && n_fds) {
        md_proxy_listen(control->proxy, name, get_str(json, "identity"), fds,
                        n_fds);
        set_networks(control, json);
        return true;
    } else if (n_fds) {
        return false;
    } else if (!strcmp(op, "networks")) {
        set_networks(control, json);
    } else if (!strcmp(op, "close")) {
        md_proxy_close(control->proxy, name);
    } else if (!strcmp(op, "port")) {
        set_port(control, json);
    } else if (!strcmp(op, "gone")) {
        struct uuid port;

        if (uuid_from_string(&port, get_str(json, "port"))) {
            md_instances_remove(control->instances, &port);
        }
    } else if (!strcmp(op, "synced")) {
        md_instances_end(control->instances);
    } else if (!strcmp(op, "config")) {
        md_settings_from_json(control->settings, json);
    } else {
        return false;
    }
    return true;
}

/* Takes what the agent has sent.  Returns 0 or a positive errno value. */
static int
receive(struct md_control *control)
{
    for (int i = 0; i < MAX_MESSAGES; i++) {
        int fds[MD_LINK_MAX_FDS];
        struct json *json;
        size_t n_fds;
        int error = md_link_recv(control->fd, &json, fds, &n_fds);

        if (error) {
            return error;
        }
        if (!handle(control, json, fds, n_fds)) {
            for (size_t j = 0; j < n_fds; j++) {
                close(fds[j]);
            }
            error = EPROTO;
        }
        json_destroy(json);
        if (error) {
            return error;
        }
    }
    return 0;
}

/* Talks to the agent. */
void
md_control_run(struct md_control *control)
{
    int error = 0;

    take_connection(control);
    if (control->fd < 0) {
        return;
    }
    if (!control->greeted) {
        error = send_hello(control);
    }
    if (control->greeted) {
        error = receive(control);
    }
    if (error && error != EAGAIN) {
        if (error == EPIPE || error == ECONNRESET) {
            VLOG_INFO("agent disconnected");
        } else {
            VLOG_WARN("connection to the agent: %s", ovs_strerror(error));
        }
        disconnect(control);
    }
}

/* Arranges for the poll loop to wake up when md_control_run() has work. */
void
md_control_wait(struct md_control *control)
{
    poll_fd_wait(control->listen_fd, POLLIN);
    if (control->fd >= 0) {
        poll_fd_wait(control->fd, control->greeted ? POLLIN : POLLOUT);
    }
}

/* Appends a line for an operator to 's'. */
void
md_control_format(const struct md_control *control, struct ds *s)
{
    ds_put_format(s, "agent: %s\n",
                  control->fd >= 0 ? "connected" : "not connected");
}
