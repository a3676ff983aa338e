/* NAS-Bench-201 for CIFAR-10 (Dong and Yang, arXiv:2001.00326, section 2): one cell of 4 nodes and
 * 6 edges, repeated in 3 stages. Batch-norm is folded; the net keeps operators on dead edges, as
 * frameworks do.
 */
#include "spaces/spaces.h"

#include <stdio.h>
#include <string.h>

#include "build.h"

enum { NODES = 4, EDGES = 6, CELLS = 5, STAGES = 3, CLASSES = 10 };
enum { NONE, SKIP_CONNECT, CONV_1X1, CONV_3X3, AVG_POOL_3X3, OPTIONS };

static const char *const option_names[OPTIONS] = {"none", "skip_connect", "nor_conv_1x1",
                                                  "nor_conv_3x3", "avg_pool_3x3"};

static int relu_conv(lc__build *b, const char *id, int x, lc__conv conv) {
    char relu_id[48];
    snprintf(relu_id, sizeof relu_id, "%s.relu", id);
    return lc__build_conv(b, id, lc__build_act(b, relu_id, x, LC_ACT_RELU), conv);
}

/* What arrives at the end of an edge: -1 for `none`. */
static int edge(lc__build *b, const char *id, int x, int option) {
    int channels = lc__build_channels(b, x);
    switch (option) {
    case SKIP_CONNECT:
        return x;
    case CONV_1X1:
        return relu_conv(b, id, x, (lc__conv){channels, .kernel = 1});
    case CONV_3X3:
        return relu_conv(b, id, x, (lc__conv){channels, .kernel = 3});
    case AVG_POOL_3X3:
        return lc__build_pool(b, id, LC_OP_AVG_POOL, x, 3, 1, 1);
    default:
        return -1;
    }
}

/* A node is the sum of its edges; one without any is zero. */
static int node(lc__build *b, int to, const int *earlier, const int *choices) {
    int arrived[NODES], n = 0;
    char id[32];
    for (int from = 0; from < to; from++) {
        snprintf(id, sizeof id, "%d-%d", from, to);
        int x = edge(b, id, earlier[from], choices[from]);
        if (x >= 0)
            arrived[n++] = x;
    }
    snprintf(id, sizeof id, "node%d", to);
    if (n == 0)
        return lc__build_plain(b, id, LC_OP_ZERO, earlier[0]);
    lc_op add = lc_op_init(LC_OP_ADD);
    return n == 1 ? arrived[0] : lc__build_op(b, id, &add, arrived, n);
}

static int cell(lc__build *b, int x, const int *choices) {
    int nodes[NODES] = {x};
    for (int to = 1, at = 0; to < NODES; at += to, to++)
        nodes[to] = node(b, to, nodes, choices + at);
    return nodes[NODES - 1];
}

/* The stride-2 residual block between stages, a ResNet basic block. */
static int reduction(lc__build *b, int x, int channels) {
    int y = relu_conv(b, "conv_a", x, (lc__conv){channels, .kernel = 3, .stride = 2});
    y = relu_conv(b, "conv_b", y, (lc__conv){channels, .kernel = 3});
    int shortcut = lc__build_pool(b, "shortcut.pool", LC_OP_AVG_POOL, x, 2, 2, 0);
    shortcut = lc__build_conv(b, "shortcut.conv", shortcut, (lc__conv){channels, .no_bias = true});
    return lc__build_add(b, "add", shortcut, y, LC_ACT_NONE);
}

static lc_status build(const int *choices, lc_net *net, lc_error *err) {
    lc__build b = {.net = net, .err = err};
    int channels = 16;
    int x = lc__build_input(&b, (lc_shape){1, 32, 32, 3});
    x = lc__build_conv(&b, "stem", x, (lc__conv){channels, .kernel = 3});
    for (int stage = 0; stage < STAGES; stage++) {
        if (stage > 0) {
            lc__build_scope(&b, "reduction%d.", stage);
            channels *= 2;
            x = reduction(&b, x, channels);
        }
        for (int i = 0; i < CELLS; i++) {
            lc__build_scope(&b, "stage%d.cell%d.", stage, i);
            x = cell(&b, x, choices);
        }
    }
    lc__build_scope(&b, "head.");
    /* Batch-norm after a sum has no convolution to fold into: a scale and an offset per channel. */
    x = lc__build_conv(&b, "norm", x, (lc__conv){channels, .groups = channels, .act = LC_ACT_RELU});
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
    return option >= 0 && option < OPTIONS ? option_names[option] : NULL;
}

/* The option whose name `p` begins with, or OPTIONS. */
static int match_option(const char *p) {
    int o = 0;
    while (o < OPTIONS && strncmp(p, option_names[o], strlen(option_names[o])) != 0)
        o++;
    return o;
}

/* Reads `text` off *p. */
static bool take(const char **p, const char *text) {
    size_t n = strlen(text);
    if (strncmp(*p, text, n) != 0)
        return false;
    *p += n;
    return true;
}

/* "|op~0|+|op~0|op~1|+|op~0|op~1|op~2|" */
static lc_status parse(const char *arch, int *choices, lc_error *err) {
    const char *p = arch;
    bool good = true;
    for (int to = 1, at = 0; to < NODES && good; to++) {
        good = take(&p, to > 1 ? "+|" : "|");
        for (int from = 0; from < to && good; from++, at++) {
            char tail[8];
            snprintf(tail, sizeof tail, "~%d|", from);
            choices[at] = match_option(p);
            good = choices[at] < OPTIONS;
            if (good) {
                p += strlen(option_names[choices[at]]);
                good = take(&p, tail);
            }
        }
    }
    if (good && !*p)
        return LC_OK;
    return lc_error_set(err, LC_EFORMAT,
                        "\"%.160s\" is no NAS-Bench-201 cell: "
                        "\"|op~0|+|op~0|op~1|+|op~0|op~1|op~2|\" was expected (wrong at byte %d)",
                        arch, (int)(p - arch));
}

static void format(const int *choices, char *buf, size_t size) {
    size_t at = 0;
    int edge_index = 0;
    for (int to = 1; to < NODES; to++) {
        for (int from = 0; from < to && at < size; from++, edge_index++)
            at += (size_t)snprintf(buf + at, size - at, "%s|%s~%d", from || to == 1 ? "" : "+",
                                   option_names[choices[edge_index]], from);
        if (at < size)
            at += (size_t)snprintf(buf + at, size - at, "|");
    }
}

const lc_space lc__space_nasbench201 = {
    .name = "nasbench201",
    .title = "NAS-Bench-201, CIFAR-10: a cell of 6 edges with 5 operations each, input 32x32x3",
    .n_positions = EDGES,
    .n_options = n_options,
    .option_name = option_name,
    .build = build,
    .parse = parse,
    .format = format,
};
