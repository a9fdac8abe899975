/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* MAC addresses of ports.
 *
 * A generated MAC is the fixed octets of base_mac and random ones.  The index
 * (network, mac) of table Port keeps them unique; mac_allocate() only makes a
 * refused commit unlikely. */

#include <config.h>
#include "server/mac.h"

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "packets.h"
#include "random.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "util.h"

/* Parses 'base_mac'.  True if it is a unicast address. */
bool
mac_base_parse(const char *base_mac, struct eth_addr *ea)
{
    return (eth_addr_from_string(base_mac, ea)
            && !eth_addr_is_multicast(*ea) && !eth_addr_is_zero(*ea));
}

/* Stores a random MAC with the fixed octets of 'base' into 'mac'. */
void
mac_generate(const struct eth_addr *base, struct eth_addr *mac)
{
    int n_fixed = base->ea[3] ? 4 : 3;

    *mac = *base;
    for (int i = n_fixed; i < ETH_ADDR_LEN; i++) {
        mac->ea[i] = random_range(256);
    }
}

static bool
mac_is_used(struct backend *b, const struct l3harec_network *network,
            const char *mac)
{
    struct l3harec_port *key
        = l3harec_port_index_init_row(b->port_by_network_mac);

    l3harec_port_index_set_network(key, network);
    l3harec_port_index_set_mac(key, mac);

    bool used = l3harec_port_index_find(b->port_by_network_mac, key) != NULL;
    l3harec_port_index_destroy_row(key);
    return used;
}

/* Stores a MAC that is free on 'network' into 'mac'. */
struct api_error *
mac_allocate(struct backend *b, const struct l3harec_network *network,
             char mac[MAC_STRLEN])
{
    struct eth_addr base, ea;

    if (!mac_base_parse(l3ha_config_get_str(b->config, "DEFAULT", "base_mac"),
                        &base)) {
        /* backend_create() checked it. */
        OVS_NOT_REACHED();
    }
    for (int i = 0; i < 16; i++) {
        mac_generate(&base, &ea);
        snprintf(mac, MAC_STRLEN, ETH_ADDR_FMT, ETH_ADDR_ARGS(ea));
        if (!mac_is_used(b, network, mac)) {
            return NULL;
        }
    }
    return api_error_create(
        503, "MacAddressGenerationFailure",
        "Unable to generate unique mac on network "UUID_FMT".",
        UUID_ARGS(&network->header_.uuid));
}

/* Checks that no port of 'network' has 'mac'. */
struct api_error *
mac_check(struct backend *b, const struct l3harec_network *network,
          const char *mac)
{
    return !mac_is_used(b, network, mac) ? NULL : api_error_create(
        409, "MacAddressInUse",
        "Unable to complete operation for network "UUID_FMT". "
        "The mac address %s is in use.",
        UUID_ARGS(&network->header_.uuid), mac);
}
