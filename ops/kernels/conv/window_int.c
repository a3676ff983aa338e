#include "kernels/conv/window_int.h"

#define ALIGN 64

size_t lc__int_aligned(size_t size) {
    return (size + ALIGN - 1) / ALIGN * ALIGN;
}

static lc__window geometry_of(const lc__call *call) {
    if (call->op.type != LC_OP_LINEAR) {
        return lc__window_conv(&call->op, call->in_shape[0], call->out_shape);
    }
    size_t inputs = (size_t)call->in_shape[0].c;
    size_t rows = (size_t)lc_shape_count(call->in_shape[0]) / inputs;
    lc__window w = lc__window_matrix(rows, inputs, (size_t)call->out_shape.c);
    w.act = call->op.act;
    return w;
}

bool lc__int_nibbles(const lc__call *call, lc__term term) {
    return term != LC__TERM_SHIFT && lc__weight_bits(&call->op) <= 4;
}

/* Where the parts of the packed weights begin, in bytes. */
typedef struct parts {
    size_t scale, bias, zeros, end;
} parts;

static parts parts_of(const lc__call *call, lc__term term) {
    lc__window g = geometry_of(call);
    size_t weights = lc__window_packed(&g), outputs = g.groups * g.out_group;
    parts p;
    p.scale = lc__int_aligned(lc__int_nibbles(call, term) ? weights / 2 : weights);
    p.bias = p.scale + lc__int_aligned(outputs * sizeof(float));
    p.zeros = p.bias + lc__int_aligned(outputs * sizeof(float));
    p.end = p.zeros + g.in_group * lc_dtype_size(call->op.dtype);
    return p;
}

size_t lc__int_packed_size(const lc__call *call, lc__term term) {
    return parts_of(call, term).end;
}

float lc__int_step(const lc__call *call, lc__term term, const float *w, size_t n) {
    switch (term) {
    case LC__TERM_SHIFT:
        return 0x1p-7F;
    case LC__TERM_ADDER:
        return 1.0F;
    case LC__TERM_MULTIPLY:
        break;
    }
    return lc__weight_step(w, n, lc__weight_bits(&call->op));
}

static int8_t integer_of(const lc__call *call, lc__term term, float w, float step) {
    switch (term) {
    case LC__TERM_SHIFT:
        return (int8_t)lc__shift_code(w);
    case LC__TERM_ADDER:
        return lc__quantise_adder(w, lc__weight_bits(&call->op));
    case LC__TERM_MULTIPLY:
        break;
    }
    return lc__quantise_weight(w, step);
}

void lc__int_set_weight(const lc__call *call, lc__term term, float w, float step, uint8_t *packed,
                        size_t i) {
    int8_t q = integer_of(call, term, w, step);
    if (lc__int_nibbles(call, term)) {
        int nibble = q / lc__int_scale(term, true) & 15;
        packed[i / 2] = (uint8_t)(packed[i / 2] | nibble << (i % 2 * 4));
    } else {
        packed[i] = (uint8_t)q;
    }
}

void lc__int_pack(const lc__call *call, lc__term term, const float *weights, void *packed) {
    lc__window g = geometry_of(call);
    parts part = parts_of(call, term);
    size_t outputs = g.groups * g.out_group, depth = lc__window_depth(&g);
    size_t blocks = (g.out_group + LC__WINDOW_OUTPUTS - 1) / LC__WINDOW_OUTPUTS;
    float *scale = (float *)((char *)packed + part.scale);
    float *bias = (float *)((char *)packed + part.bias);
    memset(packed, 0, part.end);
    for (size_t o = 0; o < outputs; o++) {
        size_t group = o / g.out_group, in_group = o % g.out_group;
        size_t block = group * blocks + in_group / LC__WINDOW_OUTPUTS;
        const float *w = weights + o * depth;
        float step = lc__int_step(call, term, w, depth);
        for (size_t k = 0; k < depth; k++) {
            size_t to = (block * depth + k) * LC__WINDOW_OUTPUTS + in_group % LC__WINDOW_OUTPUTS;
            lc__int_set_weight(call, term, w[k], step, packed, to);
        }
        scale[o] = step * lc__dtype_step(call->op.dtype);
        bias[o] = call->op.bias ? weights[outputs * depth + o] : 0.0F;
    }
}

lc__int_window lc__int_window_new(const lc__call *call, lc__term term) {
    parts part = parts_of(call, term);
    const char *packed = call->packed;
    lc__int_window w = {.geometry = geometry_of(call),
                        .x = call->in[0],
                        .weights = call->packed,
                        .scale = (const float *)(const void *)(packed + part.scale),
                        .zeros = packed + part.zeros,
                        .y = call->out,
                        .format = lc__format_of(&call->op),
                        .nibbles = lc__int_nibbles(call, term)};
    w.geometry.bias = (const float *)(const void *)(packed + part.bias);
    return w;
}

size_t lc__int_pieces(const lc__int_window *w) {
    const lc__window *g = &w->geometry;
    size_t blocks = (g->out_group + LC__WINDOW_OUTPUTS - 1) / LC__WINDOW_OUTPUTS;
    return g->groups * blocks * g->pixels;
}
