dist_man_MANS += \
	Documentation/ref/l3ha-ctl.8 \
	Documentation/ref/ovs-l3ha-agent.8 \
	Documentation/ref/ovs-l3ha-ctl.8 \
	Documentation/ref/ovs-l3ha-demo.8 \
	Documentation/ref/ovs-l3ha-pipeline.7 \
	Documentation/ref/ovs-l3ha-metadata.8 \
	Documentation/ref/ovs-l3ha-sandbox.8 \
	Documentation/ref/ovs-l3ha-server.8

# ovs-l3ha.conf(5) lists the options from the table that the programs use.
noinst_PROGRAMS += Documentation/ref/print-options
Documentation_ref_print_options_SOURCES = Documentation/ref/print-options.c
Documentation_ref_print_options_LDADD = $(L3HA_LIBS)
man_MANS += Documentation/ref/ovs-l3ha.conf.5
CLEANFILES += Documentation/ref/ovs-l3ha.conf.5
Documentation/ref/ovs-l3ha.conf.5: \
		Documentation/ref/ovs-l3ha.conf.5.in \
		Documentation/ref/print-options$(EXEEXT)
	$(AM_V_GEN)Documentation/ref/print-options$(EXEEXT) > $@.options && \
	sed -e 's/@VERSION@/$(VERSION)/' -e '/^@OPTIONS@$$/{' \
		-e 'r $@.options' -e 'd' -e '}' \
		$(srcdir)/Documentation/ref/ovs-l3ha.conf.5.in > $@.tmp && \
	rm $@.options && mv $@.tmp $@

# The same for ovs-l3ha-metrics(7).
noinst_PROGRAMS += Documentation/ref/print-metrics
Documentation_ref_print_metrics_SOURCES = Documentation/ref/print-metrics.c
Documentation_ref_print_metrics_LDADD = $(L3HA_LIBS)
man_MANS += Documentation/ref/ovs-l3ha-metrics.7
CLEANFILES += Documentation/ref/ovs-l3ha-metrics.7
Documentation/ref/ovs-l3ha-metrics.7: \
		Documentation/ref/ovs-l3ha-metrics.7.in \
		Documentation/ref/print-metrics$(EXEEXT)
	$(AM_V_GEN)Documentation/ref/print-metrics$(EXEEXT) > $@.metrics && \
	sed -e 's/@VERSION@/$(VERSION)/' -e 's,@pkgdatadir@,$(pkgdatadir),' \
		-e '/^@METRICS@$$/{' -e 'r $@.metrics' -e 'd' -e '}' \
		$(srcdir)/Documentation/ref/ovs-l3ha-metrics.7.in > $@.tmp && \
	rm $@.metrics && mv $@.tmp $@
pkgdata_DATA += Documentation/alerts.yml

EXTRA_DIST += \
	Documentation/alerts.yml \
	Documentation/howto/debug.md \
	Documentation/howto/failover.md \
	Documentation/howto/install.md \
	Documentation/howto/keystone.md \
	Documentation/howto/maintenance.md \
	Documentation/howto/migrate.md \
	Documentation/howto/raft.md \
	Documentation/howto/sizing.md \
	Documentation/howto/tls.md \
	Documentation/ref/ovs-l3ha-metrics.7.in \
	Documentation/ref/ovs-l3ha.conf.5.in \
	Documentation/topics/architecture.md
