/* Depthwise convolutions by patches of output pixels kept in registers, for any lc__vf and, by a
 * header of values, any dtype.
 *
 * A patch is LC__PATCH_ROWS x LC__PATCH_COLUMNS pixels, one vector of channels at a time: each
 * input vector is loaded once for all the taps and pixels that need it. Patches at the image's edge
 * skip input rows outside and take columns outside as zeros; so no copy is made. Square kernels of
 * 3, 5 and 7 at strides 1 and 2 have a patch of their own, unrolled; others go pixel by pixel,
 * several vectors of channels at a time.
 *
 * Define LC__PATCH_ROWS and LC__PATCH_COLUMNS, include a header of vectors, one of values and one
 * of the term (term_multiply.h and its like), then this; it gives lc__patch_run(). */
#ifndef KERNELS_DEPTHWISE_PATCH_H
#define KERNELS_DEPTHWISE_PATCH_H

#include "kernels/depthwise/patch_job.h"

typedef lc__vf lc__sum;

#include "kernels/conv/finish.h"

/* Where a patch lies. */
typedef struct lc__patch {
    const char *image;
    char *y;           /* of its first pixel */
    int iy, ix;        /* of its first tap; negative over padding */
    int rows, columns; /* to be stored */
    int from, until;   /* input columns that are inside the image, counted from ix */
} lc__patch;

#define LC__PATCH_INPUTS(pixels, kernel, stride) (((pixels)-1) * (stride) + (kernel))

/* One row of inputs into all the sums that it is part of; whole = no column is outside (and, where
 * a term of padding counts, no row). */
LC__INLINE void lc__patch_row(const lc__patch_job *j, const lc__patch *p, int kernel, int stride,
                              bool whole, int r, const char *x, const float *weights, size_t n,
                              lc__vf sums[LC__PATCH_ROWS][LC__PATCH_COLUMNS]) {
    lc__vf w[LC__PATCH_ROWS][7];
#pragma GCC unroll 8
    for (int q = 0; q < LC__PATCH_ROWS; q++) {
        int kh = r - q * stride;
#pragma GCC unroll 8
        for (int kw = 0; kw < kernel; kw++) {
            if (kh >= 0 && kh < kernel) {
                w[q][kw] = lc__vf_load(weights + (size_t)(kh * kernel + kw) * j->padded);
            }
        }
    }
#pragma GCC unroll 32
    for (int i = 0; i < LC__PATCH_INPUTS(LC__PATCH_COLUMNS, kernel, stride); i++) {
        lc__vf v = lc__vf_set(0.0F);
        if (whole || (i >= p->from && i < p->until)) {
            v = lc__value_load(x + (size_t)i * j->pixel_bytes, n);
        }
#pragma GCC unroll 8
        for (int q = 0; q < LC__PATCH_ROWS; q++) {
            int kh = r - q * stride;
#pragma GCC unroll 8
            for (int c = 0; c < LC__PATCH_COLUMNS; c++) {
                int kw = i - c * stride;
                if (kh >= 0 && kh < kernel && kw >= 0 && kw < kernel) {
                    sums[q][c] = lc__patch_term(sums[q][c], v, w[q][kw]);
                }
            }
        }
    }
}

/* Row r of a patch's inputs, which may be outside of the image. */
LC__INLINE void lc__patch_input_row(const lc__patch_job *j, const lc__patch *p, int kernel,
                                    int stride, bool whole, int r, size_t c, size_t n,
                                    const char *x, lc__vf sums[LC__PATCH_ROWS][LC__PATCH_COLUMNS]) {
    bool inside = p->iy + r >= 0 && p->iy + r < j->in_h;
    if (LC__TERM_COUNTS_PADDING && !whole) {
        static const lc__patch outside = {.until = 0};
        lc__patch_row(j, inside ? p : &outside, kernel, stride, false, r, x, j->weights + c, n,
                      sums);
    } else if (inside) {
        lc__patch_row(j, p, kernel, stride, whole, r, x, j->weights + c, n, sums);
    }
}

/* Finishes a full patch by clamping. */
LC__INLINE void lc__patch_store(const lc__patch_job *j, const lc__patch *p, size_t c, size_t n,
                                lc__vf sums[LC__PATCH_ROWS][LC__PATCH_COLUMNS]) {
    lc__vf scale = lc__vf_load(j->finish.scale + c) * lc__vf_set(j->finish.clamp.unit);
    lc__vf bias = lc__vf_load(j->finish.bias + c) * lc__vf_set(j->finish.clamp.unit);
    lc__vf most = lc__vf_set(j->finish.clamp.most), least = lc__vf_set(j->finish.clamp.least);
#pragma GCC unroll 8
    for (int q = 0; q < LC__PATCH_ROWS; q++) {
        char *y = p->y + c * LC__VALUE_BYTES + (size_t)q * (size_t)j->out_w * j->pixel_bytes;
#pragma GCC unroll 8
        for (int i = 0; i < LC__PATCH_COLUMNS; i++) {
            lc__vf sum = lc__sum_value(sums[q][i]);
            lc__vf x = LC__VALUE_INTEGER ? lc__vf_fma(sum, scale, bias) : sum + bias;
            lc__value_store(y + (size_t)i * j->pixel_bytes, lc__vf_max(lc__vf_min(x, most), least),
                            n);
        }
    }
}

