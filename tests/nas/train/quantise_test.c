/* Fake quantisation against the definition of the dtypes. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "../../ops/backends/stored.h"
#include "base/rng.h"
#include "train/quantise.h"

enum { N = 600 };

static void fill(float *x, float range, uint64_t *seed) {
    for (int i = 0; i < N; i++)
        x[i] = range * (2.0F * (float)lc__rng_unit(seed) - 1.0F);
}

static lc_op with(lc_op_type type, lc_dtype dtype, int weight_bits, int act_bits) {
    lc_op op = lc_op_init(type);
    op.dtype = dtype;
    op.weight_bits = weight_bits;
    op.act_bits = act_bits;
    return op;
}

/* All dtypes and bits, ties of the grid among the values. */
Test(quantise, values_are_those_that_are_stored) {
    uint64_t seed = 1;
    for (int dtype = LC_DTYPE_ANY; dtype < LC_DTYPE_COUNT; dtype++) {
        for (int bits = 0; bits <= 8; bits += bits ? 1 : 2) {
            lc_op op = with(LC_OP_CONV2D, (lc_dtype)dtype, 0, bits);
            float x[N], y[N], expected[N];
            fill(x, 6.0F, &seed);
            for (int i = 0; i < N / 2; i++)
                x[i] = (float)(i - N / 4) * 0x1p-6F;
            memcpy(expected, x, sizeof x);
            store_values(op.dtype, bits, expected, N);
            lc__quantise_values(&op, x, N, y);
            for (int i = 0; i < N; i++)
                cr_expect_eq(y[i], expected[i], "%s of %d bits: %g gave %g, not %g",
                             lc_dtype_name(op.dtype), bits, (double)x[i], (double)y[i],
                             (double)expected[i]);
        }
    }
}

/* int8 of 6 bits: -31 .. 31 steps of 1/8. */
Test(quantise, gradients_pass_where_nothing_was_cut_off) {
    const float x[] = {0.0F, 3.8F, 3.875F, 3.9F, -3.9F, -3.87F, NAN};
    const float passed[] = {1, 1, 1, 0, 0, 1, 0}, dy[] = {1, 1, 1, 1, 1, 1, 1};
    float dx[7];
    lc_op op = with(LC_OP_ADD, LC_DTYPE_INT8, 0, 6);
    lc__quantise_values_derive(&op, x, dy, 7, dx);
    for (int i = 0; i < 7; i++)
        cr_expect_eq(dx[i], passed[i], "%g", (double)x[i]);
    op.dtype = LC_DTYPE_BF16;
    lc__quantise_values_derive(&op, x, dy, 7, dx);
    cr_expect_eq(memcmp(dx, dy, sizeof dx), 0);
}

Test(quantise, weights_are_those_that_multiply) {
    static const lc_op_type types[] = {LC_OP_CONV2D, LC_OP_LINEAR, LC_OP_ADDER_CONV2D,
                                       LC_OP_SHIFT_CONV2D};
    uint64_t seed = 2;
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
        for (int bits = 2; bits <= 8; bits++) {
            lc_op op = with(types[k], LC_DTYPE_INT8, bits, 0);
            float w[N], q[N], expected[N];
            op.out_channels = 12;
            fill(w, 5.0F, &seed);
            memset(w, 0, N / 12 * sizeof *w); /* of an output that is off */
            memcpy(expected, w, sizeof w);
            store_weights(&op, (lc_shape){1, 1, 1, N / 12}, expected);
            lc__quantise_weights(&op, 12, N / 12, w, q);
            for (int i = 0; i < N; i++)
                cr_expect_eq(q[i], expected[i], "%s of %d bits: %g gave %g, not %g",
                             lc_op_type_name(types[k]), bits, (double)w[i], (double)q[i],
                             (double)expected[i]);
        }
    }
}

/* One step per output leaves the largest weight in its place: nothing is cut off. An adder's grid
 * does cut off. */
