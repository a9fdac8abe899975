/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "metadata/proxy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hash.h"
#include "metadata/events.h"
#include "metadata/instances.h"
#include "metadata/quota.h"
#include "metadata/request.h"
#include "metadata/settings.h"
#include "metadata/upstream.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(proxy);

/* Connections of guests.
 *
 * Owns the listening sockets of all services and the connections on them.
 * In: sockets and networks of services; requests.  Out: calls of the metadata
 * service in the name of the instance that the source address belongs to, and
 * their answers.
 *
 * Life of a connection: READING its request -> ASKING the service -> WRITING
 * the answer -> LINGERING until the guest has closed its end, since what is
 * not read when a socket is closed makes the kernel take the answer back.
 *
 * Guests are not trusted.  What they may take is bounded for each source (an
 * address in a namespace), for each service and in all (quota.h), and by time
 * in each state; an answer that a guest takes slowly counts as the kernel's
 * buffer as far as it fits there, and ANSWERS_MAX bounds the rest.  There is
 * one request a connection.  Whoever has nobody's address gets status 404. */

#define SOURCE_MAX 16           /* Connections of a source, */
#define SERVICE_MAX 256         /* of a service, */
#define PROXY_MAX 1024          /* in all. */

/* Most bytes of answers that guests have not taken yet. */
#define ANSWERS_MAX (32 * 1024 * 1024)

/* How long, in ms, and how much is read after an answer. */
#define LINGER_TIME 2000
#define LINGER_MAX 65536

/* Connections taken from a socket before others have their turn. */
#define ACCEPT_BATCH 16

struct md_listener {
    struct md_event event;      /* 'fd' is -1 if it does not exist. */
    struct md_service *service;
};

struct md_service {
    struct md_proxy *proxy;
    char *name;
    char *identity;             /* The agent's. */
    struct md_listener listeners[MD_SERVICE_MAX_FDS];
    struct uuid *networks;
    size_t n_networks;
    struct md_quota quota;
    struct ovs_list clients;
};

struct md_source {
    struct hmap_node hmap_node; /* In proxy->sources. */
    const struct md_service *service;
    struct in6_addr addr;
    struct md_quota quota;
};

enum client_state {
    CLIENT_READING,
    CLIENT_ASKING,
    CLIENT_WRITING,
    CLIENT_LINGERING,
    CLIENT_N_STATES
};

/* Quotas a connection is in. */
enum { OF_SOURCE, OF_SERVICE, OF_PROXY, N_QUOTAS };

struct md_client {
    struct md_event event;
    struct md_service *service;
    struct md_source *source;
    struct md_member members[N_QUOTAS];
    struct ovs_list service_node; /* In service->clients. */

    enum client_state state;
    struct ovs_list state_node; /* In proxy->states[state]. */
    long long int since;        /* In this state, in time_msec(). */

    struct md_request request;
    struct md_transfer *transfer; /* CLIENT_ASKING. */
    char *out;                  /* Answer with its head. */
    size_t out_len, out_sent;
    size_t lingered;            /* Bytes thrown away. */
};

struct md_proxy {
    struct md_events *events;
    const struct md_instances *instances;
    struct md_upstream *upstream;
    const struct md_settings *settings;

    struct shash services;      /* Contains "struct md_service"s. */
    struct hmap sources;        /* Contains "struct md_source"s. */
    struct md_quota quota;
    size_t answers;             /* Bytes in 'out' of all. */

    /* All connections by state, those that have been in it for the longest
     * time first. */
    struct ovs_list states[CLIENT_N_STATES];

    /* For operators. */
    unsigned long long int n_accepted, n_unknown, n_bad, n_evicted;
    unsigned long long int n_refused, n_timeouts;
};

struct md_proxy *
md_proxy_create(struct md_events *events,
                const struct md_instances *instances,
                struct md_upstream *upstream,
                const struct md_settings *settings)
{
    struct md_proxy *proxy = xzalloc(sizeof *proxy);

    proxy->events = events;
    proxy->instances = instances;
    proxy->upstream = upstream;
    proxy->settings = settings;
    shash_init(&proxy->services);
    hmap_init(&proxy->sources);
    md_quota_init(&proxy->quota, PROXY_MAX);
    for (int i = 0; i < CLIENT_N_STATES; i++) {
        ovs_list_init(&proxy->states[i]);
    }
    return proxy;
}

