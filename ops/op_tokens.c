/* Shapes, costs and weights of operators on tokens and of those that uncertainty is estimated with:
 * what op_infer.c and op_cost.c do for the others, under the same rules. */
#include "butterfly.h"
#include "op_rules.h"

enum {
    SOFTMAX_OPS = 5, /* as in op_cost.c */
    LSTM_OPS = 21,   /* three sigmoids of 4, two tanh of 3, three products and a sum per cell */
    DROPOUT_OPS = 2, /* compare, scale */
    RANGE_OPS = 6    /* sum, maximum, minimum; subtract; scale, offset */
};

static double tokens_of(lc_shape s) {
    return (double)s.h * s.w;
}

/* --- attention without projections ------------------------------------------------------------ */

static lc_status check_heads(const lc_op *op, lc_shape s, lc_error *err) {
    char text[LC__SHAPE_TEXT];
    if (s.c % op->heads == 0)
        return LC_OK;
    lc_error_set(err, LC_EFORMAT, "%s: %d heads do not divide the channels of %s",
                 lc_op_type_name(op->type), op->heads, lc__shape_text(s, text));
    return LC_EFORMAT;
}

lc_status lc__infer_sdpa(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                         lc_error *err) {
    (void)n_in;
    char q[LC__SHAPE_TEXT], k[LC__SHAPE_TEXT], v[LC__SHAPE_TEXT];
    const char *type = lc_op_type_name(op->type);
    bool fits = in[0].n == in[1].n && in[0].c == in[1].c && in[1].n == in[2].n &&
                in[1].h == in[2].h && in[1].w == in[2].w;
    if (!fits)
        return lc_error_set(err, LC_EFORMAT,
                            "%s: queries %s, keys %s and values %s must agree: queries and keys in "
                            "N and C, keys and values in all but C",
                            type, lc__shape_text(in[0], q), lc__shape_text(in[1], k),
                            lc__shape_text(in[2], v));
    lc_status s = check_heads(op, in[0], err);
    if (!s)
        s = check_heads(op, in[2], err);
    if (!s && in[0].n * op->heads * tokens_of(in[0]) * tokens_of(in[1]) >= LC__MAX_ELEMENTS)
        s = lc_error_set(err, LC_EFORMAT, "%s: the scores of %s with %d heads are 2^31 or more",
                         type, lc__shape_text(in[0], q), op->heads);
    if (!s)
        *out = (lc_shape){in[0].n, in[0].h, in[0].w, in[2].c};
    return s;
}

void lc__cost_sdpa(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)n_in;
    double scores = in[0].n * tokens_of(in[0]) * tokens_of(in[1]);
    cost->macs = scores * ((double)in[0].c + out.c);
    cost->adds = SOFTMAX_OPS * op->heads * scores;
}

void lc__cost_wma(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    lc__cost_sdpa(op, in, n_in, out, cost);
    int32_t depth = in[0].c / op->heads;
    cost->macs += (double)lc_shape_count(in[0]) * depth;
}

double lc__weights_wma(const lc_op *op, lc_shape in) {
    int32_t depth = in.c / op->heads;
    return (double)in.c * depth;
}

lc_status lc__infer_split_heads(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                                lc_error *err) {
    (void)n_in;
    lc_status s = check_heads(op, in[0], err);
    int64_t tokens = (int64_t)in[0].h * in[0].w;
    if (!s && tokens > LC__MAX_DIM)
        s = lc_error_set(err, LC_EFORMAT, "split_heads: more than %d tokens", LC__MAX_DIM);
    if (!s)
        *out = (lc_shape){in[0].n, op->heads, (int32_t)tokens, in[0].c / op->heads};
    return s;
}

lc_status lc__infer_merge_heads(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                                lc_error *err) {
    (void)n_in;
    int64_t channels = (int64_t)in[0].h * in[0].c;
    bool grid = op->grid_h || op->grid_w;
    if (channels > LC__MAX_DIM)
        return lc_error_set(err, LC_EFORMAT, "merge_heads: more than %d channels", LC__MAX_DIM);
    if (grid && (int64_t)op->grid_h * op->grid_w != in[0].w)
        return lc_error_set(err, LC_EFORMAT, "merge_heads: a grid of %d x %d for %d tokens",
                            op->grid_h, op->grid_w, in[0].w);
    *out =
        (lc_shape){in[0].n, grid ? op->grid_h : 1, grid ? op->grid_w : in[0].w, (int32_t)channels};
    return LC_OK;
}

/* --- dynamic convolution ---------------------------------------------------------------------- */

