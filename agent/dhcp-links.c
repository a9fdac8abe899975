/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/dhcp-links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/dhcp-config.h"
#include "agent/dhcp-net.h"
#include "agent/netns.h"
#include "agent/nl-link.h"
#include "agent/plug.h"
#include "agent/sysctl.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/ovs-plugin.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(dhcp_links);

/* Namespace, device, addresses and routes of a network's DHCP server.
 *
 * Owns the namespace "qdhcp-<network>", every device "ns-" in it and its peer
 * "tap" in the host's namespace.  Device and peer carry the same part of the
 * port's UUID, so nothing needs to be remembered but what the switch was
 * told. */

static void
set_sysctls(const void *aux OVS_UNUSED)
{
    sysctl_set_dhcp();
}

/* Takes 'tap' from the switch and deletes it. */
static void
unplug(struct dhcp_net *net, const struct dhcp_env *env, const char *tap)
{
    ovs_plugin_port_del(env->plugin, tap);
    nl_link_delete(env->nl, tap);
    if (!strcmp(net->tap, tap)) {
        net->tap[0] = '\0';
    }
}

static void
remove_unwanted(struct dhcp_net *net, const struct dhcp_env *env,
                const struct nl_links *links)
{
    for (size_t i = 0; i < links->n; i++) {
        const char *dev = links->links[i].name;
        char tap[L3HA_DEV_LEN];

        if (!strncmp(dev, L3HA_DEV_PREFIX_NS, 3)
            && strcmp(dev, net->config->dev)) {
            snprintf(tap, sizeof tap, L3HA_DEV_PREFIX_TAP"%.11s", dev + 3);
            unplug(net, env, tap);
        }
    }
}

/* Addresses and routes. */
static char *
apply_l3(struct dhcp_net *net, struct nl_sock *nl)
{
    const struct dhcp_config *dc = net->config;
    const struct nl_link *link;
    struct nl_links links;
    bool unused;
    char *msg;
    int error;

    error = nl_link_dump(nl, &links);
    if (error) {
        msg = xasprintf("reading devices: %s", ovs_strerror(error));
    } else {
        link = nl_links_find(&links, dc->dev);
        msg = (link ? plug_apply_addrs(nl, link, dc->addrs, dc->n_addrs, NULL,
                                       &unused)
               : plug_error(dc->dev, "looking for it", ENODEV));
        for (size_t i = 0; link && i < dc->n_routes; i++) {
            dc->routes[i].ifindex = link->ifindex;
        }
    }
    nl_links_destroy(&links);
    if (!msg) {
        char *owner = xasprintf("DHCP of network %s", net->name);

        msg = plug_apply_routes(nl, owner, dc->routes, dc->n_routes);
        free(owner);
    }
    return msg;
}

/* Makes namespace and device as 'net->config' wants them and tells the switch.
 * Returns NULL or a message that the caller must free. */
char *
dhcp_links_apply(struct dhcp_net *net, const struct dhcp_env *env)
{
    const struct dhcp_config *dc = net->config;
    const struct plug plug = { dc->dev, dc->tap, dc->mac, dc->mtu };
    struct plug_place place = { .host_nl = env->nl };
    struct nl_links links;
    char *msg = NULL;
    bool is_new;
    int error;

    place.netns_fd = plug_open_netns(net->netns, net->seen, &is_new,
                                     set_sysctls, NULL);
    if (place.netns_fd < 0) {
        return xasprintf("namespace %s: %s", net->netns,
                         ovs_strerror(-place.netns_fd));
    }
    error = nl_link_open(place.netns_fd, &place.nl);
    if (error) {
        close(place.netns_fd);
        return xasprintf("namespace %s: netlink: %s", net->netns,
                         ovs_strerror(error));
    }
    error = nl_link_dump(place.nl, &links);
    if (error) {
        msg = xasprintf("namespace %s: reading devices: %s", net->netns,
                        ovs_strerror(error));
    } else {
        remove_unwanted(net, env, &links);
        msg = plug_apply(&plug, &place, nl_links_find(&links, dc->dev),
                         !net->seen);
    }
    nl_links_destroy(&links);
    if (!msg) {
        ovs_strlcpy(net->tap, dc->tap, sizeof net->tap);
        ovs_plugin_port_add(env->plugin, dc->tap, &dc->port, dc->mac);
        msg = apply_l3(net, place.nl);
    }
    net->seen = true;
    nl_link_close(place.nl);
    close(place.netns_fd);
    return msg;
}

/* Removes the device from the switch, and the namespace, with which the device
 * goes.  No process may be left in it. */
void
dhcp_links_remove(struct dhcp_net *net, const struct dhcp_env *env)
{
    int error;

    if (net->tap[0]) {
        ovs_plugin_port_del(env->plugin, net->tap);
        net->tap[0] = '\0';
    }
    error = netns_delete(net->netns);
    if (error) {
        VLOG_WARN("network %s: deleting namespace %s: %s", net->name,
                  net->netns, ovs_strerror(error));
    }
}
