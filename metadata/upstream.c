/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "metadata/upstream.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/l3ha-curl.h"
#include "metadata/events.h"
#include "metadata/settings.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(upstream);

/* Requests to the metadata service, signed in the name of an instance as
 * Neutron's metadata agent does it.
 *
 * Owns the connections to the service, which are used again, and the
 * transfers under way.  In: calls.  Out: answers, with the statuses that
 * Neutron gives to guests.
 *
 * Invariants: never blocks (libcurl's multi interface; names are resolved in
 * a thread of libcurl's).  A request is made of the call alone, nothing of a
 * guest's header is in it.
 *
 * Limits: MAX_ACTIVE transfers at a time, the others wait in their order.  So
 * the service is not flooded, and what libcurl needs is bounded. */

#define MAX_ACTIVE 64

struct md_upstream {
    struct md_events *events;
    const struct md_settings *settings;
    CURLM *multi;
    struct l3ha_curl_timer timer;
    struct ovs_list queue;      /* Transfers that wait. */
    struct ovs_list active;
    size_t n_active;

    unsigned long long int n_ok, n_failed; /* For operators. */
};

struct md_transfer {
    struct md_upstream *upstream;
    struct ovs_list node;       /* In 'queue' or 'active' of 'upstream'. */
    CURL *easy;                 /* NULL while it waits. */
    struct curl_slist *headers;
    char *method, *target, *body;
    size_t body_len;
    char *source, *instance, *project;

    char *answer;
    size_t answer_len, answer_allocated;
    bool too_long;

    md_done_func *done;
    void *aux;
};

/* One of libcurl's sockets. */
struct upstream_socket {
    struct md_event event;
    struct md_upstream *upstream;
};

static void
socket_ready(struct md_event *event, uint32_t events)
{
    struct upstream_socket *sock = CONTAINER_OF(event, struct upstream_socket,
                                                event);
    int running;

    curl_multi_socket_action(sock->upstream->multi, event->fd,
                             ((events & EPOLLIN ? CURL_CSELECT_IN : 0)
                              | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0)
                              | (events & (EPOLLERR | EPOLLHUP)
                                 ? CURL_CSELECT_ERR : 0)), &running);
}

/* libcurl wants 'fd' to be watched for 'what'. */
static int
socket_cb(CURL *easy OVS_UNUSED, curl_socket_t fd, int what, void *upstream_,
          void *sock_)
{
    struct md_upstream *upstream = upstream_;
    struct upstream_socket *sock = sock_;
    uint32_t events = ((what & CURL_POLL_IN ? EPOLLIN : 0)
                       | (what & CURL_POLL_OUT ? EPOLLOUT : 0));

    if (what == CURL_POLL_REMOVE) {
        if (sock) {
            md_events_remove(upstream->events, &sock->event);
            curl_multi_assign(upstream->multi, fd, NULL);
            free(sock);
        }
    } else if (sock) {
        md_events_modify(upstream->events, &sock->event, events);
    } else {
        sock = xmalloc(sizeof *sock);
        sock->event = (struct md_event) { .fd = fd, .cb = socket_ready };
        sock->upstream = upstream;
        md_events_add(upstream->events, &sock->event, events);
        curl_multi_assign(upstream->multi, fd, sock);
    }
    return 0;
}

/* Returns an object that sends nothing yet.  'settings' may change. */
struct md_upstream *
md_upstream_create(struct md_events *events,
                   const struct md_settings *settings)
{
    struct md_upstream *upstream = xzalloc(sizeof *upstream);

    curl_global_init(CURL_GLOBAL_ALL);
    upstream->events = events;
    upstream->settings = settings;
    ovs_list_init(&upstream->queue);
    ovs_list_init(&upstream->active);
    upstream->multi = curl_multi_init();
    if (!upstream->multi) {
        ovs_fatal(0, "cannot initialise libcurl");
    }
    l3ha_curl_timer_init(&upstream->timer, upstream->multi);
    curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETFUNCTION, socket_cb);
    curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETDATA, upstream);
    curl_multi_setopt(upstream->multi, CURLMOPT_MAXCONNECTS,
                      (long) MAX_ACTIVE);
    return upstream;
}

