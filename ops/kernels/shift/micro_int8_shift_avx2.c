#include "kernels/x86/avx2.h"

#include "kernels/value_int8.h"

#include "kernels/shift/shift.h"
#include "kernels/shift/term_int.h"

#define LC__TILE_ROWS 4
#define LC__TILE_VECS 2
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_4)

const lc__micro lc__micro_int8_shift_avx2 = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__VF_LANES,
    .step = 1,
    .offset = 1,
    .x_size = sizeof(int32_t),
    .w_size = 2 * sizeof(int32_t),
    .y_size = sizeof(int8_t),
    .weight = lc__micro_weight_shift32,
};
