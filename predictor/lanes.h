/* Several numbers at a time: the same small problem for LC__LANES kernels side by side fills vector
 * registers of any width, where one small problem alone would not. Outside functions marked
 * LC__WIDE the compiler splits the vectors as the machine needs it. Helpers that take lanes are
 * macros or always inlined, so that they become part of each version. */
#ifndef PREDICTOR_LANES_H
#define PREDICTOR_LANES_H

#include <stdint.h>
#include "base/wide.h"

enum { LC__LANES = 8 };
typedef double lc__lanes __attribute__((vector_size(64)));
typedef int64_t lc__lane_bits __attribute__((vector_size(64)));

#define LC__INLINE static inline __attribute__((always_inline))

#endif
