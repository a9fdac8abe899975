/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-plugin/firewall.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-plugin/pipeline.h"
#include "packets.h"
#include "util.h"

/* The model of the firewall.
 *
 * Owns groups of rules, sets of addresses and their members.  In: those, as
 * the caller describes them, each change by itself; the groups of the ports
 * on this host.  Out: the flows of tables "egress_rules" and "ingress_rules",
 * by way of stage-rules.c.
 *
 * The groups that a port has make up its policy.  Ports with the same groups
 * share one, so that there are flows for
 *
 *   - each rule of each policy, not of each port;
 *   - each address of each set that a rule refers to: a rule that refers to a
 *     set and the addresses in it meet by conjunction (ovs-actions(7)), whose
 *     number is that of the set, so they add up and do not multiply.
 *
 * Numbers of policies and sets are in flows, and a restarted agent should
 * come to the same.  So they follow from the UUIDs (the number of a group
 * reads like the beginning of its UUID); of two that would have the same
 * number, the second takes the next one that is free.
 *
 * Invariants: a set has flows while a policy refers to it, an address while
 * it is in such a set.  Groups, sets and members may come in any order. */

/* Rules that ports have in common. */
struct fw_group {
    struct hmap_node hmap_node; /* In 'groups'. */
    struct uuid uuid;
    bool stateful;
    struct ovs_plugin_rule *rules;
    size_t n_rules;
};

/* Addresses that rules may refer to. */
struct fw_set {
    struct hmap_node hmap_node; /* In 'sets'. */
    struct uuid uuid;
    struct flow_owner owner;
    struct ovs_list dirty_node; /* In 'dirty_sets', or empty. */
    struct fw_id id;            /* The conjunction. */
    unsigned int n_users;       /* References by rules of policies. */
    bool in_use;                /* It has flows. */
    struct ovs_list refs;       /* Contains "struct fw_ref"s. */
};

/* An address that is in some set.  An address that says nothing (a prefix of
 * length 0) is told by its MAC, so that it does not open a set to everyone. */
struct fw_address {
    struct hmap_node hmap_node; /* In 'addresses'. */
    struct ovs_list dirty_node; /* In 'dirty_addresses', or empty. */
    struct flow_owner owner;
    struct ovs_plugin_address key;
    struct ovs_list refs;       /* Contains "struct fw_ref"s. */
};

/* Something that has addresses. */
struct fw_member {
    struct hmap_node hmap_node; /* In 'members'. */
    struct uuid uuid;
    struct ovs_list refs;       /* Contains "struct fw_ref"s. */
};

/* That an address is in a set because of a member. */
struct fw_ref {
    struct ovs_list set_node;
    struct ovs_list address_node;
    struct ovs_list member_node;
    struct fw_set *set;
    struct fw_address *address;
};

struct firewall {
    struct flow_table *flows;
    struct hmap ids;            /* Contains "struct fw_id"s. */
    struct hmap groups;         /* Contains "struct fw_group"s. */
    struct hmap policies;       /* Contains "struct fw_policy"s. */
    struct hmap sets;           /* Contains "struct fw_set"s. */
    struct hmap addresses;      /* Contains "struct fw_address"es. */
    struct hmap members;        /* Contains "struct fw_member"s. */

    struct ovs_list dirty_policies;
    struct ovs_list dirty_sets;
    struct ovs_list dirty_addresses;
    struct ovs_list turned;     /* Policies whose 'stateless' has changed. */
};

/* Returns a firewall without rules that writes to 'flows'. */
struct firewall *
firewall_create(struct flow_table *flows)
{
    struct firewall *fw = xzalloc(sizeof *fw);

    fw->flows = flows;
    hmap_init(&fw->ids);
    hmap_init(&fw->groups);
    hmap_init(&fw->policies);
    hmap_init(&fw->sets);
    hmap_init(&fw->addresses);
    hmap_init(&fw->members);
    ovs_list_init(&fw->dirty_policies);
    ovs_list_init(&fw->dirty_sets);
    ovs_list_init(&fw->dirty_addresses);
    ovs_list_init(&fw->turned);
    return fw;
}

static void
group_free(struct firewall *fw, struct fw_group *group)
{
    hmap_remove(&fw->groups, &group->hmap_node);
    free(group->rules);
    free(group);
}

