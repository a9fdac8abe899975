/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/dhcp-config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agent/router-config.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

/* The texts of dnsmasq's files, in the form that Neutron gives them.
 *
 * Pure functions of a configuration.  "conf" has the options that dnsmasq
 * reads only when it starts, which Neutron gives on the command line; "host",
 * "opts" and "addn_hosts" are read again on SIGHUP.
 *
 * What comes from users (values of options) is cut at the first line end:
 * nobody adds a line. */

/* dnsmasq knows no range below this for IPv6. */
#define IPV6_RANGE_MIN 64

/* Number of addresses in 's', or 'max' if there are more. */
static uint64_t
count_addresses(const struct dhcp_subnet *s, uint64_t max)
{
    int bits = (dhcp_subnet_is_ip4(s) ? 32 : 128) - s->net.plen;

    return bits >= 63 ? max : MIN(UINT64_C(1) << bits, max);
}

static void
put_network(struct ds *s, const struct dhcp_subnet *subnet)
{
    ds_put_buffer(s, subnet->cidr, strcspn(subnet->cidr, "/"));
}

/* Appends the range of 'subnet' and adds its size to '*n_leases'. */
static void
put_range(struct ds *s, const struct dhcp_subnet *subnet,
          const struct dhcp_options *o, uint64_t *n_leases)
{
    bool ip4 = dhcp_subnet_is_ip4(subnet);

    if (subnet->mode == DHCP_NONE
        || (!ip4 && subnet->net.plen < IPV6_RANGE_MIN)) {
        return;
    }
    ds_put_format(s, "dhcp-range=set:subnet-"UUID_FMT",",
                  UUID_ARGS(&subnet->uuid));
    put_network(s, subnet);
    if (ip4) {
        ds_put_format(s, ",static,"IP_FMT,
                      IP_ARGS(be32_prefix_mask(subnet->net.plen)));
    } else {
        ds_put_format(s, ",static,%d", subnet->net.plen);
    }
    if (o->lease == -1) {
        ds_put_cstr(s, ",infinite\n");
    } else {
        ds_put_format(s, ",%ds\n", o->lease);
    }
    *n_leases += count_addresses(subnet, o->lease_max);
}

static char *
make_conf(const struct dhcp_config *dc, const struct dhcp_options *o)
{
    char *dir = xasprintf("%s/"UUID_FMT, o->confs_path,
                          UUID_ARGS(&dc->network));
    struct ds s = DS_EMPTY_INITIALIZER;
    uint64_t n_leases = 0;
    const char *server;
    size_t i;

    ds_put_format(&s, "no-hosts\n%s", o->local_resolv
                  && !o->dns_servers->n ? "" : "no-resolv\n");
    ds_put_format(&s,
                  "pid-file=%s/pid\n"
                  "dhcp-hostsfile=%s/host\n"
                  "addn-hosts=%s/addn_hosts\n"
                  "dhcp-optsfile=%s/opts\n"
                  "dhcp-leasefile=%s/leases\n", dir, dir, dir, dir, dir);
    ds_put_format(&s,
                  "bind-dynamic\n"
                  "interface=%s\n"
                  "except-interface=lo\n"
                  "dhcp-match=set:ipxe,175\n"
                  "dhcp-userclass=set:ipxe6,iPXE\n", dc->dev);
    for (i = 0; i < dc->n_subnets; i++) {
        put_range(&s, &dc->subnets[i], o, &n_leases);
    }
    ds_put_format(&s,
                  "dhcp-option-force=option:mtu,%u\n"
                  "dhcp-lease-max=%"PRIu64"\n",
                  dc->mtu, MIN(n_leases, o->lease_max));
    if (o->renewal) {
        ds_put_format(&s, "dhcp-option-force=option:T1,%ds\n", o->renewal);
    }
    if (o->rebinding) {
        ds_put_format(&s, "dhcp-option-force=option:T2,%ds\n", o->rebinding);
    }
    SVEC_FOR_EACH (i, server, o->dns_servers) {
        ds_put_format(&s, "server=%s\n", server);
    }
    if (o->domain[0]) {
        ds_put_format(&s, "domain=%s\n", o->domain);
    }
    if (o->broadcast) {
        ds_put_cstr(&s, "dhcp-broadcast\n");
    }
    if (o->log_dir[0]) {
        ds_put_format(&s,
                      "log-queries\n"
                      "log-dhcp\n"
                      "log-facility=%s/"UUID_FMT"/dhcp_dns_log\n",
                      o->log_dir, UUID_ARGS(&dc->network));
    }
    if (o->config_file[0]) {
        ds_put_format(&s, "conf-file=%s\n", o->config_file);
    }
    free(dir);
    return ds_steal_cstr(&s);
}

/* Appends the name of the host with 'ip': "host-10-0-0-3". */
static void
put_name(struct ds *s, const char *ip)
{
    ds_put_cstr(s, "host-");
    for (; *ip; ip++) {
        ds_put_char(s, *ip == '.' || *ip == ':' ? '-' : *ip);
    }
}

