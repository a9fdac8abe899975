/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "metadata/events.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "openvswitch/poll-loop.h"
#include "util.h"

/* Descriptors in one epoll set.
 *
 * Owns the epoll descriptor, not what is in it.  In: readiness from the
 * kernel.  Out: callbacks.
 *
 * Invariant: events are taken from the kernel one at a time, so that a
 * callback may close any descriptor without leaving an event for it behind.
 * The kernel takes turns among the descriptors that are ready. */

/* Callbacks in one iteration of the main loop, which has other work, too. */
#define MAX_EVENTS 512

struct md_events {
    int epfd;
};

struct md_events *
md_events_create(void)
{
    struct md_events *events = xzalloc(sizeof *events);

    events->epfd = epoll_create1(EPOLL_CLOEXEC);
    if (events->epfd < 0) {
        ovs_fatal(errno, "cannot watch connections");
    }
    return events;
}

/* Frees 'events', which may be NULL. */
void
md_events_destroy(struct md_events *events)
{
    if (events) {
        close(events->epfd);
        free(events);
    }
}

int
md_events_add(struct md_events *events, struct md_event *event, uint32_t mask)
{
    struct epoll_event ev = { .events = mask, .data.ptr = event };

    return (epoll_ctl(events->epfd, EPOLL_CTL_ADD, event->fd, &ev)
            ? errno : 0);
}

void
md_events_modify(struct md_events *events, struct md_event *event,
                 uint32_t mask)
{
    struct epoll_event ev = { .events = mask, .data.ptr = event };

    epoll_ctl(events->epfd, EPOLL_CTL_MOD, event->fd, &ev);
}

void
md_events_remove(struct md_events *events, struct md_event *event)
{
    epoll_ctl(events->epfd, EPOLL_CTL_DEL, event->fd, NULL);
}

/* Calls back for what is ready. */
void
md_events_run(struct md_events *events)
{
    struct epoll_event ev;

    for (int i = 0; i < MAX_EVENTS
                    && epoll_wait(events->epfd, &ev, 1, 0) == 1; i++) {
        struct md_event *event = ev.data.ptr;

        event->cb(event, ev.events);
    }
}

void
md_events_wait(struct md_events *events)
{
    poll_fd_wait(events->epfd, POLLIN);
}
