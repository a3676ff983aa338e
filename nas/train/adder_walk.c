#include "adder_walk.h"

#include <stdlib.h>
#include "base/memory.h"

/* 0 .. n-1 by what is left when dividing by `stride`: 0 2 4 1 3 for 5 and 2. */
static int *order_of(int n, int stride) {
    int *order = malloc((size_t)n * sizeof *order), at = 0;
    for (int phase = 0; order && phase < stride; phase++)
        for (int i = phase; i < n; i += stride)
            order[at++] = i;
    return order;
}

/* For each of n_results lines and each tap the source line that it touches, or -1. */
static int *taps_of(bool backward, int n_results, int n_sources, int kernel, int stride, int pad) {
    int *taps = malloc((size_t)n_results * (size_t)kernel * sizeof *taps);
    for (int i = 0; taps && i < n_results * kernel; i++) {
        int at = i / kernel, tap = i % kernel;
        int line = backward ? at + pad - tap : at * stride + tap - pad;
        if (backward)
            line = line >= 0 && line % stride == 0 ? line / stride : -1;
        taps[i] = line >= 0 && line < n_sources ? line : -1;
    }
    return taps;
}

lc_status lc__walk_new(const lc__geometry *g, bool backward, lc__walk *walk, lc_error *err) {
    const lc_op *op = g->op;
    lc_shape to = backward ? g->in[0] : g->out, from = backward ? g->out : g->in[0];
    *walk = (lc__walk){.op = op, .backward = backward, .results = to, .sources = from};
    walk->rows = order_of(to.h, backward ? op->stride_h : 1);
    walk->columns = order_of(to.w, backward ? op->stride_w : 1);
    walk->row_taps = taps_of(backward, to.h, from.h, op->kernel_h, op->stride_h, op->pad_h);
    walk->column_taps = taps_of(backward, to.w, from.w, op->kernel_w, op->stride_w, op->pad_w);
    if (walk->rows && walk->columns && walk->row_taps && walk->column_taps)
        return LC_OK;
    return lc__no_memory(err);
}

void lc__walk_free(lc__walk *walk) {
    free(walk->rows);
    free(walk->columns);
    free(walk->row_taps);
    free(walk->column_taps);
}

lc__place lc__walk_place(const lc__walk *walk, size_t at) {
    size_t w = (size_t)walk->results.w, h = (size_t)walk->results.h, line = at / w;
    return (lc__place){(int)(line / h), walk->rows[line % h], walk->columns[at % w]};
}

size_t lc__walk_pixel(const lc__walk *walk, lc__place place) {
    lc_shape s = walk->results;
    return ((size_t)place.image * (size_t)s.h + (size_t)place.row) * (size_t)s.w +
           (size_t)place.column;
}

int lc__walk_sources(const lc__walk *walk, lc__place place, const float *data, const float *padding,
                     const float **sources) {
    const lc_op *op = walk->op;
    lc_shape s = walk->sources;
    size_t first = (size_t)place.image * (size_t)s.h, channels = (size_t)s.c;
    const int *rows = walk->row_taps + (size_t)place.row * (size_t)op->kernel_h;
    const int *columns = walk->column_taps + (size_t)place.column * (size_t)op->kernel_w;
    int met = 0;
    for (int ky = 0; ky < op->kernel_h; ky++) {
        int y = rows[ky];
        const float *line = data + (first + (size_t)(y < 0 ? 0 : y)) * (size_t)s.w * channels;
        for (int kx = 0; kx < op->kernel_w; kx++) {
            bool there = y >= 0 && columns[kx] >= 0;
            *sources++ = there ? line + (size_t)columns[kx] * channels : padding;
            met += there;
        }
    }
    return met;
}
