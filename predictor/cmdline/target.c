#include "cmdline/target.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Three digits before a unit of a step of 1000. */
static const char *format_si(double x, const char *const *units, int n, char *buf, size_t size) {
    int u = 0;
    while (u + 1 < n && x >= 1000) {
        x /= 1000;
        u++;
    }
    snprintf(buf, size, "%.*f %s", x < 10 ? 2 : x < 100 ? 1 : 0, x, units[u]);
    return buf;
}

static const char *format_uj(double uj, char *buf, size_t size) {
    static const char *const units[] = {"uJ", "mJ", "J"};
    return format_si(uj, units, 3, buf, size);
}

static const char *format_mw(double mw, char *buf, size_t size) {
    static const char *const units[] = {"mW", "W"};
    return format_si(mw, units, 2, buf, size);
}

const lc__target lc__target_latency = {.name = "latency",
                                       .key = "latency_ns",
                                       .low_key = "low_ns",
                                       .high_key = "high_ns",
                                       .overhead_key = "overhead_ns",
                                       .heading = "time",
                                       .grows = true,
                                       .format = lc__format_ns};
static const lc__target energy = {.name = "energy",
                                  .key = "energy_uj",
                                  .low_key = "low_uj",
                                  .high_key = "high_uj",
                                  .overhead_key = "overhead_uj",
                                  .heading = "energy",
                                  .grows = true,
                                  .format = format_uj};
static const lc__target peak_power = {.name = "peak_power",
                                      .key = "peak_power_mw",
                                      .low_key = "low_mw",
                                      .high_key = "high_mw",
                                      .overhead_key = "overhead_mw",
                                      .heading = "power",
                                      .grows = false,
                                      .format = format_mw};

lc_status lc__target_find(const char *name, const lc__target **out, lc_error *err) {
    static const lc__target *const targets[] = {&lc__target_latency, &energy, &peak_power, NULL};
    for (const lc__target *const *t = targets; *t; t++) {
        if (!strcmp((*t)->name, name)) {
            *out = *t;
            return LC_OK;
        }
    }
    return lc_error_set(err, LC_EUSAGE, "--target is latency, energy or peak_power, not \"%.40s\"",
                        name);
}

double lc__target_of(const lc__target *target, const lc_sample *sample) {
    if (target == &energy)
        return sample->energy_uj;
    return target == &peak_power ? sample->peak_power_mw : sample->latency_ns;
}
