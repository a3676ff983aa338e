/* Finishes f32 sums to f32 outputs, for any lc__vf. */
#ifndef KERNELS_CONV_FINISH_F32_H
#define KERNELS_CONV_FINISH_F32_H

#include "kernels/conv/tile.h"
#include "kernels/vec_math.h"

/* One column of vectors: outputs first .. first+n-1 of every row. */
LC__INLINE void lc__finish_column(const lc__tile *t, lc_act act, const lc__vf *sums, int rows,
                                  int vecs, size_t first, size_t n) {
    const float *bias = t->finish.bias;
    lc__vf b = bias != NULL ? lc__vf_load_n(bias + first, n) : lc__vf_set(0.0F);
    for (int r = 0; r < rows; r++) {
        float *y = (float *)(void *)(t->y + (size_t)r * t->y_stride) + first;
        lc__vf_store_n(y, lc__vf_act(sums[r * vecs] + b, act), n);
    }
}

static __attribute__((noinline)) void lc__tile_finish(const lc__tile *t, const lc__vf *sums,
                                                      int rows, int vecs) {
    for (int v = 0; v < vecs; v++) {
        size_t first = (size_t)v * LC__VF_LANES, left = t->lanes - first;
        size_t n = left < LC__VF_LANES ? left : LC__VF_LANES;
        switch (t->finish.act) { /* each a loop of its own */
#define LC__FINISH_CASE(act, name)                                                                 \
    case LC_ACT_##act:                                                                             \
        lc__finish_column(t, LC_ACT_##act, sums + v, rows, vecs, first, n);                        \
        break;
            LC_ACT_MAP(LC__FINISH_CASE)
#undef LC__FINISH_CASE
        case LC_ACT_COUNT:
            break;
        }
    }
}

#endif
