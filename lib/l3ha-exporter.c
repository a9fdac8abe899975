/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Gives the metrics of a daemon to Prometheus.
 *
 * A listener of its own, apart from the API's, because it has other readers
 * and no authentication: it listens on the loopback address unless told
 * otherwise, and only GET and HEAD of /metrics have an answer.
 *
 * libmicrohttpd runs without threads; its epoll descriptor is waited for by
 * the poll loop.  An answer is made and given to it at once, so a slow reader
 * delays nobody.
 *
 * Owns: the listening socket and the connections, MAX_CONNECTIONS at most. */

#include <config.h>
#include "lib/l3ha-exporter.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/l3ha-metrics.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "socket-util.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(exporter);

#define MAX_CONNECTIONS 8
#define IDLE_TIMEOUT 10                 /* Seconds. */

struct l3ha_exporter {
    struct MHD_Daemon *daemon;
    int epoll_fd;
    struct l3ha_metrics *metrics;
    l3ha_exporter_func *fill;
    void *aux;
};

/* Answers with 'status' and 'body', which it takes over; NULL for an empty
 * answer. */
static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned int status, char *body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body ? strlen(body) : 0, body ? body : "",
        body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result;

    if (!response) {
        free(body);
        return MHD_NO;
    }
    if (body) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                "text/plain; version=0.0.4; charset=utf-8");
    }
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result
access_cb(void *exporter_, struct MHD_Connection *connection,
          const char *url, const char *method, const char *version OVS_UNUSED,
          const char *data OVS_UNUSED, size_t *size, void **con_cls)
{
    struct l3ha_exporter *exporter = exporter_;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!*con_cls) {
        /* The headers are complete. */
        *con_cls = exporter;
        return MHD_YES;
    }
    if (*size) {
        *size = 0;              /* A body that nobody asked for. */
        return MHD_YES;
    }
    if (strcmp(url, "/metrics")) {
        return answer(connection, MHD_HTTP_NOT_FOUND, NULL);
    }
    if (strcmp(method, "GET") && strcmp(method, "HEAD")) {
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, NULL);
    }
    l3ha_metrics_clear_gauges(exporter->metrics);
    exporter->fill(exporter->metrics, exporter->aux);
    l3ha_metrics_format(exporter->metrics, &s);
    return answer(connection, MHD_HTTP_OK, ds_steal_cstr(&s));
}

/* Opens a listening socket at 'bind', ADDRESS:PORT.  Returns an error
 * message, or NULL and stores the socket and its port. */
static char *
open_socket(const char *bind, int *fdp, uint16_t *portp)
{
    struct sockaddr_storage ss;
    char *address = NULL, *port = NULL, *error = NULL;
    char *copy = xstrdup(bind);
    int value;

    inet_parse_host_port_tokens(copy, &address, &port);
    if (!address || !port || !str_to_int(port, 10, &value)) {
        error = xasprintf("%s: not ADDRESS:PORT", bind);
    } else {
        char *target = (strchr(address, ':')
                        ? xasprintf("%s:[%s]", port, address)
                        : xasprintf("%s:%s", port, address));

        *fdp = inet_open_passive(SOCK_STREAM, target, value, &ss, 0, true);
        if (*fdp < 0) {
            error = xasprintf("%s: cannot listen (%s)", bind,
                              ovs_strerror(-*fdp));
        } else {
            *portp = ss_get_port(&ss);
        }
        free(target);
    }
    free(copy);
    return error;
}

/* Starts to listen at 'bind', ADDRESS:PORT (port 0: the kernel chooses).
 * 'fill' is called before each answer.  Returns NULL and stores the exporter,
 * or returns a message that the caller must free. */
char *
l3ha_exporter_create(const char *bind, struct l3ha_metrics *metrics,
                     l3ha_exporter_func *fill, void *aux,
                     struct l3ha_exporter **exporterp)
{
    const union MHD_DaemonInfo *info;
    struct l3ha_exporter *exporter;
    uint16_t port = 0;
    char *error;
    int fd = -1;

    *exporterp = NULL;
    error = open_socket(bind, &fd, &port);
    if (error) {
        return error;
    }
    exporter = xzalloc(sizeof *exporter);
    exporter->metrics = metrics;
    exporter->fill = fill;
    exporter->aux = aux;
    exporter->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, port, NULL, NULL, access_cb, exporter,
        MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int) MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int) IDLE_TIMEOUT,
        MHD_OPTION_END);
    info = (exporter->daemon
            ? MHD_get_daemon_info(exporter->daemon, MHD_DAEMON_INFO_EPOLL_FD)
            : NULL);
    if (!info) {
        if (!exporter->daemon) {
            close(fd);
        }
        l3ha_exporter_destroy(exporter);
        return xasprintf("%s: the HTTP library could not be started", bind);
    }
    exporter->epoll_fd = info->epoll_fd;
    VLOG_INFO("metrics at http://%.*s:%"PRIu16"/metrics",
              (int) (strrchr(bind, ':') - bind), bind, port);
    *exporterp = exporter;
    return NULL;
}

/* Stops listening and drops all connections. */
void
l3ha_exporter_destroy(struct l3ha_exporter *exporter)
{
    if (exporter) {
        if (exporter->daemon) {
            MHD_stop_daemon(exporter->daemon);
        }
        free(exporter);
    }
}

/* Answers who has asked, without blocking. */
void
l3ha_exporter_run(struct l3ha_exporter *exporter)
{
    if (exporter) {
        MHD_run(exporter->daemon);
    }
}

void
l3ha_exporter_wait(struct l3ha_exporter *exporter)
{
    MHD_UNSIGNED_LONG_LONG timeout;

    if (exporter) {
        poll_fd_wait(exporter->epoll_fd, POLLIN);
        if (MHD_get_timeout(exporter->daemon, &timeout) == MHD_YES) {
            poll_timer_wait(MIN(timeout, 60 * 1000));
        }
    }
}
