/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Rules about subnets and addresses.
 *
 * Pure functions from requests to rows' contents or errors; no database, no
 * state beside the random number generator.  Messages and classes of errors
 * are Neutron's.
 *
 * Addresses are numbers of 128 bits so that one set of rules serves IPv4 and
 * IPv6.  Invariants: an ipam_pool has start <= end; pools that leave this
 * module are disjoint and ascending.
 *
 * Where this differs from Neutron on purpose: the default pools of a /31 leave
 * its gateway out; a /32 or /128 has no default gateway because it has no room
 * for one. */

#include <config.h>
#include "server/ipam.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/util.h"
#include "random.h"
#include "server/api-error.h"
#include "svec.h"
#include "unaligned.h"
#include "util.h"

/* A new address is a random one of this many free ones, as in Neutron: few
 * collisions between racing requests, yet low addresses first. */
#define IPAM_WINDOW 1000

/* Guesses in each window.  More would find an address nearer to the start of
 * the pools; each costs a look into a cold index when thousands of addresses
 * are in use. */
#define IPAM_TRIES 2

static struct ipam_addr
addr_add(struct ipam_addr a, uint64_t n)
{
    struct ipam_addr sum = { .hi = a.hi, .lo = a.lo + n };

    sum.hi += sum.lo < a.lo;
    return sum;
}

static struct ipam_addr
addr_sub(struct ipam_addr a, uint64_t n)
{
    struct ipam_addr diff = { .hi = a.hi - (a.lo < n), .lo = a.lo - n };

    return diff;
}

/* Number of addresses from 'a' to 'b', both included, UINT64_MAX if more.
 * 'a' <= 'b'. */
static uint64_t
addr_count(struct ipam_addr a, struct ipam_addr b)
{
    uint64_t hi = b.hi - a.hi - (b.lo < a.lo);
    uint64_t lo = b.lo - a.lo;

    return hi || lo == UINT64_MAX ? UINT64_MAX : lo + 1;
}

/* Returns a negative, zero or positive value as 'a' is less than, equal to or
 * greater than 'b'. */
int
ipam_addr_cmp(struct ipam_addr a, struct ipam_addr b)
{
    return (a.hi != b.hi ? (a.hi < b.hi ? -1 : 1)
            : a.lo != b.lo ? (a.lo < b.lo ? -1 : 1)
            : 0);
}

/* Parses 's' as an IPv4 or IPv6 address.  True if successful. */
bool
ipam_addr_parse(const char *s, int *version, struct ipam_addr *addr)
{
    struct in6_addr ip6;
    ovs_be32 ip4;

    if (ip_parse(s, &ip4)) {
        *version = 4;
        addr->hi = 0;
        addr->lo = ntohl(ip4);
        return true;
    } else if (ipv6_parse(s, &ip6)) {
        *version = 6;
        addr->hi = ntohll(get_unaligned_be64((void *) &ip6.s6_addr[0]));
        addr->lo = ntohll(get_unaligned_be64((void *) &ip6.s6_addr[8]));
        return true;
    }
    return false;
}

/* Stores the canonical text of 'addr' into 's'. */
void
ipam_addr_format(int version, struct ipam_addr addr, char s[IPAM_ADDR_STRLEN])
{
    if (version == 4) {
        snprintf(s, IPAM_ADDR_STRLEN, IP_FMT, IP_ARGS(htonl(addr.lo)));
    } else {
        struct in6_addr ip6;

        put_unaligned_be64((void *) &ip6.s6_addr[0], htonll(addr.hi));
        put_unaligned_be64((void *) &ip6.s6_addr[8], htonll(addr.lo));
        inet_ntop(AF_INET6, &ip6, s, IPAM_ADDR_STRLEN);
    }
}

