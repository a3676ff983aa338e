/* The input's part of the gates of all steps in one product; then step by step the state's part and
 * the cell. */
#include <math.h>

#include "kernels/act.h"
#include "kernels/conv/window.h"

static size_t steps_of(const lc__call *call) {
    return (size_t)call->in_shape[0].h * (size_t)call->in_shape[0].w;
}

static size_t images_of(const lc__call *call) {
    return (size_t)call->in_shape[0].n;
}

static size_t hidden_of(const lc__call *call) {
    return (size_t)call->op.hidden;
}

static lc__window input_part(const lc__call *call) {
    return lc__window_matrix(images_of(call) * steps_of(call), (size_t)call->in_shape[0].c,
                             4 * hidden_of(call));
}

static lc__window state_part(const lc__call *call) {
    return lc__window_matrix(images_of(call), hidden_of(call), 4 * hidden_of(call));
}

/* Packed: weights of the input, of the state, bias. */
static size_t packed_size(const lc__call *call) {
    lc__window in = input_part(call), state = state_part(call);
    return (lc__window_packed(&in) + lc__window_packed(&state) + 4 * hidden_of(call)) *
           sizeof(float);
}

static void pack(const lc__call *call, const float *weights, void *to) {
    float *packed = to;
    lc__window parts[2] = {input_part(call), state_part(call)};
    for (int i = 0; i < 2; i++) {
        lc__window_pack(&parts[i], LC__TERM_MULTIPLY, weights, packed);
        weights += parts[i].in_group * parts[i].out_group;
        packed += lc__window_packed(&parts[i]);
    }
    if (call->op.bias) {
        memcpy(packed, weights, 4 * hidden_of(call) * sizeof *packed);
    }
}

/* Gates of all steps; the state's part of one step; the cells. */
static size_t scratch_size(const lc__call *call) {
    size_t images = images_of(call), hidden = hidden_of(call);
    return images * hidden * (4 * (steps_of(call) + 1) + 1) * sizeof(float);
}

typedef struct step {
    float *gates, *state_gates, *cells, *out; /* those of image 0 */
    size_t gates_stride, out_stride, hidden;  /* floats from image to image */
    bool first;
} step;

static void update(const step *s, size_t image) {
    size_t n = s->hidden;
    float *gates = s->gates + image * s->gates_stride, *cell = s->cells + image * n;
    const float *more = s->state_gates + image * 4 * n;
    float *out = s->out + image * s->out_stride;
    for (size_t i = 0; i < 4 * n && !s->first; i++) {
        gates[i] += more[i];
    }
    lc__act_row(gates, 2 * n, LC_ACT_SIGMOID);
    lc__act_row(gates + 3 * n, n, LC_ACT_SIGMOID);
    for (size_t i = 0; i < n; i++) {
        float kept = s->first ? 0.0F : gates[n + i] * cell[i];
        cell[i] = kept + gates[i] * tanhf(gates[2 * n + i]);
        out[i] = gates[3 * n + i] * tanhf(cell[i]);
    }
}

static void update_images(void *context, size_t begin, size_t end) {
    for (size_t image = begin; image < end; image++) {
        update(context, image);
    }
}

static void run(const lc__call *call) {
    size_t images = images_of(call), steps = steps_of(call), hidden = hidden_of(call);
    lc__window in = input_part(call), state = state_part(call);
    float *gates = call->scratch, *out = call->out;
    const float *packed = call->packed;
    step s = {.state_gates = gates + images * steps * 4 * hidden,
              .gates_stride = steps * 4 * hidden,
              .out_stride = steps * hidden,
              .hidden = hidden};
    s.cells = s.state_gates + images * 4 * hidden;
    in.x = call->in[0];
    in.y = gates;
    in.weights = packed;
    state.weights = packed + lc__window_packed(&in);
    state.x_stride = s.out_stride;
    state.y = s.state_gates;
    in.bias = call->op.bias ? state.weights + lc__window_packed(&state) : NULL;
    lc__window_multiply(&in, call->team);
    for (size_t t = 0; t < steps; t++) {
        s.first = t == 0;
        s.gates = gates + t * 4 * hidden;
        s.out = out + t * hidden;
        if (t > 0) {
            state.x = s.out - hidden;
            lc__window_multiply(&state, call->team);
        }
        lc__parallel_for(call->team, images, update_images, &s);
    }
}

const lc__kernel lc__kernel_f32_lstm = {
    .name = "f32_lstm__scalar_4x8",
    .type = LC_OP_LSTM,
    .dtype = LC_DTYPE_F32,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .run = run,
};
