/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What proc(5) and pid files say about processes: whether one that is found is
 * the one that was started. */

/* Returns the time at which process 'pid' was started, in clock ticks since
 * boot, 0 if there is no such process. */
unsigned long long int
proc_start_time(pid_t pid)
{
    unsigned long long int start = 0;
    char path[64], buf[1024];
    const char *s;
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/stat", (long int) pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    n = read(fd, buf, sizeof buf - 1);
    close(fd);
    if (n <= 0) {
        return 0;
    }
    buf[n] = '\0';
    /* The second field is the name in parentheses and may contain anything;
     * the start time is the 22nd. */
    s = strrchr(buf, ')');
    for (int i = 2; s && i < 22; i++) {
        s = strchr(s + 1, ' ');
    }
    if (s) {
        start = strtoull(s + 1, NULL, 10);
    }
    return start;
}

/* Returns true if 'key' is part of the command line of process 'pid'. */
bool
proc_cmdline_has(pid_t pid, const char *key)
{
    char path[64], buf[4096];
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/cmdline", (long int) pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    n = read(fd, buf, sizeof buf - 1);
    close(fd);
    if (n <= 0) {
        return false;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (!buf[i]) {
            buf[i] = ' ';
        }
    }
    buf[n] = '\0';
    return strstr(buf, key) != NULL;
}

/* Reads up to two numbers from 'file'.  Returns how many there are. */
int
proc_read_pidfile(const char *file, long int *pid,
                  unsigned long long int *start)
{
    FILE *stream = fopen(file, "re");
    int n;

    if (!stream) {
        return 0;
    }
    n = fscanf(stream, "%ld %llu", pid, start);
    fclose(stream);
    return n > 0 && *pid > 0 ? n : 0;
}
