/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* What the API says about itself.
 *
 * The table lists exactly the extensions whose calls and attributes this
 * server serves: clients turn features on by their aliases, and a feature
 * that is announced but missing is worse than none.  ("dvr" is not there
 * although routers show "distributed": it is always false.) */

#include <config.h>
#include "server/extensions.h"

#include <string.h>

#include "openvswitch/json.h"
#include "server/api-error.h"
#include "server/resource.h"
#include "util.h"

struct extension {
    const char *alias;
    const char *name;
    const char *description;
    const char *updated;
};

static const struct extension extensions[] = {
    { "address-group", "Address group", "Support address group",
      "2020-07-15T10:00:00-00:00" },
    { "address-scope", "Address scope", "Address scopes extension.",
      "2015-07-26T10:00:00-00:00" },
    { "agent", "agent",
      "The agent management extension.", "2013-02-03T10:00:00-00:00" },
    { "agent-resources-synced", "Agent's Resource View Synced to Placement",
      "Stores success/failure of last sync to Placement",
      "2018-12-19T00:00:00-00:00" },
    { "allowed-address-pairs", "Allowed Address Pairs",
      "Provides allowed address pairs", "2012-07-23T10:00:00-00:00" },
    { "availability_zone", "Availability Zone",
      "The availability zone extension.", "2015-01-01T10:00:00-00:00" },
    { "availability_zone_filter", "Availability Zone Filter Extension",
      "Add filter parameters to AvailabilityZone resource",
      "2018-06-22T10:00:00-00:00" },
    { "binding", "Port Binding",
      "Expose port bindings of a virtual port to external application",
      "2014-02-03T10:00:00-00:00" },
    { "default-subnetpools", "Default Subnetpools",
      "Provides ability to mark and use a subnetpool as the default.",
      "2016-02-18T18:00:00-00:00" },
    { "dhcp_agent_scheduler", "DHCP Agent Scheduler",
      "Schedule networks among dhcp agents", "2013-02-07T10:00:00-00:00" },
    { "empty-string-filtering", "Empty String Filtering Extension",
      "Allow filtering by attributes with empty string value",
      "2018-05-01T10:00:00-00:00" },
    { "ext-gw-mode", "Neutron L3 Configurable external gateway mode",
      "Extension of the router abstraction for specifying whether SNAT "
      "should occur on the external gateway", "2013-03-28T10:00:00-00:00" },
    { "external-net", "Neutron external network",
      "Adds external network attribute to network resource.",
      "2013-01-14T10:00:00-00:00" },
    { "extra_dhcp_opt", "Neutron Extra DHCP options",
      "Extra options configuration for DHCP. For example PXE boot options to "
      "DHCP clients can be specified (e.g. tftp-server, server-ip-address, "
      "bootfile-name)", "2013-03-17T12:00:00-00:00" },
    { "extraroute", "Neutron Extra Route",
      "Extra routes configuration for L3 router",
      "2013-02-01T10:00:00-00:00" },
    { "expose-port-forwarding-in-fip", "Expose Port Forwarding in FIP",
      "Add port_forwardings attribute to Floating IP resource",
      "2019-02-13T10:00:00-00:00" },
    { "extraroute-atomic", "Atomically add/remove extra routes",
      "Edit extra routes of a router on server side by atomically "
      "adding/removing extra routes", "2019-07-10T00:00:00+00:00" },
    { "filter-validation", "Filter parameters validation",
      "Provides validation on filter parameters.",
      "2018-03-21T10:00:00-00:00" },
    { "fip-port-details", "Floating IP Port Details Extension",
      "Add port_details attribute to Floating IP resource",
      "2018-04-09T10:00:00-00:00" },
    { "floating-ip-port-forwarding", "Floating IP Port Forwarding",
      "Allow port forwarding from floating IP port to an internal port",
      "2018-01-19T10:00:00-00:00" },
    { "floating-ip-port-forwarding-description",
      "Floating IP Port Forwarding new attribute description",
      "Add a description field to Port Forwarding rules",
      "2019-11-01T10:00:00-00:00" },
    { "floating-ip-port-forwarding-detail",
      "Floating IP Port Forwarding Detail",
      "Add the id and the internal port's id to the port forwardings of "
      "floating IPs", "2021-02-15T10:00:00-00:00" },
    { "floating-ip-port-forwarding-port-ranges",
      "Expose Port Forwarding to accept port ranges",
      "Allow port forwarding of ranges of ports",
      "2019-12-01T10:00:00-00:00" },
    { "ip-substring-filtering", "IP address substring filtering",
      "Provides IP address substring filtering when listing ports",
      "2017-11-28T09:00:00-00:00" },
    { "l3-ha", "HA Router extension",
      "Adds HA capability to routers.", "2014-04-26T00:00:00-00:00" },
    { "l3_agent_scheduler", "L3 Agent Scheduler",
      "Schedule routers among l3 agents", "2013-02-07T10:00:00-00:00" },
    { "net-mtu", "Network MTU",
      "Provides MTU attribute for a network resource.",
      "2015-03-25T10:00:00-00:00" },
    { "net-mtu-writable", "Network MTU (writable)",
      "Provides a writable MTU attribute for a network resource.",
      "2017-07-12T00:00:00-00:00" },
    { "network-ip-availability", "Network IP Availability",
      "Provides IP availability data for each network and subnet.",
      "2015-09-24T00:00:00-00:00" },
    { "network_availability_zone", "Network Availability Zone",
      "Availability zone support for network.",
      "2015-01-01T10:00:00-00:00" },
    { "pagination", "Pagination support",
      "Extension that indicates that pagination is enabled.",
      "2016-06-12T00:00:00-00:00" },
    { "port-security", "Port Security",
      "Provides port security", "2012-07-23T10:00:00-00:00" },
    { "port-security-groups-filtering", "Port filtering on security groups",
      "Provides security groups filtering when listing ports",
      "2018-01-09T09:00:00-00:00" },
    { "project-id", "project_id field enabled",
      "Extension that indicates that project_id field is enabled.",
      "2016-09-09T09:09:09-09:09" },
    { "provider", "Provider Network",
      "Expose mapping of virtual networks to physical networks",
      "2012-09-07T10:00:00-00:00" },
    { "qos", "Quality of Service", "The Quality of Service extension.",
      "2015-06-08T10:00:00-00:00" },
    { "qos-bw-limit-direction",
      "Direction for QoS bandwidth limit rule",
      "Allow to configure QoS bandwidth limit rule with specific direction: "
      "ingress or egress", "2017-04-10T10:00:00-00:00" },
    { "qos-default", "QoS default policy",
      "Expose the QoS default policy per project",
      "2017-04-06T10:00:00-00:00" },
    { "quota_details", "Quota details management support",
      "Expose functions for quotas usage statistics per project",
      "2017-02-10T10:00:00-00:00" },
    { "quotas", "Quota management support",
      "Expose functions for quotas management per tenant",
      "2012-07-29T10:00:00-00:00" },
    { "rbac-address-group", "Add address_group type to RBAC",
      "Add address_group type to network RBAC",
      "2022-11-15T00:00:00-00:00" },
    { "rbac-address-scope", "Add address_scope type to RBAC",
      "Add address_scope type to RBAC", "2020-02-09T00:00:00-00:00" },
    { "rbac-policies", "RBAC Policies",
      "Allows creation and modification of policies that control tenant "
      "access to resources.", "2015-06-17T12:15:12-30:00" },
    { "rbac-security-groups", "Add security_group type to network RBAC",
      "Add security_group type to network RBAC",
      "2018-12-02T00:00:00-00:00" },
    { "rbac-subnetpool", "Add subnetpool type to RBAC",
      "Add subnetpool type to RBAC", "2020-02-09T00:00:00-00:00" },
    { "revision-if-match", "If-Match constraints based on revision_number",
      "Extension indicating that If-Match based on revision_number is "
      "supported.", "2016-12-11T00:00:00-00:00" },
    { "router", "Neutron L3 Router",
      "Router abstraction for basic L3 forwarding between L2 Neutron "
      "networks and access to external networks via a NAT gateway.",
      "2012-07-20T10:00:00-00:00" },
    { "router-admin-state-down-before-update",
      "Enforce Router's Admin State Down Before Update Extension",
      "Ensure that the admin state of a router is DOWN "
      "(admin_state_up=False) before updating the distributed attribute",
      "2019-04-30T10:00:00-00:00" },
    { "router_availability_zone", "Router Availability Zone",
      "Availability zone support for router.", "2015-01-01T10:00:00-00:00" },
    { "security-group", "security-group",
      "The security groups extension.", "2012-10-05T10:00:00-00:00" },
    { "security-groups-normalized-cidr",
      "Normalized CIDR field for security group rules",
      "Add new field with normalized remote_ip_prefix cidr in SG rule",
      "2019-08-21T10:00:00-00:00" },
    { "security-groups-remote-address-group",
      "Remote address group id field for security group rules",
      "Add new field of remote address group id in SG rules",
      "2020-08-25T10:00:00-00:00" },
    { "service-type", "Neutron Service Type Management",
      "API for retrieving service providers for Neutron advanced services",
      "2013-01-20T00:00:00-00:00" },
    { "sort-key-validation", "Sort keys validation",
      "Provides validation on sort keys.", "2018-07-04T10:00:00-00:00" },
    { "sorting", "Sorting support",
      "Extension that indicates that sorting is enabled.",
      "2016-06-12T00:00:00-00:00" },
    { "stateful-security-group", "Stateful security group",
      "Indicates if the security group is stateful or not",
      "2019-11-26T09:00:00-00:00" },
    { "standard-attr-description", "standard-attr-description",
      "Extension to add descriptions to standard attributes",
      "2016-02-10T10:00:00-00:00" },
    { "standard-attr-revisions", "Resource revision numbers",
      "This extension will display the revision number of neutron "
      "resources.", "2016-04-11T10:00:00-00:00" },
    { "standard-attr-tag", "Tag support for resources with standard attribute",
      "Enables to set tag on resources with standard attribute.",
      "2017-01-01T00:00:00-00:00" },
    { "standard-attr-timestamp", "Resource timestamps",
      "Adds created_at and updated_at fields to all Neutron resources that "
      "have Neutron standard attributes.", "2016-09-12T10:00:00-00:00" },
    { "security-groups-shared-filtering", "Security group filtering on the "
      "shared field", "Support filtering security groups on the shared "
      "field", "2021-10-05T09:00:00-00:00" },
    { "subnet-service-types", "Subnet service types",
      "Provides ability to set the subnet service_types field",
      "2016-03-15T18:00:00-00:00" },
    { "subnet_allocation", "Subnet Allocation",
      "Enables allocation of subnets from a subnet pool",
      "2015-03-30T10:00:00-00:00" },
};

