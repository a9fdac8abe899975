/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <stdio.h>
#include <stdlib.h>

#include "command-line.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofpbuf.h"
#include "ovs-plugin/flow-table.h"
#include "util.h"

/* l3ha-test flow-table OPERATION...: carries out operations on a flow table
 * and prints the changes that "diff" takes.
 *
 *   begin:A  end:A  remove:A      flows of owner A (a letter, A to D)
 *   want:A:FLOW                   a desired flow
 *   installed:FLOW                a flow that a dump shows
 *   forget                        a new connection
 *   diff                          prints changes */

static void
print_change(const struct flow_change *change, void *aux OVS_UNUSED)
{
    static const char *names[] = {
        [FLOW_CHANGE_ADD] = "add",
        [FLOW_CHANGE_MODIFY] = "modify",
        [FLOW_CHANGE_DELETE] = "delete",
    };
    struct ds s = DS_EMPTY_INITIALIZER;
    struct ofpact_format_params fp = { .s = &s };

    ds_put_format(&s, "%s table=%d,", names[change->type], change->table_id);
    minimatch_format(change->match, NULL, NULL, &s, OFP_DEFAULT_PRIORITY);
    if (change->type != FLOW_CHANGE_DELETE) {
        ds_put_cstr(&s, " actions=");
        ofpacts_format(change->ofpacts, change->ofpacts_len, &fp);
    }
    puts(ds_cstr(&s));
    ds_destroy(&s);
}

static void
add_flow(struct flow_table *ft, struct flow_owner *owner, const char *text)
{
    enum ofputil_protocol usable;
    struct ofputil_flow_mod fm;
    struct ofpbuf ofpacts;
    struct match match;
    char *error = parse_ofp_flow_mod_str(&fm, text, NULL, NULL, OFPFC_ADD,
                                         &usable);

    if (error) {
        ovs_fatal(0, "%s", error);
    }
    minimatch_expand(&fm.match, &match);
    ofpbuf_use_const(&ofpacts, fm.ofpacts, fm.ofpacts_len);
    if (owner) {
        flow_table_add(ft, owner, fm.table_id, fm.priority, fm.new_cookie,
                       &match, &ofpacts);
    } else {
        flow_table_set_installed(ft, fm.table_id, fm.priority, fm.new_cookie,
                                 &match, fm.ofpacts, fm.ofpacts_len);
    }
    free(fm.ofpacts);
    minimatch_destroy(&fm.match);
}

void
test_flow_table(struct ovs_cmdl_context *ctx)
{
    struct flow_table *ft = flow_table_create();
    struct flow_owner owners[4];

    for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
        flow_owner_init(&owners[i]);
    }
    for (int i = 1; i < ctx->argc; i++) {
        const char *op = ctx->argv[i];
        const char *arg = strchr(op, ':');
        struct flow_owner *owner = NULL;

        if (arg && arg[1] >= 'A' && arg[1] <= 'D'
            && strncmp(op, "installed", 9)) {
            owner = &owners[arg[1] - 'A'];
        }
        if (!strncmp(op, "begin:", 6)) {
            flow_table_begin(ft, owner);
        } else if (!strncmp(op, "end:", 4)) {
            flow_table_end(ft, owner);
        } else if (!strncmp(op, "remove:", 7)) {
            flow_table_remove(ft, owner);
        } else if (!strncmp(op, "want:", 5)) {
            add_flow(ft, owner, arg + 3);
        } else if (!strncmp(op, "installed:", 10)) {
            add_flow(ft, NULL, arg + 1);
        } else if (!strcmp(op, "forget")) {
            flow_table_forget_installed(ft);
        } else if (!strcmp(op, "diff")) {
            printf("%"PRIuSIZE" changes\n",
                   flow_table_take_changes(ft, print_change, NULL));
        } else {
            ovs_fatal(0, "unknown operation \"%s\"", op);
        }
    }
    flow_table_destroy(ft);
}
