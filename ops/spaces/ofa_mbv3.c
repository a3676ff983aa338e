/* Once-for-All on MobileNetV3 (Cai et al., arXiv:1908.09791, section 4.1; widths, strides and
 * activations as MobileNetV3-Large, arXiv:1905.02244, table 1): five units of two to four blocks,
 * each with a kernel and an expansion of its own, images of 224 x 224, width 1.0.
 *
 * A unit's third and fourth block may be left out, so depths are choices of single positions: all
 * blocks of a unit but the first have one shape, whichever of them is left out. */
#include "build.h"
#include "spaces/layout.h"
#include "spaces/spaces.h"

enum { UNITS = 5, BLOCKS = 4, CHOICES = 9, CLASSES = 1000 };

/* Choice c: kernel kernels[c / 3], expansion expansions[c % 3]; CHOICES is none. */
static const char *const names[CHOICES + 1] = {"k3e3", "k3e4", "k3e6", "k5e3", "k5e4",
                                               "k5e6", "k7e3", "k7e4", "k7e6", "skip"};
static const int kernels[] = {3, 5, 7}, expansions[] = {3, 4, 6};

static const lc__field needed = {"kernel and expansion", CHOICES, names};
static const lc__field optional = {"kernel and expansion", CHOICES + 1, names};
static const lc__group groups[2 * UNITS] = {
    {2, 1, &needed},   {2, 1, &optional}, {2, 1, &needed},   {2, 1, &optional}, {2, 1, &needed},
    {2, 1, &optional}, {2, 1, &needed},   {2, 1, &optional}, {2, 1, &needed},   {2, 1, &optional}};
static const lc__layout layout = {"net of OFA's MobileNetV3", 2 * UNITS, groups};

static const struct {
    int channels, stride; /* of the first block */
    lc_act act;
    bool gated;
} units[UNITS] = {{24, 2, LC_ACT_RELU, false},
                  {40, 2, LC_ACT_RELU, true},
                  {80, 2, LC_ACT_HSWISH, false},
                  {112, 1, LC_ACT_HSWISH, true},
                  {160, 2, LC_ACT_HSWISH, true}};

/* A quarter of the channels, as a multiple of 8 that is not less by more than a tenth. */
static int gate_width(int channels) {
    int quarter = channels / 4, width = (quarter + 4) / 8 * 8;
    width = width < 8 ? 8 : width;
    return 10 * width < 9 * quarter ? width + 8 : width;
}

static int unit(lc__build *b, int x, int number, const int *choices) {
    for (int i = 0; i < BLOCKS; i++) {
        if (choices[i] == CHOICES)
            continue;
        lc_op block = lc_op_init(LC_OP_INVERTED_RESIDUAL);
        block.kernel_h = block.kernel_w = kernels[choices[i] / 3];
        block.expand = expansions[choices[i] % 3];
        block.stride_h = block.stride_w = i == 0 ? units[number].stride : 1;
        block.out_channels = units[number].channels;
        block.act = units[number].act;
        if (units[number].gated)
            block.squeeze = gate_width(lc__build_channels(b, x) * block.expand);
        lc__build_scope(b, "unit%d.block%d", number, i);
        x = lc__build_op(b, "", &block, &x, 1);
    }
    return x;
}

static lc_status build(const int *choices, lc_net *net, lc_error *err) {
    lc__build b = {.net = net, .err = err};
    lc_op first = lc_op_init(LC_OP_INVERTED_RESIDUAL);
    first.kernel_h = first.kernel_w = 3;
    first.expand = 1;
    first.out_channels = 16;
    first.act = LC_ACT_RELU;
    int x = lc__build_input(&b, (lc_shape){1, 224, 224, 3});
    x = lc__build_conv(&b, "stem", x,
                       (lc__conv){16, .kernel = 3, .stride = 2, .act = LC_ACT_HSWISH});
    x = lc__build_op(&b, "first", &first, &x, 1);
    for (int u = 0; u < UNITS; u++, choices += BLOCKS)
        x = unit(&b, x, u, choices);
    lc__build_scope(&b, "head.");
    x = lc__build_conv(&b, "conv", x, (lc__conv){960, .act = LC_ACT_HSWISH});
    x = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    x = lc__build_linear(&b, "mix", x, 1280, LC_ACT_HSWISH);
    x = lc__build_linear(&b, "classifier", x, CLASSES, LC_ACT_NONE);
    return b.status ? b.status : lc_net_set_output(net, x, err);
}

LC__LAYOUT_FUNCTIONS(layout)

const lc_space lc__space_ofa_mbv3 = {
    .name = "ofa_mbv3",
    .title =
        "Once-for-All's MobileNetV3: 5 units of 2 to 4 blocks, kernel 3 to 7, expansion 3 to 6, "
        "input 224x224x3",
    .n_positions = UNITS * BLOCKS,
    .n_options = n_options,
    .option_name = option_name,
    .build = build,
    .parse = parse,
    .format = format,
};
