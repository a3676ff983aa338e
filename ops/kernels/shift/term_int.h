/* The shift in integers of 32 bits, for any lc__vi: what tile_loop.h asks for. A weight +-2^p is a
 * count p + 7 and a mask, all ones for a minus sign: (x << count) ^ mask is +-x * 2^(p + 7), less
 * one where the sign is minus. lc__finish.start makes up for those. */
#ifndef KERNELS_SHIFT_TERM_INT_H
#define KERNELS_SHIFT_TERM_INT_H

#include "kernels/conv/finish_int.h"

typedef struct lc__weight_v {
    lc__vi count, mask;
} lc__weight_v;
typedef lc__vi lc__input_v;

#define LC__STEP_BYTES sizeof(int32_t)

LC__INLINE lc__weight_v lc__tile_weight(const char *w) {
    return (lc__weight_v){lc__vi_load(w), lc__vi_load(w + sizeof(lc__vi))};
}

LC__INLINE lc__vi lc__tile_input(const char *x) {
    return lc__vi_set(*(const int32_t *)(const void *)x);
}

LC__INLINE lc__vi lc__tile_term(lc__vi sum, lc__vi x, lc__weight_v w) {
    return sum + ((x << w.count) ^ w.mask);
}

#endif
