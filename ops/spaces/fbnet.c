/* FBNet for CIFAR-100 (Wu et al., arXiv:1812.03443, table 1; shapes as HW-NAS-Bench,
 * arXiv:2103.10584, measured them): a stem, 22 positions of inverted residual blocks, a head.
 */
#include "spaces/spaces.h"

#include <stdio.h>
#include <stdlib.h>

#include "build.h"

enum { SKIP = 8, OPTIONS = 9, POSITIONS = 22, CLASSES = 100 };

/* Choices 0 .. 7; 8 is skip. */
static const struct {
    const char *name;
    int kernel, expansion, groups;
} blocks[OPTIONS] = {
    {"k3_e1", 3, 1, 1}, {"k3_e1_g2", 3, 1, 2}, {"k3_e3", 3, 3, 1},
    {"k3_e6", 3, 6, 1}, {"k5_e1", 5, 1, 1},    {"k5_e1_g2", 5, 1, 2},
    {"k5_e3", 5, 3, 1}, {"k5_e6", 5, 6, 1},    {"skip", 0, 0, 0},
};

/* Stages: positions, output channels, stride of the first. */
static const struct {
    int positions, channels, stride;
} stages[] = {{1, 16, 1},  {4, 24, 1},  {4, 32, 2}, {4, 64, 2},
              {4, 112, 1}, {4, 184, 2}, {1, 352, 1}};

static int block(lc__build *b, int x, int choice, int channels, int stride) {
    int in_channels = lc__build_channels(b, x);
    bool same = stride == 1 && in_channels == channels;
    if (choice == SKIP)
        return same ? x
                    : lc__build_conv(b, "skip", x,
                                     (lc__conv){channels, .stride = stride, .act = LC_ACT_RELU});
    int wide = in_channels * blocks[choice].expansion, groups = blocks[choice].groups;
    int y = lc__build_conv(b, "expand", x, (lc__conv){wide, .groups = groups, .act = LC_ACT_RELU});
    if (groups > 1) {
        lc_op shuffle = lc_op_init(LC_OP_CHANNEL_SHUFFLE);
        shuffle.groups = groups;
        y = lc__build_op(b, "shuffle", &shuffle, &y, 1);
    }
    y = lc__build_conv(b, "depthwise", y,
                       (lc__conv){wide, .kernel = blocks[choice].kernel, .stride = stride,
                                  .groups = wide, .act = LC_ACT_RELU});
    y = lc__build_conv(b, "project", y, (lc__conv){channels, .groups = groups});
    return same ? lc__build_add(b, "add", x, y, LC_ACT_NONE) : y;
}

static lc_status build(const int *choices, lc_net *net, lc_error *err) {
    lc__build b = {.net = net, .err = err};
    int x = lc__build_input(&b, (lc_shape){1, 32, 32, 3});
    int position = 0;
    x = lc__build_conv(&b, "stem", x, (lc__conv){16, .kernel = 3, .act = LC_ACT_RELU});
    for (size_t s = 0; s < sizeof stages / sizeof *stages; s++) {
        for (int i = 0; i < stages[s].positions; i++, position++) {
            lc__build_scope(&b, "block%d.", position);
            x = block(&b, x, choices[position], stages[s].channels, i ? 1 : stages[s].stride);
        }
    }
    lc__build_scope(&b, "head.");
    x = lc__build_conv(&b, "conv", x, (lc__conv){1504, .act = LC_ACT_RELU});
    x = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    x = lc__build_linear(&b, "classifier", x, CLASSES, LC_ACT_NONE);
    return b.status ? b.status : lc_net_set_output(net, x, err);
}

static int n_options(int position) {
    (void)position;
    return OPTIONS;
}

static const char *option_name(int position, int option) {
    (void)position;
    return option >= 0 && option < OPTIONS ? blocks[option].name : NULL;
}

/* "7-8-1-...", one digit a position. */
static lc_status parse(const char *arch, int *choices, lc_error *err) {
    const char *p = arch;
    for (int i = 0; i < POSITIONS; i++) {
        char end = i + 1 < POSITIONS ? '-' : '\0';
        if (p[0] < '0' || p[0] > '0' + SKIP || p[1] != end)
            return lc_error_set(err, LC_EFORMAT,
                                "\"%.60s\" is no FBNet: %d digits 0 .. %d joined by '-' were "
                                "expected (wrong at position %d)",
                                arch, POSITIONS, SKIP, i);
        choices[i] = p[0] - '0';
        p += 2;
    }
    return LC_OK;
}

static void format(const int *choices, char *buf, size_t size) {
    size_t at = 0;
    for (int i = 0; i < POSITIONS && at < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%d", i ? "-" : "", choices[i]);
}

const lc_space lc__space_fbnet = {
    .name = "fbnet",
    .title = "FBNet, CIFAR-100: 22 inverted residual blocks of 9 kinds, input 32x32x3",
    .n_positions = POSITIONS,
    .n_options = n_options,
    .option_name = option_name,
    .build = build,
    .parse = parse,
    .format = format,
};