/* Parses "ADDRESS/PREFIX" and clears the host bits.  True if successful. */
bool
ipam_cidr_parse(const char *s, struct ipam_cidr *cidr)
{
    const char *slash = strchr(s, '/');
    struct ipam_addr addr;
    int bits;

    /* str_to_int() takes signs and spaces, a prefix length has none. */
    if (!slash || slash[1 + strspn(slash + 1, "0123456789")]
        || !str_to_int(slash + 1, 10, &cidr->plen)) {
        return false;
    }

    char *host = xmemdup0(s, slash - s);
    bool ok = ipam_addr_parse(host, &cidr->version, &addr);
    free(host);
    bits = cidr->version == 4 ? 32 : 128;
    if (!ok || cidr->plen > bits) {
        return false;
    }

    /* The mask of host bits, as a number. */
    int n = bits - cidr->plen;
    uint64_t lo = n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
    uint64_t hi = (n <= 64 ? 0
                   : n == 128 ? UINT64_MAX
                   : (UINT64_C(1) << (n - 64)) - 1);
    cidr->first.hi = addr.hi & ~hi;
    cidr->first.lo = addr.lo & ~lo;
    cidr->last.hi = addr.hi | hi;
    cidr->last.lo = addr.lo | lo;
    return true;
}

/* Stores the canonical text of 'cidr' into 's'. */
void
ipam_cidr_format(const struct ipam_cidr *cidr, char s[IPAM_CIDR_STRLEN])
{
    char addr[IPAM_ADDR_STRLEN];

    ipam_addr_format(cidr->version, cidr->first, addr);
    snprintf(s, IPAM_CIDR_STRLEN, "%s/%d", addr, cidr->plen);
}

/* True if 'addr', of the same IP version, is within 'cidr'. */
bool
ipam_cidr_contains(const struct ipam_cidr *cidr, struct ipam_addr addr)
{
    return (ipam_addr_cmp(addr, cidr->first) >= 0
            && ipam_addr_cmp(addr, cidr->last) <= 0);
}

/* True if an address is in both. */
bool
ipam_cidr_overlaps(const struct ipam_cidr *a, const struct ipam_cidr *b)
{
    return (a->version == b->version
            && ipam_addr_cmp(a->first, b->last) <= 0
            && ipam_addr_cmp(b->first, a->last) <= 0);
}

static bool
pool_parse(const char *s, int *version, struct ipam_pool *pool)
{
    const char *dash = strchr(s, '-');
    int end_version;

    if (!dash) {
        return false;
    }

    char *start = xmemdup0(s, dash - s);
    bool ok = (ipam_addr_parse(start, version, &pool->start)
               && ipam_addr_parse(dash + 1, &end_version, &pool->end)
               && *version == end_version
               && ipam_addr_cmp(pool->start, pool->end) <= 0);
    free(start);
    return ok;
}

/* Parses "START-END".  True if successful. */
bool
ipam_pool_parse(const char *s, struct ipam_pool *pool)
{
    int version;

    return pool_parse(s, &version, pool);
}

static char *
pool_format(int version, const struct ipam_pool *pool)
{
    char start[IPAM_ADDR_STRLEN], end[IPAM_ADDR_STRLEN];

    ipam_addr_format(version, pool->start, start);
    ipam_addr_format(version, pool->end, end);
    return xasprintf("%s-%s", start, end);
}

/* Returns the EUI-64 address of 'mac' in 'cidr'. */
struct ipam_addr
ipam_eui64(const struct ipam_cidr *cidr, struct eth_addr mac)
{
    uint64_t m = eth_addr_to_uint64(mac);
    struct ipam_addr addr = {
        .hi = cidr->first.hi,
        .lo = ((((m >> 24) ^ UINT64_C(0x020000)) << 40)
               | (UINT64_C(0xfffe) << 24) | (m & 0xffffff)),
    };

    return addr;
}

/* True if hosts of such a subnet form their addresses themselves. */
bool
ipam_is_auto_address(const char *ra_mode, const char *address_mode)
{
    const char *modes[] = { ra_mode, address_mode };

    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        if (modes[i] && (!strcmp(modes[i], "slaac")
                         || !strcmp(modes[i], "dhcpv6-stateless"))) {
            return true;
        }
    }
    return false;
}

/* True if 'cidr' has a network and a broadcast address of its own. */
static bool
has_broadcast(const struct ipam_cidr *cidr)
{
    return cidr->version == 4 && cidr->plen < 31;
}

/* True if a port of a subnet with 'cidr' can have 'addr'. */
bool
ipam_addr_is_assignable(const struct ipam_cidr *cidr, struct ipam_addr addr)
{
    return (ipam_cidr_contains(cidr, addr)
            && !(has_broadcast(cidr)
                 && (!ipam_addr_cmp(addr, cidr->first)
                     || !ipam_addr_cmp(addr, cidr->last))));
}