/* Connections. */

static void
client_set_state(struct md_client *c, enum client_state state)
{
    struct md_proxy *proxy = c->service->proxy;
    static const uint32_t events[] = {
        [CLIENT_READING] = EPOLLIN,
        [CLIENT_ASKING] = 0,
        [CLIENT_WRITING] = EPOLLOUT,
        [CLIENT_LINGERING] = EPOLLIN,
    };

    ovs_list_remove(&c->state_node);
    ovs_list_push_back(&proxy->states[state], &c->state_node);
    c->state = state;
    c->since = time_msec();
    for (int i = 0; i < N_QUOTAS; i++) {
        md_member_set_idle(&c->members[i], state != CLIENT_ASKING);
    }
    md_events_modify(proxy->events, &c->event, events[state]);
}

static void
client_clear_out(struct md_client *c)
{
    c->service->proxy->answers -= c->out_len;
    free(c->out);
    c->out = NULL;
    c->out_len = c->out_sent = 0;
}

static void
client_close(struct md_client *c)
{
    struct md_proxy *proxy = c->service->proxy;

    md_transfer_cancel(c->transfer);
    client_clear_out(c);
    md_events_remove(proxy->events, &c->event);
    close(c->event.fd);
    md_request_uninit(&c->request);
    ovs_list_remove(&c->state_node);
    ovs_list_remove(&c->service_node);
    for (int i = 0; i < N_QUOTAS; i++) {
        md_member_leave(&c->members[i]);
    }
    if (!c->source->quota.n) {
        hmap_remove(&proxy->sources, &c->source->hmap_node);
        free(c->source);
    }
    free(c);
}

/* Sends what the kernel takes. */
static void
client_write(struct md_client *c)
{
    while (c->out_sent < c->out_len) {
        ssize_t n = send(c->event.fd, c->out + c->out_sent,
                         c->out_len - c->out_sent, MSG_NOSIGNAL);

        if (n < 0) {
            if (errno != EAGAIN) {
                client_close(c);
            } else if (c->state != CLIENT_WRITING) {
                client_set_state(c, CLIENT_WRITING);
            }
            return;
        }
        c->out_sent += n;
    }
    client_clear_out(c);
    shutdown(c->event.fd, SHUT_WR);
    client_set_state(c, CLIENT_LINGERING);
}

/* Closes those that take their answers the slowest if there are too many
 * bytes of answers. */
static void
limit_answers(struct md_proxy *proxy)
{
    while (proxy->answers > ANSWERS_MAX) {
        struct ovs_list *writing = &proxy->states[CLIENT_WRITING];

        if (ovs_list_is_empty(writing)) {
            break;
        }
        proxy->n_evicted++;
        client_close(CONTAINER_OF(ovs_list_front(writing), struct md_client,
                                  state_node));
    }
}

static void
client_answer(struct md_client *c, unsigned int status,
              const char *content_type, const char *body, size_t body_len)
{
    struct md_proxy *proxy = c->service->proxy;
    struct ds s = DS_EMPTY_INITIALIZER;

    md_answer_format(&s, status, content_type, body_len);
    if (strcmp(c->request.method, "HEAD")) {
        ds_put_buffer(&s, body, body_len);
    }
    c->out_len = s.length;
    c->out = ds_steal_cstr(&s);
    proxy->answers += c->out_len;
    client_write(c);
    limit_answers(proxy);
}

static void
client_refuse(struct md_client *c, unsigned int status)
{
    char *text = xasprintf("%u %s\n", status, md_status_text(status));

    client_answer(c, status, "text/plain; charset=UTF-8", text,
                  strlen(text));
    free(text);
}

static void
transfer_done(struct md_answer *answer, void *c_)
{
    struct md_client *c = c_;

    c->transfer = NULL;
    if (answer->status == 200) {
        client_answer(c, answer->status, answer->content_type, answer->body,
                      answer->body_len);
    } else {
        client_refuse(c, answer->status);
    }
}

