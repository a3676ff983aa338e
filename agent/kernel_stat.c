#include "kernel_stat.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tree.h"

#define MAX_STAT ((size_t)8 << 20)

static bool listed(const lc__cpus *cpus, long cpu) {
    for (int i = 0; i < cpus->n; i++)
        if (cpus->cpu[i] == cpu)
            return true;
    return false;
}

/* "cpu3 user nice system idle iowait irq softirq steal guest guest_nice", where guest is part of
 * user; without a number, of all CPUs. */
static void take_cpu(const char *line, const lc__cpus *cpus, lc__kernel_stat *out) {
    enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };
    char *end;
    double v[FIELDS], tick = 1e9 / (double)sysconf(_SC_CLK_TCK);
    long cpu = strtol(line + 3, &end, 10);
    bool numbered = isdigit((unsigned char)line[3]);
    if (cpus->n == 0 ? numbered : !numbered || !listed(cpus, cpu))
        return;
    if (lc__tree_numbers(numbered ? end : line + 3, v, FIELDS) != FIELDS)
        return;
    double busy = v[USER] + v[NICE] + v[SYSTEM] + v[IRQ] + v[SOFTIRQ];
    out->busy_ns = fmax(out->busy_ns, 0) + busy * tick;
    out->stolen_ns = fmax(out->stolen_ns, 0) + v[STEAL] * tick;
}

void lc__kernel_stat_read(const char *root, const lc__cpus *cpus, lc__kernel_stat *out) {
    static const char runnable[] = "procs_running ";
    char path[512], *text = NULL;
    size_t length;
    *out = (lc__kernel_stat){NAN, NAN, NAN};
    snprintf(path, sizeof path, "%.400s/proc/stat", root);
    if (lc__file_read(path, MAX_STAT, &text, &length, NULL))
        return;
    for (const char *line = text; line && *line;) {
        if (!strncmp(line, "cpu", 3))
            take_cpu(line, cpus, out);
        else if (!strncmp(line, runnable, sizeof runnable - 1))
            out->runnable = strtod(line + sizeof runnable - 1, NULL);
        line = strchr(line, '\n');
        line += line != NULL;
    }
    free(text);
}
