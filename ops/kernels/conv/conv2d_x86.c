/* Convolutions and linear layers by the micro-kernels of x86. */
#include "kernels/conv/micro.h"
#include "kernels/conv/operator.h"

LC__SLIDING_KERNEL(f32_conv2d_avx512, "f32_conv2d__avx512_14x32", CONV2D, F32, AVX512,
                   lc__micro_f32_avx512);
LC__SLIDING_KERNEL(f32_linear_avx512, "f32_linear__avx512_14x32", LINEAR, F32, AVX512,
                   lc__micro_f32_avx512);
LC__SLIDING_KERNEL(int8_conv2d_avx512_vnni, "int8_conv2d__avx512_vnni_14x32", CONV2D, INT8,
                   AVX512_VNNI, lc__micro_int8_avx512_vnni);
LC__SLIDING_KERNEL(int8_linear_avx512_vnni, "int8_linear__avx512_vnni_14x32", LINEAR, INT8,
                   AVX512_VNNI, lc__micro_int8_avx512_vnni);
