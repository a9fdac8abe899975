/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command-line.h"
#include "metadata/instances.h"
#include "metadata/link.h"
#include "metadata/request.h"
#include "metadata/upstream.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"
#include "uuid.h"

/* Feeds standard input to a request, SIZE bytes at a time, and prints what
 * comes of it. */
void
test_md_request(struct ovs_cmdl_context *ctx)
{
    size_t size = atoi(ctx->argv[1]);
    char *buf = xmalloc(size);
    struct md_request req;
    size_t max = 0;
    size_t n;

    md_request_init(&req);
    while ((n = fread(buf, 1, size, stdin)) > 0) {
        md_request_feed(&req, buf, n);
        max = MAX(max, req.allocated);
    }
    switch (req.state) {
    case MD_REQUEST_PARTIAL:
        puts("partial");
        break;
    case MD_REQUEST_BAD:
        printf("bad %u %s\n", req.status, md_status_text(req.status));
        break;
    case MD_REQUEST_COMPLETE:
        printf("%s %s%s%.*s\n", req.method, req.target,
               req.body_len ? " " : "", (int) req.body_len, req.body);
        break;
    }
    ovs_assert(max <= MD_HEAD_MAX + MD_BODY_MAX + 1024);
    md_request_uninit(&req);
    free(buf);
}

/* UUID of number 'n', for short scripts. */
static struct uuid
number(const char *n)
{
    return (struct uuid) { .parts = { atoi(n) } };
}

static struct in6_addr
address(const char *s)
{
    struct in6_addr addr;
    ovs_be32 ip4;

    if (ip_parse(s, &ip4)) {
        addr = in6_addr_mapped_ipv4(ip4);
    } else if (!ipv6_parse(s, &addr)) {
        ovs_fatal(0, "%s: not an address", s);
    }
    return addr;
}

/* Arguments: set PORT NETWORK ADDRESS INSTANCE, remove PORT, begin, end,
 * find ADDRESS NETWORK[,NETWORK]; prints the instances that are found. */
void
test_md_instances(struct ovs_cmdl_context *ctx)
{
    struct md_instances *table = md_instances_create();
    char **arg = ctx->argv + 1;

    while (*arg) {
        const char *op = *arg++;

        if (!strcmp(op, "set")) {
            struct in6_addr addr = address(arg[2]);
            struct md_port port = {
                .uuid = number(arg[0]),
                .network = number(arg[1]),
                .addrs = &addr,
                .n_addrs = 1,
                .instance = arg[3],
                .project = arg[3],
            };

            md_instances_set(table, &port);
            arg += 4;
        } else if (!strcmp(op, "remove")) {
            struct uuid uuid = number(*arg++);

            md_instances_remove(table, &uuid);
        } else if (!strcmp(op, "begin")) {
            md_instances_begin(table);
        } else if (!strcmp(op, "end")) {
            md_instances_end(table);
        } else if (!strcmp(op, "find")) {
            struct in6_addr addr = address(*arg++);
            const struct md_port *port;
            struct uuid networks[8];
            char *save_ptr = NULL;
            size_t n = 0;

            for (char *s = strtok_r(*arg++, ",", &save_ptr); s && n < 8;
                 s = strtok_r(NULL, ",", &save_ptr)) {
                networks[n++] = number(s);
            }
            port = md_instances_find(table, networks, n, &addr);
            puts(port ? port->instance : "-");
        } else {
            ovs_fatal(0, "%s: unknown operation", op);
        }
    }
    printf("%"PRIuSIZE" ports\n", md_instances_count(table));
    md_instances_destroy(table);
}

/* Prints the signature of INSTANCE. */
void
test_md_sign(struct ovs_cmdl_context *ctx)
{
    char *s = md_sign(ctx->argv[1], ctx->argv[2]);

    puts(s);
    free(s);
}

/* Returns a socket that listens on a free port of 127.0.0.1, which is
 * printed. */
static int
listen_somewhere(void)
{
    struct sockaddr_in sin = { .sin_family = AF_INET };
    socklen_t len = sizeof sin;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *) &sin, sizeof sin)
        || listen(fd, 512)
        || getsockname(fd, (struct sockaddr *) &sin, &len)) {
        ovs_fatal(errno, "cannot listen");
    }
    printf("port %d\n", ntohs(sin.sin_port));
    return fd;
}

static void
wait_for(int fd, short events)
{
    struct pollfd pfd = { .fd = fd, .events = events };

    if (poll(&pfd, 1, 10000) != 1) {
        ovs_fatal(0, "no answer");
    }
}

/* Plays the agent of the ovs-l3ha-metadata at SOCKET: prints the greeting and
 * sends the MESSAGEs.  A message "listen" has a socket with it. */
void
test_md_agent(struct ovs_cmdl_context *ctx)
{
    bool ready = false;
    int fds[MD_LINK_MAX_FDS];
    struct json *json;
    size_t n;
    int error;
    int fd;

    error = md_link_connect(ctx->argv[1], &fd);
    if (error) {
        ovs_fatal(error, "%s", ctx->argv[1]);
    }
    while (!ready) {
        char *s;

        wait_for(fd, POLLIN);
        error = md_link_recv(fd, &json, fds, &n);
        if (error) {
            ovs_fatal(error, "receiving");
        }
        s = json_to_string(json, JSSF_SORT);
        puts(s);
        ready = strstr(s, "\"ready\"");
        free(s);
        json_destroy(json);
    }
    for (int i = 2; i < ctx->argc; i++) {
        int sock = -1;

        json = json_from_string(ctx->argv[i]);
        if (json->type != JSON_OBJECT) {
            ovs_fatal(0, "%s: %s", ctx->argv[i], json_string(json));
        }
        if (strstr(ctx->argv[i], "\"listen\"")) {
            sock = listen_somewhere();
        }
        wait_for(fd, POLLOUT);
        error = md_link_send(fd, json, &sock, sock >= 0);
        if (error) {
            ovs_fatal(error, "sending");
        }
        json_destroy(json);
        if (sock >= 0) {
            close(sock);
        }
    }
    close(fd);
}
