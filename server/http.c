/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* HTTP/1.1 transport of the REST API, on libmicrohttpd.
 *
 * libmicrohttpd runs without threads of its own: its epoll descriptor is
 * waited for by the poll loop and its timeouts are honoured, so that the
 * whole server is one thread and needs no lock.
 *
 * Owns: the listening socket, the connections, one 'struct http_conn' for
 * each request from its first line to the last byte of its answer.
 *
 * In: bytes.  Out: complete requests to the handler; answers to the peer.
 *
 * Invariants: a request is given to the handler exactly once and must be
 * answered exactly once.  A body beyond HTTP_MAX_BODY is read and dropped up
 * to HTTP_MAX_DRAIN (a peer that is still sending does not read an answer),
 * never stored.
 *
 * Stopping: http_server_stop() closes the listening socket, so that clients
 * go to another server; requests that have begun are finished, each with
 * "Connection: close"; http_server_is_idle() says when there are no more.
 *
 * Limits: pipelined requests are served one after the other.  What is no HTTP
 * is refused by MHD, which does not answer in JSON, and so is a request line
 * (414) with headers (431) of more than HTTP_CONN_MEMORY: MHD has that answer
 * as a constant and calls nobody before it has the whole line.  Neutron's own
 * server answers such lines without a body. */

#include <config.h>
#include "server/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/l3ha-metrics.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

VLOG_DEFINE_THIS_MODULE(http);

#define HTTP_MAX_DRAIN (32 * 1024 * 1024)
#define HTTP_MAX_CONNECTIONS 1000
#define HTTP_IDLE_TIMEOUT 75            /* Seconds. */
/* Request line and headers.  neutronclient sends up to 8 KiB of URI. */
#define HTTP_CONN_MEMORY (64 * 1024)
/* As much of an answer is made at a time.  One that is not longer is sent with
 * its length, others in chunks, which have room in HTTP_CONN_MEMORY. */
#define HTTP_STREAM_PART (60 * 1024)

struct http_server {
    struct MHD_Daemon *daemon;
    int epoll_fd;
    http_handler_func *handler;
    void *aux;
    struct l3ha_metrics *metrics;
    uint16_t port;
    bool is_secure;             /* HTTPS. */
    char *address;              /* "127.0.0.1:9696" or "[::1]:9696". */
    char *url;                  /* The same with "http://" or "https://". */
    size_t n_requests;          /* From first line to last byte. */
    bool stopping;
    bool resumed;               /* MHD_run() must be called once more. */
};

enum http_conn_state {
    HTTP_READING,               /* Headers or body are still arriving. */
    HTTP_HANDLING,              /* With the handler. */
    HTTP_ANSWERED,              /* 'status' and 'answer' are set. */
};

struct http_conn {
    struct http_request req;
    struct http_server *server;
    struct MHD_Connection *connection;
    enum http_conn_state state;
    bool suspended;
    char *uri;                  /* Backs req.path and req.query. */
    struct ds body;
    uint64_t dropped;           /* Bytes of body that were not stored. */
    long long int begun;        /* With the handler since, in time_usec(). */
    int status;
    char *header_name;          /* One more header of the answer, or NULL. */
    char *header_value;
    char *answer;               /* malloc()'d, NULL for an empty one. */
    struct http_outflow *outflow; /* Instead of 'answer', or NULL. */
};

/* An answer that is made while it is sent.  Belongs to MHD's response, which
 * may outlive the request. */
struct http_outflow {
    struct http_stream *stream;
    bool ended;                 /* The stream has no more. */
    struct ds text;             /* What it has made last. */
    size_t sent;                /* Bytes of that. */
};

static struct http_conn *
http_conn_cast(struct http_request *req)
{
    return CONTAINER_OF(req, struct http_conn, req);
}

/* MHD_OPTION_URI_LOG_CALLBACK: the only place where MHD shows the URI as it
 * was sent.  What this returns becomes '*con_cls' of the others.
 *
 * MHD goes on to take the query apart, into the memory of the connection,
 * which many short arguments would exhaust.  We read a copy of our own, so for
 * MHD the query becomes one argument. */
static void *
http_uri_cb(void *server_, const char *uri,
            struct MHD_Connection *connection)
{
    struct http_server *server = server_;
    struct http_conn *conn = xzalloc(sizeof *conn);
    struct uuid uuid;
    char *query;

