/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The REST API: the life of a request.
 *
 * A request is parsed once into a 'struct api_call' and routed (api-verbs.c).
 * One that reads is answered at once from the replica.  One that writes
 * builds one transaction; it is answered, from the replica, when the database
 * has committed it.  Several transactions are in flight at the same time;
 * nothing blocks.
 *
 * If the database refuses a transaction because somebody else was faster (a
 * verified column, a unique index, a reference to a row that is gone), the
 * whole call runs again on fresh data.  That decides races between servers:
 * the loser sees what the winner wrote and gives the answer that fits.  The
 * ids of created rows stay the same over the runs, so that a transaction
 * whose outcome was lost with the connection is found to be done.
 *
 * Invariants: every call is answered exactly once.  Nothing is written but by
 * the call's one transaction, so that a request is done or not done, never
 * half done. */

#include <config.h>
#include "server/api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(api);

/* Runs of one call, and the time that they may take together. */
#define API_MAX_RUNS 25
#define API_DEADLINE (10 * 1000)

struct api {
    struct backend *backend;
    struct ovs_list calls;      /* "struct api_call"s in flight. */
    uint64_t n_requests, n_writes, n_retries, n_refused;
};

static void api_call_run(struct api_call *);

struct api *
api_create(struct backend *backend)
{
    struct api *api = xzalloc(sizeof *api);

    api->backend = backend;
    ovs_list_init(&api->calls);
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
        ovs_assert(!call->txn);
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
    http_request_reply_json(call->req, call->status, call->answer);
    call->answer = NULL;
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
            || strstr(error, "weak reference")
            || strstr(error, "duplicate uuid"));
}

static void
api_call_retry(struct api_call *call, const char *why)
{
    if (call->runs >= API_MAX_RUNS || time_msec() > call->deadline) {
        call->api->n_refused++;
        api_call_fail(call, api_unavailable(
            "The request could not be completed because of concurrent "
            "changes. Try again."));
        return;
    }
    VLOG_DBG("%s: running again (%s)", call->req->id, why);
    call->api->n_retries++;
    call->state = API_CALL_RETRY;
    call->seqno = ovsdb_idl_get_seqno(call->api->backend->idl);
    /* The change that was in the way is on its way to the replica. */
    call->retry_at = time_msec() + MIN(10 * call->runs, 100);
}

/* Looks whether the call's transaction is over. */
static void
api_call_check_txn(struct api_call *call)
{
    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(call->txn);
    char *error;

    if (status == TXN_INCOMPLETE) {
        return;
    }
    error = (status == TXN_ERROR
             ? xstrdup(ovsdb_idl_txn_get_error(call->txn)) : NULL);
    ovsdb_idl_txn_destroy(call->txn);
    call->txn = NULL;

    switch (status) {
    case TXN_SUCCESS:
    case TXN_UNCHANGED:
        api_call_succeed(call);
        break;

    case TXN_TRY_AGAIN:
        api_call_retry(call, "try again");
        break;

    case TXN_ERROR:
        if (error_is_race(error)) {
            api_call_retry(call, error);
        } else {
            VLOG_ERR("%s: transaction refused: %s", call->req->id, error);
            api_call_fail(call, api_error_create(
                500, "HTTPInternalServerError", "Request Failed: internal "
                "server error while processing your request."));
        }
        break;

    case TXN_NOT_LOCKED:
    case TXN_UNCOMMITTED:
    case TXN_INCOMPLETE:
    case TXN_ABORTED:
    default:
        OVS_NOT_REACHED();
    }
    free(error);
}

