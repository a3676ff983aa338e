/* FlexiBERT's space of heterogeneous encoders at EdgeTran's sizes (arXiv:2205.11656, section 3.1;
 * arXiv:2303.13745): 2 to 12 layers, each with a width, a kind and a number of heads, and a
 * feed-forward width and depth of its own. The heads of a layer are of one kind and its
 * feed-forward layers of one width, which is the first level of FlexiBERT's hierarchy. Choices for
 * layers that are not there say nothing. */
#include "spaces/flexibert_net.h"
#include "spaces/layout.h"
#include "spaces/spaces.h"

enum { LAYERS = 12, FIELDS = 5, WIDTHS = 4, KINDS = 7, HEADS = 4, HIDDENS = 6, STACKS = 3 };

static const int widths[WIDTHS] = {128, 256, 512, 768}, head_counts[HEADS] = {2, 4, 8, 12};
static const int hiddens[HIDDENS] = {256, 512, 1024, 2048, 3072, 4096};

static const struct {
    lc__flexibert_op op;
    int kernel;
} kinds[KINDS] = {{LC__FLEXIBERT_SDP, 1},  {LC__FLEXIBERT_WMA, 1},  {LC__FLEXIBERT_DFT, 1},
                  {LC__FLEXIBERT_DCT, 1},  {LC__FLEXIBERT_CONV, 5}, {LC__FLEXIBERT_CONV, 9},
                  {LC__FLEXIBERT_CONV, 13}};

static const char *const depth_names[] = {"2", "4", "6", "8", "10", "12"};
static const char *const width_names[] = {"128", "256", "512", "768"};
static const char *const kind_names[] = {"sdp", "wma", "dft", "dct", "c5", "c9", "c13"};
static const char *const head_names[] = {"2", "4", "8", "12"};
static const char *const hidden_names[] = {"256", "512", "1024", "2048", "3072", "4096"};
static const char *const stack_names[] = {"1", "2", "3"};

static const lc__field depth = {"number of layers", 6, depth_names};
static const lc__field fields[FIELDS] = {{"width", WIDTHS, width_names},
                                         {"kind of heads", KINDS, kind_names},
                                         {"number of heads", HEADS, head_names},
                                         {"feed-forward width", HIDDENS, hidden_names},
                                         {"number of feed-forward layers", STACKS, stack_names}};
static const lc__group groups[] = {{1, 1, &depth}, {LAYERS, FIELDS, fields}};
static const lc__layout layout = {"encoder of FlexiBERT", 2, groups};

static lc__flexibert_layer layer_of(const int *c) {
    lc__flexibert_layer layer = {.width = widths[c[0]],
                                 .head_width = widths[c[0]] / head_counts[c[2]],
                                 .n_heads = head_counts[c[2]],
                                 .n_ffn = c[4] + 1};
    for (int i = 0; i < layer.n_heads; i++) {
        layer.heads[i] = kinds[c[1]].op;
        layer.kernels[i] = kinds[c[1]].kernel;
    }
    for (int i = 0; i < layer.n_ffn; i++)
        layer.ffn[i] = hiddens[c[3]];
    return layer;
}

static lc_status build(const int *choices, lc_net *net, lc_error *err) {
    lc__flexibert shape = {.n_layers = 2 * (choices[0] + 1)};
    const int *own = choices + 1;
    for (int i = 0; i < shape.n_layers; i++, own += FIELDS)
        shape.layers[i] = layer_of(own);
    return lc__flexibert_build(&lc__flexibert_glue, &shape, net, err);
}

LC__LAYOUT_FUNCTIONS(layout)

const lc_space lc__space_flexibert = {
    .name = "flexibert",
    .title = "FlexiBERT at EdgeTran's sizes: 2 to 12 layers of attention, transforms or dynamic "
             "convolution, 128 tokens",
    .n_positions = 1 + LAYERS * FIELDS,
    .n_options = n_options,
    .option_name = option_name,
    .build = build,
    .parse = parse,
    .format = format,
};
