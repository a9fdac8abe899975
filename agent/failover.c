/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/failover.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent-row.h"
#include "agent/agent.h"
#include "agent/frame.h"
#include "agent/router.h"
#include "agent/takeover.h"
#include "agent/vrrp-advert.h"
#include "hmapx.h"
#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/hmap.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "ovs-plugin/ovs-plugin.h"
#include "packets.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(failover);

/* Moves the active copies of routers between hosts without waiting for VRRP's
 * timers.
 *
 * Owns what it keeps in router->failover.  In: which hosts answer, which
 * physical networks are down (ovs-plugin), who was active last and what
 * operators ask for (replica of OVS_L3HA), the state of our copies.  Out:
 * hosts to watch; advertisements (vrrp-advert.c); the standing of each copy,
 * which the router writes to a file that keepalived tracks; the answer to
 * requests (Router_Instance.yielded_seq).
 *
 * VRRP stays in charge: nothing here makes a copy active or a backup but
 * keepalived, and everything here may fail without more harm than that it
 * takes VRRP's time.  Neither the server nor the database need to be there:
 * the replica says who was active last.
 *
 * - A host is lost that has the active copy: ours takes over if it is next in
 *   line.
 * - Our copy is active and cannot reach any other any more, or the switch has
 *   stopped: another one has probably taken over.  Ours goes on, because the
 *   others may be dead, but with a low priority, so that it is the one to step
 *   back when they meet again, and the traffic stays where it has gone.  It
 *   regains its priority when others have been reachable for a while and it
 *   is still active.
 * - Our copy stands by and the switch has stopped: it hears nobody, so it
 *   would become active by itself, and be one too many when the switch is
 *   back.  Until then it is at fault.
 * - The host is burdened (drained, physical network down) and a host that is
 *   less so has a copy that is able: ours hands over and stands by with a low
 *   priority.  Where all are burdened alike, nothing moves.
 * - keepalived of our active copy has died: another one is told to take over.
 * - An operator asks for it.
 *
 * How a copy hands over is in handover.c. */

/* How long until a copy that did not get rid of its burden tries again, in ms:
 * doubled from the first value to the last, for it may cost an outage. */
#define LEAVE_RETRY 5000
#define LEAVE_RETRY_MAX 40000

/* How long others are to be reachable before a copy that is still active is
 * certain that it is the only one, in ms. */
#define DOUBT_TIME 3000

/* How often it is looked whether the HA port of a copy has its flows again
 * after the switch has stopped, in ms. */
#define DEAF_INTERVAL 50

/* Values of the file that keepalived tracks, which it adds to the priority;
 * less than -253 is a fault. */
#define STANDING_FAULT (-254)

struct failover {
    int frames;                 /* From frame_open(). */
    struct sset lost;           /* Hosts known to be lost. */
    bool connected;             /* The switch was there. */
    bool was_connected;         /* It has ever been. */
    bool kicked;
    bool unreported;            /* There was no transaction to report in. */
    uint64_t links_seqno;
    unsigned int idl_seqno;
    long long int wake_at;
    struct handover_pace pace;
};

/* The other copies of a router of ours. */
struct family {
    struct hmap_node hmap_node; /* By 'uuid'. */
    struct uuid uuid;
    struct router *router;
    const struct l3harec_router_instance *own;
    struct sibling *siblings;
    size_t n, allocated;
    int burden;                 /* Of this host. */
};

/* A pass over all routers. */
struct pass {
    struct failover *f;
    const struct agent_ctx *ctx;
    const struct router_env *env;
    struct hmapx *changed;
    struct hmap families;
    struct sset newly_lost;
    struct eth_addr *stepped_back; /* HA ports of copies that say so, in
                                    * order. */
    size_t n_stepped_back;
    struct shash agents;        /* Host -> "struct l3harec_agent". */
    bool disconnected;          /* The switch has just stopped. */
};

/* Returns an object that knows nothing of other hosts. */
struct failover *
failover_create(void)
{
    struct failover *f = xzalloc(sizeof *f);

    f->frames = frame_open();
    sset_init(&f->lost);
    f->kicked = true;
    f->wake_at = LLONG_MAX;
    return f;
}

/* Frees 'f'. */
void
failover_destroy(struct failover *f)
{
    if (f) {
        close(f->frames);
        sset_destroy(&f->lost);
        free(f);
    }
}

/* Something happened to a router. */
void
failover_kick(struct failover *f)
{
    f->kicked = true;
}

