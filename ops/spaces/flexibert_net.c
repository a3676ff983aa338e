/* FlexiBERT's encoder as its authors' code runs it: the three projections of every head, whatever
 * the head then does with them; the heads side by side; a stack of feed-forward layers; a
 * projection where the next layer is of another width. */
#include "spaces/flexibert_net.h"

#include <stdio.h>

#include "spaces/transformer.h"

const lc__flexibert_text lc__flexibert_glue = {.tokens = 128, .vocabulary = 50265, .classes = 2};

/* ConvBERT's (arXiv:2008.02496, section 3.3): what stands around a key, by a depthwise and a
 * pointwise convolution, times the query gives the logits of the token's own window. */
static int dynamic_convolution(lc__build *b, lc__tf_projections p, int kernel) {
    int width = lc__build_channels(b, p.keys);
    lc_op window = lc_op_init(LC_OP_CONV2D), slide = lc_op_init(LC_OP_DYNAMIC_CONV);
    lc_op product = lc_op_init(LC_OP_MUL);
    window.kernel_w = slide.kernel_w = kernel;
    window.pad_w = kernel / 2;
    window.groups = window.out_channels = width;
    int keys = lc__build_op(b, "window", &window, &p.keys, 1);
    keys = lc__build_conv(b, "point", keys, (lc__conv){.channels = width});
    int y = lc__build_op(b, "match", &product, (const int[]){p.query, keys}, 2);
    y = lc__build_linear(b, "logits", y, kernel, LC_ACT_NONE);
    int values = lc__build_linear(b, "spread", p.values, width, LC_ACT_NONE);
    return lc__build_op(b, "slide", &slide, (const int[]){values, y}, 2);
}

static int transform(lc__build *b, int x, bool cosine) {
    lc_op op = lc_op_init(LC_OP_FOURIER);
    op.cosine = cosine;
    return lc__build_op(b, "transform", &op, &x, 1);
}

static int head(lc__build *b, int x, const lc__flexibert_layer *layer, int i) {
    lc__tf_projections p = lc__tf_project(b, x, layer->head_width);
    switch (layer->heads[i]) {
    case LC__FLEXIBERT_SDP:
        return lc__tf_attend(b, "attend", LC_OP_SDPA, 1, p.query, p.keys, p.values);
    case LC__FLEXIBERT_WMA:
        return lc__tf_attend(b, "attend", LC_OP_WMA, 1, p.query, p.keys, p.values);
    case LC__FLEXIBERT_DFT:
        return transform(b, p.values, false);
    case LC__FLEXIBERT_DCT:
        return transform(b, p.values, true);
    case LC__FLEXIBERT_CONV:
        break;
    }
    return dynamic_convolution(b, p, layer->kernels[i]);
}

static int encoder_layer(lc__build *b, int x, const lc__flexibert_layer *layer, int number) {
    int heads[LC__FLEXIBERT_HEADS] = {0};
    for (int i = 0; i < layer->n_heads; i++) {
        lc__build_scope(b, "layer%d.head%d.", number, i);
        heads[i] = head(b, x, layer, i);
    }
    lc__build_scope(b, "layer%d.", number);
    lc_op concat = lc_op_init(LC_OP_CONCAT);
    int y = heads[0];
    if (layer->n_heads > 1)
        y = lc__build_op(b, "heads", &concat, heads, layer->n_heads);
    y = lc__build_linear(b, "out", y, layer->width, LC_ACT_NONE);
    x = y = lc__tf_join(b, "attention", x, y);
    for (int i = 0; i < layer->n_ffn; i++) {
        char id[16];
        snprintf(id, sizeof id, "ffn%d", i);
        y = lc__build_linear(b, id, y, layer->ffn[i], LC_ACT_GELU);
    }
    y = lc__build_linear(b, "back", y, layer->width, LC_ACT_NONE);
    return lc__tf_join(b, "ffn", x, y);
}

lc_status lc__flexibert_build(const lc__flexibert_text *text, const lc__flexibert *shape,
                              lc_net *net, lc_error *err) {
    lc__build b = {.net = net, .err = err};
    int x = lc__build_input(&b, (lc_shape){1, 1, text->tokens, 1});
    x = lc__tf_embedding(&b, "words", x, text->vocabulary, shape->layers[0].width);
    x = lc__build_plain(&b, "norm", LC_OP_LAYER_NORM, x);
    for (int i = 0; i < shape->n_layers; i++) {
        if (lc__build_channels(&b, x) != shape->layers[i].width)
            x = lc__build_linear(&b, "project", x, shape->layers[i].width, LC_ACT_NONE);
        x = encoder_layer(&b, x, &shape->layers[i], i);
    }
    lc__build_scope(&b, "head.");
    x = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    x = lc__build_linear(&b, "dense", x, lc__build_channels(&b, x), LC_ACT_SIGMOID);
    lc__build_linear(&b, "classes", x, text->classes, LC_ACT_NONE);
    return b.status;
}
