#include "repeats.h"

#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/stats.h"

typedef struct keyed {
    uint64_t digest;
    size_t index;
} keyed;

static int by_digest(const void *a, const void *b) {
    const keyed *x = a, *y = b;
    if (x->digest != y->digest)
        return x->digest < y->digest ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

lc_status lc__repeats_find(const lc_net *const *nets, const size_t *rows, size_t n,
                           lc__repeats *out, lc_error *err) {
    keyed *key = malloc((n + 1) * sizeof *key);
    *out = (lc__repeats){.place = malloc((n + 1) * sizeof *out->place), .n = n};
    if (!key || !out->place) {
        free(key);
        return lc__no_memory(err);
    }
    for (size_t i = 0; i < n; i++)
        key[i] = (keyed){lc_net_digest(nets[rows[i]]), i};
    qsort(key, n, sizeof *key, by_digest);
    size_t first = 0;
    for (size_t i = 0; i < n; i++) { /* each shot's first like it */
        if (i > 0 && key[i].digest != key[i - 1].digest)
            first = i;
        out->place[key[i].index] = key[first].index;
    }
    for (size_t i = 0; i < n; i++)
        out->place[i] = out->place[i] == i ? out->n_different++ : out->place[out->place[i]];
    free(key);
    return LC_OK;
}

void lc__repeats_clear(lc__repeats *repeats) {
    free(repeats->place);
    *repeats = (lc__repeats){0};
}

lc_status lc__repeats_merge(const lc__repeats *repeats, size_t *rows, double *values,
                            lc_error *err) {
    size_t n = repeats->n;
    if (repeats->n_different == n)
        return LC_OK;
    double *logs = malloc(n * sizeof *logs), *merged = malloc(n * sizeof *merged);
    if (!logs || !merged) {
        free(logs);
        free(merged);
        return lc__no_memory(err);
    }
    for (size_t d = 0; d < repeats->n_different; d++) {
        size_t count = 0, row = 0;
        for (size_t i = n; i-- > 0;)
            if (repeats->place[i] == d) {
                logs[count++] = log(values[i]);
                row = i;
            }
        lc__sort(logs, count);
        merged[d] = exp(lc__quantile(logs, count, 0.5));
        rows[d] = rows[row];
    }
    for (size_t d = 0; d < repeats->n_different; d++)
        values[d] = merged[d];
    free(logs);
    free(merged);
    return LC_OK;
}

lc_status lc__repeats_spread_trust(const lc__repeats *repeats, lc_predictor *predictor,
                                   lc_error *err) {
    if (repeats->n_different == repeats->n)
        return LC_OK;
    double *trust = malloc(repeats->n * sizeof *trust);
    if (!trust)
        return lc__no_memory(err);
    for (size_t i = 0; i < repeats->n; i++)
        trust[i] = predictor->trust[repeats->place[i]];
    free(predictor->trust);
    predictor->trust = trust;
    predictor->n_trust = repeats->n;
    return LC_OK;
}
