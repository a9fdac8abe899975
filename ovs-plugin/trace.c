/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "dirs.h"
#include "jsonrpc.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "ovs-plugin/pipeline-model.h"
#include "ovs-plugin/pipeline.h"
#include "packets.h"
#include "socket-util.h"
#include "stream.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* The command "ovs-plugin/trace".
 *
 * Owns the commands that wait for ovs-vswitchd, and a connection to its
 * control socket for each.  In: a port and a flow.  Out: the answer of
 * ovs-vswitchd's "ofproto/trace" in words (trace-explain.c).
 *
 * Nothing waits: the agent goes on while ovs-vswitchd thinks, and a command
 * fails after TIMEOUT_MS. */

#define TIMEOUT_MS 5000

/* A command that waits. */
struct request {
    struct ovs_list list_node;  /* In struct trace's 'requests'. */
    struct unixctl_conn *conn;
    struct jsonrpc *rpc;
    long long int deadline;
};

struct trace {
    const struct pipeline *pipeline;
    char *bridge;
    struct ovs_list requests;   /* Contains "struct request"s. */
};

static unixctl_cb_func trace_command;

/* Returns an object that traces what 'pipeline' has made. */
struct trace *
trace_create(const struct pipeline *pipeline)
{
    struct trace *trace = xzalloc(sizeof *trace);

    trace->pipeline = pipeline;
    ovs_list_init(&trace->requests);
    unixctl_command_register("ovs-plugin/trace", "PORT FLOW", 2, 2,
                             trace_command, trace);
    return trace;
}

/* Sets the integration bridge. */
void
trace_configure(struct trace *trace, const char *bridge)
{
    free(trace->bridge);
    trace->bridge = xstrdup(bridge);
}

static void
request_destroy(struct request *request)
{
    ovs_list_remove(&request->list_node);
    jsonrpc_close(request->rpc);
    free(request);
}

/* Frees 'trace'; commands that wait get no answer. */
void
trace_destroy(struct trace *trace)
{
    if (trace) {
        struct request *request;

        LIST_FOR_EACH_SAFE (request, list_node, &trace->requests) {
            request_destroy(request);
        }
        free(trace->bridge);
        free(trace);
    }
}

/* Opens ovs-vswitchd's control socket.  Returns NULL and sets '*error' if that
 * is not possible. */
static struct jsonrpc *
open_vswitchd(char **error)
{
    char *pidfile = xasprintf("%s/ovs-vswitchd.pid", ovs_rundir());
    pid_t pid = read_pidfile(pidfile);
    struct stream *stream;
    char *target;
    int retval;

    free(pidfile);
    if (pid < 0) {
        *error = xstrdup("ovs-vswitchd is not running");
        return NULL;
    }
    target = xasprintf("unix:%s/ovs-vswitchd.%ld.ctl", ovs_rundir(),
                       (long int) pid);
    retval = stream_open(target, &stream, DSCP_DEFAULT);
    if (retval) {
        *error = xasprintf("%s: %s", target, ovs_strerror(retval));
    }
    free(target);
    return retval ? NULL : jsonrpc_open(stream);
}

/* The flow that ovs-vswitchd is asked about: 'flow' as if it came from
 * 'port', with the port's MAC as its source unless it says otherwise. */
static char *
complete_flow(const struct pipeline *pipeline, const struct uuid *port,
              const char *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct eth_addr mac;

    ds_put_format(&s, "in_port=%"PRIu16,
                  ofp_to_u16(pipeline_vif_ofport(pipeline, port)));
    if (!strstr(flow, "dl_src=") && !strstr(flow, "eth_src=")
        && pipeline_port_mac(pipeline, port, &mac)) {
        ds_put_format(&s, ",dl_src="ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
    }
    if (flow[0]) {
        ds_put_format(&s, ",%s", flow);
    }
    return ds_steal_cstr(&s);
}

static void
trace_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[], void *trace_)
{
    struct trace *trace = trace_;
    struct request *request;
    struct jsonrpc *rpc;
    struct uuid port;
    char *error;
    char *flow;

    if (!uuid_from_string(&port, argv[1])) {
        error = xasprintf("%s is not the UUID of a port", argv[1]);
    } else if (!trace->bridge || !pipeline_vif_ofport(trace->pipeline,
                                                      &port)) {
        error = xasprintf("port %s is not plugged in on this host", argv[1]);
    } else {
        error = NULL;
    }
    rpc = error ? NULL : open_vswitchd(&error);
    if (!rpc) {
        unixctl_command_reply_error(conn, error);
        free(error);
        return;
    }

    flow = complete_flow(trace->pipeline, &port, argv[2]);
    jsonrpc_send(rpc, jsonrpc_create_request(
                     "ofproto/trace",
                     json_array_create_2(json_string_create(trace->bridge),
                                         json_string_create(flow)), NULL));
    free(flow);

    request = xzalloc(sizeof *request);
    request->conn = conn;
    request->rpc = rpc;
    request->deadline = time_msec() + TIMEOUT_MS;
    ovs_list_push_back(&trace->requests, &request->list_node);
}

static void
reply(struct trace *trace, struct request *request,
      const struct jsonrpc_msg *msg)
{
    if (msg->error) {
        unixctl_command_reply_error(request->conn,
                                    (msg->error->type == JSON_STRING
                                     ? json_string(msg->error)
                                     : "ovs-vswitchd: unexpected answer"));
    } else if (msg->result && msg->result->type == JSON_STRING) {
        struct ds s = DS_EMPTY_INITIALIZER;

        trace_explain(trace->pipeline, trace->bridge,
                      json_string(msg->result), &s);
        unixctl_command_reply(request->conn, ds_cstr(&s));
        ds_destroy(&s);
    } else {
        unixctl_command_reply_error(request->conn,
                                    "ovs-vswitchd: unexpected answer");
    }
}

/* Answers commands whose time has come. */
void
trace_run(struct trace *trace)
{
    struct request *request;

    LIST_FOR_EACH_SAFE (request, list_node, &trace->requests) {
        struct jsonrpc_msg *msg = NULL;
        int error;

        jsonrpc_run(request->rpc);
        error = jsonrpc_recv(request->rpc, &msg);
        if (error == EAGAIN && time_msec() < request->deadline) {
            continue;
        }
        if (error) {
            char *s = xasprintf("ovs-vswitchd: %s",
                                (error == EAGAIN ? "does not answer"
                                 : ovs_retval_to_string(error)));

            unixctl_command_reply_error(request->conn, s);
            free(s);
        } else {
            reply(trace, request, msg);
            jsonrpc_msg_destroy(msg);
        }
        request_destroy(request);
    }
}

/* Arranges for the poll loop to wake up when trace_run() has work. */
void
trace_wait(struct trace *trace)
{
    struct request *request;

    LIST_FOR_EACH (request, list_node, &trace->requests) {
        jsonrpc_wait(request->rpc);
        jsonrpc_recv_wait(request->rpc);
        poll_timer_wait_until(request->deadline);
    }
}