static void
put_fqdn(struct ds *s, const char *ip, const struct dhcp_options *o)
{
    put_name(s, ip);
    if (o->domain[0]) {
        ds_put_format(s, ".%s", o->domain);
    }
}

/* The same option under its name and its number. */
static bool
is_client_id(const char *key)
{
    const char *name = strchr(key, ':');

    return name && (!strcmp(name, ":client-id") || !strcmp(name, ":61"));
}

/* Appends the first line of 'value'. */
static void
put_value(struct ds *s, const char *value)
{
    ds_put_buffer(s, value, strcspn(value, "\r\n"));
}

static void
put_host_line(struct ds *s, const struct dhcp_host *h,
              const struct dhcp_subnet *subnet, const char *ip,
              const struct dhcp_options *o)
{
    bool ip4 = dhcp_subnet_is_ip4(subnet);
    bool stateful = subnet->mode == DHCP_STATEFUL;
    const char *client_id = NULL;
    size_t n_options = 0;
    const struct smap_node *node;

    if (subnet->mode == DHCP_NONE) {
        return;
    }
    SMAP_FOR_EACH (node, h->options) {
        if (is_client_id(node->key)) {
            client_id = node->value;
        } else {
            n_options++;
        }
    }
    if (!stateful && !n_options) {
        return;
    }
    ds_put_cstr(s, h->mac);
    if (!ip4) {
        ds_put_cstr(s, ",tag:dhcpv6");
    }
    if (stateful) {
        if (client_id) {
            ds_put_cstr(s, ",id:");
            put_value(s, client_id);
        }
        ds_put_char(s, ',');
        put_fqdn(s, ip, o);
        ds_put_format(s, ip4 ? ",%s" : ",[%s]", ip);
    }
    if (n_options) {
        ds_put_format(s, ",set:port-"UUID_FMT, UUID_ARGS(&h->uuid));
    }
    ds_put_char(s, '\n');
}

/* dnsmasq searches the file from its end, and what has no address must not be
 * found first. */
static char *
make_host(const struct dhcp_config *dc, const struct dhcp_options *o)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < dc->n_hosts; i++) {
        const struct dhcp_host *h = &dc->hosts[i];

        for (int stateful = 0; stateful < 2; stateful++) {
            for (size_t j = 0; j < h->n_addrs; j++) {
                const struct dhcp_subnet *subnet
                    = &dc->subnets[h->addrs[j].subnet];

                if ((subnet->mode == DHCP_STATEFUL) == stateful) {
                    put_host_line(&s, h, subnet, h->addrs[j].ip, o);
                }
            }
        }
    }
    return ds_steal_cstr(&s);
}

static char *
make_addn_hosts(const struct dhcp_config *dc, const struct dhcp_options *o)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < dc->n_hosts; i++) {
        const struct dhcp_host *h = &dc->hosts[i];

        for (size_t j = 0; j < h->n_addrs; j++) {
            ds_put_format(&s, "%s\t", h->addrs[j].ip);
            put_fqdn(&s, h->addrs[j].ip, o);
            ds_put_char(&s, ' ');
            put_name(&s, h->addrs[j].ip);
            ds_put_char(&s, '\n');
        }
    }
    return ds_steal_cstr(&s);
}

/* Starts a line of "opts" for 'tag': "tag:TAG,option:NAME". */
static void
put_option(struct ds *s, bool ip4, const char *tag, const struct uuid *uuid,
           const char *name)
{
    const char *last = strrchr(name, ',');

    ds_put_format(s, "tag:%s-"UUID_FMT",", tag, UUID_ARGS(uuid));
    if (!strncmp(name, "tag:", 4) && last) {
        /* Neutron: an option may ask for a tag of the client, too. */
        ds_put_buffer(s, name, last + 1 - name);
        name = last + 1;
    }
    if (!ip4) {
        ds_put_cstr(s, "option6:");
    } else if (name[strspn(name, "0123456789")]) {
        ds_put_cstr(s, "option:");
    }
    put_value(s, name);
}

static void
put_subnet_option(struct ds *s, const struct dhcp_subnet *subnet,
                  const char *name, const char *value)
{
    put_option(s, dhcp_subnet_is_ip4(subnet), "subnet", &subnet->uuid, name);
    if (value) {
        ds_put_format(s, ",%s", value);
    }
    ds_put_char(s, '\n');
}

static void
put_dns(struct ds *s, const struct dhcp_subnet *subnet,
        const struct svec *servers)
{
    struct ds list = DS_EMPTY_INITIALIZER;
    bool ip4 = dhcp_subnet_is_ip4(subnet);
    const char *server;
    size_t i;

    if (servers->n == 1 && !strcmp(servers->names[0],
                                   ip4 ? "0.0.0.0" : "::")) {
        /* Neutron: tell of none, not even of dnsmasq. */
        put_subnet_option(s, subnet, "dns-server", NULL);
        return;
    }
    SVEC_FOR_EACH (i, server, servers) {
        ds_put_format(&list, ip4 ? "%s%s" : "%s[%s]", i ? "," : "", server);
    }
    put_subnet_option(s, subnet, "dns-server", ds_cstr(&list));
    ds_destroy(&list);
}

