/* Kernels without multiplication: those of instruction sets against the portable ones, to the bit
 * where sums are integers, and the adder in f32 where x and w lie far from zero and close together.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "backends/weights.h"
#include "base/rng.h"
#include "kernels/kernel.h"
#include "kernels/quant.h"
#include "random_op.h"

#define CASES 40
#define ALIGN 64

static void *room(size_t bytes) {
    void *p = aligned_alloc(ALIGN, (bytes + ALIGN) / ALIGN * ALIGN);
    cr_assert_not_null(p);
    return p;
}

/* y by kernel `k`, from weights as they are drawn. */
static void run(const lc__kernel *k, lc__call call, const float *weights, const void *x, void *y) {
    void *packed = room(k->packed_size(&call));
    k->pack(&call, weights, packed);
    call.in[0] = x;
    call.out = y;
    call.packed = packed;
    call.scratch = room(k->scratch_size == NULL ? 0 : k->scratch_size(&call));
    k->run(&call);
    free(packed);
    free(call.scratch);
}

/* Kernels of this CPU for `call`, best first, the portable one last: [*count]. */
static void kernels_for(const lc__call *call, const lc__kernel **found, size_t *count) {
    size_t all = 0;
    const lc__kernel *const *kernels = lc__kernels(&all);
    lc__isa allowed = lc__isa_detect();
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        const lc__kernel *k = kernels[i];
        if (k->type == call->op.type && k->dtype == call->op.dtype && (k->isa & ~allowed) == 0 &&
            (k->fits == NULL || k->fits(call))) {
            found[(*count)++] = k;
            if (k->isa == 0) {
                return;
            }
        }
    }
    cr_assert_fail("no portable kernel");
}

/* Any values, ends of the range among them. */
static void draw_stored(lc_dtype dtype, void *x, size_t n, uint64_t *seed) {
    for (size_t i = 0; i < n; i++) {
        if (dtype == LC_DTYPE_INT8) {
            ((int8_t *)x)[i] = (int8_t)((int)lc__rng_below(seed, 255) - 127);
        } else {
            ((int16_t *)x)[i] = (int16_t)((int)lc__rng_below(seed, 65535) - 32767);
        }
    }
}

static lc__call call_of(const lc_net *net, lc__team *team) {
    const lc_node *node = lc_net_node(net, lc_net_output(net));
    lc__call call = {.op = node->op,
                     .n_in = 1,
                     .in_shape = {lc_net_node(net, 0)->shape},
                     .out_shape = node->shape,
                     .in_dtype = node->op.dtype,
                     .team = team};
    return call;
}

/* Rounds like the portable kernel only where it is the same in f32, hence only these. */
static bool clamps(lc_act act) {
    return act == LC_ACT_NONE || act == LC_ACT_RELU || act == LC_ACT_RELU6;
}

static void check_same(const lc_net *net, lc__team *team, uint64_t *seed) {
    lc__call call = call_of(net, team);
    call.op.act = clamps(call.op.act) ? call.op.act : LC_ACT_NONE;
    size_t size = lc_dtype_size(call.op.dtype), count = 0;
    size_t n_in = (size_t)lc_shape_count(call.in_shape[0]);
    size_t n_out = (size_t)lc_shape_count(call.out_shape);
    float *weights = room((size_t)lc_op_weight_count(&call.op, call.in_shape[0]) * sizeof(float));
    char *x = room(n_in * size), *y = room(n_out * size), *expected = room(n_out * size);
    const lc__kernel *kernels[16];
    lc__weights_draw(net, lc_net_output(net), 5, weights);
    draw_stored(call.op.dtype, x, n_in, seed);
    kernels_for(&call, kernels, &count);
    run(kernels[count - 1], call, weights, x, expected);
    for (size_t k = 0; k + 1 < count; k++) {
        run(kernels[k], call, weights, x, y);
        cr_assert_eq(memcmp(y, expected, n_out * size), 0, "%s\n%s", kernels[k]->name,
                     lc_net_to_json(net, true));
    }
    free(weights);
    free(x);
    free(y);
    free(expected);
}

static void check_integers(lc_op_type type, lc_dtype dtype) {
    lc__team *team = lc__team_new(2, 0);
    uint64_t seed = 77 + (uint64_t)type;
    for (int i = 0; i < CASES; i++) {
        lc_net *net = random_op_net(type, dtype, &seed);
        check_same(net, team, &seed);
        lc_net_free(net);
    }
    lc__team_free(team);
}

Test(integers, adders_are_exact) {
    check_integers(LC_OP_ADDER_CONV2D, LC_DTYPE_INT8);
}

Test(integers, shifts_are_exact) {
    check_integers(LC_OP_SHIFT_CONV2D, LC_DTYPE_INT8);
    check_integers(LC_OP_SHIFT_CONV2D, LC_DTYPE_INT16);
}

/* A 3x3 layer of 64 channels on 5x5 pixels: 576 terms. */
enum { SIDE = 5, CHANNELS = 64, TERMS = 9 * CHANNELS };

