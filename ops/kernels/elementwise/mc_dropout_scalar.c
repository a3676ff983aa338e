#include "kernels/kernel.h"
#include "kernels/vec.h"
#include "ops/dropout.h"

/* By a mask: a branch would be guessed wrong as often as not. */
static void drop_row(const float *restrict x, float *restrict y, uint32_t n, uint32_t place,
                     uint32_t least, float scale) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t keep = lc__dropout_hash(place + i) >= least ? UINT32_MAX : 0;
        y[i] = lc__from_bits(lc__bits(scale * x[i]) & keep);
    }
}

static void drop(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t count = (size_t)lc_shape_count(call->in_shape[0]), width = (size_t)call->out_shape.c;
    uint32_t least = lc__dropout_least(call->op.rate_percent);
    float scale = 100.0F / (float)(100 - call->op.rate_percent);
    const float *in = call->in[0];
    float *out = call->out;
    for (size_t row = begin; row < end; row++) {
        size_t at = row * width;
        drop_row(in + at % count, out + at, (uint32_t)width, (uint32_t)at, least, scale);
    }
}

/* The passes are one after the other: the whole input again and again. */
static void run(const lc__call *call) {
    lc__call copy = *call;
    lc_shape s = call->out_shape;
    lc__parallel_for(call->team, (size_t)s.n * (size_t)s.h * (size_t)s.w, drop, &copy);
}

const lc__kernel lc__kernel_f32_mc_dropout = {
    .name = "f32_mc_dropout__scalar",
    .type = LC_OP_MC_DROPOUT,
    .dtype = LC_DTYPE_F32,
    .run = run,
};
