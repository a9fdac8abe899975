# shellcheck shell=bash disable=SC2154,SC2015
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# "Virtual machines": a network namespace on a host, joined to br-int by a
# pair of devices as a hypervisor does it, with a port of the API.

# api METHOD PATH [BODY]: prints the answer; an error is printed to standard
# error and makes it fail.  Runs on any host.
api () {
    local method=$1 path=$2 body=() out code
    if [ $# -gt 2 ]; then
        body=(-H 'Content-Type: application/json' --data-binary "$3")
    fi
    out=$(curl -sS --globoff --noproxy '*' --max-time 30 -X "$method" \
          -H 'Accept: application/json' ${body[@]+"${body[@]}"} \
          -w '\n%{http_code}' "$endpoint/v2.0$path") || return
    code=${out##*$'\n'}
    out=${out%$'\n'*}
    case $code in
        2??) [ -z "$out" ] || echo "$out" ;;
        *) echo "$method $path: $code $out" >&2; return 1 ;;
    esac
}

# vm_plug VM PORT MAC MTU: on the host of the machine.
vm_plug () {
    local netns=vm-$1 port=$2 mac=$3 mtu=$4 tap=tap${2:0:11}
    ip netns add "$netns" || return
    ip link add "$tap" type veth peer name eth0 netns "$netns" || return
    ip link set "$tap" mtu "$mtu" up || return
    ethtool -K "$tap" tx off > /dev/null || return
    ip netns exec "$netns" ethtool -K eth0 tx off > /dev/null || return
    ip -n "$netns" link set lo up || return
    ip -n "$netns" link set eth0 address "$mac" mtu "$mtu" up || return
    ovs-vsctl --timeout=10 -- --may-exist add-port br-int "$tap" \
        -- set Interface "$tap" external_ids:iface-id="$port" \
            external_ids:attached-mac="\"$mac\"" \
            external_ids:iface-status=active
}

# vm_address VM ADDRESS/LENGTH GATEWAY: on the host of the machine.
vm_address () {
    ip -n "vm-$1" address add "$2" dev eth0 nodad 2>/dev/null \
        || ip -n "vm-$1" address add "$2" dev eth0 || return
    [ -z "${3-}" ] || ip -n "vm-$1" route replace default via "$3"
}

# vm_dhcp VM: on the host of the machine: asks for an IPv4 address as a guest
# does when it starts, and keeps it.
vm_dhcp () {
    local netns=vm-$1 dir=/run/vm-$1
    mkdir -p "$dir" || return
    vm_dhcp_script > "$dir/event" && chmod 755 "$dir/event" || return
    ip netns exec "$netns" busybox udhcpc -i eth0 -s "$dir/event" \
        -p "$dir/udhcpc.pid" -t 10 -T 1 -n -S -O staticroutes -O mtu \
        < /dev/null > "$dir/log" 2>&1 \
        || { cat "$dir/log"; return 1; }
}

# What udhcpc runs at each event, see udhcpc's own default.script.
vm_dhcp_script () {
    cat <<'SCRIPT'
#! /bin/sh
# Leaves the lease in a file, and the device as it says.
env | grep -E '^(ip|subnet|mask|router|dns|domain|hostname|lease|mtu|staticroutes|serverid|siaddr|boot_file|tftp)=' \
    | sort > "${0%/*}/lease.new"
echo "event=$1" >> "${0%/*}/lease.new"
mv "${0%/*}/lease.new" "${0%/*}/lease"
case $1 in
    bound|renew)
        ip address replace "$ip/$mask" dev "$interface"
        [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
        # RFC 3442: who is given routes ignores the router.
        set -- $staticroutes
        [ $# -gt 0 ] || [ -z "$router" ] || set -- 0.0.0.0/0 "${router%% *}"
        while [ $# -ge 2 ]; do
            case $2 in
                0.0.0.0) ip route replace "$1" dev "$interface" ;;
                *) ip route replace "$1" via "$2" dev "$interface" ;;
            esac
            shift 2
        done ;;
    deconfig)
        ip -4 address flush dev "$interface" ;;
esac
SCRIPT
}

# vm_unplug VM TAP: on the host of the machine.
vm_unplug () {
    ovs-vsctl --timeout=10 --if-exists del-port br-int "$2"
    ip link del "$2" 2>/dev/null
    if [ -e "/run/vm-$1/udhcpc.pid" ]; then
        kill "$(cat "/run/vm-$1/udhcpc.pid")" 2>/dev/null
    fi
    rm -rf "/run/vm-$1"
    if [ -e "/run/netns/vm-$1" ]; then
        ip netns del "vm-$1"
    fi
}

# vm_undo VM HOST PORT: what "vm add" made before it failed.
vm_undo () {
    on_host "$2" vm_unplug "$1" "tap${3:0:11}"
    on_host controller api DELETE "/ports/$3" > /dev/null
    rm -f "$state/vm/$1"
}

# await_active PORT: waits until the API says that the port is wired.
await_active () {
    local i out status=
    for ((i = 0; i < 150; i++)); do
        out=$(api GET "/ports/$1") || return
        status=$(echo "$out" | jq -r .port.status)
        [ "$status" != ACTIVE ] || return 0
        sleep 0.1
    done
    echo "port $1 is still $status after 15 s" >&2
    return 1
}

