/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_CHILD_H
#define L3HA_CHILD_H 1

/* Child processes.
 *
 * A daemon outlives the agent: it is started in a session of its own and
 * adopted by the next agent through its pid file, start time and command
 * line.  A one-shot process reads a text from its standard input and exits.
 *
 * When a process has ended, child_set_next() returns it once; what to do
 * then (clean up behind it, start it again) is its owner's decision. */

#include <stdbool.h>
#include <sys/types.h>

struct child;
struct child_set;
struct l3ha_metrics;
struct svec;

struct child_set *child_set_create(struct l3ha_metrics *);
void child_set_run(struct child_set *);
void child_set_wait(struct child_set *);
void child_set_destroy(struct child_set *);
struct child *child_set_next(struct child_set *);

/* What to run.  Strings are copied. */
struct child_args {
    const char *name;           /* For log messages. */
    const struct svec *argv;    /* Program and arguments. */
    const char *netns;          /* Name of the namespace to run in.  NULL:
                                 * the agent's own. */
    const char *pidfile;        /* Written by the agent.  NULL: one-shot. */
    const char *inner_pidfile;  /* The daemon's own pid file of a child of
                                 * its, which must not outlive it, or
                                 * NULL. */
    const char *key;            /* Part of the command line that no process
                                 * of another owner has. */
    void *aux;                  /* For the owner. */
};

struct child *child_create(struct child_set *, const struct child_args *);
void child_destroy(struct child *);
void *child_aux(const struct child *);

bool child_adopt(struct child *);
void child_start(struct child *);
void child_feed(struct child *, const char *input);
void child_stop(struct child *);
void child_kill(struct child *);
int child_signal(struct child *, int signo);
int child_set_realtime(struct child *, int priority);

bool child_is_running(const struct child *);
bool child_is_idle(const struct child *);
bool child_is_stopping(const struct child *);
bool child_succeeded(const struct child *, char **output);
pid_t child_pid(const struct child *);
unsigned int child_n_starts(const struct child *);

#endif /* agent/child.h */
