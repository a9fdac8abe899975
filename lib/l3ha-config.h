/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_CONFIG_H
#define L3HA_CONFIG_H 1

/* Options from INI files, with Neutron's sections, names and defaults.
 *
 * One table in l3ha-config.c lists every option that any program of the
 * package acts on: section, name, type, default, range, meaning; the manual
 * page ovs-l3ha.conf(5) is made from the same table.  Values are checked when
 * a file is read, so the getters cannot fail; asking for an option that is
 * not in the table is a bug and aborts. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct l3ha_config;
struct sset;
struct smap;
struct svec;

struct l3ha_config *l3ha_config_create(void);
void l3ha_config_destroy(struct l3ha_config *);

/* Reads 'file' over what was read before (a later file wins).  Returns NULL
 * if successful, otherwise a message (one line for each problem, each naming
 * file, line, section, option and what was expected), which the caller must
 * free; 'config' must not be used then. */
char *l3ha_config_load(struct l3ha_config *, const char *file);

/* To be called once after all files: logs in one line how many options were
 * set that ovs-l3ha does not act on, and warns of values that have no
 * effect. */
void l3ha_config_log_ignored(const struct l3ha_config *);

/* For --check-config: every option that was understood with its value and
 * where it came from, then every one that was ignored. */
void l3ha_config_print(const struct l3ha_config *, FILE *);

/* Values.  'section' is "DEFAULT", "agent", "ml2", ...  Results belong to
 * 'config'.  l3ha_config_get_str() returns "" for an option without a
 * default. */
const char *l3ha_config_get_str(const struct l3ha_config *,
                                const char *section, const char *name);
bool l3ha_config_get_bool(const struct l3ha_config *,
                          const char *section, const char *name);
int64_t l3ha_config_get_int(const struct l3ha_config *,
                            const char *section, const char *name);
double l3ha_config_get_float(const struct l3ha_config *,
                             const char *section, const char *name);
/* Comma-separated list, in the order of the file. */
const struct svec *l3ha_config_get_list(const struct l3ha_config *,
                                        const char *section, const char *name);
/* Comma-separated list of KEY:VALUE. */
const struct smap *l3ha_config_get_dict(const struct l3ha_config *,
                                        const char *section, const char *name);
/* True if a file set the option. */
bool l3ha_config_is_set(const struct l3ha_config *,
                        const char *section, const char *name);

#endif /* lib/l3ha-config.h */