static void
policy_free(struct firewall *fw, struct fw_policy *policy)
{
    hmap_remove(&fw->policies, &policy->hmap_node);
    hmap_remove(&fw->ids, &policy->id.hmap_node);
    ovs_list_remove(&policy->dirty_node);
    ovs_list_remove(&policy->turned_node);
    free(policy->groups);
    free(policy->sets);
    free(policy);
}

/* Frees 'fw'; the flow table keeps what it has and must go too. */
void
firewall_destroy(struct firewall *fw)
{
    struct fw_address *address;
    struct fw_member *member;
    struct fw_policy *policy;
    struct fw_group *group;
    struct fw_set *set;

    if (!fw) {
        return;
    }
    HMAP_FOR_EACH_POP (member, hmap_node, &fw->members) {
        struct fw_ref *ref;

        LIST_FOR_EACH_POP (ref, member_node, &member->refs) {
            free(ref);
        }
        free(member);
    }
    HMAP_FOR_EACH_POP (address, hmap_node, &fw->addresses) {
        free(address);
    }
    HMAP_FOR_EACH_SAFE (policy, hmap_node, &fw->policies) {
        policy_free(fw, policy);
    }
    HMAP_FOR_EACH_SAFE (group, hmap_node, &fw->groups) {
        group_free(fw, group);
    }
    HMAP_FOR_EACH_POP (set, hmap_node, &fw->sets) {
        free(set);
    }
    hmap_destroy(&fw->ids);
    hmap_destroy(&fw->groups);
    hmap_destroy(&fw->policies);
    hmap_destroy(&fw->sets);
    hmap_destroy(&fw->addresses);
    hmap_destroy(&fw->members);
    free(fw);
}

static void
make_dirty(struct ovs_list *dirty, struct ovs_list *node)
{
    ovs_list_remove(node);
    ovs_list_push_back(dirty, node);
}

/* Takes a number, 'wanted' if it is free. */
static void
id_take(struct firewall *fw, struct fw_id *id, uint32_t wanted)
{
    for (;; wanted++) {
        /* 0 stands for "no policy". */
        bool used = !wanted;
        struct fw_id *other;

        HMAP_FOR_EACH_WITH_HASH (other, hmap_node, hash_int(wanted, 0),
                                 &fw->ids) {
            used |= other->number == wanted;
        }
        if (!used) {
            break;
        }
    }
    id->number = wanted;
    hmap_insert(&fw->ids, &id->hmap_node, hash_int(wanted, 0));
}

static struct fw_group *
group_find(const struct firewall *fw, const struct uuid *uuid)
{
    struct fw_group *group;

    HMAP_FOR_EACH_WITH_HASH (group, hmap_node, uuid_hash(uuid), &fw->groups) {
        if (uuid_equals(&group->uuid, uuid)) {
            return group;
        }
    }
    return NULL;
}

static bool
policy_has_group(const struct fw_policy *policy, const struct uuid *uuid)
{
    for (size_t i = 0; i < policy->n_groups; i++) {
        if (uuid_equals(&policy->groups[i], uuid)) {
            return true;
        }
    }
    return false;
}

/* Sets the rules of a group, or that there are none if 'desc' is null. */
void
firewall_set_group(struct firewall *fw, const struct uuid *uuid,
                   const struct ovs_plugin_group *desc)
{
    struct fw_group *group = group_find(fw, uuid);
    struct fw_policy *policy;

    if (!desc) {
        if (!group) {
            return;
        }
        group_free(fw, group);
    } else {
        if (!group) {
            group = xzalloc(sizeof *group);
            group->uuid = *uuid;
            hmap_insert(&fw->groups, &group->hmap_node, uuid_hash(uuid));
        }
        free(group->rules);
        group->rules = xmemdup(desc->rules,
                               desc->n_rules * sizeof *desc->rules);
        group->n_rules = desc->n_rules;
        group->stateful = desc->stateful;
    }
    HMAP_FOR_EACH (policy, hmap_node, &fw->policies) {
        if (policy_has_group(policy, uuid)) {
            make_dirty(&fw->dirty_policies, &policy->dirty_node);
        }
    }
}

static int
compare_uuids(const void *a, const void *b)
{
    return uuid_compare_3way(a, b);
}

