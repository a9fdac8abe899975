/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* "backend REMOTE CONFIG": the modules behind the REST API on a real database.
 * Reads commands from stdin, one a line; each is one transaction, after which
 * it prints "ok" or the error.  Resources go by their names.
 *
 *     agent HOST ROLES MAPPINGS       inserts an Agent row (heartbeat now;
 *                                     MAPPINGS physnet:bridge or "-")
 *     beat HOST                       a heartbeat
 *     drain HOST, undrain HOST        sets Agent:drained
 *     admin HOST up|down              of its role "l3"
 *     network NAME [external] [TYPE [PHYSNET|- [ID]]]
 *     segment ...                     same, and shows the segment
 *     subnet NETWORK CIDR [RA_MODE]
 *     port NETWORK NAME OWNER|- HOST|- [default | none | IP | CIDR]...
 *     port-ips NAME [IP | CIDR]...    an update of fixed_ips
 *     port-del NAME
 *     router NAME PROJECT ha|legacy
 *     router-port ROUTER NETWORK NAME interface|gateway
 *     router-del NAME
 *     router-ha NAME ha|legacy
 *     add-host ROUTER HOST
 *     remove-host ROUTER HOST
 *     state ROUTER HOST STATE         as the agent reports it
 *     race COMMAND / COMMAND          two servers at once: the first command
 *                                     is committed after the second
 *
 * These read only:
 *
 *     show-router NAME                copies, VRID, HA network
 *     show-hosts PORT                 binding
 *     show-ips PORT
 *     check-eui64 PORT NETWORK...     the addresses are these
 *     wait-port NAME HOST             until binding:host_id is HOST
 *     wait-hosts NAME HOSTS           until Port:hosts are HOSTS (a,b)
 *     wait-copies ROUTER HOSTS
 *     wait-alive HOST yes|no [OTHER]  while OTHER goes on beating
 *     agents                          as the API shows them
 *     count                           rows */

#include <config.h>
#include "tests/l3ha-test.h"
#include "tests/test-backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "lib/l3ha-names.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "server/agents.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/ha.h"
#include "server/ipam-rows.h"
#include "server/ipam.h"
#include "server/mac.h"
#include "server/port-binding.h"
#include "server/segment.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

static void
run_once(struct backend *b, bool may_write)
{
    ovsdb_idl_run(b->idl);
    backend_run(b, may_write);
    ovsdb_idl_track_clear(b->idl);
}

static void
block(struct backend *b)
{
    ovsdb_idl_wait(b->idl);
    backend_wait(b);
    poll_block();
}

