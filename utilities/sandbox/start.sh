# shellcheck shell=bash disable=SC2154,SC2015
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# The command "start": builds a sandbox step by step.  Each step prints one
# line; the first that fails says why and everything made so far goes.
#
# File descriptor 9 is the write end of the pipe that the sandbox's init
# reads: no process that outlives us may inherit it.

step_log=

# step TEXT COMMAND...: runs COMMAND with its output in the step's log.
step () {
    local text=$1 begin=$EPOCHREALTIME end
    shift
    step_log=$state/log/start.log
    echo "== $text" >> "$step_log"
    if ! "$@" >> "$step_log" 2>&1; then
        step_failed "$text" "$step_log"
    fi
    end=$EPOCHREALTIME
    printf '  %-46s %5d ms\n' "$text" $(((${end/./} - ${begin/./}) / 1000))
}

# step_failed TEXT LOG: shows the ends of the logs and gives up.
step_failed () {
    local log
    {
        echo "ovs-l3ha-sandbox: start failed at this step: $1"
        for log in "$2" "$state"/host/"${1%%:*}"/log/*.log; do
            [ -s "$log" ] || continue
            echo "--- end of ${log#"$state"/}:"
            tail -n 15 "$log"
        done
    } >&2
    exit 1
}

# Runs when "start" ends in any way but kill -9 before it is through.
start_abort () {
    trap - EXIT INT TERM HUP
    kill_identity "$state/init"
    rm -rf -- "$state"
    rmdir "$base" 2>/dev/null
}

need_programs () {
    local program missing=
    for program in "$@"; do
        command -v "$program" > /dev/null || missing="$missing $program"
    done
    [ -z "$missing" ] || die "start: these programs are missing:$missing"
}

# Finds our own programs: $L3HA_BINDIR, $PATH, a build tree beside us.
find_programs () {
    local dir build
    PATH=${L3HA_BINDIR:+$L3HA_BINDIR:}$PATH:/usr/sbin:/sbin:/usr/local/sbin
    if ! command -v ovs-l3ha-agent > /dev/null; then
        for build in "$top/_build" "$top"; do
            if [ -x "$build/agent/ovs-l3ha-agent" ]; then
                for dir in agent metadata server utilities; do
                    PATH=$build/$dir:$PATH
                done
                break
            fi
        done
    fi
    export PATH
}

# The scenario's configuration files.
write_config () {
    local host
    mkdir "$state/etc" || return
    cat > "$state/etc/neutron.conf" <<CONF
[DEFAULT]
bind_host = 192.0.2.10
auth_strategy = noauth
core_plugin = ml2
service_plugins = router
router_distributed = False
l3_ha = True
max_l3_agents_per_router = 3
min_l3_agents_per_router = 2
l3_ha_net_cidr = 169.254.192.0/18
agent_down_time = 5

[agent]
report_interval = 1

[quotas]
quota_network = -1
quota_subnet = -1
quota_port = -1
quota_router = -1
quota_floatingip = -1
quota_security_group = -1
quota_security_group_rule = -1
CONF
    local option name
    for option in "${options[@]}"; do
        name=${option%%=*}
        case $name in
            *.*) printf '\n[%s]\n' "${name%%.*}" ;;
            *) printf '\n[DEFAULT]\n' ;;
        esac
        echo "${name#*.} = ${option#*=}"
    done >> "$state/etc/neutron.conf"
    cat > "$state/etc/l3_agent.ini" <<CONF
[DEFAULT]
agent_mode = legacy
CONF
    cat > "$state/etc/metadata_agent.ini" <<CONF
[DEFAULT]
nova_metadata_host = 192.0.2.10
metadata_proxy_shared_secret = sandbox
CONF
    cat > "$state/etc/ml2_conf.ini" <<CONF
[ml2]
type_drivers = flat,vlan,gre,vxlan
tenant_network_types = vxlan,gre

[ml2_type_flat]
flat_networks = physnet1

[ml2_type_vlan]
network_vlan_ranges = physnet1:100:199

[ml2_type_gre]
tunnel_id_ranges = 1:1000

[ml2_type_vxlan]
vni_ranges = 1001:2000
CONF
    {
        echo 127.0.0.1 localhost
        while read -r host; do
            case $host in
                external) echo "172.16.0.5 external" ;;
                *)  host=$(host_address "$host" mgmt)\ $host
                    echo "${host/\/24/}" ;;
            esac
        done < "$state/hosts"
    } > "$state/etc/hosts"
}

# Starts the init of the sandbox, see the head of ovs-l3ha-sandbox.
start_init () {
    local hold=$state/hold
    # shellcheck disable=SC2094
    mkfifo "$hold" && exec 8<>"$hold" 7<"$hold" 9>"$hold" 8>&- || return
    rm -f "$hold"
    setsid unshare --fork --pid --mount --net --uts \
        bash "$self" _sandbox-init "$state" \
        <&7 9>&- >> "$state/log/init.log" 2>&1 &
    disown $!
    exec 7<&-
    wait_for "$state/init" || { cat "$state/log/init.log"; return 1; }
}

# wait_for FILE: waits until it exists, at most five seconds.
wait_for () {
    local i
    for ((i = 0; i < 500; i++)); do
        [ ! -e "$1" ] || return 0
        sleep 0.01
    done
    echo "${1#"$state"/} did not appear"
    return 1
}

# fabric NAME: a switch.
fabric () {
    in_fabric ip link add "$1" type bridge stp_state 0 forward_delay 0 \
        mcast_snooping 0 && in_fabric ip link set "$1" up
}

fabrics () {
    # The switches are no hosts: they emit nothing of their own.
    # shellcheck disable=SC2016
    in_fabric sh -c 'cd /proc/sys/net/ipv6/conf 2>/dev/null || exit 0
        for d in all default; do echo 1 > $d/disable_ipv6; done' || return
    fabric mgmt && fabric overlay && fabric provider
}

# The namespaces of a host.
host_make () {
    local dir=$state/host/$1 sandbox
    mkdir -p "$dir/log" && : > "$dir/addresses" || return
    sandbox=$(identity_pid "$state/init") || { echo "init died"; return 1; }
    setsid nsenter -t "$sandbox" -p -m -n -u -- \
        unshare --fork --pid --mount --net --uts \
        bash "$self" _host-init "$state" "$1" \
        < /dev/null 9>&- >> "$dir/log/init.log" 2>&1 &
    disown $!
}

# The cables of a host.
host_plug () {
    local link pid end
    wait_for "$state/host/$1/init" || return
    pid=$(identity_pid "$state/host/$1/init") || return
    for link in $(host_links "$1"); do
        end=$(cable_of "$1" "$link")
        in_fabric ip link add "$end" type veth \
            peer name "$link" netns "$pid" || return
        in_fabric ethtool -K "$end" tx off || return
        nsenter -t "$pid" -n -- ethtool -K "$link" tx off || return
        in_fabric ip link set "$end" master "$link" up || return
        nsenter -t "$pid" -n -- ip link set "$link" up || return
    done
}

# Runs COMMAND on all the named hosts at once: on_hosts TEXT COMMAND HOST...
on_hosts () {
    local text=$1 function=$2 host pid begin=$EPOCHREALTIME end
    local -A pids=()
    shift 2
    for host; do
        (on_host "$host" "$function" 9>&- \
            > "$state/host/$host/log/$function.log" 2>&1) 9>&- &
        pids[$host]=$!
    done
    for host; do
        pid=${pids[$host]}
        if ! wait "$pid"; then
            step_failed "$host: $text" "$state/host/$host/log/$function.log"
        fi
        end=$EPOCHREALTIME
        printf '  %-46s %5d ms\n' "$host: $text" \
            $(((${end/./} - ${begin/./}) / 1000))
    done
}

start_agent () {
    service_start agent
}

# Waits until the API answers and knows all the agents as alive.
await_agents () {
    local want=$1 i out=
    for ((i = 0; i < 100; i++)); do
        out=$(on_host controller api GET '/agents?alive=True&fields=host' \
              9>&- 2>&1)
        if [ "$(echo "$out" | jq -r '.agents[].host' 2>/dev/null \
                | sort -u | wc -l)" -ge "$want" ]; then
            return 0
        fi
        sleep 0.1
    done
    echo "not all of $want hosts have a live agent; the API says: $out"
    return 1
}

# Lets everything into the machines of the default project, so that they can be
# reached from outside; runs on the controller.
open_default_group () {
    local group type
    group=$(api GET '/security-groups?name=default&project_id=fake_project_id' \
            | jq -re '.security_groups[0].id') || return
    for type in IPv4 IPv6; do
        api POST /security-group-rules '{"security_group_rule": {
            "security_group_id": "'"$group"'", "direction": "ingress",
            "ethertype": "'$type'"}}' > /dev/null || return
    done
}

cmd_start () {
    local networks=2 computes=1 daemons=yes root='' i hosts nodes=()
    local begin=$EPOCHREALTIME end
    options=()
    while [ $# -gt 0 ]; do
        case $1 in
            --option)
                case ${2-} in
                    ?*=*) options+=("$2") ;;
                    *) die "start: --option needs NAME=VALUE" ;;
                esac
                shift 2 ;;
            --network-nodes|--compute-nodes|--network-nodes=*\
            |--compute-nodes=*)
                case $1 in
                    *=*) i=${1#*=} ;;
                    *) i=${2-}; [ $# -lt 2 ] || { set -- "$1" "${@:3}"; } ;;
                esac
                case $i in
                    [0-9]|[1-6][0-9]) ;;
                    *) die "start: ${1%%=*}: '$i' is not in 0...69" ;;
                esac
                case $1 in
                    --network*) networks=$i ;;
                    *) computes=$i ;;
                esac
                shift ;;
            --no-daemons) daemons=no; shift ;;
            --root)
                [ -x "${2-}/bin/sh" ] \
                    || die "start: --root '${2-}' is no root directory"
                root=$(readlink -f -- "$2") daemons=no
                shift 2 ;;
            *) die "start: unknown option $1" ;;
        esac
    done
    [ "$(id -u)" = 0 ] || die "start: only root can make namespaces"
    find_programs
    need_programs ip ethtool unshare nsenter setsid setpriv mount curl jq \
        python3 \
        ovsdb-server ovsdb-tool ovs-vswitchd ovs-vsctl
    [ $daemons = no ] \
        || need_programs ovs-l3ha-server ovs-l3ha-agent ovs-l3ha-metadata \
            dnsmasq dhcp_release busybox
    case $(readlink -f "${TMPDIR:-/tmp}")/ in
        /run/*|/var/lib/*|/var/log/*|/proc/*|/sys/*)
            die "start: TMPDIR must not be below /run, /var/lib or /var/log,
which every host has its own of" ;;
    esac
    if [ -e "$state" ]; then
        if identity_alive "$state/init" || identity_alive "$state/starter"
        then
            die "sandbox $name is already there (status, stop)"
        fi
        echo "removing what is left of an earlier sandbox $name"
        cmd_stop
    fi
    [ -d "$base" ] || mkdir -m 700 "$base" || die "start: $base"
    [ -O "$base" ] && [ ! -L "$base" ] || die "start: $base is not ours"
    mkdir -m 700 "$state" || die "start: $state"
    trap start_abort EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    identity_write "$state/starter"
    echo "$PATH" > "$state/path"
    mkdir "$state/log" "$state/host" "$state/vm"
    [ -z "$root" ] || echo "$root" > "$state/root"

    echo "Starting sandbox $name"
    hosts=(controller)
    for ((i = 1; i <= networks; i++)); do nodes+=("network$i"); done
    for ((i = 1; i <= computes; i++)); do nodes+=("compute$i"); done
    hosts+=(${nodes[@]+"${nodes[@]}"} external)
    printf '%s\n' "${hosts[@]}" > "$state/hosts"
    step "configuration files" write_config
    step "init of the sandbox" start_init
    step "management, overlay and provider networks" fabrics
    for i in "${hosts[@]}"; do
        host_make "$i" || die "start: $i"
    done
    for i in "${hosts[@]}"; do
        step "$i: namespaces and cables" host_plug "$i"
    done
    on_hosts "network, Open vSwitch, bridges" host_boot "${hosts[@]}"
    if [ $daemons = yes ]; then
        step "controller: database" on_host controller service_start db 9>&-
        step "controller: API server" \
            on_host controller service_start server 9>&-
        step "controller: metadata service" \
            on_host controller service_start metadata 9>&-
        on_hosts "agent" start_agent "${nodes[@]}"
        step "all agents report to the server" await_agents ${#nodes[@]}
        step "default security group" on_host controller open_default_group
    fi
    : > "$state/ready"
    echo ready >&9
    trap - EXIT INT TERM HUP
    rm -f "$state/starter"
    end=$EPOCHREALTIME
    echo "Sandbox $name is ready after" \
        "$(((${end/./} - ${begin/./}) / 1000)) ms"
}
