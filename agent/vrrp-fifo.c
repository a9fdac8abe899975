/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/vrrp-fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(vrrp_fifo);

/* What every keepalived of the host says about its state.
 *
 * Owns a descriptor of the FIFO that all of them write to (vrrp_notify_fifo in
 * keepalived.conf(5)); the FIFO itself stays.  In: lines.  Out: events.
 *
 * The agent holds the FIFO open for reading and writing, as every keepalived
 * does: what is said while the agent restarts is kept as long as any of them
 * runs.  It is then thrown away all the same: the state of a copy that is
 * found running is read from the kernel (does it have the VIP?), and later
 * events follow that. */

/* Room for lines, in bytes: some ten for each of a thousand routers.
 * keepalived does not wait for room, and a line that is lost is a state that
 * is wrong from then on. */
#define FIFO_SIZE (1024 * 1024)

struct vrrp_fifo {
    int fd;
    char buf[4096];
    size_t ofs, n;              /* What is left in 'buf'. */
    struct ds line;             /* Beginning of a line. */
};

/* Opens the FIFO 'path', makes it if it is not there, and throws away what is
 * in it.  Returns NULL if that is not possible. */
struct vrrp_fifo *
vrrp_fifo_open(const char *path)
{
    struct vrrp_fifo *fifo;
    int fd;

    if (mkfifo(path, 0600) && errno != EEXIST) {
        VLOG_ERR("%s: cannot make FIFO (%s)", path, ovs_strerror(errno));
        return NULL;
    }
    fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        VLOG_ERR("%s: cannot open FIFO (%s)", path, ovs_strerror(errno));
        return NULL;
    }
    if (fcntl(fd, F_SETPIPE_SZ, FIFO_SIZE) < 0) {
        VLOG_WARN("%s: cannot make FIFO larger (%s)", path,
                  ovs_strerror(errno));
    }
    fifo = xzalloc(sizeof *fifo);
    fifo->fd = fd;
    ds_init(&fifo->line);
    while (read(fd, fifo->buf, sizeof fifo->buf) > 0) {
        continue;
    }
    return fifo;
}

/* Frees 'fifo', which may be NULL. */
void
vrrp_fifo_close(struct vrrp_fifo *fifo)
{
    if (fifo) {
        close(fifo->fd);
        ds_destroy(&fifo->line);
        free(fifo);
    }
}

/* Reads more.  Returns false if there is nothing. */
static bool
fill(struct vrrp_fifo *fifo)
{
    ssize_t n = read(fifo->fd, fifo->buf, sizeof fifo->buf);

    fifo->ofs = 0;
    fifo->n = MAX(n, 0);
    return n > 0;
}

/* Stores the next event.  Returns false if there is none.  'fifo' may be
 * NULL. */
bool
vrrp_fifo_next(struct vrrp_fifo *fifo, struct uuid *router,
               enum vrrp_state *state)
{
    while (fifo && (fifo->ofs < fifo->n || fill(fifo))) {
        char c = fifo->buf[fifo->ofs++];

        if (c == '\n') {
            bool ok = keepalived_parse_event(ds_cstr(&fifo->line), router,
                                             state);

            ds_clear(&fifo->line);
            if (ok) {
                return true;
            }
        } else {
            ds_put_char(&fifo->line, c);
        }
    }
    return false;
}

/* Arranges for the poll loop to wake up when there is an event.  'fifo' may be
 * NULL. */
void
vrrp_fifo_wait(const struct vrrp_fifo *fifo)
{
    if (fifo) {
        poll_fd_wait(fifo->fd, POLLIN);
    }
}
