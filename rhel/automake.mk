EXTRA_DIST += rhel/ovs-l3ha.spec