static int
agent_burden(const struct l3harec_agent *agent, const struct router *r)
{
    bool cut_off = false;

    for (size_t i = 0; i < agent->n_physical_down; i++) {
        cut_off |= router_config_uses_physnet(r->config,
                                              agent->physical_down[i]);
    }
    return ((agent->drained ? BURDEN_DRAINED : 0)
            + (cut_off ? BURDEN_CUT_OFF : 0));
}

/* The burden of this host, whose carriers are known better here than in the
 * database. */
static int
own_burden(const struct pass *pass, const struct router *r)
{
    const struct l3harec_agent *agent = shash_find_data(&pass->agents,
                                                        pass->ctx->host);
    int burden = agent && agent->drained ? BURDEN_DRAINED : 0;

    for (size_t i = 0; i < r->config->n_ports; i++) {
        const struct router_port *port = &r->config->ports[i];
        const char *physnet = port->physnet;

        if (physnet && port->kind != ROUTER_PORT_HA
            && ovs_plugin_physnet_is_down(pass->ctx->plugin, physnet)) {
            return burden + BURDEN_CUT_OFF;
        }
    }
    return burden;
}

static void
add_sibling(const struct pass *pass, struct family *family,
            const struct l3harec_router_instance *row)
{
    const struct l3harec_agent *agent = shash_find_data(&pass->agents,
                                                        row->host);
    const struct l3harec_port *port = row->ha_port;
    const char *state = row->state ? row->state : "";
    struct sibling *s;

    if (family->n >= family->allocated) {
        family->siblings = x2nrealloc(family->siblings, &family->allocated,
                                      sizeof *family->siblings);
    }
    s = &family->siblings[family->n++];
    *s = (struct sibling) {
        .host = row->host,
        .active = !strcmp(state, "active"),
        .able = agent && (!strcmp(state, "active")
                          || !strcmp(state, "standby")),
        .priority = row->priority,
        .burden = agent ? agent_burden(agent, family->router) : 0,
        .reach = ovs_plugin_host_reach(pass->ctx->plugin, row->host),
        .lost = (sset_contains(&pass->newly_lost, row->host)
                 || takeover_is_lost(
                     ovs_plugin_host_lost_at(pass->ctx->plugin, row->host),
                     family->router->failover.took_over_at, time_msec())),
    };
    if (port) {
        eth_addr_from_string(port->mac, &s->mac);
        if (port->n_fixed_ips) {
            ip_parse(port->fixed_ips[0]->address, &s->ip);
        }
    }
}

static struct family *
find_family(const struct pass *pass, const struct uuid *router)
{
    struct family *family;

    HMAP_FOR_EACH_WITH_HASH (family, hmap_node, uuid_hash(router),
                             &pass->families) {
        if (uuid_equals(&family->uuid, router)) {
            return family;
        }
    }
    return NULL;
}

/* Adds to 'hosts' those that have copies of the same routers. */
static void
find_hosts(const struct agent_ctx *ctx, struct sset *hosts)
{
    const struct l3harec_router_instance *row;

    L3HAREC_ROUTER_INSTANCE_FOR_EACH (row, ctx->l3ha_idl) {
        if (row->ha_port && strcmp(row->host, ctx->host)) {
            sset_add(hosts, row->host);
        }
    }
}

static void
find_families(struct pass *pass, const struct hmap *routers)
{
    const struct l3harec_router_instance *row;
    const struct l3harec_agent *agent;
    struct router *r;

    L3HAREC_AGENT_FOR_EACH (agent, pass->ctx->l3ha_idl) {
        shash_add_once(&pass->agents, agent->host, agent);
    }
    HMAP_FOR_EACH (r, hmap_node, routers) {
        if (r->config && r->config->ha) {
            struct family *family = xzalloc(sizeof *family);

            family->uuid = r->uuid;
            family->router = r;
            family->burden = own_burden(pass, r);
            hmap_insert(&pass->families, &family->hmap_node,
                        uuid_hash(&r->uuid));
        }
    }
    L3HAREC_ROUTER_INSTANCE_FOR_EACH (row, pass->ctx->l3ha_idl) {
        struct family *family = (row->router
                                 ? find_family(pass,
                                               &row->router->header_.uuid)
                                 : NULL);

        if (!family) {
            continue;
        } else if (!strcmp(row->host, pass->ctx->host)) {
            family->own = row;
        } else {
            add_sibling(pass, family, row);
        }
    }
}

