/* Token mixing: a transform along the channels of every token, then along the tokens of every
 * channel.
 *
 * Two real sequences are transformed as one complex one, x + i y: X[k] is the half sum of Z[k] and
 * conj Z[n - k], Y[k] their half difference over i. Of the Fourier transform of real rows only the
 * first half of the columns has to go on, since Z[t][k] = conj Z[-t][-k]. A cosine transform
 * (DCT-II) is that of the sequence x[0], x[2], ... x[3], x[1] turned by a quarter step: X[k] =
 * Re(exp(-pi i k / 2 n) V[k]) (Makhoul's form). */
#include <math.h>
#include <string.h>

#include "kernels/fourier/fft.h"
#include "kernels/kernel.h"
#include "kernels/slots.h"

enum { LANES = LC__FFT_LANES, PAIRS = 2 * LANES };

/* A tensor as images of a matrix, tokens x channels. */
typedef struct plan {
    const lc__call *call;
    size_t images, tokens, channels, half; /* half: columns that go on, channels / 2 + 1 */
    const float *channel_roots, *token_roots;
    float *spectrum; /* [images][tokens][half][2] of the Fourier transform */
    float *slots;    /* memory of every slot */
    size_t slot_size;
} plan;

/* Roots for a length: those of lc__fft_roots(), then cos and sin of pi k / 2 n. */
static size_t roots_size(size_t n) {
    return 4 * n;
}

static void make_roots(size_t n, float *roots) {
    lc__fft_roots(n, roots);
    for (size_t k = 0; k < n; k++) {
        double angle = 3.14159265358979323846 * (double)k / (2.0 * (double)n);
        roots[2 * n + k] = (float)cos(angle);
        roots[3 * n + k] = (float)sin(angle);
    }
}

static plan plan_of(const lc__call *call) {
    lc_shape s = call->in_shape[0];
    plan p = {.call = call,
              .images = (size_t)s.n,
              .tokens = (size_t)s.h * (size_t)s.w,
              .channels = (size_t)s.c,
              .half = (size_t)s.c / 2 + 1};
    size_t longest = p.tokens > p.channels ? p.tokens : p.channels;
    p.slot_size = 2 * lc__fft_signal_size(longest);
    p.channel_roots = call->packed;
    p.token_roots = p.channel_roots == NULL ? NULL : p.channel_roots + roots_size(p.channels);
    p.spectrum = call->scratch;
    return p;
}

static size_t spectrum_size(const plan *p) {
    return p->call->op.cosine ? 0 : p->images * p->tokens * p->half * 2;
}

/* Where value i of a sequence of n goes before a cosine transform. */
static size_t fold(size_t i, size_t n) {
    return i % 2 == 0 ? i / 2 : n - 1 - i / 2;
}

/* Values 2 lane and 2 lane + 1 of the sequences go to re and im of a lane: sequence q's value i is
 * from[q * across + i * along]; there are `count` of them. */
static void gather(const float *from, size_t n, size_t count, size_t across, size_t along,
                   bool cosine, lc__signal to) {
    if (count < PAIRS) {
        memset(to.re, 0, lc__fft_signal_size(n) * sizeof *to.re);
    }
    for (size_t i = 0; i < n; i++) {
        size_t place = (cosine ? fold(i, n) : i) * LANES;
        const float *x = from + i * along;
        for (size_t q = 0; q < count; q++) {
            (q % 2 == 0 ? to.re : to.im)[place + q / 2] = x[q * across];
        }
    }
}

/* Real and imaginary part of value k of sequence q's transform, out of its pair's. */
static void part(const lc__signal *z, size_t n, size_t k, size_t q, float value[2]) {
    size_t a = k * LANES + q / 2, b = (k == 0 ? 0 : n - k) * LANES + q / 2;
    if (q % 2 == 0) {
        value[0] = 0.5F * (z->re[a] + z->re[b]);
        value[1] = 0.5F * (z->im[a] - z->im[b]);
    } else {
        value[0] = 0.5F * (z->im[a] + z->im[b]);
        value[1] = 0.5F * (z->re[b] - z->re[a]);
    }
}

/* Of the signal at the start of a slot's memory. */
static lc__signal transform(const float *roots, size_t n, float *memory) {
    lc__signal first = lc__fft_signal(memory, n);
    return lc__fft(n, roots, first, lc__fft_signal(memory + lc__fft_signal_size(n), n));
}

/* Cosine transforms of `count` sequences, from[] to to[], laid out alike; they may be the same. */
static void cosine_block(const float *roots, size_t n, const float *from, float *to, size_t count,
                         size_t across, size_t along, float *memory) {
    gather(from, n, count, across, along, true, lc__fft_signal(memory, n));
    lc__signal z = transform(roots, n, memory);
    for (size_t k = 0; k < n; k++) {
        float c = roots[2 * n + k], s = roots[3 * n + k];
        for (size_t q = 0; q < count; q++) {
            float v[2];
            part(&z, n, k, q, v);
            to[q * across + k * along] = v[0] * c + v[1] * s;
        }
    }
}

