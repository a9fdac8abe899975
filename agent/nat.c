/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/nat.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keepalived.h"
#include "agent/router-config.h"
#include "lib/l3ha-names.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "svec.h"
#include "util.h"

/* The nftables ruleset of a router: pure functions from the configuration to
 * text, and from two texts to what has to change.
 *
 * A text has two parts.  The first replaces both tables as a whole.  It
 * depends on the devices of the router and its address, but not on how many
 * floating IPs there are.  The second has a line for each element of the sets
 * and maps.  As long as the first part stays the same only lines that came or
 * went are sent.  Either way it is one transaction of the kernel: a packet
 * sees the old ruleset or the new one.  Connections keep the translation that
 * they have.
 *
 * Source ports are kept where possible (no "random"), so that a connection is
 * translated alike by every copy.
 *
 * Limits: every port of a port forwarding is an element of its own, because
 * nftables cannot shift a range of ports. */

#define ADD_ELEMENT "add element ip l3ha "

/* Appends what leads TCP port 80 of 'addr', of family "ip" or "ip6", to the
 * metadata proxy. */
static void
put_metadata_redirect(const struct router_config *rc, const char *family,
                      const char *addr, struct ds *s)
{
    if (rc->metadata_port) {
        ds_put_format(s,
                      "        iifname \""L3HA_DEV_PREFIX_QR"*\" "
                      "%s daddr %s tcp dport 80 redirect to :%d\n",
                      family, addr, rc->metadata_port);
    }
}

/* Appends what protects the proxy from all other connections: it knows whom it
 * serves by the device only. */
static void
put_metadata_drop(const struct router_config *rc, struct ds *s)
{
    if (rc->metadata_port) {
        ds_put_format(s, "        tcp dport %d ct status ! dnat drop\n",
                      rc->metadata_port);
    }
}

/* Length, with the UDP header, of conntrackd's longest message that does not
 * concern a connection. */
#define CONNTRACKD_MAX_CONTROL "24"

/* What keeps the copies of routers, which share an HA network, from talking
 * to those that they do not mean.
 *
 * All routers of an HA network see the advertisements of all others.  Those of
 * other VRIDs end here, before they wake keepalived up: its cost would grow
 * with the square of the number of routers.  The VRID is the second byte of
 * the VRRP header.
 *
 * Only the active copy knows what becomes of connections.  In one that stands
 * by they expire by themselves, because it does not see their packets, and
 * conntrackd would have that copy's view replace the active one's: connections
 * would end that go on.  So a copy that is not active says nothing of
 * connections, and one that is does not listen.  A copy is active while it has
 * keepalived's route to the multicast group (keepalived.c), which comes and
 * goes with the primary VIP.  Requests for everything and signs of life, which
 * are shorter than any message on a connection, pass. */
static void
put_ha_chains(const struct router_config *rc, const struct router_port *ha,
              struct ds *s)
{
    ds_put_format(s,
                  "    chain ha_input {\n"
                  "        type filter hook prerouting priority raw\n"
                  "        iifname \"%s\" ip protocol vrrp "
                  "@th,8,8 != %d drop\n"
                  "        iifname \"%s\" ip daddr 224.0.0.0/4 "
                  "udp length > "CONNTRACKD_MAX_CONTROL" "
                  "fib daddr oifname \"%s\" drop\n"
                  "    }\n"
                  "    chain ha_output {\n"
                  "        type filter hook output priority filter\n"
                  "        oifname \"%s\" ip daddr 224.0.0.0/4 "
                  "udp length > "CONNTRACKD_MAX_CONTROL" "
                  "meta rtclassid != "KEEPALIVED_SYNC_REALM" drop\n"
                  "    }\n",
                  ha->dev, rc->vrid, ha->dev, ha->dev, ha->dev);
}

