/* Convolutions and linear layers by the driver of sliding sums: what lc__kernels made of a
 * micro-kernel share. Packed: weights; then bias, scale and start[outputs], those that the finish
 * of its dtype needs, each aligned to 64 bytes. */
#ifndef KERNELS_CONV_OPERATOR_H
#define KERNELS_CONV_OPERATOR_H

#include "kernels/conv/sliding.h"
#include "kernels/kernel.h"

/* The sums of a convolution or linear layer of any term; data pointers and the arrays of its finish
 * are not set. */
lc__sliding lc__sliding_of(const lc__call *call);

/* False for depthwise convolutions, where weights are to be stored two to a byte, and where sums
 * could outgrow their integers. */
bool lc__operator_fits(const lc__call *call);

size_t lc__operator_packed(const lc__call *call, const lc__micro *m);
void lc__operator_pack(const lc__call *call, const lc__micro *m, const float *weights,
                       void *packed);
size_t lc__operator_scratch(const lc__call *call, const lc__micro *m);
void lc__operator_run(const lc__call *call, const lc__micro *m);

/* Defines lc__kernel_NAME of operator TYPE and LC_DTYPE_DTYPE by micro-kernel MICRO; TEXT is its
 * name in words. */
#define LC__SLIDING_KERNEL(NAME, TEXT, TYPE, DTYPE, ISA, MICRO)                                    \
    LC__KERNEL_BY(lc__operator, NAME, TEXT, TYPE, DTYPE, ISA, MICRO)

/* The same by the functions FAMILY_fits, _packed, _pack, _scratch and _run, of the form of those
 * above. */
#define LC__KERNEL_BY(FAMILY, NAME, TEXT, TYPE, DTYPE, ISA, MICRO)                                 \
    static size_t NAME##_packed(const lc__call *call) {                                            \
        return FAMILY##_packed(call, &(MICRO));                                                    \
    }                                                                                              \
    static void NAME##_pack(const lc__call *call, const float *weights, void *packed) {            \
        FAMILY##_pack(call, &(MICRO), weights, packed);                                            \
    }                                                                                              \
    static size_t NAME##_scratch(const lc__call *call) {                                           \
        return FAMILY##_scratch(call, &(MICRO));                                                   \
    }                                                                                              \
    static void NAME##_run(const lc__call *call) {                                                 \
        FAMILY##_run(call, &(MICRO));                                                              \
    }                                                                                              \
    const lc__kernel lc__kernel_##NAME = {                                                         \
        .name = TEXT,                                                                              \
        .type = LC_OP_##TYPE,                                                                      \
        .dtype = LC_DTYPE_##DTYPE,                                                                 \
        .isa = LC__ISA_##ISA,                                                                      \
        .fits = FAMILY##_fits,                                                                     \
        .packed_size = NAME##_packed,                                                              \
        .pack = NAME##_pack,                                                                       \
        .scratch_size = NAME##_scratch,                                                            \
        .run = NAME##_run,                                                                         \
    }

#endif
