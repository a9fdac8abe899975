/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/qos.h"

#include <string.h>

#include "lib/l3ha-idl.h"
#include "ovs-plugin/ovs-plugin.h"
#include "ovsdb-data.h"
#include "util.h"
#include "uuid.h"

/* Quality of service of ports, from rows of the database.
 *
 * Owns nothing.  In: a port, its network, the rules of their policy.  Out:
 * what ovs-plugin is to do.
 *
 * A port's own policy counts, or else that of its network; that of a network
 * is not for ports of the network itself (routers, DHCP), as in Neutron.
 *
 * Limit: finding the rules of a policy takes time proportional to the rules
 * that this host replicates, which are those of policies in use here. */

/* What a burst is that the rule leaves to us, in percent of a second. */
#define DEFAULT_BURST 80

static const struct uuid *
find_policy(const struct l3harec_port *port)
{
    const struct ovsdb_datum *policy
        = l3harec_port_get_qos_policy(port, OVSDB_TYPE_UUID);

    if (!policy->n && port->network
        && strncmp(port->device_owner, "network:", 8)) {
        policy = l3harec_network_get_qos_policy(port->network,
                                                OVSDB_TYPE_UUID);
    }
    return policy->n ? &policy->keys[0].uuid : NULL;
}

static void
translate_limit(const struct l3harec_qos_rule *rule,
                struct ovs_plugin_limit *limit)
{
    int64_t burst = (rule->max_burst_kbps ? rule->max_burst_kbps
                     : rule->max_kbps * DEFAULT_BURST / 100);

    limit->kbps = rule->max_kbps;
    limit->burst = MAX(burst, 1);
}

/* Sets 'qos' to what 'port' is to have. */
void
qos_translate(struct ovsdb_idl *idl, const struct l3harec_port *port,
              struct ovs_plugin_qos *qos)
{
    const struct uuid *policy = find_policy(port);
    const struct l3harec_qos_rule *rule;

    memset(qos, 0, sizeof *qos);
    qos->dscp = -1;
    if (!policy) {
        return;
    }
    L3HAREC_QOS_RULE_FOR_EACH (rule, idl) {
        const struct ovsdb_datum *of
            = l3harec_qos_rule_get_policy(rule, OVSDB_TYPE_UUID);

        if (!of->n || !uuid_equals(&of->keys[0].uuid, policy)) {
            continue;
        } else if (!strcmp(rule->type, "dscp_marking")) {
            qos->dscp = rule->dscp_mark;
        } else if (!strcmp(rule->direction, "egress")) {
            translate_limit(rule, &qos->egress);
        } else {
            translate_limit(rule, &qos->ingress);
        }
    }
}

/* Returns true if a rule, or the policy of a network, changed, so that ports
 * whose own rows did not change must be looked at again. */
bool
qos_has_changes(struct ovsdb_idl *idl)
{
    const struct l3harec_network *network;

    if (l3harec_qos_rule_track_get_first(idl)) {
        return true;
    }
    L3HAREC_NETWORK_FOR_EACH_TRACKED (network, idl) {
        if (l3harec_network_is_updated(network,
                                       L3HAREC_NETWORK_COL_QOS_POLICY)) {
            return true;
        }
    }
    return false;
}
