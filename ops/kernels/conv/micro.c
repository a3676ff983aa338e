#include "kernels/conv/micro.h"

void lc__micro_weight_f32(float w, float step, void *to) {
    (void)step;
    memcpy(to, &w, sizeof w);
}

void lc__micro_weight_bf16(float w, float step, void *to) {
    uint16_t half = lc__to_bf16(w);
    (void)step;
    memcpy(to, &half, sizeof half);
}

void lc__micro_weight_int8(float w, float step, void *to) {
    int8_t q = lc__quantise_weight(w, step);
    memcpy(to, &q, sizeof q);
}

void lc__micro_weight_int16(float w, float step, void *to) {
    int16_t q = lc__quantise_weight(w, step);
    memcpy(to, &q, sizeof q);
}
