/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "metadata/settings.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"

/* Options that ovs-l3ha-metadata acts on, and how they travel there.
 *
 * Owns the strings in struct md_settings.  In: the agent's options.  Out: the
 * same in the other process.  The two functions that convert are beside each
 * other so that they cannot drift apart. */

/* Makes 'settings' those that are in force until the agent has said more. */
void
md_settings_init(struct md_settings *settings)
{
    *settings = (struct md_settings) {
        .base_url = xstrdup(""),
        .ca_cert = xstrdup(""),
        .client_cert = xstrdup(""),
        .client_key = xstrdup(""),
        .secret = xstrdup(""),
        .timeout_connect = 30,
        .timeout_server = 32,
        .timeout_request = 30,
        .timeout_client = 32,
    };
}

/* Frees what 'settings' holds, not 'settings' itself. */
void
md_settings_destroy(struct md_settings *settings)
{
    free(settings->base_url);
    free(settings->ca_cert);
    free(settings->client_cert);
    free(settings->client_key);
    free(settings->secret);
}

static void
put_str(struct json *json, const char *name, const char *value)
{
    json_object_put_string(json, name, value);
}

static void
put_timeout(struct json *json, const char *name,
            const struct l3ha_config *config)
{
    json_object_put(json, name,
                    json_integer_create(l3ha_config_get_int(
                                            config, "metadata_haproxy",
                                            name)));
}

/* Returns the message "config" for the options in 'config'. */
struct json *
md_settings_to_json(const struct l3ha_config *config)
{
    static const char *const files[] = {
        "auth_ca_cert", "nova_client_cert", "nova_client_priv_key",
        "metadata_proxy_shared_secret",
    };
    const char *host = l3ha_config_get_str(config, "DEFAULT",
                                           "nova_metadata_host");
    struct json *json = json_object_create();
    struct in6_addr ip6;
    bool is_ip6 = ipv6_parse(host, &ip6);

    json_object_put_string(json, "op", "config");
    json_object_put(
        json, "base_url",
        json_string_create_nocopy(
            xasprintf("%s://%s%s%s:%d",
                      l3ha_config_get_str(config, "DEFAULT",
                                          "nova_metadata_protocol"),
                      is_ip6 ? "[" : "", host, is_ip6 ? "]" : "",
                      (int) l3ha_config_get_int(config, "DEFAULT",
                                                "nova_metadata_port"))));
    json_object_put(json, "nova_metadata_insecure",
                    json_boolean_create(
                        l3ha_config_get_bool(config, "DEFAULT",
                                             "nova_metadata_insecure")));
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        put_str(json, files[i], l3ha_config_get_str(config, "DEFAULT",
                                                    files[i]));
    }
    put_timeout(json, "timeout_connect", config);
    put_timeout(json, "timeout_server", config);
    put_timeout(json, "timeout_http_request", config);
    put_timeout(json, "timeout_client", config);
    return json;
}

static void
get_str(const struct json *json, const char *name, char **value)
{
    const struct json *member = shash_find_data(json_object(json), name);

    if (member && member->type == JSON_STRING) {
        free(*value);
        *value = xstrdup(json_string(member));
    }
}

static void
get_int(const struct json *json, const char *name, int *value)
{
    const struct json *member = shash_find_data(json_object(json), name);

    if (member && member->type == JSON_INTEGER) {
        *value = json_integer(member);
    }
}

/* Takes over what the message 'json' says. */
void
md_settings_from_json(struct md_settings *settings, const struct json *json)
{
    const struct json *insecure = shash_find_data(json_object(json),
                                                  "nova_metadata_insecure");

    settings->insecure = insecure && insecure->type == JSON_TRUE;
    get_str(json, "base_url", &settings->base_url);
    get_str(json, "auth_ca_cert", &settings->ca_cert);
    get_str(json, "nova_client_cert", &settings->client_cert);
    get_str(json, "nova_client_priv_key", &settings->client_key);
    get_str(json, "metadata_proxy_shared_secret", &settings->secret);
    get_int(json, "timeout_connect", &settings->timeout_connect);
    get_int(json, "timeout_server", &settings->timeout_server);
    get_int(json, "timeout_http_request", &settings->timeout_request);
    get_int(json, "timeout_client", &settings->timeout_client);
}