#define FIND_BY_NAME(NAME)                                                \
    const struct l3harec_##NAME *                                         \
    tb_find_##NAME(struct test *t, const char *name)                      \
    {                                                                     \
        const struct l3harec_##NAME *row;                                 \
                                                                          \
        for (row = l3harec_##NAME##_first(t->idl); row;                   \
             row = l3harec_##NAME##_next(row)) {                          \
            if (!strcmp(row->name, name)) {                               \
                return row;                                               \
            }                                                             \
        }                                                                 \
        ovs_fatal(0, "no " #NAME " %s", name);                            \
    }
FIND_BY_NAME(network)
FIND_BY_NAME(port)
FIND_BY_NAME(router)

static const char *
arg(const struct test *t, int i)
{
    return i < t->argc ? t->argv[i] : NULL;
}

static struct api_error *
cmd_agent(struct test *t)
{
    struct l3harec_agent *agent = l3harec_agent_insert(t->txn);
    struct smap mappings = SMAP_INITIALIZER(&mappings);
    struct svec roles = SVEC_EMPTY_INITIALIZER;
    const char *types[] = { "vxlan" };

    char *words = xstrdup(t->argv[2]);
    for (char *p = words; *p; p++) {
        *p = *p == ',' ? ' ' : *p;
    }
    svec_parse_words(&roles, words);
    free(words);
    if (strcmp(t->argv[3], "-")) {
        char *colon = strchr(t->argv[3], ':');
        *colon = '\0';
        smap_add(&mappings, t->argv[3], colon + 1);
    }
    l3harec_agent_set_host(agent, t->argv[1]);
    l3harec_agent_set_roles(agent, (const char **) roles.names, roles.n);
    l3harec_agent_set_tunnel_ip(agent, "192.0.2.1");
    l3harec_agent_set_tunnel_types(agent, types, 1);
    l3harec_agent_set_bridge_mappings(agent, &mappings);
    l3harec_agent_set_availability_zone(agent, "nova");
    l3harec_agent_set_heartbeat(agent, time_wall_msec());
    svec_destroy(&roles);
    smap_destroy(&mappings);
    return NULL;
}

static struct api_error *
cmd_beat(struct test *t)
{
    l3harec_agent_set_heartbeat(agents_find_host(t->b, t->argv[1]),
                                time_wall_msec() + ++t->now);
    return NULL;
}

static struct api_error *
cmd_drain(struct test *t)
{
    l3harec_agent_set_drained(agents_find_host(t->b, t->argv[1]),
                              !strcmp(t->argv[0], "drain"));
    return NULL;
}

static struct api_error *
cmd_admin(struct test *t)
{
    const char *roles[] = { "l3" };

    l3harec_agent_set_admin_down_roles(agents_find_host(t->b, t->argv[1]),
                                       roles, !strcmp(t->argv[2], "down"));
    return NULL;
}

static struct api_error *
cmd_network(struct test *t)
{
    struct l3harec_network *network = l3harec_network_insert(t->txn);
    int i = 2;

    l3harec_network_set_name(network, t->argv[1]);
    if (arg(t, i) && !strcmp(t->argv[i], "external")) {
        l3harec_network_set_external(network, true);
        i++;
    }

    struct segment_request request = {
        .network_type = arg(t, i),
        .physical_network = (arg(t, i + 1) && strcmp(t->argv[i + 1], "-")
                             ? t->argv[i + 1] : NULL),
        .has_segmentation_id = arg(t, i + 2) != NULL,
        .segmentation_id = arg(t, i + 2) ? atoll(t->argv[i + 2]) : 0,
    };
    struct api_error *error = segment_allocate(t->b, network, &request, 0);
    if (!error && !strcmp(t->argv[0], "segment")) {
        printf("%s %s %"PRId64" mtu %"PRId64": ", network->network_type,
               *network->physical_network ? network->physical_network : "-",
               network->n_segmentation_id ? *network->segmentation_id : -1,
               network->mtu);
    }
    return error;
}

static struct api_error *
insert_subnet(struct backend *b, struct ovsdb_idl_txn *txn,
              const struct l3harec_network *network, const char *cidr,
              const char *ra_mode)
{
    struct ipam_subnet_request request = {
        .ip_version = strchr(cidr, ':') ? 6 : 4,
        .cidr = cidr,
        .enable_dhcp = true,
        .ipv6_ra_mode = ra_mode,
    };
    struct ipam_subnet prepared;
    struct api_error *error = ipam_subnet_prepare(&request, &prepared);
    if (error) {
        return error;
    }
    error = ipam_check_overlap(b, network, prepared.cidr, NULL);
    if (!error) {
        struct l3harec_subnet *subnet = l3harec_subnet_insert(txn);

        l3harec_subnet_set_network(subnet, network);
        l3harec_subnet_set_ip_version(subnet, request.ip_version);
        l3harec_subnet_set_cidr(subnet, prepared.cidr);
        l3harec_subnet_set_created_at(subnet, time_wall_msec());
        if (*prepared.gateway_ip) {
            l3harec_subnet_set_gateway_ip(subnet, prepared.gateway_ip);
        }
        l3harec_subnet_set_allocation_pools(
            subnet, (const char **) prepared.pools->names, prepared.pools->n);
        if (ra_mode) {
            l3harec_subnet_set_ipv6_ra_mode(subnet, ra_mode);
            l3harec_subnet_set_ipv6_address_mode(subnet, ra_mode);
        }
        ipam_add_auto_addresses(b, txn, subnet);
    }
    ipam_subnet_destroy(&prepared);
    return error;
}

static struct api_error *
cmd_subnet(struct test *t)
{
    return insert_subnet(t->b, t->txn, tb_find_network(t, t->argv[1]),
                         t->argv[2], arg(t, 3));
}

/* Arguments from 'first' are addresses, or CIDRs that stand for subnets. */
static struct api_error *
set_ips(struct test *t, const struct l3harec_port *port, int first)
{
    struct ipam_fixed_ip ips[TB_MAX_ARGS];
    size_t n = 0;

    if (arg(t, first) && !strcmp(t->argv[first], "default")) {
        return ipam_set_fixed_ips(t->b, t->txn, port, false, NULL, 0);
    } else if (arg(t, first) && !strcmp(t->argv[first], "none")) {
        return NULL;
    }
    for (int i = first; i < t->argc; i++) {
        struct ipam_fixed_ip *ip = &ips[n++];

        ip->has_subnet = strchr(t->argv[i], '/');
        ip->ip_address = ip->has_subnet ? NULL : t->argv[i];
        if (ip->has_subnet) {
            const struct l3harec_subnet *subnet;

            ip->subnet_id = UUID_ZERO;
            L3HAREC_SUBNET_FOR_EACH (subnet, t->idl) {
                if (!strcmp(subnet->cidr, t->argv[i])) {
                    ip->subnet_id = subnet->header_.uuid;
                }
            }
        }
    }
    return ipam_set_fixed_ips(t->b, t->txn, port, true, ips, n);
}

static struct l3harec_port *
insert_port(struct test *t, const struct l3harec_network *network,
            const char *name, const char *owner)
{
    struct l3harec_port *port = l3harec_port_insert(t->txn);
    char mac[MAC_STRLEN];

    ignore(mac_allocate(t->b, network, mac));
    l3harec_port_set_network(port, network);
    l3harec_port_set_name(port, name);
    l3harec_port_set_mac(port, mac);
    l3harec_port_set_device_owner(port, owner);
    l3harec_port_set_admin_state_up(port, true);
    return port;
}

static struct api_error *
cmd_port(struct test *t)
{
    struct l3harec_port *port = insert_port(
        t, tb_find_network(t, t->argv[1]), t->argv[2],
        strcmp(t->argv[3], "-") ? t->argv[3] : "");

    port_binding_set(t->b, port, strcmp(t->argv[4], "-") ? t->argv[4] : "");
    return set_ips(t, port, 5);
}

static struct api_error *
cmd_port_ips(struct test *t)
{
    return set_ips(t, tb_find_port(t, t->argv[1]), 2);
}

static struct api_error *
cmd_port_del(struct test *t)
{
    const struct l3harec_port *port = tb_find_port(t, t->argv[1]);

    ipam_release(port);
    l3harec_port_delete(port);
    return NULL;
}

static struct api_error *
cmd_router(struct test *t)
{
    struct uuid uuid;

    uuid_generate(&uuid);

    struct l3harec_router *router
        = l3harec_router_insert_persist_uuid(t->txn, &uuid);
    l3harec_router_set_name(router, t->argv[1]);
    l3harec_router_set_project_id(router, t->argv[2]);
    l3harec_router_set_ha(router, !strcmp(t->argv[3], "ha"));
    return ha_router_create(t->b, t->txn, router);
}

static struct api_error *
cmd_router_port(struct test *t)
{
    const struct l3harec_router *router = tb_find_router(t, t->argv[1]);
    struct l3harec_port *port = insert_port(
        t, tb_find_network(t, t->argv[2]), t->argv[3],
        strcmp(t->argv[4], "gateway") ? ha_interface_owner(router)
        : L3HA_OWNER_ROUTER_GATEWAY);

    l3harec_port_set_router(port, router);
    ha_bind_router_port(t->b, router, port);
    return ipam_set_fixed_ips(t->b, t->txn, port, false, NULL, 0);
}

static struct api_error *
cmd_router_del(struct test *t)
{
    const struct l3harec_router *router = tb_find_router(t, t->argv[1]);

    ha_router_destroy(t->b, t->txn, router);
    l3harec_router_delete(router);
    return NULL;
}

static struct api_error *
cmd_router_ha(struct test *t)
{
    return ha_router_set_ha(t->b, t->txn, tb_find_router(t, t->argv[1]),
                            !strcmp(t->argv[2], "ha"));
}

static struct api_error *
cmd_add_host(struct test *t)
{
    return ha_router_add_host(t->b, t->txn, tb_find_router(t, t->argv[1]),
                              agents_find_host(t->b, t->argv[2]));
}

static struct api_error *
cmd_remove_host(struct test *t)
{
    return ha_router_remove_host(t->b, t->txn, tb_find_router(t, t->argv[1]),
                                 agents_find_host(t->b, t->argv[2]));
}

static struct api_error *
cmd_state(struct test *t)
{
    const struct l3harec_router *router = tb_find_router(t, t->argv[1]);
    const struct l3harec_router_instance *instance;
    bool found = false;

    L3HAREC_ROUTER_INSTANCE_FOR_EACH (instance, t->idl) {
        if (instance->router == router
            && !strcmp(instance->host, t->argv[2])) {
            l3harec_router_instance_set_state(instance, t->argv[3]);
            l3harec_router_instance_set_state_since(instance, ++t->now);
            found = true;
        }
    }
    if (!found) {
        ovs_fatal(0, "no copy on %s", t->argv[2]);
    }
    return NULL;
}

static struct api_error *cmd_race(struct test *);

static bool
condition_holds(struct test *t)
{
    char *hosts;

    if (!strcmp(t->argv[0], "wait-alive")) {
        const struct l3harec_agent *agent = agents_find_host(t->b,
                                                             t->argv[1]);
        return (agent && agents_is_alive(t->b, agent)
                == !strcmp(t->argv[2], "yes"));
    } else if (!strcmp(t->argv[0], "wait-port")) {
        return !strcmp(tb_find_port(t, t->argv[1])->host, t->argv[2]);
    } else if (!strcmp(t->argv[0], "wait-copies")) {
        struct svec svec = SVEC_EMPTY_INITIALIZER;

        ha_router_get_hosts(t->b, tb_find_router(t, t->argv[1]), &svec);
        hosts = svec_join(&svec, ",", "");
        svec_destroy(&svec);
    } else {
        const struct l3harec_port *port = tb_find_port(t, t->argv[1]);

        hosts = tb_join(port->hosts, port->n_hosts);
    }

    bool ok = !strcmp(hosts, t->argv[2]);
    free(hosts);
    return ok;
}

static void
wait_for_condition(struct test *t)
{
    long long int deadline = time_msec() + 20000;
    long long int next_beat = time_msec();

    for (;;) {
        run_once(t->b, true);
        if (condition_holds(t)) {
            puts("ok");
            return;
        } else if (time_msec() >= deadline) {
            ovs_fatal(0, "timeout: %s %s %s", t->argv[0], t->argv[1],
                      t->argv[2]);
        }
        if (arg(t, 3) && time_msec() >= next_beat) {
            struct test beat = *t;

            beat.argv[1] = t->argv[3];
            beat.txn = ovsdb_idl_txn_create(t->idl);
            cmd_beat(&beat);
            ovsdb_idl_txn_commit(beat.txn);
            ovsdb_idl_txn_destroy(beat.txn);
            t->now = beat.now;
            next_beat = time_msec() + 200;
        }
        poll_timer_wait_until(arg(t, 3) ? next_beat : deadline);
        block(t->b);
    }
}

static const struct command {
    const char *name;
    struct api_error *(*handler)(struct test *);
    void (*reader)(struct test *);
} commands[] = {
    { "agent", cmd_agent, NULL },
    { "beat", cmd_beat, NULL },
    { "drain", cmd_drain, NULL },
    { "undrain", cmd_drain, NULL },
    { "admin", cmd_admin, NULL },
    { "network", cmd_network, NULL },
    { "segment", cmd_network, NULL },
    { "subnet", cmd_subnet, NULL },
    { "port", cmd_port, NULL },
    { "port-ips", cmd_port_ips, NULL },
    { "port-del", cmd_port_del, NULL },
    { "router", cmd_router, NULL },
    { "router-port", cmd_router_port, NULL },
    { "router-del", cmd_router_del, NULL },
    { "router-ha", cmd_router_ha, NULL },
    { "add-host", cmd_add_host, NULL },
    { "remove-host", cmd_remove_host, NULL },
    { "state", cmd_state, NULL },
    { "race", cmd_race, NULL },
    { "show-router", NULL, tb_show_router },
    { "show-hosts", NULL, tb_show_hosts },
    { "show-ips", NULL, tb_show_ips },
    { "check-eui64", NULL, tb_check_eui64 },
    { "agents", NULL, tb_show_agents },
    { "count", NULL, tb_show_count },
    { "wait-port", NULL, wait_for_condition },
    { "wait-hosts", NULL, wait_for_condition },
    { "wait-copies", NULL, wait_for_condition },
    { "wait-alive", NULL, wait_for_condition },
};

static const struct command *
find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!strcmp(commands[i].name, name)) {
            return &commands[i];
        }
    }
    ovs_fatal(0, "unknown command %s", name);
}

