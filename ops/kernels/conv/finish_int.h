/* Finishes integer sums to integers, for any lc__vf. Include it after a header of values. */
#ifndef KERNELS_CONV_FINISH_INT_H
#define KERNELS_CONV_FINISH_INT_H

#include "kernels/conv/tile.h"

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

#endif
