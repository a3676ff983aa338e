/* Discrete Fourier transforms of LC__FFT_LANES sequences side by side, of any length: by the
 * factors of the length (Stockham's form of the mixed-radix algorithm), which for a prime is the
 * direct sum.
 */
#ifndef KERNELS_FFT_H
#define KERNELS_FFT_H

#include <stddef.h>

enum { LC__FFT_LANES = 8 };

/* Values of a length-n sequence for every lane: re[n][lanes], im[n][lanes]. */
typedef struct lc__signal {
    float *re, *im;
} lc__signal;

/* Floats of a signal of length n. */
size_t lc__fft_signal_size(size_t n);
lc__signal lc__fft_signal(float *memory, size_t n);

/* roots[2 n] = cos, then sin, of 2 pi k / n: what a transform of length n needs. */
void lc__fft_roots(size_t n, float *roots);

/* Transforms `from`; both signals are used, and the one that holds the result is returned. */
lc__signal lc__fft(size_t n, const float *roots, lc__signal from, lc__signal other);

#endif
