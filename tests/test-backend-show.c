/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The commands of "backend" (test-backend.c) that print what is there. */

#include <config.h>
#include "tests/test-backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-idl.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "server/agents.h"
#include "server/ha.h"
#include "server/ipam.h"
#include "server/port-binding.h"
#include "svec.h"
#include "util.h"

char *
tb_join(char **strings, size_t n)
{
    struct svec svec = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        svec_add(&svec, strings[i]);
    }
    svec_sort(&svec);

    char *s = svec_join(&svec, ",", "");
    svec_destroy(&svec);
    return s;
}

void
tb_show_router(struct test *t)
{
    const struct l3harec_router *router = tb_find_router(t, t->argv[1]);
    struct svec hosts = SVEC_EMPTY_INITIALIZER;
    const struct l3harec_router_instance *instance;

    if (router->vrrp_group) {
        const struct l3harec_ha_network *ha_network
            = router->vrrp_group->ha_network;

        printf("%s (%s, project '%s', number %"PRId64"), vrid %s\n",
               ha_network->network->name, ha_network->network->network_type,
               ha_network->network->project_id, ha_network->number,
               router->vrrp_group->vrid >= 1
               && router->vrrp_group->vrid <= 254 ? "good" : "bad");
    }
    ha_router_get_hosts(t->b, router, &hosts);
    for (size_t i = 0; i < hosts.n; i++) {
        L3HAREC_ROUTER_INSTANCE_FOR_EACH (instance, t->idl) {
            if (instance->router == router
                && !strcmp(instance->host, hosts.names[i])) {
                const struct l3harec_port *port = instance->ha_port;
                const char *state = ha_instance_get_state(t->b, instance);

                printf("%s priority %"PRId64" state %s", instance->host,
                       instance->priority, state ? state : "null");
                if (port) {
                    char *s = tb_join(port->hosts, port->n_hosts);
                    printf(" %s on %s: %s, %"PRIuSIZE" address", port->name,
                           s, port->vif_type, port->n_fixed_ips);
                    free(s);
                }
                putchar('\n');
            }
        }
    }
    svec_destroy(&hosts);
}

void
tb_show_hosts(struct test *t)
{
    const struct l3harec_port *port = tb_find_port(t, t->argv[1]);
    char *hosts = tb_join(port->hosts, port->n_hosts);

    printf("%s host '%s' hosts '%s' %s %s\n", port->vif_type, port->host,
           hosts, port_binding_get_status(t->b, port),
           port->device_owner);
    free(hosts);
}

static char *
join_ips(const struct l3harec_port *port)
{
    char *ips[TB_MAX_ARGS];

    ovs_assert(port->n_fixed_ips <= TB_MAX_ARGS);
    for (size_t i = 0; i < port->n_fixed_ips; i++) {
        ips[i] = port->fixed_ips[i]->address;
    }
    return tb_join(ips, port->n_fixed_ips);
}

void
tb_show_ips(struct test *t)
{
    char *s = join_ips(tb_find_port(t, t->argv[1]));

    printf("'%s'\n", s);
    free(s);
}

void
tb_check_eui64(struct test *t)
{
    const struct l3harec_port *port = tb_find_port(t, t->argv[1]);
    char *expected[TB_MAX_ARGS];
    struct eth_addr mac;
    size_t n = 0;

    ovs_assert(eth_addr_from_string(port->mac, &mac));
    for (int i = 2; i < t->argc; i++) {
        struct ipam_cidr cidr;
        char *s = xasprintf("%s/64", t->argv[i]);

        ovs_assert(ipam_cidr_parse(s, &cidr));
        free(s);
        expected[n] = xmalloc(IPAM_ADDR_STRLEN);
        ipam_addr_format(6, ipam_eui64(&cidr, mac), expected[n++]);
    }

    char *want = tb_join(expected, n);
    char *have = join_ips(port);
    if (strcmp(want, have)) {
        printf("want %s, have %s\n", want, have);
    } else {
        puts("ok");
    }
    free(want);
    free(have);
    for (size_t i = 0; i < n; i++) {
        free(expected[i]);
    }
}

#define COUNT(TABLE, IDL) ({                                            \
        int n_ = 0;                                                     \
        for (const struct l3harec_##TABLE *row_                         \
             = l3harec_##TABLE##_first(IDL);                            \
             row_; row_ = l3harec_##TABLE##_next(row_)) {               \
            n_++;                                                       \
        }                                                               \
        n_;                                                             \
    })

void
tb_show_count(struct test *t)
{
    printf("%d networks, %d subnets, %d ports, %d addresses, %d routers, "
           "%d HA networks, %d VRIDs, %d copies\n",
           COUNT(network, t->idl), COUNT(subnet, t->idl),
           COUNT(port, t->idl), COUNT(ip_allocation, t->idl),
           COUNT(router, t->idl), COUNT(ha_network, t->idl),
           COUNT(vrrp_group, t->idl), COUNT(router_instance, t->idl));
}

void
tb_show_agents(struct test *t)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    size_t n;
    struct agent_view *views = agents_get_all(t->b, &n);

    for (size_t i = 0; i < n; i++) {
        struct json *conf = agents_get_configurations(t->b, &views[i]);
        char *s = json_to_string(conf, JSSF_SORT);
        struct agent_view view;

        svec_add_nocopy(&lines, xasprintf(
            "%s %s (%s, %s) %s %s zone %s%s %s", views[i].row->host,
            views[i].agent_type, views[i].binary, views[i].topic,
            views[i].alive ? "alive" : "dead",
            views[i].admin_state_up ? "up" : "down",
            views[i].availability_zone ? views[i].availability_zone : "null",
            agents_find(t->b, &views[i].id, &view)
            && view.row == views[i].row && view.role == views[i].role
            ? "" : " NOT FOUND BY ID", s));
        free(s);
        json_destroy(conf);
    }
    svec_sort(&lines);
    printf("%"PRIuSIZE"\n", lines.n);
    for (size_t i = 0; i < lines.n; i++) {
        puts(lines.names[i]);
    }
    svec_destroy(&lines);
    free(views);
}