static size_t block_count(size_t n, size_t each) {
    return (n + each - 1) / each;
}

static size_t in_block(size_t n, size_t each, size_t block) {
    size_t left = n - block * each;
    return left < each ? left : each;
}

/* --- along the channels: blocks of tokens ----------------------------------------------------- */

static void channel_block(void *context, size_t slot, size_t block) {
    const plan *p = context;
    size_t rows = p->images * p->tokens, n = p->channels, first = block * PAIRS;
    size_t count = in_block(rows, PAIRS, block);
    float *memory = p->slots + slot * p->slot_size, *out = p->call->out;
    const float *in = p->call->in[0];
    if (p->call->op.cosine) {
        cosine_block(p->channel_roots, n, in + first * n, out + first * n, count, n, 1, memory);
        return;
    }
    gather(in + first * n, n, count, n, 1, false, lc__fft_signal(memory, n));
    lc__signal z = transform(p->channel_roots, n, memory);
    for (size_t q = 0; q < count; q++) {
        for (size_t k = 0; k < p->half; k++) {
            part(&z, n, k, q, p->spectrum + ((first + q) * p->half + k) * 2);
        }
    }
}

/* --- along the tokens: blocks of columns of one image ----------------------------------------- */

static void cosine_columns(const plan *p, size_t image, size_t block, float *memory) {
    float *at = (float *)p->call->out + image * p->tokens * p->channels + block * PAIRS;
    cosine_block(p->token_roots, p->tokens, at, at, in_block(p->channels, PAIRS, block), 1,
                 p->channels, memory);
}

/* Column k gives column channels - k as well, tokens in reverse. */
static void write_column(const plan *p, const lc__signal *z, size_t lane, size_t k, float *out) {
    size_t n = p->tokens, mirror = p->channels - k;
    bool twice = k > 0 && mirror != k;
    for (size_t t = 0; t < n; t++) {
        float value = z->re[t * LANES + lane];
        out[t * p->channels + k] = value;
        if (twice) {
            out[(t == 0 ? 0 : n - t) * p->channels + mirror] = value;
        }
    }
}

static void fourier_columns(const plan *p, size_t image, size_t block, float *memory) {
    size_t n = p->tokens, first = block * LANES, count = in_block(p->half, LANES, block);
    lc__signal x = lc__fft_signal(memory, n);
    memset(memory, 0, lc__fft_signal_size(n) * sizeof *memory);
    for (size_t t = 0; t < n; t++) {
        const float *from = p->spectrum + ((image * n + t) * p->half + first) * 2;
        for (size_t lane = 0; lane < count; lane++) {
            x.re[t * LANES + lane] = from[2 * lane];
            x.im[t * LANES + lane] = from[2 * lane + 1];
        }
    }
    lc__signal z = transform(p->token_roots, n, memory);
    float *out = (float *)p->call->out + image * n * p->channels;
    for (size_t lane = 0; lane < count; lane++) {
        write_column(p, &z, lane, first + lane, out);
    }
}

static size_t column_blocks(const plan *p) {
    return p->call->op.cosine ? block_count(p->channels, PAIRS) : block_count(p->half, LANES);
}

static void token_block(void *context, size_t slot, size_t item) {
    const plan *p = context;
    size_t blocks = column_blocks(p);
    float *memory = p->slots + slot * p->slot_size;
    if (p->call->op.cosine) {
        cosine_columns(p, item / blocks, item % blocks, memory);
    } else {
        fourier_columns(p, item / blocks, item % blocks, memory);
    }
}

/* --- the kernel ------------------------------------------------------------------------------- */

static size_t packed_size(const lc__call *call) {
    plan p = plan_of(call);
    return (roots_size(p.channels) + roots_size(p.tokens)) * sizeof(float);
}

static void pack(const lc__call *call, const float *weights, void *packed) {
    (void)weights;
    plan p = plan_of(call);
    float *roots = packed;
    make_roots(p.channels, roots);
    make_roots(p.tokens, roots + roots_size(p.channels));
}

static size_t scratch_size(const lc__call *call) {
    plan p = plan_of(call);
    return (spectrum_size(&p) + (size_t)lc__team_size(call->team) * p.slot_size) * sizeof(float);
}

static void run(const lc__call *call) {
    plan p = plan_of(call);
    p.slots = p.spectrum + spectrum_size(&p);
    lc__parallel_slots(call->team, block_count(p.images * p.tokens, PAIRS), channel_block, &p);
    lc__parallel_slots(call->team, p.images * column_blocks(&p), token_block, &p);
}

const lc__kernel lc__kernel_f32_fourier = {
    .name = "f32_fourier__scalar_8",
    .type = LC_OP_FOURIER,
    .dtype = LC_DTYPE_F32,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .run = run,
};