static void
transfer_destroy(struct md_transfer *t)
{
    ovs_list_remove(&t->node);
    if (t->easy) {
        curl_multi_remove_handle(t->upstream->multi, t->easy);
        curl_easy_cleanup(t->easy);
        t->upstream->n_active--;
    }
    curl_slist_free_all(t->headers);
    free(t->method);
    free(t->target);
    free(t->body);
    free(t->source);
    free(t->instance);
    free(t->project);
    free(t->answer);
    free(t);
}

/* Frees 'upstream', which may be NULL.  Transfers under way are given up
 * without a word. */
void
md_upstream_destroy(struct md_upstream *upstream)
{
    if (upstream) {
        struct md_transfer *t;

        LIST_FOR_EACH_SAFE (t, node, &upstream->active) {
            transfer_destroy(t);
        }
        LIST_FOR_EACH_SAFE (t, node, &upstream->queue) {
            transfer_destroy(t);
        }
        curl_multi_cleanup(upstream->multi);
        curl_global_cleanup();
        free(upstream);
    }
}

/* Returns the signature of 'instance' by which the metadata service knows
 * that an agent asks: HMAC-SHA256 in lower-case hexadecimal.  The caller must
 * free it. */
char *
md_sign(const char *secret, const char *instance)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    struct ds s = DS_EMPTY_INITIALIZER;

    HMAC(EVP_sha256(), secret, strlen(secret),
         (const unsigned char *) instance, strlen(instance), mac, &len);
    for (unsigned int i = 0; i < len; i++) {
        ds_put_format(&s, "%02x", mac[i]);
    }
    return ds_steal_cstr(&s);
}

static size_t
write_cb(char *data, size_t size, size_t n, void *t_)
{
    struct md_transfer *t = t_;

    n *= size;
    if (t->answer_len + n > MD_ANSWER_MAX) {
        t->too_long = true;
        return 0;
    }
    if (t->answer_len + n > t->answer_allocated) {
        t->answer_allocated = MAX(t->answer_len + n, 2 * t->answer_allocated);
        t->answer = xrealloc(t->answer, t->answer_allocated);
    }
    memcpy(t->answer + t->answer_len, data, n);
    t->answer_len += n;
    return n;
}

static void
add_header(struct md_transfer *t, const char *name, const char *value)
{
    char *line = xasprintf("%s: %s", name, value);

    t->headers = curl_slist_append(t->headers, line);
    free(line);
}

/* Makes the request of 't'.  Returns false if memory is short. */
static bool
prepare(struct md_transfer *t)
{
    const struct md_settings *settings = t->upstream->settings;
    char *signature = md_sign(settings->secret, t->instance);
    char *url = xasprintf("%s/", settings->base_url);
    CURL *easy = t->easy = curl_easy_init();

    add_header(t, "X-Forwarded-For", t->source);
    add_header(t, "X-Instance-ID", t->instance);
    add_header(t, "X-Tenant-ID", t->project);
    add_header(t, "X-Instance-ID-Signature", signature);
    /* Without values: libcurl is not to make these up. */
    t->headers = curl_slist_append(t->headers, "Content-Type:");
    t->headers = curl_slist_append(t->headers, "Expect:");
    free(signature);
    if (easy) {
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, t->target);
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
                         (long) settings->timeout_connect);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT,
                         (long) settings->timeout_server);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_cb);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
        if (!strcmp(t->method, "HEAD")) {
            curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        } else if (t->body_len || !strcmp(t->method, "POST")
                   || !strcmp(t->method, "PUT")) {
            curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long) t->body_len);
            curl_easy_setopt(easy, CURLOPT_POSTFIELDS, t->body);
        }
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, t->method);
        if (settings->insecure) {
            curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
            curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        }
        if (settings->ca_cert[0]) {
            curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_cert);
        }
        if (settings->client_cert[0]) {
            curl_easy_setopt(easy, CURLOPT_SSLCERT, settings->client_cert);
        }
        if (settings->client_key[0]) {
            curl_easy_setopt(easy, CURLOPT_SSLKEY, settings->client_key);
        }
    }
    free(url);
    return easy != NULL;
}

/* Tells the owner of 't', which is freed. */
static void
finish(struct md_transfer *t, unsigned int status, const char *content_type)
{
    struct md_answer answer = {
        .status = status,
        .content_type = status == 200 ? content_type : NULL,
    };

    if (status == 200) {
        t->upstream->n_ok++;
        answer.body = t->answer;
        answer.body_len = t->answer_len;
        t->answer = NULL;
    } else {
        t->upstream->n_failed++;
    }
    t->done(&answer, t->aux);
    free(answer.body);
    transfer_destroy(t);
}

