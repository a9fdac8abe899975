/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conntrackd.h"
#include "agent/keepalived.h"
#include "agent/nat.h"
#include "agent/radvd.h"
#include "agent/router-config.h"
#include "agent/text-file.h"
#include "agent/vrrp-advert.h"
#include "command-line.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

/* Reads a router from standard input, a line an item:
 *
 *     ha VRID PRIORITY
 *     snat
 *     metadata PORT
 *     port ha|qr|qg UUID MAC MTU [ADDRESS/LENGTH | lla]...
 *     ra MODE PREFIX [DNS-SERVER]...          (of the last port)
 *     route DESTINATION VIA|- [DEVICE]
 *     fip FLOATING FIXED|-
 *     forward FLOATING PROTOCOL PORT N FIXED PORT N
 */
static struct router_config *
read_router(void)
{
    struct uuid uuid;
    struct router_config *rc;
    char line[512];

    ovs_assert(uuid_from_string(&uuid,
                                "557bf478-6afe-48af-872f-63513f7e9b92"));
    rc = router_config_create(&uuid);
    while (fgets(line, sizeof line, stdin)) {
        char *save_ptr = NULL;
        const char *w[16] = { NULL };
        int n = 0;

        for (char *s = strtok_r(line, " \n", &save_ptr); s && n < 15;
             s = strtok_r(NULL, " \n", &save_ptr)) {
            w[n++] = s;
        }
        if (!n) {
            continue;
        } else if (!strcmp(w[0], "ha")) {
            rc->ha = true;
            rc->vrid = atoi(w[1]);
            rc->priority = atoi(w[2]);
        } else if (!strcmp(w[0], "snat")) {
            rc->enable_snat = true;
        } else if (!strcmp(w[0], "metadata")) {
            rc->metadata_port = atoi(w[1]);
        } else if (!strcmp(w[0], "port")) {
            enum router_port_kind kind
                = (!strcmp(w[1], "ha") ? ROUTER_PORT_HA
                   : !strcmp(w[1], "qr") ? ROUTER_PORT_INTERNAL
                   : ROUTER_PORT_GATEWAY);
            struct router_port *port;
            struct eth_addr mac;

            if (!uuid_from_string(&uuid, w[2])
                || !eth_addr_from_string(w[3], &mac)) {
                ovs_fatal(0, "bad port");
            }
            port = router_config_add_port(rc, kind, &uuid, mac, atoi(w[4]));
            for (int i = 5; i < n; i++) {
                struct nl_addr_plen addr;

                if (!strcmp(w[i], "lla")) {
                    router_port_add_lla(port);
                } else if (nl_addr_plen_parse(w[i], &addr)) {
                    router_port_add_addr(port, &addr);
                } else {
                    ovs_fatal(0, "%s: bad address", w[i]);
                }
            }
        } else if (!strcmp(w[0], "ra")) {
            struct router_port *port = &rc->ports[rc->n_ports - 1];
            struct nl_addr_plen net;

            if (!nl_addr_plen_parse(w[2], &net)) {
                ovs_fatal(0, "bad prefix");
            }
            router_port_add_ra(port, w[1], &net);
            for (int i = 3; i < n; i++) {
                struct in6_addr ip;

                ovs_assert(router_ip_parse(w[i], &ip));
                router_port_add_dns(port, &ip);
            }
        } else if (!strcmp(w[0], "route")) {
            struct nl_addr_plen dst;
            struct in6_addr via;
            bool on_link = !strcmp(w[2], "-");

            if (!nl_addr_plen_parse(w[1], &dst)
                || (!on_link && !router_ip_parse(w[2], &via))) {
                ovs_fatal(0, "bad route");
            }
            router_config_add_route(rc, &dst, on_link ? NULL : &via, w[3]);
        } else if (!strcmp(w[0], "fip")) {
            struct in6_addr floating, fixed;
            bool whole = strcmp(w[2], "-");

            if (!router_ip_parse(w[1], &floating)
                || (whole && !router_ip_parse(w[2], &fixed))) {
                ovs_fatal(0, "bad floating IP");
            }
            router_config_add_fip(rc, &floating, whole ? &fixed : NULL);
        } else if (!strcmp(w[0], "forward")) {
            struct router_forward f = {
                .protocol = atoi(w[2]),
                .external = atoi(w[3]),
                .n_external = atoi(w[4]),
                .internal = atoi(w[6]),
                .n_internal = atoi(w[7]),
            };

            if (!router_ip_parse(w[1], &f.floating)
                || !router_ip_parse(w[5], &f.fixed)
                || !router_config_add_forward(rc, &f)) {
                ovs_fatal(0, "bad port forwarding");
            }
        } else {
            ovs_fatal(0, "%s: unknown", w[0]);
        }
    }
    router_config_sort(rc);
    return rc;
}

