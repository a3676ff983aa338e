#include "norm.h"

#include <math.h>
#include <string.h>
#include "activation.h"
#include "base/wide.h"

enum {
    TILE = 256, /* channels at a time */
    RUN = 64    /* rows whose sums are f32; beyond that they are doubles */
};

/* Sums of a thread: of two quantities for each channel. Of all ranks also the number of rows. */
static size_t sums_of(size_t channels) {
    return 2 * channels;
}

size_t lc__norm_work(size_t channels, int threads) {
    return (size_t)threads * sums_of(channels) + 1;
}

size_t lc__norm_statistics(size_t channels) {
    return 2 * channels + 1;
}

/* The rows of a thread. */
static void share(const lc__norm *norm, int thread, size_t *begin, size_t *end) {
    *begin = norm->rows * (size_t)thread / (size_t)norm->threads;
    *end = norm->rows * ((size_t)thread + 1) / (size_t)norm->threads;
}

/* Adds what the threads have summed, in their order, into the first one's sums, then sums over the
 * ranks. The number of rows of all ranks goes to *rows. */
static lc_status gather(const lc__norm *norm, double *rows, lc_error *err) {
    size_t n = sums_of(norm->channels);
    double *sums = norm->work;
    for (int t = 1; t < norm->threads; t++)
        for (size_t i = 0; i < n; i++)
            sums[i] += sums[(size_t)t * n + i];
    sums[n] = (double)norm->rows;
    lc_status st = lc__reduce_f64(norm->reducer, sums, n + 1, err);
    *rows = sums[n];
    return st;
}

static void flush(const float *sums, double *to, size_t n) {
    for (size_t i = 0; i < n; i++)
        to[i] += (double)sums[i];
}

/* Sums of z and of z^2 over rows begin .. end-1, n channels from `first`. */
LC__WIDE static void moments(const lc__norm *norm, const float *z, size_t begin, size_t end,
                             size_t first, size_t n, double *sums) {
    for (size_t row = begin; row < end; row += RUN) {
        float one[TILE] = {0}, two[TILE] = {0};
        size_t stop = end - row < RUN ? end : row + RUN;
        for (size_t r = row; r < stop; r++) {
            const float *x = z + r * norm->channels + first;
#pragma omp simd
            for (size_t i = 0; i < n; i++) {
                one[i] += x[i];
                two[i] += x[i] * x[i];
            }
        }
        flush(one, sums + first, n);
        flush(two, sums + norm->channels + first, n);
    }
}

static void measure_share(const lc__norm *norm, const float *z, int thread) {
    double *sums = norm->work + (size_t)thread * sums_of(norm->channels);
    size_t begin, end;
    share(norm, thread, &begin, &end);
    memset(sums, 0, sums_of(norm->channels) * sizeof *sums);
    for (size_t c = 0; c < norm->channels; c += TILE)
        moments(norm, z, begin, end, c, norm->channels - c < TILE ? norm->channels - c : TILE,
                sums);
}

static void gather_running(const lc__norm *norm, const double *mean, const double *variance,
                           double rows, float *running) {
    size_t channels = norm->channels;
    float *batches = running + 2 * channels;
    double weight = 1.0 / ((double)*batches + 1.0), unbiased = rows > 1 ? rows / (rows - 1) : 1.0;
    if (weight < (double)norm->momentum)
        weight = (double)norm->momentum;
    else
        *batches += 1.0F;
    for (size_t c = 0; c < channels; c++) {
        double old_mean = (double)running[c], old_variance = (double)running[channels + c];
        running[c] = (float)(old_mean + weight * (mean[c] - old_mean));
        running[channels + c] =
            (float)(old_variance + weight * (unbiased * variance[c] - old_variance));
    }
}

lc_status lc__norm_measure(const lc__norm *norm, const float *z, float *kept, float *running,
                           lc_error *err) {
    size_t channels = norm->channels;
    double rows;
#pragma omp parallel for schedule(static, 1)
    for (int t = 0; t < norm->threads; t++)
        measure_share(norm, z, t);
    lc_status st = gather(norm, &rows, err);
    if (st != LC_OK)
        return st;
    double *mean = norm->work, *variance = mean + channels;
    for (size_t c = 0; c < channels; c++) {
        mean[c] /= rows;
        variance[c] = variance[c] / rows - mean[c] * mean[c];
        if (variance[c] < 0)
            variance[c] = 0;
        kept[c] = (float)mean[c];
        kept[channels + c] = (float)(1.0 / sqrt(variance[c] + (double)norm->epsilon));
    }
    if (running)
        gather_running(norm, mean, variance, rows, running);
    return LC_OK;
}

void lc__norm_recall(const lc__norm *norm, const float *running, float *kept) {
    size_t channels = norm->channels;
    bool none = running[2 * channels] == 0.0F;
    for (size_t c = 0; c < channels; c++) {
        kept[c] = none ? 0.0F : running[c];
        kept[channels + c] = 1.0F / sqrtf((none ? 1.0F : running[channels + c]) + norm->epsilon);
    }
}

/* A tile of channels: what goes into the activation is gain z + shift. */
typedef struct tile {
    size_t first, n;
    float mean[TILE], gain[TILE], shift[TILE];
} tile;