static void
destroy_families(struct pass *pass)
{
    struct family *family;

    HMAP_FOR_EACH_POP (family, hmap_node, &pass->families) {
        free(family->siblings);
        free(family);
    }
    hmap_destroy(&pass->families);
}

/* Finds hosts that do not answer any more. */
static void
find_lost(struct pass *pass, const struct sset *hosts)
{
    struct failover *f = pass->f;
    const char *host;

    SSET_FOR_EACH_SAFE (host, &f->lost) {
        if (ovs_plugin_host_reach(pass->ctx->plugin, host) != REACH_DOWN) {
            sset_delete(&f->lost, SSET_NODE_FROM_NAME(host));
        }
    }
    SSET_FOR_EACH (host, hosts) {
        if (ovs_plugin_host_reach(pass->ctx->plugin, host) == REACH_DOWN
            && sset_add(&f->lost, host)) {
            sset_add(&pass->newly_lost, host);
        }
    }
}

static int
compare_macs(const void *a, const void *b)
{
    const struct eth_addr *mac1 = a, *mac2 = b;

    return eth_addr_compare_3way(*mac1, *mac2);
}

/* Finds copies that have stepped back. */
static void
find_stepped_back(struct pass *pass)
{
    size_t allocated = 0;
    struct eth_addr mac;

    while (ovs_plugin_pop_circle_sender(pass->ctx->plugin, &mac)) {
        if (pass->n_stepped_back >= allocated) {
            pass->stepped_back = x2nrealloc(pass->stepped_back, &allocated,
                                            sizeof *pass->stepped_back);
        }
        pass->stepped_back[pass->n_stepped_back++] = mac;
    }
    if (pass->n_stepped_back) {
        qsort(pass->stepped_back, pass->n_stepped_back,
              sizeof *pass->stepped_back, compare_macs);
    }
}

static bool
has_stepped_back(const struct pass *pass, const struct sibling *s)
{
    return (pass->n_stepped_back
            && bsearch(&s->mac, pass->stepped_back, pass->n_stepped_back,
                       sizeof *pass->stepped_back, compare_macs));
}

static void
take_over(const struct pass *pass, const struct family *family)
{
    struct router *r = family->router;
    const struct sibling *dead = takeover_from(family->siblings, family->n,
                                               r->config->priority,
                                               family->burden);

    if (dead) {
        bool ok = vrrp_advert_take_over(pass->f->frames, r->config,
                                        &pass->env->keepalived, dead);

        r->failover.took_over_at = time_msec();
        failover_cause_note(&r->failover.cause, CAUSE_HOST_LOST);
        VLOG_INFO("router %s: host %s of the active copy is lost; %s",
                  r->name, dead->host,
                  ok ? "taking over" : "leaving it to VRRP to take over");
    }
}

static void
set_doubt(struct router_failover *rf, enum takeover_standing doubt)
{
    rf->doubt = MAX(rf->doubt, doubt);
    rf->certain_at = LLONG_MAX;
}

/* An earlier agent gave 'standing' to a copy with 'priority'.  If it is active
 * in spite of a low one, it may not be the only one.  If it stands by, and is
 * at fault, the switch may be away still. */
void
failover_restore(struct router_failover *rf, uint8_t priority, int standing,
                 bool active)
{
    rf->standing = standing;
    if (!active) {
        rf->deaf = standing <= STANDING_FAULT;
        return;
    }
    for (enum takeover_standing s = STANDING_DOUBTFUL;
         standing < 0 && s <= STANDING_LAST; s++) {
        if (priority + standing == takeover_priority(priority, s)) {
            set_doubt(rf, s);
        }
    }
}

/* Returns what an operator is told of the standing of a copy, a string that is
 * not to be freed. */
const char *
failover_standing_to_string(const struct router_failover *rf)
{
    return (rf->handover.state ? "handing over"
            : rf->deaf ? "standing by until the switch is back"
            : rf->burdened ? "to be active only if no other is able"
            : rf->doubt ? "in doubt whether another copy is active"
            : "normal");
}

static void
doubt(struct router *r, const char *why)
{
    if (!r->failover.doubt) {
        VLOG_INFO("router %s: %s; going on with a low priority", r->name,
                  why);
    }
    set_doubt(&r->failover, STANDING_DOUBTFUL);
}

