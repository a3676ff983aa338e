/* Builds nets in C: calls that fail once and for all, so that a builder of a space or of a zoo net
 * reads like the table in its paper. After a failure every call returns -1 and does nothing.
 */
#ifndef OPS_BUILD_H
#define OPS_BUILD_H

#include "latcast/net.h"

typedef struct lc__build {
    lc_net *net;
    lc_error *err; /* may be NULL */
    lc_status status;
    char scope[136]; /* put before every id, e.g. "block3." */
    lc_op like;      /* its dtype and bits are those of operators that do not say; zeros: any */
} lc__build;

/* A convolution; zero fields take the defaults: kernel 1, stride 1, groups 1, type conv2d. Padding
 * keeps the size at stride 1 (kernel / 2). */
typedef struct lc__conv {
    int channels, kernel, stride, groups;
    lc_act act;
    lc_op_type type; /* conv2d, shift_conv2d or adder_conv2d */
    bool no_bias;
} lc__conv;

void lc__build_scope(lc__build *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* All return the index of the new node. `id` follows the scope. */
int lc__build_op(lc__build *b, const char *id, const lc_op *op, const int *inputs, int n_inputs);
int lc__build_input(lc__build *b, lc_shape shape);
int lc__build_conv(lc__build *b, const char *id, int x, lc__conv conv);
int lc__build_linear(lc__build *b, const char *id, int x, int channels, lc_act act);
int lc__build_pool(lc__build *b, const char *id, lc_op_type type, int x, int kernel, int stride,
                   int pad);
int lc__build_add(lc__build *b, const char *id, int x, int y, lc_act act);
int lc__build_act(lc__build *b, const char *id, int x, lc_act act);

/* An operator of one input and no attributes: global_avg_pool, layer_norm, zero, ... */
int lc__build_plain(lc__build *b, const char *id, lc_op_type type, int x);

/* Channels of a node, 0 after a failure. */
int lc__build_channels(const lc__build *b, int x);

#endif