static void
put_table(const struct router_config *rc, struct ds *s)
{
    const struct router_port *gw = router_config_find(rc, ROUTER_PORT_GATEWAY);
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);
    const struct nl_addr_plen *snat = router_config_snat_addr(rc);

    /* "table" first, so that "delete" finds one. */
    ds_put_cstr(s,
                "table ip l3ha\n"
                "delete table ip l3ha\n"
                "table ip l3ha {\n"
                "    set own {\n"
                "        type ipv4_addr\n"
                "    }\n"
                "    map floating {\n"
                "        type ipv4_addr : ipv4_addr\n"
                "    }\n"
                "    map fixed {\n"
                "        type ipv4_addr : ipv4_addr\n"
                "    }\n"
                "    map forwarded {\n"
                "        type ipv4_addr . inet_proto . inet_service "
                ": ipv4_addr . inet_service\n"
                "    }\n"
                "    chain prerouting {\n"
                "        type nat hook prerouting priority dstnat\n");
    put_metadata_redirect(rc, "ip", "169.254.169.254", s);
    ds_put_cstr(s,
                "        dnat ip to ip daddr . ip protocol . th dport "
                "map @forwarded\n"
                "        dnat to ip daddr map @floating\n"
                "    }\n"
                /* nft knows the name "dstnat" in prerouting only. */
                "    chain output {\n"
                "        type nat hook output priority -100\n"
                "        dnat ip to ip daddr . ip protocol . th dport "
                "map @forwarded\n"
                "        dnat to ip daddr map @floating\n"
                "    }\n"
                "    chain input {\n"
                "        type filter hook input priority filter\n");
    put_metadata_drop(rc, s);
    if (gw) {
        /* A packet in the middle of a connection that is not known here yet
         * (this copy has just become active) must neither be answered with a
         * RST nor make an entry that stands in the way of the right one. */
        ds_put_format(s,
                      "        iifname \"%s\" ip daddr @own ct state new "
                      "tcp flags ! syn,rst drop\n"
                      "        iifname \"%s\" ip daddr @own ct state new "
                      "meta l4proto udp reject\n", gw->dev, gw->dev);
    }
    ds_put_cstr(s,
                "    }\n"
                "    chain postrouting {\n"
                "        type nat hook postrouting priority srcnat\n");
    if (gw) {
        /* Who has a floating IP is seen with it, outside and by those whose
         * floating IP it asked for. */
        ds_put_format(s,
                      "        oifname \"%s\" snat to ip saddr map @fixed\n"
                      "        iifname != \"%s\" oifname != \"%s\" "
                      "ct status dnat snat to ip saddr map @fixed\n",
                      gw->dev, gw->dev, gw->dev);
    }
    if (gw && snat) {
        struct ds ip = DS_EMPTY_INITIALIZER;

        router_ip_format(&snat->ip, &ip);

        /* A destination that was translated towards a tenant: the tenant's
         * answer must come back through this router. */
        ds_put_format(s,
                      "        iifname != \"%s\" oifname != \"%s\" "
                      "ct status dnat snat to %s\n",
                      gw->dev, gw->dev, ds_cstr(&ip));
        if (rc->enable_snat) {
            ds_put_format(s, "        oifname \"%s\" snat to %s\n",
                          gw->dev, ds_cstr(&ip));
        }
        ds_destroy(&ip);
    }
    ds_put_cstr(s, "    }\n");

    if (ha) {
        put_ha_chains(rc, ha, s);
    }
    ds_put_cstr(s, "}\n");
}

static void
put_table6(const struct router_config *rc, struct ds *s)
{
    ds_put_cstr(s,
                "table ip6 l3ha\n"
                "delete table ip6 l3ha\n"
                "table ip6 l3ha {\n"
                "    chain prerouting {\n"
                "        type nat hook prerouting priority dstnat\n");
    put_metadata_redirect(rc, "ip6", "fe80::a9fe:a9fe", s);
    ds_put_cstr(s,
                "    }\n"
                "    chain input {\n"
                "        type filter hook input priority filter\n");
    put_metadata_drop(rc, s);
    /* A device without addresses, as a standby copy has them, must be silent:
     * a frame with the router's MAC would attract the traffic. */
    ds_put_cstr(s,
                "    }\n"
                "    chain output {\n"
                "        type filter hook output priority filter\n"
                "        ip6 saddr :: icmpv6 type { mld-listener-report, "
                "mld2-listener-report, mld-listener-done } drop\n"
                "    }\n"
                "}\n");
}

static void
add_line(struct svec *lines, struct ds *s)
{
    svec_add_nocopy(lines, ds_steal_cstr(s));
}

static void
add_pair(struct svec *lines, const char *map, const struct in6_addr *key,
         const struct in6_addr *value)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, ADD_ELEMENT"%s { ", map);
    router_ip_format(key, &s);
    ds_put_cstr(&s, " : ");
    router_ip_format(value, &s);
    ds_put_cstr(&s, " }");
    add_line(lines, &s);
}

static void
add_forward(struct svec *lines, const struct router_forward *f)
{
    for (int i = 0; i < f->n_external; i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&s, ADD_ELEMENT"forwarded { ");
        router_ip_format(&f->floating, &s);
        ds_put_format(&s, " . %d . %d : ", f->protocol, f->external + i);
        router_ip_format(&f->fixed, &s);
        ds_put_format(&s, " . %d }",
                      f->internal + (f->n_internal == 1 ? 0 : i));
        add_line(lines, &s);
    }
}

/* Appends the elements of 'rc' to 's', sorted.  The kernel would refuse all if
 * a key had two values: the first wins. */
