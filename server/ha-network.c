/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* HA networks and VRIDs.
 *
 * The copies of a project's HA routers elect the active one by VRRP on an HA
 * network; the VRRP_Group row of a router holds its VRID there.  The network
 * is made with the first router that needs it, in the router's own
 * transaction, and deleted with the last; when the VRIDs of one are used up,
 * the project gets another one (HA_Network:number).  HA networks belong to no
 * project, so tenants do not see them.
 *
 * Invariants: HA_Network:(project, number) and VRRP_Group:(network, vrid) are
 * indexes of the database. */

#include <config.h>
#include "server/ha-network.h"

#include <stdlib.h>

#include "bitmap.h"
#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "random.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "server/ipam-rows.h"
#include "server/ipam.h"
#include "server/segment.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

/* 255 is the owner of the address in VRRP and is never used. */
#define N_VRIDS 254

/* Marks the VRIDs in use on 'ha_network'.  Returns their number. */
static size_t
get_used_vrids(struct backend *b, const struct l3harec_ha_network *ha_network,
               unsigned long *used)
{
    struct l3harec_vrrp_group *key
        = l3harec_vrrp_group_index_init_row(b->group_by_ha_network);
    const struct l3harec_vrrp_group *group;
    size_t n = 0;

    l3harec_vrrp_group_index_set_ha_network(key, ha_network);
    L3HAREC_VRRP_GROUP_FOR_EACH_EQUAL (group, key, b->group_by_ha_network) {
        if (used) {
            bitmap_set1(used, group->vrid);
        }
        n++;
    }
    l3harec_vrrp_group_index_destroy_row(key);
    return n;
}

static struct api_error *
create_ha_subnet(struct backend *b, struct ovsdb_idl_txn *txn,
                 const struct l3harec_network *network, const char *project,
                 int64_t now)
{
    struct ipam_subnet_request request = {
        .ip_version = 4,
        .cidr = l3ha_config_get_str(b->config, "DEFAULT", "l3_ha_net_cidr"),
        .gateway_given = true,  /* None. */
    };
    struct ipam_subnet prepared;
    struct api_error *error = ipam_subnet_prepare(&request, &prepared);
    if (error) {
        return error;
    }

    struct l3harec_subnet *subnet = l3harec_subnet_insert(txn);
    char *name = xasprintf("HA subnet tenant %s", project);

    l3harec_subnet_set_network(subnet, network);
    l3harec_subnet_set_name(subnet, name);
    l3harec_subnet_set_project_id(subnet, "");
    l3harec_subnet_set_description(subnet, "");
    l3harec_subnet_set_created_at(subnet, now);
    l3harec_subnet_set_updated_at(subnet, now);
    l3harec_subnet_set_ip_version(subnet, 4);
    l3harec_subnet_set_cidr(subnet, prepared.cidr);
    l3harec_subnet_set_enable_dhcp(subnet, false);
    l3harec_subnet_set_allocation_pools(
        subnet, (const char **) prepared.pools->names, prepared.pools->n);
    free(name);
    ipam_subnet_destroy(&prepared);
    return NULL;
}

static struct api_error *
create_ha_network(struct backend *b, struct ovsdb_idl_txn *txn,
                  const char *project, int64_t number,
                  const struct l3harec_ha_network **ha_networkp)
{
    const char *type = l3ha_config_get_str(b->config, "DEFAULT",
                                           "l3_ha_network_type");
    const char *physnet = l3ha_config_get_str(b->config, "DEFAULT",
                                              "l3_ha_network_physical_name");
    struct segment_request request = {
        .network_type = *type ? type : NULL,
        .physical_network = *type && *physnet ? physnet : NULL,
    };
    struct l3harec_network *network = l3harec_network_insert(txn);
    char *name = xasprintf("HA network tenant %s", project);
    int64_t now = time_wall_msec();

    l3harec_network_set_name(network, name);
    l3harec_network_set_project_id(network, "");
    l3harec_network_set_description(network, "");
    l3harec_network_set_created_at(network, now);
    l3harec_network_set_updated_at(network, now);
    l3harec_network_set_admin_state_up(network, true);
    l3harec_network_set_port_security_enabled(network, false);
    free(name);

    struct api_error *error = segment_allocate(b, network, &request, 0);
    if (!error) {
        error = create_ha_subnet(b, txn, network, project, now);
    }
    if (!error) {
        struct l3harec_ha_network *ha_network = l3harec_ha_network_insert(txn);

        l3harec_ha_network_set_project_id(ha_network, project);
        l3harec_ha_network_set_number(ha_network, number);
        l3harec_ha_network_set_network(ha_network, network);
        *ha_networkp = ha_network;
    }
    return error;
}

