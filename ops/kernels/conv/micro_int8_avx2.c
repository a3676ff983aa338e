#include "kernels/x86/avx2.h"

#include "kernels/conv/finish_int8.h"
#include "kernels/conv/micro.h"

/* VPMADDWD on inputs widened to 16 bits, two at a time: exact, where VPMADDUBSW would saturate.
 * Weights are widened when packed. */
typedef lc__vi lc__weight_v;
typedef lc__vi lc__input_v;

#define LC__STEP_BYTES 2

LC__INLINE lc__vi lc__tile_weight(const char *w) {
    return (lc__vi)_mm256_loadu_si256((const __m256i *)(const void *)w);
}

LC__INLINE lc__vi lc__tile_input(const char *x) {
    int16_t two;
    memcpy(&two, x, sizeof two);
    return (lc__vi)_mm256_cvtepi8_epi16(_mm_set1_epi16(two));
}

LC__INLINE lc__vi lc__tile_term(lc__vi sum, lc__vi x, lc__vi w) {
    return sum + (lc__vi)_mm256_madd_epi16((__m256i)x, (__m256i)w);
}

/* Checked by objdump that the loop's only access to memory is to weights and inputs. */
#define LC__TILE_ROWS 6
#define LC__TILE_VECS 2
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_6)

const lc__micro lc__micro_int8_avx2 = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__VF_LANES,
    .step = 2,
    .x_size = sizeof(int8_t),
    .w_size = sizeof(int16_t),
    .y_size = sizeof(int8_t),
    .weight = lc__micro_weight_int16,
};
