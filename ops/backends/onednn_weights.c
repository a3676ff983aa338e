/* Weights as the products take them: drawn, and as integers where need be. */
#include <stdlib.h>

#include "kernels/quant.h"
#include "onednn_graph.h"
#include "weights.h"

lc_status lc__dn_weights(lc__dn_graph *g, float **weights) {
    const lc_node *node = lc_net_node(g->net, g->node);
    lc_shape in = lc_net_node(g->net, node->inputs[0])->shape;
    size_t count = (size_t)lc_op_weight_count(&node->op, in);
    LC__TRY(lc__dn_count_passing(g, (double)count * sizeof **weights));
    *weights = malloc((count + 1) * sizeof **weights);
    if (*weights == NULL) {
        return lc__dn_no_memory(g);
    }
    lc__weights_draw(g->net, g->node, g->seed, *weights);
    return LC_OK;
}

/* Integers, with one step per output. */
static lc_status quantise(lc__dn_graph *g, const float *weights, const float *bias, size_t outputs,
                          size_t depth, lc__dn_weighting *w) {
    size_t size = outputs * (2 * sizeof(float) + depth);
    LC__TRY(lc__dn_count_passing(g, (double)size));
    w->memory = malloc(size);
    if (w->memory == NULL) {
        return lc__dn_no_memory(g);
    }
    float *scales = w->memory, *biases = scales + outputs;
    int8_t *values = (int8_t *)(biases + outputs);
    for (size_t o = 0; o < outputs; o++) {
        float step = lc__weight_step(weights + o * depth, depth, 8);
        scales[o] = step * lc__dn_unit(dnnl_s8);
        biases[o] = bias != NULL ? bias[o] / scales[o] : 0.0F;
        for (size_t i = o * depth; i < (o + 1) * depth; i++) {
            values[i] = lc__quantise_weight(weights[i], step);
        }
    }
    w->type = dnnl_s8;
    w->values = values;
    w->bias = bias != NULL ? biases : NULL;
    w->scales = scales;
    w->n_scales = outputs;
    return LC_OK;
}

lc_status lc__dn_weighting_of(lc__dn_graph *g, const float *weights, const float *bias,
                              size_t outputs, size_t depth, lc__dn_weighting *w) {
    *w = (lc__dn_weighting){.type = dnnl_f32, .values = weights, .bias = bias};
    return g->type == dnnl_s8 ? quantise(g, weights, bias, outputs, depth, w) : LC_OK;
}
