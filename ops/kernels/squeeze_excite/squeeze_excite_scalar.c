#include "kernels/act.h"
#include "kernels/conv/window.h"
#include "kernels/pool/global_avg_pool.h"

/* The two linear layers on the means, W1 [squeeze][C] and W2 [C][squeeze]. */
static lc__window first_layer(const lc__call *call) {
    lc_shape in = call->in_shape[0];
    lc__window w = lc__window_matrix((size_t)in.n, (size_t)in.c, (size_t)call->op.squeeze);
    w.act = LC_ACT_RELU;
    return w;
}

static lc__window second_layer(const lc__call *call) {
    lc_shape in = call->in_shape[0];
    lc__window w = lc__window_matrix((size_t)in.n, (size_t)call->op.squeeze, (size_t)in.c);
    w.act = call->op.act;
    return w;
}

/* Packed: W1, b1, W2, b2. */
static size_t packed_size(const lc__call *call) {
    lc__window w1 = first_layer(call), w2 = second_layer(call);
    return (lc__window_packed(&w1) + w1.out_group + lc__window_packed(&w2) + w2.out_group) *
           sizeof(float);
}

static void pack(const lc__call *call, const float *weights, void *packed) {
    float *to = packed;
    lc__window layers[2] = {first_layer(call), second_layer(call)};
    for (int i = 0; i < 2; i++) {
        const lc__window *w = &layers[i];
        lc__window_pack(w, LC__TERM_MULTIPLY, weights, to);
        weights += w->in_group * w->out_group;
        to += lc__window_packed(w);
        memcpy(to, weights, w->out_group * sizeof *to);
        weights += w->out_group;
        to += w->out_group;
    }
}

/* Means, middle layer, gates. */
static size_t scratch_size(const lc__call *call) {
    size_t images = (size_t)call->in_shape[0].n;
    return images * (2 * (size_t)call->in_shape[0].c + (size_t)call->op.squeeze) * sizeof(float);
}

typedef struct gating {
    const lc__call *call;
    const float *gates;
} gating;

/* Pixels begin .. end-1 of all images. */
static void apply_gates(void *context, size_t begin, size_t end) {
    const gating *job = context;
    lc_shape in = job->call->in_shape[0];
    size_t channels = (size_t)in.c, pixels = (size_t)in.h * (size_t)in.w;
    for (size_t p = begin; p < end; p++) {
        const float *x = (const float *)job->call->in[0] + p * channels;
        const float *gate = job->gates + p / pixels * channels;
        float *y = (float *)job->call->out + p * channels;
        for (size_t c = 0; c < channels; c++) {
            y[c] = x[c] * gate[c];
        }
    }
}

static void run(const lc__call *call) {
    lc_shape in = call->in_shape[0];
    lc__window w1 = first_layer(call), w2 = second_layer(call);
    float *mean = call->scratch, *middle = mean + (size_t)in.n * (size_t)in.c;
    float *gates = middle + (size_t)in.n * (size_t)call->op.squeeze;
    lc__global_mean(call->in[0], LC_DTYPE_F32, in, lc__format_new(LC_DTYPE_F32, 0), mean,
                    call->team);
    w1.x = mean;
    w1.y = middle;
    w1.weights = call->packed;
    w1.bias = w1.weights + lc__window_packed(&w1);
    lc__window_multiply(&w1, call->team);
    w2.x = middle;
    w2.y = gates;
    w2.weights = w1.bias + w1.out_group;
    w2.bias = w2.weights + lc__window_packed(&w2);
    lc__window_multiply(&w2, call->team);
    gating job = {call, gates};
    size_t pixels = (size_t)in.n * (size_t)in.h * (size_t)in.w;
    lc__parallel_for(call->team, pixels, apply_gates, &job);
}

const lc__kernel lc__kernel_f32_squeeze_excite = {
    .name = "f32_squeeze_excite__scalar",
    .type = LC_OP_SQUEEZE_EXCITE,
    .dtype = LC_DTYPE_F32,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .run = run,
};
