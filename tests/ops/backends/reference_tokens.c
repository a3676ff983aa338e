/* Reference of the operators on tokens, of dropout and of batch-norm by range. */
#include <math.h>
#include <stdlib.h>

#include "reference_parts.h"

static const double pi = 3.14159265358979323846;

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static int tokens_of(lc_shape s) {
    return s.h * s.w;
}

void reference_embedding(job *j) {
    int width = j->out.c, tokens = j->out.n * tokens_of(j->out);
    for (int t = 0; t < tokens; t++) {
        int row = (int)lround((double)j->in[0][t]);
        for (int c = 0; c < width; c++) {
            j->y[t * width + c] = j->weights[row * width + c];
        }
    }
    j->terms = 0;
}

/* cos and sin of what step k of a sequence of n does to value i. */
static double wave(const job *j, bool imaginary, int k, int i, int n) {
    if (j->op->cosine) {
        return imaginary ? 0 : cos(pi * (i + 0.5) * k / n);
    }
    double angle = -2 * pi * ((double)k * i) / n;
    return imaginary ? sin(angle) : cos(angle);
}

/* Re of sum_t sum_c x[t][c] w_T(k, t) w_C(l, c), one sum after the other. */
static void transform(const job *j, const float *x, double *y) {
    int tokens = tokens_of(j->out), width = j->out.c;
    double *re = calloc((size_t)(tokens * width), sizeof *re);
    double *im = calloc((size_t)(tokens * width), sizeof *im);
    for (int t = 0; t < tokens; t++) {
        for (int l = 0; l < width; l++) {
            for (int c = 0; c < width; c++) {
                re[t * width + l] += x[t * width + c] * wave(j, false, l, c, width);
                im[t * width + l] += x[t * width + c] * wave(j, true, l, c, width);
            }
        }
    }
    for (int k = 0; k < tokens; k++) {
        for (int l = 0; l < width; l++) {
            for (int t = 0; t < tokens; t++) {
                y[k * width + l] += re[t * width + l] * wave(j, false, k, t, tokens) -
                                    im[t * width + l] * wave(j, true, k, t, tokens);
            }
        }
    }
    free(re);
    free(im);
}

/* Every value is a turn of the whole input, so errors are in proportion to its norm. */
void reference_fourier(job *j) {
    int count = tokens_of(j->out) * j->out.c;
    for (int image = 0; image < j->out.n; image++) {
        const float *x = j->in[0] + image * count;
        double square = 0;
        for (int i = 0; i < count; i++) {
            square += (double)x[i] * x[i];
        }
        transform(j, x, j->y + image * count);
        for (int i = 0; i < count; i++) {
            j->bound[image * count + i] = 4 * sqrt(square);
        }
    }
    j->terms = tokens_of(j->out) + j->out.c;
}

/* q . k, or q . W k with the head's own W. */
static double score(const job *j, const float *q, const float *k, int head, int depth,
                    double *size) {
    double sum = 0;
    *size = 0;
    for (int a = 0; a < depth; a++) {
        if (j->op->type == LC_OP_SDPA) {
            sum += (double)q[a] * k[a] / sqrt(depth);
            *size += fabs((double)q[a] * k[a]) / sqrt(depth);
            continue;
        }
        for (int b = 0; b < depth; b++) {
            double t = (double)j->weights[(head * depth + a) * depth + b] * q[b] * k[a];
            sum += t;
            *size += fabs(t);
        }
    }
    return sum;
}

/* One query of one head. */
static void attend(job *j, int image, int query, int head, double *p) {
    lc_shape qs = j->in_shape[0], ks = j->in_shape[1], vs = j->in_shape[2];
    int keys = tokens_of(ks), depth = qs.c / j->op->heads, part = vs.c / j->op->heads;
    const float *q = j->in[0] + (image * tokens_of(qs) + query) * qs.c + head * depth;
    const float *k = j->in[1] + image * keys * ks.c + head * depth;
    const float *v = j->in[2] + image * keys * vs.c + head * part;
    double most = 0;
    for (int t = 0; t < keys; t++) {
        double size;
        p[t] = score(j, q, k + t * ks.c, head, depth, &size);
        most = fmax(most, size);
    }
    reference_softmax_row(p, keys);
    int at = (image * tokens_of(qs) + query) * vs.c + head * part;
    for (int c = 0; c < part; c++) {
        for (int t = 0; t < keys; t++) {
            j->y[at + c] += p[t] * v[t * vs.c + c];
            j->bound[at + c] += (1 + 2 * most) * p[t] * fabs((double)v[t * vs.c + c]);
        }
    }
}

