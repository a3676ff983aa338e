/* Kernels of the CUDA backend, f32, tensors [N, H, W, C]. Compiled at run time by NVRTC for the
 * card at hand, in the part of CUDA that is C, so that the tests can compile them for the CPU. */

#include "cuda_args.h"

#ifndef KERNEL /* the tests define it for the CPU */
#define KERNEL extern "C" __global__
#endif

#define TILE 64  /* pixels, and output channels, of a block's tile */
#define DEPTH 16 /* products a tile advances by */
#define SIDE 8   /* pixels, and output channels, of a thread */
/* Sums stay in registers only where every index is a constant; some compilers unroll all by
 * themselves, that of sm_90 does not. */
#define UNROLL _Pragma("unroll")

__device__ static float act_of(int act, float v) {
    switch (act) { /* in the order of lc_act */
    case 1:
        return fmaxf(v, 0.0f);
    case 2:
        return fminf(fmaxf(v, 0.0f), 6.0f);
    case 3:
        return fminf(fmaxf(v + 3.0f, 0.0f), 6.0f) / 6.0f;
    case 4:
        return v * fminf(fmaxf(v + 3.0f, 0.0f), 6.0f) / 6.0f;
    case 5:
        return 0.5f * v * (1.0f + erff(v * 0.70710678f));
    case 6:
        return 1.0f / (1.0f + expf(-v));
    default:
        return v;
    }
}

/* ---- what one weight does to one value (kernels/term.h has the same for CPUs) ---- */

#define AS_IS(x) (x)
#define MULTIPLY(sum, x, w) ((sum) + (x) * (w))
/* -|x - w|: a subtraction and an addition, whose absolute value costs nothing. */
#define ADD(sum, x, w) ((sum)-fabsf((x) - (w)))
/* A power of two is added to the exponent, its sign with it. Values too small to be shifted count
 * as 2^-119. */
#define SHIFTABLE(x) ((__float_as_int(x) & 0x7f800000) < (8 << 23) ? __int_as_float(8 << 23) : (x))
#define SHIFT(sum, x, w)                                                                           \
    ((sum) + __int_as_float((int)((unsigned)__float_as_int(x) + (unsigned)__float_as_int(w))))

/* ---- convolutions with a dense part: a matrix product whose rows are gathered ---- */

/* Walks along the window of one output pixel: taps, and in each the channels of the group. */
typedef struct window {
    const float *image; /* NULL: the pixel lies beyond the last */
    int top, left;      /* of the window, in the image */
    int tap, channel;
} window;

__device__ static window window_of(const lc__cuda_args *a, int pixel, int group, int per_group) {
    window v;
    int x = pixel % a->ow, y = pixel / a->ow % a->oh, image = pixel / a->ow / a->oh;
    v.image = image < a->n
                  ? a->x + (long long)image * a->h * a->width * a->c + (long long)group * per_group
                  : 0;
    v.top = y * a->sh - a->ph;
    v.left = x * a->sw - a->pw;
    v.tap = 0;
    v.channel = 0;
    return v;
}

/* The value under the walk, which moves on; padding and whatever lies beyond is 0. */
__device__ static float next_value(const lc__cuda_args *a, window *v, int per_group) {
    float value = 0.0f;
    int y = v->top + v->tap / a->kw, x = v->left + v->tap % a->kw;
    if (v->image && v->tap < a->kh * a->kw && y >= 0 && y < a->h && x >= 0 && x < a->width)
        value = v->image[((long long)y * a->width + x) * a->c + v->channel];
    if (++v->channel == per_group) {
        v->channel = 0;
        v->tap++;
    }
    return value;
}

/* Block (x, y, z): a tile of pixels, of output channels, a group; TILE threads. Weights are packed
 * [group][kh * kw * channels of the group][output channels of the group]. Beyond the last product
 * both factors are 0, which adds nothing: |0 - 0| and 2^-119 neither. */
