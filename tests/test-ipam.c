/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/l3ha-test.h"

#include <stdio.h>
#include <string.h>

#include "command-line.h"
#include "server/api-error.h"
#include "server/ipam.h"
#include "svec.h"
#include "util.h"

static void
print_error(struct api_error *error)
{
    printf("%d %s: %s\n", error->status, error->type, error->message);
    api_error_destroy(error);
}

/* VERSION CIDR GATEWAY POOLS [RA_MODE [ADDRESS_MODE]], GATEWAY and POOLS
 * "auto", "none" or a value; several pools with commas between them. */
void
test_ipam_subnet(struct ovs_cmdl_context *ctx)
{
    const char *gateway = ctx->argv[3];
    const char *pools = ctx->argv[4];
    struct svec svec = SVEC_EMPTY_INITIALIZER;
    struct ipam_subnet_request request = {
        .ip_version = atoi(ctx->argv[1]),
        .cidr = ctx->argv[2],
        .gateway_given = strcmp(gateway, "auto"),
        .gateway_ip = strcmp(gateway, "none") ? gateway : NULL,
        .pools_given = strcmp(pools, "auto"),
        .pools = &svec,
        .enable_dhcp = true,
        .ipv6_ra_mode = ctx->argc > 5 && *ctx->argv[5] ? ctx->argv[5] : NULL,
        .ipv6_address_mode = ctx->argc > 6 ? ctx->argv[6] : NULL,
    };
    struct ipam_subnet subnet;
    struct api_error *error;

    if (strcmp(pools, "none")) {
        svec_parse_words(&svec, pools);
    }
    error = ipam_subnet_prepare(&request, &subnet);
    if (error) {
        print_error(error);
    } else {
        char *s = svec_join(subnet.pools, " ", "");

        printf("%s gateway %s pools %s\n", subnet.cidr,
               *subnet.gateway_ip ? subnet.gateway_ip : "none",
               *s ? s : "none");
        free(s);
        ipam_subnet_destroy(&subnet);
    }
    svec_destroy(&svec);
}

/* CIDR CIDR: whether they overlap. */
void
test_ipam_overlap(struct ovs_cmdl_context *ctx)
{
    struct ipam_cidr a, b;

    if (!ipam_cidr_parse(ctx->argv[1], &a)
        || !ipam_cidr_parse(ctx->argv[2], &b)) {
        puts("bad CIDR");
        return;
    }
    puts(ipam_cidr_overlaps(&a, &b) ? "overlap" : "disjoint");
}

/* CIDR MAC. */
void
test_ipam_eui64(struct ovs_cmdl_context *ctx)
{
    char s[IPAM_ADDR_STRLEN];
    struct ipam_cidr cidr;
    struct eth_addr mac;

    if (!ipam_cidr_parse(ctx->argv[1], &cidr)
        || !eth_addr_from_string(ctx->argv[2], &mac)) {
        ovs_fatal(0, "bad argument");
    }
    ipam_addr_format(6, ipam_eui64(&cidr, mac), s);
    puts(s);
}

/* Addresses in use in test_ipam_choose(): a bit for each offset. */
struct used {
    struct ipam_addr base;
    uint8_t *map;
    size_t n;
};

static bool
is_used(struct ipam_addr addr, void *used_)
{
    struct used *used = used_;
    uint64_t ofs = addr.lo - used->base.lo;

    ovs_assert(ofs < used->n);
    return used->map[ofs];
}

/* POOL...: allocates until nothing is left and prints how many were given
 * out, whether one came twice, and whether low ones came first.
 *
 * That is a matter of chance.  ipam_choose() leaves the first 1000 addresses
 * if its two guesses there both meet one in use.  Of the first 100 it takes
 * sum((n / 1000)^2, n < 100) = 0.33 from beyond, so that 20 come up less than
 * once in 10^28 runs; of all 4094 at random it would be 75. */
void
test_ipam_choose(struct ovs_cmdl_context *ctx)
{
    size_t n_pools = ctx->argc - 1;
    struct ipam_pool *pools = xmalloc(n_pools * sizeof *pools);
    bool lowest = false, twice = false;
    struct used used;
    size_t n = 0, n_beyond = 0;

    if (!strcmp(ctx->argv[1], "lowest")) {
        lowest = true;
        ctx->argv++;
        n_pools--;
    }
    for (size_t i = 0; i < n_pools; i++) {
        if (!ipam_pool_parse(ctx->argv[i + 1], &pools[i])) {
            ovs_fatal(0, "bad pool");
        }
    }
    used.base = pools[0].start;
    used.n = pools[n_pools - 1].end.lo - used.base.lo + 1;
    used.map = xzalloc(used.n);

    struct ipam_addr addr, prev = pools[0].start;
    while (ipam_choose(pools, n_pools, is_used, &used, lowest, &addr)) {
        uint64_t ofs = addr.lo - used.base.lo;

        twice |= used.map[ofs];
        used.map[ofs] = 1;
        n_beyond += n < 100 && ofs >= 1000 + n;
        if (lowest && ipam_addr_cmp(addr, prev) < 0) {
            puts("not the lowest");
        }
        prev = addr;
        n++;
    }
    printf("%"PRIuSIZE" addresses, %s twice, %s\n", n, twice ? "one" : "none",
           n_beyond < 20 ? "low ones first" : "beyond the first 1000");
    free(used.map);
    free(pools);
}