/* Returns the policy of a port that has 'groups', in any order. */
struct fw_policy *
firewall_policy_get(struct firewall *fw, const struct uuid *groups_, size_t n)
{
    struct uuid *groups = xmemdup(groups_, n * sizeof *groups);
    struct fw_policy *policy;
    uint32_t wanted = 0;
    uint32_t hash;

    qsort(groups, n, sizeof *groups, compare_uuids);
    hash = hash_bytes(groups, n * sizeof *groups, 0);
    HMAP_FOR_EACH_WITH_HASH (policy, hmap_node, hash, &fw->policies) {
        if (policy->n_groups == n
            && !memcmp(policy->groups, groups, n * sizeof *groups)) {
            free(groups);
            policy->n_ports++;
            return policy;
        }
    }

    policy = xzalloc(sizeof *policy);
    policy->n_ports = 1;
    policy->groups = groups;
    policy->n_groups = n;
    flow_owner_init(&policy->owner);
    for (size_t i = 0; i < n; i++) {
        wanted ^= groups[i].parts[0];
    }
    id_take(fw, &policy->id, wanted);
    hmap_insert(&fw->policies, &policy->hmap_node, hash);
    ovs_list_init(&policy->ports);
    ovs_list_init(&policy->dirty_node);
    ovs_list_init(&policy->turned_node);
    make_dirty(&fw->dirty_policies, &policy->dirty_node);
    return policy;
}

/* Gives back what firewall_policy_get() returned, or NULL. */
void
firewall_policy_put(struct firewall *fw, struct fw_policy *policy)
{
    if (policy && !--policy->n_ports) {
        make_dirty(&fw->dirty_policies, &policy->dirty_node);
    }
}

static struct fw_set *
set_get(struct firewall *fw, const struct uuid *uuid)
{
    struct fw_set *set;

    HMAP_FOR_EACH_WITH_HASH (set, hmap_node, uuid_hash(uuid), &fw->sets) {
        if (uuid_equals(&set->uuid, uuid)) {
            return set;
        }
    }
    set = xzalloc(sizeof *set);
    set->uuid = *uuid;
    flow_owner_init(&set->owner);
    ovs_list_init(&set->dirty_node);
    ovs_list_init(&set->refs);
    id_take(fw, &set->id, uuid->parts[0]);
    hmap_insert(&fw->sets, &set->hmap_node, uuid_hash(uuid));
    return set;
}

/* To be called when something refers to 'set' that did not, or the other way
 * round. */
static void
set_dirty(struct firewall *fw, struct fw_set *set)
{
    make_dirty(&fw->dirty_sets, &set->dirty_node);
}

static struct fw_address *
address_get(struct firewall *fw, const struct ovs_plugin_address *desc)
{
    struct fw_address *address;
    struct ovs_plugin_address key;
    uint32_t hash;

    memset(&key, 0, sizeof key);
    key.ip = desc->ip;
    key.plen = desc->plen;
    if (!address_prefix_len(desc)) {
        key.mac = desc->mac;
    }
    hash = hash_bytes(&key, sizeof key, 0);
    HMAP_FOR_EACH_WITH_HASH (address, hmap_node, hash, &fw->addresses) {
        if (!memcmp(&address->key, &key, sizeof key)) {
            return address;
        }
    }
    address = xzalloc(sizeof *address);
    address->key = key;
    flow_owner_init(&address->owner);
    ovs_list_init(&address->dirty_node);
    ovs_list_init(&address->refs);
    hmap_insert(&fw->addresses, &address->hmap_node, hash);
    return address;
}

static void
address_dirty(struct firewall *fw, struct fw_address *address)
{
    make_dirty(&fw->dirty_addresses, &address->dirty_node);
}

static struct fw_member *
member_find(const struct firewall *fw, const struct uuid *uuid)
{
    struct fw_member *member;

    HMAP_FOR_EACH_WITH_HASH (member, hmap_node, uuid_hash(uuid),
                             &fw->members) {
        if (uuid_equals(&member->uuid, uuid)) {
            return member;
        }
    }
    return NULL;
}

static void
member_add_refs(struct firewall *fw, struct fw_member *member,
                const struct ovs_plugin_member *desc)
{
    for (size_t i = 0; i < desc->n_sets; i++) {
        struct fw_set *set = set_get(fw, &desc->sets[i]);

        for (size_t j = 0; j < desc->n_addresses; j++) {
            struct fw_ref *ref = xmalloc(sizeof *ref);

            ref->set = set;
            ref->address = address_get(fw, &desc->addresses[j]);
            ovs_list_push_back(&set->refs, &ref->set_node);
            ovs_list_push_back(&ref->address->refs, &ref->address_node);
            ovs_list_push_back(&member->refs, &ref->member_node);
            address_dirty(fw, ref->address);
        }
        set_dirty(fw, set);
    }
}