static void
connect_backend(struct test *t)
{
    char *message;

    t->idl = ovsdb_idl_create_unconnected(&l3harec_idl_class, true);
    t->b = backend_create(t->idl, t->config, &message);
    if (!t->b) {
        ovs_fatal(0, "%s", message);
    }
    backend_set_remote(t->b, t->remote);
    for (;;) {
        run_once(t->b, false);
        if (ovsdb_idl_has_ever_connected(t->idl)) {
            break;
        }
        block(t->b);
    }
}

/* Commits 't->txn'.  Returns what came of it. */
static const char *
commit(struct test *t)
{
    enum ovsdb_idl_txn_status status;

    while ((status = ovsdb_idl_txn_commit(t->txn)) == TXN_INCOMPLETE) {
        run_once(t->b, false);
        ovsdb_idl_txn_wait(t->txn);
        block(t->b);
    }
    if (status == TXN_ERROR) {
        const char *error = ovsdb_idl_txn_get_error(t->txn);
        const char *const known[] = { "constraint violation",
                                      "referential integrity violation" };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
            if (strstr(error, known[i])) {
                return known[i];
            }
        }
        ovs_fatal(0, "%s", error);
    }
    return (status == TXN_SUCCESS ? "ok"
            : ovsdb_idl_txn_status_to_string(status));
}