/* One vector of channels of a patch, sums left in memory to be finished. */
LC__INLINE void lc__patch_block(const lc__patch_job *j, const lc__patch *p, int kernel, int stride,
                                bool whole, size_t c, size_t n) {
    lc__vf sums[LC__PATCH_ROWS][LC__PATCH_COLUMNS];
    const char *x = p->image + (ptrdiff_t)(c * LC__VALUE_BYTES) +
                    ((ptrdiff_t)p->iy * j->in_w + p->ix) * (ptrdiff_t)j->pixel_bytes;
#pragma GCC unroll 8
    for (int q = 0; q < LC__PATCH_ROWS; q++) {
#pragma GCC unroll 8
        for (int i = 0; i < LC__PATCH_COLUMNS; i++) {
            sums[q][i] = lc__vf_set(0.0F);
        }
    }
    const int last = LC__PATCH_INPUTS(LC__PATCH_ROWS, kernel, stride);
    if (whole && kernel == 3) {
#pragma GCC unroll 32
        for (int r = 0; r < last; r++, x += (size_t)j->in_w * j->pixel_bytes) {
            lc__patch_input_row(j, p, kernel, stride, true, r, c, n, x, sums);
        }
    } else { /* unrolled, the larger ones were half of the agent */
#pragma GCC unroll 1
        for (int r = 0; r < last; r++, x += (size_t)j->in_w * j->pixel_bytes) {
            lc__patch_input_row(j, p, kernel, stride, whole, r, c, n, x, sums);
        }
    }
    if (j->finish.clamp.all && (whole || p->columns == LC__PATCH_COLUMNS) &&
        p->rows == LC__PATCH_ROWS) {
        lc__patch_store(j, p, c, n, sums);
        return;
    }
    lc__vf done[LC__PATCH_ROWS * LC__PATCH_COLUMNS];
#pragma GCC unroll 8
    for (int q = 0; q < LC__PATCH_ROWS; q++) {
#pragma GCC unroll 8
        for (int i = 0; i < LC__PATCH_COLUMNS; i++) {
            done[q * LC__PATCH_COLUMNS + i] = sums[q][i];
        }
    }
    lc__tile t = {.y = p->y + c * LC__VALUE_BYTES,
                  .y_stride = j->pixel_bytes,
                  .lanes = n,
                  .finish = lc__finish_from(&j->finish, c)};
    for (int q = 0; q < p->rows; q++) {
        lc__tile_finish(&t, done + q * LC__PATCH_COLUMNS, p->columns, 1);
        t.y += (size_t)j->out_w * j->pixel_bytes;
    }
}

/* All channels of a patch. */
LC__INLINE void lc__patch_channels(const lc__patch_job *j, const lc__patch *p, int kernel,
                                   int stride) {
    size_t c = 0;
    bool whole = p->from <= 0 && p->until >= LC__PATCH_INPUTS(LC__PATCH_COLUMNS, kernel, stride);
    if (LC__TERM_COUNTS_PADDING) {
        whole = whole && p->iy >= 0 &&
                p->iy + LC__PATCH_INPUTS(LC__PATCH_ROWS, kernel, stride) <= j->in_h;
    }
    for (; whole && c + LC__VF_LANES <= j->channels; c += LC__VF_LANES) {
        lc__patch_block(j, p, kernel, stride, true, c, LC__VF_LANES);
    }
    for (; c < j->channels; c += LC__VF_LANES) {
        size_t left = j->channels - c;
        lc__patch_block(j, p, kernel, stride, false, c, left < LC__VF_LANES ? left : LC__VF_LANES);
    }
}

typedef void lc__patch_fn(const lc__patch_job *j, const lc__patch *p);

#define LC__PATCH_KINDS(X) X(3, 1) X(3, 2) X(5, 1) X(5, 2) X(7, 1) X(7, 2)
#define LC__PATCH_DEFINE(kernel, stride)                                                           \
    static __attribute__((noinline)) void lc__patch_##kernel##_##stride(const lc__patch_job *j,    \
                                                                        const lc__patch *p) {      \
        lc__patch_channels(j, p, kernel, stride);                                                  \
    }
LC__PATCH_KINDS(LC__PATCH_DEFINE)

/* That of a job; NULL if it has none of its own. */
static lc__patch_fn *lc__patch_of(const lc__patch_job *j) {
    if (j->kernel_h == j->kernel_w && j->stride_h == j->stride_w) {
#define LC__PATCH_CASE(kernel, stride)                                                             \
    if (j->kernel_h == (kernel) && j->stride_h == (stride)) {                                      \
        return lc__patch_##kernel##_##stride;                                                      \
    }
        LC__PATCH_KINDS(LC__PATCH_CASE)
#undef LC__PATCH_CASE
    }
    return NULL;
}

