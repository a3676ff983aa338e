/* Adder convolutions by the micro-kernels of x86. */
#include "kernels/adder/adder.h"
#include "kernels/adder/operator_f32.h"
#include "kernels/adder/operator_int8.h"

static const lc__adder_f32 avx512 = {&lc__micro_f32_adder_avx512,
                                     &lc__micro_f32_adder_plain_avx512};
static const lc__adder_f32 avx2 = {&lc__micro_f32_adder_avx2, &lc__micro_f32_adder_plain_avx2};

LC__KERNEL_BY(lc__adder_f32, f32_adder_conv2d_avx512, "f32_adder_conv2d__avx512_12x32",
              ADDER_CONV2D, F32, AVX512, avx512);
LC__KERNEL_BY(lc__adder_f32, f32_adder_conv2d_avx2, "f32_adder_conv2d__avx2_5x16", ADDER_CONV2D,
              F32, AVX2, avx2);
LC__KERNEL_BY(lc__adder_int8, int8_adder_conv2d_avx512_vnni, "int8_adder_conv2d__avx512_vnni_12x32",
              ADDER_CONV2D, INT8, AVX512_VNNI, lc__micro_int8_adder_avx512_vnni);
LC__KERNEL_BY(lc__adder_int8, int8_adder_conv2d_avx2, "int8_adder_conv2d__avx2_6x8", ADDER_CONV2D,
              INT8, AVX2, lc__micro_int8_adder_avx2);
