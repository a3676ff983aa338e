#include "image.h"

#include <string.h>

typedef struct extent {
    int images;
    size_t pixels, channels;
} extent;

static extent extent_of(lc_shape s) {
    return (extent){s.n, (size_t)s.h * (size_t)s.w, (size_t)s.c};
}

void lc__image_mean(lc_shape s, const float *x, float *y) {
    extent e = extent_of(s);
#pragma omp parallel for
    for (int n = 0; n < e.images; n++) {
        const float *from = x + (size_t)n * e.pixels * e.channels;
        float *to = y + (size_t)n * e.channels;
        memset(to, 0, e.channels * sizeof *to);
        for (size_t p = 0; p < e.pixels; p++, from += e.channels)
            for (size_t c = 0; c < e.channels; c++)
                to[c] += from[c];
        for (size_t c = 0; c < e.channels; c++)
            to[c] /= (float)e.pixels;
    }
}

void lc__image_spread(lc_shape s, const float *dy, float *dx) {
    extent e = extent_of(s);
    float share = 1.0F / (float)e.pixels;
#pragma omp parallel for
    for (int n = 0; n < e.images; n++) {
        const float *from = dy + (size_t)n * e.channels;
        float *to = dx + (size_t)n * e.pixels * e.channels;
        for (size_t p = 0; p < e.pixels; p++, to += e.channels)
            for (size_t c = 0; c < e.channels; c++)
                to[c] = share * from[c];
    }
}

void lc__image_dot(lc_shape s, const float *a, const float *b, float *y) {
    extent e = extent_of(s);
#pragma omp parallel for
    for (int n = 0; n < e.images; n++) {
        size_t first = (size_t)n * e.pixels * e.channels;
        float *to = y + (size_t)n * e.channels;
        memset(to, 0, e.channels * sizeof *to);
        for (size_t p = 0; p < e.pixels; p++, first += e.channels)
            for (size_t c = 0; c < e.channels; c++)
                to[c] += a[first + c] * b[first + c];
    }
}

void lc__image_scale(lc_shape s, const float *x, const float *gate, float *y) {
    extent e = extent_of(s);
#pragma omp parallel for
    for (int n = 0; n < e.images; n++) {
        size_t first = (size_t)n * e.pixels * e.channels;
        const float *by = gate + (size_t)n * e.channels;
        for (size_t p = 0; p < e.pixels; p++, first += e.channels)
            for (size_t c = 0; c < e.channels; c++)
                y[first + c] = x[first + c] * by[c];
    }
}
