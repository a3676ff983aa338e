#include "perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tree.h"

static const struct {
    const char *name;
    uint64_t event;
} events[LC__PERF_COUNT] = {
#define ROW(name, event) {#name, event},
    LC__PERF_MAP(ROW)
#undef ROW
};

const char *lc__perf_name(int i) {
    return events[i].name;
}

/* Events are opened one by one and inherited, not as a group: a group cannot be inherited by the
 * threads of the runtime. */
static int open_event(uint64_t event, bool user_only) {
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.type = PERF_TYPE_HARDWARE;
    attr.size = sizeof attr;
    attr.config = event;
    attr.disabled = 1;
    attr.inherit = 1;
    attr.exclude_kernel = user_only;
    attr.exclude_hv = 1;
    attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/* Opens what it can; returns the errno of the first refusal if nothing opened, else 0. */
static int open_all(lc__perf *perf, bool user_only) {
    int refusal = 0;
    perf->available = false;
    for (int i = 0; i < LC__PERF_COUNT; i++) {
        perf->fd[i] = open_event(events[i].event, user_only);
        if (perf->fd[i] >= 0)
            perf->available = true;
        else if (!refusal)
            refusal = errno;
    }
    return perf->available ? 0 : refusal;
}

static void explain(lc__perf *perf, int refusal, const char *root) {
    const char *symbol = strerrorname_np(refusal);
    char level[16] = "?";
    switch (refusal) {
    case ENOENT:
    case EOPNOTSUPP:
    case ENODEV:
        snprintf(perf->absent, sizeof perf->absent,
                 "%s: no hardware counters on this machine (virtual machines hide them)", symbol);
        break;
    case EACCES:
    case EPERM:
        lc__tree_read(root, "/proc/sys/kernel/perf_event_paranoid", level, sizeof level);
        snprintf(perf->absent, sizeof perf->absent,
                 "%s: not permitted, kernel.perf_event_paranoid is %s (2 or less lets a process "
                 "count itself; a container may forbid it too)",
                 symbol, level);
        break;
    case ENOSYS:
        snprintf(perf->absent, sizeof perf->absent,
                 "ENOSYS: this kernel was built without perf events");
        break;
    default:
        snprintf(perf->absent, sizeof perf->absent, "%s: %s", symbol ? symbol : "?",
                 strerror(refusal));
    }
}

void lc__perf_open(lc__perf *perf, const char *root) {
    memset(perf, 0, sizeof *perf);
    int refusal = open_all(perf, false);
    const char *counts = "user and kernel";
    if (refusal == EACCES || refusal == EPERM) {
        refusal = open_all(perf, true);
        counts = "user only";
    }
    if (refusal)
        explain(perf, refusal, root);
    else
        snprintf(perf->counts, sizeof perf->counts, "%s", counts);
}

void lc__perf_close(lc__perf *perf) {
    for (int i = 0; i < LC__PERF_COUNT; i++)
        if (perf->fd[i] >= 0)
            close(perf->fd[i]);
    memset(perf, 0, sizeof *perf);
    for (int i = 0; i < LC__PERF_COUNT; i++)
        perf->fd[i] = -1;
}

static void control(const lc__perf *perf, unsigned long request) {
    for (int i = 0; perf->available && i < LC__PERF_COUNT; i++)
        if (perf->fd[i] >= 0)
            ioctl(perf->fd[i], request, 0);
}

static void read_all(const lc__perf *perf, lc__perf_sum *now) {
    memset(now, 0, sizeof *now);
    for (int i = 0; perf->available && i < LC__PERF_COUNT; i++) {
        uint64_t r[3]; /* value, time enabled, time running */
        if (perf->fd[i] < 0 || read(perf->fd[i], r, sizeof r) != sizeof r)
            continue;
        now->value[i] = (double)r[0];
        now->enabled[i] = (double)r[1];
        now->running[i] = (double)r[2];
    }
}

void lc__perf_start(const lc__perf *perf, lc__perf_sum *before) {
    read_all(perf, before);
    control(perf, PERF_EVENT_IOC_ENABLE);
}

void lc__perf_stop(const lc__perf *perf, const lc__perf_sum *before, lc__perf_sum *sum) {
    lc__perf_sum now;
    control(perf, PERF_EVENT_IOC_DISABLE);
    read_all(perf, &now);
    for (int i = 0; i < LC__PERF_COUNT; i++) {
        if (now.running[i] <= before->running[i])
            continue;
        sum->value[i] += now.value[i] - before->value[i];
        sum->enabled[i] += now.enabled[i] - before->enabled[i];
        sum->running[i] += now.running[i] - before->running[i];
    }
}

double lc__perf_value(const lc__perf_sum *sum, int i, double *share) {
    if (sum->running[i] <= 0 || sum->enabled[i] <= 0)
        return -1;
    double part = sum->running[i] / sum->enabled[i];
    if (share)
        *share = part;
    return sum->value[i] / part;
}
