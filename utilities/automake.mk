bin_PROGRAMS += utilities/ovs-l3ha-ctl
utilities_ovs_l3ha_ctl_SOURCES = \
	utilities/ctl-commands.c \
	utilities/ctl-commands.h \
	utilities/ctl-failover.c \
	utilities/ctl-failover.h \
	utilities/ctl-rows.c \
	utilities/ctl-rows.h \
	utilities/ovs-l3ha-ctl.c
utilities_ovs_l3ha_ctl_LDADD = $(L3HA_LIBS)

dist_bin_SCRIPTS += \
	utilities/ovs-l3ha-demo \
	utilities/ovs-l3ha-sandbox
sandboxdir = $(pkgdatadir)/sandbox
dist_sandbox_DATA = \
	utilities/sandbox/hosts.sh \
	utilities/sandbox/services.sh \
	utilities/sandbox/start.sh \
	utilities/sandbox/state.sh \
	utilities/sandbox/vm.sh
