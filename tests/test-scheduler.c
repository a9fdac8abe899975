/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "server/api-error.h"
#include "server/scheduler.h"
#include "svec.h"
#include "util.h"

/* MAX MIN HINTS HOST:ZONE:LOAD[:FLAGS]...; flags: d dead, a admin down, r
 * drained, x excluded.  Prints the hosts chosen. */
void
test_scheduler(struct ovs_cmdl_context *ctx)
{
    struct scheduler_limits limits = { .max = atoi(ctx->argv[1]),
                                       .min = atoi(ctx->argv[2]) };
    size_t n = ctx->argc - 4;
    struct scheduler_candidate *cs = xzalloc(MAX(n, 1) * sizeof *cs);
    struct svec hints = SVEC_EMPTY_INITIALIZER;
    struct svec hosts = SVEC_EMPTY_INITIALIZER;

    svec_parse_words(&hints, ctx->argv[3]);
    for (size_t i = 0; i < n; i++) {
        char *save_ptr = NULL;

        cs[i].host = strtok_r(ctx->argv[i + 4], ":", &save_ptr);
        cs[i].zone = strtok_r(NULL, ":", &save_ptr);
        cs[i].load = atoi(strtok_r(NULL, ":", &save_ptr));

        const char *flags = strtok_r(NULL, ":", &save_ptr);
        cs[i].alive = !flags || !strchr(flags, 'd');
        cs[i].admin_up = !flags || !strchr(flags, 'a');
        cs[i].drained = flags && strchr(flags, 'r');
        cs[i].excluded = flags && strchr(flags, 'x');
    }

    struct api_error *error = scheduler_place(cs, n, &limits, &hints, &hosts);
    if (error) {
        printf("%d %s: %s\n", error->status, error->type, error->message);
        api_error_destroy(error);
    } else {
        char *s = svec_join(&hosts, " ", "");
        puts(s);
        free(s);
    }
    svec_destroy(&hints);
    svec_destroy(&hosts);
    free(cs);
}
