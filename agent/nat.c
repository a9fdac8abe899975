/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/nat.h"

#include "agent/router-config.h"
#include "openvswitch/dynamic-string.h"

/* The nftables ruleset of a router: a pure function from the configuration to
 * text.
 *
 * The text replaces both tables as a whole in one transaction of the kernel:
 * a packet sees the old ruleset or the new one.  Connections keep the
 * translation they have.
 *
 * Source ports are kept where possible (no "random"), so that a connection is
 * translated alike by every copy. */

/* Appends the ruleset of 'rc' to 's'. */
void
nat_format(const struct router_config *rc, struct ds *s)
{
    const struct router_port *gw = router_config_find(rc, ROUTER_PORT_GATEWAY);
    const struct router_port *ha = router_config_find(rc, ROUTER_PORT_HA);
    const struct nl_addr_plen *snat = router_config_snat_addr(rc);

    /* "table" first, so that "delete" finds one. */
    ds_put_cstr(s,
                "table ip l3ha\n"
                "delete table ip l3ha\n"
                "table ip l3ha {\n"
                "    chain postrouting {\n"
                "        type nat hook postrouting priority srcnat\n");
    if (gw && snat) {
        struct ds ip = DS_EMPTY_INITIALIZER;

        router_ip_format(&snat->ip, &ip);

        /* A destination that was translated towards a tenant: the tenant's
         * answer must come back through this router. */
        ds_put_format(s,
                      "        iifname != \"%s\" oifname != \"%s\" "
                      "ct status dnat snat to %s\n",
                      gw->dev, gw->dev, ds_cstr(&ip));
        if (rc->enable_snat) {
            ds_put_format(s, "        oifname \"%s\" snat to %s\n",
                          gw->dev, ds_cstr(&ip));
        }
        ds_destroy(&ip);
    }
    ds_put_cstr(s, "    }\n");

    /* All routers of an HA network see the advertisements of all others.
     * Those of other VRIDs end here, before they wake keepalived up: its cost
     * would grow with the square of the number of routers.  The VRID is the
     * second byte of the VRRP header. */
    if (ha) {
        ds_put_format(s,
                      "    chain vrrp {\n"
                      "        type filter hook prerouting priority raw\n"
                      "        iifname \"%s\" ip protocol vrrp "
                      "@th,8,8 != %d drop\n"
                      "    }\n", ha->dev, rc->vrid);
    }
    ds_put_cstr(s, "}\n");

    /* A device without addresses, as a standby copy has them, must be silent:
     * a frame with the router's MAC would attract the traffic. */
    ds_put_cstr(s,
                "table ip6 l3ha\n"
                "delete table ip6 l3ha\n"
                "table ip6 l3ha {\n"
                "    chain output {\n"
                "        type filter hook output priority filter\n"
                "        ip6 saddr :: icmpv6 type { mld-listener-report, "
                "mld2-listener-report, mld-listener-done } drop\n"
                "    }\n"
                "}\n");
}
