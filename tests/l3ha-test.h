/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_TEST_H
#define L3HA_TEST_H 1

/* Unit test commands.  "l3ha-test COMMAND ARG..." runs one of them; the
 * Autotest files compare what it prints.  Each module's file defines one
 * function and l3ha-test.c lists it. */

struct ovs_cmdl_context;

void test_backend(struct ovs_cmdl_context *);
void test_config(struct ovs_cmdl_context *);
void test_config_get(struct ovs_cmdl_context *);
void test_conntrackd(struct ovs_cmdl_context *);
void test_dhcp_file(struct ovs_cmdl_context *);
void test_dhcp_leases(struct ovs_cmdl_context *);
void test_dhcp_links(struct ovs_cmdl_context *);
void test_flow_table(struct ovs_cmdl_context *);
void test_ipam_choose(struct ovs_cmdl_context *);
void test_ipam_eui64(struct ovs_cmdl_context *);
void test_ipam_overlap(struct ovs_cmdl_context *);
void test_ipam_subnet(struct ovs_cmdl_context *);
void test_keepalived(struct ovs_cmdl_context *);
void test_md_agent(struct ovs_cmdl_context *);
void test_md_instances(struct ovs_cmdl_context *);
void test_md_request(struct ovs_cmdl_context *);
void test_md_sign(struct ovs_cmdl_context *);
void test_names(struct ovs_cmdl_context *);
void test_nat(struct ovs_cmdl_context *);
void test_nat_diff(struct ovs_cmdl_context *);
void test_nat_cuts(struct ovs_cmdl_context *);
void test_probe(struct ovs_cmdl_context *);
void test_radvd(struct ovs_cmdl_context *);
void test_vip(struct ovs_cmdl_context *);
void test_vrrp_event(struct ovs_cmdl_context *);
void test_vrrp_advert(struct ovs_cmdl_context *);
void test_scheduler(struct ovs_cmdl_context *);
void test_announce_crowd(struct ovs_cmdl_context *);
void test_handover_pace(struct ovs_cmdl_context *);
void test_takeover(struct ovs_cmdl_context *);
void test_takeover_lost(struct ovs_cmdl_context *);
void test_takeover_priority(struct ovs_cmdl_context *);

#endif /* tests/l3ha-test.h */
