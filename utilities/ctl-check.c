/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The command "check" of ovs-l3ha-ctl: what is wrong, for people and for
 * monitoring, as a table with a row for each fault and as an exit status. */

#include <config.h>
#include "utilities/ctl-check.h"

#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "table.h"
#include "util.h"
#include "utilities/ctl-faults.h"
#include "utilities/ctl-orphans.h"
#include "utilities/ctl-rows.h"

/* How many of each severity the last "check" has found, for the status that
 * the process ends with. */
static size_t n_found[CTL_N_SEVERITIES];

static void
pre_check(struct ctl_context *ctx)
{
    ctl_faults_prereqs(ctx->idl);
    ctl_orphans_prereqs(ctx->idl, shash_find_data(&ctx->options, "--host"));
}

static void
cmd_check(struct ctl_context *ctx)
{
    static const char *const headings[] = {
        "severity", "fault", "object", "details",
    };
    struct ctl_faults f;

    ctl_faults_find(&f, ctx->idl);
    ctx->table = ctl_new_table(headings, ARRAY_SIZE(headings));
    for (size_t i = 0; i < f.n; i++) {
        const struct ctl_fault *fault = &f.faults[i];
        struct table *t = ctx->table;

        table_add_row(t);
        ctl_add_cell(t, xstrdup(ctl_severity_to_string(fault->severity)));
        ctl_add_cell(t, xstrdup(fault->name));
        ctl_add_cell(t, xstrdup(fault->object));
        ctl_add_cell(t, xstrdup(fault->details));
    }
    memcpy(n_found, f.n_found, sizeof n_found);
    ctl_faults_destroy(&f);
}

/* The exit status for what the commands have found. */
int
ctl_check_status(void)
{
    return (n_found[CTL_ERROR] ? CTL_CHECK_ERRORS
            : n_found[CTL_WARNING] ? CTL_CHECK_WARNINGS
            : EXIT_SUCCESS);
}

static const struct ctl_command_syntax commands[] = {
    { "check", 0, 0, "", pre_check, cmd_check, NULL, "--host=", RO },
    { NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO },
};

/* Registers the command. */
void
ctl_check_init(void)
{
    ctl_register_commands(commands);
}
