/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/settings.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/l3ha-config.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "svec.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(settings);

/* What the agent is told about its own host.
 *
 * Owns the strings in struct agent_settings.  In: the Open_vSwitch row's
 * external_ids and the INI options.  Out: the merged settings, and whether
 * they changed, so that the caller can act on a change at run time.
 *
 * Invariant: a value that cannot be used is never kept: it is reported once
 * for each change of its text and treated as absent. */

/* Makes 'settings' empty. */
void
agent_settings_init(struct agent_settings *settings)
{
    memset(settings, 0, sizeof *settings);
    smap_init(&settings->seen);
    sset_init(&settings->tunnel_types);
    smap_init(&settings->bridge_mappings);
    sset_init(&settings->roles);
}

/* Frees what 'settings' holds, not 'settings' itself. */
void
agent_settings_destroy(struct agent_settings *settings)
{
    free(settings->host);
    free(settings->remote);
    free(settings->tunnel_ip);
    free(settings->bridge);
    free(settings->datapath_type);
    smap_destroy(&settings->seen);
    sset_destroy(&settings->tunnel_types);
    smap_destroy(&settings->bridge_mappings);
    sset_destroy(&settings->roles);
}

/* Returns external_ids:'key' of 'cfg', or NULL if it is absent or blank. */
static const char *
external_id(const struct ovsrec_open_vswitch *cfg, const char *key)
{
    const char *value = cfg ? smap_get(&cfg->external_ids, key) : NULL;

    return value && value[0] ? value : NULL;
}

/* Sets '*tokens' to the comma-separated words of 's'. */
static void
split_list(const char *s, struct sset *tokens)
{
    sset_from_delimited_string(tokens, s, ", ");
}

static char *
choose_host(const struct ovsrec_open_vswitch *cfg,
            const struct l3ha_config *config)
{
    const char *host = external_id(cfg, "l3ha-host");
    char buf[256];

    if (!host && l3ha_config_is_set(config, "DEFAULT", "host")) {
        host = l3ha_config_get_str(config, "DEFAULT", "host");
    }
    if (!host || !host[0]) {
        host = external_id(cfg, "hostname");
    }
    if (!host) {
        if (gethostname(buf, sizeof buf)) {
            return xstrdup("localhost");
        }
        buf[sizeof buf - 1] = '\0';
        host = buf;
    }
    return xstrdup(host);
}

static char *
choose_tunnel_ip(const struct ovsrec_open_vswitch *cfg,
                 const struct l3ha_config *config)
{
    const char *ip = external_id(cfg, "l3ha-encap-ip");
    const char *source = "external_ids:l3ha-encap-ip";
    struct in6_addr addr;

    if (!ip && l3ha_config_is_set(config, "ovs", "local_ip")) {
        ip = l3ha_config_get_str(config, "ovs", "local_ip");
        source = "[ovs] local_ip";
    }
    if (!ip && l3ha_config_is_set(config, "vxlan", "local_ip")) {
        ip = l3ha_config_get_str(config, "vxlan", "local_ip");
        source = "[vxlan] local_ip";
    }
    if (!ip || !ip[0]) {
        return NULL;
    }
    if (!ipv6_parse(ip, &addr)) {
        ovs_be32 ip4;

        if (!ip_parse(ip, &ip4)) {
            VLOG_ERR("%s: \"%s\" is not an IP address, so this host has no "
                     "tunnels", source, ip);
            return NULL;
        }
    }
    return xstrdup(ip);
}

static void
choose_tunnel_types(const struct ovsrec_open_vswitch *cfg,
                    const struct l3ha_config *config, struct sset *types)
{
    const char *value = external_id(cfg, "l3ha-encap-type");

    if (value) {
        struct sset words;
        const char *word;

        split_list(value, &words);
        SSET_FOR_EACH (word, &words) {
            if (!strcmp(word, "vxlan") || !strcmp(word, "gre")
                || !strcmp(word, "geneve")) {
                sset_add(types, word);
            } else {
                VLOG_ERR("external_ids:l3ha-encap-type: \"%s\" is not one of "
                         "vxlan, gre, geneve", word);
            }
        }
        sset_destroy(&words);
    } else {
        const struct svec *list = l3ha_config_get_list(config, "agent",
                                                       "tunnel_types");
        const char *word;
        size_t i;

        SVEC_FOR_EACH (i, word, list) {
            sset_add(types, word);
        }
    }
    if (sset_is_empty(types)) {
        sset_add(types, "vxlan");
    }
}

static void
choose_bridge_mappings(const struct ovsrec_open_vswitch *cfg,
                       const struct l3ha_config *config, struct smap *mappings)
{
    const char *value = external_id(cfg, "l3ha-bridge-mappings");

    if (value) {
        struct sset words;
        const char *word;

        smap_init(mappings);
        split_list(value, &words);
        SSET_FOR_EACH (word, &words) {
            const char *colon = strchr(word, ':');

            if (!colon || colon == word || !colon[1]) {
                VLOG_ERR("external_ids:l3ha-bridge-mappings: \"%s\" is not "
                         "of the form PHYSICAL_NETWORK:BRIDGE", word);
                continue;
            }
            smap_replace_nocopy(mappings, xmemdup0(word, colon - word),
                                xstrdup(colon + 1));
        }
        sset_destroy(&words);
    } else {
        smap_clone(mappings, l3ha_config_get_dict(config, "ovs",
                                                  "bridge_mappings"));
    }
}

