#include "kernels/conv/window.h"

static void pack(const lc__call *call, const float *weights, void *packed) {
    lc__conv_pack(call, LC__TERM_MULTIPLY, weights, packed);
}

static void run(const lc__call *call) {
    lc__window w = lc__conv_window(call);
    lc__window_multiply(&w, call->team);
}

const lc__kernel lc__kernel_f32_conv2d = {
    .name = "f32_conv2d__scalar_4x8",
    .type = LC_OP_CONV2D,
    .dtype = LC_DTYPE_F32,
    .packed_size = lc__conv_packed_size,
    .pack = pack,
    .run = run,
};