#define CONVOLUTION(NAME, PREPARE, TERM)                                                           \
    KERNEL void NAME(lc__cuda_args a) {                                                            \
        __shared__ float xs[DEPTH][TILE], ws[DEPTH][TILE];                                         \
        int t = threadIdx.x, group = blockIdx.z, first_pixel = blockIdx.x * TILE;                  \
        int first = blockIdx.y * TILE, per_group = a.c / a.groups, outputs = a.oc / a.groups;      \
        int depth = a.kh * a.kw * per_group, row = t / SIDE, column = t % SIDE;                    \
        const float *w = a.w + (long long)group * depth * outputs;                                 \
        window v = window_of(&a, first_pixel + t, group, per_group);                               \
        float sum[SIDE][SIDE];                                                                     \
        UNROLL for (int i = 0; i < SIDE; i++) UNROLL for (int j = 0; j < SIDE; j++) sum[i][j] =    \
            0.0f;                                                                                  \
        for (int k0 = 0; k0 < depth; k0 += DEPTH) {                                                \
            UNROLL for (int k = 0; k < DEPTH; k++) {                                               \
                int inside = k0 + k < depth && first + t < outputs;                                \
                float value = next_value(&a, &v, per_group);                                       \
                xs[k][t] = PREPARE(value);                                                         \
                ws[k][t] = inside ? w[(long long)(k0 + k) * outputs + first + t] : 0.0f;           \
            }                                                                                      \
            __syncthreads();                                                                       \
            UNROLL for (int k = 0; k < DEPTH; k++) UNROLL for (int i = 0; i < SIDE; i++)           \
                UNROLL for (int j = 0; j < SIDE; j++) sum[i][j] = TERM(                            \
                    sum[i][j], xs[k][row * SIDE + i], ws[k][column * 4 + j % 4 + j / 4 * 32]);     \
            __syncthreads();                                                                       \
        }                                                                                          \
        UNROLL for (int i = 0; i < SIDE; i++) UNROLL for (int j = 0; j < SIDE; j++) {              \
            int pixel = first_pixel + row * SIDE + i;                                              \
            int output = first + column * 4 + j % 4 + j / 4 * 32;                                  \
            if (pixel >= a.n * a.oh * a.ow || output >= outputs)                                   \
                continue;                                                                          \
            output += group * outputs;                                                             \
            float bias = a.b ? a.b[output] : 0.0f;                                                 \
            a.y[(long long)pixel * a.oc + output] = act_of(a.act, sum[i][j] + bias);               \
        }                                                                                          \
    }

CONVOLUTION(conv_multiply, AS_IS, MULTIPLY)
CONVOLUTION(conv_adder, AS_IS, ADD)
CONVOLUTION(conv_shift, SHIFTABLE, SHIFT)

/* ---- one thread an element of the output ---- */

/* The element of this thread, or a number beyond `count`. */
__device__ static long long element(void) {
    return (long long)blockIdx.x * blockDim.x + threadIdx.x;
}

/* Weights packed [kh * kw][channels]. */
#define DEPTHWISE(NAME, PREPARE, TERM)                                                             \
    KERNEL void NAME(lc__cuda_args a) {                                                            \
        long long e = element();                                                                   \
        if (e >= (long long)a.n * a.oh * a.ow * a.c)                                               \
            return;                                                                                \
        int channel = (int)(e % a.c), pixel = (int)(e / a.c);                                      \
        window v = window_of(&a, pixel, 0, a.c);                                                   \
        float sum = 0.0f;                                                                          \
        for (int tap = 0; tap < a.kh * a.kw; tap++) {                                              \
            v.tap = tap;                                                                           \
            v.channel = channel;                                                                   \
            float value = next_value(&a, &v, a.c);                                                 \
            sum = TERM(sum, PREPARE(value), a.w[tap * a.c + channel]);                             \
        }                                                                                          \
        a.y[e] = act_of(a.act, sum + (a.b ? a.b[channel] : 0.0f));                                 \
    }

DEPTHWISE(depthwise_multiply, AS_IS, MULTIPLY)
DEPTHWISE(depthwise_adder, AS_IS, ADD)
DEPTHWISE(depthwise_shift, SHIFTABLE, SHIFT)

/* The activation of x + bias; rows x columns, the bias along the columns. */
KERNEL void activate(lc__cuda_args a) {
    long long e = element();
    if (e < (long long)a.rows * a.columns)
        a.y[e] = act_of(a.act, a.x[e] + (a.b ? a.b[e % a.columns] : 0.0f));
}

KERNEL void add(lc__cuda_args a) {
    long long e = element();
    if (e < (long long)a.rows * a.columns)
        a.y[e] = act_of(a.act, a.x[e] + a.x2[e]);
}

/* x2 has the shape of x, or (`inner` 1) one factor for each image and channel. */
KERNEL void multiply(lc__cuda_args a) {
    long long e = element();
    if (e >= (long long)a.n * a.h * a.width * a.c)
        return;
    long long image = e / ((long long)a.h * a.width * a.c);
    a.y[e] = act_of(a.act, a.x[e] * a.x2[a.inner ? image * a.c + e % a.c : e]);
}

/* Rows of `columns` channels into rows of oc, from channel `offset` on. */
KERNEL void place(lc__cuda_args a) {
    long long e = element();
    if (e < (long long)a.rows * a.columns)
        a.y[e / a.columns * a.oc + a.offset + e % a.columns] = a.x[e];
}

KERNEL void shuffle(lc__cuda_args a) {
    long long e = element();
    if (e >= (long long)a.rows * a.columns)
        return;
    int to = (int)(e % a.columns), each = a.columns / a.groups;
    int from = to % a.groups * each + to / a.groups;
    a.y[e] = a.x[e - to + from];
}

