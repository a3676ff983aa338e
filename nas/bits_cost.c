/* What bit widths cost: size, and forecasts. */
#include "bits.h"

#define BITS_PER_KB 8000.0
#define BIAS_BITS 32

static lc_shape input_shape(const lc_nas_bits *b, const lc_node *node) {
    return node->n_inputs ? lc_net_node(b->net, node->inputs[0])->shape : (lc_shape){0};
}

void lc_nas_bits_size(const lc_nas_bits *b, double *table, double *base) {
    int layer = 0;
    *base = 0;
    for (int i = 0; i < lc_net_size(b->net); i++) {
        const lc_node *node = lc_net_node(b->net, i);
        double weights = (double)lc_op_weight_count(&node->op, input_shape(b, node));
        if (layer == b->problem.n_positions || b->layer[layer] != i) {
            *base += weights * LC_NAS_BITS_MOST / BITS_PER_KB;
            continue;
        }
        double biases = node->op.bias ? (double)node->shape.c : 0;
        *base += biases * BIAS_BITS / BITS_PER_KB;
        for (int o = 0; o < b->problem.n_options[layer]; o++)
            *table++ = (weights - biases) * lc_nas_bits_width(b, layer, o).weight / BITS_PER_KB;
        layer++;
    }
}

static lc_status forecast(void *ctx, const int *choices, double *value, lc_error *err) {
    const lc_nas_bits_forecast *f = ctx;
    lc_net *net;
    lc_forecast answer;
    lc_status st = lc_nas_bits_net(f->bits, choices, &net, err);
    if (st != LC_OK)
        return st;
    st = lc_predictor_query(f->predictor, net, &answer, err);
    *value = answer.latency;
    lc_net_free(net);
    return st;
}

lc_nas_measure lc_nas_bits_measure(lc_nas_bits_forecast *of) {
    return (lc_nas_measure){.ctx = of, .value = forecast};
}
