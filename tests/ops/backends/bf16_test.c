/* Values in bf16: what becomes of a NaN, and of weights. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "kernels/kernel.h"
#include "kernels/quant.h"

/* Whatever its lower half holds, which rounding would carry into the exponent or the sign. */
Test(bf16, a_nan_stays_one) {
    static const uint32_t nans[] = {0x7f800001, 0x7f808000, 0x7fc00000, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < sizeof nans / sizeof nans[0]; i++) {
        uint16_t half = lc__to_bf16(lc__from_bits(nans[i]));
        cr_expect(isnan(lc__from_bf16(half)), "%08x becomes %04x", nans[i], half);
        cr_expect_eq(half >> 15, nans[i] >> 31, "%08x becomes %04x", nans[i], half);
    }
    cr_expect_eq(lc__to_bf16(INFINITY), 0x7f80);
    cr_expect_eq(lc__to_bf16(0x1.fffffep127F), 0x7f80, "beyond the largest");
    cr_expect_eq(lc__to_bf16(-0.0F), 0x8000);
}

#define CHANNELS 20
#define EXACT (1 + 0x1p-8F + 0x1p-10F) /* its nearest in bf16 is 1 + 2^-7 */

/* Two pixels, the right tap of which weighs -1: the difference shows what the other weighs. */
static void try_kernel(const lc__kernel *k, lc__call *call, const float *weights) {
    uint16_t x[2 * CHANNELS], y[2 * CHANNELS] = {0};
    for (int i = 0; i < 2 * CHANNELS; i++) {
        x[i] = lc__to_bf16(1.0F);
    }
    void *packed = aligned_alloc(64, (k->packed_size(call) + 63) / 64 * 64);
    size_t scratch = k->scratch_size == NULL ? 0 : k->scratch_size(call);
    call->scratch = aligned_alloc(64, scratch / 64 * 64 + 64);
    k->pack(call, weights, packed);
    call->packed = packed;
    call->in[0] = x;
    call->out = y;
    k->run(call);
    for (int c = 0; c < CHANNELS; c++) {
        cr_expect_eq(lc__from_bf16(y[c]), 0x1p-7F, "%s: channel %d is %a", k->name, c,
                     (double)lc__from_bf16(y[c]));
    }
    free(packed);
    free(call->scratch);
}

/* Every kernel in bf16 that this CPU has for a convolution; the first input of a group counts. */
static void try_all(int groups) {
    static float weights[CHANNELS * 3 * CHANNELS + CHANNELS];
    size_t count = 0, inputs = (size_t)(CHANNELS / groups);
    const lc__kernel *const *kernels = lc__kernels(&count);
    lc__call call = {.op = lc_op_init(LC_OP_CONV2D), .n_in = 1, .in_dtype = LC_DTYPE_BF16};
    call.op.dtype = LC_DTYPE_BF16;
    call.op.out_channels = CHANNELS;
    call.op.groups = groups;
    call.op.kernel_w = 3;
    call.op.pad_w = 1;
    call.in_shape[0] = call.out_shape = (lc_shape){1, 1, 2, CHANNELS};
    call.team = lc__team_new(1, 0);
    for (size_t c = 0; c < CHANNELS; c++) {
        weights[(c * 3 + 1) * inputs] = EXACT;
        weights[(c * 3 + 2) * inputs] = -1;
    }
    for (size_t i = 0; i < count; i++) {
        const lc__kernel *k = kernels[i];
        if (k->type == LC_OP_CONV2D && k->dtype == LC_DTYPE_BF16 &&
            (k->isa & ~lc__isa_detect()) == 0 && (k->fits == NULL || k->fits(&call))) {
            try_kernel(k, &call, weights);
        }
    }
    lc__team_free(call.team);
}

Test(bf16, weights_of_a_dense_convolution_are_rounded) {
    try_all(1);
}

Test(bf16, weights_of_a_depthwise_convolution_are_rounded) {
    try_all(CHANNELS);
}
