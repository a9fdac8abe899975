/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(sysctl);

/* Kernel parameters below /proc/sys.
 *
 * All but one are below /proc/sys/net.  Everything below /proc/sys/net acts on
 * the network namespace of the thread that opens the file, so the caller
 * enters the namespace first.  A parameter is read before it is written: some
 * act on every write, even of the value they have. */

struct sysctl {
    const char *name;           /* Below /proc/sys, with slashes. */
    const char *value;
    bool ha_only;               /* Only for copies of a HA router. */
};

/* IPv6 forwarding is on in every copy, from before any device exists: turning
 * it on at failover would make the takeover depend on the agent, and writing
 * it later makes the kernel report multicast groups on every device.  What
 * the kernel itself says on a device without addresses is dropped by the
 * ruleset (nat.c). */
static const struct sysctl router_sysctls[] = {
    { "net/ipv4/conf/all/promote_secondaries", "1", false },
    { "net/netfilter/nf_conntrack_tcp_be_liberal", "1", false },
    /* A copy that stands by has the timeout that an entry had when it was
     * told of it, in the middle of a transmission one of these two: to be
     * more than the time until it is told again (conntrackd.c). */
    { "net/netfilter/nf_conntrack_tcp_timeout_unacknowledged", "1800", true },
    { "net/netfilter/nf_conntrack_tcp_timeout_max_retrans", "1800", true },
    { "net/ipv4/ip_forward", "1", false },
    { "net/ipv4/conf/all/arp_ignore", "1", false },
    { "net/ipv4/conf/all/arp_announce", "2", false },
    { "net/ipv4/ip_nonlocal_bind", "1", true },
    { "net/ipv6/conf/all/addr_gen_mode", "1", false },
    { "net/ipv6/conf/default/addr_gen_mode", "1", false },
    { "net/ipv6/conf/default/accept_ra", "0", false },
    { "net/ipv6/conf/default/accept_ra_mtu", "0", false },
    { "net/ipv6/conf/default/accept_ra_pinfo", "0", false },
    { "net/ipv6/conf/all/forwarding", "1", false },
};

/* A DHCP server answers at once from an address that it was just given, so
 * duplicates are not looked for: the server of the cloud gives out addresses,
 * and that of the metadata service is meant to be the same everywhere.  When
 * that moves to another host, guests are told: by themselves they would find
 * out half a minute later. */
static const struct sysctl dhcp_sysctls[] = {
    { "net/ipv4/conf/all/promote_secondaries", "1", false },
    { "net/ipv4/ip_nonlocal_bind", "1", false },
    { "net/ipv6/conf/all/addr_gen_mode", "1", false },
    { "net/ipv6/conf/default/addr_gen_mode", "1", false },
    { "net/ipv6/conf/all/accept_dad", "0", false },
    { "net/ipv6/conf/default/accept_dad", "0", false },
    { "net/ipv6/conf/default/accept_ra", "0", false },
    { "net/ipv6/conf/all/ndisc_notify", "1", false },
};

/* See sysctl_allow_inotify(). */
#define INOTIFY_LIMIT "fs/inotify/max_user_instances"
#define INOTIFY_INSTANCES 65536

/* Gives parameter 'name' ("net/ipv4/ip_forward") the value 'value' and sets
 * '*changed' if it had another one.  A parameter that this kernel does not
 * have (IPv6 switched off) is no error.  Returns 0 or a positive errno
 * value. */
static int
set(const char *name, const char *value, bool *changed)
{
    char *path = xasprintf("/proc/sys/%s", name);
    char old[64];
    int error = 0;
    ssize_t n;
    int fd;

    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        error = errno == ENOENT ? 0 : errno;
        goto exit;
    }
    n = read(fd, old, sizeof old - 1);
    if (n > 0) {
        old[n] = '\0';
        old[strcspn(old, "\n")] = '\0';
        if (!strcmp(old, value)) {
            goto close;
        }
    }
    if (pwrite(fd, value, strlen(value), 0) < 0) {
        error = errno;
    } else {
        *changed = true;
    }

