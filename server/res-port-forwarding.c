/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Resource "port_forwarding", below a floating IP: its attributes and rules.
 *
 * A port forwarding is about one port or about consecutive ones.  The API has
 * an attribute for each form ("external_port", "external_port_range"); of a
 * single port it shows both.
 *
 * Invariants: all port forwardings of a floating IP are of its router, and
 * their external ports do not overlap.  Every change writes to the floating
 * IP (resource_touch()), so that two servers cannot break that together. */

#include <config.h>
#include "server/resource.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "packets.h"
#include "server/api-error.h"
#include "server/attr.h"
#include "server/backend.h"
#include "server/floating-ip.h"
#include "server/rows.h"
#include "util.h"

static const struct res_standard std_port_forwarding
    = RES_STANDARD_COLUMNS(port_forwarding);

static const char *const protocols[] = { "tcp", "udp", "sctp", "dccp", NULL };

/* Consecutive ports. */
struct range {
    int64_t first, n;
};

/* Ports. */

static struct json *
range_to_json(int64_t first, int64_t n)
{
    return json_string_create_nocopy(xasprintf("%"PRId64":%"PRId64, first,
                                               first + n - 1));
}

static struct json *
get_external_port(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port_forwarding *f = obj;

    return (f->n_external == 1 ? json_integer_create(f->external_port)
            : json_null_create());
}

static struct json *
get_external_range(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port_forwarding *f = obj;

    return range_to_json(f->external_port, f->n_external);
}

static struct json *
get_internal_port(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port_forwarding *f = obj;

    return (f->n_internal == 1 ? json_integer_create(f->internal_port)
            : json_null_create());
}

static struct json *
get_internal_range(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port_forwarding *f = obj;

    return range_to_json(f->internal_port, f->n_internal);
}

static struct json *
get_internal_port_id(struct api_ctx *ctx OVS_UNUSED, const void *obj)
{
    const struct l3harec_port_forwarding *f = obj;

    return (f->port ? json_uuid(&f->port->header_.uuid)
            : json_null_create());
}

/* Parses "FIRST:LAST" or "PORT". */
static bool
parse_range(const char *s, struct range *range)
{
    const char *colon = strchr(s, ':');
    size_t len = colon ? colon - s : strlen(s);
    char *first_s = xmemdup0(s, len);
    int first, last;
    bool ok;

    ok = (s[0] && strspn(s, "0123456789:") == strlen(s)
          && str_to_int(first_s, 10, &first)
          && str_to_int(colon ? colon + 1 : first_s, 10, &last)
          && first >= 1 && first <= last && last <= UINT16_MAX);
    free(first_s);
    if (ok) {
        range->first = first;
        range->n = last - first + 1;
    }
    return ok;
}

static struct api_error *
check_port(const struct res_attr *attr, struct json **valuep)
{
    struct api_error *error = attr_integer(attr, valuep);

    return (error || json_integer(*valuep) > 0 ? error
            : attr_invalid(attr, "Invalid port '0', valid range 1-65535"));
}

static struct api_error *
check_range(const struct res_attr *attr, struct json **valuep)
{
    struct range range;
    struct api_error *error;

    error = attr_string(attr, valuep);
    if (!error && !parse_range(json_string(*valuep), &range)) {
        error = attr_invalid(attr, "Invalid port or port range: '%s'",
                             json_string(*valuep));
    }
    return error;
}

