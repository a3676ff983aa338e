/* Layers without products, adder and shift: their kernels and gradients against what the papers
 * define. The adder's gradients are no derivatives, so differences say nothing of them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "train/adder.h"
#include "train/shift.h"
#include "trial.h"

enum { ROUNDS = 40 };

/* Sums of double terms, and of their magnitudes. */
typedef struct sums {
    double *value, *size;
} sums;

static sums sums_new(size_t n) {
    return (sums){calloc(n, sizeof(double)), calloc(n, sizeof(double))};
}

static void sums_free(sums s) {
    free(s.value);
    free(s.size);
}

static void add(sums s, size_t at, double term, double size) {
    s.value[at] += term;
    s.size[at] += size;
}

static void expect_sums(const trial *t, const char *what, const float *x, sums s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!(fabs((double)x[i] - s.value[i]) <= 4e-6 * s.size[i] + 1e-6)) {
            cr_expect(false, "%s: %s[%zu] is %g, not %g", lc_op_type_name(t->op.type), what, i,
                      (double)x[i], s.value[i]);
            return;
        }
    }
}

/* One term of a window: x[i] (i past the end: padding), w[k], dz. */
typedef void term_fn(const trial *t, size_t i, size_t k, double dz, sums dx, sums dw);

static void adder_term(const trial *t, size_t i, size_t k, double dz, sums dx, sums dw) {
    double x = i < t->n_x[0] ? (double)t->x[0][i] : 0, w = (double)t->w[k];
    add(dw, k, dz * (x - w), fabs(dz) * (fabs(x) + fabs(w)));
    if (i < t->n_x[0])
        add(dx, i, dz * fmax(-1, fmin(1, w - x)), fabs(dz));
}

static void shift_term(const trial *t, size_t i, size_t k, double dz, sums dx, sums dw) {
    double x = i < t->n_x[0] ? (double)t->x[0][i] : 0;
    double w = (double)lc__shift_round(t->w[k]);
    add(dw, k, dz * x, fabs(dz * x));
    if (i < t->n_x[0])
        add(dx, i, dz * w, fabs(dz * w));
}

/* All terms of the window at output o. */
static void each_tap(const trial *t, size_t o, term_fn *term, sums dx, sums dw) {
    const lc_op *op = &t->op;
    lc_shape in = t->g.in[0], out = t->g.out;
    int channel = (int)(o % (size_t)out.c), column = (int)(o / (size_t)out.c) % out.w;
    int row = (int)(o / (size_t)(out.c * out.w)) % out.h;
    int n = (int)(o / (size_t)(out.c * out.w * out.h));
    int depth = in.c / op->groups, group = channel / (out.c / op->groups);
    size_t k = (size_t)channel * (size_t)(op->kernel_h * op->kernel_w * depth);
    for (int tap = 0; tap < op->kernel_h * op->kernel_w; tap++) {
        int y = row * op->stride_h - op->pad_h + tap / op->kernel_w;
        int x = column * op->stride_w - op->pad_w + tap % op->kernel_w;
        bool inside = y >= 0 && y < in.h && x >= 0 && x < in.w;
        for (int c = 0; c < depth; c++, k++) {
            size_t i =
                (((size_t)n * (size_t)in.h + (size_t)y) * (size_t)in.w + (size_t)x) * (size_t)in.c +
                (size_t)(group * depth + c);
            term(t, inside ? i : SIZE_MAX, k, (double)t->dz[o], dx, dw);
        }
    }
}

static void expect_backward(const trial *t, term_fn *term) {
    sums dx = sums_new(t->n_x[0]), dw = sums_new(t->n_w);
    for (size_t o = 0; o < t->n_z; o++)
        each_tap(t, o, term, dx, dw);
    expect_sums(t, "dx", t->dx[0], dx, t->n_x[0]);
    expect_sums(t, "dw", t->dw, dw, t->n_w);
    sums_free(dx);
    sums_free(dw);
}

/* Every set of kernels that this CPU has, on operators of any stride, padding and groups; values
 * wide enough to be clipped. */
