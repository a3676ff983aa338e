#include "kernels/act.h"

#include <math.h>

static inline float clamp(float x, float high) {
    x = x > 0.0F ? x : 0.0F;
    return x < high ? x : high;
}

static inline float hsigmoid(float x) {
    return clamp(x + 3.0F, 6.0F) * (1.0F / 6.0F);
}

static inline float gelu(float x) {
    return 0.5F * x * (1.0F + erff(x * 0.70710678F));
}

static inline float sigmoid(float x) {
    return 1.0F / (1.0F + expf(-x));
}

void lc__act_row(float *y, size_t n, lc_act act) {
    switch (act) {
    case LC_ACT_NONE:
    case LC_ACT_COUNT:
        break;
    case LC_ACT_RELU:
        for (size_t i = 0; i < n; i++) {
            y[i] = y[i] > 0.0F ? y[i] : 0.0F;
        }
        break;
    case LC_ACT_RELU6:
        for (size_t i = 0; i < n; i++) {
            y[i] = clamp(y[i], 6.0F);
        }
        break;
    case LC_ACT_HSIGMOID:
        for (size_t i = 0; i < n; i++) {
            y[i] = hsigmoid(y[i]);
        }
        break;
    case LC_ACT_HSWISH:
        for (size_t i = 0; i < n; i++) {
            y[i] *= hsigmoid(y[i]);
        }
        break;
    case LC_ACT_GELU:
        for (size_t i = 0; i < n; i++) {
            y[i] = gelu(y[i]);
        }
        break;
    case LC_ACT_SIGMOID:
        for (size_t i = 0; i < n; i++) {
            y[i] = sigmoid(y[i]);
        }
        break;
    }
}

void lc__bias_act_row(float *y, const float *bias, size_t n, lc_act act) {
    if (bias != NULL) {
        for (size_t i = 0; i < n; i++) {
            y[i] += bias[i];
        }
    }
    lc__act_row(y, n, act);
}
