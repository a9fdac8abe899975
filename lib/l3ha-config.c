/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Options from INI files.
 *
 * libinih splits a file into sections, names and values; this module gives
 * them the meaning that oslo.config gives them (continuation lines, quotes,
 * "$other" references, lists), checks them against the table in
 * lib/l3ha-options.c and keeps the result.
 *
 * A file is read in two steps.  First each assignment is stored as text with
 * its place, over what an earlier file said.  Then every option of the table
 * is expanded and checked, because a reference may have changed its meaning.
 * After a successful load every option of the table has a good value, which
 * is why the getters cannot fail.
 *
 * Options that are not in the table are remembered by name and text: a
 * reference may name them, and --check-config lists them.  One whose name
 * differs by a slip of the finger from a name in the table is an error.
 *
 * Limit: a reference is looked up when the file that holds it is read, so it
 * may not name a foreign option that only a later file sets. */

#include <config.h>
#include "lib/l3ha-config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-options.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "svec.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(l3ha_config);

/* References within references deeper than this are taken for a loop. */
#define MAX_DEPTH 8

/* Longest value, in characters, that references may make. */
#define MAX_EXPANSION 65536

/* One option's text and where it was set. */
struct setting {
    struct ds raw;              /* As in the file. */
    char *file;                 /* NULL for a default. */
    int line;
};

/* The value of one option of the table. */
struct value {
    struct setting setting;
    char *text;                 /* 'setting.raw' without references. */
    union l3ha_opt_value scalar;
    struct svec list;
    struct smap dict;
};

struct l3ha_config {
    struct value *values;       /* Parallel to l3ha_options[]. */

    /* Options that are not in the table: "SECTION.NAME" -> struct setting. */
    struct shash ignored;
};

/* State while one file is read. */
struct loader {
    struct l3ha_config *config;
    const char *file;
    FILE *stream;
    struct ds errors;

    /* The reader below keeps these, for the handler. */
    int line;                   /* Number of the current line, from 1. */
    bool at_start;              /* The next read begins a line. */
    bool indented;              /* Current line begins with white space. */
    bool detached;              /* ... and a blank line is before it. */

    bool binary;                /* A null byte was seen. */

    struct setting *last;       /* For continuation lines. */
};

static void evaluate(struct l3ha_config *, struct ds *errors);

static void
setting_init(struct setting *s)
{
    ds_init(&s->raw);
    s->file = NULL;
    s->line = 0;
}

static void
setting_set(struct setting *s, const char *text, const char *file, int line)
{
    ds_clear(&s->raw);
    ds_put_cstr(&s->raw, text);
    free(s->file);
    s->file = xstrdup(file);
    s->line = line;
}

static void
setting_destroy(struct setting *s)
{
    ds_destroy(&s->raw);
    free(s->file);
}

struct l3ha_config *
l3ha_config_create(void)
{
    struct l3ha_config *config = xzalloc(sizeof *config);
    struct ds errors = DS_EMPTY_INITIALIZER;

    shash_init(&config->ignored);
    config->values = xcalloc(l3ha_n_options, sizeof *config->values);
    for (size_t i = 0; i < l3ha_n_options; i++) {
        struct value *v = &config->values[i];

        setting_init(&v->setting);
        ds_put_cstr(&v->setting.raw, l3ha_options[i].def);
        svec_init(&v->list);
        smap_init(&v->dict);
    }
    evaluate(config, &errors);
    if (errors.length) {
        ovs_abort(0, "bad default in table of options: %s", ds_cstr(&errors));
    }
    ds_destroy(&errors);
    return config;
}

void
l3ha_config_destroy(struct l3ha_config *config)
{
    struct shash_node *node;

    if (!config) {
        return;
    }
    for (size_t i = 0; i < l3ha_n_options; i++) {
        struct value *v = &config->values[i];

        setting_destroy(&v->setting);
        free(v->text);
        svec_destroy(&v->list);
        smap_destroy(&v->dict);
    }
    free(config->values);
    SHASH_FOR_EACH (node, &config->ignored) {
        setting_destroy(node->data);
    }
    shash_destroy_free_data(&config->ignored);
    free(config);
}

/* Looking up options. */

/* Neutron accepts these sections in either case. */
static const char *
canonical_section(const char *section)
{
    return (!strcmp(section, "AGENT") ? "agent"
            : !strcmp(section, "OVS") ? "ovs"
            : !strcmp(section, "SECURITYGROUP") ? "securitygroup"
            : !strcmp(section, "QUOTAS") ? "quotas"
            : section);
}

