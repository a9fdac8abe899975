bin_PROGRAMS += utilities/ovs-l3ha-ctl
utilities_ovs_l3ha_ctl_SOURCES = \
	utilities/ctl-check.c \
	utilities/ctl-check.h \
	utilities/ctl-commands.c \
	utilities/ctl-commands.h \
	utilities/ctl-events.c \
	utilities/ctl-events.h \
	utilities/ctl-failover.c \
	utilities/ctl-failover.h \
	utilities/ctl-faults.c \
	utilities/ctl-faults.h \
	utilities/ctl-orphans.c \
	utilities/ctl-orphans.h \
	utilities/ctl-rows.c \
	utilities/ctl-rows.h \
	utilities/ctl-show.c \
	utilities/ctl-show.h \
	utilities/ctl-topology.c \
	utilities/ctl-topology.h \
	utilities/ctl-trace.c \
	utilities/ctl-trace.h \
	utilities/ovs-l3ha-ctl.c
utilities_ovs_l3ha_ctl_LDADD = $(L3HA_LIBS)

dist_bin_SCRIPTS += \
	utilities/ovs-l3ha-demo \
	utilities/ovs-l3ha-sandbox
sandboxdir = $(pkgdatadir)/sandbox
dist_sandbox_DATA = \
	utilities/sandbox/hosts.sh \
	utilities/sandbox/metadata-service.py \
	utilities/sandbox/services.sh \
	utilities/sandbox/start.sh \
	utilities/sandbox/state.sh \
	utilities/sandbox/vm.sh

# Service management: l3ha-ctl where there is no systemd, units for where
# there is; packages put the latter in place.
scriptsdir = $(pkgdatadir)/scripts
dist_scripts_SCRIPTS = utilities/l3ha-ctl
completiondir = $(datadir)/bash-completion/completions
EXTRA_DIST += \
	utilities/ovs-l3ha-ctl-completion.bash \
	utilities/ovs-l3ha.logrotate \
	utilities/systemd/ovs-l3ha.tmpfiles \
	utilities/systemd/ovs-l3ha-agent.service \
	utilities/systemd/ovs-l3ha-db.service \
	utilities/systemd/ovs-l3ha-server.service
install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(completiondir)'
	$(INSTALL_DATA) '$(srcdir)/utilities/ovs-l3ha-ctl-completion.bash' \
		'$(DESTDIR)$(completiondir)/ovs-l3ha-ctl'
uninstall-hook:
	rm -f '$(DESTDIR)$(completiondir)/ovs-l3ha-ctl'
