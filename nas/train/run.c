/* Trainees at work. */
#include <math.h>
#include <string.h>
#include "activation.h"
#include "loss.h"
#include "rounding.h"
#include "sums.h"
#include "trainee.h"

/* Where batch-norm's statistics come from. */
typedef enum source {
    BATCH,  /* the batch; they enter the running ones */
    TRACE,  /* the batch; the running ones stay, and each node's output is checked */
    RUNNING /* the running ones */
} source;

static const float *value_of(const lc__trainee *p, const lc__batch *batch, int node) {
    return node == p->input ? batch->images : lc__buffer(p, p->y[node]);
}

/* The inputs of a stage. */
static void find_inputs(const lc__trainee *p, const lc__batch *batch, const lc__stage *stage,
                        const float **x) {
    const lc_node *node = lc_net_node(p->net, stage->node);
    for (int i = 0; i < node->n_inputs; i++)
        x[i] = value_of(p, batch, node->inputs[i]);
}

static lc__norm norm_of(const lc__trainee *p, const lc__stage *stage) {
    const lc__engine *e = p->engine;
    const lc__geometry *g = &stage->prepared->geometry;
    return (lc__norm){
        .rows = lc__n_rows(g->out),
        .channels = (size_t)g->out.c,
        .act = g->op->act,
        .epsilon = e->options.norm_epsilon,
        .momentum = e->options.norm_momentum,
        .scale = stage->norm->value,
        .offset = stage->norm->value + g->out.c,
        .reducer = e->options.reducer,
        .threads = e->threads,
        .work = e->work,
    };
}

/* ---- forward ---- */

/* Batch-norm and activation, from z to u. */
static lc_status finish_layer(lc__trainee *p, const lc__stage *stage, source from, lc_error *err) {
    const lc__geometry *g = &stage->prepared->geometry;
    const float *z = lc__buffer(p, stage->z);
    float *u = lc__buffer(p, stage->u);
    if (!stage->norm) {
        if (stage->z != stage->u)
            lc__act_apply_all(g->op->act, z, u, lc__n_values(g->out));
        return LC_OK;
    }
    lc__norm norm = norm_of(p, stage);
    float *kept = lc__buffer(p, stage->kept), *running = stage->statistics->value;
    lc_status st = LC_OK;
    if (from == RUNNING)
        lc__norm_recall(&norm, running, kept);
    else
        st = lc__norm_measure(&norm, z, kept, from == BATCH ? running : NULL, err);
    if (st == LC_OK)
        lc__norm_apply(&norm, kept, z, u);
    return st;
}

static lc_status run_stage(lc__trainee *p, const lc__batch *batch, const lc__stage *stage,
                           source from, lc_error *err) {
    const lc__prepared *l = stage->prepared;
    const float *x[LC_OP_MAX_INPUTS];
    find_inputs(p, batch, stage, x);
    lc__round_weights(p, stage);
    l->layer->forward(&l->geometry, l->state, x, lc__rounded_weights(p, stage),
                      lc__buffer(p, stage->z), lc__buffer(p, stage->saved));
    lc_status st = finish_layer(p, stage, from, err);
    return st == LC_OK ? lc__round_output(p, stage, from == BATCH, err) : st;
}

static lc_status run_forward(lc__trainee *p, const lc__batch *batch, source from, lc_error *err) {
    lc_status st = LC_OK;
    for (int s = 0; s < p->n_stages && st == LC_OK; s++)
        st = run_stage(p, batch, &p->stages[s], from, err);
    return st;
}

/* ---- what goes wrong ---- */

