/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The REST API: the life of a request.
 *
 * First it is found out whose it is, which may have to wait for the identity
 * service.  Then a request is parsed once into a 'struct api_call' and routed
 * (api-verbs.c).
 * One that reads is answered at once from the replica.  One that writes is
 * put into a batch: calls that come while the database is busy with a
 * transaction share the next one, which spares the database and this process
 * most of the cost of a transaction.  It is answered, from the replica, when
 * the database has committed it.  Nothing blocks.
 *
 * The calls of a batch see what those before them wrote.  If one of them is
 * refused, what it had written already cannot be taken back alone: the batch
 * is made anew without it.  It runs alone after that, because the reason may
 * have been something that another call of the batch wrote and that was not
 * committed.
 *
 * If the database refuses a transaction because somebody else was faster (a
 * verified column, a unique index, a reference to a row that is gone), its
 * calls run again on fresh data.  That decides races between servers: the
 * loser sees what the winner wrote and gives the answer that fits.  The ids
 * of created rows stay the same over the runs, so that a transaction whose
 * outcome was lost with the connection is found to be done.
 *
 * Invariants: every call is answered exactly once.  A call is in exactly one
 * list: api->unknown, api->ready, api->waiting or the calls of a batch.
 * Everything that it writes is in one transaction, so that a request is done
 * or not done, never half done. */

#include <config.h>
#include "server/api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-metrics.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "server/api-call.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/http.h"
#include "server/keystone.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(api);

/* Runs of one call, and the time that they may take together. */
#define API_MAX_RUNS 25
#define API_DEADLINE (10 * 1000)

/* A call that lost this many races runs alone, so that no more depends on
 * whether it wins. */
#define API_RUNS_IN_COMPANY 3

/* Objects that calls create or change in one batch; it bounds the time that
 * the others wait. */
#define API_BATCH_OBJECTS 64

struct api {
    struct backend *backend;
    struct keystone *keystone;  /* NULL: callers are who they say. */
    struct ovs_list unknown;    /* Calls of whom we do not know yet. */
    struct ovs_list ready;      /* Calls that are to write. */
    struct ovs_list waiting;    /* Calls that wait to run again. */
    struct api_batch *batch;    /* With the database, or NULL. */
    size_t n_calls;
    uint64_t n_requests, n_writes, n_txns, n_retries, n_refused;
};

/* Calls that share a transaction. */
struct api_batch {
    struct api *api;
    struct ovsdb_idl_txn *txn;
    struct ovs_list calls;      /* In the order of their execution. */
    size_t n_objects;
};

struct api *
api_create(struct backend *backend, struct keystone *keystone)
{
    struct api *api = xzalloc(sizeof *api);

    api->backend = backend;
    api->keystone = keystone;
    ovs_list_init(&api->unknown);
    ovs_list_init(&api->ready);
    ovs_list_init(&api->waiting);
    return api;
}

void
api_destroy(struct api *api)
{
    if (api) {
        api_abandon(api);
        free(api);
    }
}

/* True if the replica is there and follows the database. */
static bool
api_database_is_up(const struct api *api)
{
    return (ovsdb_idl_has_ever_connected(api->backend->idl)
            && ovsdb_idl_is_connected(api->backend->idl));
}

/* Answers. */

static void
api_call_destroy(struct api_call *call)
{
    if (call) {
        call->api->n_calls--;
        ovs_list_remove(&call->node);
        api_call_uninit(call);
        free(call);
    }
}

static struct json *
api_error_to_json(const struct api_error *error)
{
    struct json *inner = json_object_create();
    struct json *outer = json_object_create();

    json_object_put_string(inner, "type", error->type);
    json_object_put_string(inner, "message", error->message);
    json_object_put_string(inner, "detail", "");
    json_object_put(outer, "NeutronError", inner);
    return outer;
}

/* Answers 'call' with 'error', which this destroys, and destroys 'call'. */
static void
api_call_fail(struct api_call *call, struct api_error *error)
{
    if (error->status >= 500 && error->status != 503) {
        VLOG_WARN("%s %s %s: %s: %s", call->req->id, call->req->method,
                  call->req->path, error->type, error->message);
    } else {
        VLOG_DBG("%s %s %s: %s: %s", call->req->id, call->req->method,
                 call->req->path, error->type, error->message);
    }
    http_request_reply_json(call->req, error->status,
                            api_error_to_json(error));
    api_error_destroy(error);
    api_call_destroy(call);
}

/* Answers 'call', which was executed (and committed), and destroys it. */
static void
api_call_succeed(struct api_call *call)
{
    struct api_error *error;

    error = api_call_make_answer(call);
    if (error) {
        api_call_fail(call, error);
        return;
    }
    if (call->stream) {
        http_request_reply_stream(call->req, call->status, call->stream);
        call->stream = NULL;
    } else {
        http_request_reply_json(call->req, call->status, call->answer);
        call->answer = NULL;
    }
    api_call_destroy(call);
}

