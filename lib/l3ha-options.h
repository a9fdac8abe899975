/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_OPTIONS_H
#define L3HA_OPTIONS_H 1

/* The table of all options of configuration files, and the check of one
 * value.  Programs use lib/l3ha-config.h; this header is for that module and
 * for the program that prints ovs-l3ha.conf(5). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum l3ha_opt_type {
    L3HA_OPT_STR,
    L3HA_OPT_BOOL,
    L3HA_OPT_INT,
    L3HA_OPT_FLOAT,
    L3HA_OPT_LIST,              /* Comma-separated. */
    L3HA_OPT_DICT,              /* Comma-separated KEY:VALUE. */
};

struct l3ha_option {
    const char *section;
    const char *name;
    enum l3ha_opt_type type;
    const char *def;            /* As in a file; may refer to others by $. */
    const char *doc;            /* What it means, for the manual page. */

    /* What is accepted; all optional.  'choices' are words separated by
     * commas, for STR, INT and each element of LIST.  'min' and 'max' are for
     * INT and FLOAT (without them 'min' == 'max' == 0).  'check' looks at a
     * STR, or at each element of a LIST, or at each value of a DICT, and
     * returns what was expected, or NULL if 's' is good. */
    const char *choices;
    double min, max;
    const char *(*check)(const char *s);

    const char *alias;          /* Another name for the same option. */
    bool secret;                /* Never printed or logged. */

    /* The programs behave as the default says; another value is accepted
     * because existing files have it, has no effect, and is warned about. */
    bool only_default;
};

extern const struct l3ha_option l3ha_options[];
extern const size_t l3ha_n_options;

const char *l3ha_opt_type_to_string(enum l3ha_opt_type);

/* A value in its type's form. */
union l3ha_opt_value {
    bool boolean;
    int64_t integer;
    double real;
};

/* Checks 'text', the whole of a STR, BOOL, INT or FLOAT or one element of a
 * LIST or one value of a DICT, and stores the value of a BOOL, INT or FLOAT
 * in '*value'.  Returns NULL if 'text' is good, otherwise what was expected,
 * which the caller must free. */
char *l3ha_option_parse(const struct l3ha_option *, const char *text,
                        union l3ha_opt_value *value);

#endif /* lib/l3ha-options.h */
