#include "kernels/x86/avx512.h"

#include "kernels/value_bf16.h"

#define LC__PATCH_ROWS 2
#define LC__PATCH_COLUMNS 7
#include "kernels/depthwise/term_multiply.h"
#include "kernels/depthwise/patch.h"

const lc__kernel lc__kernel_bf16_depthwise_avx512 = {
    .name = "bf16_depthwise__avx512_2x7x16",
    .type = LC_OP_CONV2D,
    .dtype = LC_DTYPE_BF16,
    .isa = LC__ISA_AVX512,
    .fits = lc__patch_fits,
    .packed_size = lc__patch_packed_size,
    .pack = lc__patch_pack,
    .run = lc__patch_run,
};