/* Our copy is, or was, active and in doubt whether it is the only one. */
static void
run_doubt(struct pass *pass, const struct family *family)
{
    struct router_failover *rf = &family->router->failover;

    if (!ovs_plugin_is_connected(pass->ctx->plugin)
        || !takeover_has_contact(family->siblings, family->n)) {
        /* One that has left and still hears nobody will become active again,
         * and be no more certain. */
        rf->certain_at = LLONG_MAX;
    } else if (family->router->state == VRRP_BACKUP
               || family->router->state == VRRP_FAULT) {
        rf->doubt = STANDING_NORMAL;
    } else if (rf->certain_at == LLONG_MAX) {
        rf->certain_at = time_msec() + DOUBT_TIME;
    } else if (time_msec() >= rf->certain_at) {
        rf->doubt = STANDING_NORMAL;
        if (family->router->state == VRRP_MASTER) {
            /* Another may have been active, and the word that it has stepped
             * back be lost. */
            announce_start(&family->router->announce, time_msec());
            hmapx_add(pass->changed, family->router);
        }
    }
    if (rf->doubt) {
        pass->f->wake_at = MIN(pass->f->wake_at, rf->certain_at);
    }
}

/* Tells keepalived of our copy what to add to its priority. */
static void
run_standing(struct pass *pass, struct family *family)
{
    struct router *r = family->router;
    struct router_failover *rf = &r->failover;
    int priority = r->config->priority;
    int standing;

    if (rf->handover.state == HANDOVER_ALONE || rf->deaf) {
        standing = STANDING_FAULT;
    } else if (rf->handover.state) {
        standing = 1 - priority;
    } else {
        standing = takeover_priority(priority, family->burden ? STANDING_LAST
                                     : rf->doubt) - priority;
    }
    if (standing != rf->standing) {
        rf->standing = standing;
        hmapx_add(pass->changed, r);
    }
}

/* Was the last try for a host that was dead, maybe, while 'successor' is
 * not? */
static bool
may_try_at_once(const struct router_failover *rf,
                const struct sibling *successor)
{
    return rf->left_to_unheard && !takeover_may_be_dead(successor);
}

/* Begins to hand over to 'successor'. */
static void
leave(struct pass *pass, struct family *family,
      const struct sibling *successor, enum failover_cause cause)
{
    struct router *r = family->router;
    struct router_failover *rf = &r->failover;

    failover_cause_note(&rf->cause, cause);
    VLOG_INFO("router %s: handing over to host %s (%s)", r->name,
              successor->host, failover_cause_to_string(cause));
    if (may_try_at_once(rf, successor)) {
        rf->leave_retry = 0;
    }
    rf->leave_retry = MIN(MAX(2 * rf->leave_retry, LEAVE_RETRY),
                          LEAVE_RETRY_MAX);
    rf->leave_again_at = time_msec() + rf->leave_retry;
    rf->left_to_unheard = takeover_may_be_dead(successor);
    handover_pace_begin(&pass->f->pace, time_msec());
    handover_begin(&rf->handover, &pass->env->keepalived, successor);

    /* First of all: with its priority ours would send the successor back. */
    run_standing(pass, family);
    if (router_tell_standing(r)) {
        handover_tell(r, pass->env, successor);
    } else {
        rf->handover.state = HANDOVER_NONE;
    }
}

/* Does what an operator asks of our active copy. */
static void
run_yield(struct pass *pass, struct family *family)
{
    const struct l3harec_router_instance *own = family->own;
    struct router_failover *rf = &family->router->failover;
    const char *to = own->yield_to[0] ? own->yield_to : NULL;
    const struct sibling *successor = takeover_successor(family->siblings,
                                                         family->n, to);

    rf->yield_seq = own->yield_seq;
    if (successor) {
        leave(pass, family, successor, CAUSE_ASKED);
    } else {
        VLOG_WARN("router %s: asked to hand over, but no other copy%s%s is "
                  "able to take over", family->router->name,
                  to ? " on host " : "", to ? to : "");
    }
}

/* Our copy is active, and nothing is under way. */
static void
run_active(struct pass *pass, struct family *family)
{
    const struct l3harec_router_instance *own = family->own;
    struct router_failover *rf = &family->router->failover;
    const struct sibling *better;

    if (own && own->yield_seq > own->yielded_seq
        && own->yield_seq != rf->yield_seq) {
        run_yield(pass, family);
    } else if (family->burden
               && (better = takeover_better(family->siblings, family->n,
                                            family->burden))) {
        bool cut_off = family->burden >= BURDEN_CUT_OFF;
        long long int at = may_try_at_once(rf, better) ? 0
                           : rf->leave_again_at;

        if (pass->env->keepalived.version != 2) {
            at = MAX(at, handover_pace_next(&pass->f->pace, cut_off));
        }
        if (time_msec() >= at) {
            leave(pass, family, better,
                  cut_off ? CAUSE_PHYSICAL_DOWN : CAUSE_DRAINED);
        } else {
            pass->f->wake_at = MIN(pass->f->wake_at, at);
        }
    }
}