close:
    close(fd);
exit:
    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

        VLOG_WARN_RL(&rl, "%s: cannot set to %s (%s)", path, value,
                     ovs_strerror(error));
    }
    free(path);
    return error;
}

/* As above. */
int
sysctl_set(const char *name, const char *value)
{
    bool unused;

    return set(name, value, &unused);
}

static int
set_all(const struct sysctl *sysctls, size_t n, bool ha)
{
    int error = 0;

    for (size_t i = 0; i < n; i++) {
        const struct sysctl *s = &sysctls[i];

        if (ha || !s->ha_only) {
            int retval = sysctl_set(s->name, s->value);

            error = error ? error : retval;
        }
    }
    return error;
}

/* Sets what a router needs in the namespace of the calling thread.  To be
 * done before the namespace has devices: they take over the defaults. */
int
sysctl_set_router(bool ha)
{
    return set_all(router_sysctls, ARRAY_SIZE(router_sysctls), ha);
}

/* The same for a DHCP server. */
int
sysctl_set_dhcp(void)
{
    return set_all(dhcp_sysctls, ARRAY_SIZE(dhcp_sysctls), false);
}

/* Makes the host itself say nothing on 'dev', the switch's end of a router's
 * device: no IPv6 at all. */
int
sysctl_silence_host_device(const char *dev)
{
    char *name = xasprintf("net/ipv6/conf/%s/disable_ipv6", dev);
    int error = sysctl_set(name, "1");

    free(name);
    return error;
}

/* Lets the processes of very many routers and DHCP servers follow files, which
 * the kernel allows to 128 of a user by default.  A keepalived that must not
 * does not hear that it shall hand over; a dnsmasq does not start.  A limit
 * that is higher already stays.  To be called before such a process is
 * started: the limit is the whole host's, and it is not touched for
 * nothing. */
void
sysctl_allow_inotify(void)
{
    static bool done = false;
    FILE *file;
    int limit;

    if (done) {
        return;
    }
    done = true;
    file = fopen("/proc/sys/"INOTIFY_LIMIT, "re");
    if (file) {
        if (fscanf(file, "%d", &limit) == 1 && limit < INOTIFY_INSTANCES) {
            sysctl_set(INOTIFY_LIMIT, OVS_STRINGIZE(INOTIFY_INSTANCES));
        }
        fclose(file);
    }
}

/* Has the kernel ask on 'dev' for the MAC of a neighbor that does not answer
 * every 'interval' ms, at most 1000, the default.  After three seconds it
 * gives up, as by default.  'dev' is in the namespace of the calling
 * thread. */
int
sysctl_resolve(const char *dev, int interval)
{
    static const char *const families[] = { "ipv4", "ipv6" };
    char *tries = xasprintf("%d", 3000 / interval);
    char *ms = xasprintf("%d", interval);
    int error = 0;

    for (size_t i = 0; !error && i < ARRAY_SIZE(families); i++) {
        char *dir = xasprintf("net/%s/neigh/%s", families[i], dev);
        char *name = xasprintf("%s/retrans_time_ms", dir);

        error = sysctl_set(name, ms);
        free(name);
        if (!error) {
            name = xasprintf("%s/mcast_solicit", dir);
            error = sysctl_set(name, tries);
            free(name);
        }
        free(dir);
    }
    free(ms);
    free(tries);
    return error;
}

/* Lets the kernel learn a default route, and nothing else, from router
 * advertisements on 'dev' or not.  Sets '*changed' if that is new. */
int
sysctl_accept_ra(const char *dev, bool accept, bool *changed)
{
    char *name = xasprintf("net/ipv6/conf/%s/accept_ra", dev);
    int error;

    /* 2: although it is a router. */
    error = set(name, accept ? "2" : "0", changed);
    free(name);
    return error;
}
