/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_FIP_REPORT_H
#define L3HA_FIP_REPORT_H 1

/* What this host says of floating IPs. */

#include <stdbool.h>

struct l3harec_floating_ip;
struct router;

/* Writes what the copy 'r' makes of 'fip' into the row, in the transaction
 * that is being built.  Returns true if the row said so already, or if there
 * is nothing to say yet: router_run() is called again when there is. */
bool fip_report_run(const struct l3harec_floating_ip *fip,
                    const struct router *r, const char *host);

#endif /* agent/fip-report.h */
