# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# What the benchmarks have in common; sourced by them.
# shellcheck shell=bash disable=SC2015

die () {
    echo "bench: $*" >&2
    exit 1
}

api () {
    ovs-l3ha-sandbox api "$@"
}

# now: microseconds.
now () {
    echo "${EPOCHREALTIME/./}"
}

ms () {
    echo $((($2 - $1) / 1000))
}

# bench_end: what there is to do when this process ends.
bench_end () {
    ovs-l3ha-sandbox stop
    if [ -n "${inotify_before-}" ]; then
        echo "$inotify_before" > "$inotify_limit"
    fi
}

# many_processes: lets very many processes follow files, as the agent does
# outside of a sandbox, until bench_end: it is a limit of the whole machine.
many_processes () {
    inotify_limit=/proc/sys/fs/inotify/max_user_instances
    inotify_before=$(cat $inotify_limit) && echo 65536 > $inotify_limit \
        || die "$inotify_limit cannot be raised"
}

# bench_sandbox [OPTION...]: a sandbox of its own, which goes away with this
# process.
bench_sandbox () {
    [ "$(id -u)" = 0 ] || die "needs root"
    L3HA_SANDBOX=bench-$$
    export L3HA_SANDBOX
    trap bench_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    ovs-l3ha-sandbox start "$@" || die "no sandbox"
}

# public_network: makes it and prints its id.
public_network () {
    local public
    public=$(api POST /networks '{"network": {"name": "public",
        "router:external": true, "provider:network_type": "flat",
        "provider:physical_network": "physnet1"}}' | jq -re .network.id) \
        || die "no public network"
    api POST /subnets '{"subnet": {"network_id": "'"$public"'",
        "ip_version": 4, "cidr": "172.16.0.0/24", "gateway_ip": "172.16.0.5",
        "enable_dhcp": false}}' > /dev/null || die "no public subnet"
    echo "$public"
}

# create_routers FIRST LAST PUBLIC: makes highly available routers, each with
# a tenant network 10.I.0.0/24 and a gateway.  To be run on the controller, so
# that the calls follow each other as fast as the server answers.
create_routers () {
    local i net subnet router
    # call METHOD PATH BODY: prints the id of the answer, if it has one.
    call () {
        local answer
        answer=$(curl -sS --fail-with-body --noproxy '*' -X "$1" \
                     --data-binary "$3" "$OS_ENDPOINT/v2.0$2") \
            || { echo "$1 $2: $answer" >&2; return 1; }
        jq -r '.[] | .id? // empty' <<< "$answer"
    }
    for ((i = $1; i <= $2; i++)); do
        net=$(call POST /networks '{"network": {"name": "net'$i'"}}') \
            && subnet=$(call POST /subnets '{"subnet": {"ip_version": 4,
                "network_id": "'"$net"'", "cidr": "10.'$i'.0.0/24",
                "enable_dhcp": false}}') \
            && router=$(call POST /routers '{"router": {"ha": true,
                "name": "router'$i'", "external_gateway_info":
                {"network_id": "'"$3"'"}}}') \
            && call PUT "/routers/$router/add_router_interface" \
                '{"subnet_id": "'"$subnet"'"}' \
            || die "router $i could not be made"
    done
}

# copies: "ROUTER HOST STATE" of all copies, asked on the controller in one
# transaction, which is cheaper than the API.
copies () {
    ovs-l3ha-sandbox exec controller -- ovsdb-client transact \
        unix:/var/run/openvswitch/l3hadb.sock \
        '["OVS_L3HA", {"op": "select", "table": "Router_Instance",
          "where": [], "columns": ["router", "host", "state"]}]' \
        | jq -r '.[0].rows[] | .router[1] + " " + .host + " "
                 + (.state | if type == "string" then . else "unknown" end)'
}

# settled NUMBER: do NUMBER routers have exactly one active copy and one that
# stands by each?
settled () {
    copies | sort | awk -v n="$1" '
        { states[$1] = states[$1] " " $3 }
        END {
            for (r in states) {
                good += states[r] ~ /^( active standby| standby active)$/
                all++
            }
            exit !(good == n && all == n)
        }'
}

# await SECONDS WHAT COMMAND...
await () {
    local limit=$1 what=$2 begin
    shift 2
    begin=$(now)
    until "$@"; do
        [ $(($(now) - begin)) -lt $((limit * 1000000)) ] \
            || die "$what: not within $limit s"
        sleep 0.1
    done
}
