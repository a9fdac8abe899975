/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/dhcp-leases.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "sset.h"
#include "svec.h"
#include "util.h"

/* dnsmasq's file of leases.
 *
 * Pure functions of its text.  A line is "EXPIRY MAC IP NAME CLIENT-ID"; after
 * a line "duid DUID", which names the server, "EXPIRY IAID IP NAME DUID".
 *
 * dnsmasq refuses to renew what it does not find there, so that a guest whose
 * lease another server gave, or an earlier one that lost its file, would lose
 * its address for a moment.  All addresses are the database's, so a server
 * starts with a lease for each of them, as Neutron's does. */

/* One line. */
struct line {
    char *copy;
    const char *word[5];
    int n;
};

/* Splits the line at 's' and returns the next one, NULL if there is none. */
static const char *
line_parse(struct line *line, const char *s)
{
    size_t len = strcspn(s, "\n");
    char *save_ptr = NULL;

    line->copy = xmemdup0(s, len);
    line->n = 0;
    for (char *w = strtok_r(line->copy, " ", &save_ptr); w && line->n < 5;
         w = strtok_r(NULL, " ", &save_ptr)) {
        line->word[line->n++] = w;
    }
    return s[len] && s[len + 1] ? s + len + 1 : NULL;
}

static bool
is_duid(const struct line *line)
{
    return line->n == 2 && !strcmp(line->word[0], "duid");
}

/* Returns the text with which a server starts that has 'wanted', the MAC of
 * each address: what is still right of 'old' (may be NULL), and a lease until
 * 'expiry' (0: for ever), in seconds since the epoch, for every other IPv4
 * address.  IPv6 leases are of no use without what only the client knows. */
char *
dhcp_leases_restore(const char *old, const struct smap *wanted,
                    long long int expiry)
{
    struct sset kept = SSET_INITIALIZER(&kept);
    struct ds s = DS_EMPTY_INITIALIZER;
    struct ds v6 = DS_EMPTY_INITIALIZER;
    const struct smap_node **nodes;
    bool after_duid = false;
    struct line line;

    for (const char *p = old && *old ? old : NULL; p; free(line.copy)) {
        const char *start = p;
        size_t len = strcspn(p, "\n");
        const char *mac;

        p = line_parse(&line, p);
        if (is_duid(&line)) {
            after_duid = true;
            ds_put_format(&v6, "%.*s\n", (int) len, start);
        } else if (line.n == 5) {
            mac = smap_get(wanted, line.word[2]);
            if (mac && after_duid) {
                ds_put_format(&v6, "%.*s\n", (int) len, start);
            } else if (mac && !strcmp(mac, line.word[1])
                       && sset_add(&kept, line.word[2])) {
                ds_put_format(&s, "%.*s\n", (int) len, start);
            }
        }
    }
    nodes = smap_sort(wanted);
    for (size_t i = 0; i < smap_count(wanted); i++) {
        const char *ip = nodes[i]->key;

        if (!strchr(ip, ':') && !sset_contains(&kept, ip)) {
            ds_put_format(&s, "%lld %s %s * *\n", expiry, nodes[i]->value,
                          ip);
        }
    }
    free(nodes);
    ds_put_cstr(&s, ds_cstr(&v6));
    ds_destroy(&v6);
    sset_destroy(&kept);
    return ds_steal_cstr(&s);
}

/* Appends to 'leases' those in 'text' that are not as 'wanted', the MAC of
 * each address, has them, or whose address is in 'gone' (may be NULL). */
void
dhcp_leases_find(const char *text, const struct smap *wanted,
                 const struct sset *gone, struct ovs_list *leases)
{
    char *duid = NULL;
    struct line line;

    for (const char *p = text && *text ? text : NULL; p; free(line.copy)) {
        const char *ip, *mac;
        bool wrong;

        p = line_parse(&line, p);
        if (is_duid(&line)) {
            free(duid);
            duid = xstrdup(line.word[1]);
            continue;
        } else if (line.n != 5) {
            continue;
        }
        ip = line.word[2];
        mac = smap_get(wanted, ip);
        wrong = !mac || (duid ? gone && sset_contains(gone, ip)
                         : strcmp(mac, line.word[1]) != 0);
        if (wrong) {
            struct dhcp_lease *lease = xmalloc(sizeof *lease);

            lease->ip = xstrdup(ip);
            lease->id = xstrdup(line.word[1]);
            lease->client_id = xstrdup(line.word[4]);
            lease->server_id = nullable_xstrdup(duid);
            ovs_list_push_back(leases, &lease->node);
        }
    }
    free(duid);
}

/* Returns true if 'lease' is in 'text'. */
bool
dhcp_leases_has(const char *text, const struct dhcp_lease *lease)
{
    bool found = false;
    struct line line;

    for (const char *p = text && *text ? text : NULL; p && !found;
         free(line.copy)) {
        p = line_parse(&line, p);
        found = (line.n == 5 && !strcmp(line.word[2], lease->ip)
                 && !strcmp(line.word[1], lease->id));
    }
    return found;
}

/* Frees 'lease', which is in no list. */
void
dhcp_lease_destroy(struct dhcp_lease *lease)
{
    if (lease) {
        free(lease->ip);
        free(lease->id);
        free(lease->client_id);
        free(lease->server_id);
        free(lease);
    }
}

/* Stores the command that has the dnsmasq on 'dev' forget 'lease'. */
void
dhcp_lease_release_argv(const struct dhcp_lease *lease, const char *dev,
                        struct svec *argv)
{
    if (!lease->server_id) {
        svec_add(argv, "dhcp_release");
        svec_add(argv, dev);
        svec_add(argv, lease->ip);
        svec_add(argv, lease->id);
        if (strcmp(lease->client_id, "*")) {
            svec_add(argv, lease->client_id);
        }
    } else {
        svec_add(argv, "dhcp_release6");
        svec_add(argv, "--iface");
        svec_add(argv, dev);
        svec_add(argv, "--client-id");
        svec_add(argv, lease->client_id);
        svec_add(argv, "--server-id");
        svec_add(argv, lease->server_id);
        svec_add(argv, "--iaid");
        /* "T" marks a temporary address. */
        svec_add(argv, lease->id + (lease->id[0] == 'T'));
        svec_add(argv, "--ip");
        svec_add(argv, lease->ip);
    }
}
