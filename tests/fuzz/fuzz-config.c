/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Fuzz target: any bytes as a configuration file.  They are either refused
 * with a message or leave every option with a value of its type. */

#include <config.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-options.h"
#include "openvswitch/vlog.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
read_values(const struct l3ha_config *config)
{
    for (size_t i = 0; i < l3ha_n_options; i++) {
        const struct l3ha_option *o = &l3ha_options[i];

        switch (o->type) {
        case L3HA_OPT_STR:
            ovs_assert(l3ha_config_get_str(config, o->section, o->name));
            break;
        case L3HA_OPT_BOOL:
            l3ha_config_get_bool(config, o->section, o->name);
            break;
        case L3HA_OPT_INT: {
            int64_t x = l3ha_config_get_int(config, o->section, o->name);
            ovs_assert(x >= o->min && x <= o->max);
            break;
        }
        case L3HA_OPT_FLOAT: {
            double x = l3ha_config_get_float(config, o->section, o->name);
            ovs_assert(x >= o->min && x <= o->max);
            break;
        }
        case L3HA_OPT_LIST:
            ovs_assert(l3ha_config_get_list(config, o->section, o->name));
            break;
        case L3HA_OPT_DICT:
            ovs_assert(l3ha_config_get_dict(config, o->section, o->name));
            break;
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *null;
    struct l3ha_config *config = l3ha_config_create();
    int fd = memfd_create("config", 0);
    char *name = xasprintf("/proc/self/fd/%d", fd);

    if (!null) {
        null = fopen("/dev/null", "w");
    }
    if (fd < 0 || !null || write(fd, data, size) != size) {
        abort();
    }

    char *error = l3ha_config_load(config, name);
    ovs_assert(!error || *error);
    if (!error) {
        read_values(config);
        l3ha_config_print(config, null);
    }
    free(error);
    free(name);
    close(fd);
    l3ha_config_destroy(config);
    return 0;
}
