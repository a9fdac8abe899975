/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_MD_EVENTS_H
#define L3HA_MD_EVENTS_H 1

/* Descriptors in one epoll set, so that a wakeup costs the same whatever the
 * number of connections. */

#include <stdint.h>

struct md_events;

/* A watched descriptor; part of the object that 'cb' serves.  'cb' may remove
 * this and any other descriptor. */
struct md_event {
    int fd;
    void (*cb)(struct md_event *, uint32_t events);
};

struct md_events *md_events_create(void);
void md_events_destroy(struct md_events *);

/* 'events' are EPOLLIN and EPOLLOUT; errors are always reported.  Returns 0
 * or a positive errno value. */
int md_events_add(struct md_events *, struct md_event *, uint32_t events);
void md_events_modify(struct md_events *, struct md_event *,
                      uint32_t events);
void md_events_remove(struct md_events *, struct md_event *);

void md_events_run(struct md_events *);
void md_events_wait(struct md_events *);

#endif /* metadata/events.h */