/* 'base_url' is "http://HOST". */
struct json *
extensions_versions(const char *base_url)
{
    struct json *link = json_object_create();
    struct json *version = json_object_create();
    struct json *answer = json_object_create();

    json_object_put_string(link, "rel", "self");
    json_object_put_format(link, "href", "%s/v2.0/", base_url);
    json_object_put_string(version, "id", "v2.0");
    json_object_put_string(version, "status", "CURRENT");
    json_object_put(version, "links", json_array_create_1(link));
    json_object_put(answer, "versions", json_array_create_1(version));
    return answer;
}

struct json *
extensions_collections(const char *base_url)
{
    struct json *array = json_array_create_empty();
    struct json *answer = json_object_create();

    for (size_t i = 0; resources[i]; i++) {
        struct json *link, *resource;

        if (resources[i]->parent) {
            continue;
        }
        link = json_object_create();
        resource = json_object_create();
        json_object_put_string(link, "rel", "self");
        json_object_put_format(link, "href", "%s/v2.0/%s", base_url,
                               resource_path(resources[i]));
        json_object_put_string(resource, "name", resources[i]->name);
        json_object_put_string(resource, "collection",
                               resources[i]->collection);
        json_object_put(resource, "links", json_array_create_1(link));
        json_array_add(array, resource);
    }
    json_object_put(answer, "resources", array);
    return answer;
}

static struct json *
extension_to_json(const struct extension *e)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "alias", e->alias);
    json_object_put_string(json, "name", e->name);
    json_object_put_string(json, "description", e->description);
    json_object_put_string(json, "updated", e->updated);
    json_object_put(json, "links", json_array_create_empty());
    return json;
}

struct json *
extensions_list(void)
{
    struct json *array = json_array_create_empty();
    struct json *answer = json_object_create();

    for (size_t i = 0; i < ARRAY_SIZE(extensions); i++) {
        json_array_add(array, extension_to_json(&extensions[i]));
    }
    json_object_put(answer, "extensions", array);
    return answer;
}

struct api_error *
extensions_show(const char *alias, struct json **answerp)
{
    for (size_t i = 0; i < ARRAY_SIZE(extensions); i++) {
        if (!strcmp(extensions[i].alias, alias)) {
            *answerp = json_object_create();
            json_object_put(*answerp, "extension",
                            extension_to_json(&extensions[i]));
            return NULL;
        }
    }
    *answerp = NULL;
    return api_error_create(404, "HTTPNotFound",
                            "Extension with alias %s does not exist", alias);
}
