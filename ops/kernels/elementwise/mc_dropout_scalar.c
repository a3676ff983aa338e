#include "kernels/kernel.h"
#include "ops/dropout.h"

static void drop(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t count = (size_t)lc_shape_count(call->in_shape[0]), width = (size_t)call->out_shape.c;
    uint64_t least = lc__dropout_least(call->op.rate_percent);
    float scale = 100.0F / (float)(100 - call->op.rate_percent);
    const float *in = call->in[0];
    float *out = call->out;
    for (size_t row = begin; row < end; row++) {
        const float *x = in + row * width % count;
        float *y = out + row * width;
        uint32_t place = (uint32_t)(row * width);
        for (size_t i = 0; i < width; i++) {
            bool keep = lc__dropout_hash(place + (uint32_t)i) >= least;
            y[i] = keep ? scale * x[i] : 0.0F;
        }
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