static const struct res_attr port_forwarding_attrs[] = {
    { .name = "id", .flags = RES_RO, .get = res_get_id,
      .match = res_match_id },
    { .name = "project_id", .flags = RES_POST | RES_HIDDEN,
      .check = attr_string, .max = 255 },
    { .name = "tenant_id", .flags = RES_POST | RES_HIDDEN,
      .check = attr_string, .max = 255 },
    { .name = "description", .flags = RES_RW, .check = attr_string,
      .max = 255, .def = "\"\"",
      .column = &l3harec_port_forwarding_col_description },
    { .name = "protocol", .flags = RES_RW | RES_REQUIRED,
      .check = attr_one_of, .values = protocols,
      .column = &l3harec_port_forwarding_col_protocol },
    { .name = "external_port", .flags = RES_RW, .check = check_port,
      .max = UINT16_MAX, .get = get_external_port },
    { .name = "external_port_range", .flags = RES_RW, .check = check_range,
      .get = get_external_range },
    { .name = "internal_port", .flags = RES_RW, .check = check_port,
      .max = UINT16_MAX, .get = get_internal_port },
    { .name = "internal_port_range", .flags = RES_RW, .check = check_range,
      .get = get_internal_range },
    { .name = "internal_port_id", .flags = RES_RW | RES_REQUIRED,
      .check = attr_uuid, .get = get_internal_port_id },
    { .name = "internal_ip_address", .flags = RES_RW | RES_MANUAL,
      .check = attr_ip_or_none,
      .column = &l3harec_port_forwarding_col_internal_address },
};

/* Reads the ports that 'body' has in 'port' or 'port_range' into '*range',
 * which stays as it is if there are none. */
static struct api_error *
get_range(const struct json *body, const char *port, const char *port_range,
          struct range *range)
{
    if (body_has(body, port) && body_has(body, port_range)) {
        return api_error_bad_request(
            "port_forwarding", "%s and %s cannot be given together", port,
            port_range);
    }
    if (body_has(body, port)) {
        range->first = body_int(body, port, 0);
        range->n = 1;
    } else if (body_has(body, port_range)) {
        parse_range(body_string(body, port_range), range);
    }
    return (range->n ? NULL
            : api_error_create(400, "HTTPBadRequest", "Failed to parse "
                               "request. Required attribute '%s' not "
                               "specified", port));
}

/* Refuses if a port forwarding of 'fip' has one of the external ports of 'f'
 * already. */
static struct api_error *
check_no_overlap(struct api_ctx *ctx, const struct l3harec_floating_ip *fip,
                 const struct l3harec_port_forwarding *f,
                 const char *protocol, const struct range *external)
{
    struct api_error *error = NULL;
    struct rows rows;

    rows_forwards_of_fip(ctx->backend, fip, &rows);
    for (size_t i = 0; i < rows.n && !error; i++) {
        const struct l3harec_port_forwarding *other = rows.rows[i];

        if (other != f && !strcmp(other->protocol, protocol)
            && other->external_port < external->first + external->n
            && external->first < other->external_port + other->n_external) {
            error = api_error_bad_request(
                "port_forwarding", "A duplicate port forwarding entry with "
                "same attributes already exists, conflicting values are "
                "{'floatingip_id': '"UUID_FMT"', 'external_port': %"PRId64", "
                "'protocol': '%s'}", UUID_ARGS(&fip->header_.uuid),
                MAX(other->external_port, external->first), protocol);
        }
    }
    rows_destroy(&rows);
    return error;
}

static struct api_error *
write_ports(struct api_ctx *ctx, const struct l3harec_floating_ip *fip,
            const struct l3harec_port_forwarding *f, const struct json *body)
{
    struct range external = { f->external_port, f->n_external };
    struct range internal = { f->internal_port, f->n_internal };
    const char *protocol = body_string(body, "protocol");
    struct api_error *error;

    error = get_range(body, "external_port", "external_port_range",
                      &external);
    if (!error) {
        error = get_range(body, "internal_port", "internal_port_range",
                          &internal);
    }
    if (!error && internal.n != 1 && internal.n != external.n) {
        error = api_error_bad_request(
            "port_forwarding", "The ranges of internal and external ports "
            "must have the same size, or the internal one a single port");
    }
    if (!error) {
        error = check_no_overlap(ctx, fip, f,
                                 protocol ? protocol : f->protocol,
                                 &external);
    }
    if (!error) {
        l3harec_port_forwarding_set_external_port(f, external.first);
        l3harec_port_forwarding_set_n_external(f, external.n);
        l3harec_port_forwarding_set_internal_port(f, internal.first);
        l3harec_port_forwarding_set_n_internal(f, internal.n);
    }
    return error;
}

