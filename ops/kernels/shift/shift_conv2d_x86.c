/* Shift convolutions by the micro-kernels of x86. */
#include "kernels/conv/operator.h"
#include "kernels/shift/shift.h"

LC__SLIDING_KERNEL(f32_shift_conv2d_avx512, "f32_shift_conv2d__avx512_12x32", SHIFT_CONV2D, F32,
                   AVX512, lc__micro_f32_shift_avx512);
LC__SLIDING_KERNEL(f32_shift_conv2d_avx2, "f32_shift_conv2d__avx2_6x16", SHIFT_CONV2D, F32, AVX2,
                   lc__micro_f32_shift_avx2);
