/* Depthwise convolutions by patches for NEON: include a header of values, then this, and define the
 * kernel by LC__PATCH_NEON(dtype, DTYPE). Sums, a row of weights and an input fit the registers up
 * to kernels of 7 on aarch64 and of 3 on armv7. */
#ifndef KERNELS_DEPTHWISE_PATCH_NEON_H
#define KERNELS_DEPTHWISE_PATCH_NEON_H

#define LC__PATCH_ROWS 2
#if LC__NEON_SUMS == 16
#define LC__PATCH_COLUMNS 7
#define LC__PATCH_SIZE "2x7x4"
#else
#define LC__PATCH_COLUMNS 3
#define LC__PATCH_SIZE "2x3x4"
#endif
#include "kernels/depthwise/patch.h"

#define LC__PATCH_NEON(lower, UPPER)                                                               \
    const lc__kernel lc__kernel_##lower##_depthwise_neon = {                                       \
        .name = #lower "_depthwise__neon_" LC__PATCH_SIZE,                                         \
        .type = LC_OP_CONV2D,                                                                      \
        .dtype = LC_DTYPE_##UPPER,                                                                 \
        .isa = LC__ISA_NEON,                                                                       \
        .fits = lc__patch_fits,                                                                    \
        .packed_size = lc__patch_packed_size,                                                      \
        .pack = lc__patch_pack,                                                                    \
        .run = lc__patch_run,                                                                      \
    }

#endif