    server->n_requests++;
    conn->server = server;
    conn->connection = connection;
    conn->uri = xstrdup(uri);
    for (char *p = strchr(CONST_CAST(char *, uri), '?'); p && *p; p++) {
        if (*p == '&') {
            *p = '+';
        }
    }
    query = strchr(conn->uri, '?');
    if (query) {
        *query++ = '\0';
    }
    conn->req.path = conn->uri;
    conn->req.query = query ? query : "";
    conn->req.body = "";
    ds_init(&conn->body);

    uuid_generate(&uuid);
    snprintf(conn->req.id, sizeof conn->req.id, "req-"UUID_FMT,
             UUID_ARGS(&uuid));
    return conn;
}

/* Makes the next part of an answer. */
static void
http_outflow_refill(struct http_outflow *out)
{
    ds_clear(&out->text);
    out->sent = 0;
    while (!out->ended && out->text.length < HTTP_STREAM_PART) {
        out->ended = !out->stream->next(out->stream, &out->text);
    }
}

/* MHD_ContentReaderCallback: gives at most 'max' bytes. */
static ssize_t
http_outflow_read(void *out_, uint64_t pos OVS_UNUSED, char *buf, size_t max)
{
    struct http_outflow *out = out_;
    size_t n;

    if (out->sent >= out->text.length) {
        if (out->ended) {
            return MHD_CONTENT_READER_END_OF_STREAM;
        }
        http_outflow_refill(out);
    }
    n = MIN(max, out->text.length - out->sent);
    memcpy(buf, out->text.string + out->sent, n);
    out->sent += n;
    return n ? n : MHD_CONTENT_READER_END_OF_STREAM;
}

/* MHD_ContentReaderFreeCallback. */
static void
http_outflow_destroy(void *out_)
{
    struct http_outflow *out = out_;

    if (out) {
        out->stream->destroy(out->stream);
        ds_destroy(&out->text);
        free(out);
    }
}

static void
http_completed_cb(void *server OVS_UNUSED,
                  struct MHD_Connection *connection OVS_UNUSED,
                  void **con_cls,
                  enum MHD_RequestTerminationCode code OVS_UNUSED)
{
    struct http_conn *conn = *con_cls;

    if (conn) {
        free(conn->uri);
        ds_destroy(&conn->body);
        free(conn->header_name);
        free(conn->header_value);
        free(conn->answer);
        http_outflow_destroy(conn->outflow);
        conn->server->n_requests--;
        free(conn);
        *con_cls = NULL;
    }
}

static const char *
http_header(struct http_conn *conn, const char *name)
{
    return MHD_lookup_connection_value(conn->connection, MHD_HEADER_KIND,
                                       name);
}

/* Returns the response with the answer of 'conn', which passes to it. */
static struct MHD_Response *
http_make_response(struct http_conn *conn, size_t len)
{
    struct http_outflow *out = conn->outflow;
    char *answer = conn->answer;

    conn->outflow = NULL;
    conn->answer = NULL;
    if (out) {
        return MHD_create_response_from_callback(
            MHD_SIZE_UNKNOWN, HTTP_STREAM_PART, http_outflow_read, out,
            http_outflow_destroy);
    }
    /* MHD leaves the body out of the answer to HEAD but keeps its length. */
    return MHD_create_response_from_buffer(
        len, answer ? answer : "",
        answer ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result
http_send(struct http_conn *conn)
{
    bool head = !strcmp(conn->req.method, "HEAD");
    bool streamed = conn->outflow != NULL;
    size_t len = conn->answer ? strlen(conn->answer) : 0;
    struct MHD_Response *response = http_make_response(conn, len);
    enum MHD_Result result;

    if (!response) {
        return MHD_NO;
    }
    if (len || head || streamed) {
        MHD_add_response_header(response, "Content-Type", "application/json");
    }
    MHD_add_response_header(response, "X-Openstack-Request-Id", conn->req.id);
    if (conn->header_name) {
        MHD_add_response_header(response, conn->header_name,
                                conn->header_value);
    }
    if (conn->server->stopping) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION,
                                "close");
    }
    result = MHD_queue_response(conn->connection, conn->status, response);
    MHD_destroy_response(response);
    VLOG_DBG("%s %s %s%s%s -> %d (%"PRIuSIZE" bytes)", conn->req.id,
             conn->req.method, conn->req.path, conn->req.query[0] ? "?" : "",
             conn->req.query, conn->status, len);
    return result;
}

