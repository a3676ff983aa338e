/* Rows of a table, which is kept in the dtype of the output. */
#include <math.h>

#include "kernels/kernel.h"
#include "kernels/quant.h"

static size_t row_size(const lc__call *call) {
    return (size_t)call->op.out_channels * lc_dtype_size(call->op.dtype);
}

static void copy_rows(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t size = row_size(call);
    const float *picks = call->in[0];
    const char *table = call->packed;
    char *out = call->out;
    float last = (float)(call->op.rows - 1);
    for (size_t i = begin; i < end; i++) {
        float row = fminf(fmaxf(rintf(picks[i]), 0.0F), last);
        memcpy(out + i * size, table + (size_t)row * size, size);
    }
}

static size_t packed_size(const lc__call *call) {
    return (size_t)call->op.rows * row_size(call);
}

static void pack(const lc__call *call, const float *weights, void *packed) {
    size_t count = (size_t)call->op.rows * (size_t)call->op.out_channels;
    lc__store_row(lc__format_of(&call->op), weights, count, packed);
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    lc__parallel_for(call->team, (size_t)lc_shape_count(call->in_shape[0]), copy_rows, &copy);
}

const lc__kernel lc__kernel_embedding = {
    .name = "any_embedding__scalar",
    .type = LC_OP_EMBEDDING,
    .dtype = LC_DTYPE_ANY,
    .packed_size = packed_size,
    .pack = pack,
    .run = run,
};