/* Pairs of output rows begin .. end-1, counted over all images, where there is a patch. */
static void lc__patch_lines(const lc__patch_job *j, lc__patch_fn *fn, size_t begin, size_t end) {
    size_t per_image = lc__patch_lines_of(j, LC__PATCH_ROWS);
    for (size_t line = begin; line < end; line++) {
        int oy = (int)(line % per_image) * LC__PATCH_ROWS, left = j->out_h - oy;
        lc__patch p = {.image = j->x + line / per_image * j->image_bytes,
                       .iy = oy * j->stride_h - j->pad_h,
                       .rows = left < LC__PATCH_ROWS ? left : LC__PATCH_ROWS};
        char *y = j->y + (line / per_image * (size_t)j->out_h + (size_t)oy) * (size_t)j->out_w *
                             j->pixel_bytes;
        for (int ox = 0; ox < j->out_w; ox += LC__PATCH_COLUMNS) {
            int last = j->out_w - LC__PATCH_COLUMNS, at = ox <= last || last < 0 ? ox : last;
            p.ix = at * j->stride_w - j->pad_w;
            p.from = -p.ix;
            p.until = j->in_w - p.ix;
            p.columns = j->out_w - at < LC__PATCH_COLUMNS ? j->out_w - at : LC__PATCH_COLUMNS;
            p.y = y + (size_t)at * j->pixel_bytes;
            fn(j, &p);
        }
    }
}

#define LC__PATCH_VECTORS 4 /* of channels at a time, pixel by pixel */

/* LC__PATCH_VECTORS vectors of channels, or n <= LC__VF_LANES channels, of one pixel. */
LC__INLINE void lc__patch_pixel(const lc__patch_job *j, const char *image, int oy, int ox, size_t c,
                                int vecs, size_t n, char *y) {
    lc__vf sums[LC__PATCH_VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < vecs; v++) {
        sums[v] = lc__vf_set(0.0F);
    }
    for (int kh = 0; kh < j->kernel_h; kh++) {
        int iy = oy * j->stride_h - j->pad_h + kh;
        for (int kw = 0; kw < j->kernel_w; kw++) {
            int ix = ox * j->stride_w - j->pad_w + kw;
            bool inside = iy >= 0 && iy < j->in_h && ix >= 0 && ix < j->in_w;
            if (!inside && !LC__TERM_COUNTS_PADDING) {
                continue;
            }
            size_t at = inside ? (size_t)iy * (size_t)j->in_w + (size_t)ix : 0;
            const char *x = image + at * j->pixel_bytes + c * LC__VALUE_BYTES;
            const float *w = j->weights + (size_t)(kh * j->kernel_w + kw) * j->padded + c;
#pragma GCC unroll 4
            for (int v = 0; v < vecs; v++) {
                lc__vf value = lc__vf_set(0.0F);
                if (inside) {
                    value = lc__value_load(x + (size_t)v * LC__VF_LANES * LC__VALUE_BYTES, n);
                }
                sums[v] = lc__patch_term(sums[v], value, lc__vf_load(w + v * LC__VF_LANES));
            }
        }
    }
    lc__tile t = {.y = y + c * LC__VALUE_BYTES,
                  .lanes = (size_t)(vecs - 1) * LC__VF_LANES + n,
                  .finish = lc__finish_from(&j->finish, c)};
    lc__tile_finish(&t, sums, 1, vecs);
}

/* Lines of one output row, pixel by pixel. */
static void lc__patch_pixels(const lc__patch_job *j, size_t begin, size_t end) {
    const size_t block = LC__PATCH_VECTORS * LC__VF_LANES;
    for (size_t line = begin; line < end; line++) {
        const char *image = j->x + line / (size_t)j->out_h * j->image_bytes;
        char *y = j->y + line * (size_t)j->out_w * j->pixel_bytes;
        int oy = (int)(line % (size_t)j->out_h);
        for (int ox = 0; ox < j->out_w; ox++, y += j->pixel_bytes) {
            size_t c = 0;
            for (; c + block <= j->channels; c += block) {
                lc__patch_pixel(j, image, oy, ox, c, LC__PATCH_VECTORS, LC__VF_LANES, y);
            }
            for (; c < j->channels; c += LC__VF_LANES) {
                size_t left = j->channels - c;
                lc__patch_pixel(j, image, oy, ox, c, 1, left < LC__VF_LANES ? left : LC__VF_LANES,
                                y);
            }
        }
    }
}

static void lc__patch_range(void *context, size_t begin, size_t end) {
    const lc__patch_job *j = context;
    lc__patch_fn *fn = lc__patch_of(j);
    if (fn != NULL) {
        lc__patch_lines(j, fn, begin, end);
    } else {
        lc__patch_pixels(j, begin, end);
    }
}

static void lc__patch_run(const lc__call *call) {
    lc__patch_job j = lc__patch_job_of(call);
    int rows = lc__patch_of(&j) != NULL ? LC__PATCH_ROWS : 1;
    size_t lines = (size_t)call->out_shape.n * lc__patch_lines_of(&j, rows);
    lc__parallel_for(call->team, lines, lc__patch_range, &j);
}

#endif