void reference_sdpa(job *j) {
    double *p = calloc((size_t)tokens_of(j->in_shape[1]), sizeof *p);
    for (int image = 0; image < j->out.n; image++) {
        for (int query = 0; query < tokens_of(j->out); query++) {
            for (int head = 0; head < j->op->heads; head++) {
                attend(j, image, query, head, p);
            }
        }
    }
    j->terms = j->in_shape[0].c + tokens_of(j->in_shape[1]);
    free(p);
}

void reference_heads(job *j) {
    bool split = j->op->type == LC_OP_SPLIT_HEADS;
    lc_shape s = split ? j->out : j->in_shape[0]; /* [N, heads, T, depth] */
    for (int n = 0; n < s.n; n++) {
        for (int h = 0; h < s.h; h++) {
            for (int t = 0; t < s.w; t++) {
                for (int d = 0; d < s.c; d++) {
                    int parted = ((n * s.h + h) * s.w + t) * s.c + d;
                    int whole = (n * s.w + t) * s.h * s.c + h * s.c + d;
                    j->y[split ? parted : whole] = j->in[0][split ? whole : parted];
                }
            }
        }
    }
    j->terms = 0;
}

void reference_dynamic_conv(job *j) {
    int tokens = tokens_of(j->out), width = j->out.c, taps = j->op->kernel_w;
    int heads = j->op->heads, depth = width / heads;
    double *p = calloc((size_t)taps, sizeof *p);
    for (int i = 0; i < j->out.n * tokens; i++) {
        for (int c = 0; c < width; c++) {
            for (int k = 0; k < taps; k++) {
                p[k] = j->in[1][(i * heads + c / depth) * taps + k];
            }
            reference_softmax_row(p, taps);
            for (int k = 0; k < taps; k++) {
                int t = i % tokens + k - taps / 2;
                bool inside = t >= 0 && t < tokens;
                double v = inside ? j->in[0][(i / tokens * tokens + t) * width + c] : 0;
                j->y[i * width + c] += p[k] * v;
            }
            j->bound[i * width + c] = 4;
        }
    }
    j->terms = 2 * taps;
    free(p);
}

/* Factor by factor on one row of `side`, and the magnitudes along with it. */
static int apply_factors(const job *j, int side, double *x, double *size) {
    const float *w = j->weights;
    int stages = 0;
    for (int span = 1; span < side; span *= 2, stages++, w += 2 * side) {
        for (int p = 0; p < side / 2; p++) {
            int a = p / span * 2 * span + p % span, b = a + span;
            const float *m = w + 4 * p;
            double x0 = m[0] * x[a] + m[1] * x[b], x1 = m[2] * x[a] + m[3] * x[b];
            double s0 = fabsf(m[0]) * size[a] + fabsf(m[1]) * size[b];
            double s1 = fabsf(m[2]) * size[a] + fabsf(m[3]) * size[b];
            x[a] = x0, x[b] = x1, size[a] = s0, size[b] = s1;
        }
    }
    return stages;
}

void reference_butterfly_linear(job *j) {
    int in = j->in_shape[0].c, out = j->out.c, side = 2;
    int rows = j->out.n * tokens_of(j->out);
    while (side < in || side < out) {
        side *= 2;
    }
    double *x = calloc((size_t)side, sizeof *x), *size = calloc((size_t)side, sizeof *size);
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < side; c++) {
            x[c] = c < in ? j->in[0][r * in + c] : 0;
            size[c] = fabs(x[c]);
        }
        int stages = apply_factors(j, side, x, size);
        const float *bias = j->weights + 2 * side * stages;
        for (int c = 0; c < out; c++) {
            double b = j->op->bias ? bias[c] : 0;
            j->y[r * out + c] = reference_activate(x[c] + b, j->op->act);
            j->bound[r * out + c] = size[c] + fabs(b);
        }
        j->terms = 2 * stages + 1;
    }
    free(x);
    free(size);
}

