/* The softmax operator of one instruction set: include it after a header of vectors and define it
 * by LC__SOFTMAX_KERNEL(isa, ISA). */
#ifndef KERNELS_SOFTMAX_ROWS_H
#define KERNELS_SOFTMAX_ROWS_H

#include "kernels/kernel.h"
#include "kernels/norm/softmax.h"
#include "kernels/norm/softmax_row.h"

static void lc__softmax_range(void *context, size_t begin, size_t end) {
    const lc__call *call = context;
    size_t width = (size_t)call->out_shape.c;
    for (size_t row = begin; row < end; row++) {
        lc__softmax_row((const float *)call->in[0] + row * width, (float *)call->out + row * width,
                        width, 1.0F);
    }
}

static void lc__softmax_run(const lc__call *call) {
    lc__call copy = *call;
    size_t rows = (size_t)lc_shape_count(call->out_shape) / (size_t)call->out_shape.c;
    lc__parallel_for(call->team, rows, lc__softmax_range, &copy);
}

#define LC__SOFTMAX_KERNEL(lower, UPPER)                                                           \
    void lc__softmax_row_##lower(const float *x, float *y, size_t n, float scale) {                \
        lc__softmax_row(x, y, n, scale);                                                           \
    }                                                                                              \
    const lc__kernel lc__kernel_f32_softmax_##lower = {.name = "f32_softmax__" #lower,             \
                                                       .type = LC_OP_SOFTMAX,                      \
                                                       .dtype = LC_DTYPE_F32,                      \
                                                       .isa = LC__ISA_##UPPER,                     \
                                                       .run = lc__softmax_run}

#endif
