#include "trial.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../ops/backends/random_op.h"
#include "../../ops/backends/reference.h"
#include "base/rng.h"

/* Aligned, as the engine's arrays are. */
static float *array(size_t n) {
    float *x = aligned_alloc(64, (n * sizeof *x / 64 + 1) * 64);
    cr_assert_not_null(x);
    return x;
}

static float *random_values(size_t n, float range, uint64_t *seed) {
    float *x = array(n);
    for (size_t i = 0; i < n; i++)
        x[i] = range * (2.0F * (float)lc__rng_unit(seed) - 1.0F);
    return x;
}

static float *nans(size_t n) {
    float *x = array(n);
    memset(x, 0xff, n * sizeof *x);
    return x;
}

static void take_geometry(trial *t, const lc_net *net) {
    const lc_node *node = lc_net_node(net, lc_net_output(net));
    t->op = node->op;
    if (lc__layer_is_normed(t->op.type)) {
        t->op.bias = false;
        t->op.act = LC_ACT_NONE;
    }
    t->g = (lc__geometry){.op = &t->op, .n_in = node->n_inputs, .out = node->shape};
    for (int i = 0; i < node->n_inputs; i++)
        t->g.in[i] = lc_net_node(net, node->inputs[i])->shape;
}

trial *trial_new(lc_op_type type, float range, uint64_t *seed) {
    lc_net *net = random_op_net(type, LC_DTYPE_F32, seed);
    trial *t = calloc(1, sizeof *t);
    t->layer = lc__layer_find(type);
    cr_assert_not_null(t->layer, "%s has no layer", lc_op_type_name(type));
    take_geometry(t, net);
    lc_net_free(net);
    cr_assert_leq(t->g.n_in, TRIAL_INPUTS);
    for (int i = 0; i < t->g.n_in; i++) {
        t->n_x[i] = lc__n_values(t->g.in[i]);
        t->x[i] = random_values(t->n_x[i], range, seed);
        t->dx[i] = nans(t->n_x[i]);
    }
    t->n_w = t->layer->n_weights ? t->layer->n_weights(&t->g) : 0;
    cr_expect_eq(t->n_w, (size_t)lc_op_weight_count(&t->op, t->g.in[0]), "%s",
                 lc_op_type_name(type));
    t->n_z = lc__n_values(t->g.out);
    t->w = random_values(t->n_w, range, seed);
    t->dw = nans(t->n_w);
    t->z = nans(t->n_z);
    t->dz = random_values(t->n_z, 1.0F, seed);
    t->saved = nans(t->layer->n_saved ? t->layer->n_saved(&t->g) : 0);
    return t;
}

void trial_prepare(trial *t, lc_status (*prepare)(const lc__geometry *, void **, lc_error *)) {
    lc_error err = {0};
    prepare = prepare ? prepare : t->layer->prepare;
    if (prepare)
        cr_assert_eq(prepare(&t->g, &t->state, &err), LC_OK, "%s", err.message);
}

void trial_run(trial *t) {
    memset(t->z, 0xff, t->n_z * sizeof *t->z);
    memset(t->dw, 0xff, t->n_w * sizeof *t->dw);
    for (int i = 0; i < t->g.n_in; i++)
        memset(t->dx[i], 0xff, t->n_x[i] * sizeof *t->dx[i]);
    const float *const *x = (const float *const *)t->x;
    t->layer->forward(&t->g, t->state, x, t->w, t->z, t->saved);
    t->layer->backward(&t->g, t->state, x, t->w, t->z, t->saved, t->dz, t->dx, t->dw);
}

void trial_release(trial *t) {
    if (t->layer->release && t->state)
        t->layer->release(t->state);
    t->state = NULL;
}

void trial_free(trial *t) {
    trial_release(t);
    for (int i = 0; i < TRIAL_INPUTS; i++) {
        free(t->x[i]);
        free(t->dx[i]);
    }
    free(t->w);
    free(t->dw);
    free(t->z);
    free(t->dz);
    free(t->saved);
    free(t);
}

double *trial_reference(const trial *t, const lc_op *op, const float *w, double **bound) {
    double *y = malloc(t->n_z * sizeof *y), *size = malloc(t->n_z * sizeof *size), terms = 0;
    reference_run(op, t->g.in, (const float *const *)t->x, t->g.n_in, w, t->g.out, y, size, &terms);
    if (bound)
        *bound = size;
    else
        free(size);
    return y;
}

void trial_expect_forward(const trial *t, const lc_op *op, const float *w) {
    double *bound, *y = trial_reference(t, op, w, &bound);
    for (size_t i = 0; i < t->n_z; i++) {
        double off = fabs((double)t->z[i] - y[i]);
        if (!(off <= 4e-6 * bound[i] + 1e-6)) {
            cr_expect(false, "%s: z[%zu] is %g, not %g", lc_op_type_name(op->type), i,
                      (double)t->z[i], y[i]);
            break;
        }
    }
    free(bound);
    free(y);
}

/* sum z dz, of the reference. */
static double objective(const trial *t) {
    double *y = trial_reference(t, &t->op, t->w, NULL), sum = 0;
    for (size_t i = 0; i < t->n_z; i++)
        sum += y[i] * (double)t->dz[i];
    free(y);
    return sum;
}

/* The derivative by *p: floats that a step leads to exactly, and a double difference. */
static double difference(const trial *t, float *p) {
    const float was = *p;
    volatile float up = was + 0x1p-7F, down = was - 0x1p-7F;
    *p = up;
    double above = objective(t);
    *p = down;
    double below = objective(t);
    *p = was;
    return (above - below) / ((double)up - (double)down);
}

static void expect_some(const trial *t, const char *what, float *x, const float *dx, size_t n,
                        uint64_t *seed) {
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += (double)dx[i] * (double)dx[i] / (double)n;
    for (int k = 0; k < 12 && n > 0; k++) {
        size_t i = (size_t)lc__rng_below(seed, n);
        double right = difference(t, &x[i]), off = fabs(right - (double)dx[i]);
        cr_expect(off <= 2e-3 * (fabs(right) + sqrt(square)) + 1e-5, "%s: %s[%zu] is %g, not %g",
                  lc_op_type_name(t->op.type), what, i, (double)dx[i], right);
    }
}

void trial_expect_gradients(trial *t, uint64_t *seed) {
    for (int i = 0; i < t->g.n_in; i++)
        expect_some(t, "dx", t->x[i], t->dx[i], t->n_x[i], seed);
    expect_some(t, "dw", t->w, t->dw, t->n_w, seed);
}
