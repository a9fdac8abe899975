# Everything but main(), so that unit tests can link it.
noinst_LTLIBRARIES += server/libserver.la
server_libserver_la_SOURCES = \
	server/agents.c \
	server/agents.h \
	server/api.c \
	server/api.h \
	server/api-call.h \
	server/api-error.c \
	server/api-error.h \
	server/backend.c \
	server/api-verbs.c \
	server/attr.c \
	server/attr-ip.c \
	server/attr.h \
	server/backend.h \
	server/dhcp.c \
	server/dhcp.h \
	server/duties.c \
	server/duties.h \
	server/floating-ip.c \
	server/floating-ip.h \
	server/ha-network.c \
	server/ha-network.h \
	server/ha.c \
	server/ha.h \
	server/ipam-rows.c \
	server/extensions.c \
	server/extensions.h \
	server/ha.h \
	server/http.c \
	server/http-client.c \
	server/http-client.h \
	server/http.h \
	server/keystone-session.c \
	server/keystone-session.h \
	server/keystone.c \
	server/keystone.h \
	server/nova.c \
	server/nova.h \
	server/ipam-rows.h \
	server/ipam.c \
	server/ipam.h \
	server/mac.c \
	server/mac.h \
	server/policy.c \
	server/policy.h \
	server/port-binding.c \
	server/port-binding.h \
	server/port-security.c \
	server/port-security.h \
	server/scheduler.c \
	server/query.c \
	server/query.h \
	server/render.c \
	server/res-address-group.c \
	server/res-agent.c \
	server/res-agent.h \
	server/res-floating-ip.c \
	server/res-filter.c \
	server/res-filter.h \
	server/res-list.c \
	server/res-list.h \
	server/res-network.c \
	server/res-port-forwarding.c \
	server/res-port.c \
	server/res-qos.c \
	server/res-qos.h \
	server/res-router.c \
	server/res-security-group.c \
	server/res-security-rule.c \
	server/res-subnet.c \
	server/res-tags.c \
	server/res-tags.h \
	server/resource-parts.c \
	server/resource.c \
	server/resource.h \
	server/router-gateway.c \
	server/router-gateway.h \
	server/router-interface.c \
	server/router-interface.h \
	server/router-ports.c \
	server/router-ports.h \
	server/rows.c \
	server/rows.h \
	server/scheduler.h \
	server/security-group.c \
	server/security-group.h \
	server/segment.c \
	server/segment.h

sbin_PROGRAMS += server/ovs-l3ha-server
server_ovs_l3ha_server_SOURCES = server/ovs-l3ha-server.c
server_ovs_l3ha_server_LDADD = \
	server/libserver.la \
	$(L3HA_LIBS) \
	$(MICROHTTPD_LIBS) \
	$(LIBCURL_LIBS)
