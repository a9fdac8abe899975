/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/keepalived.h"

#include <math.h>
#include <string.h>

#include "agent/router-config.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

/* keepalived's configuration and the lines of its notify FIFO: pure functions
 * from and to text.
 *
 * The instance is named after the router, so that one FIFO serves all routers
 * of a host.  Only the primary VIP is tracked and advertised: whatever happens
 * to a tenant's device must not cost the mastership.  It never changes while
 * the router lives, because keepalived would drop the others with it.
 *
 * Whenever an address comes keepalived announces all of them again, five times
 * by default, and the switch of every node looks at each announcement.  Once
 * is enough, because the agent announces what is new, too, and goes on doing
 * so for a while (announce.c).
 *
 * The route to conntrackd's group is there for the ruleset (nat.c), to which
 * it tells whether this copy is active in the very moment in which it becomes
 * so. */

#define INSTANCE_PREFIX "VR_"

static void
put_addr(const struct nl_addr_plen *addr, const char *dev, struct ds *s)
{
    ds_put_cstr(s, "        ");
    nl_addr_plen_format(addr, s);
    ds_put_format(s, " dev %s", dev);
}

static void
put_excluded(const struct router_config *rc, struct ds *s)
{
    bool any = false;

    for (size_t i = 0; i < rc->n_ports; i++) {
        const struct router_port *port = &rc->ports[i];

        if (port->kind == ROUTER_PORT_HA) {
            continue;
        }
        for (size_t j = 0; j < port->n_addrs; j++) {
            if (!any) {
                ds_put_cstr(s, "    virtual_ipaddress_excluded {\n");
                any = true;
            }
            put_addr(&port->addrs[j], port->dev, s);
            ds_put_cstr(s, " no_track\n");
        }
    }
    if (any) {
        ds_put_cstr(s, "    }\n");
    }
}

static void
put_routes(const struct router_config *rc, const struct keepalived_options *o,
           const char *ha_dev, const struct in6_addr *vip, struct ds *s)
{
    if (!rc->n_routes && !o->sync_group) {
        return;
    }
    ds_put_cstr(s, "    virtual_routes {\n");
    if (o->sync_group) {
        /* Goes with the VIP, whoever removes that. */
        ds_put_format(s, "        "IP_FMT"/32 dev %s src ",
                      IP_ARGS(o->sync_group), ha_dev);
        router_ip_format(vip, s);
        ds_put_cstr(s, " realms "KEEPALIVED_SYNC_REALM" no_track "
                    "protocol static\n");
    }
    for (size_t i = 0; i < rc->n_routes; i++) {
        const struct router_route *route = &rc->routes[i];
        bool on_link = ipv6_addr_equals(&route->via, &in6addr_any);

        ds_put_cstr(s, "        ");
        nl_addr_plen_format(&route->dst, s);
        if (!on_link) {
            ds_put_cstr(s, " via ");
            router_ip_format(&route->via, s);
        }
        if (route->dev[0]) {
            ds_put_format(s, " dev %s", route->dev);
        }
        if (on_link) {
            ds_put_cstr(s, " scope link");
        }
        ds_put_cstr(s, " no_track protocol static\n");
    }
    ds_put_cstr(s, "    }\n");
}

/* Appends keepalived.conf for the HA router 'rc' to 's'.  'standing' is the
 * path of a file with a number to add to the priority. */
