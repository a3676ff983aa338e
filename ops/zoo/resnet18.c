/* ResNet-18 (He et al., arXiv:1512.03385, table 1): two basic blocks a stage, a 1x1 convolution on
 * the shortcut where the shape changes. */
#include "zoo/zoo.h"

enum { STAGES = 4, BLOCKS = 2 };

static int basic_block(lc__build *b, int x, int channels, int stride) {
    int y = lc__build_conv(b, "conv1", x,
                           (lc__conv){channels, .kernel = 3, .stride = stride, .act = LC_ACT_RELU});
    y = lc__build_conv(b, "conv2", y, (lc__conv){channels, .kernel = 3});
    if (stride != 1 || lc__build_channels(b, x) != channels)
        x = lc__build_conv(b, "shortcut", x, (lc__conv){channels, .stride = stride});
    return lc__build_add(b, "add", x, y, LC_ACT_RELU);
}

void lc__zoo_resnet18(lc__build *b, lc__zoo_images images) {
    (void)images;
    int channels = 64;
    int x = lc__build_input(b, (lc_shape){1, LC__ZOO_SIDE, LC__ZOO_SIDE, 3});
    x = lc__build_conv(b, "stem", x,
                       (lc__conv){channels, .kernel = 7, .stride = 2, .act = LC_ACT_RELU});
    x = lc__build_pool(b, "stem.pool", LC_OP_MAX_POOL, x, 3, 2, 1);
    for (int stage = 0; stage < STAGES; stage++, channels *= 2) {
        for (int i = 0; i < BLOCKS; i++) {
            lc__build_scope(b, "stage%d.block%d.", stage, i);
            x = basic_block(b, x, channels, stage > 0 && i == 0 ? 2 : 1);
        }
    }
    lc__build_scope(b, "head.");
    x = lc__build_plain(b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    lc__build_linear(b, "classifier", x, LC__ZOO_CLASSES, LC_ACT_NONE);
}