/* Answers a request that nothing is left to do for. */
static void
answer_yield(struct pass *pass, const struct family *family)
{
    const struct l3harec_router_instance *own = family->own;
    const struct router *r = family->router;

    if (own && own->yield_seq > own->yielded_seq
        && !r->failover.handover.state
        && (own->yield_seq == r->failover.yield_seq
            || r->state == VRRP_BACKUP)) {
        if (pass->ctx->l3ha_txn) {
            l3harec_router_instance_set_yielded_seq(own, own->yield_seq);
        } else {
            pass->f->unreported = true;
        }
    }
}

/* A copy that stands by waits for the switch, and then for the flows of its HA
 * port.  One that is active goes on, because the others may be dead.  An agent
 * that has not yet found the switch leaves it at what an earlier one said: it
 * may be there. */
static void
run_deaf(struct pass *pass, const struct family *family)
{
    struct router *r = family->router;
    struct router_failover *rf = &r->failover;
    const struct router_port *ha = router_config_find(r->config,
                                                      ROUTER_PORT_HA);

    if (r->state == VRRP_MASTER || (!pass->f->was_connected && !rf->deaf)) {
        if (rf->deaf) {
            /* keepalived was faster than we: it has heard nobody. */
            set_doubt(rf, STANDING_LAST);
        }
        rf->deaf = false;
    } else if (!pass->f->connected) {
        if (!rf->deaf) {
            failover_cause_note(&rf->cause, CAUSE_SWITCH_LOST);
        }
        rf->deaf = true;
    } else if (rf->deaf) {
        rf->deaf = ha && !ovs_plugin_port_is_wired(pass->ctx->plugin,
                                                   &ha->uuid);
        if (rf->deaf) {
            pass->f->wake_at = MIN(pass->f->wake_at,
                                   time_msec() + DEAF_INTERVAL);
        }
    }
}

/* Our active copy announces itself when another one has stepped back. */
static void
run_stepped_back(struct pass *pass, struct family *family)
{
    struct router *r = family->router;

    for (size_t i = 0; r->state == VRRP_MASTER && i < family->n; i++) {
        if (has_stepped_back(pass, &family->siblings[i])) {
            announce_start(&r->announce, time_msec());
            hmapx_add(pass->changed, r);
        }
    }
}

static void
run_family(struct pass *pass, struct family *family)
{
    struct router *r = family->router;
    struct router_failover *rf = &r->failover;

    if (rf->lost_vrrp) {
        const struct sibling *successor
            = takeover_successor(family->siblings, family->n, NULL);

        rf->lost_vrrp = false;
        if (successor) {
            VLOG_INFO("router %s: host %s is to take over", r->name,
                      successor->host);
            vrrp_advert_hand_over(pass->ctx->plugin, r->config,
                                  &pass->env->keepalived, successor);
        }
    }
    if (r->state == VRRP_BACKUP && !sset_is_empty(&pass->newly_lost)) {
        take_over(pass, family);
    } else if (r->state == VRRP_MASTER) {
        if (pass->disconnected) {
            doubt(r, "the switch has stopped");
        } else if (!sset_is_empty(&pass->newly_lost)
                   && takeover_is_alone(family->siblings, family->n)) {
            doubt(r, "no host with another copy can be reached");
        }
    }
    if (r->state == VRRP_MASTER && rf->burdened && !family->burden) {
        /* Another copy may have taken over that could not be heard. */
        set_doubt(rf, STANDING_LAST);
    }
    rf->burdened = family->burden != 0;
    if (!rf->burdened) {
        rf->leave_retry = rf->leave_again_at = 0;
    }
    if (rf->doubt) {
        run_doubt(pass, family);
    }
    run_deaf(pass, family);
    pass->f->wake_at = MIN(pass->f->wake_at,
                           handover_run(r, pass->env, family->siblings,
                                        family->n));
    run_stepped_back(pass, family);
    if (r->state == VRRP_MASTER && !rf->handover.state) {
        run_active(pass, family);
    }
    answer_yield(pass, family);
    run_standing(pass, family);
}