static lc__call layer(lc_op_type type, lc_dtype dtype, lc__team *team) {
    lc__call call = {.op = lc_op_init(type), .n_in = 1, .in_dtype = dtype, .team = team};
    call.op.dtype = dtype;
    call.op.kernel_h = call.op.kernel_w = 3;
    call.op.out_channels = CHANNELS;
    call.op.bias = false;
    call.in_shape[0] = (lc_shape){1, SIDE, SIDE, CHANNELS};
    call.out_shape = (lc_shape){1, SIDE - 2, SIDE - 2, CHANNELS};
    return call;
}

/* -sum |x - w| of output pixel (row, column), channel o. */
static double exact(const float *x, const float *weights, int row, int column, int o) {
    double sum = 0;
    for (int k = 0; k < TERMS; k++) {
        int tap = k / CHANNELS, y = row + tap / 3, at = column + tap % 3;
        double value = (double)x[(y * SIDE + at) * CHANNELS + k % CHANNELS];
        sum -= fabs(value - (double)weights[o * TERMS + k]);
    }
    return sum;
}

/* Four times the error of a sum in f32 that is itself its only large number, which is what a result
 * may lose before its tile is done again. */
static void check_accuracy(const char *what, const float *x, const float *weights) {
    lc__team *team = lc__team_new(1, 0);
    lc__call call = layer(LC_OP_ADDER_CONV2D, LC_DTYPE_F32, team);
    const lc__kernel *kernels[16];
    size_t count = 0;
    float y[(SIDE - 2) * (SIDE - 2) * CHANNELS];
    kernels_for(&call, kernels, &count);
    for (size_t k = 0; k < count; k++) {
        run(kernels[k], call, weights, x, y);
        for (int i = 0; i < (SIDE - 2) * (SIDE - 2) * CHANNELS; i++) {
            int pixel = i / CHANNELS;
            double want = exact(x, weights, pixel / (SIDE - 2), pixel % (SIDE - 2), i % CHANNELS);
            double slack = 4 * 0x1p-24 * (4 + 2 * sqrt(TERMS)) * fabs(want);
            cr_assert_leq(fabs((double)y[i] - want), slack, "%s, %s: %.9g, exact %.9g", what,
                          kernels[k]->name, (double)y[i], want);
        }
    }
    lc__team_free(team);
}

/* What loses all digits when 2 sum min(x, w) is taken without looking: at an offset of 1000, 13 of
 * 24 bits are common to the sums. */
Test(adder, offsets_cost_no_digits) {
    static const float offsets[] = {0, 0.5F, 1, 2, 10, 100, 1000, -1000, 1e6F};
    static float x[SIDE * SIDE * CHANNELS], weights[CHANNELS * TERMS];
    for (size_t k = 0; k < sizeof offsets / sizeof offsets[0]; k++) {
        uint64_t seed = 9;
        char what[32];
        for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
            x[i] = offsets[k] + (float)(2 * lc__rng_unit(&seed) - 1);
        }
        for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
            weights[i] = offsets[k] + (float)(2 * lc__rng_unit(&seed) - 1);
        }
        snprintf(what, sizeof what, "offset %g", (double)offsets[k]);
        check_accuracy(what, x, weights);
    }
}

/* A window that resembles the template, which is what adders look for: one pixel's sum is small
 * while the others' are not. */
Test(adder, matches_are_found_to_the_last_digits) {
    static float x[SIDE * SIDE * CHANNELS], weights[CHANNELS * TERMS];
    uint64_t seed = 10;
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
        weights[i] = (float)(2 * lc__rng_unit(&seed) - 1);
    }
    for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
        x[i] = (float)(2 * lc__rng_unit(&seed) - 1);
    }
    for (int k = 0; k < TERMS; k++) { /* output 7 of pixel (1, 1) */
        int tap = k / CHANNELS, at = ((1 + tap / 3) * SIDE + 1 + tap % 3) * CHANNELS + k % CHANNELS;
        x[at] = weights[7 * TERMS + k] + 1e-4F * (float)(2 * lc__rng_unit(&seed) - 1);
    }
    check_accuracy("a match", x, weights);
}

/* Weights so large that sums of int16 outgrow 32 bits. */
Test(shift, sums_beyond_32_bits_are_exact) {
    lc__team *team = lc__team_new(1, 0);
    lc__call call = layer(LC_OP_SHIFT_CONV2D, LC_DTYPE_INT16, team);
    size_t count = 0, n = (SIDE - 2) * (SIDE - 2) * CHANNELS;
    const lc__kernel *kernels[16];
    float *weights = room(CHANNELS * TERMS * sizeof *weights);
    int16_t *x = room(SIDE * SIDE * CHANNELS * sizeof *x), *y = room(n * sizeof *y);
    int16_t *expected = room(n * sizeof *expected);
    for (size_t i = 0; i < CHANNELS * TERMS; i++) {
        weights[i] = 1.0F;
    }
    for (size_t i = 0; i < SIDE * SIDE * CHANNELS; i++) {
        x[i] = 32767;
    }
    kernels_for(&call, kernels, &count);
    run(kernels[count - 1], call, weights, x, expected);
    cr_assert_eq(expected[0], 32767);
    for (size_t k = 0; k + 1 < count; k++) {
        run(kernels[k], call, weights, x, y);
        cr_assert_eq(memcmp(y, expected, n * sizeof *y), 0, "%s", kernels[k]->name);
    }
    free(weights);
    free(x);
    free(y);
    free(expected);
    lc__team_free(team);
}