/* Asks the service in the name of the instance that 'c' comes from. */
static void
client_ask(struct md_client *c)
{
    struct md_proxy *proxy = c->service->proxy;
    const struct in6_addr *addr = &c->source->addr;
    const struct md_port *port
        = md_instances_find(proxy->instances, c->service->networks,
                            c->service->n_networks, addr);
    struct ds source = DS_EMPTY_INITIALIZER;

    ipv6_format_mapped(addr, &source);
    if (port) {
        struct md_call call = {
            .method = c->request.method,
            .target = c->request.target,
            .body = c->request.body,
            .body_len = c->request.body_len,
            .source = ds_cstr(&source),
            .instance = port->instance,
            .project = port->project,
        };

        VLOG_DBG("%s: %s is instance %s: %s %s", c->service->name,
                 ds_cstr(&source), port->instance, call.method, call.target);
        c->transfer = md_upstream_send(proxy->upstream, &call, transfer_done,
                                       c);
        client_set_state(c, CLIENT_ASKING);
    } else {
        VLOG_DBG("%s: %s is no instance", c->service->name,
                 ds_cstr(&source));
        proxy->n_unknown++;
        client_refuse(c, 404);
    }
    ds_destroy(&source);
}

static void
client_read(struct md_client *c)
{
    char buf[4096];
    ssize_t n = recv(c->event.fd, buf, sizeof buf, 0);

    if (n <= 0) {
        if (!n || errno != EAGAIN) {
            client_close(c);
        }
        return;
    }
    if (c->state == CLIENT_LINGERING) {
        c->lingered += n;
        if (c->lingered > LINGER_MAX) {
            client_close(c);
        }
        return;
    }
    switch (md_request_feed(&c->request, buf, n)) {
    case MD_REQUEST_PARTIAL:
        break;

    case MD_REQUEST_COMPLETE:
        client_ask(c);
        break;

    case MD_REQUEST_BAD:
        c->service->proxy->n_bad++;
        client_refuse(c, c->request.status);
        break;
    }
}

static void
client_ready(struct md_event *event, uint32_t events)
{
    struct md_client *c = CONTAINER_OF(event, struct md_client, event);

    if (events & EPOLLERR || (events & EPOLLHUP && !(events & EPOLLIN))) {
        client_close(c);
    } else if (c->state == CLIENT_WRITING) {
        client_write(c);
    } else if (c->state != CLIENT_ASKING) {
        client_read(c);
    }
}

static uint32_t
source_hash(const struct md_service *service, const struct in6_addr *addr)
{
    return hash_bytes(addr, sizeof *addr, hash_pointer(service, 0));
}

static struct md_source *
find_source(const struct md_service *service, const struct in6_addr *addr)
{
    struct md_source *source;

    HMAP_FOR_EACH_WITH_HASH (source, hmap_node, source_hash(service, addr),
                             &service->proxy->sources) {
        if (source->service == service
            && ipv6_addr_equals(&source->addr, addr)) {
            return source;
        }
    }
    return NULL;
}

/* Returns the source 'addr' of 'service'.  One that is new must be given a
 * member. */
static struct md_source *
get_source(struct md_service *service, const struct in6_addr *addr)
{
    struct md_source *source = find_source(service, addr);

    if (!source) {
        source = xzalloc(sizeof *source);
        source->service = service;
        source->addr = *addr;
        md_quota_init(&source->quota, SOURCE_MAX);
        hmap_insert(&service->proxy->sources, &source->hmap_node,
                    source_hash(service, addr));
    }
    return source;
}

/* Closes the connection that is to go first among the members of 'quota',
 * which is the quota number 'which' of each of them.  Returns false if none
 * may go. */
static bool
evict(struct md_proxy *proxy, struct md_quota *quota, int which)
{
    struct md_member *m = md_quota_victim(quota);

    if (!m) {
        return false;
    }
    proxy->n_evicted++;
    client_close(CONTAINER_OF(m - which, struct md_client, members[0]));
    return true;
}

/* Makes room in 'quota'.  Returns false if that cannot be. */
static bool
make_room(struct md_proxy *proxy, struct md_quota *quota, int which)
{
    return !md_quota_is_full(quota) || evict(proxy, quota, which);
}