/* Prints keepalived.conf.  Arguments: version, interval, password. */
void
test_keepalived(struct ovs_cmdl_context *ctx)
{
    struct keepalived_options o = {
        .version = atoi(ctx->argv[1]),
        .advert_int = atof(ctx->argv[2]),
        .auth_type = "PASS",
        .auth_password = ctx->argv[3],
        .notify_fifo = "/run/fifo",
        .sync_group = htonl(0xe1000032),
    };
    struct router_config *rc = read_router();
    struct ds s = DS_EMPTY_INITIALIZER;

    keepalived_format(rc, &o, "/run/standing", &s);
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
    router_config_destroy(rc);
}

/* Prints conntrackd.conf.  Argument: directory. */
void
test_conntrackd(struct ovs_cmdl_context *ctx)
{
    struct conntrackd_options o = {
        .enabled = true,
        .group = htonl(0xe1000032),
        .port = 3780,
        .hash_size = 1024,
        .hash_limit = 131072,
        .buffer_size = 262142,
        .buffer_size_max = 655355,
    };
    struct router_config *rc = read_router();
    struct ds s = DS_EMPTY_INITIALIZER;

    conntrackd_format(rc, &o, ctx->argv[1], &s);
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
    router_config_destroy(rc);
}

/* Prints radvd.conf. */
void
test_radvd(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct radvd_options o = { .min_interval = 30, .max_interval = 100 };
    struct router_config *rc = read_router();
    struct ds s = DS_EMPTY_INITIALIZER;

    if (radvd_format(rc, &o, &s)) {
        fputs(ds_cstr(&s), stdout);
    } else {
        puts("nothing to advertise");
    }
    ds_destroy(&s);
    router_config_destroy(rc);
}

/* Prints the ruleset. */
void
test_nat(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct router_config *rc = read_router();
    struct ds s = DS_EMPTY_INITIALIZER;

    nat_format(rc, &s);
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
    router_config_destroy(rc);
}

/* Returns the text in file 'name'. */
static char *
read_text(const char *name)
{
    char *text = text_file_read(name);

    if (!text) {
        ovs_fatal(errno, "%s", name);
    }
    return text;
}

/* Prints what makes a ruleset another one.  Arguments: two files that "nat"
 * made, or "-" for an unknown old one. */
void
test_nat_diff(struct ovs_cmdl_context *ctx)
{
    char *old = strcmp(ctx->argv[1], "-") ? read_text(ctx->argv[1]) : NULL;
    char *new = read_text(ctx->argv[2]);
    struct ds s = DS_EMPTY_INITIALIZER;

    nat_diff(old, new, &s);
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
    free(old);
    free(new);
}

/* Prints the connections that a new ruleset ends. */
void
test_nat_cuts(struct ovs_cmdl_context *ctx)
{
    char *old = read_text(ctx->argv[1]);
    char *new = read_text(ctx->argv[2]);
    struct nat_cut *cuts;
    size_t n;

    cuts = nat_cuts(old, new, &n);
    for (size_t i = 0; i < n; i++) {
        printf(IP_FMT" %d %d\n", IP_ARGS(cuts[i].addr), cuts[i].protocol,
               cuts[i].port);
    }
    free(cuts);
    free(old);
    free(new);
}

/* Prints the primary VIP. */
void
test_vip(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct router_config *rc = read_router();
    struct nl_addr_plen vip = router_config_vip(rc);
    struct ds s = DS_EMPTY_INITIALIZER;

    nl_addr_plen_format(&vip, &s);
    puts(ds_cstr(&s));
    ds_destroy(&s);
    router_config_destroy(rc);
}

/* Parses lines of the notify FIFO. */
void
test_vrrp_event(struct ovs_cmdl_context *ctx)
{
    enum vrrp_state state;
    struct uuid uuid;

    if (keepalived_parse_event(ctx->argv[1], &uuid, &state)) {
        printf(UUID_FMT" %s\n", UUID_ARGS(&uuid),
               vrrp_state_to_string(state));
    } else {
        puts("not ours");
    }
}

/* Prints an advertisement in hexadecimal:
 * VERSION VRID PRIORITY INTERVAL SOURCE VIP [PASSWORD]. */
void
test_vrrp_advert(struct ovs_cmdl_context *ctx)
{
    struct vrrp_advert advert = {
        .version = atoi(ctx->argv[1]),
        .vrid = atoi(ctx->argv[2]),
        .priority = atoi(ctx->argv[3]),
        .interval = atof(ctx->argv[4]),
        .password = ctx->argc > 7 ? ctx->argv[7] : "",
    };
    uint8_t buf[VRRP_ADVERT_MAX];
    size_t len;

    ovs_assert(ip_parse(ctx->argv[5], &advert.src)
               && ip_parse(ctx->argv[6], &advert.vip));
    len = vrrp_advert_compose(&advert, buf);
    for (size_t i = 0; i < len; i++) {
        printf("%02x", buf[i]);
    }
    putchar('\n');
}
