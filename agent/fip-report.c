/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/fip-report.h"

#include "agent/router.h"
#include "agent/router-config.h"
#include "agent/ruleset.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/util.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

/* Reports of floating IPs: Floating_IP:state of this host.
 *
 * In: a row and the copy of its router.  Out: the row's state.
 *
 * Invariants: "up" means that the kernel translates the address as the row
 * says, and that keepalived has been told of it.  The server clears the states
 * when it changes the row; should that cross with a report, the report is
 * refused (the row is verified) and made again.  A copy that is being changed
 * says nothing, so the states of the other floating IPs do not flicker. */

/* Returns true if 'r' is configured as 'fip' says. */
static bool
is_configured(const struct l3harec_floating_ip *fip, const struct router *r)
{
    struct in6_addr floating, fixed = in6addr_any;
    const struct router_fip *f;

    if (!router_ip_parse(fip->address, &floating)
        || (fip->fixed_address
            && !router_ip_parse(fip->fixed_address, &fixed))) {
        return false;
    }
    f = router_config_find_fip(r->config, &floating);
    return f && ipv6_addr_equals(&f->fixed, &fixed);
}

bool
fip_report_run(const struct l3harec_floating_ip *fip, const struct router *r,
               const char *host)
{
    const char *now = smap_get(&fip->state, host);
    const char *state;

    if (!r->config) {
        state = NULL;
    } else if (ruleset_has_failed(r->ruleset)) {
        state = "error";
    } else if (!router_is_realised(r)) {
        return true;
    } else {
        state = is_configured(fip, r) ? "up" : NULL;
    }
    if (nullable_string_is_equal(now, state)) {
        return true;
    }
    l3harec_floating_ip_verify_router(fip);
    l3harec_floating_ip_verify_fixed_address(fip);
    if (state) {
        l3harec_floating_ip_update_state_setkey(fip, host, state);
    } else {
        l3harec_floating_ip_update_state_delkey(fip, host);
    }
    return false;
}