KERNEL void spatial_shift(lc__cuda_args a) {
    long long e = element();
    if (e >= (long long)a.n * a.h * a.width * a.c)
        return;
    int channel = (int)(e % a.c), x = (int)(e / a.c % a.width);
    int y = (int)(e / a.c / a.width % a.h);
    int offsets = a.kh * a.kw, share = a.c / offsets > 0 ? a.c / offsets : 1;
    int offset = channel / share < offsets ? channel / share : offsets - 1;
    int dy = offset / a.kw - a.kh / 2, dx = offset % a.kw - a.kw / 2;
    int inside = y + dy >= 0 && y + dy < a.h && x + dx >= 0 && x + dx < a.width;
    a.y[e] = inside ? a.x[e + ((long long)dy * a.width + dx) * a.c] : 0.0f;
}

/* `inner` 0: the mean, else the maximum. Padding takes no part. */
KERNEL void pool(lc__cuda_args a) {
    long long e = element();
    if (e >= (long long)a.n * a.oh * a.ow * a.c)
        return;
    int pixel = (int)(e / a.c), taps = 0;
    window v = window_of(&a, pixel, 0, a.c);
    float most = -3.4e38f, sum = 0.0f;
    for (int tap = 0; tap < a.kh * a.kw; tap++) {
        int y = v.top + tap / a.kw, x = v.left + tap % a.kw;
        if (y < 0 || y >= a.h || x < 0 || x >= a.width)
            continue;
        v.tap = tap;
        v.channel = (int)(e % a.c);
        float value = next_value(&a, &v, a.c);
        most = fmaxf(most, value);
        sum += value;
        taps++;
    }
    a.y[e] = a.inner ? most : sum / (float)(taps > 0 ? taps : 1);
}

/* One thread an image and channel. */
KERNEL void global_avg_pool(lc__cuda_args a) {
    long long e = element();
    if (e >= (long long)a.n * a.c)
        return;
    long long pixels = (long long)a.h * a.width;
    const float *x = a.x + e / a.c * pixels * a.c + e % a.c;
    float sum = 0.0f;
    for (long long i = 0; i < pixels; i++)
        sum += x[i * a.c];
    a.y[e] = sum / (float)pixels;
}

/* One of `rows` x `columns` outputs of one product of a batch: for cards without cuBLAS. */
KERNEL void product(lc__cuda_args a) {
    long long e = element();
    if (e >= (long long)a.rows * a.columns)
        return;
    long long row = e / a.columns, column = e % a.columns, batch = blockIdx.y;
    const float *x = a.x + batch * a.stride_a + row * a.lda;
    const float *w = a.x2 + batch * a.stride_b + (a.transpose_b ? column * a.ldb : column);
    float sum = 0.0f;
    for (int k = 0; k < a.inner; k++)
        sum += x[k] * w[a.transpose_b ? k : (long long)k * a.ldb];
    a.y[batch * a.stride_c + row * a.ldc + column] = a.scale * sum;
}

/* ---- one block of TILE threads a row ---- */

/* The sum, or the maximum, of every thread's value. */
__device__ static float over_block(float *part, float mine, int maximum) {
    int t = threadIdx.x;
    __syncthreads(); /* the last one's result was read */
    part[t] = mine;
    __syncthreads();
    for (int half = TILE / 2; half > 0; half /= 2) {
        if (t < half)
            part[t] = maximum ? fmaxf(part[t], part[t + half]) : part[t] + part[t + half];
        __syncthreads();
    }
    return part[0];
}

KERNEL void softmax(lc__cuda_args a) {
    __shared__ float part[TILE];
    const float *x = a.x + (long long)blockIdx.x * a.columns;
    float *y = a.y + (long long)blockIdx.x * a.columns, most = -3.4e38f, sum = 0.0f;
    for (int i = threadIdx.x; i < a.columns; i += TILE)
        most = fmaxf(most, x[i]);
    most = over_block(part, most, 1);
    for (int i = threadIdx.x; i < a.columns; i += TILE) {
        float e = expf(x[i] - most);
        y[i] = e;
        sum += e;
    }
    sum = over_block(part, sum, 0);
    for (int i = threadIdx.x; i < a.columns; i += TILE)
        y[i] /= sum;
}

KERNEL void layer_norm(lc__cuda_args a) {
    __shared__ float part[TILE];
    const float *x = a.x + (long long)blockIdx.x * a.columns;
    float *y = a.y + (long long)blockIdx.x * a.columns, sum = 0.0f, square = 0.0f;
    for (int i = threadIdx.x; i < a.columns; i += TILE)
        sum += x[i];
    float mean = over_block(part, sum, 0) / (float)a.columns;
    for (int i = threadIdx.x; i < a.columns; i += TILE)
        square += (x[i] - mean) * (x[i] - mean);
    float deviation = sqrtf(over_block(part, square, 0) / (float)a.columns + 1e-5f);
    for (int i = threadIdx.x; i < a.columns; i += TILE)
        y[i] = (x[i] - mean) / deviation * a.w[i] + a.b[i];
}
