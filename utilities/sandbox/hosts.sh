# shellcheck shell=bash disable=SC2154,SC2015
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# What process 1 of the sandbox and of each host does, and how a host makes
# its own directories and brings up its Open vSwitch.

# Blocks until killed; the argument is a directory of our own.  bash reaps the
# orphans that it inherits.
wait_for_ever () {
    rm -f "$1/never"
    mkfifo "$1/never" && exec 3<>"$1/never" && rm -f "$1/never" || exit 1
    while read -r _ <&3; do
        :
    done
}

# Process 1 of the sandbox.  Standard input is the pipe of "start".
sandbox_init () {
    local word=
    identity_write "$state/init"
    ip link set lo up
    read -r word
    [ "$word" = ready ] || exit 1
    exec </dev/null
    wait_for_ever "$state"
}

# Process 1 of a host.
host_init () {
    local host=$1
    if ! host_mounts "$host"; then
        echo "mounting failed"
        exit 1
    fi
    exec </dev/null
    wait_for_ever "$state/host/$host"
}

# A tmpfs on /var/lib whose entries lead to the machine's own, so that the
# host may have directories of its own there.
host_var_lib () {
    mkdir -p /run/machine/var-lib || return
    mount --rbind /var/lib /run/machine/var-lib || return
    mount -t tmpfs -o mode=755 tmpfs /var/lib || return
    find /run/machine/var-lib -mindepth 1 -maxdepth 1 \
        -exec ln -s -t /var/lib {} + || return
    rm -f /var/lib/openvswitch /var/lib/ovs-l3ha
    mkdir /var/lib/openvswitch /var/lib/ovs-l3ha
}

# Does the host have a root directory of its own?  The external one is not part
# of the cloud.
host_has_root () {
    [ -e "$state/root" ] && [ "$1" != external ]
}

# host_root DIR: makes a copy of "start --root" the root of this host, to be
# written to by it alone; besides that the host sees our own files.  The host
# has its copy in memory, so that nothing is left of it.
host_root () {
    local root=$1/root/merged dir
    mkdir -p "$1/root" || return
    mount -t tmpfs -o mode=755 tmpfs "$1/root" || return
    mkdir "$1/root/upper" "$1/root/work" "$root" || return
    mount -t overlay overlay -o "lowerdir=$(cat "$state/root"),\
upperdir=$1/root/upper,workdir=$1/root/work" "$root" || return
    mkdir -p "$root$state" "$root$libdir" "$root${self%/*}" || return
    mount --rbind /dev "$root/dev" || return
    for dir in "$state" "$libdir"; do
        mount --bind "$dir" "$root$dir" || return
    done
    : >> "$root$self" && : >> "$root/etc/hosts" || return
    mount --bind "$self" "$root$self" || return
    cd "$root" && pivot_root . mnt && umount -l /mnt
}

# host_own_limit DIRECTORY: a limit of the whole machine that the agent of a
# node raises; that of the sandbox's hosts is a file, and the machine's stays.
host_own_limit () {
    local limit=/proc/sys/fs/inotify/max_user_instances
    [ -e "$limit" ] || return 0
    cp "$limit" "$1/max_user_instances" \
        && mount --bind "$1/max_user_instances" "$limit"
}

