/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* "config FILE...": reads the files in this order and prints what was
 * understood, or the messages. */

#include <config.h>
#include "tests/l3ha-test.h"

#include <stdio.h>
#include <stdlib.h>

#include "command-line.h"
#include "lib/l3ha-config.h"

void
test_config(struct ovs_cmdl_context *ctx)
{
    struct l3ha_config *config = l3ha_config_create();

    for (int i = 1; i < ctx->argc; i++) {
        char *error = l3ha_config_load(config, ctx->argv[i]);
        if (error) {
            puts(error);
            free(error);
            l3ha_config_destroy(config);
            exit(1);
        }
    }
    l3ha_config_print(config, stdout);
    l3ha_config_destroy(config);
}