/* Executes 'call' on the present data. */
static void
api_call_run(struct api_call *call)
{
    struct api *api = call->api;
    struct api_ctx ctx = {
        .backend = api->backend,
        .idl = api->backend->idl,
        .caller = &call->caller,
        .project_id = call->caller.project_id,
        .now = time_wall_msec(),
    };
    struct api_error *error;

    if (!api_database_is_up(api)) {
        api_call_fail(call, api_unavailable(
            "The database is not available. Try again later."));
        return;
    }

    call->runs++;
    if (api_call_is_write(call)) {
        if (api_call_is_done(call)) {
            api_call_succeed(call);
            return;
        }
        ctx.txn = call->txn = ovsdb_idl_txn_create(ctx.idl);
        ovsdb_idl_txn_add_comment(call->txn, "%s %s %s", call->req->id,
                                  call->req->method, call->req->path);
    }
    json_destroy(call->answer);
    call->answer = NULL;
    error = api_call_execute(call, &ctx);
    api_ctx_clear(&ctx);
    if (error) {
        if (call->txn) {
            ovsdb_idl_txn_abort(call->txn);
            ovsdb_idl_txn_destroy(call->txn);
            call->txn = NULL;
        }
        api_call_fail(call, error);
    } else if (call->txn) {
        api->n_writes++;
        call->state = API_CALL_COMMITTING;
        api_call_check_txn(call);
    } else {
        api_call_succeed(call);
    }
}

/* Without authentication, the caller is who he says; who says nothing is the
 * admin.  Project and roles are Neutron's for "noauth". */
static void
identify(const struct http_request *req, struct api_caller *caller)
{
    if (req->project_id) {
        api_caller_init(caller, req->project_id,
                        req->roles ? req->roles : "member");
    } else {
        api_caller_init(caller, "fake_project_id", "admin");
    }
}

/* Called by the HTTP server. */
void
api_handle_request(struct http_request *req, void *api_)
{
    struct api *api = api_;
    struct api_call *call = xzalloc(sizeof *call);
    struct api_error *error;

    api->n_requests++;
    call->api = api;
    call->backend = api->backend;
    call->req = req;
    identify(req, &call->caller);
    call->status = 200;
    call->deadline = time_msec() + API_DEADLINE;
    ovs_list_push_back(&api->calls, &call->node);

    error = api_call_parse(call);
    if (error) {
        api_call_fail(call, error);
    } else {
        api_call_run(call);
    }
}

void
api_run(struct api *api)
{
    struct api_call *call, *next;

    LIST_FOR_EACH_SAFE (call, next, node, &api->calls) {
        switch (call->state) {
        case API_CALL_NEW:
            OVS_NOT_REACHED();

        case API_CALL_COMMITTING:
            api_call_check_txn(call);
            break;

        case API_CALL_RETRY:
            if (time_msec() >= call->retry_at
                || call->seqno != ovsdb_idl_get_seqno(api->backend->idl)) {
                api_call_run(call);
            }
            break;

        default:
            OVS_NOT_REACHED();
        }
    }
}

void
api_wait(struct api *api)
{
    struct api_call *call;

    LIST_FOR_EACH (call, node, &api->calls) {
        if (call->state == API_CALL_COMMITTING) {
            ovsdb_idl_txn_wait(call->txn);
        } else {
            poll_timer_wait_until(call->retry_at);
            if (call->seqno != ovsdb_idl_get_seqno(api->backend->idl)) {
                poll_immediate_wake();
            }
        }
    }
}

void
api_abandon(struct api *api)
{
    struct api_call *call, *next;

    LIST_FOR_EACH_SAFE (call, next, node, &api->calls) {
        if (call->txn) {
            ovsdb_idl_txn_destroy(call->txn);
            call->txn = NULL;
        }
        api_call_fail(call, api_unavailable("The server is stopping."));
    }
}

void
api_show(const struct api *api, struct ds *s)
{
    ds_put_format(s, "requests: %"PRIu64"\n", api->n_requests);
    ds_put_format(s, "in flight: %"PRIuSIZE"\n",
                  ovs_list_size(&api->calls));
    ds_put_format(s, "transactions: %"PRIu64"\n", api->n_writes);
    ds_put_format(s, "run again: %"PRIu64"\n", api->n_retries);
    ds_put_format(s, "given up: %"PRIu64"\n", api->n_refused);
}
