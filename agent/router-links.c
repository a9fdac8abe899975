/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/router-links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/netns.h"
#include "agent/nl-link.h"
#include "agent/plug.h"
#include "agent/router-config.h"
#include "agent/router.h"
#include "agent/sysctl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/ovs-plugin.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(router_links);

/* Namespace, devices, addresses and routes of one copy of a router.
 *
 * Owns the namespace "qrouter-<uuid>", every device "ha-", "qr-" and "qg-" in
 * it and their peers "tap" in the host's namespace.  A device and its peer
 * carry the same part of the port's UUID, so nothing needs to be remembered.
 *
 * In a HA router the addresses of "qr-" and "qg-", and the primary VIP, are
 * keepalived's: this module only removes those that a keepalived that was
 * killed left behind.  In any other router they are ours.
 *
 * Functions return NULL or a message that the caller must free. */

static bool
is_router_dev(const char *name)
{
    return (!strncmp(name, L3HA_DEV_PREFIX_HA, 3)
            || !strncmp(name, L3HA_DEV_PREFIX_QR, 3)
            || !strncmp(name, L3HA_DEV_PREFIX_QG, 3));
}

static void
set_sysctls(const void *r_)
{
    const struct router *r = r_;

    sysctl_set_router(r->config->ha);
}

/* Has the kernel learn an IPv6 default route on the gateway 'port', or not any
 * more.  Every copy does: one that stands by needs no address to hear an
 * advertisement and says nothing, and knows the route when it is needed. */
static char *
apply_ra(struct nl_sock *nl, int fd, const struct router_port *port)
{
    struct netns_visit visit;
    bool changed = false;
    int error;

    error = netns_enter(&visit, fd);
    if (!error) {
        error = sysctl_accept_ra(port->dev, port->accept_ra, &changed);
        netns_leave(&visit);
    }
    if (!error && changed && !port->accept_ra) {
        error = nl_route_forget_ra(nl);
    }
    return error ? plug_error(port->dev, "accept_ra", error) : NULL;
}

static char *
apply_port(struct router *r, const struct router_env *env,
           const struct plug_place *place, const struct router_port *port,
           const struct nl_link *link)
{
    const struct plug plug = {
        .dev = port->dev,
        .tap = port->tap,
        .mac = port->mac,
        .mtu = port->mtu,
    };
    char *msg = plug_apply(&plug, place, link, !r->seen);

    if (!msg && port->kind == ROUTER_PORT_GATEWAY) {
        msg = apply_ra(place->nl, place->netns_fd, port);
    }
    if (!msg) {
        sset_add(&r->taps, port->tap);
        ovs_plugin_port_add(env->plugin, port->tap, &port->uuid, port->mac);
    }
    return msg;
}

static const struct router_port *
find_port(const struct router_config *rc, const char *dev)
{
    for (size_t i = 0; i < rc->n_ports; i++) {
        if (!strcmp(rc->ports[i].dev, dev)) {
            return &rc->ports[i];
        }
    }
    return NULL;
}

static void
remove_tap(struct router *r, const struct router_env *env, const char *tap)
{
    ovs_plugin_port_del(env->plugin, tap);
    sset_find_and_delete(&r->taps, tap);
    nl_link_delete(env->nl, tap);
}

static void
remove_unwanted(struct router *r, const struct router_env *env,
                const struct nl_links *links)
{
    for (size_t i = 0; i < links->n; i++) {
        const char *dev = links->links[i].name;
        char tap[L3HA_DEV_LEN];

        if (is_router_dev(dev) && !find_port(r->config, dev)) {
            snprintf(tap, sizeof tap, L3HA_DEV_PREFIX_TAP"%.11s", dev + 3);
            remove_tap(r, env, tap);
        }
    }
}

/* Makes the static routes those of 'rc'. */
static char *
apply_routes(struct nl_sock *nl, const struct nl_links *links,
             const struct router_config *rc)
{
    struct nl_static_route *want = xcalloc(MAX(rc->n_routes, 1), sizeof *want);
    char *owner = xasprintf("router "UUID_FMT, UUID_ARGS(&rc->uuid));
    char *msg;

    for (size_t i = 0; i < rc->n_routes; i++) {
        const struct router_route *r = &rc->routes[i];
        const struct nl_link *link = nl_links_find(links, r->dev);

        want[i].dst = r->dst;
        want[i].via = r->via;
        want[i].ifindex = link ? link->ifindex : 0;
    }
    msg = plug_apply_routes(nl, owner, want, rc->n_routes);
    free(owner);
    free(want);
    return msg;
}

/* Addresses of the devices, and routes, as far as they are ours. */
static char *
apply_l3(struct router *r, struct nl_sock *nl)
{
    const struct router_config *rc = r->config;
    struct nl_addr_plen vip = router_config_vip(rc);
    struct nl_links links;
    char *msg = NULL;
    int error;

    error = nl_link_dump(nl, &links);
    if (error) {
        msg = xasprintf("reading devices: %s", ovs_strerror(error));
    }
    for (size_t i = 0; !msg && i < rc->n_ports; i++) {
        const struct router_port *port = &rc->ports[i];
        const struct nl_link *link = nl_links_find(&links, port->dev);

        if (!link) {
            msg = plug_error(port->dev, "looking for it", ENODEV);
        } else if (port->kind == ROUTER_PORT_HA) {
            bool unused;

            msg = plug_apply_addrs(nl, link, port->addrs, port->n_addrs,
                                   &vip, &unused);
        } else if (!rc->ha) {
            msg = plug_apply_addrs(nl, link, port->addrs, port->n_addrs,
                                   NULL, &r->unannounced);
        }
    }
    if (!msg && !rc->ha) {
        msg = apply_routes(nl, &links, rc);
    }
    nl_links_destroy(&links);
    return msg;
}

