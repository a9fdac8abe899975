/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Segments of networks.
 *
 * A segment is what tells networks apart on the wire: (type, physical network,
 * segmentation id).  The index of table Network on these three columns makes
 * a segment belong to one network; this module chooses a free one from the
 * configured ranges, or checks the one an admin asks for.
 *
 * Owns: the parsed ranges (struct segments).  They never change while the
 * program runs.
 *
 * A segment asked for may lie outside the ranges, as in Neutron: ranges are
 * what tenants get. */

#include <config.h>
#include "server/segment.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "random.h"
#include "server/api-error.h"
#include "server/backend.h"
#include "smap.h"
#include "svec.h"
#include "util.h"

/* From 'min' to 'max', both included. */
struct segment_range {
    int64_t min, max;
};

/* The ranges of a tunnel type, or of one physical network. */
struct segment_ranges {
    char *physical_network;     /* "" for tunnels. */
    struct segment_range *ranges;
    size_t n;
};

/* What differs between the types. */
struct type_driver {
    const char *name;
    const char *title;          /* In messages. */
    bool is_tunnel;
    bool has_id;
    int64_t min_id, max_id;     /* What the encapsulation can carry. */
    const char *section, *option; /* Of the ranges; NULL for none. */
};

static const struct type_driver drivers[] = {
    { "flat", "flat", false, false, 0, 0, NULL, NULL },
    { "vlan", "VLAN", false, true, 1, 4094,
      "ml2_type_vlan", "network_vlan_ranges" },
    { "vxlan", "vxlan", true, true, 1, (1 << 24) - 1,
      "ml2_type_vxlan", "vni_ranges" },
    { "gre", "gre", true, true, 1, UINT32_MAX,
      "ml2_type_gre", "tunnel_id_ranges" },
    { "geneve", "geneve", true, true, 1, (1 << 24) - 1,
      "ml2_type_geneve", "vni_ranges" },
};
enum { N_DRIVERS = ARRAY_SIZE(drivers) };

struct segments {
    const struct l3ha_config *config;

    /* By index into 'drivers': one element for a tunnel type, one for each
     * physical network for VLAN. */
    struct segment_ranges *ranges[N_DRIVERS];
    size_t n_ranges[N_DRIVERS];
};

static const struct type_driver *
driver_find(const struct segments *s, const char *type)
{
    const struct svec *enabled = l3ha_config_get_list(s->config, "ml2",
                                                      "type_drivers");

    for (size_t i = 0; i < N_DRIVERS; i++) {
        if (!strcmp(drivers[i].name, type)) {
            for (size_t j = 0; j < enabled->n; j++) {
                if (!strcmp(enabled->names[j], type)) {
                    return &drivers[i];
                }
            }
        }
    }
    return NULL;
}

/* The ranges of 'physical_network' ("" for tunnels), made if there are none
 * yet. */
static struct segment_ranges *
ranges_get(struct segments *s, size_t driver, const char *physical_network)
{
    for (size_t i = 0; i < s->n_ranges[driver]; i++) {
        struct segment_ranges *r = &s->ranges[driver][i];

        if (!strcmp(r->physical_network, physical_network)) {
            return r;
        }
    }

    size_t n = ++s->n_ranges[driver];
    s->ranges[driver] = xrealloc(s->ranges[driver],
                                 n * sizeof *s->ranges[driver]);
    struct segment_ranges *r = &s->ranges[driver][n - 1];
    r->physical_network = xstrdup(physical_network);
    r->ranges = NULL;
    r->n = 0;
    return r;
}

/* Parses "MIN:MAX", or for VLAN "PHYSNET:MIN:MAX" or "PHYSNET".  False if
 * that is not what 'entry' is. */
