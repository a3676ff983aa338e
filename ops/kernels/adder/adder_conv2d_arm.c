/* Adder convolutions by the micro-kernels of ARM. */
#include "kernels/adder/adder.h"
#include "kernels/adder/operator_f32.h"
#include "kernels/adder/operator_int8.h"
#include "kernels/arm/tiles.h"

/* There is no quicker form than the accurate one. */
static const lc__adder_f32 neon = {&lc__micro_f32_adder_neon, &lc__micro_f32_adder_neon};

LC__KERNEL_BY(lc__adder_f32, f32_adder_conv2d_neon, "f32_adder_conv2d__neon_" LC__TILE_16,
              ADDER_CONV2D, F32, NEON, neon);
LC__KERNEL_BY(lc__adder_int8, int8_adder_conv2d_neon, "int8_adder_conv2d__neon_" LC__TILE_16,
              ADDER_CONV2D, INT8, NEON, lc__micro_int8_adder_neon);
LC__KERNEL_BY(lc__adder_int8, int8_adder_conv2d_dotprod, "int8_adder_conv2d__dotprod_" LC__TILE_16,
              ADDER_CONV2D, INT8, DOTPROD, lc__micro_int8_adder_dotprod);