/* Makes namespace and devices as 'r->config' wants them and tells the switch.
 * Sets '*new_netns' if the namespace had to be made. */
char *
router_links_apply(struct router *r, const struct router_env *env,
                   bool *new_netns)
{
    const struct router_config *rc = r->config;
    struct nl_sock *nl = NULL;
    struct nl_links links;
    char *msg = NULL;
    int error;
    int fd;

    fd = plug_open_netns(r->netns, r->seen, new_netns, set_sysctls, r);
    if (fd < 0) {
        return xasprintf("namespace %s: %s", r->netns, ovs_strerror(-fd));
    }
    error = nl_link_open(fd, &nl);
    if (error) {
        close(fd);
        return xasprintf("namespace %s: netlink: %s", r->netns,
                         ovs_strerror(error));
    }
    error = nl_link_dump(nl, &links);
    if (error) {
        msg = xasprintf("namespace %s: reading devices: %s", r->netns,
                        ovs_strerror(error));
    } else {
        remove_unwanted(r, env, &links);
    }
    for (size_t i = 0; !msg && i < rc->n_ports; i++) {
        const struct plug_place place = { env->nl, nl, fd };

        msg = apply_port(r, env, &place, &rc->ports[i],
                         nl_links_find(&links, rc->ports[i].dev));
    }
    nl_links_destroy(&links);
    if (!msg) {
        msg = apply_l3(r, nl);
    }
    nl_link_close(nl);
    close(fd);
    return msg;
}

/* Removes the addresses and routes that a keepalived that is dead left
 * behind. */
char *
router_links_flush(struct router *r)
{
    const struct router_config *rc = r->config;
    struct nl_static_route *routes;
    struct nl_links links;
    struct nl_sock *nl;
    size_t n_routes;
    int error;
    int fd;

    fd = netns_open(r->netns);
    error = fd < 0 ? -fd : nl_link_open(fd, &nl);
    if (error) {
        if (fd >= 0) {
            close(fd);
        }
        return xasprintf("namespace %s: %s", r->netns, ovs_strerror(error));
    }
    error = nl_link_dump(nl, &links);
    for (size_t i = 0; !error && i < links.n; i++) {
        const struct nl_link *link = &links.links[i];
        const struct router_port *port;

        if (!is_router_dev(link->name)) {
            continue;
        }
        port = find_port(rc, link->name);
        for (size_t j = 0; j < link->n_addrs; j++) {
            if (!port || port->kind != ROUTER_PORT_HA
                || !nl_addrs_contain(port->addrs, port->n_addrs,
                                     &link->addrs[j])) {
                nl_addr_del(nl, link->ifindex, &link->addrs[j]);
            }
        }
    }
    nl_links_destroy(&links);
    if (!error) {
        error = nl_route_dump_static(nl, &routes, &n_routes);
        for (size_t i = 0; !error && i < n_routes; i++) {
            nl_route_del(nl, &routes[i]);
        }
        free(routes);
    }
    nl_link_close(nl);
    close(fd);
    return (error ? xasprintf("removing addresses: %s", ovs_strerror(error))
            : NULL);
}

/* Has the kernel ask for neighbors on the devices of 'r' every 'interval' ms,
 * see sysctl_resolve(). */
char *
router_links_resolve(const struct router *r, int interval)
{
    const struct router_config *rc = r->config;
    struct netns_visit visit;
    int fd = netns_open(r->netns);
    int error = fd < 0 ? -fd : netns_enter(&visit, fd);

    if (!error) {
        for (size_t i = 0; !error && i < rc->n_ports; i++) {
            if (rc->ports[i].kind != ROUTER_PORT_HA) {
                error = sysctl_resolve(rc->ports[i].dev, interval);
            }
        }
        netns_leave(&visit);
    }
    if (fd >= 0) {
        close(fd);
    }
    return (error ? xasprintf("looking for neighbors: %s", ovs_strerror(error))
            : NULL);
}

/* Returns true if the primary VIP is on the device "ha-". */
bool
router_links_has_vip(struct router *r)
{
    const struct router_port *ha = router_config_find(r->config,
                                                      ROUTER_PORT_HA);
    struct nl_addr_plen vip = router_config_vip(r->config);
    struct nl_links links;
    struct nl_sock *nl;
    bool has = false;
    int fd;

    fd = netns_open(r->netns);
    if (fd < 0) {
        return false;
    }
    if (!nl_link_open(fd, &nl)) {
        if (!nl_link_dump(nl, &links)) {
            const struct nl_link *link = nl_links_find(&links, ha->dev);

            has = link && nl_addrs_contain(link->addrs, link->n_addrs, &vip);
        }
        nl_links_destroy(&links);
        nl_link_close(nl);
    }
    close(fd);
    return has;
}

/* Removes the devices from the switch, and the namespace, with which the
 * devices go.  No process may be left in it. */
void
router_links_remove(struct router *r, const struct router_env *env)
{
    const char *tap;
    int error;

    SSET_FOR_EACH (tap, &r->taps) {
        ovs_plugin_port_del(env->plugin, tap);
    }
    sset_clear(&r->taps);
    error = netns_delete(r->netns);
    if (error) {
        VLOG_WARN("router %s: deleting namespace %s: %s", r->name, r->netns,
                  ovs_strerror(error));
    }
}