static bool
parse_range(struct segments *s, size_t driver, const char *entry)
{
    const struct type_driver *d = &drivers[driver];
    struct segment_ranges *ranges;
    struct segment_range range;
    char *copy = xstrdup(entry);
    char *colon = strrchr(copy, ':');
    char *physnet = "";
    char *min = copy;
    char *max;
    bool ok = false;

    if (!d->is_tunnel && !colon) {
        ok = *copy != '\0';
        if (ok) {
            ranges_get(s, driver, copy);
        }
        goto exit;
    } else if (!colon) {
        goto exit;
    }
    *colon = '\0';
    max = colon + 1;
    if (!d->is_tunnel) {
        /* A physical network's name may contain colons, ranges may not. */
        colon = strrchr(copy, ':');
        if (!colon || colon == copy) {
            goto exit;
        }
        *colon = '\0';
        physnet = copy;
        min = colon + 1;
    }

    long long lmin, lmax;
    if (!str_to_llong(min, 10, &lmin) || !str_to_llong(max, 10, &lmax)
        || lmin < d->min_id || lmax > d->max_id || lmin > lmax) {
        goto exit;
    }
    range.min = lmin;
    range.max = lmax;
    ranges = ranges_get(s, driver, physnet);
    ranges->ranges = xrealloc(ranges->ranges,
                              (ranges->n + 1) * sizeof range);
    ranges->ranges[ranges->n++] = range;
    ok = true;

exit:
    free(copy);
    return ok;
}

/* Returns the segments of 'config', or NULL and a message in '*errorp'. */
struct segments *
segments_create(const struct l3ha_config *config, char **errorp)
{
    struct segments *s = xzalloc(sizeof *s);

    s->config = config;
    for (size_t i = 0; i < N_DRIVERS; i++) {
        if (!drivers[i].option) {
            continue;
        }

        const struct svec *list = l3ha_config_get_list(
            config, drivers[i].section, drivers[i].option);
        for (size_t j = 0; j < list->n; j++) {
            if (!parse_range(s, i, list->names[j])) {
                *errorp = xasprintf(
                    "[%s] %s: '%s' is not a range of %s from %"PRId64" to "
                    "%"PRId64, drivers[i].section, drivers[i].option,
                    list->names[j],
                    drivers[i].is_tunnel ? "the form MIN:MAX"
                    : "the form PHYSICAL_NETWORK[:MIN:MAX]",
                    drivers[i].min_id, drivers[i].max_id);
                segments_destroy(s);
                return NULL;
            }
        }
    }
    *errorp = NULL;
    return s;
}

/* Frees 's', which may be NULL. */
void
segments_destroy(struct segments *s)
{
    if (s) {
        for (size_t i = 0; i < N_DRIVERS; i++) {
            for (size_t j = 0; j < s->n_ranges[i]; j++) {
                free(s->ranges[i][j].physical_network);
                free(s->ranges[i][j].ranges);
            }
            free(s->ranges[i]);
        }
        free(s);
    }
}

/* Returns the greatest MTU of a network of type 'network_type'. */
int
segment_max_mtu(const struct segments *s, const char *network_type,
                const char *physical_network)
{
    const struct l3ha_config *config = s->config;
    int mtu = l3ha_config_get_int(config, "DEFAULT", "global_physnet_mtu");
    const struct type_driver *d = driver_find(s, network_type);

    mtu = mtu ? mtu : 1500;
    if (d && d->is_tunnel) {
        int path_mtu = l3ha_config_get_int(config, "ml2", "path_mtu");
        int ip = l3ha_config_get_int(config, "ml2",
                                     "overlay_ip_version") == 6 ? 40 : 20;
        /* Outer Ethernet is not counted: both ends have one.  The inner one
         * is.  VXLAN: 14 + 8 + 8.  GRE with a key: 14 + 8.  Geneve: 14 + 8 + 8
         * without options. */
        int overhead = strcmp(network_type, "gre") ? 30 : 22;

        if (path_mtu > 0) {
            mtu = MIN(mtu, path_mtu);
        }
        mtu -= ip + overhead;
    } else {
        const struct smap *physnets = l3ha_config_get_dict(
            config, "ml2", "physical_network_mtus");
        int physnet_mtu = smap_get_int(physnets, physical_network, 0);

        if (physnet_mtu > 0) {
            mtu = MIN(mtu, physnet_mtu);
        }
    }
    return MAX(mtu, 68);
}

static struct api_error *
no_network_available(void)
{
    return api_error_create(
        503, "NoNetworkAvailable", "Unable to create the network. "
        "No tenant network is available for allocation.");
}

static bool
segment_is_used(struct backend *b, const char *type,
                const char *physical_network, const int64_t *id)
{
    struct l3harec_network *key
        = l3harec_network_index_init_row(b->network_by_segment);

    l3harec_network_index_set_network_type(key, type);
    l3harec_network_index_set_physical_network(key, physical_network);
    l3harec_network_index_set_segmentation_id(key, id, id ? 1 : 0);

    bool used = l3harec_network_index_find(b->network_by_segment, key) != NULL;
    l3harec_network_index_destroy_row(key);
    return used;
}