/* Appends to 'routes' how the metadata service is reached from 'subnet':
 * here, through the router, or not at all. */
static void
add_metadata_route(struct svec *routes, const struct dhcp_subnet *subnet,
                   const char *gateway, const struct dhcp_options *o)
{
    const char *via
        = (o->force_metadata || (!subnet->routed && o->isolated_metadata)
           ? subnet->address
           : subnet->routed ? gateway : NULL);

    if (via) {
        svec_add_nocopy(routes, xasprintf("169.254.169.254/32,%s", via));
    }
}

/* Routes and router of the IPv4 subnet 'subnet' (RFC 3442: who gets routes
 * ignores the router option, so the default route is among them). */
static void
put_routes(struct ds *s, const struct dhcp_config *dc,
           const struct dhcp_subnet *subnet, const struct dhcp_options *o)
{
    struct svec routes = SVEC_EMPTY_INITIALIZER;
    const char *gateway = subnet->gateway;
    const char *route;
    char *list;
    size_t i;

    for (i = 0; i < dc->n_subnets; i++) {
        const struct dhcp_subnet *other = &dc->subnets[i];

        if (other != subnet && dhcp_subnet_is_ip4(other)) {
            svec_add_nocopy(&routes, xasprintf("%s,0.0.0.0", other->cidr));
        }
    }
    SVEC_FOR_EACH (i, route, &subnet->routes) {
        size_t len = strcspn(route, " ");
        const char *nexthop = route[len] ? route + len + 1 : "";

        if (strncmp(route, "0.0.0.0/0 ", 10)) {
            svec_add_nocopy(&routes, xasprintf("%.*s,%s", (int) len, route,
                                               nexthop));
        } else if (!gateway) {
            gateway = nexthop;
        }
    }
    add_metadata_route(&routes, subnet, gateway, o);
    if (routes.n) {
        if (gateway) {
            svec_add_nocopy(&routes, xasprintf("0.0.0.0/0,%s", gateway));
        }
        list = svec_join(&routes, ",", "");
        put_subnet_option(s, subnet, "classless-static-route", list);
        /* What old clients of Microsoft know it as. */
        put_subnet_option(s, subnet, "249", list);
        free(list);
    }
    put_subnet_option(s, subnet, "router", gateway);
    svec_destroy(&routes);
}

static void
put_port_options(struct ds *s, const struct dhcp_config *dc,
                 const struct dhcp_host *h)
{
    const struct smap_node **nodes = smap_sort(h->options);
    bool has_ip4 = false, has_ip6 = false;

    for (size_t i = 0; i < h->n_addrs; i++) {
        bool ip4 = dhcp_subnet_is_ip4(&dc->subnets[h->addrs[i].subnet]);

        has_ip4 |= ip4;
        has_ip6 |= !ip4;
    }
    for (size_t i = 0; i < smap_count(h->options); i++) {
        const char *key = nodes[i]->key;
        bool ip4 = key[0] != '6';

        if (is_client_id(key) || !(ip4 ? has_ip4 : has_ip6)
            || strlen(key) < 3) {
            continue;
        }
        put_option(s, ip4, "port", &h->uuid, key + 2);
        if (nodes[i]->value[0]) {
            ds_put_char(s, ',');
            put_value(s, nodes[i]->value);
        }
        ds_put_char(s, '\n');
    }
    free(nodes);
}

static char *
make_opts(const struct dhcp_config *dc, const struct dhcp_options *o)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < dc->n_subnets; i++) {
        const struct dhcp_subnet *subnet = &dc->subnets[i];

        if (subnet->mode == DHCP_NONE) {
            continue;
        }
        if (subnet->dns.n) {
            put_dns(&s, subnet, &subnet->dns);
        } else if (subnet->servers.n > 1) {
            put_dns(&s, subnet, &subnet->servers);
        }
        if (dhcp_subnet_is_ip4(subnet)) {
            put_routes(&s, dc, subnet, o);
        } else if (o->domain[0]) {
            put_subnet_option(&s, subnet, "domain-search", o->domain);
        }
    }
    for (size_t i = 0; i < dc->n_hosts; i++) {
        if (!smap_is_empty(dc->hosts[i].options)) {
            put_port_options(&s, dc, &dc->hosts[i]);
        }
    }
    return ds_steal_cstr(&s);
}

/* Makes the texts for 'dc'. */
void
dhcp_files_make(struct dhcp_files *files, const struct dhcp_config *dc,
                const struct dhcp_options *o)
{
    files->conf = make_conf(dc, o);
    files->host = make_host(dc, o);
    files->opts = make_opts(dc, o);
    files->addn_hosts = make_addn_hosts(dc, o);
}

/* Frees what is in 'files'. */
void
dhcp_files_destroy(struct dhcp_files *files)
{
    free(files->conf);
    free(files->host);
    free(files->opts);
    free(files->addn_hosts);
    memset(files, 0, sizeof *files);
}