/* Reports which physical networks are down. */
static void
report_physnets(const struct agent_ctx *ctx, struct pass *pass)
{
    const struct l3harec_agent *agent = shash_find_data(&pass->agents,
                                                        ctx->host);
    struct sset down = SSET_INITIALIZER(&down);
    const struct smap_node *node;
    bool same = true;

    if (!agent) {
        return;
    }
    SMAP_FOR_EACH (node, &agent->bridge_mappings) {
        if (ovs_plugin_physnet_is_down(ctx->plugin, node->key)) {
            sset_add(&down, node->key);
        }
    }
    same = sset_count(&down) == agent->n_physical_down;
    for (size_t i = 0; i < agent->n_physical_down; i++) {
        same &= sset_contains(&down, agent->physical_down[i]);
    }
    if (!same && !ctx->l3ha_txn) {
        pass->f->unreported = true;
    } else if (!same) {
        const char **names = sset_array(&down);

        l3harec_agent_set_physical_down(agent, names, sset_count(&down));
        free(names);
    }
    sset_destroy(&down);
}

static unsigned int
count_handovers(const struct pass *pass)
{
    const struct family *family;
    unsigned int n = 0;

    HMAP_FOR_EACH (family, hmap_node, &pass->families) {
        n += handover_waits(family->router);
    }
    return n;
}

static bool
has_work(const struct failover *f, const struct agent_ctx *ctx)
{
    return (f->kicked || time_msec() >= f->wake_at
            || (f->unreported && ctx->l3ha_txn)
            || ovs_plugin_has_circle_sender(ctx->plugin)
            || f->connected != ovs_plugin_is_connected(ctx->plugin)
            || f->links_seqno != ovs_plugin_links_seqno(ctx->plugin)
            || f->idl_seqno != ovsdb_idl_get_seqno(ctx->l3ha_idl));
}

/* Does what is to be done for 'routers', and adds those whose standing has
 * changed to 'changed'. */
void
failover_run(struct failover *f, const struct agent_ctx *ctx,
             const struct router_env *env, const struct hmap *routers,
             struct hmapx *changed)
{
    struct sset hosts = SSET_INITIALIZER(&hosts);
    bool connected = ovs_plugin_is_connected(ctx->plugin);
    struct family *family;
    struct pass pass = {
        .f = f,
        .ctx = ctx,
        .env = env,
        .changed = changed,
        .families = HMAP_INITIALIZER(&pass.families),
        .newly_lost = SSET_INITIALIZER(&pass.newly_lost),
        .agents = SHASH_INITIALIZER(&pass.agents),
        .disconnected = f->connected && !connected,
    };

    if (!has_work(f, ctx)) {
        return;
    }
    f->kicked = f->unreported = false;
    f->wake_at = LLONG_MAX;
    f->links_seqno = ovs_plugin_links_seqno(ctx->plugin);
    f->idl_seqno = ovsdb_idl_get_seqno(ctx->l3ha_idl);
    f->connected = connected;
    f->was_connected |= connected;

    find_stepped_back(&pass);
    find_hosts(ctx, &hosts);
    find_lost(&pass, &hosts);
    find_families(&pass, routers);
    handover_pace_update(&f->pace, count_handovers(&pass), time_msec());
    HMAP_FOR_EACH (family, hmap_node, &pass.families) {
        run_family(&pass, family);
    }
    f->kicked |= count_handovers(&pass) < f->pace.n; /* The next may begin. */
    report_physnets(ctx, &pass);
    ovs_plugin_watch_hosts(ctx->plugin, &hosts,
                           l3ha_config_get_int(ctx->config, "DEFAULT",
                                               "ha_bfd_interval"));
    destroy_families(&pass);
    free(pass.stepped_back);
    shash_destroy(&pass.agents);
    sset_destroy(&pass.newly_lost);
    sset_destroy(&hosts);
}

/* Arranges for the poll loop to wake up when failover_run() has work. */
void
failover_wait(const struct failover *f, const struct agent_ctx *ctx)
{
    if (f->wake_at != LLONG_MAX) {
        poll_timer_wait_until(f->wake_at);
    }
    if (f->kicked || ovs_plugin_has_circle_sender(ctx->plugin)
        || f->connected != ovs_plugin_is_connected(ctx->plugin)
        || f->links_seqno != ovs_plugin_links_seqno(ctx->plugin)) {
        poll_immediate_wake();
    }
}