/* Destination. */

/* Finds the address of 'port' that 'f' is to lead to: 'wanted', or the first
 * if that is NULL. */
static struct api_error *
find_internal_address(const struct l3harec_port *port, const char *wanted,
                      const struct l3harec_ip_allocation **addressp)
{
    const struct l3harec_ip_allocation *found = NULL;
    ovs_be32 best = OVS_BE32_MAX, ip4;

    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        const struct l3harec_ip_allocation *a = port->fixed_ips[i];

        if (ip_parse(a->address, &ip4)
            && (wanted ? !strcmp(a->address, wanted)
                : !found || ntohl(ip4) < ntohl(best))) {
            found = a;
            best = ip4;
        }
    }
    *addressp = found;
    return (found ? NULL
            : wanted
            ? api_error_bad_request(
                  "port_forwarding", "Requested internal IP address %s is not "
                  "suitable for internal neutron port "UUID_FMT", which has "
                  "no such IPv4 address", wanted,
                  UUID_ARGS(&port->header_.uuid))
            : api_error_bad_request(
                  "port_forwarding", "Requested internal port "UUID_FMT" must "
                  "allocate an IPv4 address at least",
                  UUID_ARGS(&port->header_.uuid)));
}

/* Refuses an address that has a floating IP of its own. */
static struct api_error *
check_no_floating_ip(struct api_ctx *ctx,
                     const struct l3harec_floating_ip *fip,
                     const struct l3harec_port *port, const char *address)
{
    struct api_error *error = NULL;
    struct rows fips;

    rows_fips_of_port(ctx->backend, port, &fips);
    for (size_t i = 0; i < fips.n && !error; i++) {
        const struct l3harec_floating_ip *other = fips.rows[i];

        if (!strcmp(other->fixed_address, address)) {
            error = api_error_create(
                409, "PortHasBindingFloatingIP", "Cannot create port "
                "forwarding to floating IP %s ("UUID_FMT") with port "UUID_FMT
                " using fixed IP %s, as that port already has a binding "
                "floating IP.", fip->address, UUID_ARGS(&fip->header_.uuid),
                UUID_ARGS(&port->header_.uuid), address);
        }
    }
    rows_destroy(&fips);
    return error;
}

/* Has 'f' lead to 'wanted' (may be NULL) of port 'port_id'. */
static struct api_error *
write_destination(struct api_ctx *ctx, const struct l3harec_floating_ip *fip,
                  const struct l3harec_port_forwarding *f,
                  const char *port_id, const char *wanted)
{
    const struct l3harec_ip_allocation *address = NULL;
    const struct l3harec_router *router;
    const struct l3harec_port *port;
    struct api_error *error;

    port = resource_find_by_text(&res_port, ctx, port_id, &error);
    if (!port) {
        return error;
    }
    if (rows_is_router_owner(port->device_owner)) {
        return api_error_bad_request(
            "port_forwarding", "Port "UUID_FMT" has device owner %s",
            UUID_ARGS(&port->header_.uuid), port->device_owner);
    }
    error = find_internal_address(port, wanted, &address);
    if (!error) {
        error = check_no_floating_ip(ctx, fip, port, address->address);
    }
    if (error) {
        return error;
    }
    router = floating_ip_find_router(ctx, fip->network, address->subnet);
    if (!router) {
        return api_error_bad_request(
            "port_forwarding", "External network "UUID_FMT" is not reachable "
            "from subnet "UUID_FMT". Cannot set Port forwarding for port "
            UUID_FMT" with Floating IP "UUID_FMT,
            UUID_ARGS(&fip->network->header_.uuid),
            UUID_ARGS(&address->subnet->header_.uuid),
            UUID_ARGS(&port->header_.uuid), UUID_ARGS(&fip->header_.uuid));
    }
    if (fip->router && fip->router != router) {
        return api_error_bad_request(
            "port_forwarding", "The Floating IP "UUID_FMT" had been set on "
            "router "UUID_FMT", the internal Neutron port "UUID_FMT" can not "
            "reach it", UUID_ARGS(&fip->header_.uuid),
            UUID_ARGS(&fip->router->header_.uuid),
            UUID_ARGS(&port->header_.uuid));
    }
    l3harec_port_forwarding_set_port(f, port);
    l3harec_port_forwarding_set_internal_address(f, address->address);
    l3harec_port_forwarding_set_router(f, router);
    resource_touch(ctx, &std_port, &port->header_);
    if (!fip->router) {
        floating_ip_associate(ctx, fip, NULL, NULL, router);
    } else {
        resource_touch(ctx, &std_router, &router->header_);
    }
    return NULL;
}

