/* squeeze_excite: means over the image, two dense layers on them, a broadcast product. */
#include <stdlib.h>

#include "onednn_graph.h"

/* The two dense layers: means [N, C] in rows to gates [N, C] in rows. */
static lc_status excite(lc__dn_graph *g, const lc_op *op, lc_shape gate, int means, int *gates) {
    size_t c = (size_t)gate.c, s = (size_t)op->squeeze, n = (size_t)gate.n;
    int middle;
    float *w1 = NULL;
    LC__TRY(lc__dn_buffer_new(g, n * s * lc__dn_size(g->type), &middle));
    LC__TRY(lc__dn_buffer_new(g, n * c * lc__dn_size(g->type), gates));
    LC__TRY(lc__dn_weights(g, &w1));
    const float *b1 = w1 + s * c, *w2 = b1 + s, *b2 = w2 + s * c;
    lc_status status = lc__dn_dense(g, means, middle, gate.n, gate.c, op->squeeze, w1, b1,
                                    (lc__dn_epilogue){.act = LC_ACT_RELU});
    if (status == LC_OK) {
        status = lc__dn_dense(g, middle, *gates, gate.n, op->squeeze, gate.c, w2, b2,
                              (lc__dn_epilogue){.act = op->act});
    }
    free(w1);
    return status;
}

lc_status lc__dn_squeeze_excite(lc__dn_graph *g, const lc_node *node) {
    lc_shape in = node->shape, gate = {in.n, 1, 1, in.c};
    lc_op whole = lc__dn_whole_window(in);
    dnnl_memory_desc_t pooled_md, rows_md, gate_md;
    lc__dn_tensor x;
    int pooled, means, gates, b, y;
    dnnl_data_type_t computed = g->type;
    g->type = lc__dn_type(lc__dn_dtype(g, g->node)); /* the image stays as it is stored */
    LC__TRY(lc__dn_value(g, node->inputs[0], &x));
    LC__TRY(lc__dn_pool_to(g, &whole, &x, in, gate, &pooled_md, &pooled));
    g->type = computed;
    LC__TRY(lc__dn_tensor_md(g, gate, dnnl_nhwc, &rows_md));
    LC__TRY(lc__dn_gate_md(g, gate, &x.md, &gate_md));
    LC__TRY(lc__dn_reorder(g, pooled, &pooled_md, &rows_md, &means));
    LC__TRY(excite(g, &node->op, gate, means, &gates));
    LC__TRY(lc__dn_reorder(g, gates, &rows_md, &gate_md, &b));
    LC__TRY(lc__dn_result(g, &x.md, &y));
    return lc__dn_binary(g, dnnl_binary_mul, &x, b, &gate_md, y);
}
