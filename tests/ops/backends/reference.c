#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference_parts.h"

static size_t at(lc_shape s, int n, int h, int w, int c) {
    return (((size_t)n * (size_t)s.h + (size_t)h) * (size_t)s.w + (size_t)w) * (size_t)s.c +
           (size_t)c;
}

/* for every (n, h, w, c) of a shape */
#define EACH(s)                                                                                    \
    for (int n = 0; n < (s).n; n++)                                                                \
        for (int h = 0; h < (s).h; h++)                                                            \
            for (int w = 0; w < (s).w; w++)                                                        \
                for (int c = 0; c < (s).c; c++)

double reference_activate(double x, lc_act act) {
    double hard = fmin(fmax(x + 3, 0), 6) / 6;
    switch (act) {
    case LC_ACT_RELU:
        return fmax(x, 0);
    case LC_ACT_RELU6:
        return fmin(fmax(x, 0), 6);
    case LC_ACT_HSIGMOID:
        return hard;
    case LC_ACT_HSWISH:
        return x * hard;
    case LC_ACT_GELU:
        return x * 0.5 * (1 + erf(x / sqrt(2)));
    case LC_ACT_SIGMOID:
        return 1 / (1 + exp(-x));
    case LC_ACT_NONE:
    case LC_ACT_COUNT:
        break;
    }
    return x;
}

static double term(lc_op_type type, double x, double w) {
    return type == LC_OP_ADDER_CONV2D ? -fabs(x - w) : x * w;
}

/* One output value of any convolution. */
static void conv_value(job *j, int n, int h, int w, int c) {
    const lc_op *op = j->op;
    lc_shape in = j->in_shape[0];
    int channels = in.c / op->groups, group = c / (op->out_channels / op->groups);
    int taps = op->kernel_h * op->kernel_w;
    const float *weights = j->weights + (size_t)c * (size_t)(taps * channels);
    double sum = 0, size = 0;
    for (int tap = 0; tap < taps; tap++) {
        int y = h * op->stride_h - op->pad_h + tap / op->kernel_w;
        int x = w * op->stride_w - op->pad_w + tap % op->kernel_w;
        bool inside = y >= 0 && y < in.h && x >= 0 && x < in.w;
        for (int i = 0; i < channels; i++) {
            double v = inside ? j->in[0][at(in, n, y, x, group * channels + i)] : 0;
            double t = term(op->type, v, weights[tap * channels + i]);
            sum += t;
            size += fabs(t);
        }
    }
    double bias =
        op->bias ? j->weights[(size_t)op->out_channels * (size_t)(taps * channels) + (size_t)c] : 0;
    size_t k = at(j->out, n, h, w, c);
    j->y[k] = reference_activate(sum + bias, op->act);
    j->bound[k] = size + fabs(bias);
    j->terms = taps * channels + 1;
}

static void conv(job *j) {
    EACH(j->out) {
        conv_value(j, n, h, w, c);
    }
}

static void spatial_shift(job *j) {
    int k = j->op->kernel_h, each = j->out.c / (k * k) > 0 ? j->out.c / (k * k) : 1;
    EACH(j->out) {
        int offset = c / each < k * k - 1 ? c / each : k * k - 1;
        int y = h + offset / k - k / 2, x = w + offset % k - k / 2;
        bool inside = y >= 0 && y < j->out.h && x >= 0 && x < j->out.w;
        j->y[at(j->out, n, h, w, c)] = inside ? j->in[0][at(j->out, n, y, x, c)] : 0;
    }
}

/* A row of a dense layer; magnitudes go to size[out] when it is not NULL. */
static void dense_row(const double *x, int in, const float *weights, const float *bias, int out,
                      lc_act act, double *y, double *size) {
    for (int o = 0; o < out; o++) {
        double sum = bias != NULL ? bias[o] : 0, magnitude = fabs(sum);
        for (int i = 0; i < in; i++) {
            sum += x[i] * weights[o * in + i];
            magnitude += fabs(x[i] * weights[o * in + i]);
        }
        y[o] = reference_activate(sum, act);
        if (size != NULL) {
            size[o] = magnitude;
        }
    }
}

static double *copy_of(const float *x, size_t n) {
    double *copy = calloc(n + 1, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < n; i++) {
        copy[i] = x[i];
    }
    return copy;
}