/* Returns the index in l3ha_options[], or -1. */
static int
find_option(const char *section, const char *name)
{
    section = canonical_section(section);
    for (size_t i = 0; i < l3ha_n_options; i++) {
        const struct l3ha_option *o = &l3ha_options[i];

        if (!strcmp(section, o->section)
            && (!strcmp(name, o->name)
                || (o->alias && !strcmp(name, o->alias)))) {
            return i;
        }
    }
    return -1;
}

/* Returns the number of characters to insert, delete, replace or swap with
 * their neighbour to turn 'a' into 'b', or a larger number than 'limit' if it
 * is larger than 'limit'. */
static size_t
edit_distance(const char *a, const char *b, size_t limit)
{
    size_t na = strlen(a), nb = strlen(b);
    size_t row[3][64];

    if (na >= 64 || nb >= 64 || (na > nb ? na - nb : nb - na) > limit) {
        return limit + 1;
    }
    for (size_t j = 0; j <= nb; j++) {
        row[0][j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        size_t *cur = row[i % 3];
        size_t *prev = row[(i - 1) % 3];

        cur[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t cost = prev[j - 1] + (a[i - 1] != b[j - 1]);
            cost = MIN(cost, prev[j] + 1);
            cost = MIN(cost, cur[j - 1] + 1);
            if (i > 1 && j > 1
                && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost = MIN(cost, row[(i - 2) % 3][j - 2] + 1);
            }
            cur[j] = cost;
        }
    }
    return row[na % 3][nb];
}

/* Returns true if 'word' looks like 'known' with a slip of the finger.  Short
 * names are close to many others, so that they get less leeway. */
static bool
is_slip(const char *word, const char *known)
{
    size_t limit = strlen(known) >= 6 ? 2 : 1;

    return (strcmp(word, known)
            && (!strcasecmp(word, known)
                || (strlen(known) >= 4
                    && edit_distance(word, known, limit) <= limit)));
}

/* Returns the option that [section] name probably means, or NULL. */
static const struct l3ha_option *
find_similar(const char *section, const char *name)
{
    section = canonical_section(section);

    /* First the name, then the section; not both at once. */
    for (size_t i = 0; i < l3ha_n_options; i++) {
        const struct l3ha_option *o = &l3ha_options[i];

        if (!strcmp(section, o->section)
            && (is_slip(name, o->name)
                || (o->alias && is_slip(name, o->alias)))) {
            return o;
        }
    }
    for (size_t i = 0; i < l3ha_n_options; i++) {
        const struct l3ha_option *o = &l3ha_options[i];

        if (is_slip(section, o->section)
            && (!strcmp(name, o->name)
                || (o->alias && !strcmp(name, o->alias)))) {
            return o;
        }
    }
    return NULL;
}

/* Reading a file. */

/* Reads a line, or as much of it as fits, as fgets() does.  A null byte, which
 * would hide the rest of the line, is replaced and remembered. */
static char *
read_line(char *s, int num, void *loader_)
{
    struct loader *l = loader_;
    int n = 0;

    while (n < num - 1) {
        int c = getc(l->stream);

        if (c == EOF) {
            break;
        } else if (!c) {
            l->binary = true;
            c = '?';
        }
        s[n++] = c;
        if (c == '\n') {
            break;
        }
    }
    if (!n) {
        return NULL;
    }
    s[n] = '\0';

    if (l->at_start) {
        bool blank = !s[strspn(s, " \t\r\n")];

        l->line++;
        l->indented = *s == ' ' || *s == '\t';
        if (!l->indented || blank) {
            l->detached = blank;
        }
    }
    l->at_start = s[n - 1] == '\n';
    return s;
}

static void
add_error(struct ds *errors, const char *file, int line,
          const char *section, const char *name, const char *message)
{
    ds_put_format(errors, "%s:%d: [%s] %s: %s\n",
                  file, line, section, name, message);
}

static void
strip_quotes(char *s)
{
    size_t n = strlen(s);

    if (n >= 2 && (*s == '"' || *s == '\'') && s[n - 1] == *s) {
        memmove(s, s + 1, n - 2);
        s[n - 2] = '\0';
    }
}

static int
handle_assignment(void *loader_, const char *section, const char *name,
                  const char *value)
{
    struct loader *l = loader_;

    if (l->indented) {
        /* Continuation of the value of the line before. */
        if (!l->last || l->detached) {
            add_error(&l->errors, l->file, l->line, section, name,
                      "unexpected continuation line; expected NAME = VALUE "
                      "from the first column on");
        } else {
            ds_put_format(&l->last->raw, "\n%s", value);
        }
        return 1;
    }

    l->last = NULL;
    if (!*section) {
        add_error(&l->errors, l->file, l->line, "", name,
                  "expected a section such as [DEFAULT] before it");
        return 1;
    }

    char *text = xstrdup(value);
    strip_quotes(text);

    int i = find_option(section, name);
    if (i >= 0) {
        l->last = &l->config->values[i].setting;
    } else {
        const struct l3ha_option *similar = find_similar(section, name);
        if (similar) {
            char *message = xasprintf("no such option; did you mean [%s] %s?",
                                      similar->section, similar->name);
            add_error(&l->errors, l->file, l->line, section, name, message);
            free(message);
        }

        char *key = xasprintf("%s.%s", section, name);
        l->last = shash_find_data(&l->config->ignored, key);
        if (!l->last) {
            l->last = xmalloc(sizeof *l->last);
            setting_init(l->last);
            shash_add(&l->config->ignored, key, l->last);
        }
        free(key);
    }
    setting_set(l->last, text, l->file, l->line);
    free(text);
    return 1;
}

char *
l3ha_config_load(struct l3ha_config *config, const char *file)
{
    struct loader l = {
        .config = config,
        .file = file,
        .at_start = true,
        .errors = DS_EMPTY_INITIALIZER,
    };

    l.stream = fopen(file, "r");
    if (!l.stream) {
        return xasprintf("%s: %s", file, ovs_strerror(errno));
    }

    /* The syntax of oslo.config: no comments after a value, lines of any
     * length. */
    ini_allow_inline_comments = false;
    ini_allow_multiline = true;
    ini_use_stack = false;
    ini_allow_realloc = true;
    ini_max_line = INT32_MAX;

    int retval = ini_parse_stream(read_line, &l, handle_assignment, &l);
    if (ferror(l.stream)) {
        ds_put_format(&l.errors, "%s: %s\n", file, ovs_strerror(errno));
    } else if (l.binary) {
        /* What else is wrong with it follows from that. */
        ds_clear(&l.errors);
        ds_put_format(&l.errors, "%s: not a text file\n", file);
    } else if (retval > 0) {
        ds_put_format(&l.errors, "%s:%d: expected [SECTION] or "
                      "NAME = VALUE\n", file, retval);
    }
    fclose(l.stream);

    if (!l.errors.length) {
        evaluate(config, &l.errors);
    }
    if (!l.errors.length) {
        ds_destroy(&l.errors);
        return NULL;
    }
    ds_chomp(&l.errors, '\n');
    return ds_steal_cstr(&l.errors);
}

/* Evaluation. */

static char *expand(const struct l3ha_config *, const char *section,
                    const char *text, int depth, struct ds *out);

/* Appends the value of what 'ref' ("name" or "section.name"), in 'section',
 * names.  Returns NULL if successful, otherwise a message. */
static char *
expand_reference(const struct l3ha_config *config, const char *section,
                 const char *ref, int depth, struct ds *out)
{
    const char *dot = strchr(ref, '.');
    char *other = dot ? xmemdup0(ref, dot - ref) : xstrdup(section);
    const char *name = dot ? dot + 1 : ref;
    char *error = NULL;

    if (depth >= MAX_DEPTH) {
        free(other);
        return xasprintf("$%s refers to itself", ref);
    } else if (out->length > MAX_EXPANSION) {
        free(other);
        return xasprintf("$%s makes it longer than %d characters", ref,
                         MAX_EXPANSION);
    }

    for (;;) {
        int i = find_option(other, name);
        if (i >= 0) {
            error = expand(config, other,
                           ds_cstr_ro(&config->values[i].setting.raw),
                           depth + 1, out);
            break;
        }

        char *key = xasprintf("%s.%s", other, name);
        struct setting *s = shash_find_data(&config->ignored, key);
        free(key);
        if (s) {
            error = expand(config, other, ds_cstr_ro(&s->raw), depth + 1,
                           out);
            break;
        }

        if (dot || !strcmp(other, "DEFAULT")) {
            error = xasprintf("expected $%s to name an option that is set; "
                              "write $$ for a dollar sign", ref);
            break;
        }
        free(other);
        other = xstrdup("DEFAULT");
    }
    free(other);
    return error;
}

/* Appends 'text', with each "$name", "${name}" and "$section.name" replaced by
 * what it names, "$$" and "\$" by a dollar sign.  Returns NULL if successful,
 * otherwise a message. */
static char *
expand(const struct l3ha_config *config, const char *section,
       const char *text, int depth, struct ds *out)
{
    static const char ref_chars[] = "abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789_.";

    for (const char *p = text; *p; ) {
        if (!strncmp(p, "$$", 2) || !strncmp(p, "\\$", 2)) {
            ds_put_char(out, '$');
            p += 2;
            continue;
        } else if (*p != '$') {
            ds_put_char(out, *p++);
            continue;
        }

        const char *start = p + 1 + (p[1] == '{');
        size_t n = strspn(start, ref_chars);
        bool braces = p[1] == '{';
        while (!braces && n && start[n - 1] == '.') {
            n--;                /* The end of a sentence. */
        }
        if (!n || isdigit((unsigned char) *start)
            || (braces && start[n] != '}')) {
            ds_put_char(out, *p++);
            continue;
        }

        char *ref = xmemdup0(start, n);
        char *error = expand_reference(config, section, ref, depth, out);
        free(ref);
        if (error) {
            return error;
        }
        p = start + n + braces;
    }
    return NULL;
}

static void
trim(char *s)
{
    size_t n = strlen(s);
    size_t skip = strspn(s, " \t\r\n");

    while (n > skip && strchr(" \t\r\n", s[n - 1])) {
        n--;
    }
    memmove(s, s + skip, n - skip);
    s[n - skip] = '\0';
}

/* Stores 'element' of the LIST or DICT 'o' in 'v'.  Returns NULL if
 * successful, otherwise what was expected. */
static char *
parse_element(const struct l3ha_option *o, const char *element,
              struct value *v)
{
    if (o->type == L3HA_OPT_LIST) {
        char *expected = l3ha_option_parse(o, element, &v->scalar);
        if (!expected) {
            svec_add(&v->list, element);
        }
        return expected;
    }

    const char *colon = strchr(element, ':');
    if (!colon || colon == element) {
        return xstrdup("KEY:VALUE");
    }

    char *key = xmemdup0(element, colon - element);
    char *value = xstrdup(colon + 1);
    char *expected;

    trim(key);
    trim(value);
    expected = l3ha_option_parse(o, value, &v->scalar);
    if (!expected && !smap_add_once(&v->dict, key, value)) {
        expected = xasprintf("\"%s\" only once", key);
    }
    free(key);
    free(value);
    return expected;
}

/* Makes 'v', the value of 'o', from its text.  Returns NULL if successful,
 * otherwise a message. */
static char *
evaluate_option(const struct l3ha_config *config,
                const struct l3ha_option *o, struct value *v)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    char *error = expand(config, o->section, ds_cstr_ro(&v->setting.raw), 0,
                         &text);

    free(v->text);
    v->text = ds_steal_cstr(&text);
    svec_clear(&v->list);
    smap_clear(&v->dict);
    if (error) {
        return error;
    }

    const char *bad = v->text;
    char *expected = NULL;
    char *copy = NULL;
    if (o->type == L3HA_OPT_LIST || o->type == L3HA_OPT_DICT) {
        char *save_ptr = NULL;

        copy = xstrdup(v->text);
        for (char *e = strtok_r(copy, ",\n", &save_ptr); e && !expected;
             e = strtok_r(NULL, ",\n", &save_ptr)) {
            trim(e);
            if (*e) {
                bad = e;
                expected = parse_element(o, e, v);
            }
        }
    } else {
        expected = l3ha_option_parse(o, v->text, &v->scalar);
    }
    if (expected) {
        error = (o->secret
                 ? xasprintf("unusable value: expected %s", expected)
                 : xasprintf("unusable value \"%s\": expected %s",
                             bad, expected));
        free(expected);
    }
    free(copy);
    return error;
}

