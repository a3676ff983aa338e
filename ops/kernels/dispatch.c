#include "kernels/kernel.h"

static const lc__kernel *const table[LC_OP_COUNT] = {
#define KERNEL_ENTRY(type, kernel) [LC_OP_##type] = &lc__kernel_##kernel,
    LC__KERNEL_MAP(KERNEL_ENTRY)
#undef KERNEL_ENTRY
};

static const lc__kernel *const depthwise[LC_OP_COUNT] = {
    [LC_OP_CONV2D] = &lc__kernel_depthwise,
    [LC_OP_SHIFT_CONV2D] = &lc__kernel_shift_depthwise,
    [LC_OP_ADDER_CONV2D] = &lc__kernel_adder_depthwise,
};

const lc__kernel *lc__kernel_find(const lc_op *op, lc_shape in) {
    if (depthwise[op->type] != NULL && lc__is_depthwise(op, in)) {
        return depthwise[op->type];
    }
    return table[op->type];
}
