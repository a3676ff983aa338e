#include "kernels/arm/neon.h"

#include "kernels/value_int16.h"

#include "kernels/conv/finish_int.h"
#include "kernels/shift/shift.h"

/* As micro_int8_shift_neon.c, with inputs of 16 bits in 32. */
typedef struct lc__weight_v {
    lc__vi count, mask;
} lc__weight_v;
typedef lc__vi lc__input_v;
typedef lc__sum lc__part;

#define LC__STEP_BYTES 4
#define LC__STEP_WEIGHTS 128
#define LC__TILE_MOST SIZE_MAX

LC__INLINE lc__weight_v lc__tile_weights(const char *w, int v) {
    const char *count = w + v / 2 * 64 + v % 2 * 16;
    return (lc__weight_v){vreinterpretq_s32_u32(lc__neon_load(count)),
                          vreinterpretq_s32_u32(lc__neon_load(count + 32))};
}

LC__INLINE lc__part lc__tile_term(lc__part part, lc__vi x, lc__weight_v w) {
    return vaddq_s32(part, veorq_s32(vshlq_s32(x, w.count), w.mask));
}

LC__INLINE lc__sum lc__tile_sum(const lc__part *parts, int i) {
    return parts[i];
}

#include "kernels/conv/tile_neon_dup.h"

const lc__micro lc__micro_int16_shift_neon = {
    .tile = lc__tile_any,
    .rows = LC__TILE_ROWS,
    .outputs = (size_t)LC__TILE_SUMS * LC__VF_LANES,
    .step = 1,
    .offset = 1,
    .x_size = sizeof(int32_t),
    .w_size = 2 * sizeof(int32_t),
    .y_size = sizeof(int16_t),
    .weight = lc__micro_weight_shift32,
};