/* Makes the values of all options from their texts. */
static void
evaluate(struct l3ha_config *config, struct ds *errors)
{
    for (size_t i = 0; i < l3ha_n_options; i++) {
        const struct l3ha_option *o = &l3ha_options[i];
        struct value *v = &config->values[i];
        char *error = evaluate_option(config, o, v);

        if (error) {
            add_error(errors, v->setting.file ? v->setting.file : "default",
                      v->setting.line, o->section, o->name, error);
            free(error);
        }
    }
}

/* Reports. */

/* Returns true if 'v', a value of 'o', differs from the default 'def' and has
 * no effect for that reason. */
static bool
has_no_effect(const struct l3ha_option *o, const struct value *v,
              const struct value *def)
{
    return (o->only_default
            && (o->type == L3HA_OPT_BOOL
                ? v->scalar.boolean != def->scalar.boolean
                : o->type == L3HA_OPT_INT
                ? v->scalar.integer != def->scalar.integer
                : strcmp(v->text, def->text)));
}

void
l3ha_config_log_ignored(const struct l3ha_config *config)
{
    struct l3ha_config *defaults = l3ha_config_create();
    size_t n = shash_count(&config->ignored);

    for (size_t i = 0; i < l3ha_n_options; i++) {
        const struct l3ha_option *o = &l3ha_options[i];
        const struct value *v = &config->values[i];

        if (has_no_effect(o, v, &defaults->values[i])) {
            VLOG_WARN("%s:%d: [%s] %s = %s has no effect, only %s%s is "
                      "supported", v->setting.file, v->setting.line,
                      o->section, o->name, v->text,
                      *o->def ? "" : "an empty value", o->def);
        }
    }
    l3ha_config_destroy(defaults);

    if (n) {
        VLOG_INFO("%"PRIuSIZE" option%s in configuration files %s ignored "
                  "(--check-config lists them)",
                  n, n == 1 ? "" : "s", n == 1 ? "is" : "are");
    }
}

