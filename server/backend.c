/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The modules behind the REST API, put together.
 *
 * Owns: the indexes of the replica and the modules' state.  Everything is
 * made before the IDL connects, because an index must exist before the first
 * row does. */

#include <config.h>
#include "server/backend.h"

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "ovsdb-idl.h"
#include "server/agents.h"
#include "server/duties.h"
#include "server/policy.h"
#include "server/quota.h"
#include "server/segment.h"
#include "util.h"

#define INDEX1(IDL, TABLE, A) \
    ovsdb_idl_index_create1(IDL, &l3harec_##TABLE##_col_##A)
#define INDEX2(IDL, TABLE, A, B) \
    ovsdb_idl_index_create2(IDL, &l3harec_##TABLE##_col_##A, \
                            &l3harec_##TABLE##_col_##B)

static void
create_indexes(struct backend *b, struct ovsdb_idl *idl)
{
    struct ovsdb_idl_index_column segment[] = {
        { .column = &l3harec_network_col_network_type },
        { .column = &l3harec_network_col_physical_network },
        { .column = &l3harec_network_col_segmentation_id },
    };

    b->network_by_segment = ovsdb_idl_index_create(idl, segment,
                                                   ARRAY_SIZE(segment));
    b->network_by_key = INDEX1(idl, network, net_key);
    b->subnet_by_network = INDEX1(idl, subnet, network);
    b->port_by_network = INDEX1(idl, port, network);
    b->port_by_network_mac = INDEX2(idl, port, mac, network);
    b->port_by_router = INDEX1(idl, port, router);
    b->port_by_host = INDEX1(idl, port, host);
    b->allocation_by_subnet = INDEX1(idl, ip_allocation, subnet);
    b->allocation_by_address = INDEX2(idl, ip_allocation, address, subnet);
    b->instance_by_router = INDEX1(idl, router_instance, router);
    b->instance_by_router_host = INDEX2(idl, router_instance, router, host);
    b->instance_by_host = INDEX1(idl, router_instance, host);
    b->fip_by_network = INDEX1(idl, floating_ip, network);
    b->fip_by_router = INDEX1(idl, floating_ip, router);
    b->fip_by_port = INDEX1(idl, floating_ip, port);
    b->forward_by_fip = INDEX1(idl, port_forwarding, floating_ip);
    b->forward_by_port = INDEX1(idl, port_forwarding, port);
    b->dhcp_by_network = INDEX1(idl, dhcp_instance, network);
    b->dhcp_by_host = INDEX1(idl, dhcp_instance, host);
    b->ha_network_by_project = INDEX1(idl, ha_network, project_id);
    b->ha_network_by_network = INDEX1(idl, ha_network, network);
    b->group_by_ha_network = INDEX1(idl, vrrp_group, ha_network);
    b->group_by_vrid = INDEX2(idl, vrrp_group, ha_network, vrid);
    b->default_group_by_project = INDEX1(idl, default_security_group,
                                         project_id);
    b->sg_rule_by_group = INDEX1(idl, security_group_rule, security_group);
    b->sg_rule_by_remote_group = INDEX1(idl, security_group_rule,
                                        remote_group);
    b->sg_rule_by_address_group = INDEX1(idl, security_group_rule,
                                         remote_address_group);
    b->sg_rule_by_match = INDEX2(idl, security_group_rule, security_group,
                                 match);
    b->qos_rule_by_policy = INDEX1(idl, qos_rule, policy);
    b->rbac_by_object = INDEX1(idl, rbac_policy, object_id);
    b->subnet_by_pool = INDEX1(idl, subnet, subnet_pool);
}

/* Returns a new backend on 'idl'; see backend.h. */
struct backend *
backend_create(struct ovsdb_idl *idl, const struct l3ha_config *config,
               char **errorp)
{
    struct segments *segments = segments_create(config, errorp);

    if (!segments) {
        return NULL;
    }

    struct backend *b = xzalloc(sizeof *b);
    b->config = config;
    b->idl = idl;
    b->segments = segments;
    b->policy = policy_create();
    b->agents = agents_create(config);
    ovsdb_idl_track_add_all(idl);
    create_indexes(b, idl);
    b->quotas = quotas_create(idl);
    b->duties = duties_create(b);
    return b;
}

/* Frees 'b', which may be NULL.  The IDL remains. */
void
backend_destroy(struct backend *b)
{
    if (b) {
        duties_destroy(b->duties);
        agents_destroy(b->agents);
        quotas_destroy(b->quotas);
        policy_destroy(b->policy);
        segments_destroy(b->segments);
        free(b);
    }
}

/* Connects to the database at 'remote'. */
void
backend_set_remote(struct backend *b, const char *remote)
{
    ovsdb_idl_set_remote(b->idl, remote, true);
    duties_set_remote(b->duties, remote);
}

/* Follows the replica; see backend.h. */
void
backend_run(struct backend *b, bool may_write)
{
    agents_run(b);
    duties_run(b->duties, may_write);
}

/* Arranges to wake up when backend_run() has something to do. */
void
backend_wait(struct backend *b)
{
    agents_wait(b);
    duties_wait(b->duties);
}

/* True while a transaction of the backend is in progress. */
bool
backend_is_writing(const struct backend *b)
{
    return duties_is_writing(b->duties);
}
