/* Convolutions by cuDNN, channels last. */
#include <string.h>

#include "cuda_net.h"

/* Of cuDNN's enumerations. */
enum { NHWC = 1, FLOAT = 0, CROSS_CORRELATION = 1, FMA_MATH = 3, ALGORITHMS = 8 };

static int describe(const lc__cuda_dnn *dnn, const lc_node *node, lc_shape in, lc__cuda_conv *c) {
    const lc_op *op = &node->op;
    lc_shape out = node->shape;
    int code = dnn->tensor_create(&c->x);
    code = code ? code : dnn->tensor_create(&c->y);
    code = code ? code : dnn->filter_create(&c->filter);
    code = code ? code : dnn->conv_create(&c->conv);
    code = code ? code : dnn->tensor_set(c->x, NHWC, FLOAT, in.n, in.c, in.h, in.w);
    code = code ? code : dnn->tensor_set(c->y, NHWC, FLOAT, out.n, out.c, out.h, out.w);
    code = code ? code
                : dnn->filter_set(c->filter, FLOAT, NHWC, out.c, in.c / op->groups, op->kernel_h,
                                  op->kernel_w);
    code = code ? code
                : dnn->conv_set(c->conv, op->pad_h, op->pad_w, op->stride_h, op->stride_w, 1, 1,
                                CROSS_CORRELATION, FLOAT);
    code = code ? code : dnn->conv_groups(c->conv, op->groups);
    /* f32 means f32: tensor cores would round the factors to TF32 */
    return code ? code : dnn->conv_math(c->conv, FMA_MATH);
}

/* Takes the algorithm that cuDNN's heuristics put first among those that run. */
static bool choose(const lc__cuda *cuda, lc__cuda_conv *c) {
    lc__cudnn_perf found[ALGORITHMS];
    int n = 0;
    if (cuda->dnn.conv_algorithms(cuda->dnn_handle, c->x, c->filter, c->conv, c->y, ALGORITHMS, &n,
                                  found) != 0) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        if (found[i].status == 0) {
            c->algorithm = found[i].algorithm;
            c->workspace = found[i].memory;
            return true;
        }
    }
    return false;
}

static lc_status run(const lc__cuda_net *g, const lc__cuda_step *step, lc_error *err) {
    const lc__cuda_conv *c = &step->conv;
    const float one = 1, none = 0;
    int code = g->cuda->dnn.conv_forward(
        g->cuda->dnn_handle, &one, c->x, step->args.x, c->filter, step->args.w, c->conv,
        c->algorithm, lc__cuda_at(g->workspace), c->workspace, &none, c->y, step->args.y);
    return code == 0
               ? LC_OK
               : lc_error_set(err, LC_ERUNTIME, "cuDNN failed at a convolution: error %d", code);
}

/* One workspace for all, as they follow each other on one stream. */
static lc_status reserve(lc__cuda_net *g, size_t bytes) {
    if (bytes <= g->workspace_bytes) {
        return LC_OK;
    }
    g->workspace_bytes = bytes;
    return lc__cuda_alloc(g, (bytes + sizeof(float) - 1) / sizeof(float), &g->workspace);
}

lc_status lc__cuda_dnn_conv(lc__cuda_net *g, const lc_node *node, lc_shape in, uint64_t weights,
                            bool *taken) {
    lc__cuda_step step = {.run = run};
    *taken = false;
    if (g->cuda->dnn_handle == NULL) {
        return LC_OK;
    }
    lc_status s = LC_OK;
    if (describe(&g->cuda->dnn, node, in, &step.conv) == 0 && choose(g->cuda, &step.conv)) {
        step.args.x = lc__cuda_at(g->buffer[node->inputs[0]]);
        step.args.w = lc__cuda_at(weights);
        step.args.y = lc__cuda_at(g->buffer[g->node]);
        s = reserve(g, step.conv.workspace);
        /* algorithms that are promised are at times not there */
        *taken = s == LC_OK && run(g, &step, NULL) == LC_OK;
    }
    if (s == LC_OK && *taken) {
        s = lc__cuda_add_step(g, &step);
    }
    if (s != LC_OK || !*taken) {
        lc__cuda_dnn_release(g->cuda, &step.conv);
    }
    return s;
}

void lc__cuda_dnn_release(const lc__cuda *cuda, lc__cuda_conv *c) {
    if (c->x != NULL) {
        cuda->dnn.tensor_destroy(c->x);
    }
    if (c->y != NULL) {
        cuda->dnn.tensor_destroy(c->y);
    }
    if (c->filter != NULL) {
        cuda->dnn.filter_destroy(c->filter);
    }
    if (c->conv != NULL) {
        cuda->dnn.conv_destroy(c->conv);
    }
    memset(c, 0, sizeof *c);
}
