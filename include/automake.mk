noinst_HEADERS += \
	include/ovs-l3ha/version.h
