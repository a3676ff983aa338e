#include "stored.h"

#include <math.h>
#include <string.h>

/* Steps of an integer dtype of `bits` bits, and the largest number of them; a step of 0 is none. */
typedef struct grid {
    double step, limit;
} grid;

static grid grid_of(lc_dtype dtype, int bits) {
    bool narrow = dtype == LC_DTYPE_INT8;
    if (!narrow && dtype != LC_DTYPE_INT16) {
        return (grid){0, INFINITY};
    }
    bits = bits > 0 ? bits : narrow ? 8 : 16;
    return (grid){(narrow ? 4 : 8) / exp2(bits - 1), exp2(bits - 1) - 1};
}

static float to_bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t kept = bits & 0xffff0000, lost = bits & 0xffff;
    bool up = lost > 0x8000 || (lost == 0x8000 && (bits >> 16 & 1));
    kept += up ? 0x10000 : 0;
    memcpy(&x, &kept, sizeof x);
    return x;
}

static float to_grid(grid g, float x) {
    return (float)(fmin(fmax(rint(x / g.step), -g.limit), g.limit) * g.step);
}

void store_values(lc_dtype dtype, int bits, float *x, size_t n) {
    grid g = grid_of(dtype, bits);
    for (size_t i = 0; i < n; i++) {
        if (dtype == LC_DTYPE_BF16) {
            x[i] = to_bf16(x[i]);
        } else if (g.step > 0) {
            x[i] = to_grid(g, x[i]);
        }
    }
}

/* In f32, as the definition is: a tie is otherwise rounded another way. */
static void store_row(float *w, size_t n, int bits) {
    float most = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmaxf(most, fabsf(w[i]));
    }
    float step = most / (float)((1 << (bits - 1)) - 1), inverse = 1 / step;
    for (size_t i = 0; i < n && most > 0; i++) {
        w[i] = rintf(w[i] * inverse) * step;
    }
}

void store_weights(const lc_op *op, lc_shape in, float *weights) {
    int bits = op->weight_bits > 0 ? op->weight_bits : 8;
    size_t depth = (size_t)(in.c / op->groups) * (size_t)(op->kernel_h * op->kernel_w);
    if (op->dtype != LC_DTYPE_INT8) {
        return;
    }
    if (op->type == LC_OP_ADDER_CONV2D) {
        store_values(LC_DTYPE_INT8, bits, weights, (size_t)op->out_channels * depth);
    }
    for (int o = 0; (op->type == LC_OP_CONV2D || op->type == LC_OP_LINEAR) && o < op->out_channels;
         o++) {
        store_row(weights + (size_t)o * depth, depth, bits);
    }
}

double stored_step(const lc_op *op) {
    return grid_of(op->dtype, op->act_bits).step;
}

double clamp_to_range(const lc_op *op, double y) {
    grid g = grid_of(op->dtype, op->act_bits);
    double most = g.step > 0 ? g.step * g.limit : INFINITY;
    return fmin(fmax(y, -most), most);
}

bool is_stored_value(const lc_op *op, float y) {
    float stored = y;
    store_values(op->dtype, op->act_bits, &stored, 1);
    return stored == y;
}
