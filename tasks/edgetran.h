/* EdgeTran's measurements (arXiv:2303.13745): heterogeneous encoders (FlexiBERT, arXiv:2205.11656)
 * on five devices, with latency, energy and peak power. */
#ifndef TASKS_EDGETRAN_H
#define TASKS_EDGETRAN_H

#include "latcast/net.h"
#include "tasks/format.h"

enum { LC__FLEXIBERT_LAYERS = 32, LC__FLEXIBERT_HEADS = 16, LC__FLEXIBERT_FFN = 8 };

typedef enum lc__flexibert_op {
    LC__FLEXIBERT_SDP,    /* sa_sdp_W: scaled dot-product self-attention */
    LC__FLEXIBERT_WMA,    /* sa_wma_W: weighted multiplicative attention */
    LC__FLEXIBERT_LINEAR, /* l_dft_W, l_dct_W: Fourier or cosine transform */
    LC__FLEXIBERT_CONV    /* c_K_W: dynamic convolution over K tokens */
} lc__flexibert_op;

typedef struct lc__flexibert_layer {
    int width, head_width, n_heads, n_ffn;
    lc__flexibert_op heads[LC__FLEXIBERT_HEADS];
    int kernels[LC__FLEXIBERT_HEADS]; /* of dynamic convolutions */
    int ffn[LC__FLEXIBERT_FFN];       /* widths of the feed-forward layers */
} lc__flexibert_layer;

typedef struct lc__flexibert {
    int n_layers;
    lc__flexibert_layer layers[LC__FLEXIBERT_LAYERS];
} lc__flexibert;

/* A classifier of sentences with this encoder. */
lc_status lc__flexibert_net(const char *name, const lc__flexibert *shape, lc_net **out,
                            lc_error *err);

/* Reads samples.json: an array of {"arch":{"l","o","h","f"},"device","latency","energy",
 * "peak_power"}; seconds, joules, watts. A net is known by its arch. */
extern const lc__format lc__format_edgetran;

#endif