static void linear(job *j) {
    int in = j->in_shape[0].c, out = j->out.c;
    size_t rows = (size_t)lc_shape_count(j->in_shape[0]) / (size_t)in;
    double *x = copy_of(j->in[0], rows * (size_t)in);
    const float *bias = j->op->bias ? j->weights + in * out : NULL;
    for (size_t r = 0; r < rows; r++) {
        size_t k = r * (size_t)out;
        dense_row(x + r * (size_t)in, in, j->weights, bias, out, j->op->act, j->y + k,
                  j->bound + k);
    }
    j->terms = in + 1;
    free(x);
}

static void matmul(job *j) {
    lc_shape a = j->in_shape[0], b = j->in_shape[1];
    EACH(j->out) {
        double sum = 0, size = 0;
        for (int i = 0; i < a.c; i++) {
            size_t second = j->op->transpose_b ? at(b, n, h, c, i) : at(b, n, h, i, c);
            double t = (double)j->in[0][at(a, n, h, w, i)] * j->in[1][second];
            sum += t;
            size += fabs(t);
        }
        j->y[at(j->out, n, h, w, c)] = sum;
        j->bound[at(j->out, n, h, w, c)] = size;
    }
    j->terms = a.c;
}

void reference_softmax_row(double *x, int n) {
    double most = x[0], sum = 0;
    for (int i = 1; i < n; i++) {
        most = fmax(most, x[i]);
    }
    for (int i = 0; i < n; i++) {
        x[i] = exp(x[i] - most);
        sum += x[i];
    }
    for (int i = 0; i < n; i++) {
        x[i] /= sum;
    }
}

static void softmax(job *j) {
    size_t count = (size_t)lc_shape_count(j->out), width = (size_t)j->out.c;
    for (size_t i = 0; i < count; i++) {
        j->y[i] = j->in[0][i];
        j->bound[i] = 1;
    }
    for (size_t r = 0; r < count; r += width) {
        reference_softmax_row(j->y + r, j->out.c);
    }
    j->terms = j->out.c;
}

/* One query of one head: mixed[depth] = softmax(q . k / sqrt(depth)) v. */
static void attend(const double *q, const double *k, const double *v, int tokens, int width,
                   int depth, double *scores, double *mixed) {
    for (int t = 0; t < tokens; t++) {
        scores[t] = 0;
        for (int i = 0; i < depth; i++) {
            scores[t] += q[i] * k[t * width + i] / sqrt(depth);
        }
    }
    reference_softmax_row(scores, tokens);
    for (int i = 0; i < depth; i++) {
        mixed[i] = 0;
        for (int t = 0; t < tokens; t++) {
            mixed[i] += scores[t] * v[t * width + i];
        }
    }
}

static void attention_image(job *j, const double *x, double *y, double *bound) {
    int tokens = j->out.h * j->out.w, width = j->out.c, depth = width / j->op->heads;
    size_t size = (size_t)(tokens * width), each = (size_t)(width * (width + 1));
    double *part[4], *scores = calloc((size_t)tokens, sizeof *scores);
    for (int p = 0; p < 4; p++) {
        part[p] = calloc(size, sizeof *part[p]);
    }
    for (int p = 0; p < 3; p++) {
        const float *weights = j->weights + (size_t)p * each;
        for (int t = 0; t < tokens; t++) {
            dense_row(x + t * width, width, weights, weights + width * width, width, LC_ACT_NONE,
                      part[p] + t * width, NULL);
        }
    }
    for (int t = 0; t < tokens; t++) {
        for (int head = 0; head < width; head += depth) {
            attend(part[0] + t * width + head, part[1] + head, part[2] + head, tokens, width, depth,
                   scores, part[3] + t * width + head);
        }
    }
    const float *weights = j->weights + 3 * each;
    for (int t = 0; t < tokens; t++) {
        dense_row(part[3] + t * width, width, weights, weights + width * width, width, LC_ACT_NONE,
                  y + t * width, bound + t * width);
    }
    for (int p = 0; p < 4; p++) {
        free(part[p]);
    }
    free(scores);
}

/* The sum under the bound is that of the last projection; its terms carry the error of the three
 * sums before it, hence the larger number of them, and a value that happens to be small among its
 * neighbours may carry an error of their size, hence the largest of the bounds. */
