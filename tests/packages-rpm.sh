# shellcheck shell=bash disable=SC2154,SC2016
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
#
# What tests/packages does with rhel/ovs-l3ha.spec: Debian's rpm builds
# packages, which have the same files as Debian's and take their place on the
# node of tests/packages-systemd.sh.  What they depend on has other names than
# Debian's packages, so nobody looks at that here.

# build_rpm: from the tarball, to $work/rpm.
build_rpm () {
    HOME=/nonexistent unshare -n rpmbuild -ta --nodeps \
        --define "_topdir $work/rpmbuild" --define "_rpmdir $work/rpm" \
        --define "ovs_cache $cache/openvswitch" "$tarball" \
        && rm -r "$work/rpmbuild"
}

# rpm_same_files PACKAGE: those of Debian's package, apart from what Debian and
# Red Hat want to be different.
rpm_same_files () {
    dpkg-deb --fsys-tarfile "$work/1/$1"_*.deb | tar t \
        | sed -n -e '\,/$,d' -e 's,^\.\(/lib/systemd/\),/usr\1,p' -e t \
              -e 's,^\.,,p' \
        | grep -v ^/usr/share/doc/ | sed 's/\.gz$//' | sort > "$work/files.deb"
    rpm -qp --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' \
            "$work"/rpm/*/"$1"-*.rpm \
        | sed -n '/^d/d; s/^[^ ]* //p' \
        | grep -v -e ^/usr/share/doc/ -e ^/usr/share/licenses/ \
              -e /.build-id -e openvswitch-user.conf \
        | sed 's/\.gz$//' | sort > "$work/files.rpm"
    [ -s "$work/files.rpm" ] && diff "$work/files.deb" "$work/files.rpm"
}

steps_rpm_build () {
    local package
    check "rpm: packages are built without a network" build_rpm
    for package in common server agent sandbox; do
        check "rpm: $package has the same files as Debian's" \
            rpm_same_files ovs-l3ha-$package
    done
}

# The routers of the removed agent run on all the time.
steps_rpm_install () {
    local daemon agent server
    check "rpm: packages" node_packages "$work"/rpm/*/*.rpm
    check "rpm: install" node sh -ec 'cd /packages && rpm -i --nodeps *.rpm'
    check "rpm: nothing is started" \
        node sh -c '! systemctl is-active ovs-l3ha-db ovs-l3ha-server \
                                          ovs-l3ha-agent'
    # As Red Hat's Open vSwitch has it.
    check "rpm: sockets in the directory of another user" \
        node chown nobody /run/openvswitch
    for daemon in db server agent; do
        check "rpm: ovs-l3ha-$daemon starts" \
            node systemctl enable --now ovs-l3ha-$daemon
    done
    await 30 "rpm: the agent knows the router" node sh -c \
        'ovs-l3ha-ctl -t 30 --wait=agents sync && ovs-l3ha-ctl router-list \
            | grep MyRouter'
    children_stay "rpm"
    server=$(main_pid server) agent=$(main_pid agent)
    check "rpm: upgrade" \
        node sh -ec 'cd /packages && rpm -U --replacepkgs --nodeps *.rpm'
    check "rpm: the server is another" restarted server "$server"
    check "rpm: the agent is another" restarted agent "$agent"
    children_stay "rpm: upgrade"
    check "rpm: remove" node sh -ec 'rpm -e --nodeps $(rpm -qa "ovs-l3ha*")'
    check "rpm: nothing but the database is left" daemons_gone
    children_stay "rpm: remove"
}