static void
http_too_large(struct http_conn *conn)
{
    conn->state = HTTP_ANSWERED;
    conn->status = MHD_HTTP_CONTENT_TOO_LARGE;
    free(conn->answer);
    conn->answer = xstrdup(
        "{\"NeutronError\": {\"type\": \"HTTPRequestEntityTooLarge\", "
        "\"message\": \"Request is too large.\", \"detail\": \"\"}}");
}

/* The headers are complete.  Returns true if the request is to be refused
 * now, before any of its body. */
static bool
http_begin(struct http_conn *conn, const char *method)
{
    const char *length = http_header(conn, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *expect = http_header(conn, MHD_HTTP_HEADER_EXPECT);
    const char *host = http_header(conn, MHD_HTTP_HEADER_HOST);
    unsigned long long int n = length ? strtoull(length, NULL, 10) : 0;

    conn->req.method = method;
    conn->req.host = host && host[0] ? host : conn->server->address;
    conn->req.if_match = http_header(conn, MHD_HTTP_HEADER_IF_MATCH);
    conn->req.forwarded_proto = http_header(conn, "X-Forwarded-Proto");
    conn->req.project_id = http_header(conn, "X-Project-Id");
    conn->req.roles = http_header(conn, "X-Roles");
    conn->req.token = http_header(conn, "X-Auth-Token");
    conn->req.is_secure = conn->server->is_secure;

    if (n > HTTP_MAX_BODY && (expect || n > HTTP_MAX_DRAIN)) {
        http_too_large(conn);
        return true;
    }
    return false;
}

static enum MHD_Result
http_body(struct http_conn *conn, const char *data, size_t *size)
{
    if (conn->dropped || conn->body.length + *size > HTTP_MAX_BODY) {
        conn->dropped += conn->body.length + *size;
        ds_destroy(&conn->body);
        ds_init(&conn->body);
        if (conn->dropped > HTTP_MAX_DRAIN) {
            return MHD_NO;
        }
    } else {
        ds_put_buffer(&conn->body, data, *size);
    }
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result
http_access_cb(void *server_, struct MHD_Connection *connection OVS_UNUSED,
               const char *url OVS_UNUSED, const char *method,
               const char *version OVS_UNUSED, const char *data,
               size_t *size, void **con_cls)
{
    struct http_server *server = server_;
    struct http_conn *conn = *con_cls;

    if (!conn) {
        return MHD_NO;
    }
    if (!conn->req.method) {
        return http_begin(conn, method) ? http_send(conn) : MHD_YES;
    }
    switch (conn->state) {
    case HTTP_READING:
        if (*size) {
            return http_body(conn, data, size);
        }
        if (conn->dropped) {
            http_too_large(conn);
            return http_send(conn);
        }
        conn->req.body = ds_cstr(&conn->body);
        conn->req.body_len = conn->body.length;
        conn->state = HTTP_HANDLING;
        conn->begun = time_usec();
        server->handler(&conn->req, server->aux);
        if (conn->state == HTTP_ANSWERED) {
            return http_send(conn);
        }
        MHD_suspend_connection(conn->connection);
        conn->suspended = true;
        return MHD_YES;

    case HTTP_HANDLING:
        return MHD_YES;

    case HTTP_ANSWERED:
        return http_send(conn);

    default:
        OVS_NOT_REACHED();
    }
}

/* Adds a header to the answer that 'req' will get; one is all it can have. */
void
http_request_set_header(struct http_request *req, const char *name,
                        const char *value)
{
    struct http_conn *conn = http_conn_cast(req);

    ovs_assert(!conn->header_name);
    conn->header_name = xstrdup(name);
    conn->header_value = xstrdup(value);
}

/* The method for a label: whatever a peer may send, there are few. */
static const char *
http_method_label(const char *method)
{
    static const char *const known[] = { "GET", "HEAD", "POST", "PUT",
                                         "DELETE" };

    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (!strcmp(method, known[i])) {
            return known[i];
        }
    }
    return "other";
}

static void
http_count(const struct http_conn *conn)
{
    struct l3ha_metrics *metrics = conn->server->metrics;
    struct ds labels = DS_EMPTY_INITIALIZER;
    char status[16];

    l3ha_metrics_label(&labels, "method",
                       http_method_label(conn->req.method));
    l3ha_metrics_observe(metrics, L3HA_METRIC_SERVER_API_SECONDS,
                         ds_cstr(&labels),
                         (time_usec() - conn->begun) / 1000000.0);
    snprintf(status, sizeof status, "%d", conn->status);
    l3ha_metrics_label(&labels, "status", status);
    l3ha_metrics_add(metrics, L3HA_METRIC_SERVER_API_ANSWERS,
                     ds_cstr(&labels), 1);
    ds_destroy(&labels);
}

static void
http_answered(struct http_conn *conn, int status)
{
    ovs_assert(conn->state == HTTP_HANDLING);
    conn->state = HTTP_ANSWERED;
    conn->status = status;
    http_count(conn);
    if (conn->suspended) {
        conn->suspended = false;
        MHD_resume_connection(conn->connection);
        conn->server->resumed = true;
    }
}

/* Answers 'req' with 'status' and 'body', a null-terminated string that this
 * takes over, or NULL for an empty answer. */
void
http_request_reply(struct http_request *req, int status, const char *body)
{
    struct http_conn *conn = http_conn_cast(req);

    conn->answer = CONST_CAST(char *, body);
    http_answered(conn, status);
}

/* Answers 'req' with 'status' and what 'stream' makes, which this takes
 * over. */
void
http_request_reply_stream(struct http_request *req, int status,
                          struct http_stream *stream)
{
    struct http_conn *conn = http_conn_cast(req);
    struct http_outflow *out = xzalloc(sizeof *out);

    out->stream = stream;
    ds_init(&out->text);
    http_outflow_refill(out);
    if (out->ended) {
        conn->answer = ds_steal_cstr(&out->text);
        http_outflow_destroy(out);
    } else {
        conn->outflow = out;
    }
    http_answered(conn, status);
}

/* Answers 'req' with 'status' and 'json', which this destroys; NULL for an
 * empty answer. */
void
http_request_reply_json(struct http_request *req, int status,
                        struct json *json)
{
    http_request_reply(req, status, json ? json_to_string(json, 0) : NULL);
    json_destroy(json);
}

static void OVS_PRINTF_FORMAT(2, 0)
http_log_cb(void *server OVS_UNUSED, const char *format, va_list args)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
    char *message = xvasprintf(format, args);
    size_t len = strlen(message);

    while (len && message[len - 1] == '\n') {
        message[--len] = '\0';
    }
    /* A peer that goes away in the middle is no fault of ours. */
    VLOG_DBG_RL(&rl, "%s", message);
    free(message);
}