/* First and last address that pools may have. */
static struct ipam_pool
pool_bounds(const struct ipam_cidr *cidr)
{
    struct ipam_pool bounds = { cidr->first, cidr->last };

    if (cidr->version == 4 ? cidr->plen < 31 : cidr->plen < 127) {
        bounds.start = addr_add(bounds.start, 1);
        if (cidr->version == 4) {
            bounds.end = addr_sub(bounds.end, 1);
        }
    }
    return bounds;
}

/* Stores in 'pools' the default pools: all of 'cidr' but 'gateway' (NULL for
 * none).  Returns their number. */
static size_t
default_pools(const struct ipam_cidr *cidr, const struct ipam_addr *gateway,
              struct ipam_pool pools[2])
{
    struct ipam_pool all = pool_bounds(cidr);
    size_t n = 0;

    if (!gateway || ipam_addr_cmp(*gateway, all.start) < 0
        || ipam_addr_cmp(*gateway, all.end) > 0
        || !ipam_addr_cmp(all.start, all.end)) {
        pools[n++] = all;
        return n;
    }
    if (ipam_addr_cmp(all.start, *gateway) < 0) {
        pools[n++] = (struct ipam_pool) { all.start, addr_sub(*gateway, 1) };
    }
    if (ipam_addr_cmp(*gateway, all.end) < 0) {
        pools[n++] = (struct ipam_pool) { addr_add(*gateway, 1), all.end };
    }
    return n;
}

/* For qsort(): by first address. */
int
ipam_pool_compare(const void *a_, const void *b_)
{
    const struct ipam_pool *a = a_;
    const struct ipam_pool *b = b_;

    return ipam_addr_cmp(a->start, b->start);
}

/* Parses and checks the requested pools into 'pools', sorted. */
static struct api_error *
parse_pools(const struct svec *request, const struct ipam_cidr *cidr,
            const char *cidr_s, const struct ipam_addr *gateway,
            struct ipam_pool *pools)
{
    struct ipam_pool bounds = pool_bounds(cidr);
    struct api_error *error = NULL;

    for (size_t i = 0; i < request->n; i++) {
        const char *s = request->names[i];
        int version;

        if (!pool_parse(s, &version, &pools[i])) {
            int len = strcspn(s, "-");
            return api_error_create(
                400, "InvalidAllocationPool", "The allocation pool "
                "{'start': '%.*s', 'end': '%s'} is not valid.",
                len, s, s[len] ? s + len + 1 : "");
        } else if (version != cidr->version) {
            return api_error_create(
                400, "InvalidAllocationPool",
                "The allocation pool %s is not valid.", s);
        } else if (ipam_addr_cmp(pools[i].start, bounds.start) < 0
                   || ipam_addr_cmp(pools[i].end, bounds.end) > 0) {
            return api_error_create(
                400, "OutOfBoundsAllocationPool",
                "The allocation pool %s spans beyond the subnet cidr %s.",
                s, cidr_s);
        }
    }

    qsort(pools, request->n, sizeof *pools, ipam_pool_compare);
    for (size_t i = 0; !error && i < request->n; i++) {
        char *s = pool_format(cidr->version, &pools[i]);

        if (i && ipam_addr_cmp(pools[i - 1].end, pools[i].start) >= 0) {
            char *prev = pool_format(cidr->version, &pools[i - 1]);
            error = api_error_create(
                409, "OverlappingAllocationPools",
                "Found overlapping allocation pools: %s %s for subnet %s.",
                prev, s, cidr_s);
            free(prev);
        } else if (gateway && ipam_addr_cmp(pools[i].start, *gateway) <= 0
                   && ipam_addr_cmp(pools[i].end, *gateway) >= 0) {
            char gw[IPAM_ADDR_STRLEN];

            ipam_addr_format(cidr->version, *gateway, gw);
            error = api_error_create(
                409, "GatewayConflictWithAllocationPools",
                "Gateway ip %s conflicts with allocation pool %s.", gw, s);
        }
        free(s);
    }
    return error;
}

/* Checks that an address of version 'actual' named 'name' fits a subnet of
 * version 'wanted'. */
