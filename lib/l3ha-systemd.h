/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_SYSTEMD_H
#define L3HA_SYSTEMD_H 1

/* What a daemon tells systemd, if it was started by it; see sd_notify(3).
 * Without systemd these functions do nothing. */

/* The daemon answers requests. */
void l3ha_systemd_ready(void);

/* The daemon has been asked to end and will not start anything new. */
void l3ha_systemd_stopping(void);

/* To be called in each iteration of the main loop: feeds the watchdog when it
 * is due. */
void l3ha_systemd_run(void);
void l3ha_systemd_wait(void);

#endif /* lib/l3ha-systemd.h */