static char *
http_listen(struct http_server *server, const struct http_options *options,
            int *fdp)
{
    char *target = (strchr(options->bind_host, ':')
                    ? xasprintf("%u:[%s]", options->bind_port,
                                options->bind_host)
                    : xasprintf("%u:%s", options->bind_port,
                                options->bind_host));
    struct sockaddr_storage ss;
    char *error = NULL;
    struct ds s = DS_EMPTY_INITIALIZER;
    int fd;

    fd = inet_open_passive(SOCK_STREAM, target, options->bind_port, &ss, 0,
                           true);
    if (fd < 0) {
        error = xasprintf("%s port %u: cannot listen (%s)",
                          options->bind_host, options->bind_port,
                          ovs_strerror(-fd));
    } else {
        server->port = ss_get_port(&ss);
        ss_format_address(&ss, &s);
        server->address = xasprintf("%s:%u", ds_cstr(&s), server->port);
        server->url = xasprintf("%s://%s", server->is_secure ? "https"
                                : "http", server->address);
        *fdp = fd;
    }
    ds_destroy(&s);
    free(target);
    return error;
}

/* Reads the whole of 'file' into '*textp'.  Returns an error message. */
static char *
http_read_file(const char *file, char **textp)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    FILE *stream = fopen(file, "r");
    char buf[4096];
    size_t n;

    if (!stream) {
        return xasprintf("%s: cannot be read (%s)", file,
                         ovs_strerror(errno));
    }
    while ((n = fread(buf, 1, sizeof buf, stream)) > 0) {
        ds_put_buffer(&s, buf, n);
    }
    fclose(stream);
    *textp = ds_steal_cstr(&s);
    return NULL;
}

