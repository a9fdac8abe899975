/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Requests to other services over HTTP and HTTPS, on libcurl's multi
 * interface.
 *
 * libcurl tells which sockets it waits for and when it wants to be called;
 * the poll loop waits for them.  Names are resolved in a thread of libcurl's.
 *
 * Owns: the transfers in progress and libcurl's connections, which are kept
 * open between them.
 *
 * Invariants: each transfer calls back exactly once, from http_client_run(),
 * unless it is cancelled.  The callback may start other transfers.
 *
 * Limits: an answer of more than HTTP_CLIENT_MAX_ANSWER is an error;
 * redirections are not followed, because tokens would go with them. */

#include <config.h>
#include "server/http-client.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/l3ha-curl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "hash.h"
#include "util.h"

#define HTTP_CLIENT_MAX_ANSWER (4 * 1024 * 1024)

/* To one service.  libcurl queues what is beyond. */
#define HTTP_CLIENT_MAX_CONNECTIONS 16

struct http_client {
    CURLM *multi;
    struct hmap sockets;        /* Of "struct http_socket"s. */
    struct ovs_list transfers;
    struct l3ha_curl_timer timer;
};

/* A socket that libcurl waits for. */
struct http_socket {
    struct hmap_node node;      /* In http_client's 'sockets', by fd. */
    int fd;
    short events;               /* POLLIN, POLLOUT. */
};

struct http_transfer {
    struct ovs_list node;       /* In http_client's 'transfers'. */
    struct http_client *client;
    CURL *easy;
    struct curl_slist *headers;
    char *body;                 /* Of the request. */
    struct ds answer;
    char *subject_token;
    char error[CURL_ERROR_SIZE];
    http_client_done_func *done;
    void *aux;
};

static struct http_socket *
find_socket(const struct http_client *client, int fd)
{
    struct http_socket *s;

    HMAP_FOR_EACH_WITH_HASH (s, node, hash_int(fd, 0), &client->sockets) {
        if (s->fd == fd) {
            return s;
        }
    }
    return NULL;
}

/* CURLMOPT_SOCKETFUNCTION. */
static int
socket_cb(CURL *easy OVS_UNUSED, curl_socket_t fd, int what, void *client_,
          void *socketp OVS_UNUSED)
{
    struct http_client *client = client_;
    struct http_socket *s = find_socket(client, fd);

    if (what == CURL_POLL_REMOVE) {
        if (s) {
            hmap_remove(&client->sockets, &s->node);
            free(s);
        }
        return 0;
    }
    if (!s) {
        s = xzalloc(sizeof *s);
        s->fd = fd;
        hmap_insert(&client->sockets, &s->node, hash_int(fd, 0));
    }
    s->events = ((what & CURL_POLL_IN ? POLLIN : 0)
                 | (what & CURL_POLL_OUT ? POLLOUT : 0));
    return 0;
}

/* Returns a new client. */
struct http_client *
http_client_create(void)
{
    struct http_client *client = xzalloc(sizeof *client);

    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        ovs_abort(0, "libcurl cannot be initialized");
    }
    client->multi = curl_multi_init();
    if (!client->multi) {
        out_of_memory();
    }
    hmap_init(&client->sockets);
    ovs_list_init(&client->transfers);
    l3ha_curl_timer_init(&client->timer, client->multi);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, socket_cb);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                      (long) HTTP_CLIENT_MAX_CONNECTIONS);
    return client;
}

/* Frees 'client', which may be NULL, and cancels its transfers. */
void
http_client_destroy(struct http_client *client)
{
    struct http_transfer *transfer, *next_transfer;
    struct http_socket *s;

    if (!client) {
        return;
    }
    LIST_FOR_EACH_SAFE (transfer, next_transfer, node, &client->transfers) {
        http_transfer_cancel(transfer);
    }
    curl_multi_cleanup(client->multi);
    HMAP_FOR_EACH_POP (s, node, &client->sockets) {
        free(s);
    }
    hmap_destroy(&client->sockets);
    free(client);
    curl_global_cleanup();
}

/* CURLOPT_WRITEFUNCTION. */
static size_t
write_cb(char *data, size_t size, size_t n, void *transfer_)
{
    struct http_transfer *transfer = transfer_;

    if (transfer->answer.length + size * n > HTTP_CLIENT_MAX_ANSWER) {
        return 0;
    }
    ds_put_buffer(&transfer->answer, data, size * n);
    return size * n;
}

