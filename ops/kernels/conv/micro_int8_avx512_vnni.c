#include "kernels/x86/avx512.h"

#include "kernels/conv/finish_int8.h"
#include "kernels/conv/micro.h"

/* VPDPBUSD multiplies unsigned by signed bytes. Inputs are taken as x + 128 by flipping their sign
 * bits; lc__finish.start takes the 128 * sum of weights away again. */
typedef lc__vi lc__weight_v;
typedef lc__vi lc__input_v;

#define LC__STEP_BYTES 4

LC__INLINE lc__vi lc__tile_weight(const char *w) {
    return (lc__vi)_mm512_loadu_si512(w);
}

LC__INLINE lc__vi lc__tile_input(const char *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    return lc__vi_set(four) ^ lc__vi_set((int32_t)UINT32_C(0x80808080));
}

LC__INLINE lc__vi lc__tile_term(lc__vi sum, lc__vi x, lc__vi w) {
    return (lc__vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)w);
}

/* Checked by objdump that the loop's only access to memory is to weights and inputs. */
#define LC__TILE_ROWS 14
#define LC__TILE_VECS 2
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_14)

const lc__micro lc__micro_int8_avx512_vnni = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__VF_LANES,
    .step = 4,
    .offset = 128,
    .x_size = sizeof(int8_t),
    .w_size = sizeof(int8_t),
    .y_size = sizeof(int8_t),
    .weight = lc__micro_weight_int8,
};
