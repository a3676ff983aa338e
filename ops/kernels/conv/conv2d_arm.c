/* Convolutions and linear layers by the micro-kernels of ARM. */
#include "kernels/arm/tiles.h"
#include "kernels/conv/micro.h"
#include "kernels/conv/operator.h"

LC__SLIDING_KERNEL(f32_conv2d_neon, "f32_conv2d__neon_" LC__TILE_8, CONV2D, F32, NEON,
                   lc__micro_f32_neon);
LC__SLIDING_KERNEL(f32_linear_neon, "f32_linear__neon_" LC__TILE_8, LINEAR, F32, NEON,
                   lc__micro_f32_neon);
LC__SLIDING_KERNEL(int8_conv2d_neon, "int8_conv2d__neon_" LC__TILE_8_PARTS, CONV2D, INT8, NEON,
                   lc__micro_int8_neon);
LC__SLIDING_KERNEL(int8_linear_neon, "int8_linear__neon_" LC__TILE_8_PARTS, LINEAR, INT8, NEON,
                   lc__micro_int8_neon);
LC__SLIDING_KERNEL(int8_conv2d_dotprod, "int8_conv2d__dotprod_" LC__TILE_8, CONV2D, INT8, DOTPROD,
                   lc__micro_int8_dotprod);
LC__SLIDING_KERNEL(int8_linear_dotprod, "int8_linear__dotprod_" LC__TILE_8, LINEAR, INT8, DOTPROD,
                   lc__micro_int8_dotprod);