void
l3ha_config_print(const struct l3ha_config *config, FILE *stream)
{
    struct l3ha_config *defaults = l3ha_config_create();
    const char *section = "";

    for (size_t i = 0; i < l3ha_n_options; i++) {
        const struct l3ha_option *o = &l3ha_options[i];
        const struct value *v = &config->values[i];

        if (strcmp(section, o->section)) {
            fprintf(stream, "%s[%s]\n", i ? "\n" : "", o->section);
            section = o->section;
        }
        fprintf(stream, "%s = ", o->name);
        for (const char *p = o->secret && *v->text ? "***" : v->text; *p;
             p++) {
            putc(*p == '\n' ? ' ' : *p, stream);
        }
        if (v->setting.file) {
            fprintf(stream, "    # %s:%d%s\n",
                    v->setting.file, v->setting.line,
                    (has_no_effect(o, v, &defaults->values[i])
                     ? ", NO EFFECT" : ""));
        } else {
            fprintf(stream, "    # default\n");
        }
    }

    l3ha_config_destroy(defaults);

    const struct shash_node **nodes = shash_sort(&config->ignored);
    size_t n = shash_count(&config->ignored);
    fprintf(stream, "\n# Ignored: %"PRIuSIZE" option%s\n",
            n, n == 1 ? "" : "s");
    for (size_t i = 0; i < n; i++) {
        const struct setting *s = nodes[i]->data;
        const char *dot = strchr(nodes[i]->name, '.');

        fprintf(stream, "# [%.*s] %s    # %s:%d\n",
                (int) (dot - nodes[i]->name), nodes[i]->name, dot + 1,
                s->file, s->line);
    }
    free(nodes);
}

