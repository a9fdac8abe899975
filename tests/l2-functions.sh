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
# l3ha_port ID NETWORK MAC HOST,... [OWNER [ROUTER [COLUMNS]]]: COLUMNS are
# members in JSON, each after a comma.
l3ha_port () {
    router=
    test -z "$6" || router=',"router":["uuid","'`l3ha_uuid $6`'"]'
    hosts=`echo "\"$4\"" | sed 's/,/","/g'`
    echo '{"op":"insert","table":"Port","uuid":"'`l3ha_uuid $1`'",
           "row":{"network":["uuid","'`l3ha_uuid $2`'"],"mac":"'$3'",
                  "admin_state_up":true,"hosts":["set",['$hosts']],
                  "device_owner":"'$5'","vif_type":"ovs"'"$router$7"'}}'
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
# l3ha_subnet ID NETWORK CIDR
l3ha_subnet () {
    version=4
    case $3 in *:*) version=6 ;; esac
    echo '{"op":"insert","table":"Subnet","uuid":"'`l3ha_uuid $1`'",
           "row":{"network":["uuid","'`l3ha_uuid $2`'"],"cidr":"'$3'",
                  "ip_version":'$version'}}'
}
# l3ha_group ID [STATEFUL]
l3ha_group () {
    echo '{"op":"insert","table":"Security_Group","uuid":"'`l3ha_uuid $1`'",
           "row":{"stateful":'${2-true}'}}'
}
# l3ha_ref ID: a reference in JSON.
l3ha_ref () {
    echo '["uuid","'`l3ha_uuid $1`'"]'
}
# l3ha_refs ID...
l3ha_refs () {
    refs=
    for id
    do
        refs="$refs,`l3ha_ref $id`"
    done
    echo '["set",['"${refs#,}"']]'
}
# l3ha_rule ID GROUP DIRECTION ETHERTYPE [COLUMN VALUE]...: values are JSON.
l3ha_rule () {
    row='"security_group":'`l3ha_ref $2`',"direction":"'$3'","ethertype":"'$4'"'
    id=$1
    shift 4
    while test $# -gt 1
    do
        row="$row,\"$1\":$2"
        shift 2
    done
    echo '{"op":"insert","table":"Security_Group_Rule",
           "uuid":"'`l3ha_uuid $id`'","row":{"match":"'$id'",'"$row"'}}'
}
# l3ha_secure_port ID NETWORK MAC HOST SUBNET ADDRESSES GROUPS [PAIRS]: PAIRS
# are strings in JSON.
l3ha_secure_port () {
    n=0
    ips=
    for ip in $6
    do
        n=`expr $n + 1`
        alloc=`expr $1 '*' 16 + $n + 65536`
        ips="$ips $alloc"
        echo '{"op":"insert","table":"IP_Allocation",
               "uuid":"'`l3ha_uuid $alloc`'",
               "row":{"subnet":'`l3ha_ref $5`',"address":"'$ip'"}},'
    done
    l3ha_port $1 $2 $3 $4 compute:nova '' ',"port_security_enabled":true,
        "fixed_ips":'"`l3ha_refs $ips`"',
        "security_groups":'"`l3ha_refs $7`"',
        "allowed_address_pairs":["set",['"$8"']]'
}
# l3ha_set TABLE ID COLUMN VALUE
l3ha_set () {
    echo '{"op":"update","table":"'$1'","where":[["_uuid","==",'`l3ha_ref $2`']],
           "row":{"'$3'":'"$4"'}}'
}
# l3ha_passes FLOW [OPTION...]: as l3ha_trace, but what the datapath does in
# all with a packet that is tracked on its way.
l3ha_passes () {
    ovs-appctl ofproto/trace --names br-int "$@" > trace.out || return 1
    actions=`sed -n 's/^Datapath actions: //p' trace.out | sed '
        s/ct(commit,[^()]*mark=0\/0x1)/commit/g
        s/ct(commit,[^()]*mark=0x1\/0x1)/cut/g
        s/ct([^()]*),recirc([^()]*)/drop/g' | tr , '\n' | sort -u |
        grep -vx drop | tr '\n' ' ' | sed 's/ $//'`
    echo ${actions:-drop}
}
# l3ha_address ID SUBNET ADDRESS
l3ha_address () {
    echo '{"op":"insert","table":"IP_Allocation","uuid":"'`l3ha_uuid $1`'",
           "row":{"subnet":'`l3ha_ref $2`',"address":"'$3'"}}'
}
# l3ha_policy ID
l3ha_policy () {
    echo '{"op":"insert","table":"QoS_Policy","uuid":"'`l3ha_uuid $1`'",
           "row":{"name":"policy"}}'
}
# l3ha_qos ID POLICY TYPE DIRECTION COLUMN VALUE
l3ha_qos () {
    echo '{"op":"insert","table":"QoS_Rule","uuid":"'`l3ha_uuid $1`'",
           "row":{"policy":'`l3ha_ref $2`',"type":"'$3'","direction":"'$4'",
                  "'$5'":'$6'}}'
}