static void attention(job *j) {
    size_t count = (size_t)lc_shape_count(j->out), image = count / (size_t)j->out.n;
    double *x = copy_of(j->in[0], count), most = 1;
    for (size_t i = 0; i < count; i += image) {
        attention_image(j, x + i, j->y + i, j->bound + i);
    }
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, j->bound[i]);
    }
    for (size_t i = 0; i < count; i++) {
        j->bound[i] = most;
    }
    j->terms = 3 * j->out.c + j->out.h * j->out.w;
    free(x);
}

static void layer_norm(job *j) {
    int c = j->out.c;
    for (size_t r = 0; r < (size_t)lc_shape_count(j->out); r += (size_t)c) {
        const float *x = j->in[0] + r;
        double mean = 0, variance = 0;
        for (int i = 0; i < c; i++) {
            mean += (double)x[i] / c;
        }
        for (int i = 0; i < c; i++) {
            variance += (x[i] - mean) * (x[i] - mean) / c;
        }
        double inverse = 1 / sqrt(variance + 1e-5);
        for (int i = 0; i < c; i++) {
            j->y[r + (size_t)i] = (x[i] - mean) * inverse * j->weights[i] + j->weights[c + i];
            j->bound[r + (size_t)i] = (1 + fabs(mean)) * inverse * fabs(j->weights[i]) + 1;
        }
    }
    j->terms = 2 * c;
}

static void pool(job *j) {
    const lc_op *op = j->op;
    lc_shape in = j->in_shape[0];
    EACH(j->out) {
        double most = -INFINITY, sum = 0, size = 0;
        int inside = 0;
        for (int y = h * op->stride_h - op->pad_h, i = 0; i < op->kernel_h; i++, y++) {
            for (int x = w * op->stride_w - op->pad_w, k = 0; k < op->kernel_w; k++, x++) {
                if (y >= 0 && y < in.h && x >= 0 && x < in.w) {
                    double v = j->in[0][at(in, n, y, x, c)];
                    most = fmax(most, v);
                    sum += v;
                    size += fabs(v);
                    inside++;
                }
            }
        }
        bool max = op->type == LC_OP_MAX_POOL;
        j->y[at(j->out, n, h, w, c)] = max ? most : sum / inside;
        j->bound[at(j->out, n, h, w, c)] = size / inside;
    }
    j->terms = op->type == LC_OP_MAX_POOL ? 0 : op->kernel_h * op->kernel_w;
}

static void global_avg_pool(job *j) {
    lc_shape in = j->in_shape[0];
    double pixels = (double)in.h * in.w;
    EACH(in) {
        double v = j->in[0][at(in, n, h, w, c)] / pixels;
        j->y[at(j->out, n, 0, 0, c)] += v;
        j->bound[at(j->out, n, 0, 0, c)] += fabs(v);
    }
    j->terms = pixels;
}

static void combine(job *j) {
    bool add = j->op->type == LC_OP_ADD;
    EACH(j->out) {
        double value = add ? 0 : 1, size = value;
        for (int i = 0; i < j->n_in; i++) {
            bool whole = lc_shape_equal(j->in_shape[i], j->out);
            double x = j->in[i][at(j->in_shape[i], n, whole ? h : 0, whole ? w : 0, c)];
            value = add ? value + x : value * x;
            size = add ? size + fabs(x) : size * fabs(x);
        }
        j->y[at(j->out, n, h, w, c)] = reference_activate(value, j->op->act);
        j->bound[at(j->out, n, h, w, c)] = size;
    }
    j->terms = j->n_in;
}

static void concat(job *j) {
    EACH(j->out) {
        int i = 0, channel = c;
        while (channel >= j->in_shape[i].c) {
            channel -= j->in_shape[i++].c;
        }
        j->y[at(j->out, n, h, w, c)] = j->in[i][at(j->in_shape[i], n, h, w, channel)];
    }
}

static void channel_shuffle(job *j) {
    int groups = j->op->groups, each = j->out.c / groups;
    EACH(j->out) {
        int to = c % each * groups + c / each;
        j->y[at(j->out, n, h, w, to)] = j->in[0][at(j->out, n, h, w, c)];
    }
}

