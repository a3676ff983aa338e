#include "kernels/kernel.h"

static const lc__kernel *const kernels[] = {
#define KERNEL(name) &lc__kernel_##name,
#include "kernels/list.inc"
#undef KERNEL
};

const lc__kernel *const *lc__kernels(size_t *count) {
    *count = sizeof kernels / sizeof kernels[0];
    return kernels;
}

const lc__kernel *lc__kernel_find(const lc__call *call, lc__isa allowed) {
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        const lc__kernel *k = kernels[i];
        if (k->type == call->op.type && (k->dtype == LC_DTYPE_ANY || k->dtype == call->op.dtype) &&
            (k->isa & ~allowed) == 0 && (k->fits == NULL || k->fits(call))) {
            return k;
        }
    }
    return NULL;
}
