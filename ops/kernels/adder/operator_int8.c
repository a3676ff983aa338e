#include "kernels/adder/operator_int8.h"

#include <string.h>

#include "kernels/adder/adder.h"

#define FLIP 0x80

/* A sum begins at -sum of w and gathers 2 min(x, w), of at most 127 each. */
#define MOST_TERMS (INT32_MAX / (4 * 127))

void lc__micro_weight_adder(float w, float bits, void *to) {
    int8_t q = lc__quantise_adder(w, (int)bits);
    memcpy(to, &q, sizeof q);
}

void lc__micro_weight_adder_flipped(float w, float bits, void *to) {
    uint8_t q = (uint8_t)lc__quantise_adder(w, (int)bits) ^ FLIP;
    memcpy(to, &q, sizeof q);
}

/* Micro-kernels that want sign bits flipped; those that sum 2 min(x, w), from which sums over
 * weights are to be taken away, have an offset of 1. */
static bool flips(const lc__micro *m) {
    return m->fill == FLIP;
}

bool lc__adder_int8_fits(const lc__call *call) {
    lc__sliding s = lc__sliding_of(call);
    return !lc__is_depthwise(call) && lc__weight_bits(&call->op) > 4 &&
           lc__sliding_depth(&s) <= MOST_TERMS;
}

/* Packed: weights, then scale, bias and start[out]. */
size_t lc__adder_int8_packed(const lc__call *call, const lc__micro *m) {
    lc__sliding s = lc__sliding_of(call);
    return lc__sliding_packed(&s, m) + 3 * s.groups * s.out_group * sizeof(float);
}

void lc__adder_int8_pack(const lc__call *call, const lc__micro *m, const float *weights,
                         void *packed) {
    lc__sliding s = lc__sliding_of(call);
    size_t outputs = s.groups * s.out_group, depth = lc__sliding_depth(&s);
    float *scale = (float *)(void *)((char *)packed + lc__sliding_packed(&s, m));
    float *bias = scale + outputs;
    int32_t *start = (int32_t *)(void *)(bias + outputs);
    int bits = lc__weight_bits(&call->op);
    for (size_t o = 0; o < outputs; o++) {
        scale[o] = (float)bits; /* what the micro-kernel's weight() takes for a step */
        bias[o] = call->op.bias ? weights[outputs * depth + o] : 0.0F;
        start[o] = 0;
        for (size_t k = 0; k < depth; k++) {
            start[o] -= m->offset * lc__quantise_adder(weights[o * depth + k], bits);
        }
    }
    lc__sliding_pack(&s, m, weights, scale, packed);
    for (size_t o = 0; o < outputs; o++) {
        scale[o] = lc__dtype_step(LC_DTYPE_INT8);
    }
}

/* A flipped copy of the tensor lies at the end. */
size_t lc__adder_int8_scratch(const lc__call *call, const lc__micro *m) {
    lc__sliding s = lc__sliding_of(call);
    return lc__sliding_scratch(&s, m, lc__team_size(call->team)) +
           (flips(m) ? (size_t)lc_shape_count(call->in_shape[0]) : 0);
}

typedef struct flipping {
    const uint8_t *x;
    uint8_t *y;
    size_t row; /* bytes */
} flipping;

static void flip_rows(void *context, size_t begin, size_t end) {
    const flipping *f = context;
    for (size_t i = begin * f->row; i < end * f->row; i++) {
        f->y[i] = f->x[i] ^ FLIP;
    }
}

static const void *flipped(const lc__call *call, const lc__sliding *s, const lc__micro *m) {
    size_t used = lc__sliding_scratch(s, m, lc__team_size(call->team));
    lc_shape in = call->in_shape[0];
    flipping f = {
        .x = call->in[0], .y = (uint8_t *)call->scratch + used, .row = (size_t)in.w * (size_t)in.c};
    lc__parallel_for(call->team, (size_t)in.n * (size_t)in.h, flip_rows, &f);
    return f.y;
}

void lc__adder_int8_run(const lc__call *call, const lc__micro *m) {
    lc__sliding s = lc__sliding_of(call);
    size_t outputs = s.groups * s.out_group;
    const char *packed = call->packed;
    s.x = flips(m) ? flipped(call, &s, m) : call->in[0];
    s.y = call->out;
    s.weights = packed;
    s.finish.scale = (const float *)(const void *)(packed + lc__sliding_packed(&s, m));
    s.finish.bias = s.finish.scale + outputs;
    s.finish.start = (const int32_t *)(const void *)(s.finish.bias + outputs);
    lc__sliding_run(&s, m, call->scratch, call->team);
}
