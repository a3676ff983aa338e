/* Shapes: from the inputs of an operator to its output. Number and range of the attributes and of
 * the dimensions have been checked by lc_op_infer(), so sums and products of two fit 64 bits. */
#include "op_rules.h"

#include <stdio.h>

static lc_status misfit(const lc_op *op, lc_shape a, lc_shape b, const char *why, lc_error *err) {
    char ta[LC__SHAPE_TEXT], tb[LC__SHAPE_TEXT];
    return lc_error_set(err, LC_EFORMAT, "%s: inputs %s and %s %s", lc_op_type_name(op->type),
                        lc__shape_text(a, ta), lc__shape_text(b, tb), why);
}

lc_status lc__infer_input(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                          lc_error *err) {
    (void)in, (void)n_in, (void)err;
    *out = op->shape;
    return LC_OK;
}

lc_status lc__infer_same(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                         lc_error *err) {
    (void)op, (void)n_in, (void)err;
    *out = in[0];
    return LC_OK;
}

/* Height and width that a sliding window leaves. */
static lc_status infer_window(const lc_op *op, lc_shape in, lc_shape *out, lc_error *err) {
    int64_t h = in.h + 2 * (int64_t)op->pad_h - op->kernel_h;
    int64_t w = in.w + 2 * (int64_t)op->pad_w - op->kernel_w;
    if (h < 0 || w < 0) {
        char text[LC__SHAPE_TEXT];
        return lc_error_set(err, LC_EFORMAT,
                            "%s: kernel %dx%d is larger than input %s with padding %dx%d",
                            lc_op_type_name(op->type), op->kernel_h, op->kernel_w,
                            lc__shape_text(in, text), op->pad_h, op->pad_w);
    }
    out->n = in.n;
    out->h = (int32_t)(h / op->stride_h + 1);
    out->w = (int32_t)(w / op->stride_w + 1);
    return LC_OK;
}

lc_status lc__infer_conv(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                         lc_error *err) {
    (void)n_in;
    char text[LC__SHAPE_TEXT];
    if (in[0].c % op->groups)
        return lc_error_set(err, LC_EFORMAT, "%s: %d groups do not divide the channels of %s",
                            lc_op_type_name(op->type), op->groups, lc__shape_text(in[0], text));
    if (op->out_channels % op->groups)
        return lc_error_set(err, LC_EUNSUPPORTED, "%s: %d groups do not divide out_channels %d",
                            lc_op_type_name(op->type), op->groups, op->out_channels);
    out->c = op->out_channels;
    return infer_window(op, in[0], out, err);
}

lc_status lc__infer_pool(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                         lc_error *err) {
    (void)n_in;
    if (op->pad_h >= op->kernel_h || op->pad_w >= op->kernel_w)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "%s: padding %dx%d must be less than kernel %dx%d, or a window would "
                            "hold no element",
                            lc_op_type_name(op->type), op->pad_h, op->pad_w, op->kernel_h,
                            op->kernel_w);
    out->c = in[0].c;
    return infer_window(op, in[0], out, err);
}

lc_status lc__infer_global_pool(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                                lc_error *err) {
    (void)op, (void)n_in, (void)err;
    *out = (lc_shape){in[0].n, 1, 1, in[0].c};
    return LC_OK;
}

lc_status lc__infer_spatial_shift(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                                  lc_error *err) {
    (void)n_in;
    if (op->kernel_h != op->kernel_w || op->kernel_h % 2 == 0)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "spatial_shift: kernel %dx%d must be square and odd", op->kernel_h,
                            op->kernel_w);
    *out = in[0];
    return LC_OK;
}

lc_status lc__infer_linear(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                           lc_error *err) {
    (void)n_in, (void)err;
    *out = in[0];
    out->c = op->out_channels;
    return LC_OK;
}

