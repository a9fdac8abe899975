/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <limits.h>

#include "command-line.h"
#include "ovs-l3ha/version.h"
#include "util.h"

static const struct ovs_cmdl_command commands[] = {
    { "announce-crowd", "TIME...", 1, INT_MAX, test_announce_crowd, OVS_RO },
    { "backend", "REMOTE CONFIG...", 1, INT_MAX, test_backend, OVS_RO },
    { "config", "FILE...", 0, INT_MAX, test_config, OVS_RO },
    { "config-get", "FILE...", 0, INT_MAX, test_config_get, OVS_RO },
    { "conntrackd", "DIRECTORY", 1, 1, test_conntrackd, OVS_RO },
    { "dhcp-file", "NAME", 1, 1, test_dhcp_file, OVS_RO },
    { "dhcp-leases", "OLD [GONE...]", 1, INT_MAX, test_dhcp_leases, OVS_RO },
    { "dhcp-links", "", 0, 0, test_dhcp_links, OVS_RO },
    { "flow-table", "OPERATION...", 1, INT_MAX, test_flow_table, OVS_RO },
    { "ipam-choose", "[lowest] POOL...", 1, INT_MAX, test_ipam_choose,
      OVS_RO },
    { "ipam-eui64", "CIDR MAC", 2, 2, test_ipam_eui64, OVS_RO },
    { "ipam-overlap", "CIDR CIDR", 2, 2, test_ipam_overlap, OVS_RO },
    { "ipam-subnet", "VERSION CIDR GATEWAY POOLS [RA_MODE [ADDRESS_MODE]]",
      4, 6, test_ipam_subnet, OVS_RO },
    { "keepalived", "VERSION INTERVAL PASSWORD", 3, 3, test_keepalived,
      OVS_RO },
    { "handover-pace", "TIME:N...", 1, INT_MAX, test_handover_pace, OVS_RO },
    { "md-agent", "SOCKET MESSAGE...", 1, INT_MAX, test_md_agent, OVS_RO },
    { "md-instances", "OPERATION...", 1, INT_MAX, test_md_instances,
      OVS_RO },
    { "md-request", "SIZE", 1, 1, test_md_request, OVS_RO },
    { "md-sign", "SECRET INSTANCE", 2, 2, test_md_sign, OVS_RO },
    { "names", "UUID IPV4 IPV6", 3, 3, test_names, OVS_RO },
    { "nat", "", 0, 0, test_nat, OVS_RO },
    { "takeover", "PRIORITY BURDEN HOST:PRIORITY:BURDEN[:FLAG,...]...", 3, 10,
      test_takeover, OVS_RO },
    { "takeover-lost", "LOST:TOOK_OVER:NOW...", 1, INT_MAX,
      test_takeover_lost, OVS_RO },
    { "takeover-priority", "PRIORITY", 1, 1, test_takeover_priority,
      OVS_RO },
    { "nat-diff", "OLD NEW", 2, 2, test_nat_diff, OVS_RO },
    { "nat-cuts", "OLD NEW", 2, 2, test_nat_cuts, OVS_RO },
    { "probe", "INTERVAL TIME:EVENT...", 2, INT_MAX, test_probe, OVS_RO },
    { "radvd", "", 0, 0, test_radvd, OVS_RO },
    { "vip", "", 0, 0, test_vip, OVS_RO },
    { "vrrp-event", "LINE", 1, 1, test_vrrp_event, OVS_RO },
    { "vrrp-advert", "VERSION VRID PRIORITY INTERVAL SOURCE VIP [PASSWORD]",
      6, 7, test_vrrp_advert, OVS_RO },
    { "scheduler", "MAX MIN HINTS HOST:ZONE:LOAD[:FLAGS]...", 3, INT_MAX,
      test_scheduler, OVS_RO },
    { NULL, NULL, 0, 0, NULL, OVS_RO },
};

int
main(int argc, char *argv[])
{
    struct ovs_cmdl_context ctx = { .argc = argc - 1, .argv = argv + 1 };

    ovs_set_program_name(argv[0], L3HA_VERSION);
    if (argc < 2) {
        ovs_fatal(0, "usage: %s COMMAND [ARG...]", argv[0]);
    }
    ovs_cmdl_run_command(&ctx, commands);
    return 0;
}