Test(adder, is_as_defined_by_all_kernels) {
    uint64_t seed = 11;
    for (int round = 0; round < ROUNDS; round++) {
        trial *t = trial_new(LC_OP_ADDER_CONV2D, 2.0F, &seed);
        for (const lc__adder_kernels *const *k = lc__adder_kernels_here(); *k; k++) {
            lc_error err = {0};
            cr_assert_eq(lc__adder_prepare(&t->g, *k, &t->state, &err), LC_OK, "%s", err.message);
            trial_run(t);
            trial_expect_forward(t, &t->op, t->w);
            expect_backward(t, adder_term);
            trial_release(t);
        }
        trial_free(t);
    }
}

/* The layer of the stem has no use for the gradient of the image. */
Test(adder, leaves_out_a_gradient_that_is_not_wanted) {
    uint64_t seed = 5;
    trial *t = trial_new(LC_OP_ADDER_CONV2D, 1.0F, &seed);
    trial_prepare(t, NULL);
    trial_run(t);
    float *again = malloc(t->n_w * sizeof *again), *const none[] = {NULL};
    t->layer->backward(&t->g, t->state, (const float *const *)t->x, t->w, t->z, t->saved, t->dz,
                       none, again);
    cr_expect_eq(memcmp(again, t->dw, t->n_w * sizeof *again), 0);
    cr_expect(t->layer->adaptive_rate);
    free(again);
    trial_free(t);
}

Test(shift, is_a_convolution_by_the_rounded_weights) {
    uint64_t seed = 12;
    for (int round = 0; round < ROUNDS; round++) {
        trial *t = trial_new(LC_OP_SHIFT_CONV2D, 0.9F, &seed);
        float *rounded = malloc(t->n_w * sizeof *rounded);
        for (size_t i = 0; i < t->n_w; i++)
            rounded[i] = lc__shift_round(t->w[i]);
        trial_prepare(t, NULL);
        trial_run(t);
        trial_expect_forward(t, &t->op, rounded);
        expect_backward(t, shift_term);
        free(rounded);
        trial_free(t);
    }
}

/* The nearest power by its logarithm: sqrt 2 parts 1 from 2. */
Test(shift, rounds_to_powers) {
    static const struct {
        float w, power;
    } cases[] = {{1.0F, 1.0F},         {0.75F, 1.0F},         {0.7F, 0.5F},
                 {-0.3F, -0.25F},      {3.0F, 1.0F},          {-1e30F, -1.0F},
                 {0.0F, 0.0078125F},   {-0.0F, -0.0078125F},  {0.001F, 0.0078125F},
                 {0.0111F, 0.015625F}, {0.0110F, 0.0078125F}, {-1e-40F, -0.0078125F}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(lc__shift_round(cases[i].w), cases[i].power, "%g gave %g", (double)cases[i].w,
                     (double)lc__shift_round(cases[i].w));
    cr_expect(isnan(lc__shift_round(NAN)));
}

/* A weight beyond 1 computes as 1: steps that lead further out would never end. */
Test(shift, weights_are_not_driven_beyond_the_largest_power) {
    uint64_t seed = 3;
    trial *t = trial_new(LC_OP_SHIFT_CONV2D, 3.0F, &seed);
    trial_prepare(t, NULL);
    trial_run(t);
    size_t held = 0, free_to_go = 0;
    for (size_t i = 0; i < t->n_w; i++) {
        bool beyond = fabsf(t->w[i]) > 1.0F;
        cr_expect(!(beyond && t->w[i] * t->dw[i] < 0.0F), "w %g, dw %g", (double)t->w[i],
                  (double)t->dw[i]);
        held += beyond && t->dw[i] == 0.0F;
        free_to_go += t->dw[i] != 0.0F;
    }
    cr_expect(held > 0 && free_to_go > 0);
    trial_free(t);
}

/* The layers draw what they hold, and the same from the same seed. */
Test(free_layers, draw_their_weights) {
    static const lc_op_type types[] = {LC_OP_ADDER_CONV2D, LC_OP_SHIFT_CONV2D};
    for (size_t k = 0; k < 2; k++) {
        uint64_t seed = 20, a = 1, b = 1;
        trial *t = trial_new(types[k], 1.0F, &seed);
        double square = 0;
        t->layer->init(&t->g, &a, t->w);
        t->layer->init(&t->g, &b, t->dw);
        cr_expect_eq(memcmp(t->w, t->dw, t->n_w * sizeof *t->w), 0);
        for (size_t i = 0; i < t->n_w; i++)
            square += (double)t->w[i] * (double)t->w[i] / (double)t->n_w;
        cr_expect(square > 0.001 && square < 3.1, "%g", square);
        trial_free(t);
    }
}