lc_status lc__infer_dynamic_conv(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                                 lc_error *err) {
    (void)n_in;
    char values[LC__SHAPE_TEXT], logits[LC__SHAPE_TEXT];
    if (op->kernel_h != 1 || op->kernel_w % 2 == 0)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "dynamic_conv: kernel %dx%d must be [1, K], K odd: it runs along the "
                            "tokens",
                            op->kernel_h, op->kernel_w);
    lc_status s = check_heads(op, in[0], err);
    if (s)
        return s;
    bool same = in[0].n == in[1].n && in[0].h == in[1].h && in[0].w == in[1].w;
    if (!same || in[1].c != (int64_t)op->heads * op->kernel_w)
        return lc_error_set(err, LC_EFORMAT,
                            "dynamic_conv: values %s and logits %s must agree in all but C, and "
                            "the logits have %d heads x %d channels",
                            lc__shape_text(in[0], values), lc__shape_text(in[1], logits), op->heads,
                            op->kernel_w);
    *out = in[0];
    return LC_OK;
}

void lc__cost_dynamic_conv(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                           lc_cost *cost) {
    (void)n_in;
    cost->macs = (double)lc_shape_count(out) * op->kernel_w;
    cost->adds = SOFTMAX_OPS * (double)lc_shape_count(in[1]);
}

/* --- butterflies ------------------------------------------------------------------------------ */

int lc__butterfly_stages(const lc_op *op, lc_shape in) {
    int32_t most = in.c > op->out_channels ? in.c : op->out_channels;
    int stages = 1;
    while ((INT64_C(1) << stages) < most)
        stages++;
    return stages;
}

int64_t lc__butterfly_side(const lc_op *op, lc_shape in) {
    return INT64_C(1) << lc__butterfly_stages(op, in);
}

/* A factor has two products a row: side / 2 blocks of 2 x 2. */
static double factor_weights(const lc_op *op, lc_shape in) {
    return 2.0 * (double)lc__butterfly_side(op, in) * lc__butterfly_stages(op, in);
}

void lc__cost_butterfly(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                        lc_cost *cost) {
    (void)n_in;
    cost->macs = in[0].n * tokens_of(in[0]) * factor_weights(op, in[0]);
    cost->adds = lc__act_cost(op, out);
}

double lc__weights_butterfly(const lc_op *op, lc_shape in) {
    return factor_weights(op, in) + (op->bias ? op->out_channels : 0);
}

/* --- lstm ------------------------------------------------------------------------------------- */

lc_status lc__infer_lstm(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                         lc_error *err) {
    (void)n_in;
    if (4.0 * in[0].n * tokens_of(in[0]) * op->hidden >= LC__MAX_ELEMENTS)
        return lc_error_set(err, LC_EFORMAT, "lstm: the gates of all steps are 2^31 or more");
    *out = in[0];
    out->c = op->hidden;
    return LC_OK;
}

void lc__cost_lstm(const lc_op *op, const lc_shape *in, int n_in, lc_shape out, lc_cost *cost) {
    (void)n_in;
    double steps = in[0].n * tokens_of(in[0]), hidden = op->hidden;
    cost->macs = steps * 4 * hidden * (in[0].c + hidden);
    cost->adds = LSTM_OPS * (double)lc_shape_count(out);
}

double lc__weights_lstm(const lc_op *op, lc_shape in) {
    return 4.0 * op->hidden * ((double)in.c + op->hidden + (op->bias ? 1 : 0));
}

/* --- dropout that stays, batch-norm by range -------------------------------------------------- */

lc_status lc__infer_mc_dropout(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                               lc_error *err) {
    (void)n_in;
    if ((int64_t)in[0].n * op->passes > LC__MAX_DIM)
        return lc_error_set(err, LC_EFORMAT, "mc_dropout: more than %d images", LC__MAX_DIM);
    *out = in[0];
    out->n *= op->passes;
    return LC_OK;
}

void lc__cost_mc_dropout(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                         lc_cost *cost) {
    (void)op, (void)in, (void)n_in;
    cost->adds = DROPOUT_OPS * (double)lc_shape_count(out);
}

lc_status lc__infer_range_batch_norm(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                                     lc_error *err) {
    (void)op, (void)n_in;
    if (in[0].n * tokens_of(in[0]) < 2)
        return lc_error_set(err, LC_EFORMAT, "range_batch_norm: one value a channel has no range");
    *out = in[0];
    return LC_OK;
}

void lc__cost_range_batch_norm(const lc_op *op, const lc_shape *in, int n_in, lc_shape out,
                               lc_cost *cost) {
    (void)op, (void)in, (void)n_in;
    cost->adds = RANGE_OPS * (double)lc_shape_count(out);
}
