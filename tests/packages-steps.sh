# shellcheck shell=bash disable=SC2154
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# What tests/packages does in its sandbox, step by step.  $packages is the
# directory with the packages as the hosts see it.

# version NUMBER: the packages of that version are the ones to install.
version () {
    packages=$(sb dir)/packages-$1
    mkdir -p "$packages" && cp "$work/$1"/*.deb "$packages"
}

# A node that runs Open vSwitch, as an operator has made it.
node_prepare () {
    on "$1" sh -ec "
        export DEBIAN_FRONTEND=noninteractive
        apt-get install openvswitch-switch
        service openvswitch-switch start
        ovs-vsctl add-br br-overlay \
            -- set Bridge br-overlay datapath_type=netdev \
            -- add-port br-overlay overlay \
            -- add-br br-int -- set Bridge br-int datapath_type=netdev \
            -- set Bridge br-int fail-mode=secure \
            -- add-br br-ex -- set Bridge br-ex datapath_type=netdev
        ip address add 198.51.100.$(overlay_number "$1")/24 dev br-overlay
        ip link set br-overlay up"
}

# node_picture HOST: all that an agent could change.
node_picture () {
    on "$1" sh -c '
        ovs-vsctl show
        ovs-vsctl --columns=bridges,external_ids,other_config \
            list Open_vSwitch
        for bridge in br-overlay br-int br-ex; do
            ovs-ofctl --no-stats dump-flows $bridge
        done
        ip netns
        ip -o address | sed "s/ *valid_lft.*//"
        ip route
        ps -e -o comm= > /tmp/processes
        grep -v -e "^ovs-l3ha-agent" -e "^ps$" /tmp/processes | sort
        sysctl -a 2> /dev/null | grep -e forward -e arp_'
}

agent_waits () {
    on "$1" ovs-appctl -t ovs-l3ha-agent agent/status | tee /dev/stderr \
        | grep -qx 'database: not set'
}

agents_alive () {
    on controller ovs-l3ha-ctl --bare --columns=host find Agent \
        | grep -c . | grep -qx 3
}

states () {
    on controller ovs-l3ha-ctl --format=csv --no-headings \
        --columns=host,state list Router_Instance | tr -d '"' | sort
}

one_active () {
    states | cut -d, -f2 | sort | xargs | tee /dev/stderr \
        | grep -qx 'active standby'
}

# Who is active, and since when: the same after what must change nothing.
events () {
    on controller ovs-l3ha-ctl --timeout=3 events
}

ping_once () {
    on compute1 ip netns exec vm1 ping -n -q -c 1 -W 1 172.16.0.5
}

# machine: makes the machine's end of a cable, and plugs in the other as the
# how-to says.
machine () {
    local port mac address
    howto controller port > "$work/port" || { cat "$work/port"; return 1; }
    port=$(awk '$2 == "id" { print $4 }' "$work/port")
    mac=$(awk '$2 == "mac_address" { print $4 }' "$work/port")
    address=$(grep -oE '10\.1\.0\.[0-9]+' "$work/port" | head -n 1)
    [ -n "$port" ] && [ -n "$mac" ] && [ -n "$address" ] || return
    on compute1 sh -ec "
        ip netns add vm1
        ip link add tap0 type veth peer name eth0 netns vm1
        ip link set tap0 up
        ip -n vm1 link set eth0 address $mac mtu 1450 up
        ip -n vm1 address add $address/28 dev eth0
        ip -n vm1 route add default via 10.1.0.1" || return
    # What the kernel leaves to a network card, no card does here.
    nsenter -t "$(cut -d' ' -f1 "$(sb dir)/host/compute1/init")" -n \
        ethtool -K tap0 tx off || return
    howto compute1 machine "s/PORT-ID/$port/; s/PORT-MAC/$mac/"
}

