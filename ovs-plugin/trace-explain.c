/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/trace.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "ovs-plugin/pipeline-model.h"
#include "ovs-plugin/pipeline.h"
#include "sset.h"
#include "svec.h"
#include "util.h"

/* The output of "ofproto/trace" in words.
 *
 * In: text made for people, of which only few forms are looked at: the number
 * of a table and what matched there, "drop", outputs, and writes to the
 * register of the output port.  Out: a line for each stage that did something
 * worth telling, and the result.  A form that a later version of Open vSwitch
 * writes in another way is left out of the answer, no more.
 *
 * A stage is told with the match and the priority of the flow that it applied,
 * by which the flow is found in "ovs-ofctl --names dump-flows". */

/* What a stage says, by what happened in it. */
struct words {
    enum pipeline_table table;
    const char *name;
    const char *match;          /* A flow of its own applied; NULL: silence. */
    const char *none;           /* The default applied; NULL: silence. */
    const char *drop;           /* The packet ends there. */
};

static const struct words words[] = {
    { TABLE_CLASSIFY, "classify",
      "from a port of a network that is realised here", NULL,
      "the port is not plugged in or not up, or the frame has a VLAN tag or "
      "key that no network here has" },
    { TABLE_PORT_SECURITY, "port_security",
      "the port may send this", NULL,
      "the port may not send this: not from its addresses, or not for an "
      "instance to send (port security)" },
    { TABLE_ND_SECURITY, "nd_security", NULL, NULL,
      "the port may not send this: neighbor discovery for an address that it "
      "does not have (port security)" },
    { TABLE_EGRESS_FW, "egress_fw", NULL, NULL,
      "no security group lets the port send it" },
    { TABLE_EGRESS_RULES, "egress_rules",
      "security groups let the port send it", NULL,
      "no security group lets the port send it" },
    { TABLE_ARP_ND, "arp_nd", "asks for an address", NULL, NULL },
    { TABLE_ND_REPLY, "nd_reply", NULL, NULL, NULL },
    { TABLE_LEARN, "learn",
      "from a router or from outside: the sender's place is learned", NULL,
      NULL },
    { TABLE_LEARN_LOCK, "learn_lock", NULL, NULL, NULL },
    { TABLE_LEARNED, "learned", "the destination's place was learned", NULL,
      NULL },
    { TABLE_L2_LOOKUP, "l2_lookup",
      "a group, or a destination whose place the database says",
      "the database does not say where the destination is", NULL },
    { TABLE_L2_UNKNOWN, "l2_unknown",
      "nobody knows where the destination is", NULL, NULL },
    { TABLE_FLOOD, "flood", "to everyone on the network but the sender", NULL,
      "there is nobody else on the network" },
    { TABLE_INGRESS_FW, "ingress_fw", NULL, NULL,
      "no security group lets the port receive it" },
    { TABLE_INGRESS_CT, "ingress_ct", NULL, NULL,
      "no security group lets the port receive it" },
    { TABLE_INGRESS_RULES, "ingress_rules",
      "security groups let the port receive it", NULL,
      "no security group lets the port receive it" },
    { TABLE_COMMIT, "commit", NULL, NULL, NULL },
    { TABLE_OUTPUT, "output", NULL, NULL,
      "what came from another host never goes to another host" },
};

/* A trace that is being read. */
struct reader {
    const struct pipeline *pipeline;
    struct ds *s;
    bool is_ours;               /* In the integration bridge. */
    int table;                  /* Stage that is being told, -1: none. */
    bool tracked;               /* It goes on after connection tracking. */
    ofp_port_t out_port;        /* REG_OUT_PORT. */
    struct svec results;        /* Where it goes. */
    char *drop;                 /* Why it ended, the last time it did. */
};

static const char *
table_name(int table)
{
    switch (table) {
#define TABLE(ENUM, NUMBER, NAME) case NUMBER: return NAME;
        PIPELINE_TABLES
#undef TABLE
    default:
        return "unknown table";
    }
}

static const struct words *
find_words(int table)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (words[i].table == table) {
            return &words[i];
        }
    }
    return NULL;
}