/* Two servers: the other one commits while this one has its transaction built
 * but not sent. */
static struct api_error *
cmd_race(struct test *t)
{
    struct test this = *t;
    struct test other = { .config = t->config, .remote = t->remote };
    struct api_error *error;
    int slash = 1;

    while (strcmp(t->argv[slash], "/")) {
        slash++;
    }
    this.argc = slash - 1;
    memcpy(this.argv, t->argv + 1, this.argc * sizeof *t->argv);
    other.argc = t->argc - slash - 1;
    memcpy(other.argv, t->argv + slash + 1, other.argc * sizeof *t->argv);

    error = find_command(this.argv[0])->handler(&this);
    if (error) {
        return error;
    }

    connect_backend(&other);
    other.txn = ovsdb_idl_txn_create(other.idl);
    error = find_command(other.argv[0])->handler(&other);
    if (!error) {
        printf("other server: %s, this one: ", commit(&other));
    }
    ovsdb_idl_txn_destroy(other.txn);
    backend_destroy(other.b);
    ovsdb_idl_destroy(other.idl);
    return error;
}

static void
run_handler(struct test *t, struct api_error *(*handler)(struct test *))
{
    /* The duties may have a transaction in progress. */
    while (backend_is_writing(t->b)) {
        block(t->b);
        run_once(t->b, false);
    }

    t->txn = ovsdb_idl_txn_create(t->idl);
    struct api_error *error = handler(t);
    if (error) {
        ovsdb_idl_txn_abort(t->txn);
        printf("%d %s: %s\n", error->status, error->type, error->message);
        api_error_destroy(error);
    } else {
        puts(commit(t));
    }
    ovsdb_idl_txn_destroy(t->txn);
}

void
test_backend(struct ovs_cmdl_context *ctx)
{
    struct test t = { .config = l3ha_config_create(),
                      .remote = ctx->argv[1] };
    char line[1024];

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 2; i < ctx->argc; i++) {
        char *message = l3ha_config_load(t.config, ctx->argv[i]);
        if (message) {
            ovs_fatal(0, "%s", message);
        }
    }
    connect_backend(&t);

    while (fgets(line, sizeof line, stdin)) {
        char *save_ptr = NULL;

        t.argc = 0;
        for (char *p = strtok_r(line, " \n", &save_ptr);
             p && t.argc < TB_MAX_ARGS; p = strtok_r(NULL, " \n", &save_ptr)) {
            t.argv[t.argc++] = p;
        }
        if (!t.argc) {
            continue;
        }

        const struct command *command = find_command(t.argv[0]);
        printf("%s: ", t.argv[0]);
        run_once(t.b, true);
        if (command->handler) {
            run_handler(&t, command->handler);
        } else {
            command->reader(&t);
        }
    }
    backend_destroy(t.b);
    ovsdb_idl_destroy(t.idl);
    l3ha_config_destroy(t.config);
}
