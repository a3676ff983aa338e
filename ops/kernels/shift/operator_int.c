#include "kernels/shift/operator_int.h"

#include <string.h>

#include "kernels/conv/window_int.h"
#include "kernels/shift/shift.h"

#define LINE 64

bool lc__shift_int_fits(const lc__call *call) {
    return !lc__is_depthwise(call);
}

static const lc__kernel *portable(const lc__call *call) {
    return call->op.dtype == LC_DTYPE_INT8 ? &lc__kernel_int8_shift_conv2d
                                           : &lc__kernel_int16_shift_conv2d;
}

/* Packed: whether sums fit 32 bits, in a line of its own; where they do, weights, then scale, bias
 * and start[out]; where they do not, what the portable kernel packs. */
size_t lc__shift_int_packed(const lc__call *call, const lc__micro *m) {
    lc__sliding s = lc__sliding_of(call);
    size_t own = lc__sliding_packed(&s, m) + 3 * s.groups * s.out_group * sizeof(float);
    size_t other = portable(call)->packed_size(call);
    return LINE + (own > other ? own : other);
}

/* True if no sum of an output's depth terms can outgrow 32 bits, whatever the inputs. */
static bool sums_fit(const lc__call *call, const float *weights, size_t outputs, size_t depth) {
    const double most = call->op.dtype == LC_DTYPE_INT8 ? INT8_MAX : INT16_MAX;
    for (size_t o = 0; o < outputs; o++) {
        double sum = 0.0;
        for (size_t k = 0; k < depth; k++) {
            sum += 1 << (lc__shift_code(weights[o * depth + k]) & 7);
        }
        if (sum * most >= INT32_MAX) {
            return false;
        }
    }
    return true;
}

/* Counts and signs, packed side by side, into a vector each. */
static void part(const lc__micro *m, char *packed, size_t bytes) {
    const size_t lanes = m->outputs / 2 * m->step, size = m->w_size / 2;
    for (char *end = packed + bytes; packed < end; packed += lanes * m->w_size) {
        char pairs[128];
        memcpy(pairs, packed, lanes * m->w_size);
        for (size_t i = 0; i < lanes; i++) {
            memcpy(packed + i * size, pairs + i * m->w_size, size);
            memcpy(packed + (lanes + i) * size, pairs + i * m->w_size + size, size);
        }
    }
}

void lc__shift_int_pack(const lc__call *call, const lc__micro *m, const float *weights,
                        void *packed) {
    lc__sliding s = lc__sliding_of(call);
    size_t outputs = s.groups * s.out_group, depth = lc__sliding_depth(&s);
    size_t bytes = lc__sliding_packed(&s, m);
    bool fit = sums_fit(call, weights, outputs, depth);
    char *to = (char *)packed + LINE;
    memcpy(packed, &fit, sizeof fit);
    if (!fit) {
        portable(call)->pack(call, weights, to);
        return;
    }
    float *scale = (float *)(void *)(to + bytes), *bias = scale + outputs;
    int32_t *start = (int32_t *)(void *)(bias + outputs);
    for (size_t o = 0; o < outputs; o++) {
        scale[o] = 0x1p-7F * lc__dtype_step(call->op.dtype);
        bias[o] = call->op.bias ? weights[outputs * depth + o] : 0.0F;
        start[o] = 0;
        for (size_t k = 0; k < depth; k++) {
            start[o] += weights[o * depth + k] < 0.0F ? m->offset : 0;
        }
    }
    lc__sliding_pack(&s, m, weights, NULL, to);
    part(m, to, bytes);
}

/* The tensor is widened into the end of the scratch. */
static size_t widened_bytes(const lc__call *call, const lc__micro *m) {
    return (size_t)lc_shape_count(call->in_shape[0]) * m->x_size;
}

size_t lc__shift_int_scratch(const lc__call *call, const lc__micro *m) {
    lc__sliding s = lc__sliding_of(call);
    return lc__sliding_scratch(&s, m, lc__team_size(call->team)) + widened_bytes(call, m);
}

typedef struct widening {
    lc_dtype from;
    size_t to, row; /* bytes of a value; values of a row */
    const void *x;
    void *y;
} widening;

#define WIDEN(DTYPE, to)                                                                           \
    for (size_t i = first; i < last; i++) {                                                        \
        ((to *)w->y)[i] = (to)lc__int_value(LC_DTYPE_##DTYPE, w->x, i);                            \
    }

static void widen_rows(void *context, size_t begin, size_t end) {
    const widening *w = context;
    size_t first = begin * w->row, last = end * w->row;
    if (w->to == sizeof(int16_t)) {
        WIDEN(INT8, int16_t)
    } else if (w->from == LC_DTYPE_INT8) {
        WIDEN(INT8, int32_t)
    } else {
        WIDEN(INT16, int32_t)
    }
}

void lc__shift_int_run(const lc__call *call, const lc__micro *m) {
    const char *packed = (const char *)call->packed + LINE;
    lc__call other = *call;
    other.packed = packed;
    if (!*(const bool *)call->packed) {
        portable(call)->run(&other);
        return;
    }
    lc__sliding s = lc__sliding_of(call);
    size_t used = lc__sliding_scratch(&s, m, lc__team_size(call->team));
    lc_shape in = call->in_shape[0];
    widening w = {.from = call->op.dtype,
                  .to = m->x_size,
                  .row = (size_t)in.w * (size_t)in.c,
                  .x = call->in[0],
                  .y = (char *)call->scratch + used};
    lc__parallel_for(call->team, (size_t)in.n * (size_t)in.h, widen_rows, &w);
    s.x = w.y;
    s.y = call->out;
    s.weights = packed;
    s.finish.scale = (const float *)(const void *)(packed + lc__sliding_packed(&s, m));
    s.finish.bias = s.finish.scale + s.groups * s.out_group;
    s.finish.start = (const int32_t *)(const void *)(s.finish.bias + s.groups * s.out_group);
    lc__sliding_run(&s, m, call->scratch, call->team);
}