static void
choose_roles(const struct ovsrec_open_vswitch *cfg, struct sset *roles)
{
    const char *value = external_id(cfg, "l3ha-roles");
    struct sset words;
    const char *word;

    split_list(value ? value : "l2,l3", &words);
    SSET_FOR_EACH (word, &words) {
        if (!strcmp(word, "l2") || !strcmp(word, "l3")
            || !strcmp(word, "dhcp") || !strcmp(word, "metadata")) {
            sset_add(roles, word);
        } else {
            VLOG_ERR("external_ids:l3ha-roles: \"%s\" is not one of "
                     "l2, l3, dhcp, metadata", word);
        }
    }
    sset_destroy(&words);
}

/* Returns the port of the metadata proxies if this host is to have any. */
static uint16_t
choose_metadata_port(const struct sset *roles,
                     const struct l3ha_config *config)
{
    return (sset_contains(roles, "metadata")
            || l3ha_config_get_bool(config, "DEFAULT",
                                    "enable_metadata_proxy")
            ? l3ha_config_get_int(config, "DEFAULT", "metadata_port")
            : 0);
}

/* Copies the settings that 'cfg' (may be NULL) and 'config' make to
 * 'settings'.  Returns true if anything differs from what was there. */
bool
agent_settings_update(struct agent_settings *settings,
                      const struct ovsrec_open_vswitch *cfg,
                      const struct l3ha_config *config)
{
    struct agent_settings new;
    bool changed;

    if (settings->host && cfg && smap_equal(&settings->seen,
                                            &cfg->external_ids)) {
        return false;
    }
    if (cfg) {
        smap_destroy(&settings->seen);
        smap_clone(&settings->seen, &cfg->external_ids);
    }

    memset(&new, 0, sizeof new);
    sset_init(&new.tunnel_types);
    sset_init(&new.roles);

    new.host = choose_host(cfg, config);
    new.remote = nullable_xstrdup(external_id(cfg, "l3ha-remote"));
    new.tunnel_ip = choose_tunnel_ip(cfg, config);
    choose_tunnel_types(cfg, config, &new.tunnel_types);
    choose_bridge_mappings(cfg, config, &new.bridge_mappings);
    choose_roles(cfg, &new.roles);
    new.bridge = xstrdup(l3ha_config_get_str(config, "ovs",
                                             "integration_bridge"));
    new.datapath_type = xstrdup(
        l3ha_config_is_set(config, "ovs", "datapath_type")
        ? l3ha_config_get_str(config, "ovs", "datapath_type") : "");
    new.vxlan_port = l3ha_config_get_int(config, "agent", "vxlan_udp_port");
    new.metadata_port = choose_metadata_port(&new.roles, config);

    changed = (!settings->host
               || strcmp(settings->host, new.host)
               || !nullable_string_is_equal(settings->remote, new.remote)
               || !nullable_string_is_equal(settings->tunnel_ip,
                                            new.tunnel_ip)
               || !sset_equals(&settings->tunnel_types, &new.tunnel_types)
               || !smap_equal(&settings->bridge_mappings,
                              &new.bridge_mappings)
               || !sset_equals(&settings->roles, &new.roles)
               || strcmp(settings->bridge, new.bridge)
               || strcmp(settings->datapath_type, new.datapath_type)
               || settings->vxlan_port != new.vxlan_port
               || settings->metadata_port != new.metadata_port);

    free(settings->host);
    free(settings->remote);
    free(settings->tunnel_ip);
    free(settings->bridge);
    free(settings->datapath_type);
    settings->host = new.host;
    settings->remote = new.remote;
    settings->tunnel_ip = new.tunnel_ip;
    settings->bridge = new.bridge;
    settings->datapath_type = new.datapath_type;
    settings->vxlan_port = new.vxlan_port;
    settings->metadata_port = new.metadata_port;
    sset_swap(&settings->tunnel_types, &new.tunnel_types);
    sset_swap(&settings->roles, &new.roles);
    hmap_swap(&settings->bridge_mappings.map, &new.bridge_mappings.map);
    sset_destroy(&new.tunnel_types);
    sset_destroy(&new.roles);
    smap_destroy(&new.bridge_mappings);
    return changed;
}

static char *
join(const struct sset *set)
{
    const char **words = sset_sort(set);
    struct svec svec = { CONST_CAST(char **, words), sset_count(set), 0 };
    char *s = svec_join(&svec, ",", "");

    free(words);
    return s;
}

/* Writes 'settings' to 'stream', one line each. */
void
agent_settings_print(const struct agent_settings *settings, FILE *stream)
{
    char *types = join(&settings->tunnel_types);
    char *roles = join(&settings->roles);
    const struct smap_node **nodes = smap_sort(&settings->bridge_mappings);
    size_t i;

    fprintf(stream, "host: %s\n", settings->host);
    fprintf(stream, "database: %s\n",
            settings->remote ? settings->remote : "not set");
    fprintf(stream, "roles: %s\n", roles);
    fprintf(stream, "tunnels: %s from %s\n", types,
            settings->tunnel_ip ? settings->tunnel_ip : "(no address)");
    fprintf(stream, "integration bridge: %s\n", settings->bridge);
    for (i = 0; i < smap_count(&settings->bridge_mappings); i++) {
        fprintf(stream, "physical network %s: bridge %s\n",
                nodes[i]->key, nodes[i]->value);
    }
    free(nodes);
    free(types);
    free(roles);
}