static void
ref_free(struct firewall *fw, struct fw_ref *ref)
{
    ovs_list_remove(&ref->set_node);
    ovs_list_remove(&ref->address_node);
    address_dirty(fw, ref->address);
    set_dirty(fw, ref->set);
    free(ref);
}

/* Sets what is known of a member, or that it is not any more if 'desc' is
 * null. */
void
firewall_set_member(struct firewall *fw, const struct uuid *uuid,
                    const struct ovs_plugin_member *desc)
{
    struct fw_member *member = member_find(fw, uuid);
    struct ovs_list old = OVS_LIST_INITIALIZER(&old);
    struct fw_ref *ref;

    if (member) {
        ovs_list_push_back_all(&old, &member->refs);
    } else if (desc && desc->n_sets && desc->n_addresses) {
        member = xzalloc(sizeof *member);
        member->uuid = *uuid;
        ovs_list_init(&member->refs);
        hmap_insert(&fw->members, &member->hmap_node, uuid_hash(uuid));
    }
    /* New ones first, so that a set keeps its number. */
    if (member && desc) {
        member_add_refs(fw, member, desc);
    }
    LIST_FOR_EACH_POP (ref, member_node, &old) {
        ref_free(fw, ref);
    }
    if (member && ovs_list_is_empty(&member->refs)) {
        hmap_remove(&fw->members, &member->hmap_node);
        free(member);
    }
}

/* The references of a policy to sets, being changed.  A set that is referred
 * to before and after stays in use all the time. */
static void
policy_release_sets(struct firewall *fw, struct fw_set **sets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sets[i]->n_users--;
        set_dirty(fw, sets[i]);
    }
    free(sets);
}

static void
policy_add_set(struct firewall *fw, struct fw_policy *policy,
               struct fw_set *set, size_t *allocated)
{
    if (policy->n_sets >= *allocated) {
        policy->sets = x2nrealloc(policy->sets, allocated,
                                  sizeof *policy->sets);
    }
    policy->sets[policy->n_sets++] = set;
    set->n_users++;
    set_dirty(fw, set);
}

/* States the flows of 'policy'. */
static void
run_policy(struct firewall *fw, const struct pipeline *p,
           struct fw_policy *policy)
{
    struct fw_set **old_sets = policy->sets;
    size_t n_old_sets = policy->n_sets;
    size_t allocated_sets = 0;
    struct stage_rule *rules = NULL;
    size_t n_rules = 0, allocated_rules = 0;
    size_t n_known = 0, n_stateful = 0;
    struct stage stage;

    policy->sets = NULL;
    policy->n_sets = 0;
    for (size_t i = 0; policy->n_ports && i < policy->n_groups; i++) {
        const struct fw_group *group = group_find(fw, &policy->groups[i]);

        if (!group) {
            continue;
        }
        n_known++;
        n_stateful += group->stateful;
        for (size_t j = 0; j < group->n_rules; j++) {
            const struct ovs_plugin_rule *rule = &group->rules[j];
            struct fw_set *set = NULL;

            if (!uuid_is_zero(&rule->set)) {
                set = set_get(fw, &rule->set);
                policy_add_set(fw, policy, set, &allocated_sets);
            }
            if (n_rules >= allocated_rules) {
                rules = x2nrealloc(rules, &allocated_rules, sizeof *rules);
            }
            rules[n_rules].rule = rule;
            rules[n_rules++].conj_id = set ? set->id.number : 0;
        }
    }
    policy_release_sets(fw, old_sets, n_old_sets);
    if (policy->stateless != (n_known && !n_stateful)) {
        policy->stateless = !policy->stateless;
        make_dirty(&fw->turned, &policy->turned_node);
    }

    stage_init(&stage, p, fw->flows, &policy->owner,
               policy->n_groups == 1 ? &policy->groups[0] : NULL);
    stage_rules_policy(&stage, policy->id.number, rules, n_rules);
    stage_uninit(&stage);
    free(rules);
    if (!policy->n_ports) {
        policy_free(fw, policy);
    }
}

