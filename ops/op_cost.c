/* What operators do. The bytes moved are in *cost already (each input read once, the output written
 * once); a bias starts its accumulator and costs no addition of its own.
 */
#include "op_rules.h"

#include <math.h>

/* Single operations per element. exp, erf and a division count as one each. */
static const int act_ops[LC_ACT_COUNT] = {
    [LC_ACT_NONE] = 0,    [LC_ACT_RELU] = 1,
    [LC_ACT_RELU6] = 2,   [LC_ACT_HSIGMOID] = 4, /* add, max, min, scale */
    [LC_ACT_HSWISH] = 5,                         /* hsigmoid, multiply */
    [LC_ACT_GELU] = 5,                           /* scale, erf, add, two multiplies */
    [LC_ACT_SIGMOID] = 4,                        /* negate, exp, add, divide */
};
enum {
    SOFTMAX_OPS = 5,    /* maximum, subtract, exp, sum, divide */
    LAYER_NORM_OPS = 7, /* sum; subtract, square, sum; normalise; scale, offset */
};

double lc__act_cost(const lc_op *op, lc_shape out) {
    return act_ops[op->act] * (double)lc_shape_count(out);
}

void lc__cost_input(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)op, (void)in, (void)n_in, (void)out;
    *cost = (lc_cost){0};
}

void lc__cost_zero(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)op, (void)in, (void)n_in, (void)out;
    cost->bytes_read = 0;
}

static double conv_macs(const lc_op *op, lc_shape in, lc_shape out) {
    int32_t depth = in.c / op->groups;
    return (double)lc_shape_count(out) * op->kernel_h * op->kernel_w * depth;
}

void lc__cost_conv(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)n_in;
    cost->macs = conv_macs(op, in[0], out);
    cost->adds = lc__act_cost(op, out);
}

void lc__cost_shift_conv(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                         lc_cost *cost) {
    (void)n_in;
    cost->shifts = conv_macs(op, in[0], out);
    cost->adds = cost->shifts + lc__act_cost(op, out);
}

void lc__cost_adder_conv(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                         lc_cost *cost) {
    (void)n_in;
    cost->adds = 2 * conv_macs(op, in[0], out) + lc__act_cost(op, out);
}

void lc__cost_linear(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)n_in;
    cost->macs = (double)lc_shape_count(out) * in[0].c;
    cost->adds = lc__act_cost(op, out);
}

void lc__cost_matmul(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)op, (void)n_in;
    cost->macs = (double)lc_shape_count(out) * in[0].c;
}

/* Four projections, scores and their product with the values; the heads part C between them. */
void lc__cost_attention(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                        lc_cost *cost) {
    (void)n_in, (void)out;
    double n = in[0].n, tokens = (double)in[0].h * in[0].w, c = in[0].c;
    cost->macs = n * (4 * tokens * c * c + 2 * tokens * tokens * c);
    cost->adds = SOFTMAX_OPS * n * op->heads * tokens * tokens;
}

void lc__cost_layer_norm(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                         lc_cost *cost) {
    (void)op, (void)in, (void)n_in;
    cost->adds = LAYER_NORM_OPS * (double)lc_shape_count(out);
}

void lc__cost_softmax(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)op, (void)in, (void)n_in;
    cost->adds = SOFTMAX_OPS * (double)lc_shape_count(out);
}

void lc__cost_pool(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)in, (void)n_in;
    cost->adds = (double)lc_shape_count(out) * op->kernel_h * op->kernel_w;
}

void lc__cost_global_pool(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                          lc_cost *cost) {
    (void)op, (void)n_in;
    cost->adds = (double)lc_shape_count(in[0]) + (double)lc_shape_count(out);
}

void lc__cost_elementwise(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                          lc_cost *cost) {
    (void)in;
    cost->adds = (n_in - 1) * (double)lc_shape_count(out) + lc__act_cost(op, out);
}

void lc__cost_activation(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                         lc_cost *cost) {
    (void)in, (void)n_in;
    cost->adds = lc__act_cost(op, out);
}

/* Mean, two small layers, gate, and the product with the input. */
void lc__cost_squeeze_excite(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                             lc_cost *cost) {
    (void)n_in, (void)out;
    double n = in[0].n, c = in[0].c;
    cost->macs = 2 * n * c * op->squeeze;
    cost->adds = 2 * (double)lc_shape_count(in[0]) + n * op->squeeze + n * c * act_ops[op->act];
}

/* By the fast transform: 5 log2 n operations per complex element and axis of length n, half of them
 * multiplications. */
void lc__cost_fourier(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)op, (void)n_in, (void)out;
    double tokens = (double)in[0].h * in[0].w;
    cost->macs = 2.5 * (double)lc_shape_count(in[0]) * (log2(tokens) + log2(in[0].c));
}

double lc__weights_conv(const lc_op *op, lc_shape in) {
    int32_t depth = in.c / op->groups;
    double per_output = (double)op->kernel_h * op->kernel_w * depth;
    return op->out_channels * (per_output + (op->bias ? 1 : 0));
}

double lc__weights_linear(const lc_op *op, lc_shape in) {
    return op->out_channels * ((double)in.c + (op->bias ? 1 : 0));
}

double lc__weights_attention(const lc_op *op, lc_shape in) {
    (void)op;
    return 4.0 * in.c * (in.c + 1.0);
}

double lc__weights_layer_norm(const lc_op *op, lc_shape in) {
    (void)op;
    return 2.0 * in.c;
}

double lc__weights_squeeze_excite(const lc_op *op, lc_shape in) {
    return 2.0 * in.c * op->squeeze + in.c + op->squeeze;
}

double lc__weights_embedding(const lc_op *op, lc_shape in) {
    (void)in;
    return (double)op->rows * op->out_channels;
}