/* Answers 'call', whose caller has no valid token, as Keystone's middleware
 * does, and destroys it. */
static void
api_call_refuse_caller(struct api_call *call)
{
    char *value = xasprintf("Keystone uri=\"%s\"",
                            keystone_get_public_url(call->api->keystone));

    http_request_set_header(call->req, "WWW-Authenticate", value);
    free(value);
    http_request_reply(call->req, 401, xstrdup(
        "{\"error\": {\"code\": 401, \"title\": \"Unauthorized\", "
        "\"message\": \"The request you have made requires "
        "authentication.\"}}"));
    api_call_destroy(call);
}

static struct api_error *
api_unavailable(const char *message)
{
    return api_error_create(503, "ServiceUnavailable", "%s", message);
}

/* Transactions. */

/* True if running the call again may help, by the error of its transaction. */
static bool
error_is_race(const char *error)
{
    return (strstr(error, "identical values")
            || strstr(error, "referential integrity violation")
            || strstr(error, "weak reference")
            || strstr(error, "duplicate uuid"));
}

/* Moves 'call' from its list to those that run again on fresh data. */
static void
api_call_retry(struct api_call *call, const char *why)
{
    struct api *api = call->api;

    if (call->runs >= API_MAX_RUNS || time_msec() > call->deadline) {
        api->n_refused++;
        api_call_fail(call, api_unavailable(
            "The request could not be completed because of concurrent "
            "changes. Try again."));
        return;
    }
    VLOG_DBG("%s: running again (%s)", call->req->id, why);
    api->n_retries++;
    call->alone |= call->runs >= API_RUNS_IN_COMPANY;
    /* The change that was in the way is in the replica already, if that has
     * changed since, or on its way.  A call that lost again and again does not
     * count on the former: there may be other changes. */
    if (call->runs >= API_RUNS_IN_COMPANY) {
        call->seqno = ovsdb_idl_get_seqno(api->backend->idl);
    }
    call->retry_at = time_msec() + MIN(10 * call->runs, 100);
    ovs_list_remove(&call->node);
    ovs_list_push_back(&api->waiting, &call->node);
}

static struct api_batch *
api_batch_create(struct api *api)
{
    struct api_batch *batch = xzalloc(sizeof *batch);

    batch->api = api;
    batch->txn = ovsdb_idl_txn_create(api->backend->idl);
    ovs_list_init(&batch->calls);
    return batch;
}

/* Frees 'batch'.  Calls that are still in it will be executed again. */
static void
api_batch_destroy(struct api_batch *batch)
{
    struct api_call *call;

    if (!ovs_list_is_empty(&batch->calls)) {
        LIST_FOR_EACH (call, node, &batch->calls) {
            call->runs--;
        }
        ovs_list_splice(batch->api->ready.next,
                        ovs_list_front(&batch->calls), &batch->calls);
    }
    ovsdb_idl_txn_destroy(batch->txn);
    free(batch);
}

/* Executes 'call', the first that is ready, in 'batch'.
 *
 * Returns false if the call is refused: half of it may be in the transaction,
 * which the caller must give up. */
static bool
api_batch_add(struct api_batch *batch, struct api_call *call)
{
    struct api *api = batch->api;
    struct api_ctx ctx = {
        .backend = api->backend,
        .idl = api->backend->idl,
        .txn = batch->txn,
        .caller = &call->caller,
        .project_id = call->caller.project_id,
        .now = time_wall_msec(),
    };
    struct api_error *error;

    if (api_call_is_done(call)) {
        api_call_succeed(call);
        return true;
    }
    call->runs++;
    call->seqno = ovsdb_idl_get_seqno(api->backend->idl);
    api_call_clear_answer(call);
    ovsdb_idl_txn_add_comment(batch->txn, "%s %s %s", call->req->id,
                              call->req->method, call->req->path);
    error = api_call_execute(call, &ctx);
    api_ctx_clear(&ctx);
    if (!error) {
        ovs_list_remove(&call->node);
        ovs_list_push_back(&batch->calls, &call->node);
        batch->n_objects += MAX(call->n_ids, 1);
        return true;
    }
    if (ovs_list_is_empty(&batch->calls)) {
        api_call_fail(call, error);
    } else {
        call->runs--;
        call->alone = true;
        api_error_destroy(error);
    }
    return false;
}

/* Moves calls that are ready into a new batch, in their order.  Returns NULL
 * if all of them were answered. */
