EXTRA_DIST += \
	debian/changelog \
	debian/control \
	debian/copyright \
	debian/etc/server.conf \
	debian/ovs-l3ha-agent.config \
	debian/ovs-l3ha-agent.default \
	debian/ovs-l3ha-agent.install \
	debian/ovs-l3ha-agent.postinst \
	debian/ovs-l3ha-agent.postrm \
	debian/ovs-l3ha-agent.prerm \
	debian/ovs-l3ha-agent.templates \
	debian/ovs-l3ha-common.dirs \
	debian/ovs-l3ha-common.install \
	debian/ovs-l3ha-sandbox.install \
	debian/ovs-l3ha-server.config \
	debian/ovs-l3ha-server.default \
	debian/ovs-l3ha-server.install \
	debian/ovs-l3ha-server.postinst \
	debian/ovs-l3ha-server.postrm \
	debian/ovs-l3ha-server.prerm \
	debian/ovs-l3ha-server.templates \
	debian/po/POTFILES.in \
	debian/po/templates.pot \
	debian/rules \
	debian/source/format