/* Starts to listen.  Returns NULL and stores the server into '*serverp', or
 * returns a message that the caller must free. */
char *
http_server_create(const struct http_options *options,
                   struct http_server **serverp)
{
    struct http_server *server = xzalloc(sizeof *server);
    const union MHD_DaemonInfo *info;
    char *cert = NULL, *key = NULL;
    char *error = NULL;
    int fd = -1;

    *serverp = NULL;
    server->handler = options->handler;
    server->aux = options->aux;
    server->metrics = options->metrics;
    server->is_secure = options->cert_file != NULL;
    if (server->is_secure) {
        error = http_read_file(options->cert_file, &cert);
        if (!error) {
            error = http_read_file(options->key_file, &key);
        }
    }
    if (!error) {
        error = http_listen(server, options, &fd);
    }
    if (error) {
        free(cert);
        free(key);
        free(server);
        return error;
    }

    /* MHD keeps copies of the certificate and the key. */
    const struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, key },
        { MHD_OPTION_END, 0, NULL },
    };

    server->daemon = MHD_start_daemon(
        (MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG
         | (server->is_secure ? MHD_USE_TLS : 0)),
        server->port, NULL, NULL, http_access_cb, server,
        MHD_OPTION_EXTERNAL_LOGGER, http_log_cb, server,
        MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_URI_LOG_CALLBACK, http_uri_cb, server,
        MHD_OPTION_NOTIFY_COMPLETED, http_completed_cb, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int) HTTP_MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int) HTTP_IDLE_TIMEOUT,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) HTTP_CONN_MEMORY,
        MHD_OPTION_ARRAY, server->is_secure ? tls : &tls[2],
        MHD_OPTION_END);
    free(cert);
    free(key);
    info = (server->daemon
            ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)
            : NULL);
    if (!info) {
        error = xasprintf("%s: the HTTP library could not be started%s",
                          server->address, server->is_secure
                          ? " (are certificate and key usable?)" : "");
        if (server->daemon) {
            MHD_stop_daemon(server->daemon);
        } else {
            close(fd);
        }
        free(server->address);
        free(server->url);
        free(server);
        return error;
    }
    server->epoll_fd = info->epoll_fd;
    *serverp = server;
    return NULL;
}

/* Stops listening and drops all connections.  All requests must have been
 * answered. */
void
http_server_destroy(struct http_server *server)
{
    if (server) {
        MHD_stop_daemon(server->daemon);
        free(server->address);
        free(server->url);
        free(server);
    }
}

/* Stops listening.  Requests that have begun go on. */
void
http_server_stop(struct http_server *server)
{
    if (!server->stopping) {
        int fd = MHD_quiesce_daemon(server->daemon);

        if (fd >= 0) {
            close(fd);
        }
        server->stopping = true;
    }
}

/* True if no request has begun that is not answered to the last byte. */
bool
http_server_is_idle(const struct http_server *server)
{
    return !server->n_requests;
}

/* Accepts, reads, calls the handler and writes, without blocking. */
void
http_server_run(struct http_server *server)
{
    server->resumed = false;
    MHD_run(server->daemon);
}

void
http_server_wait(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout;

    poll_fd_wait(server->epoll_fd, POLLIN);
    if (server->resumed) {
        poll_immediate_wake();
    } else if (MHD_get_timeout(server->daemon, &timeout) == MHD_YES) {
        poll_timer_wait(MIN(timeout, 60 * 1000));
    }
}

/* The port that was bound, which the kernel chose if 0 was asked for. */
uint16_t
http_server_get_port(const struct http_server *server)
{
    return server->port;
}

/* "http://ADDRESS:PORT" or "https://ADDRESS:PORT". */
const char *
http_server_get_url(const struct http_server *server)
{
    return server->url;
}

size_t
http_server_count_connections(const struct http_server *server)
{
    const union MHD_DaemonInfo *info;

    info = MHD_get_daemon_info(server->daemon,
                               MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info ? info->num_connections : 0;
}
