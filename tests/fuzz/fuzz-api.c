/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Fuzz target: any bytes as a request of the REST API.
 *
 * Input: a letter for the method, the path with its query up to the end of
 * the line, the body.  The request is executed in a transaction that holds an
 * object of most kinds with a well-known id, and that is aborted.  Each
 * request is refused with a status from 400 to 503 or makes an answer.
 *
 * fuzz-api.dict has the words that requests are made of, and fuzz-api.seeds
 * requests that get far, with a blank line between two.  To fuzz:
 *
 *     mkdir corpus
 *     awk -v RS= '{ printf "%s", $0 > ("corpus/seed" NR) }' fuzz-api.seeds
 *     fuzz-api -dict=fuzz-api.dict -max_total_time=600 corpus */

#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "server/api-call.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/http.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define NETWORK "aaaaaaaa-0000-4000-8000-000000000001"
#define SUBNET "aaaaaaaa-0000-4000-8000-000000000002"
#define PORT "aaaaaaaa-0000-4000-8000-000000000003"
#define ROUTER "aaaaaaaa-0000-4000-8000-000000000004"
#define GROUP "aaaaaaaa-0000-4000-8000-000000000005"
#define RULE "aaaaaaaa-0000-4000-8000-000000000006"
#define FIP "aaaaaaaa-0000-4000-8000-000000000007"
#define ADDRESSES "aaaaaaaa-0000-4000-8000-000000000008"
#define SCOPE "aaaaaaaa-0000-4000-8000-000000000009"
#define POOL "aaaaaaaa-0000-4000-8000-00000000000a"
#define QOS "aaaaaaaa-0000-4000-8000-00000000000b"
#define INSIDE "aaaaaaaa-0000-4000-8000-00000000000c"
#define INSIDE_SUBNET "aaaaaaaa-0000-4000-8000-00000000000d"
#define INSIDE_PORT "aaaaaaaa-0000-4000-8000-00000000000e"
#define RBAC "aaaaaaaa-0000-4000-8000-00000000000f"

static struct backend *
create_backend(void)
{
    struct ovsdb_idl *idl = ovsdb_idl_create_unconnected(&l3harec_idl_class,
                                                         true);
    struct backend *backend;
    char *error = NULL;

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    backend = backend_create(idl, l3ha_config_create(), &error);
    if (!backend) {
        ovs_fatal(0, "%s", error);
    }
    return backend;
}

/* Creates an object as a client does that sends 'text'. */
static void
seed(struct api_ctx *ctx, const struct resource *res, const char *id,
     const char *text)
{
    const struct api_caller admin = { .project_id = "p", .is_admin = true };
    struct json *input = json_from_string(text);
    struct api_error *error;
    struct json *body;
    struct uuid uuid;

    error = resource_prepare_body(res, &admin, true, input, &body);
    if (!error && uuid_from_string(&uuid, id)) {
        error = resource_create(res, ctx, &uuid, body);
        json_destroy(body);
    }
    if (error) {
        ovs_fatal(0, "%s: %s", error->type, error->message);
    }
    json_destroy(input);
}

/* An external network with a port; a network behind a router, with a port that
 * has a floating IP; what they refer to. */