/* Finds an HA network of the project with a free VRID, or makes one. */
static struct api_error *
ensure_ha_network(struct backend *b, struct ovsdb_idl_txn *txn,
                  const char *project,
                  const struct l3harec_ha_network **ha_networkp)
{
    struct l3harec_ha_network *key
        = l3harec_ha_network_index_init_row(b->ha_network_by_project);
    const struct l3harec_ha_network *row, *found = NULL;
    int64_t number = 0;

    l3harec_ha_network_index_set_project_id(key, project);
    L3HAREC_HA_NETWORK_FOR_EACH_EQUAL (row, key, b->ha_network_by_project) {
        number = MAX(number, row->number + 1);
        if ((!found || row->number < found->number)
            && get_used_vrids(b, row, NULL) < N_VRIDS) {
            found = row;
        }
    }
    l3harec_ha_network_index_destroy_row(key);

    *ha_networkp = found;
    return found ? NULL : create_ha_network(b, txn, project, number,
                                            ha_networkp);
}

/* Returns a random VRID that is free on 'ha_network'.  At least one is. */
static int64_t
choose_vrid(struct backend *b, const struct l3harec_ha_network *ha_network)
{
    unsigned long *used = bitmap_allocate(N_VRIDS + 1);
    uint32_t skip = random_range(N_VRIDS - get_used_vrids(b, ha_network,
                                                          used));
    int64_t vrid = 1;

    while (bitmap_is_set(used, vrid) || skip-- > 0) {
        vrid++;
    }
    bitmap_free(used);
    return vrid;
}

/* Gives 'router' a VRID unless it has one; see ha-network.h. */
struct api_error *
ha_network_join(struct backend *b, struct ovsdb_idl_txn *txn,
                  const struct l3harec_router *router)
{
    const struct l3harec_ha_network *ha_network;
    struct api_error *error;

    if (router->vrrp_group) {
        return NULL;
    }
    error = ensure_ha_network(b, txn, router->project_id, &ha_network);
    if (error) {
        return error;
    }

    int64_t vrid = choose_vrid(b, ha_network);
    struct l3harec_vrrp_group *group = l3harec_vrrp_group_insert(txn);

    l3harec_vrrp_group_set_ha_network(group, ha_network);
    l3harec_vrrp_group_set_vrid(group, vrid);
    l3harec_router_set_vrrp_group(router, group);
    return NULL;
}

static bool
network_has_ports(struct backend *b, const struct l3harec_network *network)
{
    struct l3harec_port *key = l3harec_port_index_init_row(b->port_by_network);

    l3harec_port_index_set_network(key, network);

    bool has = l3harec_port_index_find(b->port_by_network, key) != NULL;
    l3harec_port_index_destroy_row(key);
    return has;
}

/* Takes the VRID from 'router'; see ha-network.h. */
void
ha_network_leave(struct backend *b, const struct l3harec_router *router)
{
    const struct l3harec_vrrp_group *group = router->vrrp_group;

    if (!group) {
        return;
    }

    const struct l3harec_ha_network *ha_network = group->ha_network;
    l3harec_router_set_vrrp_group(router, NULL);
    l3harec_vrrp_group_delete(group);
    if (get_used_vrids(b, ha_network, NULL)
        || network_has_ports(b, ha_network->network)) {
        return;
    }

    /* A racing server that has just put a router there wins: the reference
     * makes the database refuse this. */
    struct l3harec_subnet *key
        = l3harec_subnet_index_init_row(b->subnet_by_network);
    const struct l3harec_network *network = ha_network->network;
    const struct l3harec_subnet *subnet;

    l3harec_subnet_index_set_network(key, network);
    while ((subnet = l3harec_subnet_index_find(b->subnet_by_network, key))) {
        l3harec_subnet_delete(subnet);
    }
    l3harec_subnet_index_destroy_row(key);
    l3harec_ha_network_delete(ha_network);
    l3harec_network_delete(network);
}

/* True if 'network' is an HA network. */
bool
ha_network_is(struct backend *b, const struct l3harec_network *network)
{
    struct l3harec_ha_network *key
        = l3harec_ha_network_index_init_row(b->ha_network_by_network);

    l3harec_ha_network_index_set_network(key, network);

    bool is = l3harec_ha_network_index_find(b->ha_network_by_network,
                                            key) != NULL;
    l3harec_ha_network_index_destroy_row(key);
    return is;
}
