/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* What a port may send and receive.
 *
 * Writes the port's columns security_groups, allowed_address_pairs and
 * extra_dhcp_opts from checked bodies, by Neutron's rules:
 *
 * - A port of an instance gets the default group of its project unless the
 *   request names others ([] for none).  Ports of Neutron's own
 *   ("network:...") are trusted and get none.
 * - Without port_security_enabled there are neither groups nor pairs.
 * - Groups with and without state do not mix. */

#include <config.h>
#include "server/port-security.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/security-group.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

static size_t
list_length(const struct json *list)
{
    return list && list->type == JSON_ARRAY ? json_array(list)->n : 0;
}

/* Security groups. */

static struct api_error *
write_groups(struct api_ctx *ctx, const struct l3harec_port *port,
             const struct json *list)
{
    size_t n = list_length(list);
    const struct l3harec_security_group **groups;
    struct api_error *error = NULL;

    groups = xcalloc(n + 1, sizeof *groups);
    for (size_t i = 0; i < n && !error; i++) {
        groups[i] = resource_find_by_text(
            &res_security_group, ctx, json_string(json_array(list)->elems[i]),
            &error);
        if (!error && groups[i]->stateful != groups[0]->stateful) {
            error = api_error_create(
                409, "SecurityGroupConflict", "Error Cannot apply both "
                "stateful and stateless security groups on the same port "
                "while attempting the operation.");
        }
    }
    if (!error) {
        l3harec_port_set_security_groups(
            port, CONST_CAST(struct l3harec_security_group **, groups), n);
    }
    free(groups);
    return error;
}

/* Ports that belong to Neutron's own services. */
static bool
is_trusted(const struct l3harec_port *port)
{
    return !strncmp(port->device_owner, "network:", 8);
}

static void
write_default_group(struct api_ctx *ctx, const struct l3harec_port *port)
{
    if (!is_trusted(port) && port->project_id[0]) {
        struct l3harec_security_group *group = CONST_CAST(
            struct l3harec_security_group *,
            sg_get_default(ctx, port->project_id));

        l3harec_port_set_security_groups(port, &group, 1);
    }
}

/* Address pairs. */

/* An element of Port:allowed_address_pairs is "IP MAC". */
struct json *
port_security_get_pairs(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port *port = obj;
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < port->n_allowed_address_pairs; i++) {
        const char *text = port->allowed_address_pairs[i];
        size_t len = strcspn(text, " ");
        struct json *pair = json_object_create();

        json_object_put(pair, "ip_address",
                        json_string_create_nocopy(xmemdup0(text, len)));
        json_object_put_string(pair, "mac_address",
                               text[len] ? text + len + 1 : "");
        json_array_add(array, pair);
    }
    return array;
}

static struct api_error *
write_pairs(struct api_ctx *ctx, const struct l3harec_port *port,
            const struct json *list)
{
    int64_t max = l3ha_config_get_int(ctx->backend->config, "DEFAULT",
                                      "max_allowed_address_pair");
    struct sset pairs = SSET_INITIALIZER(&pairs);
    struct api_error *error = NULL;
    size_t n = list_length(list);
    const char **array;

    if (n > max) {
        return api_error_create(400, "AllowedAddressPairExhausted",
                                "The number of allowed address pair exceeds "
                                "the maximum %"PRId64".", max);
    }
    for (size_t i = 0; i < n && !error; i++) {
        const struct json *pair = json_array(list)->elems[i];
        const char *ip = body_string(pair, "ip_address");
        const char *mac = body_string(pair, "mac_address");
        char *text = xasprintf("%s %s", ip, mac ? mac : port->mac);

        if (!sset_add(&pairs, text)) {
            error = api_error_create(
                400, "DuplicateAddressPairInRequest", "Request contains "
                "duplicate address pair: mac_address %s ip_address %s.",
                mac ? mac : port->mac, ip);
        }
        free(text);
    }
    if (!error) {
        array = sset_sort(&pairs);
        l3harec_port_set_allowed_address_pairs(port, array,
                                               sset_count(&pairs));
        free(array);
    }
    sset_destroy(&pairs);
    return error;
}

