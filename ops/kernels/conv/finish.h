/* Finishes sums (lc__finish), for any lc__vf. Include it after a header of values (value_f32.h) and
 * after defining lc__sum and lc__vf lc__sum_value(lc__sum).
 */
#ifndef KERNELS_CONV_FINISH_H
#define KERNELS_CONV_FINISH_H

#include "kernels/vec_math.h"

/* What one column of vectors needs: outputs first .. first+n-1 of every row. */
typedef struct lc__column {
    lc__vf scale, bias;
    size_t first, n;
} lc__column;

LC__INLINE lc__column lc__column_of(const lc__tile *t, int v, float unit) {
    const lc__finish *f = &t->finish;
    size_t first = (size_t)v * LC__VF_LANES, left = t->lanes - first;
    size_t n = left < LC__VF_LANES ? left : LC__VF_LANES;
    lc__vf scale = f->scale != NULL ? lc__vf_load_n(f->scale + first, n) : lc__vf_set(1.0F);
    lc__vf bias = f->bias != NULL ? lc__vf_load_n(f->bias + first, n) : lc__vf_set(0.0F);
    return (lc__column){scale * lc__vf_set(unit), bias * lc__vf_set(unit), first, n};
}

LC__INLINE lc__vf lc__sum_scaled(lc__sum sum, const lc__column *c) {
    return LC__VALUE_INTEGER ? lc__vf_fma(lc__sum_value(sum), c->scale, c->bias)
                             : lc__sum_value(sum) + c->bias;
}

/* Values in units of the output. */
LC__INLINE void lc__finish_clamped(const lc__tile *t, const lc__clamp *clamp, const lc__sum *sums,
                                   int rows, int vecs, const lc__column *c, size_t n) {
    lc__vf most = lc__vf_set(clamp->most), least = lc__vf_set(clamp->least);
    char *y = t->y + c->first * LC__VALUE_BYTES;
    for (int r = 0; r < rows; r++, y += t->y_stride) {
        lc__vf x = lc__sum_scaled(sums[r * vecs], c);
        lc__value_store(y, lc__vf_max(lc__vf_min(x, most), least), n);
    }
}

/* Any activation, any bits in use. */
LC__INLINE void lc__finish_column(const lc__tile *t, lc_act act, const lc__sum *sums, int rows,
                                  int vecs, const lc__column *c) {
    char *y = t->y + c->first * LC__VALUE_BYTES;
    for (int r = 0; r < rows; r++, y += t->y_stride) {
        lc__vf x = lc__vf_act(lc__sum_scaled(sums[r * vecs], c), act);
        lc__value_put(&t->finish.format, y, x, c->n);
    }
}

static __attribute__((noinline)) void lc__finish_any(const lc__tile *t, const lc__sum *sums,
                                                     int rows, int vecs, const lc__column *c) {
    switch (t->finish.act) { /* each a loop of its own */
#define LC__FINISH_CASE(act, name)                                                                 \
    case LC_ACT_##act:                                                                             \
        lc__finish_column(t, LC_ACT_##act, sums, rows, vecs, c);                                   \
        break;
        LC_ACT_MAP(LC__FINISH_CASE)
#undef LC__FINISH_CASE
    case LC_ACT_COUNT:
        break;
    }
}

static __attribute__((noinline)) void lc__tile_finish(const lc__tile *t, const lc__sum *sums,
                                                      int rows, int vecs) {
    lc__clamp clamp = lc__clamp_of(&t->finish);
    for (int v = 0; v < vecs; v++) {
        lc__column c = lc__column_of(t, v, clamp.all ? clamp.unit : 1.0F);
        if (!clamp.all) {
            lc__finish_any(t, sums + v, rows, vecs, &c);
        } else if (c.n == LC__VF_LANES) {
            lc__finish_clamped(t, &clamp, sums + v, rows, vecs, &c, LC__VF_LANES);
        } else {
            lc__finish_clamped(t, &clamp, sums + v, rows, vecs, &c, c.n);
        }
    }
}

#endif
