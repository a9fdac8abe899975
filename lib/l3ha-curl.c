/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The timer of a libcurl multi handle, in the poll loop.
 *
 * In: when libcurl wants to be called.  Out: the call, when that time has
 * come, and the time to the poll loop.  The sockets are the owner's. */

#include <config.h>
#include "lib/l3ha-curl.h"

#include <limits.h>

#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* CURLMOPT_TIMERFUNCTION. */
static int
timer_cb(CURLM *multi OVS_UNUSED, long timeout_ms, void *timer_)
{
    struct l3ha_curl_timer *timer = timer_;

    timer->due = timeout_ms < 0 ? LLONG_MAX : time_msec() + timeout_ms;
    return 0;
}

/* Makes 'timer', which must stay where it is, that of 'multi'. */
void
l3ha_curl_timer_init(struct l3ha_curl_timer *timer, CURLM *multi)
{
    timer->multi = multi;
    timer->due = LLONG_MAX;
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_cb);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, timer);
}

/* Calls libcurl if it is time. */
void
l3ha_curl_timer_run(struct l3ha_curl_timer *timer)
{
    if (time_msec() >= timer->due) {
        int running;

        /* libcurl may set it again. */
        timer->due = LLONG_MAX;
        curl_multi_socket_action(timer->multi, CURL_SOCKET_TIMEOUT, 0,
                                 &running);
    }
}

/* Arranges for the poll loop to wake up when libcurl wants to be called. */
void
l3ha_curl_timer_wait(const struct l3ha_curl_timer *timer)
{
    if (timer->due != LLONG_MAX) {
        poll_timer_wait_until(timer->due);
    }
}
