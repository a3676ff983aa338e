#include "kernels/fourier/fft.h"

#include <math.h>

enum { LANES = LC__FFT_LANES };

size_t lc__fft_signal_size(size_t n) {
    return 2 * n * LANES;
}

lc__signal lc__fft_signal(float *memory, size_t n) {
    return (lc__signal){memory, memory + n * LANES};
}

void lc__fft_roots(size_t n, float *roots) {
    for (size_t k = 0; k < n; k++) {
        double angle = 2.0 * 3.14159265358979323846 * (double)k / (double)n;
        roots[k] = (float)cos(angle);
        roots[n + k] = (float)sin(angle);
    }
}

/* One pass: blocks of transforms of length `done` become ones of length radix * done. Block b holds
 * the transform of what stands at b, b + blocks, b + 2 blocks, ... of the sequence. */
typedef struct pass {
    size_t n, radix, done, blocks; /* n = radix * done * blocks; `blocks` are left after it */
    const float *roots;
    lc__signal from, to;
} pass;

typedef struct value {
    float re[LANES], im[LANES];
} value;

/* exp(-2 pi i k / n) times the values at `place`. */
static inline void load(const pass *p, size_t place, size_t k, value *v) {
    const float *re = p->from.re + place * LANES, *im = p->from.im + place * LANES;
    float c = p->roots[k], s = p->roots[p->n + k];
    for (int i = 0; i < LANES; i++) {
        v->re[i] = re[i] * c + im[i] * s;
        v->im[i] = im[i] * c - re[i] * s;
    }
}

static inline void store(const pass *p, size_t place, const value *v) {
    float *re = p->to.re + place * LANES, *im = p->to.im + place * LANES;
    for (int i = 0; i < LANES; i++) {
        re[i] = v->re[i];
        im[i] = v->im[i];
    }
}

static inline value plus(const value *a, const value *b) {
    value v;
    for (int i = 0; i < LANES; i++) {
        v.re[i] = a->re[i] + b->re[i];
        v.im[i] = a->im[i] + b->im[i];
    }
    return v;
}

static inline value minus(const value *a, const value *b) {
    value v;
    for (int i = 0; i < LANES; i++) {
        v.re[i] = a->re[i] - b->re[i];
        v.im[i] = a->im[i] - b->im[i];
    }
    return v;
}

/* -i times a. */
static inline value turned(const value *a) {
    value v;
    for (int i = 0; i < LANES; i++) {
        v.re[i] = a->im[i];
        v.im[i] = -a->re[i];
    }
    return v;
}

static void radix2(const pass *p, size_t from, size_t to, size_t j) {
    value a, b, v;
    load(p, from, 0, &a);
    load(p, from + p->blocks * p->done, j * p->blocks, &b);
    v = plus(&a, &b);
    store(p, to, &v);
    v = minus(&a, &b);
    store(p, to + p->done, &v);
}

static void radix4(const pass *p, size_t from, size_t to, size_t j) {
    value x[4], even, odd, sum, difference, v;
    for (size_t q = 0; q < 4; q++) {
        load(p, from + q * p->blocks * p->done, q * j * p->blocks, &x[q]);
    }
    even = plus(&x[0], &x[2]);
    odd = minus(&x[0], &x[2]);
    sum = plus(&x[1], &x[3]);
    difference = minus(&x[1], &x[3]);
    difference = turned(&difference);
    v = plus(&even, &sum);
    store(p, to, &v);
    v = plus(&odd, &difference);
    store(p, to + p->done, &v);
    v = minus(&even, &sum);
    store(p, to + 2 * p->done, &v);
    v = minus(&odd, &difference);
    store(p, to + 3 * p->done, &v);
}

/* Any radix: output u is the sum over q of input q, turned by q (j + u done) of n / (radix
 * done). */
static void radix_any(const pass *p, size_t from, size_t to, size_t j) {
    for (size_t u = 0; u < p->radix; u++) {
        value sum = {{0}, {0}}, x;
        size_t step = (j + u * p->done) * p->blocks, k = 0;
        for (size_t q = 0; q < p->radix; q++) {
            load(p, from + q * p->blocks * p->done, k, &x);
            sum = plus(&sum, &x);
            k = (k + step) % p->n;
        }
        store(p, to + u * p->done, &sum);
    }
}

static void run_pass(const pass *p) {
    for (size_t block = 0; block < p->blocks; block++) {
        for (size_t j = 0; j < p->done; j++) {
            size_t from = block * p->done + j, to = block * p->radix * p->done + j;
            if (p->radix == 4) {
                radix4(p, from, to, j);
            } else if (p->radix == 2) {
                radix2(p, from, to, j);
            } else {
                radix_any(p, from, to, j);
            }
        }
    }
}

/* The factor to take out of n: 4, 2, or the least odd one. */
static size_t next_factor(size_t n) {
    if (n % 4 == 0) {
        return 4;
    }
    if (n % 2 == 0) {
        return 2;
    }
    for (size_t f = 3; f * f <= n; f += 2) {
        if (n % f == 0) {
            return f;
        }
    }
    return n;
}

lc__signal lc__fft(size_t n, const float *roots, lc__signal from, lc__signal other) {
    for (size_t done = 1; done < n;) {
        size_t radix = next_factor(n / done);
        pass p = {.n = n,
                  .radix = radix,
                  .done = done,
                  .blocks = n / done / radix,
                  .roots = roots,
                  .from = from,
                  .to = other};
        run_pass(&p);
        other = from;
        from = p.to;
        done *= radix;
    }
    return from;
}
