/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* "config FILE...": reads the files in this order and prints what was
 * understood, or the messages.
 *
 * "config-get FILE...": reads the files and prints some values by type. */

#include <config.h>
#include "tests/l3ha-test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "command-line.h"
#include "lib/l3ha-config.h"
#include "smap.h"
#include "svec.h"

static struct l3ha_config *
load(struct ovs_cmdl_context *ctx)
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
    return config;
}

void
test_config(struct ovs_cmdl_context *ctx)
{
    struct l3ha_config *config = load(ctx);

    l3ha_config_print(config, stdout);
    l3ha_config_destroy(config);
}

void
test_config_get(struct ovs_cmdl_context *ctx)
{
    struct l3ha_config *config = load(ctx);
    const struct svec *types
        = l3ha_config_get_list(config, "ml2", "tenant_network_types");
    const struct smap *mappings
        = l3ha_config_get_dict(config, "ovs", "bridge_mappings");
    const struct smap_node **nodes = smap_sort(mappings);

    l3ha_config_log_ignored(config);
    printf("host: %s\n", l3ha_config_get_str(config, "DEFAULT", "host"));
    printf("password: %s\n",
           l3ha_config_get_str(config, "DEFAULT", "ha_vrrp_auth_password"));
    printf("l3_ha: %s, set: %s\n",
           l3ha_config_get_bool(config, "DEFAULT", "l3_ha") ? "true" : "false",
           l3ha_config_is_set(config, "DEFAULT", "l3_ha") ? "yes" : "no");
    printf("bind_port: %"PRId64"\n",
           l3ha_config_get_int(config, "DEFAULT", "bind_port"));
    printf("report_interval: %g\n",
           l3ha_config_get_float(config, "agent", "report_interval"));
    printf("tenant_network_types:");
    for (size_t i = 0; i < types->n; i++) {
        printf(" %s", types->names[i]);
    }
    printf("\nbridge_mappings:");
    for (size_t i = 0; i < smap_count(mappings); i++) {
        printf(" %s=%s", nodes[i]->key, nodes[i]->value);
    }
    printf("\n");
    free(nodes);
    l3ha_config_destroy(config);
}
