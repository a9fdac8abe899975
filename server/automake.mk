# Everything but main(), so that unit tests can link it.
noinst_LTLIBRARIES += server/libserver.la
server_libserver_la_SOURCES = \
	server/agents.c \
	server/agents.h \
	server/api-error.c \
	server/api-error.h \
	server/backend.c \
	server/backend.h \
	server/duties.c \
	server/duties.h \
	server/ha.c \
	server/ha.h \
	server/ipam-rows.c \
	server/ipam-rows.h \
	server/ipam.c \
	server/ipam.h \
	server/mac.c \
	server/mac.h \
	server/port-binding.c \
	server/port-binding.h \
	server/scheduler.c \
	server/scheduler.h \
	server/segment.c \
	server/segment.h
