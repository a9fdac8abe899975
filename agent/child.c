/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/netns.h"
#include "agent/proc.h"
#include "lib/l3ha-metrics.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "process.h"
#include "socket-util.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(child);

/* Child processes.
 *
 * Owns the processes it started or adopted, their pid files and pidfds.  All
 * pidfds are in one epoll descriptor, so that a wakeup of the agent costs the
 * same whatever the number of routers.
 *
 * A process is started like vfork() does it: the child borrows the agent's
 * memory until it executes the program, so that the size of the agent does
 * not matter.  The child writes the pid file ("PID START-TIME") itself before
 * that: there is no moment at which a daemon runs and an agent that was
 * killed and started again could not find it.
 *
 * Life of a process: idle -> (queued) -> running -> [stopping ->] idle. */

/* One-shot processes that run at a time; more would only compete for the
 * processor and for memory. */
#define MAX_ONESHOTS 4

/* How long a one-shot may run, in ms, lest those that hang keep all others
 * from running. */
#define ONESHOT_TIMEOUT 30000

/* How long after SIGTERM comes SIGKILL, in ms. */
#define STOP_TIMEOUT 5000

/* How long the inner process of a daemon that died may take to end.
 * keepalived waits a second after it has removed its addresses. */
#define INNER_TIMEOUT 2000

/* Delay before a start after a process that did not live MIN_LIFE ms: doubled
 * from the first value to the last. */
#define MIN_LIFE 10000
#define BACKOFF_MIN 100
#define BACKOFF_MAX 10000

enum child_state {
    CHILD_IDLE,                  /* Does not run. */
    CHILD_DELAYED,               /* To be started at 'deadline'. */
    CHILD_QUEUED,                /* One-shot waiting for others to end. */
    CHILD_RUNNING,
    CHILD_STOPPING,              /* Killed at 'deadline'. */
};

struct child {
    struct child_set *set;
    char *name;
    struct svec argv;
    char *netns;
    char *pidfile;
    char *inner_pidfile;
    char *key;
    void *aux;

    enum child_state state;
    pid_t pid;
    int pidfd;                  /* -1 if it does not run. */
    bool is_child;              /* False: adopted, not ours to wait for. */
    bool inner;                 /* 'pid' is what the daemon left. */
    long long int started;      /* When, in time_msec(); 0 if adopted. */
    long long int deadline;     /* CHILD_DELAYED, CHILD_STOPPING, one-shot
                                 * that is CHILD_RUNNING. */
    int backoff;                /* Next delay in ms. */
    unsigned int n_starts;

    char *input;                /* One-shot: what it will read. */
    int output_fd;              /* One-shot: what it printed, or -1. */
    int status;                 /* As from waitpid(), -1 if unknown. */

    struct ovs_list timer_node; /* In set->timers, if it has a deadline. */
    struct ovs_list node;       /* In set->queue or set->ended. */
    bool in_list;
};

struct child_set {
    int epfd;
    int devnull;
    struct ovs_list timers;     /* Processes with a deadline: few. */
    struct ovs_list queue;      /* One-shots to be started. */
    struct ovs_list ended;      /* Processes whose owner is to be told. */
    int n_oneshots;             /* Running one-shots. */
    struct l3ha_metrics *metrics; /* Counts daemons that died. */
};

static void spawn(struct child *);

struct child_set *
child_set_create(struct l3ha_metrics *metrics)
{
    struct child_set *set = xzalloc(sizeof *set);

    set->metrics = metrics;
    set->epfd = epoll_create1(EPOLL_CLOEXEC);
    set->devnull = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (set->epfd < 0 || set->devnull < 0) {
        ovs_fatal(errno, "cannot watch child processes");
    }
    ovs_list_init(&set->timers);
    ovs_list_init(&set->queue);
    ovs_list_init(&set->ended);
    return set;
}

/* Frees 'set', in which no process may be left. */
void
child_set_destroy(struct child_set *set)
{
    if (set) {
        close(set->epfd);
        close(set->devnull);
        free(set);
    }
}

static void
unlist(struct child *p)
{
    if (p->in_list) {
        ovs_list_remove(&p->node);
        p->in_list = false;
    }
}

