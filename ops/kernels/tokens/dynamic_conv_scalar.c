#include <string.h>

#include "kernels/kernel.h"
#include "kernels/norm/softmax.h"

/* y[d] of one head of one token: its K weights on the tokens around it, those beyond the ends
 * zero. */
static void one_head(const float *weights, const float *values, float *y, size_t depth,
                     size_t stride, ptrdiff_t token, ptrdiff_t tokens, ptrdiff_t taps) {
    memset(y, 0, depth * sizeof *y);
    for (ptrdiff_t k = 0; k < taps; k++) {
        ptrdiff_t at = token + k - taps / 2;
        if (at < 0 || at >= tokens) {
            continue;
        }
        const float *x = values + (size_t)at * stride;
        for (size_t i = 0; i < depth; i++) {
            y[i] += weights[k] * x[i];
        }
    }
}

static void convolve(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    const float *values = call->in[0], *weights = call->scratch;
    float *out = call->out;
    size_t width = (size_t)call->out_shape.c, heads = (size_t)call->op.heads;
    size_t tokens = (size_t)call->out_shape.h * (size_t)call->out_shape.w;
    size_t taps = (size_t)call->op.kernel_w, depth = width / heads;
    for (size_t i = begin; i < end; i++) {
        const float *image = values + i / tokens * tokens * width;
        for (size_t head = 0; head < heads; head++) {
            one_head(weights + (i * heads + head) * taps, image + head * depth,
                     out + i * width + head * depth, depth, width, (ptrdiff_t)(i % tokens),
                     (ptrdiff_t)tokens, (ptrdiff_t)taps);
        }
    }
}

static size_t logits_of(const lc__call *call) {
    return (size_t)lc_shape_count(call->in_shape[1]);
}

/* The softmax of the logits. */
static size_t scratch_size(const lc__call *call) {
    return logits_of(call) * sizeof(float);
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    size_t taps = (size_t)call->op.kernel_w, logits = logits_of(call);
    lc_shape s = call->out_shape;
    lc__softmax_rows(call->in[1], call->scratch, logits / taps, taps, 1.0F, call->team);
    lc__parallel_for(call->team, (size_t)s.n * (size_t)s.h * (size_t)s.w, convolve, &copy);
}

const lc__kernel lc__kernel_f32_dynamic_conv = {
    .name = "f32_dynamic_conv__scalar",
    .type = LC_OP_DYNAMIC_CONV,
    .dtype = LC_DTYPE_F32,
    .scratch_size = scratch_size,
    .run = run,
};