static struct api_error *
port_forwarding_create(struct api_ctx *ctx, const void *obj,
                       const struct json *body)
{
    const struct l3harec_port_forwarding *f = obj;
    const struct l3harec_floating_ip *fip = ctx->parent;
    const char *port_id = body_string(body, "internal_port_id");
    const char *address = body_string(body, "internal_ip_address");
    struct api_error *error;

    if (fip->port) {
        return api_error_create(
            409, "FloatingIPPortAlreadyAssociated", "Cannot associate "
            "floating IP %s ("UUID_FMT") with port %s using fixed IP %s, as "
            "that fixed IP already has a floating IP on external network "
            UUID_FMT".", fip->address, UUID_ARGS(&fip->header_.uuid), port_id,
            address ? address : "None",
            UUID_ARGS(&fip->network->header_.uuid));
    }
    resource_touch(ctx, &std_floating_ip, &fip->header_);
    error = write_destination(ctx, fip, f, port_id, address);
    return error ? error : write_ports(ctx, fip, f, body);
}

static struct api_error *
port_forwarding_update(struct api_ctx *ctx, const void *obj,
                       const struct json *body)
{
    const struct l3harec_port_forwarding *f = obj;
    const struct l3harec_floating_ip *fip = f->floating_ip;
    struct api_error *error = NULL;

    resource_touch(ctx, &std_floating_ip, &fip->header_);
    if (body_has(body, "internal_port_id")
        || body_has(body, "internal_ip_address")) {
        const char *port_id = body_string(body, "internal_port_id");
        const char *address = body_string(body, "internal_ip_address");
        char *present = xasprintf(UUID_FMT, UUID_ARGS(&f->port->header_.uuid));

        error = write_destination(ctx, fip, f, port_id ? port_id : present,
                                  address);
        free(present);
    }
    return error ? error : write_ports(ctx, fip, f, body);
}

static struct api_error *
port_forwarding_destroy(struct api_ctx *ctx, const void *obj)
{
    const struct l3harec_port_forwarding *f = obj;
    const struct l3harec_floating_ip *fip = f->floating_ip;
    struct rows rows;

    resource_touch(ctx, &std_floating_ip, &fip->header_);
    rows_forwards_of_fip(ctx->backend, fip, &rows);
    if (rows.n == 1) {
        floating_ip_associate(ctx, fip, NULL, NULL, NULL);
    }
    rows_destroy(&rows);
    return NULL;
}

static void
port_forwarding_list(struct api_ctx *ctx, const void *parent,
                     const void ***objs, size_t *n)
{
    struct rows rows;

    rows_forwards_of_fip(ctx->backend, parent, &rows);
    *objs = rows.rows;
    *n = rows.n;
}

const struct resource res_port_forwarding = {
    .name = "port_forwarding",
    .collection = "port_forwardings",
    .parent = &res_floating_ip,
    .parent_column = &l3harec_port_forwarding_col_floating_ip,
    .list_of = port_forwarding_list,
    .methods = RES_CAN_ALL,
    .attrs = port_forwarding_attrs,
    .n_attrs = ARRAY_SIZE(port_forwarding_attrs),
    .not_found = "PortForwardingNotFound",
    .not_found_format = "Port Forwarding %s could not be found.",
    .table = &l3harec_table_port_forwarding,
    .standard = &std_port_forwarding,
    .create = port_forwarding_create,
    .update = port_forwarding_update,
    .destroy = port_forwarding_destroy,
};
