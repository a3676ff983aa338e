#include "kernels/x86/avx512.h"

#include "kernels/adder/adder.h"
#include "kernels/conv/finish_int8.h"

/* -|x - w| = 2 min(x, w) - x - w, four to a lane. VPDPBUSD adds the minima twice; the sum over w is
 * in lc__finish.start, that over x is taken away at the end. */
typedef lc__vi lc__weight_v;
typedef lc__vi lc__input_v;

#define LC__STEP_BYTES 4

LC__INLINE lc__vi lc__tile_weight(const char *w) {
    return (lc__vi)_mm512_loadu_si512(w);
}

LC__INLINE lc__vi lc__tile_input(const char *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    return lc__vi_set(four);
}

LC__INLINE lc__vi lc__tile_term(lc__vi sum, lc__vi x, lc__vi w) {
    __m512i least = _mm512_min_epi8((__m512i)x, (__m512i)w);
    return (lc__vi)_mm512_dpbusd_epi32((__m512i)sum, _mm512_set1_epi8(2), least);
}

/* The sum of all inputs of one pixel. */
LC__INLINE int32_t lc__adder_inputs(const lc__tile *t, int row) {
    __m512i sum = _mm512_setzero_si512();
    for (size_t s = 0; s < t->segments; s++) {
        const char *x = t->x[s] + (size_t)row * t->x_stride;
        size_t whole = t->length - t->length % 64;
        for (size_t k = 0; k < whole; k += 64) {
            sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), _mm512_loadu_si512(x + k));
        }
        __mmask64 rest = (UINT64_C(1) << (t->length - whole)) - 1;
        sum =
            _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), _mm512_maskz_loadu_epi8(rest, x + whole));
    }
    return _mm512_reduce_add_epi32(sum);
}

#include "kernels/adder/done_int8.h"

/* Checked by objdump that the loop's only access to memory is to weights and inputs. */
#define LC__TILE_ROWS 12
#define LC__TILE_VECS 2
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_12)

const lc__micro lc__micro_int8_adder_avx512_vnni = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__VF_LANES,
    .step = 4,
    .zeros = true,
    .offset = 1,
    .x_size = sizeof(int8_t),
    .w_size = sizeof(int8_t),
    .y_size = sizeof(int8_t),
    .weight = lc__micro_weight_adder,
};
