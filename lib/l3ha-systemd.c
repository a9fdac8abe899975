/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Readiness and watchdog of systemd, over its own library.
 *
 * The watchdog is fed at half of the interval that the unit asks for
 * (WatchdogSec), from the main loop, so that a loop that hangs is noticed.
 * A process without a watchdog is never woken for it.
 *
 * Of the programs that are started from here some know systemd, too, and would
 * speak in our name: what says where it listens is in the environment only
 * while we do. */

#include <config.h>
#include "lib/l3ha-systemd.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* Returns how often the watchdog is to be fed, in ms; 0: never. */
static long long int
watchdog_period(void)
{
    uint64_t usec;

    return (sd_watchdog_enabled(0, &usec) > 0
            ? MAX(1, (long long int) (usec / 2000))
            : 0);
}

/* When the watchdog is to be fed next, in time_msec(); LLONG_MAX: never.
 * The deadline belongs to the process, as systemd's environment does. */
static long long int *
next_feed(void)
{
    static long long int next = -1;

    if (next < 0) {
        next = watchdog_period() ? time_msec() : LLONG_MAX;
    }
    return &next;
}

static void
notify(const char *state)
{
    static char *socket = NULL;

    if (!socket) {
        socket = nullable_xstrdup(getenv("NOTIFY_SOCKET"));
    }
    if (socket) {
        setenv("NOTIFY_SOCKET", socket, true);
        /* Takes it out of the environment. */
        sd_notify(true, state);
    }
}

void
l3ha_systemd_ready(void)
{
    notify("READY=1");
}

void
l3ha_systemd_stopping(void)
{
    notify("STOPPING=1");
}

void
l3ha_systemd_run(void)
{
    long long int *next = next_feed();

    if (*next != LLONG_MAX && time_msec() >= *next) {
        notify("WATCHDOG=1");
        *next = time_msec() + watchdog_period();
    }
}

void
l3ha_systemd_wait(void)
{
    long long int next = *next_feed();

    if (next != LLONG_MAX) {
        poll_timer_wait_until(next);
    }
}
