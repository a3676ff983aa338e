#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

lc_status lc__shot_file_load(const char *path, lc__shot_file *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    lc_status s = lc_device_load(path, &out->device, err);
    if (s)
        return s;
    size_t n = out->device.n_samples;
    out->nets = malloc((n + 1) * sizeof(const lc_net *));
    out->latency_ns = malloc((n + 1) * sizeof *out->latency_ns);
    if (!out->nets || !out->latency_ns) {
        lc__shot_file_clear(out);
        return lc__no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        const lc_sample *sample = &out->device.samples[i];
        if (sample->kind != LC_SAMPLE_NET)
            continue;
        out->nets[out->n] = sample->net;
        out->latency_ns[out->n++] = sample->latency_ns;
    }
    return LC_OK;
}

void lc__shot_file_clear(lc__shot_file *shots) {
    lc_device_clear(&shots->device);
    free(shots->nets);
    free(shots->latency_ns);
    memset(shots, 0, sizeof *shots);
}
