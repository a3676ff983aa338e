/* Vectors of f32 as wide as the instruction set that a file is compiled for. They add, subtract
 * and multiply by the compiler's vector operators; what those lack is here. Include it only in
 * files that the build compiles for that instruction set. */
#ifndef TRAIN_VECTOR_H
#define TRAIN_VECTOR_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX512DQ__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#define LC__ALWAYS static inline __attribute__((always_inline))

#if defined(__AVX512DQ__)
#define LC__LANES 16
#elif defined(__AVX2__)
#define LC__LANES 8
#else
#define LC__LANES 4
#endif

typedef float lc__vec __attribute__((vector_size(LC__LANES * 4)));
typedef int32_t lc__vec_int __attribute__((vector_size(LC__LANES * 4)));

LC__ALWAYS lc__vec lc__vec_set(float x) {
    return x - (lc__vec){0};
}

LC__ALWAYS lc__vec lc__vec_load(const float *p) {
    lc__vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

LC__ALWAYS void lc__vec_store(float *p, lc__vec v) {
    memcpy(p, &v, sizeof v);
}

/* The first n <= LC__LANES lanes of memory; the others are 0. */
LC__ALWAYS lc__vec lc__vec_load_n(const float *p, int n) {
    if (n == LC__LANES)
        return lc__vec_load(p);
    lc__vec v = {0};
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
}

LC__ALWAYS void lc__vec_store_n(float *p, lc__vec v, int n) {
    if (n == LC__LANES)
        lc__vec_store(p, v);
    else
        memcpy(p, &v, (size_t)n * sizeof *p);
}

LC__ALWAYS lc__vec lc__vec_abs(lc__vec v) {
    const lc__vec_int magnitude = INT32_MAX - (lc__vec_int){0};
    return (lc__vec)((lc__vec_int)v & magnitude);
}

/* Hard tanh: v, but no further from 0 than 1. */
LC__ALWAYS lc__vec lc__vec_clip(lc__vec v) {
#if defined(__AVX512DQ__)
    /* imm8 2: the one of smaller magnitude, with the sign of the first. */
    return _mm512_range_ps(v, lc__vec_set(1.0F), 2);
#elif defined(__AVX2__)
    return _mm256_max_ps(_mm256_min_ps(v, lc__vec_set(1.0F)), lc__vec_set(-1.0F));
#else
    for (int i = 0; i < LC__LANES; i++) {
        float x = v[i] < 1.0F ? v[i] : 1.0F;
        v[i] = x > -1.0F ? x : -1.0F;
    }
    return v;
#endif
}

#endif