static bool all_finite(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

/* Runs again, stage by stage, to the first output that is not finite. With several ranks all do. */
static lc_status diverged(lc__trainee *p, const lc__batch *batch, source from, lc_error *err) {
    const lc_node *input = lc_net_node(p->net, p->input);
    const char *where = all_finite(batch->images, lc__n_values(input->shape)) ? NULL : input->id;
    for (int s = 0; s < p->n_stages; s++) {
        const lc__stage *stage = &p->stages[s];
        lc_status st = run_stage(p, batch, stage, from == RUNNING ? RUNNING : TRACE, err);
        if (st != LC_OK)
            return st;
        const float *y = lc__buffer(p, p->y[stage->node]);
        if (!where && !all_finite(y, lc__n_values(stage->prepared->geometry.out)))
            where = lc_net_node(p->net, stage->node)->id;
    }
    lc_error_set(err, LC_ERUNTIME,
                 "training diverges: epoch %d, step %lld: the loss is not finite%s%.100s: go on "
                 "from the last checkpoint with a lower rate",
                 batch->when.epoch, (long long)batch->when.step,
                 where ? ", nor is what comes out of node " : "", where ? where : "");
    return LC_ERUNTIME;
}

static lc_status check_labels(const lc__trainee *p, const lc__batch *batch, lc_error *err) {
    int images = lc_net_node(p->net, p->input)->shape.n;
    for (int i = 0; i < images; i++)
        if (batch->labels[i] >= p->classes) {
            lc_error_set(err, LC_EFORMAT,
                         "image %d of the batch has label %d; the net tells %d classes apart", i,
                         batch->labels[i], p->classes);
            return LC_EFORMAT;
        }
    return LC_OK;
}

/* ---- loss ---- */

/* Scores the logits over all ranks; dlogits, unless NULL, is the gradient of the mean loss. */
static lc_status score(lc__trainee *p, const lc__batch *batch, float *dlogits, lc__outcome *outcome,
                       lc_error *err) {
    size_t images = (size_t)lc_net_node(p->net, p->input)->shape.n, classes = (size_t)p->classes;
    lc__tally own = lc__loss(lc__trainee_logits(p), batch->labels, images, classes,
                             p->engine->options.smoothing, dlogits);
    double sums[] = {own.loss, own.correct, own.counted};
    lc_status st = lc__reduce_f64(p->engine->options.reducer, sums, 3, err);
    double share = sums[2] > 0 ? 1 / sums[2] : 0;
    *outcome = (lc__outcome){sums[0] * share, sums[1], sums[2]};
    for (size_t i = 0; dlogits && i < images * classes; i++)
        dlogits[i] *= (float)share;
    return st;
}

static lc_status run(lc__trainee *p, const lc__batch *batch, source from, float *dlogits,
                     lc__outcome *outcome, lc_error *err) {
    lc_status st = check_labels(p, batch, err);
    if (st == LC_OK)
        st = run_forward(p, batch, from, err);
    if (st == LC_OK)
        st = score(p, batch, dlogits, outcome, err);
    if (st == LC_OK && !isfinite(outcome->loss))
        st = diverged(p, batch, from, err);
    return st;
}

lc_status lc__trainee_evaluate(lc__trainee *p, const lc__batch *batch, lc__outcome *outcome,
                               lc_error *err) {
    return run(p, batch, RUNNING, NULL, outcome, err);
}

lc_status lc__trainee_measure(lc__trainee *p, const lc__batch *batch, lc__outcome *outcome,
                              lc_error *err) {
    return run(p, batch, BATCH, NULL, outcome, err);
}

/* ---- backward ---- */

/* Back through batch-norm and activation, in place: from the gradient by u to that by z. */
static lc_status unfinish_layer(lc__trainee *p, const lc__stage *stage, float *dy, lc_error *err) {
    const lc__geometry *g = &stage->prepared->geometry;
    const float *z = lc__buffer(p, stage->z);
    if (!stage->norm) {
        if (lc__stage_activates(stage))
            lc__act_derive_all(g->op->act, z, dy, dy, lc__n_values(g->out));
        return LC_OK;
    }
    lc__slot *slot = stage->norm;
    lc__norm norm = norm_of(p, stage);
    if (!slot->touched)
        memset(slot->gradient, 0, slot->n * sizeof *slot->gradient);
    slot->touched = true;
    return lc__norm_derive(&norm, lc__buffer(p, stage->kept), z, dy, slot->gradient,
                           slot->gradient + norm.channels, err);
}

static void add_to(float *sum, const float *x, size_t n) {
#pragma omp parallel for simd if (n > 16384)
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

/* Sums the weights' gradient over the ranks, and with what the slot holds already. */
static lc_status take_weights(lc__trainee *p, const lc__stage *stage, float *dw, lc_error *err) {
    lc__slot *slot = stage->weights;
    lc_status st = lc__reduce_f32(p->engine->options.reducer, dw, slot->n, err);
    if (slot->touched)
        add_to(slot->gradient, dw, slot->n);
    slot->touched = true;
    return st;
}

static lc_status unrun_stage(lc__trainee *p, const lc__batch *batch, const lc__stage *stage,
                             lc_error *err) {
    const lc__prepared *l = stage->prepared;
    const lc_node *node = lc_net_node(p->net, stage->node);
    float *dy = lc__buffer(p, p->dy[stage->node]), *dx[LC_OP_MAX_INPUTS], *dw = NULL;
    const float *x[LC_OP_MAX_INPUTS];
    lc__unround_output(p, stage, dy);
    lc_status st = unfinish_layer(p, stage, dy, err);
    if (st != LC_OK)
        return st;
    find_inputs(p, batch, stage, x);
    for (int i = 0; i < node->n_inputs; i++)
        dx[i] = lc__buffer(p, stage->dx[i]);
    if (stage->weights)
        dw = stage->weights->touched ? lc__buffer(p, stage->dw) : stage->weights->gradient;
    l->layer->backward(&l->geometry, l->state, x, lc__rounded_weights(p, stage),
                       lc__buffer(p, stage->z), lc__buffer(p, stage->saved), dy, dx, dw);
    lc__unround_weights(stage, dw);
    for (int i = 0; i < node->n_inputs; i++)
        if (stage->adds[i])
            add_to(lc__buffer(p, p->dy[node->inputs[i]]), dx[i], lc__n_values(l->geometry.in[i]));
    return stage->weights ? take_weights(p, stage, dw, err) : LC_OK;
}

/* The products of a node's output and its gradient, for each gate that is on it. */
static void take_gates(const lc__trainee *p, const lc__stage *stage, double *gates) {
    size_t count = lc__n_values(stage->prepared->geometry.out);
    for (int i = 0; i < p->n_gates; i++)
        if (p->gates[i] == stage->node)
            gates[i] = lc__sum_products(lc__buffer(p, p->y[stage->node]),
                                        lc__buffer(p, p->dy[stage->node]), count);
}

lc_status lc__trainee_train(lc__trainee *p, const lc__batch *batch, lc__outcome *outcome,
                            double *gates, lc_error *err) {
    if (!p->trains) {
        lc_error_set(err, LC_EUSAGE, "the trainee was made for evaluation alone");
        return LC_EUSAGE;
    }
    float *dlogits = lc__buffer(p, p->dy[lc_net_output(p->net)]);
    lc_status st = run(p, batch, BATCH, dlogits, outcome, err);
    for (int i = 0; i < p->n_gates && gates; i++)
        gates[i] = 0;
    for (int s = p->n_stages - 1; s >= 0 && st == LC_OK; s--) {
        if (gates)
            take_gates(p, &p->stages[s], gates);
        st = unrun_stage(p, batch, &p->stages[s], err);
    }
    if (st == LC_OK && gates && p->n_gates)
        st = lc__reduce_f64(p->engine->options.reducer, gates, (size_t)p->n_gates, err);
    return st;
}