static struct api_error *
pairs_need_port_security(void)
{
    return api_error_create(409, "AddressPairAndPortSecurityRequired",
                            "Port Security must be enabled in order to have "
                            "allowed address pairs on a port.");
}

static struct api_error *
groups_need_port_security(void)
{
    return api_error_create(400, "PortSecurityAndIPRequiredForSecurityGroups",
                            "Port security must be enabled and port must "
                            "have an IP address in order to use security "
                            "groups.");
}

/* DHCP options. */

/* A key of Port:extra_dhcp_opts is "VERSION:NAME". */
struct json *
port_security_get_dhcp_opts(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port *port = obj;
    struct json *array = json_array_create_empty();
    const struct smap_node **nodes = smap_sort(&port->extra_dhcp_opts);

    for (size_t i = 0; i < smap_count(&port->extra_dhcp_opts); i++) {
        struct json *opt = json_object_create();
        const char *key = nodes[i]->key;
        const char *colon = strchr(key, ':');

        json_object_put_string(opt, "opt_name", colon ? colon + 1 : key);
        json_object_put_string(opt, "opt_value", nodes[i]->value);
        json_object_put(opt, "ip_version",
                        json_integer_create(key[0] == '6' ? 6 : 4));
        json_array_add(array, opt);
    }
    free(nodes);
    return array;
}

/* Options that 'list' does not name stay; those with a null value go. */
static void
write_dhcp_opts(const struct l3harec_port *port, const struct json *list)
{
    struct smap opts;

    smap_clone(&opts, &port->extra_dhcp_opts);
    for (size_t i = 0; i < list_length(list); i++) {
        const struct json *opt = json_array(list)->elems[i];
        const char *value = body_string(opt, "opt_value");
        char *key = xasprintf("%d:%s", (int) body_int(opt, "ip_version", 4),
                              body_string(opt, "opt_name"));

        if (value) {
            smap_replace(&opts, key, value);
        } else {
            smap_remove(&opts, key);
        }
        free(key);
    }
    l3harec_port_set_extra_dhcp_opts(port, &opts);
    smap_destroy(&opts);
}

/* The whole. */

struct api_error *
port_security_create(struct api_ctx *ctx, const struct l3harec_port *port,
                     const struct json *body)
{
    const struct json *groups = body_get(body, "security_groups");
    const struct json *pairs = body_get(body, "allowed_address_pairs");
    struct api_error *error = NULL;

    if (!port->port_security_enabled) {
        if (list_length(pairs)) {
            return pairs_need_port_security();
        }
        if (list_length(groups)) {
            return groups_need_port_security();
        }
    } else if (groups && groups->type == JSON_ARRAY) {
        error = write_groups(ctx, port, groups);
    } else {
        write_default_group(ctx, port);
    }
    if (!error && pairs) {
        error = write_pairs(ctx, port, pairs);
    }
    if (!error && body_has(body, "extra_dhcp_opts")) {
        write_dhcp_opts(port, body_get(body, "extra_dhcp_opts"));
    }
    return error;
}

struct api_error *
port_security_update(struct api_ctx *ctx, const struct l3harec_port *port,
                     const struct json *body)
{
    const struct json *groups = body_get(body, "security_groups");
    const struct json *pairs = body_get(body, "allowed_address_pairs");
    struct api_error *error = NULL;

    if (!body_bool(body, "port_security_enabled",
                   port->port_security_enabled)) {
        if (pairs ? list_length(pairs) : port->n_allowed_address_pairs) {
            return pairs_need_port_security();
        }
        if (list_length(groups)) {
            return groups_need_port_security();
        }
        if (!groups && port->n_security_groups) {
            return api_error_create(
                409, "PortSecurityPortHasSecurityGroup", "Port has security "
                "group associated. Cannot disable port security or IP "
                "address until security group is removed.");
        }
    }
    if (groups) {
        error = write_groups(ctx, port, groups);
    }
    if (!error && pairs) {
        error = write_pairs(ctx, port, pairs);
    }
    if (!error && body_has(body, "extra_dhcp_opts")) {
        write_dhcp_opts(port, body_get(body, "extra_dhcp_opts"));
    }
    return error;
}
