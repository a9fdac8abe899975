# shellcheck shell=bash disable=SC2154,SC2016
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# What tests/packages does on a machine that runs systemd: one node that is
# controller and network node at once.  The commands of the how-to are run as
# they are, and then what systemd is there for happens to the daemons.

systemd_packages='systemd-sysv dbus openvswitch-switch logrotate ethtool rpm'

# node COMMAND...: on that machine.
node () {
    nsenter -t "$node_init" -m -n -u -i -p -C --root --wd \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

# node_howto WHERE [SED-SCRIPT]: runs those commands of the how-to.
node_howto () {
    local commands
    commands=$("$top/tests/howto-commands" "$howto" "$1" | sed -E "${2-}")
    [ -n "$commands" ] || { echo "install.md has no commands '$1'"; return 1; }
    echo "$commands"
    node sh -ec "export DEBIAN_FRONTEND=noninteractive $client
                 cd /packages && $commands"
}

# Starts the machine, in a control group of its own.
node_boot () {
    local mount
    mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    [ -n "$mount" ] || { echo "there is no cgroup2 file system"; return 1; }
    node_cgroup=$mount/ovs-l3ha-$name
    mkdir "$node_cgroup" "$work/node" || return
    # shellcheck disable=SC2016,SC2086
    sh -c 'echo $$ > "$0/cgroup.procs" && exec unshare --mount \
               --propagation private --net --uts --ipc --pid --cgroup --fork \
               --kill-child "$@"' "$node_cgroup" \
        "$top/tests/packages-boot" "$root" "$work/node" $systemd_packages \
        < /dev/null > "$work/boot" 2>&1 &
    node_parent=$!
}

node_is_up () {
    kill -0 "$node_parent" || fail "$(tail -n 30 "$work/boot")"
    node_init=$(ps -o pid= --ppid "$node_parent" | tr -d ' ')
    [ -n "$node_init" ] && node systemctl is-active multi-user.target
}

# Ends the machine; what was its tmpfs is gone with it.
node_end () {
    [ -n "${node_parent-}" ] || return 0
    kill -9 "$node_parent"
    wait "$node_parent" 2> /dev/null
    until find "$node_cgroup" -depth -type d -exec rmdir {} + 2> /dev/null; do
        sleep 0.1
    done
    node_parent=
}

# What has the names and addresses of the how-to, and a world outside.
node_network () {
    node sh -ec '
        ip address add 192.0.2.10/24 dev lo
        ip address add 198.51.100.21/24 dev lo
        ip netns add world
        ip link add eth2 type veth peer name world netns world
        ip link set eth2 up
        ip -n world address add 172.16.0.5/24 dev world
        ip -n world link set world up
        ethtool -K eth2 tx off
        ip netns exec world ethtool -K world tx off'
}

# node_packages FILE...: these are the packages to install.
node_packages () {
    local dir=/proc/$node_init/root/packages
    rm -rf "$dir" && mkdir "$dir" && cp "$@" "$dir"
}

main_pid () {
    node systemctl show -P MainPID "ovs-l3ha-$1"
}

# What the agent has started: must outlive it.
children () {
    node ps -e -o pid=,comm= \
        | grep -E 'keepalived|conntrackd|dnsmasq|ovs-l3ha-metada'
}

# A router is active, and the node sees its namespace.
node_router () {
    node sh -ec '
        router=$(ip netns | grep -o "qrouter-[^ ]*")
        ip netns exec "$router" ping -n -c 1 -W 1 172.16.0.5'
}

# restarted DAEMON PID: another process is the daemon, and it is ready.
restarted () {
    [ "$(main_pid "$1")" != "$2" ] && node systemctl is-active "ovs-l3ha-$1"
}

# daemons_gone: and so are their programs.
daemons_gone () {
    node sh -c '! ps -e -o args= | grep -e "[o]vs-l3ha-agent " \
                        -e "[o]vs-l3ha-server" -e "[l]3hadb" \
                && ! ls -d /usr/sbin/ovs-l3ha* /usr/share/ovs-l3ha \
                        /lib/systemd/system/ovs-l3ha* | grep . \
                && test -e /var/lib/ovs-l3ha/ovs-l3ha.db'
}

# children_stay TEXT: as they were when "children" was written.
children_stay () {
    children > "$work/children.now"
    check "$1: what the agent has started runs on" \
        diff "$work/children" "$work/children.now"
}

# reopened FILE...: after a rotation, each is written to by its daemon.
reopened () {
    local file
    for file in "$@"; do
        node sh -c "zgrep . /var/log/ovs-l3ha/$file.1.gz \
                    && grep 'opened log file' /var/log/ovs-l3ha/$file" \
            || { echo "$file is not written to"; return 1; }
    done
}

steps_systemd_install () {
    check "systemd: a node" node_boot
    await 120 "systemd: the node is up" node_is_up
    check "systemd: network" node_network
    check "systemd: packages" node_packages "$work"/1/*.deb
    # One node can have but one copy of a router.
    check "systemd: controller is installed" node_howto controller \
        "/^ovs-l3ha-server/i sed -i '/^min_l3/s/= .*/= 1/' \
/etc/ovs-l3ha/server.conf"
    check "systemd: agent is installed" node_howto network '/^ovs-vsctl/d'
    await 10 "systemd: the agent waits for l3ha-remote" \
        node sh -c 'ovs-appctl -t ovs-l3ha-agent agent/status \
                    | grep -x "database: not set"'
    check "systemd: and makes no bridge" \
        node sh -c '! ovs-vsctl list-br | grep .'
    # There may be no datapath in the kernel.
    check "systemd: bridges" node ovs-vsctl \
        -- add-br br-ex -- set Bridge br-ex datapath_type=netdev \
        -- add-br br-int -- set Bridge br-int datapath_type=netdev \
        -- set Bridge br-int fail-mode=secure
    check "systemd: settings" node_howto network '/^ovs-vsctl/!d'
    await 30 "systemd: an agent" \
        node sh -c 'ovs-l3ha-ctl agent-list | grep network1'
    check "systemd: networks and a router" node_howto router
    await 30 "systemd: the router reaches the world" node_router
    for daemon in db server agent; do
        check "systemd: ovs-l3ha-$daemon runs" \
            node systemctl is-active ovs-l3ha-$daemon
    done
}

steps_systemd_restart () {
    local daemon pid
    children > "$work/children"
    check "systemd: keepalived, conntrackd, dnsmasq" sh -c "
        grep keepalived '$work/children' && grep conntrackd '$work/children' \
            && grep dnsmasq '$work/children'"
    for daemon in db server agent; do
        pid=$(main_pid $daemon)
        check "systemd: $daemon: restart" \
            node systemctl restart ovs-l3ha-$daemon
        check "systemd: $daemon is another" restarted $daemon "$pid"
        pid=$(main_pid $daemon)
        check "systemd: $daemon: killed" node kill -9 "$pid"
        await 10 "systemd: $daemon is started again" restarted $daemon "$pid"
    done
    for daemon in server agent; do
        # The real time would be a minute.
        check "systemd: $daemon: a short watchdog" node sh -ec "
            mkdir -p /run/systemd/system/ovs-l3ha-$daemon.service.d
            printf '[Service]\nWatchdogSec=2\n' \
                > /run/systemd/system/ovs-l3ha-$daemon.service.d/watchdog.conf
            systemctl daemon-reload && systemctl restart ovs-l3ha-$daemon"
        pid=$(main_pid $daemon)
        check "systemd: $daemon: hangs" node kill -STOP "$pid"
        await 30 "systemd: $daemon is started again" restarted $daemon "$pid"
        check "systemd: because of the watchdog" node sh -c "
            journalctl -u ovs-l3ha-$daemon | grep 'result .watchdog'"
    done
    pid=$(main_pid agent)
    check "systemd: Open vSwitch: restart" \
        node systemctl restart openvswitch-switch
    # Not before all that it starts has been started.
    check "systemd: Open vSwitch: name of the node" \
        node systemctl start ovs-record-hostname
    await 30 "systemd: the router reaches the world" node_router
    check "systemd: only daemons of ours speak to it" node sh -c \
        '! journalctl -b | grep "otification message from"'
    check "systemd: the agent runs on" [ "$(main_pid agent)" = "$pid" ]
    children_stay "systemd"
    await 10 "systemd: the router reaches the world" node_router
}

steps_systemd_upgrade () {
    local server agent
    schema_versions node
    server=$(main_pid server) agent=$(main_pid agent)
    check "systemd: packages" node_packages "$work"/2/*.deb
    check "systemd: controller: upgrade" node_howto upgrade-controller
    check "systemd: database: converted while it runs" schema_is "$two" node
    check "systemd: node: upgrade" node_howto upgrade-node
    check "systemd: the server is another" restarted server "$server"
    check "systemd: the agent is another" restarted agent "$agent"
    check "systemd: packages" node_packages "$work"/1/*.deb
    check "systemd: controller: downgrade" node_howto downgrade-controller
    check "systemd: database: $one again" schema_is "$one" node
    check "systemd: node: downgrade" node_howto downgrade-node
    children_stay "systemd: upgrade and downgrade"
    await 10 "systemd: the router reaches the world" node_router
}

steps_systemd_files () {
    check "systemd: logs are rotated" node logrotate -f /etc/logrotate.conf
    check "systemd: daemons write to the new ones" reopened l3hadb.log \
        ovs-l3ha-server.log ovs-l3ha-agent.log ovs-l3ha-metadata.log
    check "systemd: the directory of sockets is made" node sh -ec '
        mv /run/openvswitch /run/away
        systemd-tmpfiles --create ovs-l3ha.conf
        rmdir /run/openvswitch
        mv /run/away /run/openvswitch'
    # In tenths, of ten: what systemd-analyze thinks that a unit could do.
    check "systemd: agent is confined" node systemd-analyze security \
        --no-pager --threshold=60 ovs-l3ha-agent
    check "systemd: server and database are confined" node systemd-analyze \
        security --no-pager --threshold=20 ovs-l3ha-server ovs-l3ha-db
}

steps_systemd_remove () {
    check "systemd: remove" node_howto remove-node
    check "systemd: there is no agent" \
        node sh -c '! ps -e -o comm= | grep ovs-l3ha-agent'
    children_stay "systemd: remove"
    check "systemd: the router reaches the world" node_router
    check "systemd: remove all" node env DEBIAN_FRONTEND=noninteractive \
        apt-get remove ovs-l3ha-common
    check "systemd: nothing but the database is left" daemons_gone
}

systemd_steps () {
    steps_systemd_install
    steps_systemd_restart
    steps_systemd_upgrade
    steps_systemd_files
    steps_systemd_remove
    steps_rpm_build
    steps_rpm_install
    check "systemd: nothing has failed" \
        node sh -c '! systemctl --failed --no-legend | grep l3ha'
    node_end
}
