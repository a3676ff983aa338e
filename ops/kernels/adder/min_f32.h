/* The adder in f32 by -|x - w| = 2 min(x, w) - x - w, for any lc__vf: what tile_loop.h asks for. In
 * the loop that is a minimum and a fused multiply-add, an instruction less than the plain form has.
 * What is left is little: the sum over w is the same for all pixels, that over x for all outputs.
 *
 * The three sums may be large where what is left of them is small, and the digits that they share
 * are lost: where x and w lie close together. What is added and taken away is at most
 *
 *     sum |x| + sum |w| <= sum |x - w| + 2 sum |w|
 *
 * in magnitude, so a result of at least LC__ADDER_CLOSE * sum |w| is good, and a tile with a
 * smaller one is done again in the plain form by LC__ADDER_PLAIN, an lc__tile_fn that the file that
 * includes this names. docs/kernels.md has the figures. */
#ifndef KERNELS_ADDER_MIN_F32_H
#define KERNELS_ADDER_MIN_F32_H

#include "kernels/adder/adder.h"
#include "kernels/conv/operands_f32.h"

LC__INLINE lc__vf lc__tile_term(lc__vf sum, lc__vf x, lc__vf w) {
    return lc__vf_fma(lc__vf_min(x, w), lc__vf_set(2.0F), sum);
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum;
}

#include "kernels/conv/finish.h"

/* The sum of all inputs of one pixel. */
LC__INLINE float lc__adder_inputs(const lc__tile *t, int row) {
    const size_t length = t->length / sizeof(float), whole = length - length % LC__VF_LANES;
    lc__vf even = lc__vf_set(0.0F), odd = even;
    for (size_t s = 0; s < t->segments; s++) {
        const float *x = (const float *)(const void *)(t->x[s] + (size_t)row * t->x_stride);
        size_t k = 0;
        for (; k + LC__VF_LANES < whole; k += 2 * LC__VF_LANES) {
            even += lc__vf_load(x + k);
            odd += lc__vf_load(x + k + LC__VF_LANES);
        }
        even += k < whole ? lc__vf_load(x + k) : lc__vf_set(0.0F);
        odd += lc__vf_load_n(x + whole, length - whole);
    }
    return lc__vf_sum(even + odd);
}

/* Turns sums of 2 min(x, w) into sums of -|x - w|; true if one is too close to zero. */
static __attribute__((noinline)) bool lc__adder_resolve(const lc__tile *t, lc__vf *sums, int rows,
                                                        int vecs) {
    float *inputs = t->keep;
    lc__vf excess = lc__vf_set(0.0F);
    for (int r = 0; r < rows && t->first; r++) {
        inputs[r] = lc__adder_inputs(t, r);
    }
    for (int v = 0; v < vecs; v++) {
        size_t first = (size_t)v * LC__VF_LANES, left = t->lanes - first;
        size_t n = left < LC__VF_LANES ? left : LC__VF_LANES;
        lc__vf w = lc__vf_load_n(t->finish.offset + first, n);
        lc__vf close = lc__vf_load_n(t->finish.close + first, n);
        for (int r = 0; r < rows; r++) {
            lc__vf y = sums[r * vecs + v] - lc__vf_set(inputs[r]) - w;
            excess = lc__vf_max(excess, y + close);
            sums[r * vecs + v] = y;
        }
    }
    return lc__vf_most(excess) > 0.0F;
}

LC__INLINE void lc__adder_done(const lc__tile *t, lc__vf *sums, int rows, int vecs) {
    if (lc__adder_resolve(t, sums, rows, vecs)) {
        LC__ADDER_PLAIN(t, rows);
    } else {
        lc__tile_finish(t, sums, rows, vecs);
    }
}

#define LC__TILE_DONE lc__adder_done

#endif
