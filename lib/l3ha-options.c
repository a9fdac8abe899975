/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The table of all options of configuration files.
 *
 * Names, sections and meanings are Neutron's; where a default differs, the
 * option's text says so and why.  The table is the single source for the
 * programs (lib/l3ha-config.c) and for ovs-l3ha.conf(5).
 *
 * Everything here is constant data and pure functions. */

#include <config.h>
#include "lib/l3ha-options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "packets.h"
#include "socket-util.h"
#include "util.h"

static const char *
check_ip(const char *s)
{
    struct in6_addr ip6;
    ovs_be32 ip4;

    return (!*s || ip_parse(s, &ip4) || ipv6_parse(s, &ip6)
            ? NULL : "an IPv4 or IPv6 address");
}

static const char *
check_bind(const char *s)
{
    static const char expected[] = "ADDRESS:PORT, an IPv6 address in "
        "brackets";
    char *copy = xstrdup(s), *host = NULL, *port = NULL;
    bool ok = true;
    int n;

    if (*s) {
        inet_parse_host_port_tokens(copy, &host, &port);
        ok = (host && port && !check_ip(host) && str_to_int(port, 10, &n)
              && n >= 0 && n <= 65535);
    }
    free(copy);
    return ok ? NULL : expected;
}

static const char *
check_lla(const char *s)
{
    struct in6_addr ip;

    return (!*s || (ipv6_parse(s, &ip) && IN6_IS_ADDR_LINKLOCAL(&ip))
            ? NULL : "a link-local IPv6 address");
}

static const char *
check_multicast(const char *s)
{
    ovs_be32 ip;

    return (ip_parse(s, &ip) && ip_is_multicast(ip)
            ? NULL : "an IPv4 multicast address");
}

static const char *
check_ha_cidr(const char *s)
{
    static const char expected[] = "the CIDR of an IPv4 network with room "
        "for at least two hosts and no host bits, such as 169.254.192.0/18";
    ovs_be32 ip, mask;
    char *error = ip_parse_masked(s, &ip, &mask);

    if (error) {
        free(error);
        return expected;
    }
    return (strchr(s, '/') && ip_is_cidr(mask) && !(ip & ~mask)
            && ip_count_cidr_bits(mask) <= 30 ? NULL : expected);
}

static const char *
check_base_mac(const char *s)
{
    struct eth_addr mac;

    return (eth_addr_from_string(s, &mac) && !eth_addr_is_multicast(mac)
            ? NULL : "a unicast MAC address such as fa:16:3e:00:00:00");
}

static const char *
check_host(const char *s)
{
    return (*s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:")]
            ? NULL : "a host name or an IP address");
}

static const char *
check_path(const char *s)
{
    return *s == '/' ? NULL : "an absolute path";
}

static const char *
check_agent_mode(const char *s)
{
    if (!strcmp(s, "legacy") || !strcmp(s, "dvr_snat")) {
        return NULL;
    } else if (!strcmp(s, "dvr") || !strcmp(s, "dvr_no_external")) {
        return "legacy or dvr_snat; an agent of this mode would hold "
               "distributed routers only, which ovs-l3ha does not make";
    }
    return "legacy or dvr_snat";
}

static const char *
check_router_scheduler(const char *s)
{
    static const char *const known[] = {
        "LeastRoutersScheduler", "ChanceScheduler",
        "AZLeastRoutersScheduler",
    };
    const char *dot = strrchr(s, '.');

    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (!strcmp(dot ? dot + 1 : s, known[i])) {
            return NULL;
        }
    }
    return "LeastRoutersScheduler, ChanceScheduler or "
           "AZLeastRoutersScheduler, with or without Python's module names";
}

static bool
parse_range(const char *s, long long limit)
{
    long long first, last;
    char *tail;

    return (str_to_llong_with_tail(s, &tail, 10, &first) && *tail == ':'
            && str_to_llong(tail + 1, 10, &last)
            && first >= 1 && first <= last && last <= limit);
}

static const char *
check_vni_range(const char *s)
{
    return (parse_range(s, 16777215)
            ? NULL : "min:max with 1 <= min <= max <= 16777215");
}

static const char *
check_gre_range(const char *s)
{
    return (parse_range(s, UINT32_MAX)
            ? NULL : "min:max with 1 <= min <= max <= 4294967295");
}