static struct api_error *
check_version(int actual, int wanted, const char *name, const char *value)
{
    return actual == wanted ? NULL : api_error_invalid_input(
        "%s '%s' does not match the ip_version '%d'", name, value, wanted);
}

static struct api_error *
check_cidr(const struct ipam_subnet_request *r, struct ipam_cidr *cidr)
{
    if (!ipam_cidr_parse(r->cidr, cidr)) {
        return api_error_invalid_input(
            "'%s' is not a valid IP subnet", r->cidr);
    }

    struct api_error *error = check_version(cidr->version, r->ip_version,
                                            "cidr", r->cidr);
    if (error) {
        return error;
    }
    if (!cidr->plen) {
        return api_error_invalid_input(
            "0 is not allowed as CIDR prefix length");
    }
    if (r->enable_dhcp) {
        bool multicast = (cidr->version == 4
                          ? cidr->first.lo >> 28 == 0xe
                          : cidr->first.hi >> 56 == 0xff);
        bool loopback = (cidr->version == 4
                         ? cidr->first.lo >> 24 == 127
                         : !cidr->first.hi && cidr->first.lo == 1);
        if (multicast || loopback) {
            return api_error_invalid_input(
                "%s IP subnet is not supported if enable_dhcp is True",
                multicast ? "Multicast" : "Loopback");
        }
    }
    return NULL;
}

static struct api_error *
check_ipv6_modes(const struct ipam_subnet_request *r,
                 const struct ipam_cidr *cidr)
{
    const char *ra = r->ipv6_ra_mode;
    const char *address = r->ipv6_address_mode;

    if (!ra && !address) {
        return NULL;
    }
    if (cidr->version == 4) {
        return api_error_invalid_input(
            "%s is not valid when ip_version is 4",
            ra ? "ipv6_ra_mode" : "ipv6_address_mode");
    }
    if (!r->enable_dhcp) {
        return api_error_invalid_input(
            "ipv6_ra_mode or ipv6_address_mode cannot be "
            "set when enable_dhcp is set to False");
    }
    if (ra && address && strcmp(ra, address)) {
        return api_error_invalid_input(
            "ipv6_ra_mode set to '%s' with "
            "ipv6_address_mode set to '%s' is not valid. "
            "If both attributes are set, they must be the "
            "same value", ra, address);
    }
    if (ipam_is_auto_address(ra, address) && cidr->plen != 64) {
        return api_error_invalid_input(
            "Invalid CIDR %s for IPv6 address mode. "
            "OpenStack uses the EUI-64 address format, "
            "which requires the prefix to be /64", r->cidr);
    }
    return NULL;
}

/* True if 'addr' can be the gateway of a subnet with 'cidr'.  It need not be
 * in the subnet (Neutron's force_gateway_on_subnet is gone): routers take it
 * for on link. */
static bool
is_gateway(const struct ipam_cidr *cidr, struct ipam_addr addr)
{
    if (ipam_cidr_contains(cidr, addr)) {
        return ipam_addr_is_assignable(cidr, addr);
    } else if (cidr->version == 4) {
        unsigned int first = addr.lo >> 24;

        return first && first != 127 && first < 224;
    } else {
        return addr.hi >> 56 != 0xff && (addr.hi || addr.lo > 1);
    }
}

/* Finds the gateway: sets '*has_gateway' and, if true, '*gateway'. */
static struct api_error *
choose_gateway(const struct ipam_subnet_request *r,
               const struct ipam_cidr *cidr,
               bool *has_gateway, struct ipam_addr *gateway)
{
    struct api_error *error;
    int version;

    *has_gateway = false;
    if (!r->gateway_given) {
        *has_gateway = ipam_addr_cmp(cidr->first, cidr->last);
        *gateway = addr_add(cidr->first, cidr->version == 4);
        return NULL;
    }
    if (!r->gateway_ip) {
        return NULL;
    }

    if (!ipam_addr_parse(r->gateway_ip, &version, gateway)) {
        return api_error_invalid_input(
            "'%s' is not a valid IP address",
            r->gateway_ip);
    }
    error = check_version(version, r->ip_version, "gateway_ip",
                          r->gateway_ip);
    if (error) {
        return error;
    }
    if (!is_gateway(cidr, *gateway)) {
        return api_error_invalid_input("Gateway is not valid on subnet");
    }
    *has_gateway = true;
    return NULL;
}

