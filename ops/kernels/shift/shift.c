#include "kernels/shift/shift.h"

void lc__micro_weight_exponent(float w, float step, void *to) {
    uint32_t bits = lc__bits(w) - (UINT32_C(120) << 23);
    (void)step;
    memcpy(to, &bits, sizeof bits);
}

void lc__micro_weight_shift16(float w, float step, void *to) {
    uint8_t code = lc__shift_code(w);
    int16_t both[2] = {code & 7, code & 0x80 ? -1 : 1};
    (void)step;
    memcpy(to, both, sizeof both);
}

void lc__micro_weight_mask16(float w, float step, void *to) {
    uint8_t code = lc__shift_code(w);
    int16_t both[2] = {code & 7, code & 0x80 ? -1 : 0};
    (void)step;
    memcpy(to, both, sizeof both);
}

void lc__micro_weight_shift32(float w, float step, void *to) {
    uint8_t code = lc__shift_code(w);
    int32_t both[2] = {code & 7, code & 0x80 ? -1 : 0};
    (void)step;
    memcpy(to, both, sizeof both);
}