/* Values. */

static const struct value *
get_value(const struct l3ha_config *config, const char *section,
          const char *name, enum l3ha_opt_type type)
{
    int i = find_option(section, name);

    if (i < 0) {
        ovs_abort(0, "[%s] %s is not in the table of options", section, name);
    } else if (l3ha_options[i].type != type) {
        ovs_abort(0, "[%s] %s is a %s but asked for as a %s", section, name,
                  l3ha_opt_type_to_string(l3ha_options[i].type),
                  l3ha_opt_type_to_string(type));
    }
    return &config->values[i];
}

const char *
l3ha_config_get_str(const struct l3ha_config *config,
                    const char *section, const char *name)
{
    return get_value(config, section, name, L3HA_OPT_STR)->text;
}

bool
l3ha_config_get_bool(const struct l3ha_config *config,
                     const char *section, const char *name)
{
    return get_value(config, section, name, L3HA_OPT_BOOL)->scalar.boolean;
}

int64_t
l3ha_config_get_int(const struct l3ha_config *config,
                    const char *section, const char *name)
{
    return get_value(config, section, name, L3HA_OPT_INT)->scalar.integer;
}

double
l3ha_config_get_float(const struct l3ha_config *config,
                      const char *section, const char *name)
{
    return get_value(config, section, name, L3HA_OPT_FLOAT)->scalar.real;
}

const struct svec *
l3ha_config_get_list(const struct l3ha_config *config,
                     const char *section, const char *name)
{
    return &get_value(config, section, name, L3HA_OPT_LIST)->list;
}

const struct smap *
l3ha_config_get_dict(const struct l3ha_config *config,
                     const char *section, const char *name)
{
    return &get_value(config, section, name, L3HA_OPT_DICT)->dict;
}

bool
l3ha_config_is_set(const struct l3ha_config *config,
                   const char *section, const char *name)
{
    int i = find_option(section, name);

    ovs_assert(i >= 0);
    return config->values[i].setting.file != NULL;
}
