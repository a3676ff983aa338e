#include "cmd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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
    out->nets = malloc((n + 1) * sizeof(const lc_net *));
    out->values = malloc((n + 1) * sizeof *out->values);
    if (!out->nets || !out->values) {
        lc__shot_file_clear(out);
        return lc__no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        const lc_sample *sample = &out->device.samples[i];
        double value = lc__target_of(target, sample);
        if (sample->kind != LC_SAMPLE_NET || isnan(value))
            continue;
        out->nets[out->n] = sample->net;
        out->values[out->n++] = value;
    }
    return LC_OK;
}

void lc__shot_file_clear(lc__shot_file *shots) {
    lc_device_clear(&shots->device);
    free(shots->nets);
    free(shots->values);
    memset(shots, 0, sizeof *shots);
}