/* One step: state h and cell c of `hidden`, gates[4 hidden]. Returns the largest sum of magnitudes
 * under a gate. */
static double lstm_step(const job *j, const float *x, double *h, double *c, double *gates) {
    int in = j->in_shape[0].c, hidden = j->op->hidden;
    const float *wx = j->weights, *wh = wx + 4 * hidden * in, *bias = wh + 4 * hidden * hidden;
    double most = 1;
    for (int g = 0; g < 4 * hidden; g++) {
        double sum = j->op->bias ? bias[g] : 0, size = fabs(sum);
        for (int i = 0; i < in; i++) {
            sum += (double)wx[g * in + i] * x[i];
            size += fabs((double)wx[g * in + i] * x[i]);
        }
        for (int i = 0; i < hidden; i++) {
            sum += wh[g * hidden + i] * h[i];
            size += fabs(wh[g * hidden + i] * h[i]);
        }
        gates[g] = sum;
        most = fmax(most, size);
    }
    for (int i = 0; i < hidden; i++) {
        c[i] = sigmoid(gates[hidden + i]) * c[i] + sigmoid(gates[i]) * tanh(gates[2 * hidden + i]);
        h[i] = sigmoid(gates[3 * hidden + i]) * tanh(c[i]);
    }
    return most;
}

void reference_lstm(job *j) {
    int in = j->in_shape[0].c, hidden = j->op->hidden, steps = tokens_of(j->out);
    double *h = calloc((size_t)(6 * hidden), sizeof *h), most = 1;
    for (int i = 0; i < j->out.n * steps; i++) {
        for (int k = 0; i % steps == 0 && k < 2 * hidden; k++) {
            h[k] = 0;
        }
        most = fmax(most, lstm_step(j, j->in[0] + i * in, h, h + hidden, h + 2 * hidden));
        for (int k = 0; k < hidden; k++) {
            j->y[i * hidden + k] = h[k];
        }
    }
    for (int i = 0; i < j->out.n * steps * hidden; i++) {
        j->bound[i] = most;
    }
    j->terms = in + hidden + steps;
    free(h);
}

static uint32_t scramble(uint32_t place) {
    uint32_t x = place * 2654435769U + 2246822507U;
    x ^= x >> 16;
    x *= 2246822507U;
    x ^= x >> 13;
    x *= 3266489909U;
    return x ^ (x >> 16);
}

void reference_mc_dropout(job *j) {
    int count = (int)lc_shape_count(j->in_shape[0]);
    double rate = j->op->rate_percent / 100.0;
    for (int i = 0; i < (int)lc_shape_count(j->out); i++) {
        bool keep = scramble((uint32_t)i) >= floor(rate * 4294967296.0 + 1e-3);
        j->y[i] = keep ? j->in[0][i % count] / (1 - rate) : 0;
        j->bound[i] = fabs(j->y[i]);
    }
    j->terms = 1;
}

void reference_range_batch_norm(job *j) {
    int width = j->out.c, n = (int)lc_shape_count(j->out) / width;
    for (int c = 0; c < width; c++) {
        double mean = 0, low = INFINITY, high = -INFINITY;
        for (int i = 0; i < n; i++) {
            double x = j->in[0][i * width + c];
            mean += x / n;
            low = fmin(low, x);
            high = fmax(high, x);
        }
        double factor = j->weights[c] * sqrt(2 * log(n)) / (high - low + 1e-5);
        for (int i = 0; i < n; i++) {
            j->y[i * width + c] = (j->in[0][i * width + c] - mean) * factor + j->weights[width + c];
            j->bound[i * width + c] = 2 * fabs(factor) + 1;
        }
    }
    j->terms = n;
}
