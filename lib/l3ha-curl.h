/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_CURL_H
#define L3HA_CURL_H 1

/* The timer of a libcurl multi handle, in the poll loop.
 *
 * Only programs that link libcurl use this. */

#include <curl/curl.h>

struct l3ha_curl_timer {
    CURLM *multi;
    long long int due;          /* time_msec(), LLONG_MAX if never. */
};

void l3ha_curl_timer_init(struct l3ha_curl_timer *, CURLM *);
void l3ha_curl_timer_run(struct l3ha_curl_timer *);
void l3ha_curl_timer_wait(const struct l3ha_curl_timer *);

#endif /* lib/l3ha-curl.h */
