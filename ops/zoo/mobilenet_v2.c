/* MobileNetV2, width 1.0 (Sandler et al., arXiv:1801.04381, table 2). For images of less than 64
 * pixels the first stride is left out, so that 32 become 2x2 positions at the end and not one. */
#include "zoo/zoo.h"

/* expansion t, output channels c, repeats n, stride s of the first */
static const struct {
    int t, c, n, s;
} rows[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
            {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

static int bottleneck(lc__build *b, int x, int expansion, int channels, int stride) {
    int in_channels = lc__build_channels(b, x), wide = in_channels * expansion, y = x;
    if (expansion > 1)
        y = lc__build_conv(b, "expand", y, (lc__conv){wide, .act = LC_ACT_RELU6});
    y = lc__build_conv(
        b, "depthwise", y,
        (lc__conv){wide, .kernel = 3, .stride = stride, .groups = wide, .act = LC_ACT_RELU6});
    y = lc__build_conv(b, "project", y, (lc__conv){.channels = channels});
    return stride == 1 && in_channels == channels ? lc__build_add(b, "add", x, y, LC_ACT_NONE) : y;
}

void lc__zoo_mobilenet_v2(lc__build *b, lc__zoo_images images) {
    int block = 0, stride = images.side < 64 ? 1 : 2;
    int x = lc__build_input(b, (lc_shape){1, images.side, images.side, 3});
    x = lc__build_conv(b, "stem", x,
                       (lc__conv){32, .kernel = 3, .stride = stride, .act = LC_ACT_RELU6});
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        for (int i = 0; i < rows[r].n; i++, block++) {
            lc__build_scope(b, "block%d.", block);
            x = bottleneck(b, x, rows[r].t, rows[r].c, i ? 1 : rows[r].s);
        }
    }
    lc__build_scope(b, "head.");
    x = lc__build_conv(b, "conv", x, (lc__conv){1280, .act = LC_ACT_RELU6});
    x = lc__build_plain(b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    lc__build_linear(b, "classifier", x, images.classes, LC_ACT_NONE);
}
