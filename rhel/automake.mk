EXTRA_DIST += rhel/openvswitch-user.conf rhel/ovs-l3ha.spec
