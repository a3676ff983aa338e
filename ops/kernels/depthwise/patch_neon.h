/* Depthwise convolutions by patches for NEON: include a header of values, one of a term and this,
 * and define the kernel by LC__PATCH_NEON(name, TYPE, DTYPE). Sums, a row of weights and an input
 * fit the registers up to kernels of 7 on aarch64 and of 3 on armv7. */
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

#define LC__PATCH_NEON(NAME, TYPE, DTYPE)                                                          \
    const lc__kernel lc__kernel_##NAME##_neon = {                                                  \
        .name = #NAME "__neon_" LC__PATCH_SIZE,                                                    \
        .type = LC_OP_##TYPE,                                                                      \
        .dtype = LC_DTYPE_##DTYPE,                                                                 \
        .isa = LC__ISA_NEON,                                                                       \
        .fits = lc__patch_fits,                                                                    \
        .packed_size = lc__patch_packed_size,                                                      \
        .pack = lc__patch_pack,                                                                    \
        .run = lc__patch_run,                                                                      \
    }

#endif