# Gives the host its own files and identity.
host_mounts () {
    local host=$1 dir=$state/host/$1
    set -e
    identity_write "$dir/init.new"
    if host_has_root "$host"; then
        host_root "$dir"
    fi
    hostname "$host"
    mount -t tmpfs -o mode=755 tmpfs /run
    [ "$(readlink -f /var/run)" = /run ] || mount --bind /run /var/run
    mkdir -p /run/lock /run/openvswitch /run/netns
    # "ip netns" needs this to be a shared mount, and ours are private.
    mount --bind /run/netns /run/netns
    mount --make-shared /run/netns
    if ! host_has_root "$host"; then
        host_var_lib
        mount -t tmpfs -o mode=755 tmpfs /var/log
        if [ -d /etc/openvswitch ]; then
            mount -t tmpfs -o mode=755 tmpfs /etc/openvswitch
        fi
    fi
    mkdir -p /var/log/openvswitch /var/log/ovs-l3ha
    mount --bind "$dir/log" /var/log/openvswitch
    mount --bind "$dir/log" /var/log/ovs-l3ha
    mount --bind "$state/etc/hosts" /etc/hosts
    mount -t sysfs sysfs /sys
    ip link set lo up
    # The number by which the machine knows us, so before the new /proc.
    mv "$dir/init.new" "$dir/init"
    mount -t proc proc /proc
    host_own_limit "$dir"
    set +e
}

# The rest runs on a host, started by "start" with on_host.

# host_boot: what the machine's own start scripts would do.
host_boot () {
    local dir=$state/host/$host
    set -e
    echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore
    if [ "$host" != external ]; then
        ip address add "$(host_address "$host" mgmt)" dev mgmt
    fi
    if [ "$host" = controller ] || host_has_root "$host"; then
        set +e
        return 0
    fi
    set +e
    service_start ovsdb && service_start vswitchd || return
    host_bridges || { echo "bridges could not be made"; return 1; }
    (setsid bash "$self" _in-host "$state" "$host" host_addresses_watch \
        < /dev/null > /dev/null 2>> "$dir/log/addresses.log" &)
    host_addresses_await
}

# The bridges that an operator makes on such a host.
host_bridges () {
    local overlay
    case $host in
        external)
            ovs-vsctl --timeout=10 --no-headings \
                -- add-br br-provider \
                -- set Bridge br-provider datapath_type=netdev \
                -- add-port br-provider provider \
                -- add-port br-provider vlan100 tag=100 \
                -- set Interface vlan100 type=internal || return
            echo "br-provider 172.16.0.5/24" > "$state/host/$host/addresses"
            echo "vlan100 172.17.0.5/24" >> "$state/host/$host/addresses" ;;
        *)
            overlay=$(host_address "$host" overlay)
            ovs-vsctl --timeout=10 \
                -- add-br br-overlay \
                -- set Bridge br-overlay datapath_type=netdev \
                -- add-port br-overlay overlay \
                -- add-br br-ex \
                -- set Bridge br-ex datapath_type=netdev \
                -- add-port br-ex provider \
                -- add-br br-int \
                -- set Bridge br-int datapath_type=netdev \
                       fail-mode=secure || return
            echo "br-overlay $overlay" > "$state/host/$host/addresses" ;;
    esac
}

# host_address_missing DEVICE ADDRESS
host_address_missing () {
    case "$(ip -o address show dev "$1" up) " in
        *" $2 "*) return 1 ;;
    esac
}

# Puts the addresses on the devices of Open vSwitch where they are not.
host_addresses_check () {
    local dev address
    while read -r dev address; do
        if [ -e "/sys/class/net/$dev" ] \
           && host_address_missing "$dev" "$address"; then
            ip link set "$dev" up && ip address replace "$address" dev "$dev"
        fi
    done < "$state/host/$host/addresses"
}

# The devices of a bridge are ovs-vswitchd's own and go with it, and their
# addresses, too.  On a real node the network scripts put these back.
host_addresses_watch () {
    while :; do
        # What happened before the monitor listens is seen by the first look.
        { ip -o monitor link & sleep 0.1; echo first; wait; } \
            | while read -r _; do
                host_addresses_check
            done
        sleep 1
    done
}

host_addresses_await () {
    local dev address i
    while read -r dev address; do
        for ((i = 0; i < 250; i++)); do
            host_address_missing "$dev" "$address" 2>&1 || continue 2
            sleep 0.02
        done
        echo "$dev did not get its address $address"
        return 1
    done < "$state/host/$host/addresses"
}
