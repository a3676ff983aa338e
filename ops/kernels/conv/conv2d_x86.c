/* Convolutions and linear layers by the micro-kernels of x86. */
#include "kernels/conv/micro.h"
#include "kernels/conv/operator.h"

#define BOTH(dtype, DTYPE, isa, ISA, tile)                                                         \
    LC__SLIDING_KERNEL(dtype##_conv2d_##isa, #dtype "_conv2d__" #isa "_" tile, CONV2D, DTYPE, ISA, \
                       lc__micro_##dtype##_##isa);                                                 \
    LC__SLIDING_KERNEL(dtype##_linear_##isa, #dtype "_linear__" #isa "_" tile, LINEAR, DTYPE, ISA, \
                       lc__micro_##dtype##_##isa)

BOTH(f32, F32, avx512, AVX512, "14x32");
BOTH(f32, F32, avx2, AVX2, "6x16");
BOTH(int8, INT8, avx512_vnni, AVX512_VNNI, "14x32");
BOTH(int8, INT8, avx2, AVX2, "6x16");
BOTH(bf16, BF16, avx512_bf16, AVX512_BF16, "14x32");
