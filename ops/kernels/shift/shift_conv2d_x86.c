/* Shift convolutions by the micro-kernels of x86. */
#include "kernels/conv/operator.h"
#include "kernels/shift/operator_int.h"
#include "kernels/shift/shift.h"

LC__SLIDING_KERNEL(f32_shift_conv2d_avx512, "f32_shift_conv2d__avx512_12x32", SHIFT_CONV2D, F32,
                   AVX512, lc__micro_f32_shift_avx512);
LC__SLIDING_KERNEL(f32_shift_conv2d_avx2, "f32_shift_conv2d__avx2_6x16", SHIFT_CONV2D, F32, AVX2,
                   lc__micro_f32_shift_avx2);
LC__KERNEL_BY(lc__shift_int, int16_shift_conv2d_avx512, "int16_shift_conv2d__avx512_12x32",
              SHIFT_CONV2D, INT16, AVX512, lc__micro_int16_shift_avx512);
LC__KERNEL_BY(lc__shift_int, int16_shift_conv2d_avx2, "int16_shift_conv2d__avx2_4x16", SHIFT_CONV2D,
              INT16, AVX2, lc__micro_int16_shift_avx2);
LC__KERNEL_BY(lc__shift_int, int8_shift_conv2d_avx512_vnni, "int8_shift_conv2d__avx512_vnni_12x32",
              SHIFT_CONV2D, INT8, AVX512_VNNI, lc__micro_int8_shift_avx512_vnni);
LC__KERNEL_BY(lc__shift_int, int8_shift_conv2d_avx512, "int8_shift_conv2d__avx512_12x32",
              SHIFT_CONV2D, INT8, AVX512, lc__micro_int8_shift_avx512);
LC__KERNEL_BY(lc__shift_int, int8_shift_conv2d_avx2, "int8_shift_conv2d__avx2_4x16", SHIFT_CONV2D,
              INT8, AVX2, lc__micro_int8_shift_avx2);