lc_status lc__infer_matmul(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                           lc_error *err) {
    (void)n_in;
    lc_shape a = in[0], b = in[1];
    int32_t depth = op->transpose_b ? b.c : b.w;
    if (a.n != b.n || a.h != b.h)
        return misfit(op, a, b, "must agree in their first two dimensions", err);
    if (a.c != depth)
        return misfit(op, a, b,
                      op->transpose_b ? "must agree in their last dimension (transpose_b)"
                                      : "must agree: last dimension of A, third of B",
                      err);
    *out = (lc_shape){a.n, a.h, a.w, op->transpose_b ? b.w : b.c};
    return LC_OK;
}

lc_status lc__infer_attention(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                              lc_error *err) {
    (void)n_in;
    char text[LC__SHAPE_TEXT];
    if (in[0].c % op->heads)
        return lc_error_set(err, LC_EFORMAT, "attention: %d heads do not divide the channels of %s",
                            op->heads, lc__shape_text(in[0], text));
    double tokens = (double)in[0].h * in[0].w;
    if (in[0].n * op->heads * tokens * tokens >= LC__MAX_ELEMENTS)
        return lc_error_set(err, LC_EFORMAT,
                            "attention: the scores of %s with %d heads are 2^31 elements or more",
                            lc__shape_text(in[0], text), op->heads);
    *out = in[0];
    return LC_OK;
}

lc_status lc__infer_add(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                        lc_error *err) {
    for (int i = 1; i < n_in; i++)
        if (!lc_shape_equal(in[0], in[i]))
            return misfit(op, in[0], in[i], "must have one shape", err);
    *out = in[0];
    return LC_OK;
}

lc_status lc__infer_mul(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                        lc_error *err) {
    lc_shape gate = {in[0].n, 1, 1, in[0].c};
    if (n_in == 2 && lc_shape_equal(in[1], gate)) {
        *out = in[0];
        return LC_OK;
    }
    return lc__infer_add(op, in, n_in, out, err);
}

lc_status lc__infer_concat(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                           lc_error *err) {
    int64_t channels = in[0].c;
    for (int i = 1; i < n_in; i++) {
        if (in[0].n != in[i].n || in[0].h != in[i].h || in[0].w != in[i].w)
            return misfit(op, in[0], in[i], "may differ in their channels only", err);
        channels += in[i].c;
    }
    *out = in[0];
    out->c = (int32_t)channels; /* at most 16 * 2^20; the caller checks the bound */
    return LC_OK;
}

lc_status lc__infer_shuffle(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                            lc_error *err) {
    (void)n_in;
    char text[LC__SHAPE_TEXT];
    if (in[0].c % op->groups)
        return lc_error_set(err, LC_EFORMAT,
                            "channel_shuffle: %d groups do not divide the channels of %s",
                            op->groups, lc__shape_text(in[0], text));
    *out = in[0];
    return LC_OK;
}

lc_status lc__infer_activation(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                               lc_error *err) {
    (void)n_in;
    if (op->act == LC_ACT_NONE)
        return lc_error_set(err, LC_EUNSUPPORTED, "activation: \"act\" must not be none");
    *out = in[0];
    return LC_OK;
}

lc_status lc__infer_squeeze_excite(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                                   lc_error *err) {
    (void)n_in;
    if (op->act != LC_ACT_SIGMOID && op->act != LC_ACT_HSIGMOID)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "squeeze_excite: the gate \"act\" must be sigmoid or hsigmoid, is %s",
                            lc_act_name(op->act));
    *out = in[0];
    return LC_OK;
}

lc_status lc__infer_embedding(const lc_op *op, const lc_shape *in, int n_in, lc_shape *out,
                              lc_error *err) {
    (void)n_in;
    char text[LC__SHAPE_TEXT];
    if (in[0].c != 1)
        return lc_error_set(err, LC_EFORMAT,
                            "embedding: takes one number a token, [N,H,W,1]; its input is %s",
                            lc__shape_text(in[0], text));
    *out = (lc_shape){in[0].n, in[0].h, in[0].w, op->out_channels};
    return LC_OK;
}
