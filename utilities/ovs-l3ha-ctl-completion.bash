# bash completion for ovs-l3ha-ctl                         -*- shell-script -*-
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# What there is to complete, the program says itself: "--commands" and
# "--options" cannot drift from what it does.

# Sets COMPREPLY to those of the words in $1 that begin as the current one.
_ovs_l3ha_ctl_reply () {
    local IFS=$' \t\n'
    COMPREPLY=($(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}"))
}

_ovs_l3ha_ctl () {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local word i command='' n=0
    COMPREPLY=()
    # An option's "=" is a word of its own.
    if [ "$prev" = = ]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    elif [ "$cur" = = ]; then
        return
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            -t|-f|-d|-v|-p|-c|-C) i=$((i + 1)) ;;
            -*)
                if [ "${COMP_WORDS[i+1]}" = = ]; then
                    i=$((i + 2))
                elif [[ $word =~ ^--(db|timeout|format|data|wait)$ ]]; then
                    i=$((i + 1))
                fi ;;
            *)
                if [ -z "$command" ]; then
                    command=$word
                else
                    n=$((n + 1))
                fi ;;
        esac
    done
    case $prev,$cur in
        --format,*|-f,*) _ovs_l3ha_ctl_reply 'table list html csv json' ;;
        --wait,*) _ovs_l3ha_ctl_reply 'none agents' ;;
        *,-*)
            _ovs_l3ha_ctl_reply "$(ovs-l3ha-ctl --options 2>/dev/null \
                | sed 's/[= ].*//')" ;;
        *)
            if [ -z "$command" ]; then
                _ovs_l3ha_ctl_reply "$(ovs-l3ha-ctl --commands 2>/dev/null \
                    | cut -d, -f2)"
            else
                _ovs_l3ha_ctl_argument "$command" $n
            fi ;;
    esac
}

# _ovs_l3ha_ctl_argument COMMAND N: its Nth argument, counted from 0.
_ovs_l3ha_ctl_argument () {
    case $1,$2 in
        drain,0|undrain,0|router-failover,1) _ovs_l3ha_ctl_names Agent host ;;
        router-*,0|events,0) _ovs_l3ha_ctl_names Router name ;;
        trace,0) _ovs_l3ha_ctl_names Port name ;;
        list,0|find,0|get,0|set,0|add,0|remove,0|clear,0|create,0\
        |destroy,0|wait-until,0)
            _ovs_l3ha_ctl_reply "$(ovs-l3ha-ctl --help 2>/dev/null \
                | sed -n 's/^  \([A-Z][A-Za-z_]*\):$/\1/p')" ;;
    esac
}

# _ovs_l3ha_ctl_names TABLE COLUMN: as far as the database can be asked.
_ovs_l3ha_ctl_names () {
    _ovs_l3ha_ctl_reply "$(ovs-l3ha-ctl -t 1 --bare --columns="$2" list "$1" \
        2>/dev/null)"
}

complete -F _ovs_l3ha_ctl ovs-l3ha-ctl