static void
seed_all(struct api_ctx *ctx)
{
    seed(ctx, &res_network, NETWORK,
         "{\"name\": \"n\", \"router:external\": true}");
    seed(ctx, &res_subnet, SUBNET, "{\"network_id\": \""NETWORK"\", "
         "\"ip_version\": 4, \"cidr\": \"10.0.0.0/24\"}");
    seed(ctx, &res_security_group, GROUP, "{\"name\": \"g\"}");
    seed(ctx, &res_security_group_rule, RULE, "{\"security_group_id\": \""
         GROUP"\", \"direction\": \"ingress\", \"protocol\": \"tcp\", "
         "\"port_range_min\": 22, \"port_range_max\": 22}");
    seed(ctx, &res_port, PORT, "{\"network_id\": \""NETWORK"\"}");
    seed(ctx, &res_address_group, ADDRESSES,
         "{\"name\": \"a\", \"addresses\": [\"10.9.0.0/24\"]}");
    seed(ctx, &res_address_scope, SCOPE,
         "{\"name\": \"s\", \"ip_version\": 4}");
    seed(ctx, &res_subnet_pool, POOL, "{\"name\": \"p\", "
         "\"prefixes\": [\"10.8.0.0/16\"], \"default_prefixlen\": 24}");
    seed(ctx, &res_qos_policy, QOS, "{\"name\": \"q\"}");
    seed(ctx, &res_network, INSIDE, "{\"name\": \"i\"}");
    seed(ctx, &res_subnet, INSIDE_SUBNET, "{\"network_id\": \""INSIDE"\", "
         "\"ip_version\": 4, \"cidr\": \"10.1.0.0/24\"}");
    seed(ctx, &res_port, INSIDE_PORT, "{\"network_id\": \""INSIDE"\", "
         "\"security_groups\": [\""GROUP"\"]}");
    seed(ctx, &res_router, ROUTER, "{\"name\": \"r\", "
         "\"external_gateway_info\": {\"network_id\": \""NETWORK"\"}}");
    seed(ctx, &res_floating_ip, FIP,
         "{\"floating_network_id\": \""NETWORK"\"}");
    seed(ctx, &res_rbac, RBAC, "{\"object_type\": \"network\", "
         "\"object_id\": \""INSIDE"\", \"target_tenant\": \"t\", "
         "\"action\": \"access_as_shared\"}");
}

/* Executes the request in a transaction that is not committed. */
static struct api_error *
execute(struct api_call *call)
{
    struct api_ctx ctx = {
        .backend = call->backend,
        .idl = call->backend->idl,
        .txn = ovsdb_idl_txn_create(call->backend->idl),
        .caller = &call->caller,
        .project_id = call->caller.project_id,
        .now = 1,
    };
    struct api_error *error;

    seed_all(&ctx);
    error = api_call_execute(call, &ctx);
    if (!error) {
        error = api_call_make_answer(call);
    }
    if (!error && call->stream) {
        struct ds s = DS_EMPTY_INITIALIZER;

        while (call->stream->next(call->stream, &s)) {
            continue;
        }
        json_destroy(json_from_string(ds_cstr(&s)));
        ds_destroy(&s);
    }
    api_ctx_clear(&ctx);
    ovsdb_idl_txn_abort(ctx.txn);
    ovsdb_idl_txn_destroy(ctx.txn);
    return error;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct backend *backend;
    const uint8_t *end;
    struct http_request req = { .query = "", .host = "h", .id = "req-0" };
    struct api_call call = { .req = &req, .status = 200 };
    struct api_error *error;
    char *path, *body, *query;
    uint8_t method;

    if (!backend) {
        backend = create_backend();
    }
    if (!size) {
        return 0;
    }
    /* A small letter stands for a caller who is not the admin. */
    method = data[0] & ~0x20;
    req.method = (method == 'P' ? "POST" : method == 'U' ? "PUT"
                  : method == 'D' ? "DELETE" : method == 'H' ? "HEAD"
                  : "GET");
    api_caller_init(&call.caller, "p", data[0] & 0x20 ? "member" : "admin");
    data++;
    size--;
    end = memchr(data, '\n', size);
    path = xmemdup0((const char *) data, end ? end - data : size);
    body = end ? xmemdup0((const char *) end + 1, size - (end + 1 - data))
               : xstrdup("");
    query = strchr(path, '?');
    if (query) {
        *query++ = '\0';
        req.query = query;
    }
    req.path = path;
    req.body = body;
    req.body_len = end ? size - (end + 1 - data) : 0;
    call.backend = backend;

    error = api_call_parse(&call);
    if (!error) {
        error = execute(&call);
    }
    if (error) {
        ovs_assert(error->status >= 400 && error->status <= 503);
        ovs_assert(error->type[0] && error->message[0]);
    } else if (call.answer) {
        free(json_to_string(call.answer, 0));
    } else if (!call.stream) {
        ovs_assert(call.status == 204);
    }
    api_error_destroy(error);
    api_call_uninit(&call);
    free(path);
    free(body);
    return 0;
}
