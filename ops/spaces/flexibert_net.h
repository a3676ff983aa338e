/* Heterogeneous encoders (FlexiBERT, arXiv:2205.11656; EdgeTran, arXiv:2303.13745): every layer has
 * a width, heads of any kinds and a stack of feed-forward layers of its own. */
#ifndef OPS_SPACES_FLEXIBERT_NET_H
#define OPS_SPACES_FLEXIBERT_NET_H

#include "latcast/net.h"

enum { LC__FLEXIBERT_LAYERS = 32, LC__FLEXIBERT_HEADS = 16, LC__FLEXIBERT_FFN = 8 };

typedef enum lc__flexibert_op {
    LC__FLEXIBERT_SDP, /* scaled dot-product self-attention */
    LC__FLEXIBERT_WMA, /* weighted multiplicative attention */
    LC__FLEXIBERT_DFT, /* Fourier transform */
    LC__FLEXIBERT_DCT, /* cosine transform */
    LC__FLEXIBERT_CONV /* dynamic span-based convolution over a window of tokens */
} lc__flexibert_op;

typedef struct lc__flexibert_layer {
    int width, head_width, n_heads, n_ffn;
    lc__flexibert_op heads[LC__FLEXIBERT_HEADS];
    int kernels[LC__FLEXIBERT_HEADS]; /* windows of the convolutions */
    int ffn[LC__FLEXIBERT_FFN];       /* widths of the feed-forward layers */
} lc__flexibert_layer;

typedef struct lc__flexibert {
    int n_layers;
    lc__flexibert_layer layers[LC__FLEXIBERT_LAYERS];
} lc__flexibert;

/* What is classified. */
typedef struct lc__flexibert_text {
    int tokens, vocabulary, classes;
} lc__flexibert_text;

/* That of GLUE's tasks with RoBERTa's dictionary, as EdgeTran measured. */
extern const lc__flexibert_text lc__flexibert_glue;

/* Adds a classifier of sentences with this encoder to an empty net; the last operator is its
 * output.
 */
lc_status lc__flexibert_build(const lc__flexibert_text *text, const lc__flexibert *shape,
                              lc_net *net, lc_error *err);

#endif
