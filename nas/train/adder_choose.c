#include "adder_kernels.h"

const lc__adder_kernels *const *lc__adder_kernels_here(void) {
    static const lc__adder_kernels *const sets[] = {
#if defined(LC__TRAIN_X86)
        &lc__adder_avx512,
        &lc__adder_avx2,
#endif
        &lc__adder_portable,
        0
    };
#if defined(LC__TRAIN_X86)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return sets;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? sets + 1 : sets + 2;
#else
    return sets;
#endif
}
