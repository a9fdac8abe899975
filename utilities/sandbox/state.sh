# shellcheck shell=bash disable=SC2154,SC2015
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# Where a sandbox keeps its state, and how processes are told apart.
#
#   $base/NAME/
#     init, starter     identity (pid and start time) of these processes
#     ready             exists when "start" has finished
#     hosts             names of the hosts, one a line
#     root              the root directory of the hosts, if not the machine's
#     path              the PATH that the sandbox was started with
#     etc/              configuration files of our daemons
#     log/              output of the steps of "start"
#     host/H/init       identity of the host's init
#     host/H/addresses  "DEVICE ADDRESS" lines that the host keeps in place
#     host/H/log/       the host's /var/log/openvswitch and ovs-l3ha
#     host/H/cut-LINK   exists while that cable is unplugged
#     vm/NAME           "HOST PORT TAP ADDRESSES" of a machine
#
# A pid alone may have been reused; with the start time it may not.

base=${TMPDIR:-/tmp}/ovs-l3ha-sandbox-$(id -u)
endpoint=http://192.0.2.10:9696
state=

die () {
    echo "ovs-l3ha-sandbox: $*" >&2
    exit 1
}

# Sets $state from $name.
state_locate () {
    case $name in
        ''|*[!a-z0-9-]*|-*)
            die "--name '$name': lower-case letters, digits and -, please" ;;
    esac
    [ ${#name} -le 40 ] || die "--name '$name' is longer than 40 characters"
    state=$base/$name
}

# start_time PID: prints the start time, fails if there is no such process or
# if it is a zombie.
start_time () {
    local stat
    { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return 1
    # The second field is a name in parentheses, which may hold anything.
    stat=${stat##*) }
    # shellcheck disable=SC2086
    set -- $stat
    [ "$1" != Z ] && [ "$1" != X ] && echo "${20}"
}

# identity_write FILE: writes our own identity to FILE.  /proc decides which
# PID namespace's number this is.
identity_write () {
    local pid rest
    read -r pid rest < /proc/self/stat
    echo "$pid $(start_time "$pid")" > "$1.tmp" && mv "$1.tmp" "$1"
}

# identity_pid FILE: prints the pid if that process is still alive.
identity_pid () {
    local pid start
    { read -r pid start < "$1"; } 2>/dev/null || return 1
    [ "$(start_time "$pid")" = "$start" ] && echo "$pid"
}

identity_alive () {
    identity_pid "$1" > /dev/null
}

# kill_identity FILE: kills that process, if it is alive, and waits until it
# is gone; for the init of a PID namespace that means all processes in it.
kill_identity () {
    local pid i=0
    while pid=$(identity_pid "$1"); do
        [ $((i % 50)) -ne 0 ] || kill -9 "$pid" 2>/dev/null
        i=$((i + 1))
        [ $i -le 500 ] || return 1
        sleep 0.02
    done
    return 0
}

need_sandbox () {
    [ -d "$state" ] \
        || die "sandbox $name is not running (start it, or see list)"
    identity_alive "$state/init" \
        || die "sandbox $name is dead; clean up with: stop --name $name"
    PATH=$(cat "$state/path")
    export PATH
}

# need_host HOST: fails with a message unless HOST is a host that runs.
need_host () {
    grep -qxF -e "$1" "$state/hosts" \
        || die "no host '$1'; there are: $(tr '\n' ' ' < "$state/hosts")"
    identity_alive "$state/host/$1/init" || die "host $1 has ended"
}

# in_fabric COMMAND...: runs it in the network namespace of the fabrics.
in_fabric () {
    nsenter -t "$(identity_pid "$state/init")" -n -- "$@"
}

# enter_host HOST COMMAND...: runs COMMAND on HOST, with the variables that
# the programs there look at.  COMMAND ends when the process before it does.
enter_host () {
    local host=$1 pid run=()
    shift
    pid=$(identity_pid "$state/host/$host/init") || die "host $host has ended"
    if [ -n "${enter_for_good-}" ]; then
        run=(exec)
    fi
    # shellcheck disable=SC2016
    ${run[@]+"${run[@]}"} env \
        -u OVS_PKGDATADIR -u OVS_BINDIR -u OVS_SYSCONFDIR -u OVN_RUNDIR \
        -u TMPDIR -u OS_CLOUD -u OS_TOKEN -u OS_AUTH_URL \
        OVS_RUNDIR=/var/run/openvswitch OVS_LOGDIR=/var/log/openvswitch \
        OVS_DBDIR=/var/lib/openvswitch no_proxy='*' \
        OS_AUTH_TYPE=none OS_ENDPOINT="$endpoint" \
        nsenter -t "$pid" -m -u -n -p -- \
        setpriv --pdeathsig TERM -- \
        bash -c 'cd "$1" 2>/dev/null || cd /; shift; exec "$@"' \
        bash "$PWD" "$@"
}

# exec_on_host HOST COMMAND...: becomes COMMAND on HOST, so that who kills us
# kills COMMAND.
exec_on_host () {
    enter_for_good=yes
    enter_host "$@"
}

# on_host HOST FUNCTION ARGS...: runs a function of these files on HOST.
on_host () {
    local host=$1
    shift
    enter_host "$host" bash "$self" _in-host "$state" "$host" "$@"
}

# host_roles HOST, host_links HOST, host_services HOST
host_links () {
    case $1 in
        controller) echo mgmt ;;
        external) echo provider ;;
        *) echo mgmt overlay provider ;;
    esac
}

host_services () {
    case $1 in
        controller) echo db server metadata ;;
        external) echo ovsdb vswitchd ;;
        *) echo ovsdb vswitchd agent ;;
    esac
}

# host_address HOST NETWORK: the address that HOST has there, with its prefix
# length.
host_address () {
    local n=${1##*[a-z]} prefix
    case $2 in
        mgmt) prefix=192.0.2 ;;
        overlay) prefix=198.51.100 ;;
    esac
    case $1 in
        controller) echo "$prefix.10/24" ;;
        network*) echo "$prefix.$((20 + n))/24" ;;
        compute*) echo "$prefix.$((100 + n))/24" ;;
    esac
}