static const char *
check_vlan_range(const char *s)
{
    const char *colon = strchr(s, ':');

    return (*s && colon != s && (!colon || parse_range(colon + 1, 4094))
            ? NULL
            : "physical_network or physical_network:min:max with "
              "1 <= min <= max <= 4094");
}

static const char *
check_mtu(const char *s)
{
    long long mtu;

    return (str_to_llong(s, 10, &mtu) && mtu >= 68 && mtu <= 65535
            ? NULL : "physical_network:mtu with an MTU from 68 to 65535");
}

static const char *
check_bridge(const char *s)
{
    return (*s && strlen(s) < 16 && !strpbrk(s, "/ \t")
            ? NULL : "physical_network:bridge");
}

static const char *
check_bridge_name(const char *s)
{
    return check_bridge(s) ? "the name of a bridge" : NULL;
}

#define STR L3HA_OPT_STR
#define BOOL L3HA_OPT_BOOL
#define INT L3HA_OPT_INT
#define FLOAT L3HA_OPT_FLOAT
#define LIST L3HA_OPT_LIST
#define DICT L3HA_OPT_DICT
#define SECONDS_MAX 31536000

const struct l3ha_option l3ha_options[] = {
    { "DEFAULT", "host", STR, "",
      "Name of this node as agents report it and as ports are bound to it.  "
      "Empty: the agent takes external_ids:hostname of the local Open "
      "vSwitch database, else the name of the host." },
    { "DEFAULT", "debug", BOOL, "false",
      "Use --verbose instead.", .only_default = true },
    { "DEFAULT", "state_path", STR, "/var/lib/ovs-l3ha",
      "Directory of the files that the agent keeps for each router.  "
      "Neutron's default is /var/lib/neutron; ovs-l3ha keeps out of it.",
      .check = check_path },

    /* API server. */
    { "DEFAULT", "bind_host", STR, "",
      "Address that the API server listens on.  Empty: 127.0.0.1 when "
      "auth_strategy is noauth, so that an API without authentication is not "
      "open to the network unless told so, otherwise every address.  "
      "Neutron's default is 0.0.0.0.", .check = check_ip },
    { "DEFAULT", "bind_port", INT, "9696",
      "TCP port of the API server; 0: the kernel chooses one, which the "
      "server logs.", .min = 0, .max = 65535 },
    { "DEFAULT", "auth_strategy", STR, "noauth",
      "How callers of the API are told apart.  Neutron's default is "
      "keystone, which needs an identity service.",
      .choices = "noauth,keystone" },
    { "DEFAULT", "use_ssl", BOOL, "false",
      "The API server speaks HTTPS, with the certificate in section ssl." },
    { "DEFAULT", "notify_nova_on_port_status_changes", BOOL, "true",
      "Tell Nova when a port of an instance becomes active, is active no "
      "longer or is deleted, if section nova says where it is." },
    { "DEFAULT", "send_events_interval", INT, "2",
      "Seconds from one message to Nova to the next; events of the time "
      "between go into one message.", .min = 0, .max = SECONDS_MAX },
    { "DEFAULT", "filter_validation", BOOL, "true",
      "Refuse a list request with a filter the resource does not have." },
    { "DEFAULT", "pagination_max_limit", INT, "-1",
      "Most items in one answer to a list request; -1 or infinite: no "
      "limit.", .min = -1, .max = INT32_MAX },

    /* Networks, subnets and ports. */
    { "DEFAULT", "base_mac", STR, "fa:16:3e:00:00:00",
      "MAC addresses are made by keeping the first three octets, and the "
      "fourth if it is not 00, and choosing the others at random.",
      .check = check_base_mac },
    { "DEFAULT", "global_physnet_mtu", INT, "1500",
      "MTU of the physical networks.", .min = 68, .max = 65535 },
    { "DEFAULT", "max_dns_nameservers", INT, "5",
      "Most DNS servers of a subnet.", .min = 0, .max = 1000 },
    { "DEFAULT", "max_subnet_host_routes", INT, "20",
      "Most host routes of a subnet.", .min = 0, .max = 10000 },
    { "DEFAULT", "max_allowed_address_pair", INT, "10",
      "Most allowed address pairs of a port.", .min = 0, .max = 10000 },
    { "DEFAULT", "dhcp_lease_duration", INT, "86400",
      "Seconds for which an address is leased by DHCP; -1: for ever.",
      .min = -1, .max = INT32_MAX },
    { "DEFAULT", "dns_domain", STR, "openstacklocal",
      "Domain of the names that DHCP gives to instances.",
      .alias = "dhcp_domain" },

    /* Agents and scheduling. */
    { "DEFAULT", "agent_down_time", INT, "75",
      "Seconds without a heartbeat after which an agent is taken for dead; "
      "should be at least twice report_interval.",
      .min = 1, .max = SECONDS_MAX },
    { "DEFAULT", "enable_new_agents", BOOL, "true",
      "New agents are given work at once.", .only_default = true },
    { "DEFAULT", "default_availability_zones", LIST, "",
      "Availability zones of routers and networks made without "
      "availability_zone_hints.", .only_default = true },
    { "DEFAULT", "dhcp_agents_per_network", INT, "1",
      "Nodes that serve DHCP to a network, as many as there are at most.",
      .min = 1, .max = 254 },
    { "DEFAULT", "allow_automatic_dhcp_failover", BOOL, "true",
      "When the agent of a node that serves DHCP is taken for dead, another "
      "node does it instead, with the same address." },
    { "DEFAULT", "dhcp_load_type", STR, "networks",
      "What a node's load is counted by when DHCP is placed.",
      .choices = "networks,subnets,ports", .only_default = true },
    { "DEFAULT", "network_auto_schedule", BOOL, "true",
      "Networks that lack DHCP get it on a node that comes.",
      .only_default = true },
    { "DEFAULT", "router_auto_schedule", BOOL, "true",
      "Routers that have less copies than max_l3_agents_per_router get one on "
      "a node that comes." },
    { "DEFAULT", "router_scheduler_driver", STR,
      "neutron.scheduler.l3_agent_scheduler.LeastRoutersScheduler",
      "How the nodes of a router are chosen.",
      .check = check_router_scheduler, .only_default = true },

    /* Routers. */
    { "DEFAULT", "l3_ha", BOOL, "false",
      "Routers are highly available unless the request says otherwise." },
    { "DEFAULT", "max_l3_agents_per_router", INT, "3",
      "Most copies of a highly available router; 0: one on every node.",
      .min = 0, .max = 254 },
    { "DEFAULT", "min_l3_agents_per_router", INT, "2",
      "Fewest live nodes for a highly available router to be made.",
      .min = 1, .max = 254 },
    { "DEFAULT", "l3_ha_net_cidr", STR, "169.254.192.0/18",
      "Addresses of the hidden network on which the copies of a router "
      "speak VRRP.", .check = check_ha_cidr },
    { "DEFAULT", "l3_ha_network_type", STR, "",
      "Type of that network; empty: as a tenant's network.",
      .choices = ",flat,vlan,gre,vxlan,geneve" },
    { "DEFAULT", "l3_ha_network_physical_name", STR, "",
      "Physical network of that network." },
    { "DEFAULT", "router_distributed", BOOL, "false",
      "Accepted for the sake of existing files.  Distributed routers are "
      "not made; a request that needs one is refused." },
    { "DEFAULT", "enable_snat_by_default", BOOL, "true",
      "A router's gateway does source NAT unless the request says "
      "otherwise." },

    /* Node agent: routers. */
    { "DEFAULT", "agent_mode", STR, "legacy",
      "legacy or dvr_snat, which mean the same here.",
      .check = check_agent_mode },
    { "DEFAULT", "handle_internal_only_routers", BOOL, "true",
      "Realise routers without an external gateway.", .only_default = true },
    { "DEFAULT", "ha_confs_path", STR, "$state_path/ha_confs",
      "Directory of each router's keepalived and conntrackd files.",
      .check = check_path },
    { "DEFAULT", "ra_confs", STR, "$state_path/ra",
      "Directory of each router's radvd.conf.", .check = check_path },
    { "DEFAULT", "external_pids", STR, "$state_path/external/pids",
      "Directory of the pid files of radvd.", .check = check_path },
    { "DEFAULT", "radvd_user", STR, "",
      "User that radvd runs as.  Empty: the agent's." },
    { "DEFAULT", "min_rtr_adv_interval", INT, "30",
      "Least time in seconds between IPv6 router advertisements that nobody "
      "asked for.", .min = 3, .max = 1350 },
    { "DEFAULT", "max_rtr_adv_interval", INT, "100",
      "Most time in seconds between IPv6 router advertisements.  Hosts keep "
      "to a router for three times as long.", .min = 4, .max = 1800 },
    { "DEFAULT", "ipv6_gateway", STR, "",
      "Link-local IPv6 address of the next hop on the external network, for "
      "routers on whose external network no subnet has an IPv6 gateway.  "
      "Empty: they learn it from router advertisements.",
      .check = check_lla },
    { "DEFAULT", "enable_metadata_proxy", BOOL, "true",
      "Have routers redirect the requests of instances to the metadata "
      "addresses, 169.254.169.254 and fe80::a9fe:a9fe, to the metadata proxy "
      "of the node.  A node with the role metadata does in any case." },
    { "DEFAULT", "metadata_port", INT, "9697",
      "TCP port of the metadata proxy in the namespaces of routers.  It can "
      "be reached by what is redirected only.", .min = 1, .max = 65535 },
    { "DEFAULT", "vrrp_version", INT, "3",
      "Version of VRRP.  Neutron speaks version 2, which can advertise only "
      "in whole seconds.", .min = 2, .max = 3 },
    { "DEFAULT", "ha_vrrp_advert_int", FLOAT, "0.3",
      "Seconds between VRRP advertisements.  Neutron's default is 2; a "
      "backup takes over after three of them, and VRRP version 3 counts in "
      "hundredths of a second.  Version 2 rounds it up to a whole second.",
      .min = 0.01, .max = 40.95 },
    { "DEFAULT", "ha_bfd_interval", INT, "50",
      "Milliseconds between BFD packets on a tunnel between nodes that have "
      "copies of the same router.  A node of which three did not come, and "
      "that does not answer a question within a fifth of the interval (more "
      "if answers are slow), is taken for dead, and copies of its active "
      "routers take over at once.  0: leave it to VRRP.",
      .min = 0, .max = 10000 },
    { "DEFAULT", "ha_vrrp_auth_type", STR, "PASS",
      "VRRP version 2 authentication, used when ha_vrrp_auth_password is "
      "set.", .choices = "PASS,AH" },
    { "DEFAULT", "ha_vrrp_auth_password", STR, "",
      "VRRP version 2 password; empty: none.", .secret = true },
    { "DEFAULT", "ha_vrrp_health_check_interval", INT, "0",
      "Seconds between checks of a router's external gateway by ping; 0: "
      "none.", .min = 0, .max = SECONDS_MAX, .only_default = true },
    { "DEFAULT", "ha_conntrackd_enabled", BOOL, "true",
      "Copies of a router share the state of connections by conntrackd, so "
      "that these survive a failover.  Neutron's default is false; here it "
      "is true, because a failover that breaks every connection is none to "
      "those who use them." },
    { "DEFAULT", "ha_conntrackd_hashsize", INT, "1024",
      "Buckets of conntrackd's tables.  Neutron's default is 32768, which "
      "takes half a MiB for each table of each router at once.",
      .min = 1, .max = 1 << 24 },
    { "DEFAULT", "ha_conntrackd_hashlimit", INT, "131072",
      "Most entries of conntrackd's tables.", .min = 1, .max = 1 << 30 },
    { "DEFAULT", "ha_conntrackd_unix_backlog", INT, "20",
      "Accepted for the sake of existing files; conntrackd itself ignores "
      "it.", .min = 0, .max = 65535, .only_default = true },
    { "DEFAULT", "ha_conntrackd_socketbuffersize", INT, "262142",
      "Bytes of the buffer for events of the kernel.",
      .min = 4096, .max = 1 << 30 },
    { "DEFAULT", "ha_conntrackd_socketbuffersize_max_grown", INT, "655355",
      "To what that buffer may grow.", .min = 4096, .max = 1 << 30 },
    { "DEFAULT", "ha_conntrackd_ipv4_mcast_addr", STR, "225.0.0.50",
      "Multicast group to which conntrackd sends on the HA network.",
      .check = check_multicast },
    { "DEFAULT", "ha_conntrackd_group", INT, "3780",
      "UDP port that conntrackd uses; a router's VRID is added to it.",
      .min = 1, .max = 65535 - 255 },

    /* HTTPS. */
    { "ssl", "cert_file", STR, "",
      "Certificate (PEM) of the API server, followed by those between it and "
      "a well-known authority." },
    { "ssl", "key_file", STR, "", "Key (PEM) of that certificate." },

    /* Identity service. */
    { "keystone_authtoken", "auth_url", STR, "",
      "Where Keystone is, such as https://controller:5000; with or without "
      "/v3." },
    { "keystone_authtoken", "auth_type", STR, "password",
      "How the server authenticates itself.",
      .choices = "password,v3password" },
    { "keystone_authtoken", "www_authenticate_uri", STR, "",
      "Where a caller without a valid token is told to get one.  Empty: "
      "auth_url." },
    { "keystone_authtoken", "token_cache_time", INT, "50",
      "Seconds for which a token that was found valid is believed.  More "
      "than 50 counts as 50, so that a token that is revoked is refused "
      "within a minute.  The default of other services is 300.",
      .min = 0, .max = SECONDS_MAX },
    { "keystone_authtoken", "username", STR, "",
      "User that the server is for Keystone." },
    { "keystone_authtoken", "password", STR, "", "That user's password.",
      .secret = true },
    { "keystone_authtoken", "user_domain_name", STR, "",
      "Name of that user's domain." },
    { "keystone_authtoken", "user_domain_id", STR, "",
      "Identifier of that user's domain, if its name is not given.  Empty: "
      "default." },
    { "keystone_authtoken", "project_name", STR, "", "That user's project." },
    { "keystone_authtoken", "project_domain_name", STR, "",
      "Name of the domain of that project." },
    { "keystone_authtoken", "project_domain_id", STR, "",
      "Identifier of the domain of that project, if its name is not given.  "
      "Empty: default." },
    { "keystone_authtoken", "cafile", STR, "",
      "Certificates (PEM) of the authorities that Keystone may have its "
      "certificate from.  Empty: those of the system." },
    { "keystone_authtoken", "certfile", STR, "",
      "Certificate (PEM) that the server shows, if any." },
    { "keystone_authtoken", "keyfile", STR, "",
      "Key (PEM) of that certificate." },
    { "keystone_authtoken", "insecure", BOOL, "false",
      "Believe any certificate." },

    /* Compute service. */
    { "nova", "auth_url", STR, "",
      "Where the Keystone is that knows Nova.  Empty: messages to Nova carry "
      "no token, and go to endpoint_override if that is set." },
    { "nova", "auth_type", STR, "password",
      "How the server authenticates itself.",
      .choices = "password,v3password" },
    { "nova", "endpoint_override", STR, "",
      "Where Nova is, such as http://controller:8774/v2.1.  Empty: as the "
      "catalog of Keystone says." },
    { "nova", "endpoint_type", STR, "public",
      "Which of Nova's endpoints in the catalog.",
      .choices = "public,internal,admin" },
    { "nova", "region_name", STR, "",
      "Region of Nova's endpoint in the catalog.  Empty: any." },
    { "nova", "username", STR, "",
      "User that the server is for Nova." },
    { "nova", "password", STR, "", "That user's password.",
      .secret = true },
    { "nova", "user_domain_name", STR, "",
      "Name of that user's domain." },
    { "nova", "user_domain_id", STR, "",
      "Identifier of that user's domain, if its name is not given.  Empty: "
      "default." },
    { "nova", "project_name", STR, "", "That user's project." },
    { "nova", "project_domain_name", STR, "",
      "Name of the domain of that project." },
    { "nova", "project_domain_id", STR, "",
      "Identifier of the domain of that project, if its name is not given.  "
      "Empty: default." },
    { "nova", "cafile", STR, "",
      "Certificates (PEM) of the authorities that Nova may have its "
      "certificate from.  Empty: those of the system." },
    { "nova", "certfile", STR, "",
      "Certificate (PEM) that the server shows, if any." },
    { "nova", "keyfile", STR, "", "Key (PEM) of that certificate." },
    { "nova", "insecure", BOOL, "false",
      "Believe any certificate." },
    /* Node agent: DHCP. */
    { "DEFAULT", "dhcp_confs", STR, "$state_path/dhcp",
      "Directory of each network's dnsmasq files.", .check = check_path },
    { "DEFAULT", "bulk_reload_interval", INT, "0",
      "Least number of seconds between two times that dnsmasq of a network "
      "is told of new ports.  Several within a tenth of a second are told at "
      "once in any case.", .min = 0, .max = 3600 },
    { "DEFAULT", "enable_isolated_metadata", BOOL, "false",
      "The namespace of a network's DHCP has the address of the metadata "
      "service, and DHCP a route to it, for subnets without a router." },
    { "DEFAULT", "force_metadata", BOOL, "false",
      "The same for all subnets." },
    { "DEFAULT", "dnsmasq_config_file", STR, "",
      "File of further options for dnsmasq." },
    { "DEFAULT", "dnsmasq_dns_servers", LIST, "",
      "DNS servers that dnsmasq asks what it does not know itself." },
    { "DEFAULT", "dnsmasq_local_resolv", BOOL, "false",
      "Without dnsmasq_dns_servers, dnsmasq asks the DNS servers of the "
      "node." },
    { "DEFAULT", "dnsmasq_base_log_dir", STR, "",
      "Directory in which dnsmasq logs what it does, in a directory for each "
      "network.  Empty: it does not." },
    { "DEFAULT", "dnsmasq_lease_max", INT, "16777216",
      "Most leases of a network.", .min = 1, .max = 1 << 24 },
    { "DEFAULT", "dhcp_broadcast_reply", BOOL, "false",
      "DHCP answers by broadcast." },
    { "DEFAULT", "dhcp_renewal_time", INT, "0",
      "Seconds after which a lease is to be renewed (T1); 0: half its "
      "duration.", .min = 0, .max = INT32_MAX },
    { "DEFAULT", "dhcp_rebinding_time", INT, "0",
      "Seconds after which any server is asked to renew it (T2); 0: seven "
      "eighths of its duration.", .min = 0, .max = INT32_MAX },
    { "DEFAULT", "resync_interval", INT, "5",
      "Accepted for the sake of existing files.  What fails is tried again "
      "by itself.", .min = 0, .max = SECONDS_MAX },

    /* Metadata. */
    { "DEFAULT", "nova_metadata_host", STR, "127.0.0.1",
      "Name or address of the compute service's metadata service.",
      .check = check_host },
    { "DEFAULT", "nova_metadata_port", INT, "8775",
      "TCP port of that service.", .min = 1, .max = 65535 },
    { "DEFAULT", "nova_metadata_protocol", STR, "http",
      "How to speak with that service.", .choices = "http,https" },
    { "DEFAULT", "nova_metadata_insecure", BOOL, "false",
      "With https: accept any certificate." },
    { "DEFAULT", "auth_ca_cert", STR, "",
      "File with the certificates of authorities that may sign that of the "
      "service; empty: those of the system.  metadata_proxy_user must be "
      "able to read this file and the next two." },
    { "DEFAULT", "nova_client_cert", STR, "",
      "File with a certificate to show to the service." },
    { "DEFAULT", "nova_client_priv_key", STR, "",
      "File with the private key of nova_client_cert." },
    { "DEFAULT", "metadata_proxy_shared_secret", STR, "",
      "Key with which ids of instances are signed; the service must have the "
      "same.", .secret = true },
    { "DEFAULT", "metadata_proxy_user", STR, "nobody",
      "User as whom ovs-l3ha-metadata runs once its sockets are made; empty: "
      "that of the agent, which is Neutron's default." },
    { "DEFAULT", "metadata_proxy_group", STR, "",
      "Group as which it runs; empty: that of the user." },
    { "metadata_haproxy", "timeout_connect", INT, "30",
      "Seconds for a connection to the metadata service to be made.",
      .min = 1, .max = 3600 },
    { "metadata_haproxy", "timeout_server", INT, "32",
      "Seconds for the metadata service to answer.", .min = 1, .max = 3600 },
    { "metadata_haproxy", "timeout_http_request", INT, "30",
      "Seconds for an instance to send its request.",
      .min = 1, .max = 3600 },
    { "metadata_haproxy", "timeout_client", INT, "32",
      "Seconds for an instance to take the answer.",
      .min = 1, .max = 3600 },

    { "agent", "report_interval", FLOAT, "30",
      "Seconds between heartbeats of an agent.",
      .min = 0.1, .max = SECONDS_MAX },
    { "agent", "availability_zone", STR, "nova",
      "Availability zone of this node." },
    { "agent", "tunnel_types", LIST, "",
      "Tunnels that this node makes, if external_ids:l3ha-encap-type of the "
      "local Open vSwitch database does not say; if that is empty too, "
      "vxlan.", .choices = "vxlan,gre,geneve" },
    { "agent", "vxlan_udp_port", INT, "4789",
      "UDP port of VXLAN.", .min = 1, .max = 65535 },
    { "agent", "l2_population", BOOL, "false",
      "Accepted for the sake of existing files.  Agents always know from the "
      "database where a port is." },

    /* Quotas. */
    { "quotas", "quota_network", INT, "100",
      "Networks that a project may have; -1: no limit.",
      .min = -1, .max = INT32_MAX },
    { "quotas", "quota_subnet", INT, "100",
      "Subnets that a project may have; -1: no limit.",
      .min = -1, .max = INT32_MAX },
    { "quotas", "quota_port", INT, "500",
      "Ports that a project may have, without those of gateways and floating "
      "IPs; -1: no limit.",
      .min = -1, .max = INT32_MAX },
    { "quotas", "quota_router", INT, "10",
      "Routers that a project may have; -1: no limit.",
      .min = -1, .max = INT32_MAX },
    { "quotas", "quota_floatingip", INT, "50",
      "Floating IPs that a project may have; -1: no limit.",
      .min = -1, .max = INT32_MAX },
    { "quotas", "quota_security_group", INT, "10",
      "Security groups that a project may have; -1: no limit.",
      .min = -1, .max = INT32_MAX },
    { "quotas", "quota_security_group_rule", INT, "100",
      "Rules of security groups that a project may have; -1: no limit.",
      .min = -1, .max = INT32_MAX },
    { "quotas", "quota_rbac_policy", INT, "10",
      "RBAC policies that a project may have; -1: no limit.",
      .min = -1, .max = INT32_MAX },
    { "quotas", "default_quota", INT, "-1",
      "The same for what has no option of its own: subnet pools.",
      .min = -1, .max = INT32_MAX },

    { "ml2", "type_drivers", LIST, "flat,vlan,gre,vxlan,geneve",
      "Types of networks that can be made.  local is accepted and ignored.",
      .choices = "local,flat,vlan,gre,vxlan,geneve" },
    { "ml2", "tenant_network_types", LIST, "vxlan",
      "Types to try, in this order, for a network made without provider "
      "attributes.  Neutron's default is local, which reaches no further "
      "than one node.", .choices = "vlan,gre,vxlan,geneve",
      .alias = "project_network_types" },
    { "ml2", "mechanism_drivers", LIST, "openvswitch",
      "Accepted for the sake of existing files.  Ports are always bound to "
      "Open vSwitch." },
    { "ml2", "path_mtu", INT, "0",
      "MTU of the network that tunnels use; 0: global_physnet_mtu.",
      .min = 0, .max = 65535 },
    { "ml2", "physical_network_mtus", DICT, "",
      "MTU of physical networks that differ from global_physnet_mtu, as "
      "physical_network:mtu.", .check = check_mtu },
    { "ml2", "overlay_ip_version", INT, "4",
      "IP version between the ends of tunnels.", .choices = "4,6",
      .min = 4, .max = 6 },
    { "ml2", "external_network_type", STR, "",
      "Type of an external network made without provider attributes; empty: "
      "as a tenant's network.", .choices = ",flat,vlan,gre,vxlan,geneve" },
    { "ml2_type_flat", "flat_networks", LIST, "*",
      "Physical networks on which flat networks may be made; *: any." },
    { "ml2_type_vlan", "network_vlan_ranges", LIST, "",
      "Physical networks on which VLAN networks may be made, as "
      "physical_network, or as physical_network:min:max to let tenants' "
      "networks use these VLANs too.", .check = check_vlan_range },
    { "ml2_type_vxlan", "vni_ranges", LIST, "1:16777215",
      "VXLAN network identifiers for tenants' networks, as min:max.  "
      "Neutron's default is none, with which no such network can be made.",
      .check = check_vni_range },
    { "ml2_type_gre", "tunnel_id_ranges", LIST, "1:16777215",
      "GRE keys for tenants' networks, as min:max.  Neutron's default is "
      "none.", .check = check_gre_range },
    { "ml2_type_geneve", "vni_ranges", LIST, "1:16777215",
      "Geneve network identifiers for tenants' networks, as min:max.  "
      "Neutron's default is none.", .check = check_vni_range },

    { "ovs", "integration_bridge", STR, "br-int",
      "Bridge that ports of virtual machines and routers are plugged into.",
      .check = check_bridge_name },
    { "ovs", "datapath_type", STR, "",
      "Datapath of the bridges that the agent makes: system or netdev.  "
      "Empty: that of an existing bridge, else system.",
      .choices = ",system,netdev" },
    { "ovs", "local_ip", STR, "",
      "Address of this node's end of tunnels, if external_ids:l3ha-encap-ip "
      "of the local Open vSwitch database does not say.",
      .check = check_ip },
    { "ovs", "bridge_mappings", DICT, "",
      "Bridge of each physical network, as physical_network:bridge, if "
      "external_ids:l3ha-bridge-mappings of the local Open vSwitch database "
      "does not say.", .check = check_bridge },

    { "vxlan", "enable_vxlan", BOOL, "true",
      "Accepted for the sake of existing files.  Which tunnels a node makes "
      "is said by external_ids:l3ha-encap-type or [agent] tunnel_types." },
    { "vxlan", "local_ip", STR, "",
      "As [ovs] local_ip, which it yields to.", .check = check_ip },
    { "vxlan", "l2_population", BOOL, "false",
      "As [agent] l2_population." },
    { "l2pop", "agent_boot_time", INT, "180",
      "Accepted for the sake of existing files.  An agent always receives "
      "everything when it connects.", .min = 0, .max = SECONDS_MAX },

    { "metrics", "agent_bind", STR, "127.0.0.1:9694",
      "Where the agent gives its metrics to Prometheus, ADDRESS:PORT; an IPv6 "
      "address in brackets.  Empty: nowhere.  There is no authentication, so "
      "by default only the host itself can read them.", .check = check_bind },
    { "metrics", "server_bind", STR, "127.0.0.1:9695",
      "The same of the API server.", .check = check_bind },
};
const size_t l3ha_n_options = ARRAY_SIZE(l3ha_options);

