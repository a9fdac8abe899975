# bash completion for ovs-l3ha-ctl                         -*- shell-script -*-
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# What there is to complete, the program says itself: "--commands" and
# "--options" cannot drift from what it does.

_ovs_l3ha_ctl () {
    local cur=${COMP_WORDS[COMP_CWORD]} word i command=
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            -t|--timeout|--db|-f|--format) i=$((i + 1)) ;;
            -*|=) ;;
            *) command=$word; break ;;
        esac
    done
    case $cur in
        -*)
            COMPREPLY=($(compgen -W "$(ovs-l3ha-ctl --options 2>/dev/null \
                | cut -d= -f1)" -- "$cur")) ;;
        *)
            if [ -z "$command" ]; then
                COMPREPLY=($(compgen -W "$(ovs-l3ha-ctl --commands \
                    2>/dev/null | cut -d, -f2)" -- "$cur"))
            else
                _ovs_l3ha_ctl_argument "$command"
            fi ;;
    esac
}

# Names of hosts and routers, as far as the database can be asked.
_ovs_l3ha_ctl_argument () {
    local table= column=
    case $1 in
        drain|undrain) table=Agent column=host ;;
        router-*) table=Router column=name ;;
        list|find|get|set|add|remove|clear|create|destroy|wait-until)
            COMPREPLY=($(compgen -W 'Global Agent Network Subnet Port Router
                Router_Instance HA_Network VRRP_Group IP_Allocation
                Floating_IP Port_Forwarding Security_Group
                Security_Group_Rule Address_Group DHCP_Instance QoS_Policy
                QoS_Rule' -- "${COMP_WORDS[COMP_CWORD]}"))
            return ;;
        *) return ;;
    esac
    COMPREPLY=($(compgen -W "$(ovs-l3ha-ctl -t 1 --bare \
        --columns=$column list $table 2>/dev/null)" \
        -- "${COMP_WORDS[COMP_CWORD]}"))
}

complete -F _ovs_l3ha_ctl ovs-l3ha-ctl