/* Checks 'r' and fills in 'subnet'; see ipam.h. */
struct api_error *
ipam_subnet_prepare(const struct ipam_subnet_request *r,
                    struct ipam_subnet *subnet)
{
    struct ipam_addr gateway;
    struct ipam_pool *pools;
    struct api_error *error;
    struct ipam_cidr cidr;
    bool has_gateway;
    size_t n;

    error = check_cidr(r, &cidr);
    if (!error) {
        error = check_ipv6_modes(r, &cidr);
    }
    if (!error) {
        error = choose_gateway(r, &cidr, &has_gateway, &gateway);
    }
    if (error) {
        return error;
    }
    ipam_cidr_format(&cidr, subnet->cidr);

    if (r->pools_given) {
        n = r->pools->n;
        pools = xmalloc(MAX(n, 1) * sizeof *pools);
        error = parse_pools(r->pools, &cidr, subnet->cidr,
                            has_gateway ? &gateway : NULL, pools);
        if (error) {
            free(pools);
            return error;
        }
    } else {
        pools = xmalloc(2 * sizeof *pools);
        n = default_pools(&cidr, has_gateway ? &gateway : NULL, pools);
    }

    subnet->gateway_ip[0] = '\0';
    if (has_gateway) {
        ipam_addr_format(cidr.version, gateway, subnet->gateway_ip);
    }
    subnet->pools = xmalloc(sizeof *subnet->pools);
    svec_init(subnet->pools);
    for (size_t i = 0; i < n; i++) {
        svec_add_nocopy(subnet->pools, pool_format(cidr.version, &pools[i]));
    }
    free(pools);
    return NULL;
}

/* Frees what ipam_subnet_prepare() stored. */
void
ipam_subnet_destroy(struct ipam_subnet *subnet)
{
    svec_destroy(subnet->pools);
    free(subnet->pools);
}

/* Returns the number of addresses in the pools, 'max' if there are more. */
static uint64_t
count_addresses(const struct ipam_pool *pools, size_t n_pools, uint64_t max)
{
    uint64_t total = 0;

    for (size_t i = 0; i < n_pools && total < max; i++) {
        uint64_t n = addr_count(pools[i].start, pools[i].end);

        total += MIN(n, max - total);
    }
    return total;
}

/* Chooses a free address; see ipam.h.
 *
 * First IPAM_TRIES guesses among the first IPAM_WINDOW addresses: if one is
 * free, it is one of the first IPAM_WINDOW free ones.  As long as all of them
 * are used, the window is doubled, so that the work grows with the logarithm
 * of the number of addresses in use.  When nearly all addresses of the pools
 * are used, a walk from the start finds those that are left. */
bool
ipam_choose(const struct ipam_pool *pools, size_t n_pools,
            bool (*is_used)(struct ipam_addr, void *aux), void *aux,
            bool lowest, struct ipam_addr *addr)
{
    for (uint64_t window = IPAM_WINDOW; !lowest && window <= UINT32_MAX;
         window *= 2) {
        uint64_t total = count_addresses(pools, n_pools, window);

        for (int try = 0; try < IPAM_TRIES && total; try++) {
            uint64_t ofs = random_range(total);
            size_t i = 0;

            for (;;) {
                uint64_t n = addr_count(pools[i].start, pools[i].end);
                if (ofs < n) {
                    break;
                }
                ofs -= n;
                i++;
            }
            *addr = addr_add(pools[i].start, ofs);
            if (!is_used(*addr, aux)) {
                return true;
            }
        }
        if (total < window) {
            break;
        }
    }

    /* Reservoir sampling: each of the first IPAM_WINDOW free addresses is
     * equally likely to be the one that stays. */
    uint32_t n_free = 0;
    for (size_t i = 0; i < n_pools; i++) {
        struct ipam_addr a = pools[i].start;

        for (;;) {
            if (!is_used(a, aux)) {
                if (!random_range(++n_free)) {
                    *addr = a;
                }
                if (lowest || n_free >= IPAM_WINDOW) {
                    return true;
                }
            }
            if (!ipam_addr_cmp(a, pools[i].end)) {
                break;
            }
            a = addr_add(a, 1);
        }
    }
    return n_free > 0;
}