/* Stores a free segmentation id of 'r' in '*id'; false if there is none.
 * Random, so that racing servers rarely choose the same one and an id is not
 * used again soon after its network was deleted. */
static bool
choose_id(struct backend *b, const struct type_driver *d,
          const struct segment_ranges *r, int64_t *id)
{
    uint64_t total = 0;

    for (size_t i = 0; i < r->n; i++) {
        total += r->ranges[i].max - r->ranges[i].min + 1;
    }
    if (!total) {
        return false;
    }

    uint64_t start = random_uint64() % total;
    int n_random = 16;
    for (uint64_t try = 0; try < total + n_random; try++) {
        /* A few independent guesses, then every id once. */
        uint64_t ofs = (try < n_random
                        ? random_uint64() % total
                        : (start + try) % total);
        size_t i = 0;

        for (;; i++) {
            uint64_t n = r->ranges[i].max - r->ranges[i].min + 1;
            if (ofs < n) {
                break;
            }
            ofs -= n;
        }
        *id = r->ranges[i].min + ofs;
        if (!segment_is_used(b, d->name, r->physical_network, id)) {
            return true;
        }
    }
    return false;
}

/* A segment that was chosen. */
struct segment {
    const struct type_driver *driver;
    const char *physical_network;
    int64_t id;
};

/* Chooses a free id of 'driver', on 'physical_network' if that is not
 * NULL. */
static bool
choose_segment(struct backend *b, const struct type_driver *d,
               const char *physical_network, struct segment *segment)
{
    const struct segments *s = b->segments;
    size_t index = d - drivers;

    for (size_t i = 0; i < s->n_ranges[index]; i++) {
        const struct segment_ranges *r = &s->ranges[index][i];

        if ((!physical_network
             || !strcmp(r->physical_network, physical_network))
            && choose_id(b, d, r, &segment->id)) {
            segment->driver = d;
            segment->physical_network = r->physical_network;
            return true;
        }
    }
    return false;
}

static struct api_error *
allocate_tenant(struct backend *b, struct segment *segment)
{
    const struct svec *types = l3ha_config_get_list(
        b->config, "ml2", "tenant_network_types");

    for (size_t i = 0; i < types->n; i++) {
        const struct type_driver *d = driver_find(b->segments,
                                                  types->names[i]);

        if (d && d->has_id && choose_segment(b, d, NULL, segment)) {
            return NULL;
        }
    }
    return no_network_available();
}

static bool
physnet_is_known(const struct segments *s, const struct type_driver *d,
                 const char *physical_network)
{
    if (!d->has_id) {
        const struct svec *flat = l3ha_config_get_list(
            s->config, "ml2_type_flat", "flat_networks");

        for (size_t i = 0; i < flat->n; i++) {
            if (!strcmp(flat->names[i], "*")
                || !strcmp(flat->names[i], physical_network)) {
                return true;
            }
        }
        return false;
    }
    for (size_t i = 0; i < s->n_ranges[d - drivers]; i++) {
        if (!strcmp(s->ranges[d - drivers][i].physical_network,
                    physical_network)) {
            return true;
        }
    }
    return false;
}

/* Checks everything about a request that does not depend on rows. */
static struct api_error *
validate(const struct segments *s, const struct segment_request *r,
         const struct type_driver **dp)
{
    const struct type_driver *d;

    if (!r->network_type) {
        return api_error_invalid_input("network_type required");
    }
    *dp = d = driver_find(s, r->network_type);
    if (!d) {
        return api_error_invalid_input(
            "network_type value '%s' not supported",
            r->network_type);
    }
    if (d->is_tunnel) {
        if (r->physical_network) {
            return api_error_invalid_input(
                "provider:physical_network specified for %s "
                "network", d->name);
        }
    } else if (!r->physical_network) {
        if (!d->has_id) {
            return api_error_invalid_input(
                "physical_network required for flat "
                "provider network");
        } else if (r->has_segmentation_id) {
            return api_error_invalid_input(
                "segmentation_id requires physical_network "
                "for VLAN provider network");
        }
    } else if (!physnet_is_known(s, d, r->physical_network)) {
        return api_error_invalid_input(
            "physical_network '%s' unknown for %s provider "
            "network", r->physical_network, d->title);
    }
    if (r->has_segmentation_id) {
        if (!d->has_id) {
            return api_error_invalid_input(
                "segmentation_id prohibited for flat "
                "provider network");
        } else if (r->segmentation_id < d->min_id
                   || r->segmentation_id > d->max_id) {
            return api_error_invalid_input(
                "segmentation_id out of range (%"PRId64" "
                "through %"PRId64")",
                d->min_id, d->max_id);
        }
    }
    return NULL;
}

