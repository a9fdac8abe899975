# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# Shell functions of the tests of role l2 (l2.at).  Rows have numbers, from
# which their UUIDs are made.

l3ha_uuid () {
    printf '%08x-0000-4000-8000-000000000000' $1
}
# l3ha_net ID KEY TYPE [PHYSNET [SEGMENTATION_ID]]
l3ha_net () {
    seg='["set",[]]'
    test -z "$5" || seg=$5
    echo '{"op":"insert","table":"Network","uuid":"'`l3ha_uuid $1`'",
           "row":{"net_key":'$2',"network_type":"'$3'",
                  "physical_network":"'$4'","segmentation_id":'$seg',
                  "admin_state_up":true,"mtu":1450}}'
}
# l3ha_port ID NETWORK MAC HOST,... [OWNER [ROUTER]]
l3ha_port () {
    router=
    test -z "$6" || router=',"router":["uuid","'`l3ha_uuid $6`'"]'
    hosts=`echo "\"$4\"" | sed 's/,/","/g'`
    echo '{"op":"insert","table":"Port","uuid":"'`l3ha_uuid $1`'",
           "row":{"network":["uuid","'`l3ha_uuid $2`'"],"mac":"'$3'",
                  "admin_state_up":true,"hosts":["set",['$hosts']],
                  "device_owner":"'$5'","vif_type":"ovs"'$router'}}'
}
# l3ha_router ID
l3ha_router () {
    echo '{"op":"insert","table":"Router","uuid":"'`l3ha_uuid $1`'",
           "row":{"status":"ACTIVE","ha":true}}'
}
# l3ha_agent HOST ADDRESS
l3ha_agent () {
    echo '{"op":"insert","table":"Agent",
           "row":{"host":"'$1'","tunnel_ip":"'$2'",
                  "tunnel_types":["set",["vxlan","gre"]],
                  "roles":["set",["l2"]]}}'
}
# l3ha_delete TABLE ID
l3ha_delete () {
    echo '{"op":"delete","table":"'$1'",
           "where":[["_uuid","==",["uuid","'`l3ha_uuid $2`'"]]]}'
}
# l3ha_transact OPERATION...: fails if any of them does.
l3ha_transact () {
    ops=
    for op
    do
        ops="$ops,$op"
    done
    ovsdb-client transact "$L3HA_DB" '["OVS_L3HA"'"$ops"']' > transact.out ||
        return 1
    ! grep error transact.out
}
l3ha_set_seq () {
    ovsdb-client transact "$L3HA_DB" '["OVS_L3HA",
        {"op":"update","table":"Global","where":[],"row":{"cfg_seq":'$1'}}]'
}
l3ha_get_seq () {
    ovsdb-client query "$L3HA_DB" '["OVS_L3HA",
        {"op":"select","table":"Agent","where":[["host","==","h1"]],
         "columns":["cfg_seq"]}]' | sed 's/.*"cfg_seq":\([0-9]*\).*/\1/'
}
# l3ha_up ID: the hosts that report the port.
l3ha_up () {
    ovsdb-client query "$L3HA_DB" '["OVS_L3HA",
        {"op":"select","table":"Port",
         "where":[["_uuid","==",["uuid","'`l3ha_uuid $1`'"]]],
         "columns":["up"]}]' | sed 's/.*"up":\(.*\)}]}].*/\1/'
}
# l3ha_plug IFACE ID
l3ha_plug () {
    ovs-vsctl add-port br-int $1 -- set interface $1 type=dummy \
        external_ids:iface-id=`l3ha_uuid $2`
}
l3ha_ofport () {
    ovs-vsctl get interface $1 ofport
}
# l3ha_trace FLOW [OPTION...]: what the datapath does with a packet, with
# output ports sorted because their order says nothing.
l3ha_trace () {
    ovs-appctl ofproto/trace --names br-int "$@" > trace.out || return 1
    sed -n 's/^Datapath actions: //p' trace.out |
        sed 's/push_vlan(vid=\([0-9]*\),pcp=0)/vlan\1/g' |
        tr , '\n' | sort | tr '\n' ' ' | sed 's/ $//'
    echo
}
# from_tunnel HOST-TUNNEL KEY REMOTE: the beginning of a flow for l3ha_trace.
from_tunnel () {
    echo "in_port=$1,tun_id=$2,tun_src=$3,tun_dst=10.0.0.1"
}
# l3ha_flows: the flows of br-int without what changes by itself.
l3ha_flows () {
    ovs-ofctl -O OpenFlow15 --no-stats dump-flows br-int | sort
}
