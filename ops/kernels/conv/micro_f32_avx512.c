#include "kernels/x86/avx512.h"

#include "kernels/conv/micro.h"
#include "kernels/conv/term_f32.h"

/* 28 sums, two vectors of weights and one of input fill the 32 registers; each step makes 28
 * multiply-adds of 16 loads. Checked by objdump that the loop has no other access to memory. */
#define LC__TILE_ROWS 14
#define LC__TILE_VECS 2
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_14)

const lc__micro lc__micro_f32_avx512 = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__VF_LANES,
    .step = 1,
    .x_size = sizeof(float),
    .w_size = sizeof(float),
    .y_size = sizeof(float),
    .weight = lc__micro_weight_f32,
};