static void activation(job *j) {
    for (size_t i = 0; i < (size_t)lc_shape_count(j->out); i++) {
        j->y[i] = reference_activate(j->in[0][i], j->op->act);
        j->bound[i] = fabs((double)j->in[0][i]);
    }
    j->terms = 1;
}

static void squeeze_excite(job *j) {
    lc_shape in = j->out;
    int c_count = in.c, s = j->op->squeeze;
    const float *w1 = j->weights, *b1 = w1 + s * c_count, *w2 = b1 + s, *b2 = w2 + s * c_count;
    double *mean = calloc((size_t)c_count, sizeof *mean),
           *gate = calloc((size_t)c_count, sizeof *gate);
    double *middle = calloc((size_t)s, sizeof *middle),
           *size = calloc((size_t)c_count, sizeof *size);
    for (int n = 0; n < in.n; n++) {
        memset(mean, 0, (size_t)c_count * sizeof *mean);
        lc_shape one = {1, in.h, in.w, in.c};
        const float *x = j->in[0] + at(in, n, 0, 0, 0);
        for (size_t i = 0; i < (size_t)lc_shape_count(one); i++) {
            mean[i % (size_t)c_count] += (double)x[i] / (in.h * in.w);
        }
        dense_row(mean, c_count, w1, b1, s, LC_ACT_RELU, middle, NULL);
        dense_row(middle, s, w2, b2, c_count, j->op->act, gate, size);
        for (size_t i = 0; i < (size_t)lc_shape_count(one); i++) {
            size_t k = at(in, n, 0, 0, 0) + i;
            j->y[k] = x[i] * gate[i % (size_t)c_count];
            j->bound[k] = fabs((double)x[i]) * (1 + size[i % (size_t)c_count]);
        }
    }
    j->terms = c_count + s + in.h * in.w;
    free(mean);
    free(gate);
    free(middle);
    free(size);
}

static void zero(job *j) {
    j->terms = 0;
}

void reference_run(const lc_op *op, const lc_shape *in_shape, const float *const *in, int n_in,
                   const float *weights, lc_shape out, double *y, double *bound, double *terms) {
    static void (*const operators[LC_OP_COUNT])(job *) = {
        [LC_OP_CONV2D] = conv,
        [LC_OP_SHIFT_CONV2D] = conv,
        [LC_OP_ADDER_CONV2D] = conv,
        [LC_OP_SPATIAL_SHIFT] = spatial_shift,
        [LC_OP_LINEAR] = linear,
        [LC_OP_MATMUL] = matmul,
        [LC_OP_ATTENTION] = attention,
        [LC_OP_LAYER_NORM] = layer_norm,
        [LC_OP_SOFTMAX] = softmax,
        [LC_OP_MAX_POOL] = pool,
        [LC_OP_AVG_POOL] = pool,
        [LC_OP_GLOBAL_AVG_POOL] = global_avg_pool,
        [LC_OP_ADD] = combine,
        [LC_OP_MUL] = combine,
        [LC_OP_CONCAT] = concat,
        [LC_OP_CHANNEL_SHUFFLE] = channel_shuffle,
        [LC_OP_ACTIVATION] = activation,
        [LC_OP_SQUEEZE_EXCITE] = squeeze_excite,
        [LC_OP_ZERO] = zero,
        [LC_OP_EMBEDDING] = reference_embedding,
        [LC_OP_FOURIER] = reference_fourier,
        [LC_OP_SDPA] = reference_sdpa,
        [LC_OP_WMA] = reference_sdpa,
        [LC_OP_SPLIT_HEADS] = reference_heads,
        [LC_OP_MERGE_HEADS] = reference_heads,
        [LC_OP_DYNAMIC_CONV] = reference_dynamic_conv,
        [LC_OP_BUTTERFLY_LINEAR] = reference_butterfly_linear,
        [LC_OP_LSTM] = reference_lstm,
        [LC_OP_MC_DROPOUT] = reference_mc_dropout,
        [LC_OP_RANGE_BATCH_NORM] = reference_range_batch_norm,
    };
    job j = {op, in_shape, in, n_in, weights, out, y, bound, 0};
    memset(y, 0, (size_t)lc_shape_count(out) * sizeof *y);
    memset(bound, 0, (size_t)lc_shape_count(out) * sizeof *bound);
    operators[op->type](&j);
    *terms = j.terms;
}