static void
put_elements(const struct router_config *rc, struct ds *s)
{
    const struct router_port *gw = router_config_find(rc, ROUTER_PORT_GATEWAY);
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const char *line, *previous = NULL;
    size_t i;

    for (i = 0; gw && i < gw->n_addrs; i++) {
        if (IN6_IS_ADDR_V4MAPPED(&gw->addrs[i].ip)) {
            struct ds own = DS_EMPTY_INITIALIZER;

            ds_put_cstr(&own, ADD_ELEMENT"own { ");
            router_ip_format(&gw->addrs[i].ip, &own);
            ds_put_cstr(&own, " }");
            add_line(&lines, &own);
        }
    }
    for (i = 0; i < rc->n_fips; i++) {
        const struct router_fip *fip = &rc->fips[i];

        if (!ipv6_addr_equals(&fip->fixed, &in6addr_any)) {
            add_pair(&lines, "floating", &fip->floating, &fip->fixed);
            add_pair(&lines, "fixed", &fip->fixed, &fip->floating);
        }
    }
    for (i = 0; gw && i < rc->n_forwards; i++) {
        add_forward(&lines, &rc->forwards[i]);
    }
    svec_sort_unique(&lines);
    SVEC_FOR_EACH (i, line, &lines) {
        size_t key_len = strcspn(line, ":");

        if (!previous || strncmp(line, previous, key_len + 1)) {
            ds_put_format(s, "%s\n", line);
        }
        previous = line;
    }
    svec_destroy(&lines);
}

/* Appends the ruleset of 'rc' to 's'. */
void
nat_format(const struct router_config *rc, struct ds *s)
{
    put_table(rc, s);
    put_table6(rc, s);
    put_elements(rc, s);
}

/* Returns the second part of the ruleset 'text'. */
static const char *
elements(const char *text)
{
    const char *start = strstr(text, "\n"ADD_ELEMENT);

    return start ? start + 1 : strchr(text, '\0');
}

/* Stores the elements of 'text' in 'lines', which are sorted in it. */
static void
get_lines(const char *text, struct svec *lines)
{
    const char *line = elements(text);

    svec_init(lines);
    while (*line) {
        size_t len = strcspn(line, "\n");

        svec_add_nocopy(lines, xmemdup0(line, len));
        line += len + (line[len] == '\n');
    }
}

/* Stores the elements that only 'old' has in '*gone', those that only 'new'
 * has in '*come'. */
static void
compare_elements(const char *old, const char *new, struct svec *gone,
                 struct svec *come)
{
    struct svec a, b;

    get_lines(old, &a);
    get_lines(new, &b);
    svec_diff(&a, &b, gone, NULL, come);
    svec_destroy(&a);
    svec_destroy(&b);
}

/* Appends to 'commands' what makes the ruleset 'old', which the kernel has,
 * the ruleset 'new'.  'old' is NULL if it is not known. */
void
nat_diff(const char *old, const char *new, struct ds *commands)
{
    size_t len = elements(new) - new;
    struct svec gone, come;
    const char *line;
    size_t i;

    if (!old || elements(old) - old != len || memcmp(old, new, len)) {
        ds_put_cstr(commands, new);
        return;
    }
    compare_elements(old, new, &gone, &come);
    SVEC_FOR_EACH (i, line, &gone) {
        ds_put_format(commands, "delete%s\n", line + strlen("add"));
    }
    SVEC_FOR_EACH (i, line, &come) {
        ds_put_format(commands, "%s\n", line);
    }
    svec_destroy(&gone);
    svec_destroy(&come);
}

/* Returns the connections that the change from 'old' to 'new' ends, '*n' of
 * them.  The caller must free the result. */
struct nat_cut *
nat_cuts(const char *old, const char *new, size_t *n)
{
    struct svec gone, come;
    struct nat_cut *cuts;
    const char *line;
    size_t i;

    *n = 0;
    compare_elements(old, new, &gone, &come);
    cuts = xcalloc(MAX(gone.n, 1), sizeof *cuts);
    SVEC_FOR_EACH (i, line, &gone) {
        struct nat_cut cut = { .protocol = 0 };
        char set[16], addr[INET_ADDRSTRLEN];
        int protocol, port;
        int k;

        k = sscanf(line, ADD_ELEMENT"%15s { %15s . %d . %d", set, addr,
                   &protocol, &port);
        if (k < 2 || !ip_parse(addr, &cut.addr)) {
            continue;
        }
        if (!strcmp(set, "forwarded") && k == 4) {
            cut.protocol = protocol;
            cut.port = port;
        } else if (strcmp(set, "own") && strcmp(set, "floating")) {
            continue;
        }
        cuts[(*n)++] = cut;
    }
    svec_destroy(&gone);
    svec_destroy(&come);
    return cuts;
}
