/* A hybrid space after NASA (Shi et al., arXiv:2210.13361): FBNet's inverted residual
 * blocks, each made of convolutions, of shifts or of adders alone, for images of 32 x 32 and 10
 * classes. NASA's supernet has FBNet's 22 positions; this one is as narrow and shallow as two CPU
 * cores can train. On small maps there is attention besides, before a sum as in a transformer with
 * layer_norm first (arXiv:2002.04745). Stem and head are convolutions, as in NASA.
 */
#include "build.h"
#include "spaces/layout.h"
#include "spaces/spaces.h"

enum {
    FORMS = 4,
    KINDS = 3,
    SKIP = KINDS * FORMS,
    ATTENTION,
    OPTIONS,
    STAGES = 4,
    HEAD_WIDTH = 16,
    CLASSES = 10
};

/* Choice c < SKIP: kind c / FORMS, form c % FORMS. */
static const char *const names[OPTIONS] = {"conv_k3e3",  "conv_k3e6",  "conv_k5e3",  "conv_k5e6",
                                           "shift_k3e3", "shift_k3e6", "shift_k5e3", "shift_k5e6",
                                           "adder_k3e3", "adder_k3e6", "adder_k5e3", "adder_k5e6",
                                           "skip",       "attention"};
static const lc_op_type kinds[KINDS] = {LC_OP_CONV2D, LC_OP_SHIFT_CONV2D, LC_OP_ADDER_CONV2D};
static const struct { int kernel, expansion; } forms[FORMS] = {{3, 3}, {3, 6}, {5, 3}, {5, 6}};

/* Where the shape changes there is neither skip nor attention, and attention only on maps of 8 x 8
 * and less. */
static const lc__field changes = {"block", SKIP, names};
static const lc__field stays = {"block", SKIP + 1, names};
static const lc__field small = {"block", OPTIONS, names};

/* Stages: positions, output channels, stride of the first; maps of 32, 16, 8 and 4. */
static const struct {
    int positions, channels, stride;
} stages[STAGES] = {{1, 16, 1}, {3, 24, 2}, {4, 48, 2}, {3, 64, 2}};
static const lc__group groups[] = {{1, 1, &stays},   {1, 1, &changes}, {2, 1, &stays},
                                   {1, 1, &changes}, {3, 1, &small},   {1, 1, &changes},
                                   {2, 1, &small}};
static const lc__layout layout = {"net of the NASA space", sizeof groups / sizeof *groups, groups};

enum { POSITIONS = 11 };

static int attention(lc__build *b, int x) {
    lc_op op = lc_op_init(LC_OP_ATTENTION);
    op.heads = lc__build_channels(b, x) / HEAD_WIDTH;
    int y = lc__build_plain(b, "norm", LC_OP_LAYER_NORM, x);
    y = lc__build_op(b, "attention", &op, &y, 1);
    return lc__build_add(b, "add", x, y, LC_ACT_NONE);
}

static int block(lc__build *b, int x, int choice, int channels, int stride) {
    if (choice == SKIP)
        return x;
    if (choice == ATTENTION)
        return attention(b, x);
    lc_op_type type = kinds[choice / FORMS];
    int in_channels = lc__build_channels(b, x);
    int wide = in_channels * forms[choice % FORMS].expansion;
    int y = lc__build_conv(b, "expand", x, (lc__conv){wide, .act = LC_ACT_RELU, .type = type});
    y = lc__build_conv(b, "depthwise", y,
                       (lc__conv){wide, .kernel = forms[choice % FORMS].kernel, .stride = stride,
                                  .groups = wide, .act = LC_ACT_RELU, .type = type});
    y = lc__build_conv(b, "project", y, (lc__conv){channels, .type = type});
    return stride == 1 && in_channels == channels ? lc__build_add(b, "add", x, y, LC_ACT_NONE) : y;
}

static lc_status build(const int *choices, lc_net *net, lc_error *err) {
    lc__build b = {.net = net, .err = err};
    int x = lc__build_input(&b, (lc_shape){1, 32, 32, 3});
    int position = 0;
    x = lc__build_conv(&b, "stem", x, (lc__conv){16, .kernel = 3, .act = LC_ACT_RELU});
    for (int s = 0; s < STAGES; s++) {
        for (int i = 0; i < stages[s].positions; i++, position++) {
            lc__build_scope(&b, "block%d.", position);
            x = block(&b, x, choices[position], stages[s].channels, i ? 1 : stages[s].stride);
        }
    }
    lc__build_scope(&b, "head.");
    x = lc__build_conv(&b, "conv", x, (lc__conv){256, .act = LC_ACT_RELU});
    x = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    x = lc__build_linear(&b, "classifier", x, CLASSES, LC_ACT_NONE);
    return b.status ? b.status : lc_net_set_output(net, x, err);
}

static int n_options(int position) {
    return lc__layout_options(&layout, position);
}

static const char *option_name(int position, int option) {
    return lc__layout_option_name(&layout, position, option);
}

static lc_status parse(const char *arch, int *choices, lc_error *err) {
    return lc__layout_parse(&layout, arch, choices, err);
}

static void format(const int *choices, char *buf, size_t size) {
    lc__layout_format(&layout, choices, buf, size);
}

const lc_space lc__space_nasa = {
    .name = "nasa",
    .title =
        "NASA's hybrid blocks of convolutions, shifts or adders, with attention: 11 positions, "
        "input 32x32x3, 10 classes",
    .n_positions = POSITIONS,
    .n_options = n_options,
    .option_name = option_name,
    .build = build,
    .parse = parse,
    .format = format,
};
