noinst_LTLIBRARIES += lib/libl3ha.la
lib_libl3ha_la_SOURCES = \
	lib/l3ha-config.c \
	lib/l3ha-config.h \
	lib/l3ha-curl.c \
	lib/l3ha-curl.h \
	lib/l3ha-exporter.c \
	lib/l3ha-exporter.h \
	lib/l3ha-metrics.c \
	lib/l3ha-metrics.h \
	lib/l3ha-names.c \
	lib/l3ha-names.h \
	lib/l3ha-options.c \
	lib/l3ha-options.h \
	lib/l3ha-systemd.c \
	lib/l3ha-systemd.h
nodist_lib_libl3ha_la_SOURCES = \
	lib/l3ha-idl.c \
	lib/l3ha-idl.h

# What every program links after its own libraries.
L3HA_LIBS = lib/libl3ha.la $(OVS_LIBS) $(INIH_LIBS) $(SYSTEMD_LIBS)

EXTRA_DIST += \
	lib/ovs-l3ha.ovsschema \
	lib/ovs-l3ha.xml \
	lib/l3ha-idl.ann
pkgdata_DATA += lib/ovs-l3ha.ovsschema

BUILT_SOURCES += lib/l3ha-idl.c lib/l3ha-idl.h
CLEANFILES += lib/l3ha-idl.c lib/l3ha-idl.h lib/l3ha-idl.ovsidl

lib/l3ha-idl.ovsidl: lib/ovs-l3ha.ovsschema lib/l3ha-idl.ann
	$(AM_V_GEN)$(MKDIR_P) lib && \
	$(OVSDB_IDLC) annotate $(srcdir)/lib/ovs-l3ha.ovsschema \
		$(srcdir)/lib/l3ha-idl.ann > $@.tmp && mv $@.tmp $@
lib/l3ha-idl.c: lib/l3ha-idl.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-source $< > $@.tmp && mv $@.tmp $@
lib/l3ha-idl.h: lib/l3ha-idl.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-header $< > $@.tmp && mv $@.tmp $@

# ovs-l3ha(5).  Building it fails if a table or column is not documented, or
# if one that is documented does not exist.
man_MANS += lib/ovs-l3ha.5
CLEANFILES += lib/ovs-l3ha.5
lib/ovs-l3ha.5: lib/ovs-l3ha.xml lib/ovs-l3ha.ovsschema
	$(AM_V_GEN)$(MKDIR_P) lib && \
	$(OVSDB_DOC) --version=$(VERSION) $(srcdir)/lib/ovs-l3ha.ovsschema \
		$(srcdir)/lib/ovs-l3ha.xml > $@.tmp && \
	sed '/^\.TH /{s/"Open vSwitch /"ovs-l3ha /;s/Open vSwitch M/ovs-l3ha M/;}' \
		$@.tmp > $@.tmp2 && rm $@.tmp && mv $@.tmp2 $@
