# Everything that knows Open vSwitch's database and OpenFlow.
noinst_LTLIBRARIES += ovs-plugin/libovsplugin.la
ovs_plugin_libovsplugin_la_SOURCES = \
	ovs-plugin/ovs-plugin.c \
	ovs-plugin/ovs-plugin.h