ping_start () {
    # Not by a function, so that it is the sandbox whose pid we know.
    "$sandbox" --name "$name" exec compute1 --netns vm1 -- \
        ping -D -n -i 0.001 172.16.0.5 > "$work/ping" 2>&1 &
    pinger=$!
    await 10 "pings, one each millisecond if there is time" more_answers 0
}

# more_answers NUMBER: a thousand more than that.
more_answers () {
    [ "$(grep -c 'bytes from' "$work/ping")" -ge $(($1 + 1000)) ]
}

# ping_end TEXT: says how many were lost, and during which steps.  The hosts
# share the machine's cores with what is installed, so some may be, but not more
# than one of a thousand, and never those of half a second.  The numbers of
# pings have 16 bits.
ping_end () {
    await 10 "the ping goes on" \
        more_answers "$(grep -c 'bytes from' "$work/ping")"
    kill $pinger
    wait $pinger 2> /dev/null
    awk 'FNR == NR { end[++n] = $1 + 0; sub(/^[^ ]* /, ""); step[n] = $0; next }
         /bytes from/ && match($0, /icmp_seq=[0-9]+/) {
             number = substr($0, RSTART + 9, RLENGTH - 9)
             ahead = (number - last % 65536 + 65536) % 65536
             if (ahead < 32768) last += ahead
             answers += !/DUP!/
             now = substr($1, 2) + 0
             if (before && now - before > gap) gap = now - before
             while (i < n && end[i + 1] < now) i++
             if (ahead > 1 && ahead < 32768) missing[i] += ahead - 1
             before = now
         }
         END { printf "%d pings, %d lost, at most %d ms without an answer\n",
                      last, last - answers, gap * 1000
               for (i in missing)
                   printf "    %d missing or late after: %s\n",
                          missing[i], step[i]
               exit gap > 0.5 || (last - answers) * 1000 > last }' \
        "$work/done" "$work/ping" > "$work/out" || fail "$1"
    ok "$1: $(cat "$work/out")"
}

