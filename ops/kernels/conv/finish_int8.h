/* Finishes integer sums to int8, for any lc__vf. */
#ifndef KERNELS_CONV_FINISH_INT8_H
#define KERNELS_CONV_FINISH_INT8_H

#include "kernels/conv/tile.h"
#include "kernels/value_int8.h"

typedef lc__vi lc__sum;

#define LC__SUM_LANES LC__VF_LANES

LC__INLINE lc__vi lc__tile_start(const lc__tile *t, size_t first) {
    const int32_t *start = t->finish.start;
    if (start == NULL) {
        return lc__vi_set(0);
    }
    size_t left = t->lanes - first;
    return lc__vi_load_n(start + first, left < LC__VF_LANES ? left : LC__VF_LANES);
}

LC__INLINE lc__vf lc__sum_value(lc__vi sum) {
    return __builtin_convertvector(sum, lc__vf);
}

#include "kernels/conv/finish.h"

#define LC__TILE_CLAMPS

#endif
