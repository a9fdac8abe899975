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

EXTRA_DIST += \
	Documentation/howto/failover.md \
	Documentation/howto/install.md \
	Documentation/howto/keystone.md \
	Documentation/howto/maintenance.md \
	Documentation/ref/ovs-l3ha.conf.5.in \
	Documentation/topics/architecture.md
