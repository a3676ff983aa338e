/* Sixteen lanes of AVX-512: one of the headers that give vectors lc__vf, lc__vi to the code that
 * instruction sets share. They add, subtract, multiply, divide and compare by the compiler's vector
 * operators. Include it only in files compiled for this instruction set. */
#ifndef KERNELS_X86_AVX512_H
#define KERNELS_X86_AVX512_H

#include <immintrin.h>

#include "kernels/vec.h"

#define LC__VF_LANES 16

typedef float lc__vf __attribute__((vector_size(64)));
typedef int32_t lc__vi __attribute__((vector_size(64)));

LC__INLINE lc__vf lc__vf_set(float x) {
    return _mm512_set1_ps(x);
}

LC__INLINE lc__vf lc__vf_load(const float *p) {
    return _mm512_loadu_ps(p);
}

LC__INLINE void lc__vf_store(float *p, lc__vf v) {
    _mm512_storeu_ps(p, v);
}

LC__INLINE __mmask16 lc__vf_mask(size_t n) {
    return (__mmask16)((UINT32_C(1) << n) - 1);
}

/* The first n <= 16 lanes of memory; the others are 0. */
LC__INLINE lc__vf lc__vf_load_n(const float *p, size_t n) {
    return n == LC__VF_LANES ? _mm512_loadu_ps(p) : _mm512_maskz_loadu_ps(lc__vf_mask(n), p);
}

LC__INLINE void lc__vf_store_n(float *p, lc__vf v, size_t n) {
    if (n == LC__VF_LANES) {
        _mm512_storeu_ps(p, v);
    } else {
        _mm512_mask_storeu_ps(p, lc__vf_mask(n), v);
    }
}

/* a * b + c, rounded once. */
LC__INLINE lc__vf lc__vf_fma(lc__vf a, lc__vf b, lc__vf c) {
    return _mm512_fmadd_ps(a, b, c);
}

LC__INLINE lc__vf lc__vf_max(lc__vf a, lc__vf b) {
    return _mm512_max_ps(a, b);
}

LC__INLINE lc__vf lc__vf_min(lc__vf a, lc__vf b) {
    return _mm512_min_ps(a, b);
}

LC__INLINE float lc__vf_sum(lc__vf v) {
    return _mm512_reduce_add_ps(v);
}

LC__INLINE float lc__vf_most(lc__vf v) {
    return _mm512_reduce_max_ps(v);
}

LC__INLINE lc__vi lc__vi_set(int32_t x) {
    return (lc__vi)_mm512_set1_epi32(x);
}

LC__INLINE lc__vi lc__vi_load(const void *p) {
    return (lc__vi)_mm512_loadu_si512(p);
}

LC__INLINE lc__vi lc__vi_load_n(const int32_t *p, size_t n) {
    return (lc__vi)_mm512_maskz_loadu_epi32(lc__vf_mask(n), p);
}

/* Stores the low 8 or 16 bits of n lanes. */
LC__INLINE void lc__vi_store8_n(void *p, lc__vi v, size_t n) {
    __m128i low = _mm512_cvtepi32_epi8((__m512i)v);
    if (n == LC__VF_LANES) {
        _mm_storeu_si128(p, low);
    } else {
        _mm_mask_storeu_epi8(p, lc__vf_mask(n), low);
    }
}

LC__INLINE void lc__vi_store16_n(void *p, lc__vi v, size_t n) {
    __m256i low = _mm512_cvtepi32_epi16((__m512i)v);
    if (n == LC__VF_LANES) {
        _mm256_storeu_si256(p, low);
    } else {
        _mm256_mask_storeu_epi16(p, lc__vf_mask(n), low);
    }
}

/* n signed bytes or halfwords, or the upper halves of n f32, as f32. */
LC__INLINE lc__vf lc__vf_load8_n(const void *p, size_t n) {
    __m128i bytes =
        n == LC__VF_LANES ? _mm_loadu_si128(p) : _mm_maskz_loadu_epi8(lc__vf_mask(n), p);
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
}

LC__INLINE lc__vf lc__vf_load16_n(const void *p, size_t n) {
    __m256i halves =
        n == LC__VF_LANES ? _mm256_loadu_si256(p) : _mm256_maskz_loadu_epi16(lc__vf_mask(n), p);
    return _mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(halves));
}

LC__INLINE lc__vf lc__vf_load_bf16_n(const void *p, size_t n) {
    __m256i halves =
        n == LC__VF_LANES ? _mm256_loadu_si256(p) : _mm256_maskz_loadu_epi16(lc__vf_mask(n), p);
    return (lc__vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16);
}

#endif
