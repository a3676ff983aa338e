/* Sums over windows, f32: the loop nest under every convolution, linear layer and matrix product.
 *
 * Output pixel m, channel o of group g:  y = act(bias[o] + sum over taps and channels of
 * term(x[tap of m][c], w[o][tap][c])). A matrix product is the case of one tap.
 *
 * Weights are packed [group][block of 8 outputs][tap][channel][8], the last block of a group padded
 * with zeros. A tile of 4 pixels x 8 outputs is kept in registers.
 */
#ifndef KERNELS_WINDOW_H
#define KERNELS_WINDOW_H

#include "kernels/kernel.h"
#include "kernels/act.h"
#include "kernels/term.h"

#define LC__WINDOW_PIXELS 4
#define LC__WINDOW_OUTPUTS 8

typedef struct lc__window {
    int in_h, in_w, out_h, out_w; /* pixels of one image */
    int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
    size_t pixels;                      /* output pixels of all images */
    size_t groups, in_group, out_group; /* groups; channels of each, in and out */
    size_t x_stride, y_stride;          /* values from pixel to pixel */
    const float *x, *weights;
    const float *bias;  /* [groups * out_group], or NULL */
    const float *zeros; /* [in_group], read where the window is over padding; NULL if it never is */
    float *y;
    lc_act act;
} lc__window;

/* A matrix product Y[rows, outputs] = X[rows, inputs] * W, W packed. */
lc__window lc__window_matrix(size_t rows, size_t inputs, size_t outputs);

/* The geometry of a convolution, data pointers not yet set. */
lc__window lc__window_conv(const lc_op *op, lc_shape in, lc_shape out);

/* Terms of one output: taps times channels. */
size_t lc__window_depth(const lc__window *w);

/* Floats that packed weights take. */
size_t lc__window_packed(const lc__window *w);

/* Packs weights[groups * out_group][taps][in_group]. */
void lc__window_pack(const lc__window *w, lc__term term, const float *weights, float *packed);

/* One piece of work is a tile; tiles of one block of outputs are neighbours. */
size_t lc__window_tiles(const lc__window *w);

/* Runs with term MULTIPLY. */
void lc__window_multiply(const lc__window *w, lc__team *team);

/* What the three convolutions share: packed weights, then bias[out], then zeros[in_group]. */
size_t lc__conv_packed_size(const lc__call *call); /* bytes */
void lc__conv_pack(const lc__call *call, lc__term term, const float *weights, void *packed);
lc__window lc__conv_window(const lc__call *call);

/* --- the loop nest, compiled once per term ------------------------------------------------- */

typedef struct lc__pixel {
    size_t image; /* where the image's first pixel is in x, and in it the group's first channel */
    int y, x;     /* of the window's first tap; negative over padding */
} lc__pixel;

LC__INLINE lc__pixel lc__window_pixel(const lc__window *w, size_t index, size_t group) {
    size_t ox = index % (size_t)w->out_w, row = index / (size_t)w->out_w;
    size_t oy = row % (size_t)w->out_h, image = row / (size_t)w->out_h;
    size_t image_size = (size_t)w->in_h * (size_t)w->in_w * w->x_stride;
    return (lc__pixel){.image = image * image_size + group * w->in_group,
                       .y = (int)oy * w->stride_h - w->pad_h,
                       .x = (int)ox * w->stride_w - w->pad_w};
}

/* True, and *at where a tap reads in x; false over padding. */
LC__INLINE bool lc__window_tap(const lc__window *w, const lc__pixel *p, int kh, int kw,
                               size_t *at) {
    int y = p->y + kh, x = p->x + kw;
    *at = p->image + ((size_t)y * (size_t)w->in_w + (size_t)x) * w->x_stride;
    return y >= 0 && y < w->in_h && x >= 0 && x < w->in_w;
}

