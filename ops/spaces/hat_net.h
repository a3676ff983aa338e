/* The nets of HAT, Hardware-Aware Transformers (arXiv:2005.14187): encoder, decoder, attention of
 * the decoder's layers to one or several of the encoder's last. */
#ifndef OPS_SPACES_HAT_NET_H
#define OPS_SPACES_HAT_NET_H

#include "latcast/net.h"

enum { LC__HAT_LAYERS = 12, LC__HAT_MEMORY = 3 };

typedef struct lc__hat_layer {
    int hidden;             /* width of the feed-forward layer */
    int heads, cross_heads; /* of the attention to itself, to the encoder (decoder only) */
    int memory;             /* encoder layers that it attends to, 1 to 3 (decoder only) */
} lc__hat_layer;

typedef struct lc__hat_shape {
    int encoder_width, encoder_layers, decoder_width, decoder_layers;
    lc__hat_layer encoder[LC__HAT_LAYERS], decoder[LC__HAT_LAYERS];
} lc__hat_shape;

/* What is translated. */
typedef struct lc__hat_corpus {
    const char *name;        /* "wmt14ende" */
    int tokens;              /* of a sentence, both sides */
    int source_words, words; /* of the two languages' dictionaries */
} lc__hat_corpus;

/* Adds the translation of a sentence to an empty net; the last operator is its output. LC_EFORMAT:
 * no layers, or a size out of range. */
lc_status lc__hat_build(const lc__hat_corpus *corpus, const lc__hat_shape *shape, lc_net *net,
                        lc_error *err);

#endif
