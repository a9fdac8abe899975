/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Prints the list of options for ovs-l3ha.conf(5), in groff, from the table
 * that the programs use.  Runs while the package is built. */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "lib/l3ha-options.h"

/* Prints 's' so that groff takes none of it for a command. */
static void
print_text(const char *s)
{
    if (*s == '.' || *s == '\'') {
        fputs("\\&", stdout);
    }
    for (; *s; s++) {
        if (*s == '\\') {
            fputs("\\e", stdout);
        } else if (*s == '-') {
            fputs("\\-", stdout);
        } else if (s[0] == '.' && s[1] == ' ' && s[2] == ' ') {
            /* A sentence ends: let groff choose the space. */
            fputs(".\n", stdout);
            s += 2;
        } else {
            putchar(*s);
        }
    }
}

static void
print_option(const struct l3ha_option *o)
{
    printf(".TP\n.B ");
    print_text(o->name);
    if (o->alias) {
        printf("\\fR or \\fB");
        print_text(o->alias);
    }
    printf("\n%s", l3ha_opt_type_to_string(o->type));
    if (o->choices && *o->choices == ',') {
        printf(", empty or one of ");
        print_text(o->choices + 1);
    } else if (o->choices) {
        printf(o->type == L3HA_OPT_LIST ? " of " : ", one of ");
        print_text(o->choices);
    } else if (o->type == L3HA_OPT_INT || o->type == L3HA_OPT_FLOAT) {
        printf(", %.10g to %.10g", o->min, o->max);
    }
    if (*o->def) {
        printf("; default\n.B ");
        print_text(o->def);
        printf("\n.br\n");
    } else {
        printf("; empty by default\n.br\n");
    }
    print_text(o->doc);
    putchar('\n');
    if (o->only_default) {
        puts("Only the default is supported:\n"
             "another value is accepted, has no effect and is warned of.");
    }
}

int
main(void)
{
    const char *section = "";

    for (size_t i = 0; i < l3ha_n_options; i++) {
        const struct l3ha_option *o = &l3ha_options[i];

        if (strcmp(section, o->section)) {
            section = o->section;
            printf(".SS \"[%s]\"\n", section);
        }
        print_option(o);
    }
    return 0;
}