/* Adds one tap's channels to the tile. */
LC__INLINE void lc__window_channels(lc__term term, int pixels, size_t channels,
                                    const float *const *x, const float *weights,
                                    lc__v4 sum[][LC__WINDOW_OUTPUTS / 4]) {
    for (size_t c = 0; c < channels; c++, weights += LC__WINDOW_OUTPUTS) {
        lc__v4 w0 = lc__load4(weights), w1 = lc__load4(weights + 4);
        for (int p = 0; p < pixels; p++) {
            lc__v4 v = lc__splat4(lc__term_operand(term, x[p][c]));
            sum[p][0] = lc__term4(term, sum[p][0], v, w0);
            sum[p][1] = lc__term4(term, sum[p][1], v, w1);
        }
    }
}

LC__INLINE void lc__window_store(const lc__window *w, size_t pixel, size_t output, size_t lanes,
                                 const lc__v4 sum[LC__WINDOW_OUTPUTS / 4]) {
    float row[LC__WINDOW_OUTPUTS];
    lc__store4(row, sum[0]);
    lc__store4(row + 4, sum[1]);
    lc__bias_act_row(row, w->bias == NULL ? NULL : w->bias + output, lanes, w->act);
    memcpy(w->y + pixel * w->y_stride + output, row, lanes * sizeof *row);
}

/* `pixels` <= LC__WINDOW_PIXELS neighbours from `first`, one block of outputs of one group. */
LC__INLINE void lc__window_tile(const lc__window *w, lc__term term, int pixels, size_t first,
                                size_t group, size_t block, const float *weights) {
    lc__v4 sum[LC__WINDOW_PIXELS][LC__WINDOW_OUTPUTS / 4] = {0};
    lc__pixel pixel[LC__WINDOW_PIXELS];
    const float *x[LC__WINDOW_PIXELS];
    for (int p = 0; p < pixels; p++) {
        pixel[p] = lc__window_pixel(w, first + (size_t)p, group);
    }
    for (int kh = 0; kh < w->kernel_h; kh++) {
        for (int kw = 0; kw < w->kernel_w; kw++) {
            for (int p = 0; p < pixels; p++) {
                size_t at;
                x[p] = lc__window_tap(w, &pixel[p], kh, kw, &at) ? w->x + at : w->zeros;
            }
            lc__window_channels(term, pixels, w->in_group, x, weights, sum);
            weights += w->in_group * LC__WINDOW_OUTPUTS;
        }
    }
    size_t output = block * LC__WINDOW_OUTPUTS, left = w->out_group - output;
    size_t lanes = left < LC__WINDOW_OUTPUTS ? left : LC__WINDOW_OUTPUTS;
    for (int p = 0; p < pixels; p++) {
        lc__window_store(w, first + (size_t)p, group * w->out_group + output, lanes, sum[p]);
    }
}

/* Tiles begin .. end-1. */
LC__INLINE void lc__window_range(const lc__window *w, lc__term term, size_t begin, size_t end) {
    size_t tiles = (w->pixels + LC__WINDOW_PIXELS - 1) / LC__WINDOW_PIXELS;
    size_t blocks = (w->out_group + LC__WINDOW_OUTPUTS - 1) / LC__WINDOW_OUTPUTS;
    size_t taps = (size_t)w->kernel_h * (size_t)w->kernel_w;
    for (size_t i = begin; i < end; i++) {
        size_t first = i % tiles * LC__WINDOW_PIXELS, block = i / tiles;
        const float *weights = w->weights + block * taps * w->in_group * LC__WINDOW_OUTPUTS;
        size_t group = block / blocks, left = w->pixels - first;
        if (left >= LC__WINDOW_PIXELS) {
            lc__window_tile(w, term, LC__WINDOW_PIXELS, first, group, block % blocks, weights);
            continue;
        }
        for (size_t p = 0; p < left; p++) {
            lc__window_tile(w, term, 1, first + p, group, block % blocks, weights);
        }
    }
}

#endif
