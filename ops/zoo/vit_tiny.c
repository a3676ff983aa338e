/* ViT-Tiny with patches of 16 (Touvron et al., arXiv:2012.12877, table 1; layers as Dosovitskiy et
 * al., arXiv:2010.11929, section 3.1). The class token is replaced by the mean over the tokens, and
 * the position embedding, an addition of constants, is left out: 196 tokens and not 197.
 */
#include "zoo/zoo.h"

enum { PATCH = 16, WIDTH = 192, HEADS = 3, LAYERS = 12, MLP = 4 * WIDTH };

static int encoder_layer(lc__build *b, int x) {
    lc_op attention = lc_op_init(LC_OP_ATTENTION);
    attention.heads = HEADS;
    int y = lc__build_plain(b, "norm1", LC_OP_LAYER_NORM, x);
    y = lc__build_op(b, "attention", &attention, &y, 1);
    x = lc__build_add(b, "add1", x, y, LC_ACT_NONE);
    y = lc__build_plain(b, "norm2", LC_OP_LAYER_NORM, x);
    y = lc__build_linear(b, "mlp1", y, MLP, LC_ACT_GELU);
    y = lc__build_linear(b, "mlp2", y, WIDTH, LC_ACT_NONE);
    return lc__build_add(b, "add2", x, y, LC_ACT_NONE);
}

void lc__zoo_vit_tiny(lc__build *b, lc__zoo_images images) {
    (void)images;
    lc_op patches = lc_op_init(LC_OP_CONV2D);
    patches.kernel_h = patches.kernel_w = patches.stride_h = patches.stride_w = PATCH;
    patches.out_channels = WIDTH;
    int x = lc__build_input(b, (lc_shape){1, LC__ZOO_SIDE, LC__ZOO_SIDE, 3});
    x = lc__build_op(b, "patches", &patches, &x, 1);
    for (int layer = 0; layer < LAYERS; layer++) {
        lc__build_scope(b, "layer%d.", layer);
        x = encoder_layer(b, x);
    }
    lc__build_scope(b, "head.");
    x = lc__build_plain(b, "norm", LC_OP_LAYER_NORM, x);
    x = lc__build_plain(b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    lc__build_linear(b, "classifier", x, LC__ZOO_CLASSES, LC_ACT_NONE);
}
