#include "kernels/x86/avx512.h"

#include "kernels/value_int8.h"

#include "kernels/conv/finish_int.h"
#include "kernels/shift/shift.h"

/* Inputs of 8 bits, shifted by 7 at most, fit 16 bits, two to a lane. VPDPWSSD gives them their
 * signs, +-1, and sums them in 32 bits. */
typedef struct lc__weight_v {
    __m512i count, sign;
} lc__weight_v;
typedef lc__vi lc__input_v;

#define LC__STEP_BYTES 4

LC__INLINE lc__weight_v lc__tile_weight(const char *w) {
    return (lc__weight_v){_mm512_loadu_si512(w), _mm512_loadu_si512(w + 64)};
}

LC__INLINE lc__vi lc__tile_input(const char *x) {
    int32_t two;
    memcpy(&two, x, sizeof two);
    return lc__vi_set(two);
}

LC__INLINE lc__vi lc__tile_term(lc__vi sum, lc__vi x, lc__weight_v w) {
    __m512i shifted = _mm512_sllv_epi16((__m512i)x, w.count);
    return (lc__vi)_mm512_dpwssd_epi32((__m512i)sum, shifted, w.sign);
}

/* Checked by objdump that the loop's only access to memory is to weights and inputs. */
#define LC__TILE_ROWS 12
#define LC__TILE_VECS 2
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_12)

const lc__micro lc__micro_int8_shift_avx512_vnni = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__VF_LANES,
    .step = 2,
    .x_size = sizeof(int16_t),
    .w_size = 2 * sizeof(int16_t),
    .y_size = sizeof(int8_t),
    .weight = lc__micro_weight_shift16,
};