static struct api_error *
allocate_provider(struct backend *b, const struct segment_request *r,
                  struct segment *segment)
{
    struct api_error *error = validate(b->segments, r, &segment->driver);
    if (error) {
        return error;
    }

    const struct type_driver *d = segment->driver;
    if (d->has_id && !r->has_segmentation_id) {
        return (choose_segment(b, d, r->physical_network, segment)
                ? NULL : no_network_available());
    }

    segment->physical_network = r->physical_network ? r->physical_network : "";
    segment->id = r->segmentation_id;
    if (!segment_is_used(b, d->name, segment->physical_network,
                         d->has_id ? &segment->id : NULL)) {
        return NULL;
    } else if (!d->has_id) {
        return api_error_create(
            409, "FlatNetworkInUse", "Unable to create the flat network. "
            "Physical network %s is in use.", segment->physical_network);
    } else if (!d->is_tunnel) {
        return api_error_create(
            409, "VlanIdInUse", "Unable to create the network. The VLAN "
            "%"PRId64" on physical network %s is in use.",
            segment->id, segment->physical_network);
    } else {
        return api_error_create(
            409, "TunnelIdInUse", "Unable to create the network. "
            "The tunnel ID %"PRId64" is in use.", segment->id);
    }
}

/* Returns a net_key that no network has, or 0. */
static int64_t
choose_net_key(struct backend *b)
{
    int64_t net_key = 0;

    for (int i = 0; i < 64 && !net_key; i++) {
        struct l3harec_network *key
            = l3harec_network_index_init_row(b->network_by_key);

        net_key = 1 + random_range((1 << 24) - 1);
        l3harec_network_index_set_net_key(key, net_key);
        if (l3harec_network_index_find(b->network_by_key, key)) {
            net_key = 0;
        }
        l3harec_network_index_destroy_row(key);
    }
    return net_key;
}

static struct api_error *
check_mtu(const struct segments *s, const char *type,
          const char *physical_network, int64_t mtu)
{
    int max = segment_max_mtu(s, type, physical_network);

    if (mtu > max) {
        return api_error_invalid_input(
            "Requested MTU is too big, maximum is %d", max);
    } else if (mtu < 68) {
        return api_error_invalid_input(
            "Requested MTU is too small, minimum is 68");
    }
    return NULL;
}

/* Allocates the segment of 'network'; see segment.h. */
struct api_error *
segment_allocate(struct backend *b, const struct l3harec_network *network,
                 const struct segment_request *r, int64_t mtu)
{
    const char *external_type = l3ha_config_get_str(b->config, "ml2",
                                                    "external_network_type");
    struct segment_request external = { .network_type = external_type };
    bool provider = (r && (r->network_type || r->physical_network
                           || r->has_segmentation_id));
    if (!provider && network->external && *external_type) {
        provider = true;
        r = &external;
    }

    struct segment segment = { .physical_network = "" };
    struct api_error *error = (provider ? allocate_provider(b, r, &segment)
                               : allocate_tenant(b, &segment));
    if (error) {
        return error;
    }

    const struct type_driver *d = segment.driver;
    if (mtu) {
        error = check_mtu(b->segments, d->name, segment.physical_network, mtu);
        if (error) {
            return error;
        }
    } else {
        mtu = segment_max_mtu(b->segments, d->name, segment.physical_network);
    }

    int64_t net_key = choose_net_key(b);
    if (!net_key) {
        return no_network_available();
    }

    l3harec_network_set_network_type(network, d->name);
    l3harec_network_set_physical_network(network, segment.physical_network);
    l3harec_network_set_segmentation_id(network, &segment.id,
                                        d->has_id ? 1 : 0);
    l3harec_network_set_net_key(network, net_key);
    l3harec_network_set_mtu(network, mtu);
    return NULL;
}

/* Checks a new MTU of 'network'. */
struct api_error *
segment_check_mtu(struct backend *b, const struct l3harec_network *network,
                  int64_t mtu)
{
    return check_mtu(b->segments, network->network_type,
                     network->physical_network, mtu);
}
