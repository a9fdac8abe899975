# shellcheck shell=bash disable=SC2154,SC2015
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# The daemons of a host.  All functions but cmd_service run on that host.

rundir=/var/run/openvswitch

# Prints the first of the places of a data file that exists.
find_file () {
    local file
    for file; do
        if [ -e "$file" ]; then
            echo "$file"
            return 0
        fi
    done
    echo "none of these files exists: $*" >&2
    return 1
}

service_pidfile () {
    case $1 in
        ovsdb) echo "$rundir/ovsdb-server.pid" ;;
        vswitchd) echo "$rundir/ovs-vswitchd.pid" ;;
        db) echo "$rundir/l3hadb.pid" ;;
        server) echo "$rundir/ovs-l3ha-server.pid" ;;
        agent) echo "$rundir/ovs-l3ha-agent.pid" ;;
        metadata) echo "$rundir/metadata-service.pid" ;;
        *) echo "unknown service $1" >&2; return 1 ;;
    esac
}

# The program's name as the kernel knows it (15 characters).
service_comm () {
    case $1 in
        ovsdb|db) echo ovsdb-server ;;
        vswitchd) echo ovs-vswitchd ;;
        server) echo ovs-l3ha-server ;;
        agent) echo ovs-l3ha-agent ;;
        metadata) echo python3 ;;
    esac
}

# service_pid SERVICE: prints the pid on this host if the service runs.
service_pid () {
    local pidfile pid comm
    pidfile=$(service_pidfile "$1") || return
    { read -r pid < "$pidfile" && read -r comm < "/proc/$pid/comm"; } \
        2>/dev/null || return 1
    [ "$comm" = "$(service_comm "$1")" ] && start_time "$pid" > /dev/null \
        && echo "$pid"
}

# create_db FILE SCHEMA...
create_db () {
    local file=$1 schema
    shift
    [ ! -e "$file" ] || return 0
    schema=$(find_file "$@") && ovsdb-tool create "$file" "$schema"
}

# The agent's settings in its Open vSwitch, as an operator makes them.
agent_configure () {
    local roles=l2 address
    case $host in
        network*) roles=l2,l3,dhcp,metadata ;;
    esac
    address=$(host_address "$host" overlay)
    ovs-vsctl --timeout=10 --no-wait set Open_vSwitch . \
        external_ids:hostname="$host" \
        external_ids:l3ha-remote=tcp:192.0.2.10:6643 \
        external_ids:l3ha-encap-type='"vxlan,gre,geneve"' \
        external_ids:l3ha-encap-ip="${address%/*}" \
        external_ids:l3ha-bridge-mappings='"physnet1:br-ex"' \
        external_ids:l3ha-roles="\"$roles\""
}

# config_files: the scenario's files as options of our daemons.
config_files () {
    local file
    for file; do
        echo "--config-file=$state/etc/$file"
    done
}

service_start () {
    local dbdir=/var/lib/openvswitch vlog=${L3HA_VLOG:-file:info}
    local common=(--detach --no-chdir --pidfile -vconsole:off) priority=()
    if service_pid "$1" > /dev/null; then
        return 0
    fi
    case $1 in
        ovsdb)
            create_db $dbdir/conf.db \
                /usr/share/openvswitch/vswitch.ovsschema \
                /usr/local/share/openvswitch/vswitch.ovsschema || return
            ovsdb-server "${common[@]}" --log-file \
                --remote=punix:$rundir/db.sock $dbdir/conf.db || return
            ovs-vsctl --timeout=10 --no-wait init || return
            case $host in
                network*|compute*) agent_configure ;;
            esac ;;
        vswitchd)
            # As ovs-ctl(8) does, where that is allowed.
            if [ "$(nice -n -10 nice 2> /dev/null)" = -10 ]; then
                priority=(nice -n -10)
            fi
            "${priority[@]}" ovs-vswitchd "${common[@]}" --log-file \
                unix:$rundir/db.sock ;;
        db)
            create_db $dbdir/ovs-l3ha.db \
                "$top/lib/ovs-l3ha.ovsschema" \
                "$top/share/ovs-l3ha/ovs-l3ha.ovsschema" || return
            ovsdb-server --detach --no-chdir -vconsole:off \
                --pidfile=$rundir/l3hadb.pid \
                --unixctl=$rundir/l3hadb.ctl \
                --log-file=/var/log/openvswitch/l3hadb.log \
                --remote=punix:$rundir/l3hadb.sock \
                --remote=ptcp:6643:192.0.2.10 $dbdir/ovs-l3ha.db ;;
        server)
            # shellcheck disable=SC2046
            ovs-l3ha-server $(config_files neutron.conf ml2_conf.ini) \
                "${common[@]}" --log-file -v"$vlog" ;;
        agent)
            # shellcheck disable=SC2046
            ovs-l3ha-agent $(config_files neutron.conf ml2_conf.ini \
                                          l3_agent.ini metadata_agent.ini) \
                "${common[@]}" --log-file -v"$vlog" ;;
        metadata)
            (setsid python3 "$libdir/metadata-service.py" \
                "$state/etc/metadata_agent.ini" "$(service_pidfile "$1")" \
                < /dev/null > /dev/null \
                2>> /var/log/openvswitch/metadata-service.log &)
            service_await "$1" ;;
        *) echo "unknown service $1" >&2; return 1 ;;
    esac
}

# service_await SERVICE: waits until it runs.
service_await () {
    local i
    for ((i = 0; i < 250; i++)); do
        ! service_pid "$1" > /dev/null || return 0
        sleep 0.02
    done
    echo "$1 does not start"
    return 1
}

# service_end SERVICE SIGNAL: ends it and waits until it is gone.
service_end () {
    local pid i=0
    while pid=$(service_pid "$1"); do
        [ $((i % 250)) -ne 0 ] || kill "-$2" "$pid"
        i=$((i + 1))
        if [ $i -gt 500 ]; then
            echo "$1 (pid $pid) does not end" >&2
            return 1
        fi
        sleep 0.02
    done
}

service_restart () {
    service_end "$1" TERM && service_start "$1"
}

cmd_service () {
    [ $# -eq 3 ] || die "usage: service HOST NAME start|stop|kill|restart|pid"
    need_sandbox
    need_host "$1"
    case " $(host_services "$1") " in
        *" $2 "*) ;;
        *) die "service: $1 has: $(host_services "$1")" ;;
    esac
    case $3 in
        start) on_host "$1" service_start "$2" ;;
        stop) on_host "$1" service_end "$2" TERM ;;
        kill) on_host "$1" service_end "$2" KILL ;;
        restart) on_host "$1" service_restart "$2" ;;
        pid) on_host "$1" service_pid "$2" ;;
        *) die "service: unknown verb $3" ;;
    esac
}
