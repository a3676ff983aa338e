/* Eight lanes of AVX2 with FMA; see avx512.h. */
#ifndef KERNELS_X86_AVX2_H
#define KERNELS_X86_AVX2_H

#include <immintrin.h>

#include "kernels/vec.h"

#define LC__VF_LANES 8

typedef float lc__vf __attribute__((vector_size(32)));
typedef int32_t lc__vi __attribute__((vector_size(32)));

LC__INLINE lc__vf lc__vf_set(float x) {
    return _mm256_set1_ps(x);
}

LC__INLINE lc__vf lc__vf_load(const float *p) {
    return _mm256_loadu_ps(p);
}

LC__INLINE void lc__vf_store(float *p, lc__vf v) {
    _mm256_storeu_ps(p, v);
}

LC__INLINE __m256i lc__vf_mask(size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* The first n <= 8 lanes of memory; the others are 0. */
LC__INLINE lc__vf lc__vf_load_n(const float *p, size_t n) {
    return n == LC__VF_LANES ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, lc__vf_mask(n));
}

LC__INLINE void lc__vf_store_n(float *p, lc__vf v, size_t n) {
    if (n == LC__VF_LANES) { /* masked stores are slow on some CPUs */
        _mm256_storeu_ps(p, v);
    } else {
        _mm256_maskstore_ps(p, lc__vf_mask(n), v);
    }
}

/* a * b + c, rounded once. */
LC__INLINE lc__vf lc__vf_fma(lc__vf a, lc__vf b, lc__vf c) {
    return _mm256_fmadd_ps(a, b, c);
}

LC__INLINE lc__vf lc__vf_max(lc__vf a, lc__vf b) {
    return _mm256_max_ps(a, b);
}

LC__INLINE lc__vf lc__vf_min(lc__vf a, lc__vf b) {
    return _mm256_min_ps(a, b);
}

LC__INLINE float lc__vf_sum(lc__vf v) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

LC__INLINE float lc__vf_most(lc__vf v) {
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}

LC__INLINE lc__vi lc__vi_set(int32_t x) {
    return (lc__vi)_mm256_set1_epi32(x);
}

LC__INLINE lc__vi lc__vi_load(const void *p) {
    return (lc__vi)_mm256_loadu_si256(p);
}

LC__INLINE lc__vi lc__vi_load_n(const int32_t *p, size_t n) {
    return (lc__vi)_mm256_maskload_epi32(p, lc__vf_mask(n));
}

/* Stores the low 8 or 16 bits of n lanes. */
LC__INLINE void lc__vi_store8_n(void *p, lc__vi v, size_t n) {
    const __m256i low =
        _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12,
                         -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    __m256i bytes = _mm256_shuffle_epi8((__m256i)v, low);
    __m128i all =
        _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
    if (n == LC__VF_LANES) {
        _mm_storel_epi64(p, all);
    } else {
        int64_t eight = _mm_cvtsi128_si64(all);
        memcpy(p, &eight, n);
    }
}

LC__INLINE void lc__vi_store16_n(void *p, lc__vi v, size_t n) {
    const __m256i low = _mm256_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1,
                                         0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1);
    __m256i halves = _mm256_shuffle_epi8((__m256i)v, low);
    __m128i all =
        _mm_unpacklo_epi64(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
    if (n == LC__VF_LANES) {
        _mm_storeu_si128(p, all);
    } else {
        memcpy(p, &all, n * sizeof(uint16_t));
    }
}

/* n signed bytes, or the upper halves of n f32, as f32; the other lanes are 0. */
LC__INLINE lc__vf lc__vf_load8_n(const void *p, size_t n) {
    __m128i bytes;
    if (n == LC__VF_LANES) {
        bytes = _mm_loadl_epi64(p);
    } else {
        int64_t eight = 0;
        memcpy(&eight, p, n);
        bytes = _mm_cvtsi64_si128(eight);
    }
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

/* n signed halfwords as f32. */
LC__INLINE lc__vf lc__vf_load16_n(const void *p, size_t n) {
    __m128i halves = _mm_setzero_si128();
    memcpy(&halves, p, n * sizeof(int16_t));
    return _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(halves));
}

LC__INLINE lc__vf lc__vf_load_bf16_n(const void *p, size_t n) {
    __m128i halves = _mm_setzero_si128();
    if (n == LC__VF_LANES) {
        halves = _mm_loadu_si128(p);
    } else {
        memcpy(&halves, p, n * sizeof(uint16_t));
    }
    return (lc__vf)_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16);
}

#endif
