/* FlexiBERT's encoder as its authors' code runs it: the three projections of every head, whatever
 * the head then does with them; the heads side by side; a stack of feed-forward layers; a
 * projection where the next layer is of another width. */
#include "tasks/edgetran.h"

#include <stdio.h>

#include "tasks/transformer.h"

enum { TOKENS = 128, VOCABULARY = 50265, CLASSES = 2 };

/* The window's weights follow from query and key; the weighted sum over the window, K products an
 * element, is drawn as a linear layer from those K weights and a product, as many. */
static int dynamic_convolution(lc__build *b, int query, int keys, int values, int kernel) {
    int width = lc__build_channels(b, keys);
    lc_op window = lc_op_init(LC_OP_CONV2D);
    window.kernel_w = kernel;
    window.pad_w = kernel / 2;
    window.groups = window.out_channels = width;
    keys = lc__build_op(b, "window", &window, &keys, 1);
    keys = lc__build_conv(b, "point", keys, (lc__conv){.channels = width});
    lc_op product = lc_op_init(LC_OP_MUL);
    int y = lc__build_op(b, "match", &product, (const int[]){query, keys}, 2);
    y = lc__build_linear(b, "weights", y, kernel, LC_ACT_NONE);
    y = lc__build_plain(b, "softmax", LC_OP_SOFTMAX, y);
    values = lc__build_linear(b, "spread", values, width, LC_ACT_NONE);
    y = lc__build_linear(b, "sum", y, width, LC_ACT_NONE);
    return lc__build_op(b, "mix", &product, (const int[]){y, values}, 2);
}

static int head(lc__build *b, int x, const lc__flexibert_layer *layer, int i) {
    int width = layer->head_width;
    int query = lc__build_linear(b, "query", x, width, LC_ACT_NONE);
    int keys = lc__build_linear(b, "keys", x, width, LC_ACT_NONE);
    int values = lc__build_linear(b, "values", x, width, LC_ACT_NONE);
    switch (layer->heads[i]) {
    case LC__FLEXIBERT_WMA:
        query = lc__build_linear(b, "weigh", query, width, LC_ACT_NONE);
        return lc__tf_attend(b, query, keys, values);
    case LC__FLEXIBERT_SDP:
        return lc__tf_attend(b, query, keys, values);
    case LC__FLEXIBERT_LINEAR:
        return lc__build_plain(b, "transform", LC_OP_FOURIER, values);
    case LC__FLEXIBERT_CONV:
        break;
    }
    return dynamic_convolution(b, query, keys, values, layer->kernels[i]);
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

static void build(lc__build *b, const lc__flexibert *shape) {
    int x = lc__build_input(b, (lc_shape){1, 1, TOKENS, 1});
    x = lc__tf_embedding(b, "words", x, VOCABULARY, shape->layers[0].width);
    x = lc__build_plain(b, "norm", LC_OP_LAYER_NORM, x);
    for (int i = 0; i < shape->n_layers; i++) {
        if (lc__build_channels(b, x) != shape->layers[i].width)
            x = lc__build_linear(b, "project", x, shape->layers[i].width, LC_ACT_NONE);
        x = encoder_layer(b, x, &shape->layers[i], i);
    }
    lc__build_scope(b, "head.");
    x = lc__build_plain(b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    x = lc__build_linear(b, "dense", x, lc__build_channels(b, x), LC_ACT_SIGMOID);
    lc__build_linear(b, "classes", x, CLASSES, LC_ACT_NONE);
}

lc_status lc__flexibert_net(const char *name, const lc__flexibert *shape, lc_net **out,
                            lc_error *err) {
    lc__build b = {.net = lc_net_new(name), .err = err};
    if (!b.net)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    build(&b, shape);
    if (b.status)
        lc_net_free(b.net);
    else
        *out = b.net;
    return b.status;
}
