/* HAT's space for WMT'14 English to German (arXiv:2005.14187): widths of encoder and decoder, six
 * encoder layers, one to six decoder layers, and of each layer the width of its feed-forward part,
 * its heads, and how many of the encoder's last layers it attends to. Choices for decoder layers
 * that are not there say nothing. */
#include "spaces/hat_net.h"
#include "spaces/layout.h"
#include "spaces/spaces.h"

enum { LAYERS = 6, SIZES = 3, ENCODER = 2, DECODER = 4 };
enum { POSITIONS = SIZES + LAYERS * (ENCODER + DECODER) };

static const int widths[] = {512, 640}, hiddens[] = {1024, 2048, 3072}, heads[] = {4, 8};

static const char *const width_names[] = {"512", "640"};
static const char *const hidden_names[] = {"1024", "2048", "3072"};
static const char *const head_names[] = {"4", "8"};
static const char *const layer_names[] = {"1", "2", "3", "4", "5", "6"};

static const lc__field sizes[SIZES] = {{"encoder width", 2, width_names},
                                       {"decoder width", 2, width_names},
                                       {"number of decoder layers", LAYERS, layer_names}};
static const lc__field encoder_fields[ENCODER] = {{"feed-forward width", 3, hidden_names},
                                                  {"number of heads", 2, head_names}};
static const lc__field decoder_fields[DECODER] = {
    {"feed-forward width", 3, hidden_names},
    {"number of heads", 2, head_names},
    {"number of heads to the encoder", 2, head_names},
    {"number of encoder layers attended to", 3, layer_names}};
static const lc__group groups[] = {
    {1, SIZES, sizes}, {LAYERS, ENCODER, encoder_fields}, {LAYERS, DECODER, decoder_fields}};
static const lc__layout layout = {"transformer of HAT", 3, groups};

static const lc__hat_corpus corpus = {"wmt14ende", 30, 32768, 32768};

static lc_status build(const int *choices, lc_net *net, lc_error *err) {
    lc__hat_shape s = {.encoder_width = widths[choices[0]],
                       .encoder_layers = LAYERS,
                       .decoder_width = widths[choices[1]],
                       .decoder_layers = choices[2] + 1};
    const int *c = choices + SIZES;
    for (int i = 0; i < LAYERS; i++, c += ENCODER)
        s.encoder[i] = (lc__hat_layer){.hidden = hiddens[c[0]], .heads = heads[c[1]]};
    for (int i = 0; i < LAYERS; i++, c += DECODER)
        s.decoder[i] = (lc__hat_layer){.hidden = hiddens[c[0]],
                                       .heads = heads[c[1]],
                                       .cross_heads = heads[c[2]],
                                       .memory = c[3] + 1};
    return lc__hat_build(&corpus, &s, net, err);
}

LC__LAYOUT_FUNCTIONS(layout)

const lc_space lc__space_hat = {
    .name = "hat",
    .title =
        "HAT, WMT'14 English to German: encoder of 6 layers, decoder of 1 to 6, a sentence of 30 "
        "words",
    .n_positions = POSITIONS,
    .n_options = n_options,
    .option_name = option_name,
    .build = build,
    .parse = parse,
    .format = format,
};
