#include "kernels/x86/avx2.h"

#include "kernels/value_int8.h"

#include "kernels/adder/adder.h"
#include "kernels/conv/finish_int.h"

/* |x - w| of eight inputs at a time by VPSADBW, which takes unsigned bytes: inputs and weights have
 * their sign bits flipped. A sum takes 64 bits, so a vector has 4 outputs; of the two that a row
 * has, one is made at the end. */
typedef lc__vi lc__weight_v;
typedef lc__vi lc__input_v;

#undef LC__SUM_LANES
#define LC__SUM_LANES 4
#define LC__STEP_BYTES 8

LC__INLINE lc__vi lc__tile_weight(const char *w) {
    return lc__vi_load(w);
}

LC__INLINE lc__vi lc__tile_input(const char *x) {
    int64_t eight;
    memcpy(&eight, x, sizeof eight);
    return (lc__vi)_mm256_set1_epi64x(eight);
}

LC__INLINE lc__vi lc__tile_term(lc__vi sum, lc__vi x, lc__vi w) {
    return sum + (lc__vi)_mm256_sad_epu8((__m256i)x, (__m256i)w);
}

static __attribute__((noinline)) void lc__adder_done(const lc__tile *t, lc__vi *sums, int rows,
                                                     int vecs) {
    for (int r = 0; r < rows; r++) {
        __m256 low = (__m256)sums[(size_t)r * (size_t)vecs];
        __m256 high = vecs > 1 ? (__m256)sums[(size_t)r * (size_t)vecs + 1] : _mm256_setzero_ps();
        __m256d even = (__m256d)_mm256_shuffle_ps(low, high, 0x88);
        sums[r] = -(lc__vi)_mm256_permute4x64_pd(even, 0xd8);
    }
    lc__tile_finish(t, sums, rows, 1);
}

#define LC__TILE_DONE lc__adder_done

/* Checked by objdump that the loop's only access to memory is to weights and inputs. */
#define LC__TILE_ROWS 6
#define LC__TILE_VECS 2
#include "kernels/conv/tile_loop.h"

LC__TILE_FN(tile, LC__ROWS_6)

const lc__micro lc__micro_int8_adder_avx2 = {
    .tile = tile,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_VECS * LC__SUM_LANES,
    .step = 8,
    .zeros = true,
    .fill = 0x80,
    .x_size = sizeof(int8_t),
    .w_size = sizeof(int8_t),
    .y_size = sizeof(int8_t),
    .weight = lc__micro_weight_adder_flipped,
};