/* Asks for 'call'.  'done' is never called before this function returns. */
struct md_transfer *
md_upstream_send(struct md_upstream *upstream, const struct md_call *call,
                 md_done_func *done, void *aux)
{
    struct md_transfer *t = xzalloc(sizeof *t);

    t->upstream = upstream;
    t->method = xstrdup(call->method);
    t->target = xstrdup(call->target);
    t->body = xmemdup0(call->body, call->body_len);
    t->body_len = call->body_len;
    t->source = xstrdup(call->source);
    t->instance = xstrdup(call->instance);
    t->project = xstrdup(call->project);
    t->done = done;
    t->aux = aux;
    ovs_list_push_back(&upstream->queue, &t->node);
    return t;
}

/* Gives up 't', whose owner is not called. */
void
md_transfer_cancel(struct md_transfer *t)
{
    if (t) {
        transfer_destroy(t);
    }
}

/* Starts what waits, as far as there is room. */
static void
run_queue(struct md_upstream *upstream)
{
    while (upstream->n_active < MAX_ACTIVE
           && !ovs_list_is_empty(&upstream->queue)) {
        struct md_transfer *t = CONTAINER_OF(
            ovs_list_pop_front(&upstream->queue), struct md_transfer, node);

        ovs_list_push_back(&upstream->active, &t->node);
        if (prepare(t)) {
            upstream->n_active++;
            curl_multi_add_handle(upstream->multi, t->easy);
        } else {
            finish(t, 500, NULL);
        }
    }
}

/* Statuses that Neutron hands on; any other is an error of the service. */
static unsigned int
map_status(long int status)
{
    switch (status) {
    case 200: case 400: case 403: case 404: case 409:
    case 500: case 502: case 503: case 504:
        return status;
    default:
        return 500;
    }
}

static void
transfer_ended(struct md_transfer *t, CURLcode code)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    const char *content_type = NULL;
    curl_off_t connected = 0;
    unsigned int status;
    long int http = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http);
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &content_type);
    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
    if (code == CURLE_OK) {
        status = map_status(http);
        if (status == 403) {
            VLOG_WARN_RL(&rl, "%s refuses instance %s: is "
                         "metadata_proxy_shared_secret the same there?",
                         t->upstream->settings->base_url, t->instance);
        }
    } else if (t->too_long) {
        status = 502;
        VLOG_WARN_RL(&rl, "%s%s: answer of more than %d bytes for instance "
                     "%s", t->upstream->settings->base_url, t->target,
                     MD_ANSWER_MAX, t->instance);
    } else {
        status = code == CURLE_OPERATION_TIMEDOUT && connected ? 504 : 503;
        VLOG_WARN_RL(&rl, "%s: %s", t->upstream->settings->base_url,
                     curl_easy_strerror(code));
    }
    finish(t, status, content_type);
}

/* Does what is due. */
void
md_upstream_run(struct md_upstream *upstream)
{
    const CURLMsg *msg;
    int n;

    l3ha_curl_timer_run(&upstream->timer);
    while ((msg = curl_multi_info_read(upstream->multi, &n)) != NULL) {
        if (msg->msg == CURLMSG_DONE) {
            struct md_transfer *t;

            /* 'msg' does not outlive the handle. */
            CURLcode code = msg->data.result;

            curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
            transfer_ended(t, code);
        }
    }
    run_queue(upstream);
}

/* Arranges for the poll loop to wake up when md_upstream_run() has work; the
 * sockets are among the events. */
void
md_upstream_wait(struct md_upstream *upstream)
{
    l3ha_curl_timer_wait(&upstream->timer);
}

/* Appends lines for an operator to 's'. */
void
md_upstream_format(const struct md_upstream *upstream, struct ds *s)
{
    ds_put_format(s, "service: %s\n"
                  "requests to it: %"PRIuSIZE" under way, %"PRIuSIZE
                  " waiting, %llu answered, %llu failed\n",
                  (upstream->settings->base_url[0]
                   ? upstream->settings->base_url : "(not known yet)"),
                  upstream->n_active, ovs_list_size(&upstream->queue),
                  upstream->n_ok, upstream->n_failed);
}
