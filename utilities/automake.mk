bin_PROGRAMS += utilities/ovs-l3ha-ctl
utilities_ovs_l3ha_ctl_SOURCES = \
	utilities/ctl-commands.c \
	utilities/ctl-commands.h \
	utilities/ovs-l3ha-ctl.c
utilities_ovs_l3ha_ctl_LDADD = $(L3HA_LIBS)