static void
client_create(struct md_service *service, int fd,
              const struct in6_addr *addr)
{
    struct md_proxy *proxy = service->proxy;
    struct md_source *source;
    struct md_client *c;

    source = find_source(service, addr);
    if ((source && !make_room(proxy, &source->quota, OF_SOURCE))
        || !make_room(proxy, &service->quota, OF_SERVICE)
        || !make_room(proxy, &proxy->quota, OF_PROXY)) {
        proxy->n_refused++;
        close(fd);
        return;
    }

    /* Only now: who made place may have been the only one of the source. */
    source = get_source(service, addr);
    c = xzalloc(sizeof *c);
    c->event = (struct md_event) { .fd = fd, .cb = client_ready };
    c->service = service;
    c->source = source;
    md_request_init(&c->request);
    md_member_join(&c->members[OF_SOURCE], &source->quota);
    md_member_join(&c->members[OF_SERVICE], &service->quota);
    md_member_join(&c->members[OF_PROXY], &proxy->quota);
    ovs_list_push_back(&service->clients, &c->service_node);
    ovs_list_push_back(&proxy->states[CLIENT_READING], &c->state_node);
    c->state = CLIENT_READING;
    c->since = time_msec();
    proxy->n_accepted++;
    if (md_events_add(proxy->events, &c->event, EPOLLIN)) {
        client_close(c);
    }
}

/* Takes connections from a listening socket. */
static void
listener_ready(struct md_event *event, uint32_t events OVS_UNUSED)
{
    struct md_listener *listener = CONTAINER_OF(event, struct md_listener,
                                                event);

    for (int i = 0; i < ACCEPT_BATCH; i++) {
        struct sockaddr_storage ss;
        socklen_t len = sizeof ss;
        struct in6_addr addr;
        int fd;

        fd = accept4(event->fd, (struct sockaddr *) &ss, &len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE) {
                static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);
                struct md_proxy *proxy = listener->service->proxy;

                VLOG_WARN_RL(&rl, "%s: %s", listener->service->name,
                             ovs_strerror(errno));
                evict(proxy, &proxy->quota, OF_PROXY);
            }
            return;
        }
        if (ss.ss_family == AF_INET6) {
            addr = ((struct sockaddr_in6 *) &ss)->sin6_addr;
        } else {
            addr = in6_addr_mapped_ipv4(
                ((struct sockaddr_in *) &ss)->sin_addr.s_addr);
        }
        client_create(listener->service, fd, &addr);
    }
}

/* Services. */

static void
service_destroy(struct md_service *service)
{
    struct md_client *c;

    LIST_FOR_EACH_SAFE (c, service_node, &service->clients) {
        client_close(c);
    }
    for (int i = 0; i < MD_SERVICE_MAX_FDS; i++) {
        struct md_event *event = &service->listeners[i].event;

        if (event->fd >= 0) {
            md_events_remove(service->proxy->events, event);
            close(event->fd);
        }
    }
    shash_find_and_delete(&service->proxy->services, service->name);
    free(service->networks);
    free(service->identity);
    free(service->name);
    free(service);
}

/* Frees 'proxy', which may be NULL. */
void
md_proxy_destroy(struct md_proxy *proxy)
{
    if (proxy) {
        struct shash_node *node;

        SHASH_FOR_EACH_SAFE (node, &proxy->services) {
            service_destroy(node->data);
        }
        shash_destroy(&proxy->services);
        hmap_destroy(&proxy->sources);
        free(proxy);
    }
}

/* Serves on the listening sockets 'fds', which it takes over, as 'name', in
 * place of a service of that name.  'identity' is only handed out again. */
void
md_proxy_listen(struct md_proxy *proxy, const char *name,
                const char *identity, const int *fds, size_t n_fds)
{
    struct md_service *service;

    md_proxy_close(proxy, name);
    service = xzalloc(sizeof *service);
    service->proxy = proxy;
    service->name = xstrdup(name);
    service->identity = xstrdup(identity);
    md_quota_init(&service->quota, SERVICE_MAX);
    ovs_list_init(&service->clients);
    for (int i = 0; i < MD_SERVICE_MAX_FDS; i++) {
        struct md_listener *listener = &service->listeners[i];

        listener->service = service;
        listener->event = (struct md_event) {
            .fd = i < n_fds ? fds[i] : -1,
            .cb = listener_ready,
        };
        if (i < n_fds) {
            int error = md_events_add(proxy->events, &listener->event,
                                      EPOLLIN);

            if (error) {
                VLOG_ERR("%s: cannot watch a socket: %s", name,
                         ovs_strerror(error));
            }
        }
    }
    shash_add(&proxy->services, name, service);
    VLOG_INFO("%s: served", name);
}

