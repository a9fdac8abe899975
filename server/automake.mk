# Everything but main(), so that unit tests can link it.
noinst_LTLIBRARIES += server/libserver.la
server_libserver_la_SOURCES = \
	server/agents.h \
	server/api-error.c \
	server/api-error.h \
	server/backend.h \
	server/duties.h \
	server/ha.h \
	server/ipam-rows.h \
	server/ipam.h \
	server/mac.h \
	server/port-binding.h \
	server/scheduler.h \
	server/segment.h
