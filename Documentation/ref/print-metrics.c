/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Prints the list of metrics for ovs-l3ha-metrics(7), in groff, from the
 * table that the programs use.  Runs while the package is built. */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "lib/l3ha-metrics.h"

/* The programs by the start of the names of their metrics. */
static const struct {
    const char *prefix;
    const char *title;
} programs[] = {
    { "ovs_l3ha_agent_", "ovs\\-l3ha\\-agent" },
    { "ovs_l3ha_server_", "ovs\\-l3ha\\-server" },
};

int
main(void)
{
    for (size_t p = 0; p < sizeof programs / sizeof *programs; p++) {
        printf(".SS %s\n", programs[p].title);
        for (size_t i = 0; i < L3HA_N_METRICS; i++) {
            const struct l3ha_metric_class *class = &l3ha_metric_classes[i];

            if (!strncmp(class->name, programs[p].prefix,
                         strlen(programs[p].prefix))) {
                printf(".TP\n.B %s\n(%s)\n%s\n", class->name,
                       l3ha_metric_type_to_string(class->type), class->help);
            }
        }
    }
    return 0;
}
