#include "kernels/x86/avx512.h"

#include "kernels/conv/micro.h"
#include "kernels/conv/tile.h"
#include "kernels/value_bf16.h"

/* VDPBF16PS: two products to a lane of f32. */
typedef lc__vf lc__sum;
typedef lc__vi lc__weight_v;
typedef lc__vi lc__input_v;

#define LC__SUM_LANES LC__VF_LANES
#define LC__STEP_BYTES 4

LC__INLINE lc__vf lc__tile_start(const lc__tile *t, size_t first) {
    (void)t;
    (void)first;
    return lc__vf_set(0.0F);
}

LC__INLINE lc__vi lc__tile_weight(const char *w) {
    return (lc__vi)_mm512_loadu_si512(w);
}

LC__INLINE lc__vi lc__tile_input(const char *x) {
    int32_t two;
    memcpy(&two, x, sizeof two);
    return lc__vi_set(two);
}

LC__INLINE lc__vf lc__tile_term(lc__vf sum, lc__vi x, lc__vi w) {
    return _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)w);
}

LC__INLINE lc__vf lc__sum_value(lc__vf sum) {
    return sum;
}

#include "kernels/conv/finish.h"

#define LC__TILE_CLAMPS

/* Checked by objdump that the loop's only access to memory is to weights and inputs. */
#define LC__TILE_ROWS 14
#define LC__TILE_VECS 2
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_14)

const lc__micro lc__micro_bf16_avx512_bf16 = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__VF_LANES,
    .step = 2,
    .x_size = sizeof(uint16_t),
    .w_size = sizeof(uint16_t),
    .y_size = sizeof(uint16_t),
    .weight = lc__micro_weight_bf16,
};