static struct api_batch *
api_batch_compose(struct api *api)
{
    struct api_batch *batch = api_batch_create(api);

    while (!ovs_list_is_empty(&api->ready)
           && batch->n_objects < API_BATCH_OBJECTS) {
        struct api_call *call = CONTAINER_OF(ovs_list_front(&api->ready),
                                             struct api_call, node);
        bool alone = call->alone;

        if (alone && batch->n_objects) {
            break;
        }
        if (!api_batch_add(batch, call)) {
            ovsdb_idl_txn_abort(batch->txn);
            api_batch_destroy(batch);
            batch = api_batch_create(api);
        } else if (alone) {
            break;
        }
    }
    if (!batch->n_objects) {
        ovsdb_idl_txn_abort(batch->txn);
        api_batch_destroy(batch);
        return NULL;
    }
    api->n_writes += ovs_list_size(&batch->calls);
    api->n_txns++;
    return batch;
}

/* Answers 'call', which is alone in its transaction, according to the
 * 'error' that the database gave. */
static void
api_call_fail_txn(struct api_call *call, const char *error)
{
    if (error_is_race(error)) {
        api_call_retry(call, error);
        return;
    }
    VLOG_ERR("%s: transaction refused: %s", call->req->id, error);
    api_call_fail(call, api_error_create(
        500, "HTTPInternalServerError", "Request Failed: internal "
        "server error while processing your request."));
}

/* Answers the calls of 'batch' if its transaction is over.  Returns false if
 * it is not. */
static bool
api_batch_run(struct api_batch *batch)
{
    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(batch->txn);
    bool is_one = ovs_list_is_singleton(&batch->calls);
    struct api_call *call, *next;
    const char *error;

    switch (status) {
    case TXN_INCOMPLETE:
        return false;

    case TXN_SUCCESS:
    case TXN_UNCHANGED:
        LIST_FOR_EACH_SAFE (call, next, node, &batch->calls) {
            api_call_succeed(call);
        }
        break;

    case TXN_TRY_AGAIN:
        LIST_FOR_EACH_SAFE (call, next, node, &batch->calls) {
            api_call_retry(call, "try again");
        }
        break;

    case TXN_ERROR:
        error = ovsdb_idl_txn_get_error(batch->txn);
        LIST_FOR_EACH_SAFE (call, next, node, &batch->calls) {
            if (is_one) {
                api_call_fail_txn(call, error);
            } else {
                /* Whose fault it is shows when each runs alone. */
                call->alone = true;
                api_call_retry(call, error);
            }
        }
        break;

    case TXN_NOT_LOCKED:
    case TXN_UNCOMMITTED:
    case TXN_ABORTED:
    default:
        OVS_NOT_REACHED();
    }
    api_batch_destroy(batch);
    return true;
}

/* Executes 'call', which only reads, and answers it. */
static void
api_call_read(struct api_call *call)
{
    struct api_ctx ctx = {
        .backend = call->backend,
        .idl = call->backend->idl,
        .caller = &call->caller,
        .project_id = call->caller.project_id,
        .now = time_wall_msec(),
    };
    struct api_error *error = api_call_execute(call, &ctx);

    api_ctx_clear(&ctx);
    if (error) {
        api_call_fail(call, error);
    } else {
        api_call_succeed(call);
    }
}

static void
api_call_fail_without_database(struct api_call *call)
{
    api_call_fail(call, api_unavailable(
        "The database is not available. Try again later."));
}

/* Callers. */

/* Without authentication, the caller is who he says; who says nothing is the
 * admin.  Project and roles are Neutron's for "noauth". */
static void
believe(const struct http_request *req, struct api_caller *caller)
{
    if (req->project_id) {
        api_caller_init(caller, req->project_id,
                        req->roles ? req->roles : "member");
    } else {
        api_caller_init(caller, "fake_project_id", "admin");
    }
}

/* Finds out who the caller of 'call' is. */
static enum keystone_verdict
api_call_identify(struct api_call *call)
{
    const struct http_request *req = call->req;
    struct keystone *keystone = call->api->keystone;

    if (!keystone) {
        believe(req, &call->caller);
        return KEYSTONE_VALID;
    }
    if (!strcmp(req->path, "/") || !req->path[0]) {
        /* The versions, which a client asks for before it has a token. */
        api_caller_init(&call->caller, "", "reader");
        return KEYSTONE_VALID;
    }
    return (req->token && req->token[0]
            ? keystone_check(keystone, req->token, &call->caller)
            : KEYSTONE_INVALID);
}

