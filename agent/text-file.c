/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/text-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(text_file);

/* Small files that are read and replaced as a whole, such as configurations of
 * child processes.  Owns nothing beyond a call.  A reader sees the old text or
 * the new one, never a part. */

/* Returns the content of 'path', which the caller must free, or NULL if it
 * cannot be read. */
char *
text_file_read(const char *path)
{
    FILE *stream = fopen(path, "re");
    struct ds s = DS_EMPTY_INITIALIZER;
    char buf[4096];
    size_t n;

    if (!stream) {
        return NULL;
    }
    while ((n = fread(buf, 1, sizeof buf, stream)) > 0) {
        ds_put_buffer(&s, buf, n);
    }
    fclose(stream);
    return ds_steal_cstr(&s);
}

/* Replaces 'path' by 'text' atomically, for the agent's user alone.  Returns 0
 * or a positive errno value. */
int
text_file_replace(const char *path, const char *text)
{
    return text_file_replace_mode(path, text, 0600);
}

/* The same with access 'mode', for a reader that is another user. */
int
text_file_replace_mode(const char *path, const char *text, mode_t mode)
{
    char *tmp = xasprintf("%s.tmp", path);
    size_t len = strlen(text);
    int error = 0;
    int fd;

    fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        error = errno;
    } else {
        if (write(fd, text, len) != len || fchmod(fd, mode)) {
            error = errno ? errno : EIO;
        }
        close(fd);
        if (!error && rename(tmp, path)) {
            error = errno;
        }
    }
    free(tmp);
    return error;
}

/* Makes directory 'path' and those above it. */
void
text_file_make_dirs(const char *path)
{
    char *copy = xstrdup(path);

    for (char *p = copy + 1; ; p++) {
        if (*p == '/' || !*p) {
            char c = *p;

            *p = '\0';
            if (mkdir(copy, 0755) && errno != EEXIST) {
                VLOG_ERR("%s: %s", copy, ovs_strerror(errno));
                break;
            }
            *p = c;
            if (!c) {
                break;
            }
        }
    }
    free(copy);
}

/* Removes 'dir', which has no directories in it. */
void
text_file_remove_dir(const char *dir)
{
    DIR *stream = opendir(dir);
    const struct dirent *de;

    if (!stream) {
        return;
    }
    while ((de = readdir(stream)) != NULL) {
        if (strcmp(de->d_name, ".") && strcmp(de->d_name, "..")
            && unlinkat(dirfd(stream), de->d_name, 0)) {
            VLOG_WARN("%s/%s: %s", dir, de->d_name, ovs_strerror(errno));
        }
    }
    closedir(stream);
    if (rmdir(dir)) {
        VLOG_WARN("%s: %s", dir, ovs_strerror(errno));
    }
}