static void
enlist(struct ovs_list *list, struct child *p)
{
    unlist(p);
    ovs_list_push_back(list, &p->node);
    p->in_list = true;
}

static void
set_deadline(struct child *p, long long int deadline)
{
    if (!p->deadline) {
        ovs_list_push_back(&p->set->timers, &p->timer_node);
    }
    p->deadline = deadline;
}

static void
clear_deadline(struct child *p)
{
    if (p->deadline) {
        ovs_list_remove(&p->timer_node);
        p->deadline = 0;
    }
}

static void
watch(struct child *p)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = p };

    if (epoll_ctl(p->set->epfd, EPOLL_CTL_ADD, p->pidfd, &event)) {
        ovs_fatal(errno, "%s: cannot watch process", p->name);
    }
}

/* Takes over process 'pid' as 'p' if it is the one that was started at
 * 'start' (0: whenever). */
static bool
take(struct child *p, pid_t pid, unsigned long long int start)
{
    int pidfd = pidfd_open(pid, 0);

    if (pidfd < 0) {
        return false;
    }
    /* Now that the pid cannot be given to another process, look. */
    if ((start && proc_start_time(pid) != start)
        || !proc_cmdline_has(pid, p->key)) {
        close(pidfd);
        return false;
    }
    set_nonblocking(pidfd);
    p->pid = pid;
    p->pidfd = pidfd;
    p->is_child = false;
    p->started = 0;
    watch(p);
    return true;
}

/* The process ended.  */
static void
reaped(struct child *p)
{
    bool lasted = !p->started || time_msec() - p->started >= MIN_LIFE;
    bool was_stopping = p->state == CHILD_STOPPING;
    bool oneshot = !p->pidfile;
    siginfo_t info;

    p->status = -1;
    if (p->is_child) {
        memset(&info, 0, sizeof info);
        if (!waitid(P_PIDFD, p->pidfd, &info, WEXITED)) {
            p->status = (info.si_code == CLD_EXITED ? info.si_status << 8
                         : info.si_status);
        }
    }
    epoll_ctl(p->set->epfd, EPOLL_CTL_DEL, p->pidfd, NULL);
    close(p->pidfd);
    p->pidfd = -1;
    clear_deadline(p);
    p->state = CHILD_IDLE;

    if (oneshot) {
        p->set->n_oneshots--;
        if (!p->status) {
            /* Nobody asks for it, and there are some of each router. */
            close(p->output_fd);
            p->output_fd = -1;
        }
    } else {
        long int inner;
        unsigned long long int unused;

        if (!was_stopping) {
            char *how = (p->status >= 0 ? process_status_msg(p->status)
                         : xstrdup("ended"));

            VLOG_WARN("%s (pid %ld) died: %s", p->name, (long int) p->pid,
                      how);
            free(how);
            how = xasprintf("program=\"%s\"", p->argv.names[0]);
            l3ha_metrics_add(p->set->metrics,
                             L3HA_METRIC_AGENT_CHILDREN_DIED, how, 1);
            free(how);
        }
        if (!p->inner) {
            p->backoff = (was_stopping || lasted ? 0
                          : !p->backoff ? BACKOFF_MIN
                          : MIN(p->backoff * 2, BACKOFF_MAX));
        }
        unlink(p->pidfile);

        /* What the daemon left alone is waited for before the owner is told,
         * so that two never act at a time. */
        if (p->inner_pidfile
            && proc_read_pidfile(p->inner_pidfile, &inner, &unused)
            && !p->inner
            && take(p, inner, 0)) {
            p->inner = true;
            child_signal(p, SIGTERM);
            p->state = CHILD_STOPPING;
            set_deadline(p, time_msec() + INNER_TIMEOUT);
            return;
        }
        p->inner = false;
        if (p->inner_pidfile) {
            unlink(p->inner_pidfile);
        }
    }
    p->pid = 0;
    enlist(&p->set->ended, p);
}

