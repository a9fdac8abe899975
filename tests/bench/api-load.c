/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Load on the REST API, and how long it takes.
 *
 * usage: api-load ADDRESS PORT CLIENTS COUNT METHOD PATH [BODY]
 *
 * CLIENTS connections, kept open, each send the same request as soon as its
 * last one is answered, COUNT in all.  Prints one line:
 *
 *     COUNT requests, R/s, p50 T ms, p99 T ms, client CPU T us each
 *
 * and fails if an answer has not the first digit of success.  One thread
 * with poll(), no parsing beyond the length of the answer, so that the client
 * takes as little as possible of the machine that it measures. */

#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

struct client {
    int fd;
    char *buf;                  /* Answer so far, null-terminated. */
    size_t len, allocated;
    size_t expected;            /* Of the answer, 0 while unknown. */
    bool chunked;               /* It has no length, but an end. */
    double sent_at;             /* Seconds. */
};

struct load {
    struct client *clients;
    struct pollfd *pollfds;
    size_t n_clients;
    char *request;
    size_t request_len;
    size_t n_wanted, n_sent, n_done;
    double *times;              /* Seconds, of each answer. */
};

static double
now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
client_connect(struct client *client, const char *address, int port)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
    };
    int one = 1;

    if (inet_pton(AF_INET, address, &sin.sin_addr) != 1) {
        ovs_fatal(0, "%s: not an IPv4 address", address);
    }
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (client->fd < 0
        || connect(client->fd, (struct sockaddr *) &sin, sizeof sin)) {
        ovs_fatal(errno, "%s port %d", address, port);
    }
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    client->allocated = 4096;
    client->buf = xmalloc(client->allocated);
}

static void
client_send(struct load *load, struct client *client)
{
    if (load->n_sent >= load->n_wanted) {
        return;
    }
    load->n_sent++;
    client->len = 0;
    client->expected = 0;
    client->chunked = false;
    client->sent_at = now();
    /* Small enough for the socket's buffer. */
    if (write(client->fd, load->request, load->request_len)
        != load->request_len) {
        ovs_fatal(errno, "cannot send");
    }
}

/* Reads what is there; true when the answer is complete. */
static bool
client_receive(struct client *client)
{
    ssize_t n;

    if (client->allocated - client->len < 65536) {
        client->allocated = client->allocated * 2 + 65536;
        client->buf = xrealloc(client->buf, client->allocated);
    }
    n = read(client->fd, client->buf + client->len,
             client->allocated - client->len - 1);
    if (n <= 0) {
        ovs_fatal(n ? errno : 0, "the server closed the connection");
    }
    client->len += n;
    client->buf[client->len] = '\0';
    if (!client->expected) {
        char *end = strstr(client->buf, "\r\n\r\n");
        char *length;

        if (!end) {
            return false;
        }
        if (client->buf[9] != '2') {
            ovs_fatal(0, "%.1000s", client->buf);
        }
        *end = '\0';
        client->chunked = strcasestr(client->buf, "\r\nTransfer-Encoding:");
        length = strcasestr(client->buf, "\r\nContent-Length:");
        client->expected = (end + 4 - client->buf
                            + (length ? atoi(length + 17) : 0));
    }
    if (client->chunked) {
        /* A client has one answer at a time. */
        return (client->len >= client->expected + 5
                && !memcmp(client->buf + client->len - 5, "0\r\n\r\n", 5));
    }
    return client->len >= client->expected;
}

static int
compare_doubles(const void *a_, const void *b_)
{
    const double *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

static void
load_run(struct load *load)
{
    for (size_t i = 0; i < load->n_clients; i++) {
        load->pollfds[i].fd = load->clients[i].fd;
        load->pollfds[i].events = POLLIN;
        client_send(load, &load->clients[i]);
    }
    while (load->n_done < load->n_wanted) {
        if (poll(load->pollfds, load->n_clients, 10000) <= 0) {
            ovs_fatal(0, "no answer for 10 seconds");
        }
        for (size_t i = 0; i < load->n_clients; i++) {
            struct client *client = &load->clients[i];

            if (load->pollfds[i].revents && client_receive(client)) {
                load->times[load->n_done++] = now() - client->sent_at;
                client_send(load, client);
            }
        }
    }
}

int
main(int argc, char *argv[])
{
    struct load load = { .n_done = 0 };
    const char *body = argc > 7 ? argv[7] : "";
    struct rusage usage;
    double start, elapsed, cpu;

    ovs_set_program_name(argv[0], "");
    if (argc < 7) {
        ovs_fatal(0, "usage: %s ADDRESS PORT CLIENTS COUNT METHOD PATH "
                  "[BODY]", argv[0]);
    }
    load.n_clients = atoi(argv[3]);
    load.n_wanted = atoi(argv[4]);
    load.clients = xcalloc(load.n_clients, sizeof *load.clients);
    load.pollfds = xcalloc(load.n_clients, sizeof *load.pollfds);
    load.times = xcalloc(load.n_wanted, sizeof *load.times);
    load.request = xasprintf("%s %s HTTP/1.1\r\nHost: %s:%s\r\n"
                             "Content-Type: application/json\r\n"
                             "Content-Length: %"PRIuSIZE"\r\n\r\n%s",
                             argv[5], argv[6], argv[1], argv[2],
                             strlen(body), body);
    load.request_len = strlen(load.request);
    for (size_t i = 0; i < load.n_clients; i++) {
        client_connect(&load.clients[i], argv[1], atoi(argv[2]));
    }

    start = now();
    load_run(&load);
    elapsed = now() - start;
    getrusage(RUSAGE_SELF, &usage);
    cpu = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
           + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    qsort(load.times, load.n_done, sizeof *load.times, compare_doubles);
    printf("%"PRIuSIZE" requests, %.0f/s, p50 %.2f ms, p99 %.2f ms, "
           "client CPU %.0f us each\n", load.n_done, load.n_done / elapsed,
           load.times[load.n_done / 2] * 1e3,
           load.times[load.n_done * 99 / 100] * 1e3,
           cpu / load.n_done * 1e6);
    return 0;
}
