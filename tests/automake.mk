# Unit test commands, one file a module; see tests/l3ha-test.c.
check_PROGRAMS += tests/l3ha-test
tests_l3ha_test_SOURCES = \
	tests/l3ha-test.c \
	tests/l3ha-test.h \
	tests/test-backend.c \
	tests/test-backend.h \
	tests/test-backend-show.c \
	tests/test-config.c \
	tests/test-dhcp.c \
	tests/test-flow-table.c \
	tests/test-ipam.c \
	tests/test-metadata.c \
	tests/test-names.c \
	tests/test-router.c \
	tests/test-scheduler.c \
	tests/test-probe.c \
	tests/test-takeover.c
tests_l3ha_test_LDADD = \
	agent/libagent.la \
	metadata/libmetadata.la \
	ovs-plugin/libovsplugin.la \
	server/libserver.la \
	$(L3HA_LIBS) \
	$(LIBNL_LIBS) \
	$(LIBCURL_LIBS)

# "make check": no root needed.
TESTSUITE_AT = \
	tests/testsuite.at \
	tests/l3ha-macros.at \
	tests/api-macros.at \
	tests/api-lists.at \
	tests/api-clients.at \
	tests/api-keystone.at \
	tests/api.at \
	tests/api-qos.at \
	tests/api-pools.at \
	tests/api-quotas.at \
	tests/api-security.at \
	tests/api-nat.at \
	tests/api-routers.at \
	tests/config.at \
	tests/ctl.at \
	tests/ctl-formats.at \
	tests/dhcp.at \
	tests/firewall.at \
	tests/flow-table.at \
	tests/ha.at \
	tests/howto.at \
	tests/ipam.at \
	tests/keystone.at \
	tests/l2-macros.at \
	tests/l2.at \
	tests/manuals.at \
	tests/metadata.at \
	tests/metrics.at \
	tests/names.at \
	tests/policy.at \
	tests/router.at \
	tests/scheduler.at \
	tests/services.at \
	tests/schema.at \
	tests/segment.at \
	tests/probe.at \
	tests/takeover.at
# "make check-system": root, real daemons in namespaces of their own.
SYSTEM_TESTSUITE_AT = \
	tests/system-testsuite.at \
	tests/system-macros.at \
	tests/system-check.at \
	tests/system-dhcp.at \
	tests/system-features.at \
	tests/system-ipv6.at \
	tests/system-nat.at \
	tests/system-failover.at \
	tests/system-firewall.at \
	tests/system-l2.at \
	tests/system-l3.at \
	tests/system-guest.at \
	tests/system-howto.at \
	tests/system-metadata.at \
	tests/system-router.at \
	tests/system-sandbox.at

dist_noinst_SCRIPTS += tests/howto-blocks tests/howto-commands tests/packages \
	tests/packages-boot
EXTRA_DIST += \
	tests/packages-rpm.sh \
	tests/packages-steps.sh \
	tests/packages-systemd.sh

# "make check-packages": root; Debian packages, installed and upgraded on bare
# systems as Documentation/howto/install.md says.  Some minutes and a mirror of
# Debian, so it is not part of "check".
.PHONY: check-packages
check-packages: dist
	'$(abs_srcdir)/tests/packages' '$(distdir).tar.gz' || test $$? = 77
EXTRA_DIST += \
	$(TESTSUITE_AT) \
	$(SYSTEM_TESTSUITE_AT) \
	tests/api-race.py \
	tests/api-restart.py \
	tests/fake-openstack.py \
	tests/guest/init \
	tests/guest/udhcpc.script \
	tests/atlocal.in \
	tests/firewall-frames.py \
	tests/no-meters.py \
	tests/tcp-echo.py \
	tests/udp-flow.py \
	tests/metadata-guest.py \
	tests/tcp-lines.py \
	tests/whoami.py \
	tests/l2-announce.py \
	tests/l2-announce.sh \
	tests/l2-functions.sh

AUTOTEST_PATH = tests:utilities:agent:metadata:server
AUTOTEST = autom4te --language=autotest
AUTOTEST_I = -I tests -I $(srcdir) -I $(OVS_SRC)/tests -I $(OVS_SRC)

tests/package.m4: $(top_srcdir)/configure.ac
	$(AM_V_GEN)$(MKDIR_P) tests && { \
	echo 'm4_define([AT_PACKAGE_NAME], [$(PACKAGE_NAME)])' && \
	echo 'm4_define([AT_PACKAGE_TARNAME], [$(PACKAGE_TARNAME)])' && \
	echo 'm4_define([AT_PACKAGE_VERSION], [$(PACKAGE_VERSION)])' && \
	echo 'm4_define([AT_PACKAGE_STRING], [$(PACKAGE_STRING)])' && \
	echo 'm4_define([AT_PACKAGE_BUGREPORT], [$(PACKAGE_BUGREPORT)])'; \
	} > $@
CLEANFILES += tests/package.m4 tests/testsuite tests/system-testsuite

tests/testsuite: tests/package.m4 $(TESTSUITE_AT)
	$(AM_V_GEN)$(AUTOTEST) $(AUTOTEST_I) -o $@.tmp \
		$(srcdir)/tests/testsuite.at && mv $@.tmp $@