static tile tile_of(const lc__norm *norm, const float *kept, size_t first) {
    size_t left = norm->channels - first;
    tile t = {.first = first, .n = left < TILE ? left : TILE};
    for (size_t i = 0; i < t.n; i++) {
        size_t c = first + i;
        t.mean[i] = kept[c];
        t.gain[i] = norm->scale[c] * kept[norm->channels + c];
        t.shift[i] = norm->offset[c] - t.mean[i] * t.gain[i];
    }
    return t;
}

LC__WIDE static void apply_share(const lc__norm *norm, const float *kept, const float *z, float *y,
                                 size_t begin, size_t end) {
    for (size_t c = 0; c < norm->channels; c += TILE) {
        tile t = tile_of(norm, kept, c);
        for (size_t r = begin; r < end; r++) {
            const float *x = z + r * norm->channels + c;
            float *to = y + r * norm->channels + c;
#pragma omp simd
            for (size_t i = 0; i < t.n; i++)
                to[i] = t.gain[i] * x[i] + t.shift[i];
            if (norm->act != LC_ACT_NONE)
                lc__act_apply(norm->act, to, to, t.n);
        }
    }
}

void lc__norm_apply(const lc__norm *norm, const float *kept, const float *z, float *y) {
#pragma omp parallel for schedule(static, 1)
    for (int i = 0; i < norm->threads; i++) {
        size_t begin, end;
        share(norm, i, &begin, &end);
        apply_share(norm, kept, z, y, begin, end);
    }
}

/* Takes the activation's part out of dy, in place, and sums the rest, g, and g (z - mean). */
LC__WIDE static void derive_tile(const lc__norm *norm, const tile *t, const float *z, float *dy,
                                 size_t begin, size_t end, double *sums) {
    float into[TILE];
    for (size_t row = begin; row < end; row += RUN) {
        float one[TILE] = {0}, two[TILE] = {0};
        size_t stop = end - row < RUN ? end : row + RUN;
        for (size_t r = row; r < stop; r++) {
            const float *x = z + r * norm->channels + t->first;
            float *g = dy + r * norm->channels + t->first;
            if (norm->act != LC_ACT_NONE) {
                for (size_t i = 0; i < t->n; i++)
                    into[i] = t->gain[i] * x[i] + t->shift[i];
                lc__act_derive(norm->act, into, g, g, t->n);
            }
#pragma omp simd
            for (size_t i = 0; i < t->n; i++) {
                one[i] += g[i];
                two[i] += g[i] * (x[i] - t->mean[i]);
            }
        }
        flush(one, sums + t->first, t->n);
        flush(two, sums + norm->channels + t->first, t->n);
    }
}

static void derive_share(const lc__norm *norm, const float *kept, const float *z, float *dy,
                         int thread) {
    double *sums = norm->work + (size_t)thread * sums_of(norm->channels);
    size_t begin, end;
    share(norm, thread, &begin, &end);
    memset(sums, 0, sums_of(norm->channels) * sizeof *sums);
    for (size_t c = 0; c < norm->channels; c += TILE) {
        tile t = tile_of(norm, kept, c);
        derive_tile(norm, &t, z, dy, begin, end, sums);
    }
}

/* dz = gain (g - mean of g - (z - mean) / variance * mean of g (z - mean)), in place of g. */
LC__WIDE static void finish_share(const lc__norm *norm, const float *kept, const float *z, float *g,
                                  double rows, size_t begin, size_t end) {
    const double *sums = norm->work;
    for (size_t c = 0; c < norm->channels; c += TILE) {
        tile t = tile_of(norm, kept, c);
        float level[TILE], slope[TILE];
        for (size_t i = 0; i < t.n; i++) {
            double inverse = (double)kept[norm->channels + c + i];
            level[i] = (float)(sums[c + i] / rows);
            slope[i] = (float)(sums[norm->channels + c + i] / rows * inverse * inverse);
        }
        for (size_t r = begin; r < end; r++) {
            const float *x = z + r * norm->channels + c;
            float *to = g + r * norm->channels + c;
#pragma omp simd
            for (size_t i = 0; i < t.n; i++)
                to[i] = t.gain[i] * (to[i] - level[i] - (x[i] - t.mean[i]) * slope[i]);
        }
    }
}

lc_status lc__norm_derive(const lc__norm *norm, const float *kept, const float *z, float *dy,
                          float *dscale, float *doffset, lc_error *err) {
    size_t channels = norm->channels;
    double rows;
#pragma omp parallel for schedule(static, 1)
    for (int t = 0; t < norm->threads; t++)
        derive_share(norm, kept, z, dy, t);
    lc_status st = gather(norm, &rows, err);
    if (st != LC_OK)
        return st;
#pragma omp parallel for schedule(static, 1)
    for (int t = 0; t < norm->threads; t++) {
        size_t begin, end;
        share(norm, t, &begin, &end);
        finish_share(norm, kept, z, dy, rows, begin, end);
    }
    for (size_t c = 0; c < channels; c++) {
        doffset[c] += (float)norm->work[c];
        dscale[c] += (float)(norm->work[channels + c] * (double)kept[channels + c]);
    }
    return LC_OK;
}
