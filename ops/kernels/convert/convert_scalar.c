/* Values of one dtype as another: what stands between operators that compute in different ones. */
#include "kernels/kernel.h"
#include "kernels/quant.h"

#define BLOCK 256

static void blocks(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    lc__format format = lc__format_of(&call->op);
    size_t count = (size_t)lc_shape_count(call->out_shape);
    float buffer[BLOCK];
    for (size_t block = begin; block < end; block++) {
        size_t at = block * BLOCK, n = count - at < BLOCK ? count - at : BLOCK;
        const float *x = lc__float_row(call->in_dtype, call->in[0], at, n, buffer);
        lc__store_row(format, x, n, (char *)call->out + at * lc_dtype_size(format.dtype));
    }
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    size_t count = (size_t)lc_shape_count(call->out_shape);
    lc__parallel_for(call->team, (count + BLOCK - 1) / BLOCK, blocks, &copy);
}

const lc__kernel lc__kernel_convert = {
    .name = "any_convert__scalar",
    .type = LC__OP_CONVERT,
    .run = run,
};