static void
read_drop(struct reader *r)
{
    const struct words *w = find_words(r->table);
    struct ds why = DS_EMPTY_INITIALIZER;

    if (r->table < 0 || r->tracked || (w && !w->drop)) {
        return;
    }
    ds_put_format(&why, "dropped by stage %s", table_name(r->table));
    if (r->table >= TABLE_INGRESS_FW && r->table < TABLE_OUTPUT) {
        ds_put_cstr(&why, " of ");
        pipeline_format_ofport(r->pipeline, r->out_port, &why);
    }
    if (w) {
        ds_put_format(&why, ": %s", w->drop);
    }
    free(r->drop);
    r->drop = ds_steal_cstr(&why);
    ds_put_format(r->s, "%-14s DROPPED\n", table_name(r->table));
    r->table = -1;
}

/* "NUMBER. MATCH, priority P, cookie C" */
static void
read_table(struct reader *r, const char *rest)
{
    const struct words *w = find_words(r->table);
    bool is_default = !strncmp(rest, "priority 0", 10);
    const char *text;

    if (!strncmp(rest, "No match", 8)) {
        /* "drop" is in a line of its own.  A packet that is flooded passes
         * "output" once without an output port, to be committed. */
        if (r->table == TABLE_OUTPUT) {
            r->table = -1;
        }
        return;
    }
    text = !w ? "passed" : is_default ? w->none : w->match;
    if (text) {
        ds_put_format(r->s, "%-14s %s", table_name(r->table), text);
        if (!is_default) {
            ds_put_format(r->s, "\n%-14s   (%.*s)", "",
                          (int) strcspn(rest, "\n"), rest);
        }
        ds_put_char(r->s, '\n');
    }
}

static void
add_output(struct reader *r, ofp_port_t ofport)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    pipeline_format_ofport(r->pipeline, ofport, &s);
    svec_add(&r->results, ds_cstr(&s));
    ds_destroy(&s);
}

static void
read_line(struct reader *r, const char *bridge, const char *line)
{
    unsigned int number;
    int n = 0;

    line += strspn(line, " ");
    if (!strncmp(line, "bridge(\"", 8)) {
        size_t len = strlen(bridge);

        r->is_ours = (!strncmp(line + 8, bridge, len)
                      && line[8 + len] == '"');
        r->table = -1;
    } else if (strstr(line, "resume conntrack")) {
        ds_put_format(r->s, "%-14s as a packet of a new connection\n",
                      "(conntrack)");
        r->is_ours = true;
    } else if (!r->is_ours) {
        return;
    } else if (ovs_scan(line, "%u. %n", &number, &n) && n) {
        r->table = number;
        r->tracked = false;
        read_table(r, line + n);
    } else if (!strncmp(line, "ct(", 3) && strstr(line, "table=")) {
        /* "drop" that follows is about what does not go on. */
        r->tracked = true;
    } else if (ovs_scan(line, "set_field:%i->reg15", &number)) {
        r->out_port = u16_to_ofp(number);
    } else if (ovs_scan(line, "output:%u%n", &number, &n) && n
               && !line[n]) {
        add_output(r, u16_to_ofp(number));
    } else if (ovs_scan(line, "-> output port is %u", &number)) {
        add_output(r, u16_to_ofp(number));
    } else if (strstr(line, "skipping output to input port")) {
        /* Told after the output that is skipped. */
        free(r->results.names[--r->results.n]);
    } else if (!strcmp(line, "IN_PORT")) {
        svec_add(&r->results, "back to the port: answered by the switch");
    } else if (!strcmp(line, "drop")) {
        read_drop(r);
    }
}

/* See trace.h. */
void
trace_explain(const struct pipeline *pipeline, const char *bridge,
              const char *text, struct ds *s)
{
    struct reader r = {
        .pipeline = pipeline,
        .s = s,
        .table = -1,
        .results = SVEC_EMPTY_INITIALIZER,
    };
    char *copy = xstrdup(text);
    char *save_ptr = NULL;
    const char *result;
    size_t i;

    for (char *line = strtok_r(copy, "\n", &save_ptr); line;
         line = strtok_r(NULL, "\n", &save_ptr)) {
        read_line(&r, bridge, line);
    }
    free(copy);

    ds_put_cstr(s, "result:\n");
    SVEC_FOR_EACH (i, result, &r.results) {
        ds_put_format(s, "    %s\n", result);
    }
    if (r.drop || svec_is_empty(&r.results)) {
        ds_put_format(s, "    %s\n",
                      r.drop ? r.drop : "it does not go anywhere");
    }
    svec_destroy(&r.results);
    free(r.drop);
}
