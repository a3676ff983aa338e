/* add, mul and activation, for any lc__vf and, by a header of values, any dtype. Include it after
 * those and define the kernels by LC__ELEMENTWISE_KERNELS. */
#ifndef KERNELS_ELEMENTWISE_ROWS_H
#define KERNELS_ELEMENTWISE_ROWS_H

#include "kernels/kernel.h"
#include "kernels/vec_math.h"

/* n values from number `at` of the output, `gate` of a broadcast input. */
LC__INLINE void lc__combine_values(const lc__call *call, lc_act act, size_t at, size_t gate,
                                   size_t n) {
    const lc__format format = lc__format_of(&call->op);
    const char *from[LC_OP_MAX_INPUTS];
    bool adds = call->op.type == LC_OP_ADD;
    for (int i = 0; i < call->n_in; i++) {
        bool whole = lc_shape_equal(call->in_shape[i], call->out_shape);
        from[i] = (const char *)call->in[i] + (whole ? at : gate) * LC__VALUE_BYTES;
    }
    char *y = (char *)call->out + at * LC__VALUE_BYTES;
    for (size_t i = 0; i < n; i += LC__VF_LANES) {
        size_t lanes = n - i < LC__VF_LANES ? n - i : LC__VF_LANES;
        lc__vf x = lc__value_get(from[0] + i * LC__VALUE_BYTES, lanes);
        for (int k = 1; k < call->n_in; k++) {
            lc__vf other = lc__value_get(from[k] + i * LC__VALUE_BYTES, lanes);
            x = adds ? x + other : x * other;
        }
        lc__value_put(&format, y + i * LC__VALUE_BYTES, lc__vf_act(x, act), lanes);
    }
}

static void lc__combine(const lc__call *call, size_t at, size_t gate, size_t n) {
    switch (call->op.act) { /* the quick ones each a loop of its own */
    case LC_ACT_NONE:
        lc__combine_values(call, LC_ACT_NONE, at, gate, n);
        break;
    case LC_ACT_RELU:
        lc__combine_values(call, LC_ACT_RELU, at, gate, n);
        break;
    default:
        lc__combine_values(call, call->op.act, at, gate, n);
        break;
    }
}

static bool lc__broadcasts(const lc__call *call) {
    bool any = false;
    for (int i = 1; i < call->n_in; i++) {
        any = any || !lc_shape_equal(call->in_shape[i], call->out_shape);
    }
    return any;
}

/* Pixels begin .. end-1. */
static void lc__combine_range(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t channels = (size_t)call->out_shape.c;
    size_t image = (size_t)call->out_shape.h * (size_t)call->out_shape.w;
    if (!lc__broadcasts(call)) {
        lc__combine(call, begin * channels, 0, (end - begin) * channels);
        return;
    }
    for (size_t p = begin; p < end; p++) {
        lc__combine(call, p * channels, p / image * channels, channels);
    }
}

static void lc__elementwise_run(const lc__call *call) {
    lc__call copy = *call;
    size_t pixels = (size_t)lc_shape_count(call->out_shape) / (size_t)call->out_shape.c;
    lc__parallel_for(call->team, pixels, lc__combine_range, &copy);
}

#define LC__ELEMENTWISE_KERNEL(op, OP, dtype_, DTYPE, lower, UPPER)                                \
    const lc__kernel lc__kernel_##dtype_##_##op##_##lower = {                                      \
        .name = #dtype_ "_" #op "__" #lower,                                                       \
        .type = LC_OP_##OP,                                                                        \
        .dtype = LC_DTYPE_##DTYPE,                                                                 \
        .isa = LC__ISA_##UPPER,                                                                    \
        .run = lc__elementwise_run,                                                                \
    }

#define LC__ELEMENTWISE_KERNELS(dtype_, DTYPE, lower, UPPER)                                       \
    LC__ELEMENTWISE_KERNEL(add, ADD, dtype_, DTYPE, lower, UPPER);                                 \
    LC__ELEMENTWISE_KERNEL(mul, MUL, dtype_, DTYPE, lower, UPPER);                                 \
    LC__ELEMENTWISE_KERNEL(activation, ACTIVATION, dtype_, DTYPE, lower, UPPER)

#endif
