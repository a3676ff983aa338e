#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "tree.h"

#define CPU_DIR "/sys/devices/system/cpu"

typedef struct candidate {
    int cpu;
    double speed; /* capacity or kHz, comparable within a machine; 0: unknown */
    int core;     /* lowest CPU of the same core */
    int sibling;  /* how many CPUs of its core come before it in the choice */
} candidate;

static bool cpu_number(const char *root, int cpu, const char *file, double *out) {
    char path[160];
    snprintf(path, sizeof path, CPU_DIR "/cpu%d/%s", cpu, file);
    return lc__tree_number(root, path, out);
}

static int core_of(const char *root, int cpu) {
    char path[160], list[64];
    snprintf(path, sizeof path, CPU_DIR "/cpu%d/topology/thread_siblings_list", cpu);
    return lc__tree_read(root, path, list, sizeof list) ? (int)strtol(list, NULL, 10) : cpu;
}

/* The capacities of all candidates, or where one has none, the highest frequencies. */
static void read_speeds(const char *root, candidate *c, int n) {
    static const char *const files[] = {"cpu_capacity", "cpufreq/cpuinfo_max_freq"};
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        int known = 0;
        for (int i = 0; i < n; i++)
            known += cpu_number(root, c[i].cpu, files[f], &c[i].speed);
        if (known == n && !(f == 0 && c[0].speed <= 0))
            return;
    }
    for (int i = 0; i < n; i++)
        c[i].speed = 0;
}

static int last_first(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    return y->cpu - x->cpu;
}

static int best_first(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->speed != y->speed)
        return x->speed < y->speed ? 1 : -1;
    return x->sibling != y->sibling ? x->sibling - y->sibling : y->cpu - x->cpu;
}

static void number_siblings(candidate *c, int n) {
    qsort(c, (size_t)n, sizeof *c, last_first);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            c[i].sibling += c[j].core == c[i].core;
}

/* Where the kind of core that was asked for begins in c[n], fastest first; -1: there is none. */
static int cluster_start(const candidate *c, int n, const char *cluster) {
    if (!cluster || !strcmp(cluster, "fast"))
        return 0;
    int first = 0, last = n - 1;
    while (first < n && c[first].speed == c[0].speed)
        first++;
    while (last > 0 && c[last - 1].speed == c[n - 1].speed)
        last--;
    if (first == n)
        return -1;
    if (!strcmp(cluster, "slow"))
        return last;
    return first < last ? first : -1;
}

static int ascending(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

lc_status lc__choose_cpus(const char *root, const lc__cpus *allowed, const char *cluster, int count,
                          lc__cpus *out, lc_error *err) {
    int n = allowed->n;
    if (cluster && strcmp(cluster, "fast") != 0 && strcmp(cluster, "middle") != 0 &&
        strcmp(cluster, "slow") != 0)
        return lc_error_set(err, LC_EUSAGE, "--cluster takes fast, middle or slow, not \"%.60s\"",
                            cluster);
    candidate *c = calloc((size_t)n + 1, sizeof *c);
    if (!c)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    for (int i = 0; i < n; i++)
        c[i] = (candidate){.cpu = allowed->cpu[i], .core = core_of(root, allowed->cpu[i])};
    read_speeds(root, c, n);
    number_siblings(c, n);
    qsort(c, (size_t)n, sizeof *c, best_first);
    int at = cluster_start(c, n, cluster);
    lc_status s = LC_OK;
    if (at < 0)
        s = lc_error_set(err, LC_EUNSUPPORTED,
                         "there is no %s cluster among the %d CPUs that may be used", cluster, n);
    if (!s && n - at < count)
        s = lc_error_set(err, LC_EUNSUPPORTED, "the %s cluster has %d CPUs, too few for %d threads",
                         cluster, n - at, count);
    out->n = 0;
    for (int i = 0; !s && i < count; i++)
        out->cpu[out->n++] = c[at + i].cpu;
    qsort(out->cpu, (size_t)out->n, sizeof *out->cpu, ascending);
    free(c);
    return s;
}
