/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/pipeline.h"

#include <string.h>

#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-packet.h"
#include "ovs-plugin/firewall.h"
#include "packets.h"
#include "util.h"

/* OpenFlow actions and flows, in the few forms that the stages use.
 *
 * Every form is one that OpenFlow 1.5 carries unchanged, so that a flow read
 * back from the switch compares equal to the one that was made here. */

/* Starts a group of flows that 'owner' wants for the sake of the resource
 * 'uuid' (NULL for none).  Ends with stage_uninit(). */
void
stage_init(struct stage *stage, const struct pipeline *pipeline,
           struct flow_table *flows, struct flow_owner *owner,
           const struct uuid *uuid)
{
    stage->pipeline = pipeline;
    stage->flows = flows;
    stage->owner = owner;
    stage->cookie = flow_cookie(uuid, FLOW_COOKIE_DESIRED);
    match_init_catchall(&stage->match);
    ofpbuf_init(&stage->actions, 256);
    flow_table_begin(flows, owner);
}

/* Ends what stage_init() began. */
void
stage_uninit(struct stage *stage)
{
    flow_table_end(stage->flows, stage->owner);
    ofpbuf_uninit(&stage->actions);
}

/* Adds the flow in 'match' and 'actions' and empties both. */
void
stage_flow(struct stage *stage, enum pipeline_table table, uint16_t priority)
{
    flow_table_add(stage->flows, stage->owner, table, priority,
                   stage->cookie, &stage->match, &stage->actions);
    match_init_catchall(&stage->match);
    ofpbuf_clear(&stage->actions);
}

/* Sets all of 'field' to 'v'.  The library leaves the padding after a value
 * that it copies undefined, and flows are compared byte by byte, so the value
 * is put into an action full of zeros. */
static void
put_set_field(struct ofpbuf *actions, const struct mf_field *field,
              const union mf_value *v)
{
    struct ofpact_set_field *sf = ofpact_put_set_field(actions, field, NULL,
                                                       NULL);

    memcpy(sf->value, v, field->n_bytes);
    memset(ofpact_set_field_mask(sf), 0xff, field->n_bytes);
}

/* Sets a whole field of up to 64 bits. */
void
put_load(struct ofpbuf *actions, enum mf_field_id id, uint64_t value)
{
    const struct mf_field *field = mf_from_id(id);
    union mf_value v;

    memset(&v, 0, sizeof v);
    bitwise_put(value, &v, field->n_bytes, 0, field->n_bits);
    put_set_field(actions, field, &v);
}

/* Sets a field that holds a MAC address. */
void
put_load_mac(struct ofpbuf *actions, enum mf_field_id id,
             const struct eth_addr mac)
{
    const union mf_value v = { .mac = mac };

    put_set_field(actions, mf_from_id(id), &v);
}

/* Sets a field that holds an IPv6 address. */
void
put_load_ip6(struct ofpbuf *actions, enum mf_field_id id,
             const struct in6_addr *ip)
{
    const union mf_value v = { .ipv6 = *ip };

    put_set_field(actions, mf_from_id(id), &v);
}

/* Copies a whole field to another one of the same width. */
void
put_move(struct ofpbuf *actions, enum mf_field_id from, enum mf_field_id to)
{
    struct ofpact_reg_move *move = ofpact_put_REG_MOVE(actions);

    move->src.field = mf_from_id(from);
    move->src.n_bits = move->src.field->n_bits;
    move->dst.field = mf_from_id(to);
    move->dst.n_bits = move->dst.field->n_bits;
}

/* Continues in 'table'.  Must be the last action. */
void
put_goto(struct ofpbuf *actions, enum pipeline_table table)
{
    ofpact_put_GOTO_TABLE(actions)->table_id = table;
}

/* Looks up 'table' and comes back. */
void
put_resubmit(struct ofpbuf *actions, enum pipeline_table table)
{
    struct ofpact_resubmit *resubmit = ofpact_put_RESUBMIT(actions);

    resubmit->in_port = OFPP_IN_PORT;
    resubmit->table_id = table;
}

/* Outputs to a port, unless the packet came from it. */
void
put_output(struct ofpbuf *actions, ofp_port_t port)
{
    ofpact_put_OUTPUT(actions)->port = port;
}

