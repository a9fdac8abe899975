/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "metadata/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "openvswitch/json.h"
#include "util.h"

/* Messages between ovs-l3ha-agent and ovs-l3ha-metadata, see link.h.
 *
 * Owns nothing; descriptors that are received belong to the caller.  All
 * functions return 0 or a positive errno value and never block: EAGAIN means
 * to try again when the socket is ready.
 *
 * Invariant: only the user who runs the program can connect (mode of the
 * socket). */

/* Largest message: some thousand networks of one router. */
#define MESSAGE_MAX 131072

static int
make_socket(const char *path, struct sockaddr_un *sun, int *fdp)
{
    *fdp = -1;
    memset(sun, 0, sizeof *sun);
    sun->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof sun->sun_path) {
        return ENAMETOOLONG;
    }
    ovs_strlcpy(sun->sun_path, path, sizeof sun->sun_path);
    *fdp = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return *fdp < 0 ? errno : 0;
}

/* Listens on 'path', in place of a predecessor. */
int
md_link_listen(const char *path, int *fdp)
{
    struct sockaddr_un sun;
    mode_t old;
    int error;

    error = make_socket(path, &sun, fdp);
    if (!error) {
        unlink(path);
        old = umask(077);
        if (bind(*fdp, (struct sockaddr *) &sun, sizeof sun)
            || listen(*fdp, 4)) {
            error = errno;
        }
        umask(old);
    }
    if (error && *fdp >= 0) {
        close(*fdp);
        *fdp = -1;
    }
    return error;
}

/* Connects to who listens on 'path'. */
int
md_link_connect(const char *path, int *fdp)
{
    struct sockaddr_un sun;
    int error;

    error = make_socket(path, &sun, fdp);
    if (!error && connect(*fdp, (struct sockaddr *) &sun, sizeof sun)) {
        error = errno;
    }
    if (error && *fdp >= 0) {
        close(*fdp);
        *fdp = -1;
    }
    return error;
}

/* Sends 'json' with copies of 'fds'. */
int
md_link_send(int fd, const struct json *json, const int *fds, size_t n_fds)
{
    union {
        struct cmsghdr align;
        char buf[CMSG_SPACE(MD_LINK_MAX_FDS * sizeof(int))];
    } control;
    char *text = json_to_string(json, 0);
    struct iovec iov = { .iov_base = text, .iov_len = strlen(text) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    int error;

    ovs_assert(n_fds <= MD_LINK_MAX_FDS);
    if (n_fds) {
        struct cmsghdr *cmsg;

        memset(&control, 0, sizeof control);
        msg.msg_control = control.buf;
        msg.msg_controllen = CMSG_SPACE(n_fds * sizeof *fds);
        cmsg = CMSG_FIRSTHDR(&msg);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof *fds);
        memcpy(CMSG_DATA(cmsg), fds, n_fds * sizeof *fds);
    }
    error = (iov.iov_len > MESSAGE_MAX ? EMSGSIZE
             : sendmsg(fd, &msg, MSG_NOSIGNAL) < 0 ? errno : 0);
    free(text);
    return error;
}

static void
close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        close(fds[i]);
    }
}

/* Receives a message, which the caller must destroy, and its descriptors.
 * EPIPE: the other side has ended the connection.  EPROTO: what came is no
 * message. */
int
md_link_recv(int fd, struct json **jsonp, int fds[MD_LINK_MAX_FDS],
             size_t *n_fds)
{
    union {
        struct cmsghdr align;
        char buf[CMSG_SPACE(MD_LINK_MAX_FDS * sizeof(int))];
    } control;
    char *text = xmalloc(MESSAGE_MAX + 1);
    struct iovec iov = { .iov_base = text, .iov_len = MESSAGE_MAX };
    struct msghdr msg = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control.buf,
        .msg_controllen = sizeof control.buf,
    };
    const struct cmsghdr *cmsg;
    int error = 0;
    ssize_t n;

    *jsonp = NULL;
    *n_fds = 0;
    n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
    if (n <= 0) {
        error = n < 0 ? errno : EPIPE;
        goto exit;
    }
    for (cmsg = CMSG_FIRSTHDR(&msg); cmsg;
         cmsg = CMSG_NXTHDR(&msg, CONST_CAST(struct cmsghdr *, cmsg))) {
        if (cmsg->cmsg_level == SOL_SOCKET
            && cmsg->cmsg_type == SCM_RIGHTS) {
            *n_fds = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
            memcpy(fds, CMSG_DATA(cmsg), *n_fds * sizeof *fds);
        }
    }
    text[n] = '\0';
    if (!(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
        *jsonp = json_from_string(text);
    }
    if (!*jsonp || (*jsonp)->type != JSON_OBJECT) {
        json_destroy(*jsonp);
        *jsonp = NULL;
        close_all(fds, *n_fds);
        *n_fds = 0;
        error = EPROTO;
    }

exit:
    free(text);
    return error;
}
