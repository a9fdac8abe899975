# Everything but main(), so that the agent, unit tests and fuzz targets can
# link it.
noinst_LTLIBRARIES += metadata/libmetadata.la
metadata_libmetadata_la_SOURCES = \
	metadata/control.c \
	metadata/control.h \
	metadata/events.c \
	metadata/events.h \
	metadata/instances.c \
	metadata/instances.h \
	metadata/link.c \
	metadata/link.h \
	metadata/proxy.c \
	metadata/proxy.h \
	metadata/quota.c \
	metadata/quota.h \
	metadata/request.c \
	metadata/request.h \
	metadata/settings.c \
	metadata/settings.h \
	metadata/upstream.c \
	metadata/upstream.h

sbin_PROGRAMS += metadata/ovs-l3ha-metadata
metadata_ovs_l3ha_metadata_SOURCES = metadata/ovs-l3ha-metadata.c
metadata_ovs_l3ha_metadata_LDADD = \
	metadata/libmetadata.la \
	$(L3HA_LIBS) \
	$(LIBCURL_LIBS)
