/* Depthwise convolutions by patches as an lc__kernel: include a header of vectors, one of values,
 * one of a term and this, and define the kernel by LC__PATCH_KERNEL. */
#ifndef KERNELS_DEPTHWISE_PATCH_KERNEL_H
#define KERNELS_DEPTHWISE_PATCH_KERNEL_H

/* Sums, a row of weights and an input fit the registers: 32 of AVX-512, 16 of AVX2; of NEON up to
 * kernels of 7 on aarch64, and of 3 on armv7. */
#if LC__VF_LANES == 16
#define LC__PATCH_ROWS 2
#define LC__PATCH_COLUMNS 7
#define LC__PATCH_SIZE "2x7x16"
#elif LC__VF_LANES == 8
#define LC__PATCH_ROWS 1
#define LC__PATCH_COLUMNS 7
#define LC__PATCH_SIZE "1x7x8"
#elif LC__NEON_SUMS == 16
#define LC__PATCH_ROWS 2
#define LC__PATCH_COLUMNS 7
#define LC__PATCH_SIZE "2x7x4"
#else
#define LC__PATCH_ROWS 2
#define LC__PATCH_COLUMNS 3
#define LC__PATCH_SIZE "2x3x4"
#endif
#include "kernels/depthwise/patch.h"

/* Defines lc__kernel_NAME_lower of operator TYPE and LC_DTYPE_DTYPE for LC__ISA_UPPER. */
#define LC__PATCH_KERNEL(NAME, TYPE, DTYPE, lower, UPPER)                                          \
    const lc__kernel lc__kernel_##NAME##_##lower = {                                               \
        .name = #NAME "__" #lower "_" LC__PATCH_SIZE,                                              \
        .type = LC_OP_##TYPE,                                                                      \
        .dtype = LC_DTYPE_##DTYPE,                                                                 \
        .isa = LC__ISA_##UPPER,                                                                    \
        .fits = lc__patch_fits,                                                                    \
        .packed_size = lc__patch_packed_size,                                                      \
        .pack = lc__patch_pack,                                                                    \
        .run = lc__patch_run,                                                                      \
    }

#endif
