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

static char *
link_error(const char *dev, const char *what, int error)
{
    return xasprintf("interface %s: %s: %s", dev, what, ovs_strerror(error));
}

static bool
is_router_dev(const char *name)
{
    return (!strncmp(name, L3HA_DEV_PREFIX_HA, 3)
            || !strncmp(name, L3HA_DEV_PREFIX_QR, 3)
            || !strncmp(name, L3HA_DEV_PREFIX_QG, 3));
}

/* Makes the namespace or finds it.  Returns a descriptor or a negative errno
 * value. */
static int
open_namespace(struct router *r, bool *is_new)
{
    struct netns_visit visit;
    struct nl_sock *nl;
    int error;
    int fd;

    *is_new = !netns_exists(r->netns);
    if (*is_new) {
        error = netns_create(r->netns);
        if (error) {
            return -error;
        }
    }
    fd = netns_open(r->netns);
    if (fd < 0 || (r->seen && !*is_new)) {
        return fd;
    }

    error = netns_enter(&visit, fd);
    if (error) {
        close(fd);
        return -error;
    }
    sysctl_set_router(r->config->ha);
    if (!nl_link_open(-1, &nl)) {
        nl_link_set_up(nl, "lo", false);
        nl_link_close(nl);
    }
    netns_leave(&visit);
    return fd;
}

/* Does what is needed on both ends before a pair goes up, and sets it up. */
static char *
finish_pair(const struct router_env *env, struct nl_sock *nl, int fd,
            const struct router_port *port)
{
    struct netns_visit visit;
    int error;

    sysctl_silence_host_device(port->tap);
    error = nl_link_offload_off(port->tap);
    if (error) {
        return link_error(port->tap, "switching off checksum offload", error);
    }
    error = netns_enter(&visit, fd);
    if (!error) {
        error = nl_link_offload_off(port->dev);
        netns_leave(&visit);
    }
    if (error) {
        return link_error(port->dev, "switching off checksum offload", error);
    }
    error = nl_link_set_up(nl, port->dev, false);
    if (error) {
        return link_error(port->dev, "setting up", error);
    }
    error = nl_link_set_up(env->nl, port->tap, true);
    if (error) {
        return link_error(port->tap, "setting up", error);
    }
    return NULL;
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
    return error ? link_error(port->dev, "accept_ra", error) : NULL;
}

