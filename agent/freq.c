#include "freq.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stats.h"
#include "tree.h"

#define CPU_DIR "/sys/devices/system/cpu"

static void policy_path(const lc__freq_policy *p, const char *file, char *buf, size_t size) {
    snprintf(buf, size, "%s/%s", p->dir, file);
}

static bool policy_number(const char *root, const lc__freq_policy *p, const char *file,
                          double *out) {
    char path[160];
    policy_path(p, file, path, sizeof path);
    return lc__tree_number(root, path, out);
}

static lc_status no_cpufreq(const lc__cpus *cpus, size_t i, lc_error *err) {
    lc_error_set(err, LC_EUNSUPPORTED,
                 "the frequency cannot be set: no " CPU_DIR
                 "/cpu%d/cpufreq (virtual machines and some kernels have none)",
                 cpus->cpu[i]);
    return LC_EUNSUPPORTED;
}

/* The policies of the CPUs; two CPUs may share one, which is then set twice. */
static lc_status find_policies(const char *root, const lc__cpus *cpus, lc__freq *out,
                               lc_error *err) {
    *out = (lc__freq){.root = root, .leash = -1};
    if (cpus->n == 0)
        return lc_error_set(err, LC_EUSAGE, "--freq does not go with --pin none");
    if (cpus->n > LC__FREQ_POLICIES) {
        lc_error_set(err, LC_EUNSUPPORTED, "--freq sets at most %d CPUs, not %d", LC__FREQ_POLICIES,
                     cpus->n);
        return LC_EUNSUPPORTED;
    }
    for (size_t i = 0; i < (size_t)cpus->n; i++) {
        lc__freq_policy *p = &out->policy[out->n++];
        char path[160], governors[256];
        snprintf(p->dir, sizeof p->dir, CPU_DIR "/cpu%d/cpufreq", cpus->cpu[i]);
        if (!policy_number(root, p, "scaling_min_freq", &p->min_khz) ||
            !policy_number(root, p, "scaling_max_freq", &p->max_khz))
            return no_cpufreq(cpus, i, err);
        if (!policy_number(root, p, "cpuinfo_min_freq", &p->least_khz))
            p->least_khz = p->min_khz;
        policy_path(p, "scaling_governor", path, sizeof path);
        lc__tree_read(root, path, p->governor, sizeof p->governor);
        if (strcmp(p->governor, "userspace") != 0 ||
            !policy_number(root, p, "scaling_setspeed", &p->speed_khz))
            p->speed_khz = 0;
        policy_path(p, "scaling_available_governors", path, sizeof path);
        p->userspace = lc__tree_read(root, path, governors, sizeof governors) &&
                       lc__has_word(governors, "userspace");
    }
    return LC_OK;
}

/* Numbers parted by commas or spaces into khz; false when it is something else, or too many. */
static bool parse_points(const char *list, double *khz, size_t *n) {
    for (const char *p = list; *p;) {
        char *end;
        double x = strtod(p, &end);
        if (end == p || !(x >= 1 && x <= 1e8) || *n == LC__FREQ_POINTS)
            return false;
        khz[(*n)++] = x;
        p = end + strspn(end, ", ");
        if (p == end && *p)
            return false;
    }
    return *n > 0;
}

static lc_status check_range(const char *root, const lc__freq *freq, const double *khz, size_t n,
                             lc_error *err) {
    for (size_t i = 0; i < freq->n; i++) {
        double least = freq->policy[i].least_khz, most = freq->policy[i].max_khz;
        policy_number(root, &freq->policy[i], "cpuinfo_max_freq", &most);
        for (size_t k = 0; k < n; k++)
            if (khz[k] < least || khz[k] > most) {
                lc_error_set(err, LC_EUNSUPPORTED,
                             "the CPU cannot run at %.0f kHz: its range is %.0f to %.0f", khz[k],
                             least, most);
                return LC_EUNSUPPORTED;
            }
    }
    return LC_OK;
}

lc_status lc__freq_points(const char *root, const lc__cpus *cpus, const char *list, double *khz,
                          size_t *n, lc_error *err) {
    lc__freq freq;
    char path[160], listed[1024];
    bool all = strcmp(list, "all") == 0;
    *n = 0;
    if (!all && !parse_points(list, khz, n)) {
        lc_error_set(err, LC_EUSAGE,
                     "--freq takes \"all\" or at most %d frequencies in kHz such as "
                     "600000,1200000, not \"%.60s\"",
                     LC__FREQ_POINTS, list);
        return LC_EUSAGE;
    }
    lc_status s = find_policies(root, cpus, &freq, err);
    if (s)
        return s;
    policy_path(&freq.policy[0], "scaling_available_frequencies", path, sizeof path);
    if (all &&
        (!lc__tree_read(root, path, listed, sizeof listed) || !parse_points(listed, khz, n))) {
        lc_error_set(err, LC_EUNSUPPORTED,
                     "this kernel does not list the CPU's frequencies (%s); name some: --freq "
                     "%.0f,%.0f",
                     path, freq.policy[0].least_khz, freq.policy[0].max_khz);
        return LC_EUNSUPPORTED;
    }
    lc__sort(khz, *n);
    return check_range(root, &freq, khz, *n, err);
}

