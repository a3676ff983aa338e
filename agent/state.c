#include "state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/now.h"
#include "fingerprint.h"
#include "kernel_stat.h"
#include "tree.h"

static double cpu_khz(const char *root, int cpu) {
    char path[128];
    double khz;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", cpu);
    return lc__tree_number(root, path, &khz) ? khz : NAN;
}

typedef struct walk {
    const char *root;
    double value; /* fmin(), fmax() pass over NaN */
} walk;

static void slowest_cpu(void *ctx, const char *name) {
    walk *w = ctx;
    char *end;
    long cpu = strtol(name + strlen("cpu"), &end, 10);
    if (end != name + strlen("cpu") && !*end)
        w->value = fmin(w->value, cpu_khz(w->root, (int)cpu));
}

static void hottest_zone(void *ctx, const char *name) {
    walk *w = ctx;
    char path[128];
    double mc;
    snprintf(path, sizeof path, "/sys/class/thermal/%.60s/temp", name);
    if (lc__tree_number(w->root, path, &mc))
        w->value = fmax(w->value, mc);
}

void lc__state_read_clocks(const char *root, const lc__cpus *cpus, lc__state *out) {
    walk slowest = {root, NAN}, hottest = {root, NAN};
    for (int i = 0; i < cpus->n; i++)
        slowest.value = fmin(slowest.value, cpu_khz(root, cpus->cpu[i]));
    if (cpus->n == 0)
        lc__tree_each(root, "/sys/devices/system/cpu", "cpu", slowest_cpu, &slowest);
    lc__tree_each(root, "/sys/class/thermal", "thermal_zone", hottest_zone, &hottest);
    out->freq_khz = slowest.value;
    out->temp_mc = hottest.value;
}

static double number_after(const char *text, const char *key) {
    const char *at = strstr(text, key);
    char *end;
    double x = at ? strtod(at + strlen(key), &end) : NAN;
    return at && end == at + strlen(key) ? NAN : x;
}

static double seconds(struct timeval t) {
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

void lc__state_read(const char *root, const lc__cpus *cpus, lc__state *out) {
    char text[256];
    struct rusage own;
    lc__kernel_stat stat;
    lc__state_read_clocks(root, cpus, out);
    bool known = lc__tree_read(root, "/proc/loadavg", text, sizeof text);
    out->load1 = known ? strtod(text, NULL) : NAN;
    known = lc__tree_read(root, "/proc/pressure/cpu", text, sizeof text);
    out->pressure = known ? number_after(text, "avg10=") : NAN;
    lc__kernel_stat_read(root, cpus, &stat);
    out->runnable = stat.runnable;
    out->busy_ns = stat.busy_ns;
    getrusage(RUSAGE_SELF, &own);
    out->own_ns = 1e9 * (seconds(own.ru_utime) + seconds(own.ru_stime));
    out->at_ns = lc__now_ns();
}

static void add(cJSON *object, const char *key, double value, const char *why_absent) {
    if (isnan(value))
        lc__absent(object, key, why_absent);
    else
        lc__json_add_num(object, key, value);
}

cJSON *lc__state_json(const lc__state *s, const lc__cpus *cpus, const lc__state *since) {
    cJSON *o = cJSON_CreateObject();
    if (!o)
        return NULL;
    lc__json_add_num(o, "time_unix", (double)time(NULL));
    add(o, "freq_khz", s->freq_khz, "no cpufreq/scaling_cur_freq");
    add(o, "temp_mc", s->temp_mc, "no thermal zone");
    add(o, "load1", s->load1, "/proc/loadavg cannot be read");
    add(o, "runnable", s->runnable, "/proc/stat has no procs_running");
    add(o, "cpu_pressure_percent", s->pressure, "no /proc/pressure/cpu");
    if (since) {
        long n = cpus->n > 0 ? cpus->n : sysconf(_SC_NPROCESSORS_ONLN);
        double others = s->busy_ns - since->busy_ns - (s->own_ns - since->own_ns);
        double share = fmax(others, 0) / (double)(n > 0 ? n : 1) / (s->at_ns - since->at_ns);
        add(o, "others_cpu", isnan(others) ? NAN : round(1e4 * share) / 1e4,
            "/proc/stat cannot be read");
    }
    return o;
}