/* CURLOPT_HEADERFUNCTION: one whole header. */
static size_t
header_cb(char *data, size_t size, size_t n, void *transfer_)
{
    static const char name[] = "x-subject-token:";
    struct http_transfer *transfer = transfer_;
    size_t len = size * n;

    if (len > strlen(name) && !strncasecmp(data, name, strlen(name))) {
        const char *value = data + strlen(name);
        const char *end = data + len;

        while (value < end && *value == ' ') {
            value++;
        }
        while (end > value && strchr("\r\n ", end[-1])) {
            end--;
        }
        free(transfer->subject_token);
        transfer->subject_token = xmemdup0(value, end - value);
    }
    return len;
}

static void
set_option_string(CURL *easy, CURLoption option, const char *s)
{
    if (s && s[0]) {
        curl_easy_setopt(easy, option, s);
    }
}

/* Starts 'req'.  'done' will be called with 'aux' when it is over. */
struct http_transfer *
http_client_start(struct http_client *client,
                  const struct http_client_options *options,
                  const struct http_client_request *req,
                  http_client_done_func *done, void *aux)
{
    struct http_transfer *transfer = xzalloc(sizeof *transfer);
    CURL *easy = curl_easy_init();

    if (!easy) {
        out_of_memory();
    }
    transfer->client = client;
    transfer->easy = easy;
    transfer->done = done;
    transfer->aux = aux;
    ds_init(&transfer->answer);
    for (size_t i = 0; i < HTTP_CLIENT_MAX_HEADERS; i++) {
        if (req->headers[i]) {
            transfer->headers = curl_slist_append(transfer->headers,
                                                  req->headers[i]);
        }
    }
    curl_easy_setopt(easy, CURLOPT_URL, req->url);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, req->method);
    if (req->body) {
        transfer->body = xstrdup(req->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body);
        transfer->headers = curl_slist_append(
            transfer->headers, "Content-Type: application/json");
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_cb);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_cb);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
                     (long) options->connect_timeout);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long) options->timeout);
    set_option_string(easy, CURLOPT_CAINFO, options->cafile);
    set_option_string(easy, CURLOPT_SSLCERT, options->certfile);
    set_option_string(easy, CURLOPT_SSLKEY, options->keyfile);
    if (options->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    ovs_list_push_back(&client->transfers, &transfer->node);
    curl_multi_add_handle(client->multi, easy);
    return transfer;
}

/* Stops 'transfer', which may be NULL, without calling back. */
void
http_transfer_cancel(struct http_transfer *transfer)
{
    if (transfer) {
        ovs_list_remove(&transfer->node);
        curl_multi_remove_handle(transfer->client->multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
        curl_slist_free_all(transfer->headers);
        free(transfer->body);
        ds_destroy(&transfer->answer);
        free(transfer->subject_token);
        free(transfer);
    }
}

static void
finish(struct http_transfer *transfer, CURLcode code)
{
    struct http_client_answer answer = {
        .error = transfer->error[0] ? transfer->error
                                    : curl_easy_strerror(code),
        .body = ds_cstr(&transfer->answer),
        .subject_token = transfer->subject_token,
    };
    long status = 0;

    if (code == CURLE_OK) {
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    }
    answer.status = status;
    transfer->done(&answer, transfer->aux);
    http_transfer_cancel(transfer);
}

/* Sends and receives what is possible and calls back for the transfers that
 * are over. */
void
http_client_run(struct http_client *client)
{
    size_t n = hmap_count(&client->sockets), i = 0;
    struct http_socket *s;
    struct pollfd *fds;
    CURLMsg *msg;
    int running;
    int left;

    /* libcurl changes 'sockets' while it is called. */
    fds = xcalloc(n + 1, sizeof *fds);
    HMAP_FOR_EACH (s, node, &client->sockets) {
        fds[i].fd = s->fd;
        fds[i++].events = s->events;
    }
    if (n && poll(fds, n, 0) > 0) {
        for (i = 0; i < n; i++) {
            int mask = ((fds[i].revents & POLLIN ? CURL_CSELECT_IN : 0)
                        | (fds[i].revents & POLLOUT ? CURL_CSELECT_OUT : 0)
                        | (fds[i].revents & (POLLERR | POLLHUP | POLLNVAL)
                           ? CURL_CSELECT_ERR : 0));

            if (mask) {
                curl_multi_socket_action(client->multi, fds[i].fd, mask,
                                         &running);
            }
        }
    }
    free(fds);
    l3ha_curl_timer_run(&client->timer);
    while ((msg = curl_multi_info_read(client->multi, &left))) {
        if (msg->msg == CURLMSG_DONE) {
            void *transfer = NULL;
            CURLcode code = msg->data.result;

            curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &transfer);
            finish(transfer, code);
        }
    }
}

void
http_client_wait(struct http_client *client)
{
    struct http_socket *s;

    HMAP_FOR_EACH (s, node, &client->sockets) {
        poll_fd_wait(s->fd, s->events);
    }
    l3ha_curl_timer_wait(&client->timer);
}