void
keepalived_format(const struct router_config *rc,
                  const struct keepalived_options *o, const char *standing,
                  struct ds *s)
{
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);
    struct nl_addr_plen vip = router_config_vip(rc);

    ovs_assert(ha);

    /* Without the first two keepalived asks the DNS for the host's name. */
    ds_put_cstr(s,
                "global_defs {\n"
                "    notification_email_from neutron@openstack.local\n"
                "    router_id neutron\n"
                "    script_user root\n"
                "    enable_script_security\n");
    ds_put_format(s, "    vrrp_version %d\n", o->version);
    ds_put_format(s, "    vrrp_notify_fifo %s\n", o->notify_fifo);

    /* No vrrp_rt_priority: with it keepalived limits its own processor time,
     * lowers the limit when it reads its configuration again, cannot raise it
     * where CAP_SYS_RESOURCE is missing, and is killed by the kernel.  The
     * agent gives it real-time priority (child_set_realtime()). */
    ds_put_cstr(s, "}\n\n");

    ds_put_format(s,
                  "track_file standing {\n"
                  "    file \"%s\"\n"
                  "}\n\n", standing);

    ds_put_format(s, "vrrp_instance "INSTANCE_PREFIX UUID_FMT" {\n",
                  UUID_ARGS(&rc->uuid));
    ds_put_format(s,
                  "    state BACKUP\n"
                  "    interface %s\n"
                  "    virtual_router_id %d\n"
                  "    priority %d\n"
                  "    garp_master_delay 60\n"
                  "    garp_master_repeat 1\n"
                  "    garp_lower_prio_repeat 0\n"   /* See vrrp-advert.c. */
                  "    nopreempt\n",
                  ha->dev, rc->vrid, rc->priority);
    if (o->version == 2) {
        ds_put_format(s, "    advert_int %d\n",
                      MAX(1, (int) ceil(o->advert_int)));
        if (o->auth_password[0]) {
            ds_put_format(s,
                          "    authentication {\n"
                          "        auth_type %s\n"
                          "        auth_pass %s\n"
                          "    }\n", o->auth_type, o->auth_password);
        }
    } else {
        ds_put_format(s, "    advert_int %.2f\n", o->advert_int);
    }
    ds_put_cstr(s,
                "    track_file {\n"
                "        standing weight 1\n"
                "    }\n"
                "    virtual_ipaddress {\n");
    put_addr(&vip, ha->dev, s);
    ds_put_cstr(s, "\n    }\n");
    put_excluded(rc, s);
    put_routes(rc, o, ha->dev, &vip.ip, s);
    ds_put_cstr(s, "}\n");
}

/* Parses a line of the notify FIFO: 'INSTANCE "VR_<uuid>" MASTER 50'.
 * Returns false if it is none of ours. */
bool
keepalived_parse_event(const char *line, struct uuid *router,
                       enum vrrp_state *state)
{
    static const struct {
        const char *word;
        enum vrrp_state state;
    } words[] = {
        { "MASTER", VRRP_MASTER },
        { "BACKUP", VRRP_BACKUP },
        { "FAULT", VRRP_FAULT },
        { "STOP", VRRP_STOPPED },
        { "DELETED", VRRP_STOPPED },
    };
    static const char start[] = "INSTANCE \"" INSTANCE_PREFIX;
    const char *p = line;

    if (strncmp(p, start, strlen(start))) {
        return false;
    }
    p += strlen(start);
    if (!uuid_from_string_prefix(router, p) || strncmp(p + UUID_LEN, "\" ",
                                                       2)) {
        return false;
    }
    p += UUID_LEN + 2;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        size_t len = strlen(words[i].word);

        if (!strncmp(p, words[i].word, len) && (!p[len] || p[len] == ' ')) {
            *state = words[i].state;
            return true;
        }
    }
    return false;
}

/* Returns the name of 'state' for an operator. */
const char *
vrrp_state_to_string(enum vrrp_state state)
{
    switch (state) {
    case VRRP_UNKNOWN: return "unknown";
    case VRRP_BACKUP: return "backup";
    case VRRP_MASTER: return "master";
    case VRRP_FAULT: return "fault";
    case VRRP_STOPPED: return "stopped";
    }
    OVS_NOT_REACHED();
}

/* Returns true if keepalived, which runs with the configuration 'old', cannot
 * take over 'new' by reading it again. */
bool
keepalived_needs_restart(const char *old, const char *new)
{
    static const char *const keys[] = {
        "vrrp_version ", "vrrp_notify_fifo ", "    interface ",
        "virtual_router_id ", "virtual_ipaddress {",
    };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *o = strstr(old, keys[i]);
        const char *n = strstr(new, keys[i]);
        bool block = strchr(keys[i], '{') != NULL;
        size_t len;

        if (!o || !n) {
            return true;
        }
        len = strcspn(n, block ? "}" : "\n");
        if (strncmp(o, n, len + 1)) {
            return true;
        }
    }
    return false;
}
