/* Shift convolutions by the micro-kernels of ARM. */
#include "kernels/arm/tiles.h"
#include "kernels/conv/operator.h"
#include "kernels/shift/operator_int.h"
#include "kernels/shift/shift.h"

LC__SLIDING_KERNEL(f32_shift_conv2d_neon, "f32_shift_conv2d__neon_" LC__TILE_16, SHIFT_CONV2D, F32,
                   NEON, lc__micro_f32_shift_neon);
LC__KERNEL_BY(lc__shift_int, int16_shift_conv2d_neon, "int16_shift_conv2d__neon_" LC__TILE_16,
              SHIFT_CONV2D, INT16, NEON, lc__micro_int16_shift_neon);
LC__KERNEL_BY(lc__shift_int, int8_shift_conv2d_neon, "int8_shift_conv2d__neon_" LC__TILE_16,
              SHIFT_CONV2D, INT8, NEON, lc__micro_int8_shift_neon);
