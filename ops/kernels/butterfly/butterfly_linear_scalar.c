/* Butterfly factors on blocks of rows: the values of LANES rows side by side, so that a factor
 * works on whole vectors in place (FABNet, arXiv:2209.09570). */
#include <string.h>

#include "kernels/act.h"
#include "kernels/kernel.h"
#include "kernels/slots.h"
#include "ops/butterfly.h"

enum { LANES = 16 };

static size_t side_of(const lc__call *call) {
    return (size_t)lc__butterfly_side(&call->op, call->in_shape[0]);
}

/* Values of one place of all rows, by the block [[a, b], [c, d]]. */
static void turn(float *restrict x, float *restrict y, const float w[4]) {
    for (size_t i = 0; i < LANES; i++) {
        float u = x[i], v = y[i];
        x[i] = w[0] * u + w[1] * v;
        y[i] = w[2] * u + w[3] * v;
    }
}

static void apply_factors(const lc__call *call, float *buffer) {
    size_t side = side_of(call);
    const float *w = call->packed;
    for (size_t span = 1; span < side; span *= 2) {
        for (size_t first = 0; first < side; first += 2 * span) {
            for (size_t i = first; i < first + span; i++, w += 4) {
                turn(buffer + i * LANES, buffer + (i + span) * LANES, w);
            }
        }
    }
}

/* Rows begin .. begin+rows-1 in, the other lanes and places zero. */
static void load(const lc__call *call, size_t begin, size_t rows, float *buffer) {
    size_t width = (size_t)call->in_shape[0].c;
    const float *x = call->in[0];
    memset(buffer, 0, side_of(call) * LANES * sizeof *buffer);
    for (size_t row = 0; row < rows; row++) {
        for (size_t c = 0; c < width; c++) {
            buffer[c * LANES + row] = x[(begin + row) * width + c];
        }
    }
}

static void store(const lc__call *call, size_t begin, size_t rows, const float *buffer) {
    size_t width = (size_t)call->out_shape.c, side = side_of(call);
    const float *w = call->packed;
    const float *bias =
        call->op.bias ? w + 2 * side * (size_t)lc__butterfly_stages(&call->op, call->in_shape[0])
                      : NULL;
    float *y = call->out;
    for (size_t row = 0; row < rows; row++) {
        float *to = y + (begin + row) * width;
        for (size_t c = 0; c < width; c++) {
            to[c] = buffer[c * LANES + row];
        }
        lc__bias_act_row(to, bias, width, call->op.act);
    }
}

static size_t rows_of(const lc__call *call) {
    return (size_t)lc_shape_count(call->in_shape[0]) / (size_t)call->in_shape[0].c;
}

static void run_block(void *context, size_t slot, size_t block) {
    const lc__call *call = context;
    float *scratch = call->scratch, *buffer = scratch + slot * side_of(call) * LANES;
    size_t begin = block * LANES, left = rows_of(call) - begin;
    size_t rows = left < LANES ? left : LANES;
    load(call, begin, rows, buffer);
    apply_factors(call, buffer);
    store(call, begin, rows, buffer);
}

static size_t packed_size(const lc__call *call) {
    return (size_t)lc_op_weight_count(&call->op, call->in_shape[0]) * sizeof(float);
}

static void pack(const lc__call *call, const float *weights, void *packed) {
    memcpy(packed, weights, packed_size(call));
}

static size_t scratch_size(const lc__call *call) {
    return (size_t)lc__team_size(call->team) * side_of(call) * LANES * sizeof(float);
}

static void run(const lc__call *call) {
    lc__call copy = *call;
    lc__parallel_slots(call->team, (rows_of(call) + LANES - 1) / LANES, run_block, &copy);
}

const lc__kernel lc__kernel_f32_butterfly_linear = {
    .name = "f32_butterfly_linear__scalar_16",
    .type = LC_OP_BUTTERFLY_LINEAR,
    .dtype = LC_DTYPE_F32,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .run = run,
};
