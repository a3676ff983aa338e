/* Several numbers at a time: the same small problem for LC__LANES kernels side by side fills vector
 * registers of any width, where one small problem alone would not. Functions marked LC__WIDE are
 * compiled for several instruction sets where compiler and system can choose among them at run
 * time; everywhere else the compiler splits the vectors as the machine needs it. Helpers that take
 * lanes are macros or always inlined, so that they become part of each version. */
#ifndef PREDICTOR_LANES_H
#define PREDICTOR_LANES_H

#include <stdint.h>

enum { LC__LANES = 8 };
typedef double lc__lanes __attribute__((vector_size(64)));
typedef int64_t lc__lane_bits __attribute__((vector_size(64)));

/* Sanitizers are not up and running yet when the version is chosen, while the program is linked. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define LC__SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LC__SANITIZED
#endif

/* Clang 14 gives such functions a name of its own, which other files do not find. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(LC__SANITIZED)
#define LC__WIDE __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define LC__WIDE
#endif
#define LC__INLINE static inline __attribute__((always_inline))

#endif
