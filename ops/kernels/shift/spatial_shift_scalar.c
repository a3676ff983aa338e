#include <string.h>

#include "kernels/kernel.h"

/* All in bytes: copies [first, last) of the channels of an image row, moved by dx columns; columns
 * from outside are zero. `x` is the source row, NULL where it lies outside the image. */
static void copy_row(const char *x, char *y, int width, size_t channels, int dx, size_t first,
                     size_t last) {
    for (int column = 0; column < width; column++) {
        int from = column + dx;
        char *to = y + (size_t)column * channels + first;
        if (x == NULL || from < 0 || from >= width) {
            memset(to, 0, last - first);
        } else {
            memcpy(to, x + (size_t)from * channels + first, last - first);
        }
    }
}

static void rows(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    lc_shape s = call->out_shape;
    int k = call->op.kernel_h;
    size_t channels = (size_t)s.c, offsets = (size_t)k * (size_t)k;
    size_t share = channels / offsets > 0 ? channels / offsets : 1;
    size_t size = lc_dtype_size(call->op.dtype), row_size = (size_t)s.w * channels * size;
    for (size_t row = begin; row < end; row++) {
        for (size_t o = 0; o < offsets && o * share < channels; o++) {
            size_t last =
                o + 1 == offsets || (o + 1) * share > channels ? channels : (o + 1) * share;
            int dy = (int)o / k - k / 2, dx = (int)o % k - k / 2;
            int from = (int)(row % (size_t)s.h) + dy;
            const char *x = NULL;
            if (from >= 0 && from < s.h) {
                x = (const char *)call->in[0] +
                    (row / (size_t)s.h * (size_t)s.h + (size_t)from) * row_size;
            }
            copy_row(x, (char *)call->out + row * row_size, s.w, channels * size, dx,
                     o * share * size, last * size);
        }
    }
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    size_t count = (size_t)call->out_shape.n * (size_t)call->out_shape.h;
    lc__parallel_for(call->team, count, rows, &copy);
}

const lc__kernel lc__kernel_spatial_shift = {
    .name = "any_spatial_shift__scalar", .type = LC_OP_SPATIAL_SHIFT, .run = run};
