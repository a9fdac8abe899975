/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/child.h"
#include "agent/ct-flush.h"
#include "agent/nat.h"
#include "agent/netns.h"
#include "agent/text-file.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ruleset);

/* Brings the ruleset of one copy of a router (nat.c) into the kernel: "nft"
 * is given what has to change, and when it has succeeded, connections that
 * have lost their translation are ended (ct-flush.c).
 *
 * Owns the process and the file "nat.nft" in the router's directory, which
 * says what is in the kernel to the next agent.  In: the configuration.  Out:
 * whether it is in force.
 *
 * Invariants: 'loaded' is what the kernel has, or NULL if that is not known;
 * then everything is replaced. */

struct ruleset {
    char *name;                 /* For log messages. */
    char *netns;
    char *path;
    struct child *nft;
    char *loaded;               /* In the kernel, NULL if unknown. */
    char *sent;                 /* What 'nft' is loading. */
    bool failed;                /* The last attempt failed. */
};

/* Returns the ruleset of router 'name', whose files are in 'dir' and whose
 * namespace is 'netns'.  'aux' is for the owner of 'children'. */
struct ruleset *
ruleset_create(struct child_set *children, const char *name,
               const char *netns, const char *dir, void *aux)
{
    struct ruleset *rs = xzalloc(sizeof *rs);
    char *child_name = xasprintf("router %s: nft", name);
    struct svec argv = SVEC_EMPTY_INITIALIZER;

    rs->name = xstrdup(name);
    rs->netns = xstrdup(netns);
    rs->path = xasprintf("%s/nat.nft", dir);

    svec_add(&argv, "nft");
    svec_add(&argv, "-f");
    svec_add(&argv, "-");

    struct child_args args = {
        .name = child_name,
        .argv = &argv,
        .netns = netns,
        .aux = aux,
    };
    rs->nft = child_create(children, &args);
    svec_destroy(&argv);
    free(child_name);
    return rs;
}

/* Frees 'rs' and leaves the kernel as it is. */
void
ruleset_destroy(struct ruleset *rs)
{
    if (rs) {
        child_destroy(rs->nft);
        free(rs->name);
        free(rs->netns);
        free(rs->path);
        free(rs->loaded);
        free(rs->sent);
        free(rs);
    }
}

/* The namespace was there before this agent: so is what the file says. */
void
ruleset_restore(struct ruleset *rs)
{
    free(rs->loaded);
    rs->loaded = text_file_read(rs->path);
}

/* The namespace is new. */
void
ruleset_forget(struct ruleset *rs)
{
    unlink(rs->path);
    free(rs->loaded);
    rs->loaded = NULL;
}

/* Starts to load the ruleset of 'rc' unless it is in force. */
void
ruleset_run(struct ruleset *rs, const struct router_config *rc)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (rs->sent) {
        return;
    }
    nat_format(rc, &s);
    if (!rs->loaded || strcmp(rs->loaded, ds_cstr(&s))) {
        struct ds commands = DS_EMPTY_INITIALIZER;

        nat_diff(rs->loaded, ds_cstr(&s), &commands);
        rs->sent = ds_steal_cstr(&s);
        child_feed(rs->nft, ds_cstr(&commands));
        ds_destroy(&commands);
    }
    ds_destroy(&s);
}

/* Ends the connections that the step from 'loaded' to 'sent' concerns. */
static void
cut_connections(const struct ruleset *rs)
{
    struct nat_cut *cuts;
    size_t n;

    cuts = nat_cuts(rs->loaded, rs->sent, &n);
    if (n) {
        int fd = netns_open(rs->netns);
        unsigned int n_removed = 0;
        int error = (fd < 0 ? -fd : ct_flush(fd, cuts, n, &n_removed));

        if (error) {
            VLOG_WARN("router %s: ending connections: %s", rs->name,
                      ovs_strerror(error));
        } else if (n_removed) {
            VLOG_INFO("router %s: ended %u connections that are translated "
                      "no more", rs->name, n_removed);
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    free(cuts);
}

/* Returns true if 'child' is that of 'rs'.  Then '*msg' is NULL or says what
 * went wrong; the caller must free it. */
bool
ruleset_child_ended(struct ruleset *rs, const struct child *child, char **msg)
{
    char *output;

    *msg = NULL;
    if (child != rs->nft) {
        return false;
    }
    if (!rs->sent) {
        return true;
    }
    rs->failed = !child_succeeded(rs->nft, &output);
    if (!rs->failed) {
        if (rs->loaded) {
            cut_connections(rs);
        }
        free(rs->loaded);
        rs->loaded = rs->sent;
        text_file_replace(rs->path, rs->loaded);
    } else {
        /* It may not be what we believe. */
        free(rs->loaded);
        rs->loaded = NULL;
        free(rs->sent);
        *msg = xasprintf("loading the ruleset: %s", output);
        free(output);
    }
    rs->sent = NULL;
    return true;
}

/* Returns true if what was asked for last is in force. */
bool
ruleset_is_loaded(const struct ruleset *rs)
{
    return rs->loaded && !rs->sent;
}

/* Returns true if what was asked for last could not be loaded. */
bool
ruleset_has_failed(const struct ruleset *rs)
{
    return rs->failed;
}

/* Returns true if no process of 'rs' runs. */
bool
ruleset_is_idle(const struct ruleset *rs)
{
    return child_is_idle(rs->nft);
}
