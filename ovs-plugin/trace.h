/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_TRACE_H
#define L3HA_TRACE_H 1

/* Where a packet goes, and which stage of the pipeline drops it, in words. */

struct ds;
struct pipeline;
struct trace;

/* Registers the command "ovs-plugin/trace PORT FLOW". */
struct trace *trace_create(const struct pipeline *);
void trace_configure(struct trace *, const char *bridge);
void trace_run(struct trace *);
void trace_wait(struct trace *);
void trace_destroy(struct trace *);

/* Appends to 's' what the output 'text' of "ofproto/trace" on the integration
 * bridge 'bridge' means. */
void trace_explain(const struct pipeline *, const char *bridge,
                   const char *text, struct ds *s);

#endif /* ovs-plugin/trace.h */