const char *
l3ha_opt_type_to_string(enum l3ha_opt_type type)
{
    switch (type) {
    case STR: return "string";
    case BOOL: return "boolean";
    case INT: return "integer";
    case FLOAT: return "number";
    case LIST: return "list";
    case DICT: return "dictionary";
    }
    OVS_NOT_REACHED();
}

/* Returns true if 'word' is one of 'choices', which commas separate. */
static bool
is_choice(const char *choices, const char *word)
{
    for (const char *p = choices; ; p++) {
        size_t len = strcspn(p, ",");
        if (len == strlen(word) && !memcmp(p, word, len)) {
            return true;
        }
        p += len;
        if (!*p) {
            return false;
        }
    }
}

static bool
parse_bool(const char *s, bool *value)
{
    static const char *const words[2][4] = {
        { "false", "0", "no", "off" },
        { "true", "1", "yes", "on" },
    };
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 4; j++) {
            if (!strcasecmp(s, words[i][j])) {
                *value = i;
                return true;
            }
        }
    }
    return false;
}

char *
l3ha_option_parse(const struct l3ha_option *o, const char *text,
                  union l3ha_opt_value *value)
{
    long long integer;
    double real;

    switch (o->type) {
    case BOOL:
        return (parse_bool(text, &value->boolean)
                ? NULL
                : xstrdup("true or false (also yes or no, on or off, "
                          "1 or 0)"));

    case INT:
        if (o->min == -1 && !strcasecmp(text, "infinite")) {
            integer = -1;
        } else if (!str_to_llong(text, 10, &integer)
                   || integer < o->min || integer > o->max) {
            return xasprintf("an integer from %.0f to %.0f", o->min, o->max);
        } else if (o->choices && !is_choice(o->choices, text)) {
            return xasprintf("one of %s", o->choices);
        }
        value->integer = integer;
        return NULL;

    case FLOAT:
        if (!str_to_double(text, &real) || !isfinite(real)
            || real < o->min || real > o->max) {
            return xasprintf("a number from %g to %.10g", o->min, o->max);
        }
        value->real = real;
        return NULL;

    case STR:
    case LIST:
    case DICT:
        if (o->choices && !is_choice(o->choices, text)) {
            return xasprintf("%s %s%s",
                             o->type == STR ? "one of" : "elements among",
                             o->choices + (*o->choices == ','),
                             *o->choices == ',' ? ", or nothing" : "");
        }
        const char *expected = o->check ? o->check(text) : NULL;
        return expected ? xstrdup(expected) : NULL;
    }
    OVS_NOT_REACHED();
}