/* Instances are looked for in 'networks' from now on. */
void
md_proxy_set_networks(struct md_proxy *proxy, const char *name,
                      const struct uuid *networks, size_t n)
{
    struct md_service *service = shash_find_data(&proxy->services, name);

    if (service) {
        free(service->networks);
        service->networks = xmemdup(networks, n * sizeof *networks);
        service->n_networks = n;
    }
}

/* Ends the service 'name', if there is one, and its connections. */
void
md_proxy_close(struct md_proxy *proxy, const char *name)
{
    struct md_service *service = shash_find_data(&proxy->services, name);

    if (service) {
        VLOG_INFO("%s: not served any more", name);
        service_destroy(service);
    }
}

/* Calls 'cb' for each service. */
void
md_proxy_for_each(const struct md_proxy *proxy,
                  void (*cb)(const char *name, const char *identity,
                             void *aux),
                  void *aux)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &proxy->services) {
        const struct md_service *service = node->data;

        cb(service->name, service->identity, aux);
    }
}

/* Returns how long a connection may be in 'state', in ms. */
static long long int
state_time(const struct md_proxy *proxy, enum client_state state)
{
    switch (state) {
    case CLIENT_READING: return proxy->settings->timeout_request * 1000LL;
    case CLIENT_WRITING: return proxy->settings->timeout_client * 1000LL;
    case CLIENT_LINGERING: return LINGER_TIME;
    case CLIENT_ASKING:         /* The transfer has its time. */
    case CLIENT_N_STATES:
    default: return LLONG_MAX / 2;
    }
}

/* Ends connections whose time is up. */
void
md_proxy_run(struct md_proxy *proxy)
{
    for (int i = 0; i < CLIENT_N_STATES; i++) {
        long long int limit = time_msec() - state_time(proxy, i);
        struct md_client *c;

        LIST_FOR_EACH_SAFE (c, state_node, &proxy->states[i]) {
            if (c->since > limit) {
                break;
            }
            if (i == CLIENT_READING) {
                proxy->n_timeouts++;
                client_refuse(c, 408);
            } else {
                client_close(c);
            }
        }
    }
}

/* Arranges for the poll loop to wake up when md_proxy_run() has work. */
void
md_proxy_wait(struct md_proxy *proxy)
{
    for (int i = 0; i < CLIENT_N_STATES; i++) {
        if (i != CLIENT_ASKING && !ovs_list_is_empty(&proxy->states[i])) {
            const struct md_client *c = CONTAINER_OF(
                ovs_list_front(&proxy->states[i]), struct md_client,
                state_node);

            poll_timer_wait_until(c->since + state_time(proxy, i));
        }
    }
}

/* Appends lines for an operator to 's'. */
void
md_proxy_format(const struct md_proxy *proxy, struct ds *s)
{
    const struct shash_node **nodes = shash_sort(&proxy->services);

    ds_put_format(s, "instances' ports: %"PRIuSIZE"\n"
                  "connections: %"PRIuSIZE" open, %llu accepted, %llu refused,"
                  " %llu made place for others, %llu took too long\n"
                  "requests: %llu of unknown instances, %llu bad\n"
                  "answers not taken yet: %"PRIuSIZE" bytes\n",
                  md_instances_count(proxy->instances), proxy->quota.n,
                  proxy->n_accepted, proxy->n_refused, proxy->n_evicted,
                  proxy->n_timeouts, proxy->n_unknown, proxy->n_bad,
                  proxy->answers);
    for (size_t i = 0; i < shash_count(&proxy->services); i++) {
        const struct md_service *service = nodes[i]->data;

        ds_put_format(s, "%s: %"PRIuSIZE" connections, networks",
                      service->name, service->quota.n);
        for (size_t j = 0; j < service->n_networks; j++) {
            ds_put_format(s, " "UUID_FMT, UUID_ARGS(&service->networks[j]));
        }
        ds_put_char(s, '\n');
    }
    free(nodes);
}
