#include "kernels/x86/avx512.h"

#include "kernels/adder/adder.h"
#include "kernels/conv/micro.h"

#define LC__ADDER_PLAIN lc__micro_f32_adder_plain_avx512.tile
#define LC__TILE_ROWS 12
#define LC__TILE_VECS 2
#include "kernels/adder/min_f32.h"
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_12)

const lc__micro lc__micro_f32_adder_avx512 = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__VF_LANES,
    .step = 1,
    .x_size = sizeof(float),
    .w_size = sizeof(float),
    .y_size = sizeof(float),
    .weight = lc__micro_weight_f32,
};
