/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/metadata-socket.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/netns.h"
#include "packets.h"
#include "util.h"

/* Listening sockets in network namespaces.
 *
 * Owns nothing.  A socket belongs to the namespace in which it was made, so
 * the calling thread visits the namespace only for the moment of making it. */

/* Connections that the kernel keeps until they are taken. */
#define BACKLOG 512

/* Buffers of a connection, in bytes: requests are small, and most answers fit,
 * so that guests cannot make the kernel keep more. */
#define RECEIVE_BUFFER 16384
#define SEND_BUFFER 131072

static const char metadata_ip4[] = "169.254.169.254";
static const char metadata_ip6[] = "fe80::a9fe:a9fe";

/* Adds a socket that listens on 'sa'.  'dual': also for IPv4. */
static int
add_socket(struct metadata_sockets *sockets, const struct sockaddr *sa,
           socklen_t len, bool dual)
{
    int receive = RECEIVE_BUFFER, send = SEND_BUFFER, on = 1, only = !dual;
    int fd = socket(sa->sa_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return errno;
    }
    /* Accepted sockets inherit the sizes.  The address may not be there yet,
     * and a predecessor may still be listening. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)
        || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on)
        || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive)
        || setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof send)
        || setsockopt(fd, SOL_IP, IP_FREEBIND, &on, sizeof on)
        || (sa->sa_family == AF_INET6
            && setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &only, sizeof only))
        || bind(fd, sa, len)
        || listen(fd, BACKLOG)) {
        int error = errno;

        close(fd);
        return error;
    }
    sockets->fds[sockets->n_fds++] = fd;
    return 0;
}

static int
add_ip4(struct metadata_sockets *sockets, const char *ip, uint16_t port)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
    };

    if (ip) {
        ip_parse(ip, &sin.sin_addr.s_addr);
    }
    return add_socket(sockets, (struct sockaddr *) &sin, sizeof sin, false);
}

/* 'dev' is for a link-local 'ip'. */
static int
add_ip6(struct metadata_sockets *sockets, const char *ip, const char *dev,
        uint16_t port)
{
    struct sockaddr_in6 sin6 = {
        .sin6_family = AF_INET6,
        .sin6_port = htons(port),
    };

    if (ip) {
        ipv6_parse(ip, &sin6.sin6_addr);
        sin6.sin6_scope_id = if_nametoindex(dev);
        if (!sin6.sin6_scope_id) {
            return errno;
        }
    }
    return add_socket(sockets, (struct sockaddr *) &sin6, sizeof sin6, !ip);
}

/* Opens 'sockets' in the namespace that is named 'netns': for all addresses if
 * 'dev' is NULL, else for the metadata addresses on 'dev'.  Where the kernel
 * has no IPv6, there is IPv4 only.  Returns 0 or a positive errno value. */
int
metadata_sockets_open(const char *netns, uint16_t port, const char *dev,
                      struct metadata_sockets *sockets)
{
    struct netns_visit visit;
    int error;
    int fd;

    memset(sockets, 0, sizeof *sockets);
    fd = netns_open(netns);
    if (fd < 0) {
        return -fd;
    }
    error = netns_enter(&visit, fd);
    if (!error) {
        error = add_ip6(sockets, dev ? metadata_ip6 : NULL, dev, port);
        if (dev || error) {
            if (!error || error == EAFNOSUPPORT) {
                error = add_ip4(sockets, dev ? metadata_ip4 : NULL, port);
            }
        }
        netns_leave(&visit);
    }
    close(fd);
    if (error) {
        metadata_sockets_close(sockets);
    }
    return error;
}

/* Closes them. */
void
metadata_sockets_close(struct metadata_sockets *sockets)
{
    for (size_t i = 0; i < sockets->n_fds; i++) {
        close(sockets->fds[i]);
    }
    sockets->n_fds = 0;
}

/* Returns what tells the sockets for these arguments from others, also from
 * those in an earlier namespace of the same name.  The caller must free it. */
char *
metadata_sockets_identity(const char *netns, uint16_t port, const char *dev)
{
    int fd = netns_open(netns);
    struct stat st = { .st_ino = 0 };

    if (fd >= 0) {
        if (fstat(fd, &st)) {
            st.st_ino = 0;
        }
        close(fd);
    }
    return xasprintf("%llu %d %s", (unsigned long long int) st.st_ino, port,
                     dev ? dev : "*");
}
