/* Finishes sums (lc__finish), for any lc__vf. Include it after a header of values (value_f32.h) and
 * after defining lc__sum and lc__vf lc__sum_value(lc__sum).
 */
#ifndef KERNELS_CONV_FINISH_H
#define KERNELS_CONV_FINISH_H

#include "kernels/vec_math.h"

/* What one column of vectors needs: outputs first .. first+n-1 of every row. */
typedef struct lc__column {
    lc__vf scale, bias, least, most; /* the last two of a finish that only clamps */
    size_t first, n;
} lc__column;

LC__INLINE lc__column lc__column_of(const lc__tile *t, int v, size_t n) {
    const lc__finish *f = &t->finish;
    float unit = f->clamp.all ? f->clamp.unit : 1.0F;
    size_t first = (size_t)v * LC__VF_LANES;
    lc__vf scale = f->scale != NULL ? lc__vf_load_n(f->scale + first, n) : lc__vf_set(1.0F);
    lc__vf bias = f->bias != NULL ? lc__vf_load_n(f->bias + first, n) : lc__vf_set(0.0F);
    return (lc__column){.scale = scale * lc__vf_set(unit),
                        .bias = bias * lc__vf_set(unit),
                        .least = lc__vf_set(f->clamp.least),
                        .most = lc__vf_set(f->clamp.most),
                        .first = first,
                        .n = n};
}

LC__INLINE lc__vf lc__sum_scaled(lc__sum sum, const lc__column *c) {
    return LC__VALUE_INTEGER ? lc__vf_fma(lc__sum_value(sum), c->scale, c->bias)
                             : lc__sum_value(sum) + c->bias;
}

/* One vector where the finish only clamps; values in units of the output. */
LC__INLINE void lc__finish_clamped(const lc__column *c, lc__sum sum, char *y) {
    lc__vf x = lc__vf_max(lc__vf_min(lc__sum_scaled(sum, c), c->most), c->least);
    lc__value_store(y + c->first * LC__VALUE_BYTES, x, c->n);
}

/* Any activation, any bits in use. One loop for them all: next to their arithmetic a test that goes
 * the same way every time is nothing, and loops of their own were a third of a tile's code. */
static __attribute__((noinline)) void lc__finish_any(const lc__tile *t, const lc__sum *sums,
                                                     int rows, int vecs, const lc__column *c) {
    char *y = t->y + c->first * LC__VALUE_BYTES;
    const lc_act act = t->finish.act;
#pragma GCC unroll 1
    for (int r = 0; r < rows; r++, y += t->y_stride) {
        lc__vf x = lc__vf_act(lc__sum_scaled(sums[r * vecs], c), act);
        lc__value_put(&t->finish.format, y, x, c->n);
    }
}

static __attribute__((noinline)) void lc__tile_finish(const lc__tile *t, const lc__sum *sums,
                                                      int rows, int vecs) {
    char *y = t->y;
    const size_t stride = t->y_stride; /* what is stored might be *t, for all the compiler knows */
    for (int v = 0; v < vecs; v++) {
        size_t left = t->lanes - (size_t)v * LC__VF_LANES;
        lc__column c = lc__column_of(t, v, left < LC__VF_LANES ? left : LC__VF_LANES);
        if (!t->finish.clamp.all) {
            lc__finish_any(t, sums + v, rows, vecs, &c);
            continue;
        }
        for (int r = 0; r < rows; r++) {
            lc__finish_clamped(&c, sums[r * vecs + v], y + (size_t)r * stride);
        }
    }
}

#endif
