# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# One host of a cloud for l2-announce.py, in the network and PID namespaces
# that this script is started in; all processes end with it.
set -e
. "$abs_top_srcdir/tests/l2-functions.sh"

ip link set lo up
for i in v r x; do
    ip link add $i type veth peer name p$i
    for end in $i p$i; do
        echo 1 > /proc/sys/net/ipv6/conf/$end/disable_ipv6
        ip link set $end up
    done
done

wait_until () {
    for i in `seq 200`; do
        if eval "$*" > /dev/null; then
            return 0
        fi
        sleep 0.1
    done
    echo "gave up waiting for: $*"
    return 1
}

ovsdb-tool create conf.db "$OVS_SRC/vswitchd/vswitch.ovsschema"
ovsdb-tool create l3ha.db "$abs_top_srcdir/lib/ovs-l3ha.ovsschema"
ovsdb-server --detach --no-chdir --pidfile --log-file -vconsole:off \
    --remote=punix:db.sock --remote=punix:l3hadb.sock conf.db l3ha.db
L3HA_DB=unix:`pwd`/l3hadb.sock
ovs-vsctl --no-wait init
ovs-vswitchd --detach --no-chdir --pidfile --log-file -vconsole:off
ovs-vsctl add-br br-ex -- set bridge br-ex datapath_type=netdev \
    -- add-port br-ex px \
    -- add-br br-int -- set bridge br-int datapath_type=netdev \
    fail_mode=secure \
    -- set open . external_ids:l3ha-host=h1 \
    external_ids:l3ha-remote="$L3HA_DB" \
    external_ids:l3ha-encap-ip=10.0.0.1 \
    external_ids:l3ha-bridge-mappings=physnet1:br-ex
l3ha_transact '{"op":"insert","table":"Global","row":{"cfg_seq":1}}' \
    "`l3ha_net 3 13 flat physnet1`" "`l3ha_router 256`" \
    "`l3ha_port 17 3 fa:16:3e:00:00:11 h1`" \
    "`l3ha_port 20 3 fa:16:3e:00:00:14 h1,h2 \
      network:ha_router_replicated_interface 256`"
ovs-l3ha-agent --detach --no-chdir --pidfile --log-file -vconsole:off
ovs-vsctl add-port br-int pv \
    -- set interface pv external_ids:iface-id=`l3ha_uuid 17` \
    -- add-port br-int pr \
    -- set interface pr external_ids:iface-id=`l3ha_uuid 20`
wait_until 'test "`l3ha_up 17`" = "\"h1\""'
wait_until 'test "`l3ha_up 20`" = "\"h1\""'

# With the agent at once; without, when the switch collects statistics, which
# it is to do too seldom to be taken for the former.
echo "with the agent"
ovs-vsctl set open . other_config:max-revalidator=10000
"$PYTHON3" "$abs_top_srcdir/tests/l2-announce.py" 2000
ovs-vsctl remove open . other_config max-revalidator
ovs-appctl -t ovs-vswitchd revalidator/wait
agent=`cat ovs-l3ha-agent.pid`
kill $agent
wait_until "! kill -0 $agent 2> /dev/null"
echo "without the agent"
"$PYTHON3" "$abs_top_srcdir/tests/l2-announce.py" 3000
