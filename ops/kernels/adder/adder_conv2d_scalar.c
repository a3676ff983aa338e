#include "kernels/conv/window.h"

static void pack(const lc__call *call, const float *weights, void *packed) {
    lc__conv_pack(call, LC__TERM_ADDER, weights, packed);
}

static void range(void *context, size_t begin, size_t end) {
    lc__window_range(context, LC__TERM_ADDER, begin, end);
}

static void run(const lc__call *call) {
    lc__window w = lc__conv_window(call);
    lc__parallel_for(call->team, lc__window_tiles(&w), range, &w);
}

const lc__kernel lc__kernel_f32_adder_conv2d = {
    .name = "f32_adder_conv2d__scalar_4x8",
    .type = LC_OP_ADDER_CONV2D,
    .dtype = LC_DTYPE_F32,
    .packed_size = lc__conv_packed_size,
    .pack = pack,
    .run = run,
};