/* Outputs to the port whose number is in a register. */
void
put_output_reg(struct ofpbuf *actions, enum mf_field_id id)
{
    struct ofpact_output_reg *output = ofpact_put_OUTPUT_REG(actions);

    output->max_len = UINT16_MAX;
    output->src.field = mf_from_id(id);
    output->src.ofs = 0;
    output->src.n_bits = output->src.field->n_bits;
}

/* Drops the packet if it is more than meter 'id' lets through. */
void
put_meter(struct ofpbuf *actions, uint32_t id)
{
    ofpact_put_METER(actions)->meter_id = id;
}

/* Outputs what meter 'id' lets through to the port whose number is in a
 * register.  A meter drops a packet for good; a copy is given to it, so that
 * others still get the packet. */
void
put_metered_output_reg(struct ofpbuf *actions, uint32_t id,
                       enum mf_field_id field)
{
    size_t ofs = actions->size;
    struct ofpact_nest *clone;

    ofpact_put_CLONE(actions);
    put_meter(actions, id);
    put_output_reg(actions, field);
    clone = ofpbuf_at_assert(actions, ofs, sizeof *clone);
    actions->header = clone;
    ofpact_finish_CLONE(actions, &clone);
}

/* Tags the packet with VLAN 'vid'. */
void
put_push_vlan(struct ofpbuf *actions, uint16_t vid)
{
    const struct mf_field *field = mf_from_id(MFF_VLAN_VID);
    union mf_value v;

    ofpact_put_PUSH_VLAN(actions)->ethertype = htons(ETH_TYPE_VLAN_8021Q);
    memset(&v, 0, sizeof v);
    v.be16 = htons(vid | OFPVID12_PRESENT);
    put_set_field(actions, field, &v);
}

/* Adds actions written as text.  'text' is a constant of this program, so it
 * cannot be wrong. */
void
put_parsed(struct ofpbuf *actions, const char *text)
{
    enum ofputil_protocol usable;
    struct ofpact_parse_params params = {
        .ofpacts = actions,
        .usable_protocols = &usable,
    };
    char *error = ofpacts_parse_actions(text, &params);

    if (error) {
        OVS_NOT_REACHED();
    }
}

/* Takes the VLAN tag off. */
void
put_pop_vlan(struct ofpbuf *actions)
{
    /* The function for this would mark it as the action of OpenFlow 1.0. */
    put_parsed(actions, "pop_vlan");
}

/* Says which rules of the firewall apply to 'port'. */
void
put_policy(struct ofpbuf *actions, const struct pport *port)
{
    bool stateless = port->policy && port->policy->stateless;

    put_load(actions, REG_POLICY, port->policy ? port->policy->id.number : 0);
    put_load(actions, REG_STATELESS, stateless);
    if (port->policy && !stateless) {
        put_load(actions, REG_ZONE, port->network->zone);
    }
}

/* Sends up to 'max_len' bytes of the packet to the agent. */
void
put_controller(struct ofpbuf *actions, uint16_t max_len)
{
    struct ofpact_controller *controller = ofpact_put_CONTROLLER(actions);

    controller->max_len = max_len;
    controller->reason = OFPR_ACTION;
    controller->meter_id = NX_CTLR_NO_METER;
    controller->provider_meter_id = UINT32_MAX;
    ofpact_finish_CONTROLLER(actions, &controller);
}

static const char *tunnel_types[] = {
    [TUNNEL_NONE] = "none",
    [TUNNEL_VXLAN] = "vxlan",
    [TUNNEL_GRE] = "gre",
    [TUNNEL_GENEVE] = "geneve",
};

/* Returns the name of 'type' as Interface.type has it. */
const char *
tunnel_type_to_string(enum tunnel_type type)
{
    return tunnel_types[type];
}

/* Returns the type whose name is 's', TUNNEL_NONE if it is none. */
enum tunnel_type
tunnel_type_from_string(const char *s)
{
    for (int i = 1; i < ARRAY_SIZE(tunnel_types); i++) {
        if (!strcmp(tunnel_types[i], s)) {
            return i;
        }
    }
    return TUNNEL_NONE;
}
