# Everything that knows Open vSwitch's database and OpenFlow.
noinst_LTLIBRARIES += ovs-plugin/libovsplugin.la
ovs_plugin_libovsplugin_la_SOURCES = \
	ovs-plugin/actions.c \
	ovs-plugin/firewall.c \
	ovs-plugin/firewall.h \
	ovs-plugin/flow-table.c \
	ovs-plugin/flow-table.h \
	ovs-plugin/learned.c \
	ovs-plugin/learned.h \
	ovs-plugin/links.c \
	ovs-plugin/links.h \
	ovs-plugin/meters.c \
	ovs-plugin/meters.h \
	ovs-plugin/of-conn.c \
	ovs-plugin/of-conn.h \
	ovs-plugin/ofports.c \
	ovs-plugin/ofports.h \
	ovs-plugin/ovs-plugin.c \
	ovs-plugin/ovs-plugin.h \
	ovs-plugin/peers.c \
	ovs-plugin/peers.h \
	ovs-plugin/pipeline-model.h \
	ovs-plugin/pipeline-private.h \
	ovs-plugin/pipeline-query.c \
	ovs-plugin/pipeline-run.c \
	ovs-plugin/pipeline-show.c \
	ovs-plugin/pipeline.c \
	ovs-plugin/pipeline.h \
	ovs-plugin/plugged.c \
	ovs-plugin/plugged.h \
	ovs-plugin/stage-arp-nd.c \
	ovs-plugin/stage-classify.c \
	ovs-plugin/stage-firewall.c \
	ovs-plugin/stage-flood.c \
	ovs-plugin/stage-l2-lookup.c \
	ovs-plugin/stage-learn.c \
	ovs-plugin/stage-output.c \
	ovs-plugin/stage-port-security.c \
	ovs-plugin/stage-rules.c \
	ovs-plugin/switch.c \
	ovs-plugin/switch.h \
	ovs-plugin/trace-explain.c \
	ovs-plugin/trace.c \
	ovs-plugin/trace.h \
	ovs-plugin/zones.c \
	ovs-plugin/zones.h