vm_add () {
    local vm=${1-} network='' on='' ip='' await=yes dhcp=no
    local out id mac mtu body address subnet cidr gateway agents addresses=
    [ -n "$vm" ] || die "vm add: which name?"
    shift
    while [ $# -gt 0 ]; do
        case $1 in
            --network) network=${2-}; shift; [ $# -gt 0 ] && shift ;;
            --host) on=${2-}; shift; [ $# -gt 0 ] && shift ;;
            --ip) ip=${2-}; shift; [ $# -gt 0 ] && shift ;;
            --no-wait) await=no; shift ;;
            *) die "vm add: unknown option $1" ;;
        esac
    done
    case $vm in
        *[!a-zA-Z0-9-]*) die "vm add: '$vm': letters, digits and -, please" ;;
    esac
    [ -n "$network" ] && [ -n "$on" ] \
        || die "vm add: --network and --host are needed"
    need_host "$on"
    [ ! -e "$state/vm/$vm" ] || die "vm add: $vm exists"

    out=$(on_host controller api GET "/networks?name=$network") \
        && [ "$(echo "$out" | jq '.networks | length')" = 1 ] \
        || out=$(on_host controller api GET "/networks?id=$network") \
        || die "vm add: network $network: $out"
    [ "$(echo "$out" | jq '.networks | length')" = 1 ] \
        || die "vm add: there is not exactly one network $network"
    mtu=$(echo "$out" | jq -r '.networks[0].mtu')
    body=$(jq -n --arg name "$vm" --arg host "$on" --arg ip "$ip" \
           --arg net "$(echo "$out" | jq -r '.networks[0].id')" \
           --arg instance "$(cat /proc/sys/kernel/random/uuid)" \
           '{port: ({network_id: $net, name: $name, device_id: $instance,
                     device_owner: "compute:nova", "binding:host_id": $host}
                    + if $ip == "" then {}
                      else {fixed_ips: [{ip_address: $ip}]} end)}')
    out=$(on_host controller api POST /ports "$body") \
        || die "vm add: port could not be created"
    id=$(echo "$out" | jq -r .port.id)
    mac=$(echo "$out" | jq -r .port.mac_address)
    if [ "$(echo "$out" | jq -r '.port["binding:vif_type"]')" \
         = binding_failed ]; then
        on_host controller api DELETE "/ports/$id"
        die "vm add: the port cannot be bound to $on"
    fi
    echo "$on $id tap${id:0:11}" > "$state/vm/$vm"
    agents=$(on_host controller api GET \
             "/networks/$(echo "$out" | jq -r .port.network_id)/dhcp-agents") \
        || { vm_undo "$vm" "$on" "$id"; die "vm add: DHCP agents"; }
    on_host "$on" vm_plug "$vm" "$id" "$mac" "$mtu" \
        || { vm_undo "$vm" "$on" "$id"; die "vm add: plugging failed"; }
    while read -r address subnet; do
        [ -n "$address" ] || continue
        cidr=$(on_host controller api GET "/subnets/$subnet") || break
        addresses="$addresses $address"
        if [ $await = yes ] \
           && [ "$(echo "$cidr" \
                   | jq -r '.subnet | "\(.ip_version) \(.enable_dhcp)"')" \
                = "4 true" ] \
           && [ "$(echo "$agents" | jq '.agents | length')" != 0 ]; then
            dhcp=yes
            continue
        fi
        # What a router advertises, the machine takes from there.
        case $(echo "$cidr" | jq -r .subnet.ipv6_ra_mode) in
            slaac|dhcpv6-stateless) continue ;;
        esac
        gateway=$(echo "$cidr" | jq -r '.subnet.gateway_ip // ""')
        cidr=$(echo "$cidr" | jq -r .subnet.cidr)
        on_host "$on" vm_address "$vm" "$address/${cidr#*/}" "$gateway" \
            || { vm_undo "$vm" "$on" "$id"
                 die "vm add: address $address could not be set"; }
    done < <(echo "$out" \
             | jq -r '.port.fixed_ips[] | .ip_address + " " + .subnet_id')
    echo "$on $id tap${id:0:11}$addresses" > "$state/vm/$vm"
    if [ $await = yes ]; then
        on_host controller await_active "$id" \
            || { vm_undo "$vm" "$on" "$id"; die "vm add: not wired"; }
    fi
    if [ $dhcp = yes ]; then
        on_host "$on" vm_dhcp "$vm" \
            || { vm_undo "$vm" "$on" "$id"; die "vm add: no DHCP"; }
    fi
    echo "machine $vm on $on: port $id, $mac,$addresses"
}

cmd_vm () {
    local verb=${1-} vm=${2-} host id tap
    [ $# -eq 0 ] || shift
    need_sandbox
    case $verb in
        add) vm_add "$@"; return ;;
        list)
            for vm in "$state"/vm/*; do
                [ -e "$vm" ] && echo "${vm##*/} $(cat "$vm")"
            done
            return 0 ;;
        exec|del) ;;
        *) die "vm: add, exec, del or list, please" ;;
    esac
    [ -n "$vm" ] && [ -e "$state/vm/$vm" ] || die "vm $verb: no machine '$vm'"
    read -r host id tap _ < "$state/vm/$vm"
    shift
    [ "${1-}" != -- ] || shift
    case $verb in
        exec)
            need_host "$host"
            [ $# -gt 0 ] || set -- bash
            exec_on_host "$host" ip netns exec "vm-$vm" "$@" ;;
        del)
            if identity_alive "$state/host/$host/init"; then
                on_host "$host" vm_unplug "$vm" "$tap"
            fi
            rm -f "$state/vm/$vm"
            on_host controller api DELETE "/ports/$id" > /dev/null ;;
    esac
}
