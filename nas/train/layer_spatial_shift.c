/* spatial_shift: every channel moves by its own offset, zeros where nothing comes from; backward
 * the gradient moves back. */
#include <string.h>
#include "layer.h"

/* y[row][column] = x[row + dy][column + dx] for channels first .. last - 1 of one line. */
static void move_line(lc_shape s, const float *from, int dx, size_t first, size_t last, float *y) {
    size_t channels = (size_t)s.c, bytes = (last - first) * sizeof *y;
    for (int column = 0; column < s.w; column++) {
        float *to = y + (size_t)column * channels + first;
        int source = column + dx;
        if (from && source >= 0 && source < s.w)
            memcpy(to, from + (size_t)source * channels + first, bytes);
        else
            memset(to, 0, bytes);
    }
}

/* sign 1: as the operator does; -1: the other way. Offsets as latcast/op.h numbers them. */
static void move(const lc__geometry *g, int sign, const float *x, float *y) {
    lc_shape s = g->out;
    int k = g->op->kernel_h;
    size_t channels = (size_t)s.c, offsets = (size_t)k * (size_t)k;
    size_t line = (size_t)s.w * channels, share = channels / offsets;
    share = share > 0 ? share : 1;
#pragma omp parallel for
    for (int at = 0; at < s.n * s.h; at++) {
        for (size_t o = 0; o < offsets && o * share < channels; o++) {
            bool rest = o + 1 == offsets || (o + 1) * share > channels;
            int row = at % s.h + sign * ((int)o / k - k / 2), dx = sign * ((int)o % k - k / 2);
            const float *from = NULL;
            if (row >= 0 && row < s.h)
                from = x + ((size_t)(at / s.h) * (size_t)s.h + (size_t)row) * line;
            move_line(s, from, dx, o * share, rest ? channels : (o + 1) * share,
                      y + (size_t)at * line);
        }
    }
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    (void)state, (void)w, (void)saved;
    move(g, 1, x[0], z);
}

static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    (void)state, (void)x, (void)w, (void)z, (void)saved, (void)dw;
    if (dx[0])
        move(g, -1, dz, dx[0]);
}

const lc__layer lc__layer_spatial_shift = {
    .type = LC_OP_SPATIAL_SHIFT, .forward = forward, .backward = backward};