# schema_versions COMMAND...: sets "one" and "two" to the versions of the
# schema that the packages of versions 1 and 2 have, while the former are
# installed where COMMAND runs what is behind it.
schema_versions () {
    one=$("$@" ovsdb-tool schema-version \
          /usr/share/ovs-l3ha/ovs-l3ha.ovsschema)
    two=${one%.*}.$((${one##*.} + 1))
}

# schema_is VERSION COMMAND...: the database there has that schema.
schema_is () {
    local version=$1
    shift
    [ "$("$@" ovsdb-client get-schema-version \
            unix:/run/openvswitch/l3hadb.sock OVS_L3HA)" = "$version" ]
}

# The server knows all agents of the nodes as alive: L2, L3, DHCP and metadata
# on network nodes, L2 on the compute node.
agents_known () {
    on controller sh -ec "
        export $client
        neutron agent-list -f csv | grep -c ':-)' | grep -qx 9"
}

# same_masters TEXT: since "before" was taken no copy has changed its state.
same_masters () {
    events > "$work/after" || fail "events"
    check "$1: masters stay masters" diff "$work/before" "$work/after"
}

new_router () {
    on controller sh -ec "
        export $client
        neutron router-create --ha True $1
        ovs-l3ha-ctl -t 30 --wait=agents sync
        neutron router-delete $1"
}

steps_install () {
    local host
    version 1
    check "controller is installed" howto controller controller
    for host in $nodes; do
        check "$host runs Open vSwitch" node_prepare "$host"
    done
    for host in network1 network2 compute1; do
        node_picture "$host" > "$work/before.$host" || fail "picture of $host"
        # The how-to up to where the agent is told of the database.
        check "$host: agent is installed" howto "$host" "${host%?}" \
            '/^ovs-vsctl/d'
        await 10 "$host: the agent waits for l3ha-remote" agent_waits "$host"
        node_picture "$host" > "$work/after.$host"
        check "$host: nothing but the agent is new" \
            diff "$work/before.$host" "$work/after.$host"
        check "$host: settings" howto "$host" "${host%?}" '/^ovs-vsctl/!d'
    done
    await 30 "three agents" agents_alive
    check "networks and a router" howto controller router
    await 30 "one copy is active, one stands by" one_active
    check "a machine" machine
    await 30 "the machine reaches the world" ping_once
    check "all is well on the controller" howto controller well-controller
    check "all is well on network1" howto network1 well-node
}

steps_failover () {
    local master
    master=$(states | sed -n 's/,active$//p')
    check "$master is cut off" sb cut "$master"
    await 10 "the machine reaches the world again" ping_once
    check "$master is back" sb heal "$master"
    await 30 "one copy is active, one stands by" one_active
}

steps_upgrade () {
    local host
    schema_versions on controller
    events > "$work/before" || fail "events"
    ping_start
    version 2
    check "controller: upgrade" howto controller upgrade-controller
    check "database: converted while it runs, $one to $two" \
        schema_is "$two" on controller
    for host in $nodes; do
        check "$host: upgrade" howto "$host" upgrade-node
    done
    await 60 "agents and server know each other" agents_known
    ping_end upgrade
    # A switch in user space loses packets whenever a port comes.
    check "a new router with the new version" new_router two
    same_masters upgrade
    ping_start
    version 1
    check "controller: downgrade" howto controller downgrade-controller
    check "database: $one again" schema_is "$one" on controller
    for host in $nodes; do
        check "$host: downgrade" howto "$host" downgrade-node
    done
    await 60 "agents and server know each other" agents_known
    ping_end downgrade
    check "a new router with the old version" new_router one
    same_masters downgrade
    ping_start
    version 2
    check "controller: daemons stop" on controller sh -c \
        "$ctl stop server && $ctl stop db"
    check "controller: upgrade while they do not run" \
        howto controller upgrade-controller
    check "controller: daemons start" on controller sh -c \
        "$ctl start db && $ctl start server"
    check "database: converted at its start" schema_is "$two" on controller
    check "database: the old one is kept" on controller \
        test -e "/var/lib/ovs-l3ha/ovs-l3ha.db.backup-$one"
    await 60 "agents and server know each other" agents_known
    ping_end "upgrade of a stopped controller"
    check "a new router, new database and old agents" new_router offline
    same_masters "upgrade of a stopped controller"
}

steps_remove () {
    local host
    version 1
    ping_start
    for host in network1 network2; do
        check "$host: remove" howto "$host" remove-node
        check "$host: there is no agent" \
            on "$host" sh -c '! ps -e -o comm= | grep ovs-l3ha-agent'
        check "$host: purge" howto "$host" purge-node
        check "$host: routers still run" on "$host" \
            sh -c 'ip netns | grep qrouter && ps -e -o comm= | grep keepalived'
    done
    ping_end "remove and purge"
    for host in network1 network2; do
        check "$host: installed again" howto "$host" "${host%?}" \
            '/^ovs-vsctl/d'
        check "$host: purge, routers shall end" howto "$host" purge-answer
        check "$host: remove" howto "$host" remove-node
        check "$host: purge" howto "$host" purge-node
        check "$host: nothing is left" on "$host" sh -c '
            ! ip netns | grep -e qrouter -e qdhcp \
            && ! ps -e -o comm= \
                | grep -e keepalived -e conntrackd -e dnsmasq \
            && ! ovs-vsctl list Port | grep l3ha-owner \
            && ! find /var/lib/ovs-l3ha -type f | grep .'
    done
    check "controller: purge keeps the database" on controller sh -ec '
        export DEBIAN_FRONTEND=noninteractive
        apt-get purge ovs-l3ha-server
        test -e /var/lib/ovs-l3ha/ovs-l3ha.db'
}

nodes_steps () {
    check "a sandbox of bare systems" sb start --root "$root"
    steps_install
    steps_failover
    steps_upgrade
    steps_remove
}
