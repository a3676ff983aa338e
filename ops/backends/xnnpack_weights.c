/* Weights as XNNPACK's products take them: in its order, and as integers where need be. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/quant.h"
#include "weights.h"
#include "xnnpack_graph.h"

lc_status lc__xn_draw(lc__xn_graph *g, float **weights) {
    const lc_node *node = lc_net_node(g->net, g->node);
    lc_shape in = lc_net_node(g->net, node->inputs[0])->shape;
    size_t count = (size_t)lc_op_weight_count(&node->op, in);
    free(g->drawn);
    g->drawn = NULL;
    lc__ledger_give(g->ledger, g->drawn_bytes);
    g->drawn_bytes = 0;
    LC__TRY(lc__xn_count(g, (double)count * sizeof(float)));
    g->drawn_bytes = (double)count * sizeof(float);
    g->drawn = malloc((count + 1) * sizeof *g->drawn);
    if (g->drawn == NULL) {
        return lc_error_set(g->err, LC_ENOMEM, "no memory to prepare net \"%s\"",
                            lc_net_name(g->net));
    }
    lc__weights_draw(g->net, g->node, g->seed, g->drawn);
    *weights = g->drawn;
    return LC_OK;
}

typedef struct filter {
    const float *weights, *bias;
    size_t outputs, depth;
    const size_t *dims;
    size_t n_dims, channel;
    bool turned; /* [depth][outputs] wanted */
} filter;

static lc_status define_floats(lc__xn_graph *g, size_t n_dims, const size_t *dims, const void *data,
                               uint32_t *id) {
    LC__XN_TRY(g, "constant",
               g->xn->define_tensor_value(g->subgraph, xnn_datatype_fp32, n_dims, dims, data,
                                          XNN_INVALID_VALUE_ID, 0, id));
    return LC_OK;
}

static void turn(const filter *f, float *to) {
    for (size_t i = 0; i < f->depth; i++) {
        for (size_t o = 0; o < f->outputs; o++) {
            *to++ = f->weights[o * f->depth + i];
        }
    }
}

static lc_status floats(lc__xn_graph *g, const filter *f, lc__xn_weights *w) {
    void *values = NULL, *biases = NULL;
    size_t count = f->outputs * f->depth;
    LC__TRY(lc__xn_keep(g, count * sizeof(float), &values));
    LC__TRY(lc__xn_keep(g, f->outputs * sizeof(float), &biases));
    if (f->turned) {
        turn(f, values);
    } else {
        memcpy(values, f->weights, count * sizeof(float));
    }
    LC__TRY(define_floats(g, f->n_dims, f->dims, values, &w->filter));
    if (f->bias == NULL) {
        return LC_OK;
    }
    memcpy(biases, f->bias, f->outputs * sizeof(float));
    return define_floats(g, 1, &f->outputs, biases, &w->bias);
}

static void quantise_row(const filter *f, size_t o, float step, int8_t *values) {
    for (size_t i = 0; i < f->depth; i++) {
        int8_t q = lc__quantise_weight(f->weights[o * f->depth + i], step);
        values[f->turned ? i * f->outputs + o : o * f->depth + i] = q;
    }
}

static lc_status define_integers(lc__xn_graph *g, enum xnn_datatype type, const float *scales,
                                 size_t n_dims, size_t channel, const size_t *dims,
                                 const void *data, uint32_t *id) {
    LC__XN_TRY(g, "constant",
               g->xn->define_channelwise_quantized_tensor_value(g->subgraph, type, scales, n_dims,
                                                                channel, dims, data,
                                                                XNN_INVALID_VALUE_ID, 0, id));
    return LC_OK;
}

/* One step per output; biases count in the steps of the products. */
static lc_status integers(lc__xn_graph *g, const filter *f, lc__xn_weights *w) {
    void *values = NULL, *scales = NULL, *biases = NULL;
    LC__TRY(lc__xn_keep(g, f->outputs * f->depth, &values));
    LC__TRY(lc__xn_keep(g, 2 * f->outputs * sizeof(float), &scales));
    LC__TRY(lc__xn_keep(g, f->outputs * sizeof(int32_t), &biases));
    float *steps = scales, *products = steps + f->outputs;
    for (size_t o = 0; o < f->outputs; o++) {
        steps[o] = lc__weight_step(f->weights + o * f->depth, f->depth, 8);
        products[o] = steps[o] * lc__dtype_step(LC_DTYPE_INT8);
        quantise_row(f, o, steps[o], values);
        if (f->bias != NULL) {
            ((int32_t *)biases)[o] = (int32_t)lrintf(f->bias[o] / products[o]);
        }
    }
    LC__TRY(define_integers(g, xnn_datatype_qcint8, steps, f->n_dims, f->channel, f->dims, values,
                            &w->filter));
    return f->bias == NULL ? LC_OK
                           : define_integers(g, xnn_datatype_qcint32, products, 1, 0, &f->outputs,
                                             biases, &w->bias);
}

lc_status lc__xn_weights_of(lc__xn_graph *g, const float *weights, const float *bias, size_t n_dims,
                            const size_t *dims, size_t channel, lc__xn_weights *w) {
    filter f = {.weights = weights,
                .bias = bias,
                .outputs = dims[channel],
                .depth = 1,
                .dims = dims,
                .n_dims = n_dims,
                .channel = channel,
                .turned = channel + 1 == n_dims};
    for (size_t i = 0; i < n_dims; i++) {
        f.depth *= i == channel ? 1 : dims[i];
    }
    *w = (lc__xn_weights){XNN_INVALID_VALUE_ID, XNN_INVALID_VALUE_ID};
    return g->type == LC_DTYPE_INT8 ? integers(g, &f, w) : floats(g, &f, w);
}
