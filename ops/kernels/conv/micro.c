#include "kernels/conv/micro.h"

#include <string.h>

void lc__micro_weight_f32(float w, void *to) {
    memcpy(to, &w, sizeof w);
}
