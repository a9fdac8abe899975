/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/dhcp-config.h"
#include "agent/dhcp-leases.h"
#include "agent/router-config.h"
#include "agent/text-file.h"
#include "command-line.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

/* A network and the options of its host. */
struct test_net {
    struct dhcp_config *dc;
    struct dhcp_options o;
    struct svec dns_servers;
};

static struct uuid
parse_uuid(const char *s)
{
    struct uuid uuid;

    if (!s || !uuid_from_string(&uuid, s)) {
        ovs_fatal(0, "bad UUID");
    }
    return uuid;
}

static void
add_subnet(struct dhcp_config *dc, const char **w)
{
    struct uuid uuid = parse_uuid(w[1]);
    struct dhcp_subnet *s = dhcp_config_add_subnet(dc, &uuid, w[2]);

    if (!s) {
        ovs_fatal(0, "%s: bad CIDR", w[2]);
    }
    s->mode = (!strcmp(w[3], "none") ? DHCP_NONE
               : !strcmp(w[3], "stateless") ? DHCP_STATELESS
               : DHCP_STATEFUL);
    s->gateway = strcmp(w[4], "-") ? xstrdup(w[4]) : NULL;
    s->address = strcmp(w[5], "-") ? xstrdup(w[5]) : NULL;
    s->routed = w[6] != NULL;
}

/* Reads a network from standard input, a line an item:
 *
 *     lease SECONDS
 *     upstream SERVER...
 *     isolated-metadata | force-metadata
 *     port UUID MAC MTU
 *     subnet UUID CIDR none|stateless|stateful GATEWAY|- ADDRESS|- [routed]
 *     dns SERVER...                           (of the last subnet)
 *     route DESTINATION NEXTHOP
 *     server ADDRESS...
 *     host UUID MAC
 *     addr SUBNET-NUMBER ADDRESS              (of the last host)
 *     option VERSION:NAME VALUE
 */
static void
read_net(struct test_net *t)
{
    struct uuid uuid = parse_uuid("557bf478-6afe-48af-872f-63513f7e9b92");
    struct dhcp_config *dc = dhcp_config_create(&uuid);
    char line[512];

    svec_init(&t->dns_servers);
    t->dc = dc;
    t->o = (struct dhcp_options) {
        .confs_path = "/d",
        .domain = "openstacklocal",
        .dns_servers = &t->dns_servers,
        .config_file = "",
        .log_dir = "",
        .lease = 86400,
        .lease_max = 1 << 24,
    };
    while (fgets(line, sizeof line, stdin)) {
        struct dhcp_subnet *s = (dc->n_subnets
                                 ? &dc->subnets[dc->n_subnets - 1] : NULL);
        struct dhcp_host *h = (dc->n_hosts
                               ? &dc->hosts[dc->n_hosts - 1] : NULL);
        const char *w[16] = { NULL };
        char *save_ptr = NULL;
        struct eth_addr mac;
        int n = 0;

        for (char *word = strtok_r(line, " \n", &save_ptr); word && n < 15;
             word = strtok_r(NULL, " \n", &save_ptr)) {
            w[n++] = word;
        }
        if (!n) {
            continue;
        } else if (!strcmp(w[0], "lease")) {
            t->o.lease = atoi(w[1]);
        } else if (!strcmp(w[0], "isolated-metadata")) {
            t->o.isolated_metadata = true;
        } else if (!strcmp(w[0], "force-metadata")) {
            t->o.force_metadata = true;
        } else if (!strcmp(w[0], "port")) {
            uuid = parse_uuid(w[1]);
            ovs_assert(eth_addr_from_string(w[2], &mac));
            dhcp_config_set_port(dc, &uuid, mac, atoi(w[3]));
        } else if (!strcmp(w[0], "subnet")) {
            add_subnet(dc, w);
        } else if (!strcmp(w[0], "route")) {
            svec_add_nocopy(&s->routes, xasprintf("%s %s", w[1], w[2]));
        } else if (!strcmp(w[0], "host")) {
            uuid = parse_uuid(w[1]);
            dhcp_config_add_host(dc, &uuid, w[2]);
        } else if (!strcmp(w[0], "addr")) {
            dhcp_host_add_address(h, atoi(w[1]), w[2]);
        } else if (!strcmp(w[0], "option")) {
            /* "_" stands for a line end. */
            for (char *p = CONST_CAST(char *, w[2]); *p; p++) {
                *p = *p == '_' ? '\n' : *p;
            }
            smap_add(h->options, w[1], w[2]);
        } else {
            struct svec *list = (!strcmp(w[0], "upstream") ? &t->dns_servers
                                 : !strcmp(w[0], "dns") ? &s->dns
                                 : &s->servers);

            for (int i = 1; i < n; i++) {
                svec_add(list, w[i]);
            }
        }
    }
    dhcp_config_finish(dc, &t->o);
}

