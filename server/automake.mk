# Everything but main(), so that unit tests can link it.
noinst_LTLIBRARIES += server/libserver.la
server_libserver_la_SOURCES = \
	server/api-error.c \
	server/api-error.h
