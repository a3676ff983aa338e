#include "kernels/x86/avx512.h"

#include "kernels/value_int16.h"

#include "kernels/shift/shift.h"
#include "kernels/shift/term_int.h"

#define LC__TILE_ROWS 12
#define LC__TILE_VECS 2
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_12)

const lc__micro lc__micro_int16_shift_avx512 = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__VF_LANES,
    .step = 1,
    .offset = 1,
    .x_size = sizeof(int32_t),
    .w_size = 2 * sizeof(int32_t),
    .y_size = sizeof(int16_t),
    .weight = lc__micro_weight_shift32,
};