/* Notices processes that have ended and does what is due. */
void
child_set_run(struct child_set *set)
{
    struct epoll_event events[64];
    struct child *p;
    int n;

    do {
        n = epoll_wait(set->epfd, events, ARRAY_SIZE(events), 0);
        for (int i = 0; i < n; i++) {
            reaped(events[i].data.ptr);
        }
    } while (n == ARRAY_SIZE(events));

    LIST_FOR_EACH_SAFE (p, timer_node, &set->timers) {
        if (time_msec() >= p->deadline) {
            clear_deadline(p);
            if (p->state == CHILD_STOPPING) {
                VLOG_WARN("%s (pid %ld) does not end, killing it", p->name,
                          (long int) p->pid);
                child_signal(p, SIGKILL);
            } else if (p->state == CHILD_RUNNING) {
                VLOG_WARN("%s (pid %ld) runs too long, killing it", p->name,
                          (long int) p->pid);
                child_signal(p, SIGKILL);
            } else if (p->state == CHILD_DELAYED) {
                spawn(p);
            }
        }
    }

    while (set->n_oneshots < MAX_ONESHOTS && !ovs_list_is_empty(&set->queue)) {
        p = CONTAINER_OF(ovs_list_front(&set->queue), struct child, node);
        unlist(p);
        spawn(p);
    }
}

/* Returns a process that has ended since it was last returned, NULL if there
 * is none. */
struct child *
child_set_next(struct child_set *set)
{
    struct child *p;

    if (ovs_list_is_empty(&set->ended)) {
        return NULL;
    }
    p = CONTAINER_OF(ovs_list_front(&set->ended), struct child, node);
    unlist(p);
    return p;
}

void
child_set_wait(struct child_set *set)
{
    const struct child *p;

    poll_fd_wait(set->epfd, POLLIN);
    LIST_FOR_EACH (p, timer_node, &set->timers) {
        poll_timer_wait_until(p->deadline);
    }
    if (!ovs_list_is_empty(&set->ended)
        || (set->n_oneshots < MAX_ONESHOTS
            && !ovs_list_is_empty(&set->queue))) {
        poll_immediate_wake();
    }
}

/* Returns a new process, which does not run yet. */
struct child *
child_create(struct child_set *set, const struct child_args *args)
{
    struct child *p = xzalloc(sizeof *p);

    p->set = set;
    p->name = xstrdup(args->name);
    svec_clone(&p->argv, args->argv);
    svec_terminate(&p->argv);
    p->netns = nullable_xstrdup(args->netns);
    p->pidfile = nullable_xstrdup(args->pidfile);
    p->inner_pidfile = nullable_xstrdup(args->inner_pidfile);
    p->key = nullable_xstrdup(args->key);
    p->aux = args->aux;
    p->pidfd = -1;
    p->output_fd = -1;
    return p;
}

/* Frees 'p'.  A daemon is left as it is. */
void
child_destroy(struct child *p)
{
    if (!p) {
        return;
    }
    if (p->pidfd >= 0) {
        epoll_ctl(p->set->epfd, EPOLL_CTL_DEL, p->pidfd, NULL);
        close(p->pidfd);
        if (!p->pidfile) {
            p->set->n_oneshots--;
        }
    }
    clear_deadline(p);
    unlist(p);
    if (p->output_fd >= 0) {
        close(p->output_fd);
    }
    free(p->name);
    svec_destroy(&p->argv);
    free(p->netns);
    free(p->pidfile);
    free(p->inner_pidfile);
    free(p->key);
    free(p->input);
    free(p);
}

void *
child_aux(const struct child *p)
{
    return p->aux;
}

/* Looks for the daemon that an earlier agent started.  Returns true if it
 * runs. */
bool
child_adopt(struct child *p)
{
    unsigned long long int start = 0;
    long int pid;

    if (p->state != CHILD_IDLE) {
        return child_is_running(p);
    }
    if (proc_read_pidfile(p->pidfile, &pid, &start) == 2
        && take(p, pid, start)) {
        p->state = CHILD_RUNNING;
        VLOG_DBG("%s: adopted pid %ld", p->name, pid);
        return true;
    }
    return false;
}

/* What the child needs between clone and exec. */
struct spawn {
    const struct child *p;
    int netns_fd;
    int input_fd;
    int output_fd;
    const char *tmp;            /* Pid file under a temporary name. */
    int error;                  /* Out: errno value. */
};

