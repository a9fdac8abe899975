/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sset.h"
#include "util.h"


/* Named network namespaces.
 *
 * Owns the entries of /run/netns that its callers name; keeps nothing in
 * memory and no file open, so that thousands of routers cost no descriptors.
 *
 * /run/netns is made a shared mount as "ip netns" does, so that a namespace
 * is seen, and later let go, in every mount namespace of the host. */

#define NETNS_DIR "/run/netns"

static char *
netns_path(const char *name)
{
    return xasprintf(NETNS_DIR "/%s", name);
}

/* Prepares /run/netns. */
static int
make_dir(void)
{
    bool bound = false;

    if (mkdir(NETNS_DIR, 0755) && errno != EEXIST) {
        return errno;
    }
    while (mount("", NETNS_DIR, "none", MS_SHARED | MS_REC, NULL)) {
        /* EINVAL: not a mount point yet. */
        if (errno != EINVAL || bound) {
            return errno;
        }
        if (mount(NETNS_DIR, NETNS_DIR, "none", MS_BIND | MS_REC, NULL)) {
            return errno;
        }
        bound = true;
    }
    return 0;
}

/* Makes namespace 'name'.  Fails with EEXIST if there is one. */
int
netns_create(const char *name)
{
    char *path = netns_path(name);
    int home = -1;
    int error;
    int fd;

    error = make_dir();
    if (error) {
        goto exit;
    }
    home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0) {
        error = errno;
        goto exit;
    }
    fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0) {
        error = errno;
        goto exit;
    }
    close(fd);

    if (unshare(CLONE_NEWNET)) {
        error = errno;
        unlink(path);
        goto exit;
    }
    if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL)) {
        error = errno;
        unlink(path);
    }
    if (setns(home, CLONE_NEWNET)) {
        /* Going on in the wrong namespace would act on the wrong devices. */
        ovs_abort(errno, "cannot return from a new network namespace");
    }

exit:
    if (home >= 0) {
        close(home);
    }
    free(path);
    return error;
}

/* Deletes the name 'name'.  The kernel destroys the namespace and the devices
 * in it as soon as no process uses it, without making the caller wait. */
int
netns_delete(const char *name)
{
    char *path = netns_path(name);
    int error = 0;

    if (umount2(path, MNT_DETACH) && errno != EINVAL && errno != ENOENT) {
        error = errno;
    }
    if (unlink(path) && errno != ENOENT) {
        error = errno;
    }
    free(path);
    return error;
}

/* Returns a descriptor of namespace 'name', which the caller must close, or a
 * negative errno value. */
int
netns_open(const char *name)
{
    char *path = netns_path(name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : 0;

    free(path);
    return error ? -error : fd;
}

/* Returns true if 'name' is a namespace.  An entry that no namespace is
 * mounted on (creation was cut short) is not, and is removed. */
bool
netns_exists(const char *name)
{
    char *path = netns_path(name);
    struct stat dir, entry;
    bool exists = false;

    if (!stat(NETNS_DIR, &dir) && !stat(path, &entry)) {
        if (dir.st_dev != entry.st_dev) {
            exists = true;
        } else {
            unlink(path);
        }
    }
    free(path);
    return exists;
}

/* Adds to 'names' every namespace whose name starts with 'prefix'. */
void
netns_list(const char *prefix, struct sset *names)
{
    DIR *dir = opendir(NETNS_DIR);
    const struct dirent *de;

    if (!dir) {
        return;
    }
    while ((de = readdir(dir)) != NULL) {
        if (!strncmp(de->d_name, prefix, strlen(prefix))) {
            sset_add(names, de->d_name);
        }
    }
    closedir(dir);
}

/* Moves the calling thread into the namespace 'netns_fd'.  If successful,
 * netns_leave() must follow. */
int
netns_enter(struct netns_visit *visit, int netns_fd)
{
    visit->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (visit->home < 0) {
        return errno;
    }
    if (setns(netns_fd, CLONE_NEWNET)) {
        int error = errno;

        close(visit->home);
        visit->home = -1;
        return error;
    }
    return 0;
}

/* Moves the calling thread back to where netns_enter() found it. */
void
netns_leave(struct netns_visit *visit)
{
    if (setns(visit->home, CLONE_NEWNET)) {
        ovs_abort(errno, "cannot leave a network namespace");
    }
    close(visit->home);
    visit->home = -1;
}