/* Begins 'call', whose caller is known. */
static void
api_call_begin(struct api_call *call)
{
    struct api *api = call->api;
    struct api_error *error;

    ovs_list_remove(&call->node);
    ovs_list_push_back(&api->ready, &call->node);
    error = api_call_parse(call);
    if (error) {
        api_call_fail(call, error);
    } else if (!api_database_is_up(api)) {
        api_call_fail_without_database(call);
    } else if (!api_call_is_write(call)) {
        api_call_read(call);
    }
}

/* Begins or refuses 'call' if it is known by now whose it is. */
static void
api_call_admit(struct api_call *call)
{
    switch (api_call_identify(call)) {
    case KEYSTONE_PENDING:
        break;
    case KEYSTONE_VALID:
        api_call_begin(call);
        break;
    case KEYSTONE_INVALID:
        api_call_refuse_caller(call);
        break;
    case KEYSTONE_AWAY:
    default:
        api_call_fail(call, api_unavailable(
            "The identity service is not available. Try again later."));
        break;
    }
}

/* Called by the HTTP server. */
void
api_handle_request(struct http_request *req, void *api_)
{
    struct api *api = api_;
    struct api_call *call = xzalloc(sizeof *call);

    api->n_requests++;
    api->n_calls++;
    call->api = api;
    call->backend = api->backend;
    call->req = req;
    call->status = 200;
    call->deadline = time_msec() + API_DEADLINE;
    ovs_list_push_back(&api->unknown, &call->node);
    api_call_admit(call);
}

/* Moves the calls whose time has come from 'waiting' to 'ready'. */
static void
api_run_waiting(struct api *api)
{
    unsigned int seqno = ovsdb_idl_get_seqno(api->backend->idl);
    struct api_call *call, *next;

    LIST_FOR_EACH_SAFE (call, next, node, &api->waiting) {
        if (time_msec() >= call->retry_at || call->seqno != seqno) {
            ovs_list_remove(&call->node);
            ovs_list_push_back(&api->ready, &call->node);
        }
    }
}

void
api_run(struct api *api)
{
    struct api_call *call, *next;

    LIST_FOR_EACH_SAFE (call, next, node, &api->unknown) {
        api_call_admit(call);
    }
    api_run_waiting(api);
    if (!api_database_is_up(api)) {
        LIST_FOR_EACH_SAFE (call, next, node, &api->ready) {
            api_call_fail_without_database(call);
        }
    }
    for (;;) {
        if (api->batch) {
            if (!api_batch_run(api->batch)) {
                return;
            }
            api->batch = NULL;
        }
        if (ovs_list_is_empty(&api->ready)) {
            return;
        }
        api->batch = api_batch_compose(api);
    }
}

void
api_wait(struct api *api)
{
    unsigned int seqno = ovsdb_idl_get_seqno(api->backend->idl);
    struct api_call *call;

    if (api->batch) {
        ovsdb_idl_txn_wait(api->batch->txn);
    }
    LIST_FOR_EACH (call, node, &api->waiting) {
        poll_timer_wait_until(call->seqno != seqno ? 0 : call->retry_at);
    }
}

void
api_abandon(struct api *api)
{
    struct api_call *call, *next;

    if (api->batch) {
        api_batch_destroy(api->batch);
        api->batch = NULL;
    }
    LIST_FOR_EACH_SAFE (call, next, node, &api->unknown) {
        api_call_fail(call, api_unavailable("The server is stopping."));
    }
    LIST_FOR_EACH_SAFE (call, next, node, &api->waiting) {
        api_call_fail(call, api_unavailable("The server is stopping."));
    }
    LIST_FOR_EACH_SAFE (call, next, node, &api->ready) {
        api_call_fail(call, api_unavailable("The server is stopping."));
    }
}

/* Sets what is known of requests and their transactions. */
void
api_fill_metrics(const struct api *api, struct l3ha_metrics *metrics)
{
    l3ha_metrics_set(metrics, L3HA_METRIC_SERVER_API_PENDING, "",
                     api->n_calls);
    l3ha_metrics_set(metrics, L3HA_METRIC_SERVER_TXNS, "", api->n_txns);
    l3ha_metrics_set(metrics, L3HA_METRIC_SERVER_TXN_RETRIES, "",
                     api->n_retries);
}

void
api_show(const struct api *api, struct ds *s)
{
    ds_put_format(s, "requests: %"PRIu64"\n", api->n_requests);
    ds_put_format(s, "in flight: %"PRIuSIZE"\n", api->n_calls);
    ds_put_format(s, "writes: %"PRIu64"\n", api->n_writes);
    ds_put_format(s, "transactions: %"PRIu64"\n", api->n_txns);
    ds_put_format(s, "run again: %"PRIu64"\n", api->n_retries);
    ds_put_format(s, "given up: %"PRIu64"\n", api->n_refused);
    if (api->keystone) {
        keystone_show(api->keystone, s);
    }
}