#define SPAWN_STACK (64 * 1024)

/* Writes "PID START-TIME" of the calling process to the pid file.  Only
 * functions that are safe after vfork(). */
static int
write_own_pidfile(const struct spawn *s)
{
    char buf[64];
    int fd, len;

    fd = open(s->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        return errno;
    }
    len = snprintf(buf, sizeof buf, "%ld %llu\n", (long int) getpid(),
                   proc_start_time(getpid()));
    if (write(fd, buf, len) != len) {
        close(fd);
        return errno ? errno : EIO;
    }
    close(fd);
    return rename(s->tmp, s->p->pidfile) ? errno : 0;
}

static int
spawn_main(void *s_)
{
    struct spawn *s = s_;
    sigset_t none;

    for (int i = 1; i < NSIG; i++) {
        struct sigaction sa = { .sa_handler = SIG_DFL };

        sigaction(i, &sa, NULL);
    }
    if ((s->netns_fd >= 0 && setns(s->netns_fd, CLONE_NEWNET))
        || setsid() < 0
        || dup2(s->input_fd, STDIN_FILENO) < 0
        || dup2(s->output_fd, STDOUT_FILENO) < 0
        || dup2(s->output_fd, STDERR_FILENO) < 0
        || chdir("/")) {
        s->error = errno;
        _exit(127);
    }
    if (s->p->pidfile) {
        s->error = write_own_pidfile(s);
        if (s->error) {
            _exit(127);
        }
    }
    /* Not every descriptor of the libraries is closed by exec. */
    syscall(SYS_close_range, 3, ~0U, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(s->p->argv.names[0], s->p->argv.names);
    s->error = errno;
    _exit(127);
}

static int
text_fd(const char *text)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    size_t len = strlen(text);

    if (fd >= 0 && (write(fd, text, len) != len
                    || lseek(fd, 0, SEEK_SET) < 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Starts 'p' now. */
static void
spawn(struct child *p)
{
    struct spawn s = { .p = p, .netns_fd = -1, .error = 0 };
    bool oneshot = !p->pidfile;
    sigset_t all, old;
    char *tmp = NULL;
    char *stack;
    int pidfd = -1;
    pid_t pid = -1;

    s.input_fd = s.output_fd = p->set->devnull;
    if (p->netns) {
        s.netns_fd = netns_open(p->netns);
        if (s.netns_fd < 0) {
            s.error = -s.netns_fd;
            goto failed;
        }
    }
    if (oneshot) {
        if (p->output_fd >= 0) {
            close(p->output_fd);
        }
        p->output_fd = s.output_fd = memfd_create("output", MFD_CLOEXEC);
        s.input_fd = text_fd(p->input ? p->input : "");
        if (s.input_fd < 0 || s.output_fd < 0) {
            s.error = errno;
            goto failed;
        }
    } else {
        s.tmp = tmp = xasprintf("%s.tmp", p->pidfile);
    }

    /* The child must not run the agent's signal handlers on the agent's
     * memory. */
    stack = xmalloc(SPAWN_STACK);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid = clone(spawn_main, stack + SPAWN_STACK,
                CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &s, &pidfd);
    if (pid < 0) {
        s.error = errno;
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    free(stack);
    if (!s.error) {
        p->pid = pid;
        p->pidfd = pidfd;
        p->is_child = true;
        p->started = time_msec();
        p->state = CHILD_RUNNING;
        p->n_starts++;
        if (oneshot) {
            p->set->n_oneshots++;
            set_deadline(p, time_msec() + ONESHOT_TIMEOUT);
        }
        watch(p);
        goto exit;
    }
    if (pid > 0) {
        waitpid(pid, NULL, 0);
        close(pidfd);
    }

failed:
    VLOG_WARN("%s: cannot start %s (%s)", p->name, p->argv.names[0],
              ovs_strerror(s.error));
    p->status = 127 << 8;
    p->state = CHILD_IDLE;
    p->backoff = (!p->backoff ? BACKOFF_MIN
                  : MIN(p->backoff * 2, BACKOFF_MAX));
    enlist(&p->set->ended, p);
exit:
    if (s.input_fd >= 0 && s.input_fd != p->set->devnull) {
        close(s.input_fd);
    }
    if (s.netns_fd >= 0) {
        close(s.netns_fd);
    }
    free(tmp);
}

/* Starts 'p' if it does not run, later if it has ended too soon before. */
void
child_start(struct child *p)
{
    if (p->state != CHILD_IDLE) {
        return;
    }
    unlist(p);
    if (p->backoff) {
        p->state = CHILD_DELAYED;
        set_deadline(p, time_msec() + p->backoff);
    } else {
        spawn(p);
    }
}

/* Starts the one-shot process 'p', which is idle, with 'input' to read. */
void
child_feed(struct child *p, const char *input)
{
    ovs_assert(p->state == CHILD_IDLE && !p->pidfile);
    free(p->input);
    p->input = xstrdup(input);
    p->state = CHILD_QUEUED;
    enlist(&p->set->queue, p);
}

/* Stops 'p': SIGTERM, and SIGKILL if that does not help. */
void
child_stop(struct child *p)
{
    if (p->state == CHILD_RUNNING) {
        child_signal(p, SIGTERM);
        p->state = CHILD_STOPPING;
        set_deadline(p, time_msec() + STOP_TIMEOUT);
    } else if (p->state == CHILD_DELAYED || p->state == CHILD_QUEUED) {
        clear_deadline(p);
        p->state = CHILD_IDLE;
        enlist(&p->set->ended, p);
    }
}

/* Stops 'p' without letting it do anything more. */
void
child_kill(struct child *p)
{
    if (p->state == CHILD_RUNNING || p->state == CHILD_STOPPING) {
        child_signal(p, SIGKILL);
        clear_deadline(p);
        p->state = CHILD_STOPPING;
    } else {
        child_stop(p);
    }
}

/* Sends a signal.  Returns 0 or a positive errno value. */
int
child_signal(struct child *p, int signo)
{
    return (p->pidfd < 0 ? ESRCH
            : pidfd_send_signal(p->pidfd, signo, NULL, 0) ? errno : 0);
}

/* Gives the inner process of the daemon 'p' real-time priority, which its own
 * children do not get.  Returns 0 or a positive errno value. */
int
child_set_realtime(struct child *p, int priority)
{
    struct sched_param param = { .sched_priority = priority };
    unsigned long long int unused;
    long int inner;

    if (!proc_read_pidfile(p->inner_pidfile, &inner, &unused)
        || !proc_cmdline_has(inner, p->key)) {
        return ESRCH;
    }
    return (sched_setscheduler(inner, SCHED_RR | SCHED_RESET_ON_FORK, &param)
            ? errno : 0);
}

/* Returns true if 'p' runs and was not told to stop. */
bool
child_is_running(const struct child *p)
{
    return p->state == CHILD_RUNNING;
}

/* True if 'p' neither runs nor is about to. */
bool
child_is_idle(const struct child *p)
{
    return p->state == CHILD_IDLE;
}

bool
child_is_stopping(const struct child *p)
{
    return p->state == CHILD_STOPPING;
}

/* Returns true if the last run of 'p' ended with exit status 0.  Otherwise
 * stores how it ended, and for a one-shot what it printed, in '*output', which
 * the caller must free. */
bool
child_succeeded(const struct child *p, char **output)
{
    char buf[512];
    ssize_t n;
    char *how;

    *output = NULL;
    if (!p->status) {
        return true;
    }
    n = p->output_fd >= 0 ? pread(p->output_fd, buf, sizeof buf - 1, 0) : 0;
    buf[MAX(n, 0)] = '\0';
    how = process_status_msg(p->status);
    *output = xasprintf("%s%s%s", how, n > 0 ? ": " : "", buf);
    free(how);
    return false;
}

/* Returns the process id, 0 if 'p' does not run. */
pid_t
child_pid(const struct child *p)
{
    return p->pid;
}

/* Returns how often this agent started 'p'. */
unsigned int
child_n_starts(const struct child *p)
{
    return p->n_starts;
}
