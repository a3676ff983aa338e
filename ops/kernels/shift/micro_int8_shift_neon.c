#include "kernels/arm/neon.h"

#include "kernels/value_int8.h"

#include "kernels/conv/finish_int.h"
#include "kernels/shift/shift.h"

/* Inputs of 8 bits, shifted by 7 at most, fit 16 bits, two to a lane; pairs of them are added to
 * 32. A mask makes -x - 1 of those with a minus sign, see term_int.h. */
typedef struct lc__weight_v {
    int16x8_t count, mask;
} lc__weight_v;
typedef int16x8_t lc__input_v;
typedef lc__sum lc__part;

#define LC__STEP_BYTES 4
#define LC__STEP_WEIGHTS 128
#define LC__TILE_MOST SIZE_MAX

/* Counts of 8 outputs, their masks, then those of the other 8. */
LC__INLINE lc__weight_v lc__tile_weights(const char *w, int v) {
    const char *count = w + v / 2 * 64 + v % 2 * 16;
    return (lc__weight_v){vreinterpretq_s16_u32(lc__neon_load(count)),
                          vreinterpretq_s16_u32(lc__neon_load(count + 32))};
}

LC__INLINE lc__part lc__tile_term(lc__part part, int16x8_t x, lc__weight_v w) {
    return vpadalq_s16(part, veorq_s16(vshlq_s16(x, w.count), w.mask));
}

LC__INLINE lc__sum lc__tile_sum(const lc__part *parts, int i) {
    return parts[i];
}

#include "kernels/conv/tile_neon_dup.h"

const lc__micro lc__micro_int8_shift_neon = {
    .tile = lc__tile_any,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_SUMS * LC__VF_LANES,
    .step = 2,
    .zeros = true,
    .offset = 1,
    .x_size = sizeof(int16_t),
    .w_size = 2 * sizeof(int16_t),
    .y_size = sizeof(int8_t),
    .weight = lc__micro_weight_mask16,
};
