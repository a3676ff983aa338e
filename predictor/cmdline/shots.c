#include "cmdline/given.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stats.h"

/* Half a 95 % interval in standard deviations. */
#define NORMAL_95 1.96

/* Takes the samples of a kind from place `at` on; returns where the next go. */
static size_t add_kind(lc__shot_file *out, lc_sample_kind kind, size_t at) {
    for (size_t i = 0; i < out->device.n_samples; i++) {
        const lc_sample *sample = &out->device.samples[i];
        double value = lc__target_of(out->target, sample);
        if (sample->kind != kind)
            continue;
        if (isnan(value)) {
            out->n_missing++;
            continue;
        }
        out->samples[at] = sample;
        out->nets[at] = sample->net;
        out->values[at] = value;
        out->kinds[at++] = kind;
    }
    return at;
}

lc_status lc__shot_file_load(const char *path, lc__shot_file *out, lc_error *err) {
    return lc__shot_file_load_target(path, &lc__target_latency, out, err);
}

lc_status lc__shot_file_load_target(const char *path, const lc__target *target, lc__shot_file *out,
                                    lc_error *err) {
    memset(out, 0, sizeof *out);
    out->target = target;
    lc_status s = lc_device_load(path, &out->device, err);
    if (s)
        return s;
    size_t n = out->device.n_samples;
    out->samples = malloc((n + 1) * sizeof(const lc_sample *));
    out->nets = malloc((n + 1) * sizeof(const lc_net *));
    out->values = malloc((n + 1) * sizeof *out->values);
    out->kinds = malloc((n + 1) * sizeof *out->kinds);
    if (!out->samples || !out->nets || !out->values || !out->kinds) {
        lc__shot_file_clear(out);
        return lc__no_memory(err);
    }
    out->n = add_kind(out, LC_SAMPLE_NET, 0);
    if (target->grows) /* what operators take together is no sum otherwise */
        out->n_ops = add_kind(out, LC_SAMPLE_OP, out->n) - out->n;
    return LC_OK;
}

void lc__shot_file_clear(lc__shot_file *shots) {
    lc_device_clear(&shots->device);
    free(shots->samples);
    free(shots->nets);
    free(shots->values);
    free(shots->kinds);
    memset(shots, 0, sizeof *shots);
}

double lc__shot_file_reading(const lc__shot_file *shots) {
    double *spread = malloc((shots->device.n_samples + 1) * sizeof *spread), reading = 0;
    size_t n = 0;
    for (size_t i = 0; i < shots->device.n_samples && spread; i++) {
        const lc_sample *s = &shots->device.samples[i];
        if (s->kind == LC_SAMPLE_NET)
            spread[n++] = (s->ci_high_ns - s->ci_low_ns) / (2 * NORMAL_95) / s->latency_ns;
    }
    if (n > 0 && shots->target == &lc__target_latency)
        reading = lc__median(spread, n);
    free(spread);
    return isfinite(reading) ? reading : 0;
}