tests/system-testsuite: tests/package.m4 $(SYSTEM_TESTSUITE_AT)
	$(AM_V_GEN)$(AUTOTEST) $(AUTOTEST_I) -o $@.tmp \
		$(srcdir)/tests/system-testsuite.at && mv $@.tmp $@

check_DATA += tests/testsuite
TESTSUITEFLAGS =
check-local: tests/testsuite
	set env --default-signal=PIPE $(SHELL) \
		'$(abs_builddir)/tests/testsuite' -C tests \
		AUTOTEST_PATH=$(AUTOTEST_PATH) $(TESTSUITEFLAGS); \
	"$$@" || (test X'$(RECHECK)' = Xyes && "$$@" --recheck)

.PHONY: check-system
check-system: all $(check_PROGRAMS) tests/system-testsuite
	set env --default-signal=PIPE $(SHELL) \
		'$(abs_builddir)/tests/system-testsuite' -C tests \
		AUTOTEST_PATH=$(AUTOTEST_PATH) $(TESTSUITEFLAGS); \
	"$$@" || (test X'$(RECHECK)' = Xyes && "$$@" --recheck)

clean-local:
	test ! -f tests/testsuite || \
		$(SHELL) tests/testsuite -C tests --clean
	test ! -f tests/system-testsuite || \
		$(SHELL) tests/system-testsuite -C tests --clean

# Fuzz targets: configure with CC=clang --enable-fuzz, then run for example
# "tests/fuzz/fuzz-config -max_total_time=60 CORPUS/".  What is fuzzed is
# compiled into the target once more, with coverage.
FUZZ_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_LINK_FLAGS = -fsanitize=fuzzer,address,undefined
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz-config
noinst_PROGRAMS += tests/fuzz/fuzz-api
noinst_PROGRAMS += tests/fuzz/fuzz-md-request
noinst_PROGRAMS += tests/fuzz/fuzz-query
endif
EXTRA_PROGRAMS = tests/fuzz/fuzz-config tests/fuzz/fuzz-api \
	tests/fuzz/fuzz-md-request tests/fuzz/fuzz-query
tests_fuzz_fuzz_api_SOURCES = \
	tests/fuzz/fuzz-api.c \
	$(server_libserver_la_SOURCES)
tests_fuzz_fuzz_api_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_api_LDFLAGS = $(FUZZ_LINK_FLAGS)
tests_fuzz_fuzz_api_LDADD = \
	$(L3HA_LIBS) \
	$(MICROHTTPD_LIBS) \
	$(LIBCURL_LIBS)
EXTRA_DIST += tests/fuzz/fuzz-api.dict tests/fuzz/fuzz-api.seeds
tests_fuzz_fuzz_config_SOURCES = \
	tests/fuzz/fuzz-config.c \
	lib/l3ha-config.c \
	lib/l3ha-options.c
tests_fuzz_fuzz_config_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK_FLAGS)
tests_fuzz_fuzz_config_LDADD = $(L3HA_LIBS)
tests_fuzz_fuzz_md_request_SOURCES = \
	tests/fuzz/fuzz-md-request.c \
	metadata/request.c
tests_fuzz_fuzz_md_request_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_md_request_LDFLAGS = $(FUZZ_LINK_FLAGS)
tests_fuzz_fuzz_md_request_LDADD = $(L3HA_LIBS)
tests_fuzz_fuzz_query_SOURCES = \
	tests/fuzz/fuzz-query.c \
	server/query.c
tests_fuzz_fuzz_query_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_query_LDFLAGS = $(FUZZ_LINK_FLAGS)
tests_fuzz_fuzz_query_LDADD = $(L3HA_LIBS)

# "make bench": root, prints figures.  BENCHFLAGS are for one of them.
BENCH = api routers busy floating-ips dhcp l2 failover
check_PROGRAMS += tests/bench/api-load
tests_bench_api_load_SOURCES = tests/bench/api-load.c
tests_bench_api_load_LDADD = $(L3HA_LIBS)
dist_noinst_SCRIPTS += \
	tests/bench/api \
	tests/bench/busy \
	tests/bench/dhcp \
	tests/bench/failover \
	tests/bench/floating-ips \
	tests/bench/icmp-probe.py \
	tests/bench/l2 \
	tests/bench/routers \
	tests/bench/tcp-load.py \
	tests/bench/wire.py \
	tests/guest/make-guest
EXTRA_DIST += tests/bench/functions.sh
.PHONY: bench
bench: all $(check_PROGRAMS)
	b='$(abs_builddir)'; s='$(abs_srcdir)'; \
	L3HA_BINDIR=$$b/agent:$$b/metadata:$$b/server:$$b/utilities; \
	PATH=$$b/tests/bench:$$L3HA_BINDIR:$$s/utilities:$$PATH; \
	L3HA_SRCDIR=$$s; PYTHON3='$(PYTHON3)'; \
	export L3HA_BINDIR PATH L3HA_SRCDIR PYTHON3; \
	for bench in $(BENCH); do \
		$$s/tests/bench/$$bench $(BENCHFLAGS) || exit; \
	done
