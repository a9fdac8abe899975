/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef BACKEND_H
#define BACKEND_H 1

/* What every module behind the REST API works with: the configuration, the
 * replica of the database and its indexes.
 *
 * Use, in the server's main loop:
 *
 *     idl = ovsdb_idl_create_unconnected(&l3harec_idl_class, true);
 *     backend = backend_create(idl, config, &error);   (before the first run)
 *     backend_set_remote(backend, remote);       (connects the IDL, too)
 *     for (;;) {
 *         ovsdb_idl_run(idl);
 *         backend_run(backend);            (before any request is handled)
 *         ...handle requests...
 *         ovsdb_idl_track_clear(idl);
 *         backend_wait(backend); ovsdb_idl_wait(idl); poll_block();
 *     }
 *
 * An IDL has at most one transaction at a time, so backend_run() makes its
 * own (duties.h) only while no other is in progress; the main loop tells with
 * 'may_write'.  Under load, it must let backend_run() write between two
 * requests now and then, or reports of failovers are late.
 *
 * Rules of transactions that hold for every function here that takes 'txn':
 *
 * - It writes into the transaction and reads what was written before in it:
 *   rows inserted in 'txn' are seen in tables and indexes at once.  (Writing
 *   any column of a row moves the row in all indexes of its table: a loop
 *   over an index must not write to the table it visits, collect first.)
 * - On error nothing was decided: the caller aborts the whole transaction.
 * - Two servers may race.  The database refuses one commit by an index
 *   ("constraint violation"), by a reference to a row that is gone
 *   ("referential integrity violation") or by a verified column (TRY_AGAIN).
 *   In all three cases the caller runs the whole handler again on fresh data,
 *   a bounded number of times. */

#include <stdbool.h>

struct agents;
struct duties;
struct l3ha_config;
struct ovsdb_idl;
struct ovsdb_idl_index;
struct ovsdb_idl_txn;
struct policy;
struct quotas;
struct segments;

struct backend {
    const struct l3ha_config *config;
    struct ovsdb_idl *idl;

    /* Each name says: table, then the indexed columns. */
    struct ovsdb_idl_index *network_by_segment; /* network_type,
                                                 * physical_network,
                                                 * segmentation_id. */
    struct ovsdb_idl_index *network_by_key;     /* net_key. */
    struct ovsdb_idl_index *subnet_by_network;  /* network. */
    struct ovsdb_idl_index *port_by_network;    /* network. */
    struct ovsdb_idl_index *port_by_network_mac; /* network, mac. */
    struct ovsdb_idl_index *port_by_router;     /* router. */
    struct ovsdb_idl_index *port_by_host;       /* host. */
    struct ovsdb_idl_index *allocation_by_subnet; /* subnet. */
    struct ovsdb_idl_index *allocation_by_address; /* subnet, address. */
    struct ovsdb_idl_index *instance_by_router; /* router. */
    struct ovsdb_idl_index *instance_by_router_host; /* router, host. */
    struct ovsdb_idl_index *instance_by_host;   /* host. */
    struct ovsdb_idl_index *fip_by_network;     /* network. */
    struct ovsdb_idl_index *fip_by_router;      /* router. */
    struct ovsdb_idl_index *fip_by_port;        /* port. */
    struct ovsdb_idl_index *forward_by_fip;     /* floating_ip. */
    struct ovsdb_idl_index *forward_by_port;    /* port. */
    struct ovsdb_idl_index *dhcp_by_network;    /* DHCP_Instance: network. */
    struct ovsdb_idl_index *dhcp_by_host;       /* host. */
    struct ovsdb_idl_index *ha_network_by_project; /* project_id. */
    struct ovsdb_idl_index *ha_network_by_network; /* network. */
    struct ovsdb_idl_index *group_by_ha_network; /* ha_network. */
    struct ovsdb_idl_index *group_by_vrid;      /* ha_network, vrid. */
    struct ovsdb_idl_index *default_group_by_project; /* project_id. */
    struct ovsdb_idl_index *sg_rule_by_group;   /* security_group. */
    struct ovsdb_idl_index *sg_rule_by_remote_group; /* remote_group. */
    struct ovsdb_idl_index *sg_rule_by_address_group; /* remote_address_... */
    struct ovsdb_idl_index *sg_rule_by_match;   /* security_group, match. */
    struct ovsdb_idl_index *qos_rule_by_policy; /* policy. */
    struct ovsdb_idl_index *rbac_by_object;     /* object_id. */
    struct ovsdb_idl_index *subnet_by_pool;     /* subnet_pool. */

    struct policy *policy;
    struct quotas *quotas;
    struct agents *agents;
    struct segments *segments;
    struct duties *duties;
};

/* Returns a new backend, or NULL and a message in '*errorp' (the caller frees
 * it) if an option of 'config' cannot be used (a segment range, base_mac,
 * l3_ha_net_cidr...).  Must be called before the first ovsdb_idl_run(). */
struct backend *backend_create(struct ovsdb_idl *, const struct l3ha_config *,
                               char **errorp);
void backend_destroy(struct backend *);

/* Connects 'idl' to 'remote', and a second, small session that only holds the
 * lock of duties.h: a lock on 'idl' itself would refuse the transactions of
 * every server but its holder. */
void backend_set_remote(struct backend *, const char *remote);

/* Brings the backend's view up to the replica.  'may_write' says that no
 * transaction is being built on the IDL.  To be called also while the database
 * cannot be reached. */
void backend_run(struct backend *, bool may_write);
void backend_wait(struct backend *);

/* True while the backend has a transaction of its own in progress: a request
 * that writes must wait (backend_wait() wakes up when it is over). */
bool backend_is_writing(const struct backend *);

#endif /* server/backend.h */