static lc_status put(const lc__freq *freq, const lc__freq_policy *p, const char *file,
                     const char *text, lc_error *err) {
    char path[512];
    snprintf(path, sizeof path, "%.300s%s/%s", freq->root, p->dir, file);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (n >= 0)
        return LC_OK;
    lc_error_set(err, LC_EIO, "cannot set it to %s: %s%s", text, strerror(why),
                 why == EACCES || why == EPERM || why == EROFS
                     ? "; --freq needs root and a /sys that can be written"
                     : "");
    lc_error_in_file(err, path);
    return LC_EIO;
}

static lc_status put_khz(const lc__freq *freq, const lc__freq_policy *p, const char *file,
                         double khz, lc_error *err) {
    char text[32];
    snprintf(text, sizeof text, "%.0f", khz);
    return put(freq, p, file, text, err);
}

/* By way of the lowest minimum, so that the minimum is never above the maximum. */
static lc_status limit(const lc__freq *freq, const lc__freq_policy *p, double min, double max,
                       lc_error *err) {
    lc_status s = put_khz(freq, p, "scaling_min_freq", p->least_khz, err);
    if (!s)
        s = put_khz(freq, p, "scaling_max_freq", max, err);
    if (!s)
        s = put_khz(freq, p, "scaling_min_freq", min, err);
    return s;
}

/* Goes on after a failure: what can be given back is. The first failure is told. */
static lc_status restore(const lc__freq *freq, lc_error *err) {
    lc_status first = LC_OK;
    for (size_t i = 0; i < freq->n; i++) {
        const lc__freq_policy *p = &freq->policy[i];
        lc_status s = p->governor[0]
                          ? put(freq, p, "scaling_governor", p->governor, first ? NULL : err)
                          : LC_OK;
        first = first ? first : s;
        s = limit(freq, p, p->min_khz, p->max_khz, first ? NULL : err);
        first = first ? first : s;
        if (p->speed_khz > 0)
            s = put_khz(freq, p, "scaling_setspeed", p->speed_khz, first ? NULL : err);
        first = first ? first : s;
    }
    return first;
}

/* The guardian's life: it ends when the leash is let go, and restores unless it was dismissed.
 * Signals are blocked: those that end the measuring process (from a terminal, or SIGABRT of a
 * service manager's watchdog) are sent to all of its group. */
static void guard(const lc__freq *freq, int end) {
    char word;
    setsid();
    ssize_t n;
    do
        n = read(end, &word, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1)
        restore(freq, NULL);
    _exit(0);
}

lc_status lc__freq_hold(lc__freq *freq, const char *root, const lc__cpus *cpus, lc_error *err) {
    int ends[2];
    lc_status s = find_policies(root, cpus, freq, err);
    for (size_t i = 0; !s && i < freq->n; i++) /* what is set already: tells whether it can be */
        s = put_khz(freq, &freq->policy[i], "scaling_max_freq", freq->policy[i].max_khz, err);
    if (s)
        return s;
    if (pipe2(ends, O_CLOEXEC))
        return lc_error_set(err, LC_ERUNTIME, "no pipe: %s", strerror(errno));
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before); /* before there is a guardian that one could end */
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        guard(freq, ends[0]);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return lc_error_set(err, LC_ERUNTIME, "cannot start a process: %s", strerror(errno));
    }
    freq->guardian = pid;
    freq->leash = ends[1];
    return LC_OK;
}

static lc_status set_policy(const lc__freq *freq, const lc__freq_policy *p, double khz,
                            lc_error *err) {
    double now;
    lc_status s = limit(freq, p, khz, khz, err);
    if (!s && p->userspace)
        s = put(freq, p, "scaling_governor", "userspace", err);
    if (!s && p->userspace)
        s = put_khz(freq, p, "scaling_setspeed", khz, err);
    if (s || !policy_number(freq->root, p, "scaling_max_freq", &now) || fabs(now - khz) < 1)
        return s;
    lc_error_set(err, LC_EUNSUPPORTED, "the kernel made %.0f kHz of %.0f", now, khz);
    return LC_EUNSUPPORTED;
}

lc_status lc__freq_set(lc__freq *freq, double khz, lc_error *err) {
    lc_status s = LC_OK;
    for (size_t i = 0; !s && i < freq->n; i++)
        s = set_policy(freq, &freq->policy[i], khz, err);
    return s;
}

lc_status lc__freq_release(lc__freq *freq, lc_error *err) {
    if (freq->guardian <= 0)
        return LC_OK;
    lc_status s = restore(freq, err);
    /* after a failure the guardian tries once more */
    ssize_t told = s ? 0 : write(freq->leash, "x", 1);
    (void)told; /* restoring twice does no harm */
    close(freq->leash);
    while (waitpid(freq->guardian, NULL, 0) < 0 && errno == EINTR) {
    }
    freq->guardian = 0;
    return s;
}