Test(quantise, weights_gradients) {
    const float w[] = {0.5F, -7.0F, 3.96F, 4.0F};
    float dq[] = {1, 2, 3, 4};
    lc_op conv = with(LC_OP_CONV2D, LC_DTYPE_INT8, 4, 0);
    lc_op adder = with(LC_OP_ADDER_CONV2D, LC_DTYPE_INT8, 0, 0);
    lc__quantise_weights_derive(&conv, 2, 2, w, dq);
    cr_expect(dq[0] == 1 && dq[1] == 2 && dq[2] == 3 && dq[3] == 4);
    lc__quantise_weights_derive(&adder, 2, 2, w, dq);
    cr_expect(dq[0] == 1 && dq[1] == 0 && dq[2] == 3 && dq[3] == 0);
}

Test(quantise, f32_is_left_alone) {
    lc_op op = with(LC_OP_CONV2D, LC_DTYPE_ANY, 0, 0);
    float w[] = {0.123F, -4.7F}, q[2];
    cr_expect_not(lc__quantises_values(&op));
    cr_expect_not(lc__quantises_weights(&op));
    lc__quantise_weights(&op, 1, 2, w, q);
    cr_expect_eq(memcmp(w, q, sizeof w), 0);
}

/* Values spread like a Laplacian, or like its positive half and zeros. */
static void draw_laplacian(bool negative, float *x, uint64_t *seed) {
    for (int i = 0; i < N; i++) {
        double u = 2 * ((i + lc__rng_unit(seed)) / N) - 1;
        x[i] = (float)(-copysign(1, u) * log(1 - fabs(u)));
        x[i] = !negative && x[i] < 0 ? 0 : x[i];
    }
}

static double squares(const float *x, const float *y) {
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += (double)(x[i] - y[i]) * (double)(x[i] - y[i]);
    return sum / N;
}

/* Wider and narrower grids of as many values do worse; of many the reach is the published one. */
Test(quantise, fitted_grids_err_least) {
    static const float zeros[N];
    uint64_t seed = 3;
    for (int bits = 2; bits <= 4; bits++) {
        for (int negative = 0; negative < 2; negative++) {
            float x[N], y[N];
            double errors[3];
            draw_laplacian(negative, x, &seed);
            lc__grid g = lc__grid_fit(bits, negative, squares(x, zeros), INFINITY);
            cr_expect_eq(g.high - g.low, (float)((1 << bits) - 1 - negative));
            for (int k = 0; k < 3; k++) {
                lc__grid other = {g.step * (k == 0 ? 0.7F : k == 1 ? 1 : 1.4F), g.low, g.high};
                lc__grid_apply(other, x, N, y);
                errors[k] = squares(x, y);
            }
            cr_expect(errors[1] < errors[0] && errors[1] < errors[2], "%d bits: %g %g %g", bits,
                      errors[0], errors[1], errors[2]);
        }
    }
    lc__grid unit = lc__grid_fit(8, true, 2, INFINITY);
    cr_expect_float_eq(unit.step * unit.high, 9.89F, 0.02F);
    lc__grid bound = lc__grid_fit(4, false, 100, 6.0F);
    cr_expect_float_eq(bound.step * bound.high, 6.0F, 1e-5F);
}

Test(quantise, fitted_grids_pass_gradients_within) {
    const float x[] = {-0.1F, 0.0F, 2.9F, 3.0F, 3.1F}, dy[] = {1, 1, 1, 1, 1};
    const float passed[] = {0, 1, 1, 1, 0}, rounded[] = {0, 0, 3, 3, 3};
    float y[5], dx[5];
    lc__grid g = {1, 0, 3};
    lc__grid_apply(g, x, 5, y);
    lc__grid_derive(g, x, dy, 5, dx);
    for (int i = 0; i < 5; i++)
        cr_expect(y[i] == rounded[i] && dx[i] == passed[i], "%g", (double)x[i]);
    lc__grid none = lc__grid_fit(4, true, 0, INFINITY); /* of a tensor of zeros */
    lc__grid_apply(none, y, 1, y);
    cr_expect_eq(y[0], 0);
}