static char *
apply_port(struct router *r, const struct router_env *env, struct nl_sock *nl,
           int fd, const struct router_port *port, const struct nl_link *link)
{
    char *msg = NULL;
    int error;

    if (link && !eth_addr_equals(link->mac, port->mac)) {
        nl_link_delete(env->nl, port->tap);
        link = NULL;
    }
    if (!link) {
        error = nl_link_add_veth(env->nl, port->tap, port->dev, fd, port->mac,
                                 port->mtu);
        if (error == EEXIST) {
            /* Half of a pair whose namespace was deleted by someone. */
            nl_link_delete(env->nl, port->tap);
            error = nl_link_add_veth(env->nl, port->tap, port->dev, fd,
                                     port->mac, port->mtu);
        }
        if (error) {
            return link_error(port->dev, "creating", error);
        }
        msg = finish_pair(env, nl, fd, port);
    } else {
        if (link->mtu != port->mtu) {
            error = nl_link_set_mtu(env->nl, port->tap, port->mtu);
            error = error ? error : nl_link_set_mtu(nl, port->dev, port->mtu);
            if (error) {
                return link_error(port->dev, "setting MTU", error);
            }
        }
        /* The agent may have been killed between the steps. */
        if (!link->up || !r->seen) {
            msg = finish_pair(env, nl, fd, port);
        }
    }
    if (!msg && port->kind == ROUTER_PORT_GATEWAY) {
        msg = apply_ra(nl, fd, port);
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

static bool
has_addr(const struct nl_addr_plen *addrs, size_t n,
         const struct nl_addr_plen *addr)
{
    for (size_t i = 0; i < n; i++) {
        if (nl_addr_plen_equals(&addrs[i], addr)) {
            return true;
        }
    }
    return false;
}

/* Makes the addresses of 'link' those of 'port', except that 'keep' is left
 * alone if it is there.  Sets '*added' if there are new ones. */
static char *
apply_addrs(struct nl_sock *nl, const struct nl_link *link,
            const struct router_port *port, const struct nl_addr_plen *keep,
            bool *added)
{
    for (size_t i = 0; i < link->n_addrs; i++) {
        const struct nl_addr_plen *a = &link->addrs[i];

        if (!has_addr(port->addrs, port->n_addrs, a)
            && !(keep && nl_addr_plen_equals(a, keep))) {
            nl_addr_del(nl, link->ifindex, a);
        }
    }
    for (size_t i = 0; i < port->n_addrs; i++) {
        const struct nl_addr_plen *a = &port->addrs[i];

        if (!has_addr(link->addrs, link->n_addrs, a)) {
            int error = nl_addr_add(nl, link->ifindex, a);

            if (error) {
                struct ds s = DS_EMPTY_INITIALIZER;
                char *msg;

                ds_put_cstr(&s, "address ");
                nl_addr_plen_format(a, &s);
                msg = link_error(port->dev, ds_cstr(&s), error);
                ds_destroy(&s);
                return msg;
            }
            *added = true;
        }
    }
    return NULL;
}

static bool
routes_equal(const struct nl_static_route *a, const struct nl_static_route *b)
{
    return (nl_addr_plen_equals(&a->dst, &b->dst)
            && ipv6_addr_equals(&a->via, &b->via)
            && (!a->ifindex || !b->ifindex || a->ifindex == b->ifindex));
}

/* Makes the static routes those of 'rc'.  A route whose next hop cannot be
 * reached (yet) is said and left out: the others must not suffer. */
static char *
apply_routes(struct nl_sock *nl, const struct nl_links *links,
             const struct router_config *rc)
{
    struct nl_static_route *want = xcalloc(MAX(rc->n_routes, 1), sizeof *want);
    struct nl_static_route *have;
    size_t n_have;
    int error;

    for (size_t i = 0; i < rc->n_routes; i++) {
        const struct router_route *r = &rc->routes[i];
        const struct nl_link *link = nl_links_find(links, r->dev);

        want[i].dst = r->dst;
        want[i].via = r->via;
        want[i].ifindex = link ? link->ifindex : 0;
    }
    error = nl_route_dump_static(nl, &have, &n_have);
    for (size_t i = 0; !error && i < n_have; i++) {
        bool wanted = false;

        for (size_t j = 0; j < rc->n_routes; j++) {
            wanted |= routes_equal(&have[i], &want[j]);
        }
        if (!wanted) {
            nl_route_del(nl, &have[i]);
        }
    }
    for (size_t j = 0; !error && j < rc->n_routes; j++) {
        bool there = false;

        for (size_t i = 0; i < n_have; i++) {
            there |= routes_equal(&have[i], &want[j]);
        }
        if (!there) {
            int retval = nl_route_add(nl, &want[j]);

            if (retval) {
                static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
                struct ds s = DS_EMPTY_INITIALIZER;

                nl_addr_plen_format(&want[j].dst, &s);
                VLOG_WARN_RL(&rl, "router "UUID_FMT": route to %s: %s",
                             UUID_ARGS(&rc->uuid), ds_cstr(&s),
                             ovs_strerror(retval));
                ds_destroy(&s);
            }
        }
    }
    free(have);
    free(want);
    return (error ? xasprintf("reading routes: %s", ovs_strerror(error))
            : NULL);
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
            msg = link_error(port->dev, "looking for it", ENODEV);
        } else if (port->kind == ROUTER_PORT_HA) {
            bool unused;

            msg = apply_addrs(nl, link, port, &vip, &unused);
        } else if (!rc->ha) {
            msg = apply_addrs(nl, link, port, NULL, &r->unannounced);
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

    fd = open_namespace(r, new_netns);
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
        msg = apply_port(r, env, nl, fd, &rc->ports[i],
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
                || !has_addr(port->addrs, port->n_addrs, &link->addrs[j])) {
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

            has = link && has_addr(link->addrs, link->n_addrs, &vip);
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
