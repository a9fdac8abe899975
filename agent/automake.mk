# Everything but main(), so that unit tests can link it.
noinst_LTLIBRARIES += agent/libagent.la
agent_libagent_la_SOURCES = \
	agent/agent-row.c \
	agent/agent-row.h \
	agent/agent.h \
	agent/child.c \
	agent/child.h \
	agent/conntrackd.c \
	agent/conntrackd.h \
	agent/ct-flush.c \
	agent/ct-flush.h \
	agent/dhcp-config.c \
	agent/dhcp-config.h \
	agent/dhcp-desired.c \
	agent/dhcp-desired.h \
	agent/dhcp-files.c \
	agent/dhcp-leases.c \
	agent/dhcp-leases.h \
	agent/dhcp-links.c \
	agent/dhcp-links.h \
	agent/dhcp-net.c \
	agent/dhcp-net.h \
	agent/dhcp.c \
	agent/dhcp.h \
	agent/failover-cause.c \
	agent/failover-cause.h \
	agent/failover.c \
	agent/failover.h \
	agent/fip-report.c \
	agent/fip-report.h \
	agent/announce.c \
	agent/announce.h \
	agent/frame.c \
	agent/frame.h \
	agent/handover.c \
	agent/handover.h \
	agent/keepalived.c \
	agent/keepalived.h \
	agent/l2-security.c \
	agent/l2-security.h \
	agent/l2.c \
	agent/l2.h \
	agent/l3.c \
	agent/l3.h \
	agent/metadata-socket.c \
	agent/metadata-socket.h \
	agent/metadata.c \
	agent/metadata.h \
	agent/monitor.c \
	agent/monitor.h \
	agent/nat.c \
	agent/nat.h \
	agent/netns.c \
	agent/netns.h \
	agent/nl-link.c \
	agent/nl-link.h \
	agent/plug.c \
	agent/plug.h \
	agent/qos.c \
	agent/qos.h \
	agent/radvd.c \
	agent/radvd.h \
	agent/router-config.c \
	agent/router-config.h \
	agent/router-desired.c \
	agent/router-desired.h \
	agent/router-links.c \
	agent/router-links.h \
	agent/router-report.c \
	agent/router-report.h \
	agent/router.c \
	agent/router.h \
	agent/ruleset.c \
	agent/ruleset.h \
	agent/settings.c \
	agent/settings.h \
	agent/sysctl.c \
	agent/sysctl.h \
	agent/takeover.c \
	agent/takeover.h \
	agent/text-file.c \
	agent/text-file.h \
	agent/vrrp-advert.c \
	agent/vrrp-advert.h

sbin_PROGRAMS += agent/ovs-l3ha-agent
agent_ovs_l3ha_agent_SOURCES = agent/ovs-l3ha-agent.c
agent_ovs_l3ha_agent_LDADD = \
	agent/libagent.la \
	metadata/libmetadata.la \
	ovs-plugin/libovsplugin.la \
	$(L3HA_LIBS) \
	$(LIBNL_LIBS) \
	$(LIBMNL_LIBS) \
	$(MICROHTTPD_LIBS) \
	$(JSONC_LIBS)
