/* Softmax of one row, for any lc__vf. */
#ifndef KERNELS_SOFTMAX_ROW_H
#define KERNELS_SOFTMAX_ROW_H

#include "kernels/vec_math.h"

/* y[n] = softmax(scale * x[n]); y may be x. scale > 0. */
LC__INLINE void lc__softmax_row(const float *x, float *y, size_t n, float scale) {
    const size_t whole = n - n % LC__VF_LANES, rest = n % LC__VF_LANES;
    lc__vf most = lc__vf_set(x[0]), sum = lc__vf_set(0.0F), factor = lc__vf_set(scale);
    for (size_t i = 0; i < whole; i += LC__VF_LANES) {
        most = lc__vf_max(most, lc__vf_load(x + i));
    }
    float top = lc__vf_most(most);
    for (size_t i = whole; i < n; i++) {
        top = x[i] > top ? x[i] : top;
    }
    lc__vf shift = lc__vf_set(-top * scale);
    for (size_t i = 0; i < whole; i += LC__VF_LANES) {
        lc__vf e = lc__vf_exp(lc__vf_fma(lc__vf_load(x + i), factor, shift));
        lc__vf_store(y + i, e);
        sum += e;
    }
    float total = lc__vf_sum(sum);
    if (rest > 0) {
        lc__vf e = lc__vf_exp(lc__vf_fma(lc__vf_load_n(x + whole, rest), factor, shift));
        lc__vf_store_n(y + whole, e, rest);
        for (size_t i = whole; i < n; i++) {
            total += y[i];
        }
    }
    lc__vf inverse = lc__vf_set(1.0F / total);
    for (size_t i = 0; i < whole; i += LC__VF_LANES) {
        lc__vf_store(y + i, lc__vf_load(y + i) * inverse);
    }
    if (rest > 0) {
        lc__vf_store_n(y + whole, lc__vf_load_n(y + whole, rest) * inverse, rest);
    }
}

#endif