static void
free_net(struct test_net *t)
{
    dhcp_config_destroy(t->dc);
    svec_destroy(&t->dns_servers);
}

/* Prints one of dnsmasq's files: conf, host, opts or addn_hosts. */
void
test_dhcp_file(struct ovs_cmdl_context *ctx)
{
    const char *name = ctx->argv[1];
    struct dhcp_files files;
    struct test_net t;

    read_net(&t);
    dhcp_files_make(&files, t.dc, &t.o);
    fputs(!strcmp(name, "conf") ? files.conf
          : !strcmp(name, "host") ? files.host
          : !strcmp(name, "opts") ? files.opts : files.addn_hosts, stdout);
    dhcp_files_destroy(&files);
    free_net(&t);
}

/* Prints addresses and routes of the namespace. */
void
test_dhcp_links(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct test_net t;

    read_net(&t);
    ds_put_format(&s, "%s %s\n", t.dc->dev, t.dc->tap);
    for (size_t i = 0; i < t.dc->n_addrs; i++) {
        nl_addr_plen_format(&t.dc->addrs[i], &s);
        ds_put_char(&s, '\n');
    }
    for (size_t i = 0; i < t.dc->n_routes; i++) {
        ds_put_cstr(&s, "route ");
        nl_addr_plen_format(&t.dc->routes[i].dst, &s);
        if (!ipv6_addr_equals(&t.dc->routes[i].via, &in6addr_any)) {
            ds_put_cstr(&s, " via ");
            router_ip_format(&t.dc->routes[i].via, &s);
        }
        ds_put_char(&s, '\n');
    }
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
    free_net(&t);
}

/* Prints the leases that dnsmasq starts with when the file OLD was left, and
 * what is released of those in OLD while it runs.  GONE: addresses. */
void
test_dhcp_leases(struct ovs_cmdl_context *ctx)
{
    char *old = text_file_read(ctx->argv[1]);
    struct ovs_list leases = OVS_LIST_INITIALIZER(&leases);
    struct sset gone = SSET_INITIALIZER(&gone);
    struct dhcp_lease *lease;
    struct smap wanted;
    struct test_net t;
    char *text;

    read_net(&t);
    dhcp_config_get_leases(t.dc, &wanted);
    for (int i = 2; i < ctx->argc; i++) {
        sset_add(&gone, ctx->argv[i]);
    }
    text = dhcp_leases_restore(old, &wanted, 1000);
    fputs(text, stdout);
    dhcp_leases_find(old, &wanted, &gone, &leases);
    LIST_FOR_EACH_POP (lease, node, &leases) {
        struct svec argv = SVEC_EMPTY_INITIALIZER;
        char *command;

        ovs_assert(dhcp_leases_has(old, lease));
        ovs_assert(!dhcp_leases_has(text, lease)
                   || sset_contains(&gone, lease->ip));
        dhcp_lease_release_argv(lease, "ns-0", &argv);
        command = svec_join(&argv, " ", "");
        puts(command);
        free(command);
        svec_destroy(&argv);
        dhcp_lease_destroy(lease);
    }
    smap_destroy(&wanted);
    sset_destroy(&gone);
    free_net(&t);
    free(text);
    free(old);
}
