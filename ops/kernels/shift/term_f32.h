/* The shift in f32, for any lc__vf: what tile_loop.h asks for. A weight +-2^p, p in -7 .. 0, is
 * added to sign and exponent of x as one integer, p + 7 in fact, so that a zero needs no test: it
 * becomes a number of at most 2^-119. Sums are of 2^7 times the terms; only an x of 2^120 and more
 * has no exponent to spare. */
#ifndef KERNELS_SHIFT_TERM_F32_H
#define KERNELS_SHIFT_TERM_F32_H

#include "kernels/conv/operands_f32.h"
#include "kernels/vec_math.h"

LC__INLINE lc__vf lc__tile_term(lc__vf sum, lc__vf x, lc__vf w) {
    return sum + (lc__vf)((lc__vu)x + (lc__vu)w);
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum * lc__vf_set(0x1p-7F);
}

#include "kernels/conv/finish.h"

#endif
