#include "rounding.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "ops/op_rules.h"
#include "quantise.h"
#include "sums.h"

/* Of lc__stage.squares. */
enum { MEAN, BATCHES, SQUARES };

/* ---- what is rounded ---- */

/* True where the stage that makes the input's values, in a chain of those that keep signs, makes
 * none below 0. */
static bool inputs_positive(const lc__trainee *p, const lc__stage *stage) {
    const lc_node *node = lc_net_node(p->net, stage->node);
    for (int i = 0; i < node->n_inputs; i++) {
        int s = 0;
        while (s < p->n_stages && p->stages[s].node != node->inputs[i])
            s++;
        if (s == p->n_stages || !p->stages[s].positive)
            return false;
    }
    return true;
}

static bool is_positive(const lc__trainee *p, const lc__stage *stage) {
    lc_act act = stage->op->act;
    if (lc__stage_activates(stage) || stage->op->type == LC_OP_ACTIVATION)
        return act == LC_ACT_RELU || act == LC_ACT_RELU6 || act == LC_ACT_SIGMOID ||
               act == LC_ACT_HSIGMOID;
    switch (stage->op->type) {
    case LC_OP_SPATIAL_SHIFT:
    case LC_OP_MAX_POOL:
    case LC_OP_AVG_POOL:
    case LC_OP_GLOBAL_AVG_POOL:
    case LC_OP_ADD:
    case LC_OP_MUL:
    case LC_OP_CONCAT:
    case LC_OP_CHANNEL_SHUFFLE:
    case LC_OP_SQUEEZE_EXCITE:
        return inputs_positive(p, stage);
    default:
        return stage->op->type == LC_OP_SOFTMAX;
    }
}

static bool is_integer(const lc_op *op) {
    return op->dtype == LC_DTYPE_INT8 || op->dtype == LC_DTYPE_INT16;
}

static bool is_fitted(const lc__trainee *p, const lc__stage *stage) {
    return p->engine->options.scale == LC__SCALE_FITTED && is_integer(stage->op);
}

static bool computes(const lc_op *op) {
    return lc__op_rule_of(op->type)->accepts >> LC__ATTR_ACT_BITS & 1;
}

lc_status lc__rounding_prepare(lc__trainee *p, const char *key, lc__stage *stage, lc_error *err) {
    char name[LC__KEY_MAX];
    bool made;
    stage->rounds = lc__quantises_values(stage->op);
    stage->rounds_weights = stage->weights && lc__quantises_weights(stage->op);
    stage->positive = is_positive(p, stage);
    if (!is_fitted(p, stage))
        return LC_OK;
    stage->rounds = computes(stage->op) && stage->node != lc_net_output(p->net);
    snprintf(name, sizeof name, "%.200s/squares", key);
    return stage->rounds ? lc__store_slot(p->store, name, LC__SLOT_STATISTICS, SQUARES,
                                          &stage->squares, &made, err)
                         : LC_OK;
}

/* ---- outputs ---- */

static float most_of(lc_act act) {
    return act == LC_ACT_RELU6                               ? 6.0F
           : act == LC_ACT_SIGMOID || act == LC_ACT_HSIGMOID ? 1.0F
                                                             : INFINITY;
}

static lc__grid fitted(const lc__stage *stage, double mean_square) {
    const lc_op *op = stage->op;
    int bits = op->act_bits > 0 ? op->act_bits : op->dtype == LC_DTYPE_INT8 ? 8 : 16;
    bool gate = op->type == LC_OP_SQUEEZE_EXCITE; /* whose `act` is not that of its output */
    return lc__grid_fit(bits, !stage->positive, mean_square, gate ? INFINITY : most_of(op->act));
}

static lc_status measure(const lc__trainee *p, const float *u, size_t n, double *mean_square,
                         lc_error *err) {
    double sums[] = {lc__sum_products(u, u, n), (double)n};
    lc_status st = lc__reduce_f64(p->engine->options.reducer, sums, 2, err);
    *mean_square = sums[0] / sums[1];
    return st;
}

/* As batch-norm's statistics: the plain average of the first batches, fading from there on. */
static void gather(const lc__trainee *p, float *squares, double now) {
    float momentum = p->engine->options.norm_momentum, weight = 1.0F / (squares[BATCHES] + 1.0F);
    if (weight < momentum)
        weight = momentum;
    else
        squares[BATCHES] += 1.0F;
    squares[MEAN] += weight * ((float)now - squares[MEAN]);
}

/* The mean square that the scale is fitted to. */
static lc_status find_scale(const lc__trainee *p, const lc__stage *stage, bool gathers,
                            double *mean_square, lc_error *err) {
    float *squares = stage->squares->value;
    size_t n = lc__n_values(stage->prepared->geometry.out);
    lc_status st = LC_OK;
    if (gathers || squares[BATCHES] < 1)
        st = measure(p, lc__buffer(p, stage->u), n, mean_square, err);
    if (st == LC_OK && gathers)
        gather(p, squares, *mean_square);
    if (squares[BATCHES] >= 1)
        *mean_square = (double)squares[MEAN];
    return st;
}

lc_status lc__round_output(const lc__trainee *p, const lc__stage *stage, bool gathers,
                           lc_error *err) {
    size_t n = lc__n_values(stage->prepared->geometry.out);
    const float *u = lc__buffer(p, stage->u);
    float *y = lc__buffer(p, p->y[stage->node]);
    double mean_square = 0;
    lc_status st = LC_OK;
    if (!stage->rounds)
        return LC_OK;
    if (stage->squares)
        st = find_scale(p, stage, gathers, &mean_square, err);
    if (st == LC_OK && stage->squares)
        lc__grid_apply(fitted(stage, mean_square), u, n, y);
    else if (st == LC_OK)
        lc__quantise_values(stage->op, u, n, y);
    return st;
}

void lc__unround_output(const lc__trainee *p, const lc__stage *stage, float *dy) {
    size_t n = lc__n_values(stage->prepared->geometry.out);
    const float *u = lc__buffer(p, stage->u);
    if (!stage->rounds)
        return;
    if (stage->squares)
        lc__grid_derive(fitted(stage, (double)stage->squares->value[MEAN]), u, dy, n, dy);
    else
        lc__quantise_values_derive(stage->op, u, dy, n, dy);
}

/* ---- weights ---- */

/* Weights are those of g->out.c outputs, and biases behind them. */
static size_t per_output(const lc__stage *stage) {
    return stage->weights->n / (size_t)stage->prepared->geometry.out.c -
           (stage->op->type == LC_OP_LINEAR && stage->op->bias);
}

void lc__round_weights(const lc__trainee *p, const lc__stage *stage) {
    if (!stage->rounds_weights)
        return;
    size_t outputs = (size_t)stage->prepared->geometry.out.c, n = outputs * per_output(stage);
    const float *w = stage->weights->value;
    float *rounded = lc__buffer(p, stage->rounded);
    lc__quantise_weights(stage->op, outputs, per_output(stage), w, rounded);
    memcpy(rounded + n, w + n, (stage->weights->n - n) * sizeof *w);
}

const float *lc__rounded_weights(const lc__trainee *p, const lc__stage *stage) {
    if (!stage->weights)
        return NULL;
    return stage->rounds_weights ? lc__buffer(p, stage->rounded) : stage->weights->value;
}

void lc__unround_weights(const lc__stage *stage, float *dw) {
    if (stage->rounds_weights)
        lc__quantise_weights_derive(stage->op, (size_t)stage->prepared->geometry.out.c,
                                    per_output(stage), stage->weights->value, dw);
}