/* States the flows of 'set', and frees it if nothing refers to it. */
static void
run_set(struct firewall *fw, const struct pipeline *p, struct fw_set *set)
{
    struct fw_ref *ref;

    if (set->in_use != (set->n_users > 0)) {
        struct stage stage;

        set->in_use = set->n_users > 0;
        stage_init(&stage, p, fw->flows, &set->owner, &set->uuid);
        if (set->in_use) {
            stage_rules_set(&stage, set->id.number);
        }
        stage_uninit(&stage);
        LIST_FOR_EACH (ref, set_node, &set->refs) {
            address_dirty(fw, ref->address);
        }
    }
    if (!set->in_use && ovs_list_is_empty(&set->refs)) {
        hmap_remove(&fw->sets, &set->hmap_node);
        hmap_remove(&fw->ids, &set->id.hmap_node);
        free(set);
    }
}

static int
compare_numbers(const void *a_, const void *b_)
{
    const uint32_t *a = a_;
    const uint32_t *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* States the flows of 'address', and frees it if it is in no set. */
static void
run_address(struct firewall *fw, const struct pipeline *p,
            struct fw_address *address)
{
    size_t n_refs = ovs_list_size(&address->refs);
    uint32_t *sets = xmalloc(MAX(n_refs, 1) * sizeof *sets);
    const struct fw_ref *ref;
    struct stage stage;
    size_t n = 0;

    LIST_FOR_EACH (ref, address_node, &address->refs) {
        if (ref->set->in_use) {
            sets[n++] = ref->set->id.number;
        }
    }
    qsort(sets, n, sizeof *sets, compare_numbers);
    stage_init(&stage, p, fw->flows, &address->owner, NULL);
    if (n) {
        stage_rules_address(&stage, &address->key, sets, n);
    }
    stage_uninit(&stage);
    free(sets);
    if (!n_refs) {
        hmap_remove(&fw->addresses, &address->hmap_node);
        free(address);
    }
}

/* Takes the first node off 'dirty'. */
static struct ovs_list *
pop_dirty(struct ovs_list *dirty)
{
    struct ovs_list *node = ovs_list_pop_front(dirty);

    ovs_list_init(node);
    return node;
}

/* Makes the flows of what changed. */
void
firewall_run(struct firewall *fw, const struct pipeline *p)
{
    while (!ovs_list_is_empty(&fw->dirty_policies)) {
        run_policy(fw, p, CONTAINER_OF(pop_dirty(&fw->dirty_policies),
                                       struct fw_policy, dirty_node));
    }
    while (!ovs_list_is_empty(&fw->dirty_sets)) {
        run_set(fw, p, CONTAINER_OF(pop_dirty(&fw->dirty_sets),
                                    struct fw_set, dirty_node));
    }
    while (!ovs_list_is_empty(&fw->dirty_addresses)) {
        run_address(fw, p, CONTAINER_OF(pop_dirty(&fw->dirty_addresses),
                                        struct fw_address, dirty_node));
    }
}

/* Returns a policy whose 'stateless' has changed, each once, or NULL. */
struct fw_policy *
firewall_pop_turned(struct firewall *fw)
{
    return (ovs_list_is_empty(&fw->turned) ? NULL
            : CONTAINER_OF(pop_dirty(&fw->turned), struct fw_policy,
                           turned_node));
}

/* Returns true if firewall_run() has work. */
bool
firewall_is_dirty(const struct firewall *fw)
{
    return (!ovs_list_is_empty(&fw->dirty_policies)
            || !ovs_list_is_empty(&fw->dirty_sets)
            || !ovs_list_is_empty(&fw->dirty_addresses));
}

/* Appends the model to 's', for people. */
void
firewall_format(const struct firewall *fw, struct ds *s)
{
    const struct fw_policy *policy;
    const struct fw_set *set;

    HMAP_FOR_EACH (policy, hmap_node, &fw->policies) {
        ds_put_format(s, "policy 0x%08"PRIx32": %u ports, %s, groups:",
                      policy->id.number, policy->n_ports,
                      policy->stateless ? "stateless" : "stateful");
        for (size_t i = 0; i < policy->n_groups; i++) {
            ds_put_format(s, " "UUID_FMT, UUID_ARGS(&policy->groups[i]));
        }
        ds_put_char(s, '\n');
    }
    HMAP_FOR_EACH (set, hmap_node, &fw->sets) {
        if (set->in_use) {
            ds_put_format(s, "set "UUID_FMT": conjunction %"PRIu32
                          ", %"PRIuSIZE" addresses\n",
                          UUID_ARGS(&set->uuid), set->id.number,
                          ovs_list_size(&set->refs));
        }
    }
}
