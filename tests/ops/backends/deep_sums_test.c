/* Integer kernels where their sums are largest: every product, difference or shifted value is at
 * the end of its range and of one sign, over a depth at which a sum of 16 bits, or of 32 where a
 * kernel relies on it, would have overflowed. A bias takes the sums back into the range of the
 * outputs, which must then be exact. Every kernel that this CPU can run is tried. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernels/kernel.h"
#include "kernels/quant.h"

#define OUTPUTS 21 /* neither a whole block nor a whole vector */
#define PIXELS 9

typedef struct deep {
    lc_op_type type;
    lc_dtype dtype;
    int channels;
    float weight; /* its magnitude, that of the input being the largest there is */
    double term;  /* |a term| in units of the output */
} deep;

static lc__call call_of(const deep *d) {
    lc__call call = {.op = lc_op_init(d->type), .n_in = 1, .in_dtype = d->dtype};
    call.op.out_channels = OUTPUTS;
    call.op.dtype = d->dtype;
    call.in_shape[0] = (lc_shape){1, 1, PIXELS, d->channels};
    call.out_shape = (lc_shape){1, 1, PIXELS, OUTPUTS};
    return call;
}

/* The sign of input k; a weight has the same, or for an adder the other one, so that the terms of
 * an even output are all positive but for an adder's; those of an odd one are of the other sign. */
static int sign_of(int k) {
    return k % 3 == 0 ? -1 : 1;
}

static int expected(int output) {
    return 7 * output - 70;
}

static void *input_of(const deep *d) {
    size_t size = lc_dtype_size(d->dtype);
    char *x = malloc((size_t)PIXELS * (size_t)d->channels * size);
    for (int i = 0; i < PIXELS * d->channels; i++) {
        int8_t byte = (int8_t)(INT8_MAX * sign_of(i % d->channels));
        int16_t half = (int16_t)(INT16_MAX * sign_of(i % d->channels));
        memcpy(x + (size_t)i * size, size == 1 ? (void *)&byte : (void *)&half, size);
    }
    return x;
}

static float *weights_of(const deep *d) {
    const float unit = lc__dtype_step(d->dtype);
    bool adder = d->type == LC_OP_ADDER_CONV2D;
    float *w = malloc((size_t)(OUTPUTS * (d->channels + 1)) * sizeof *w);
    for (int o = 0; o < OUTPUTS; o++) {
        int sign = adder || o % 2 == 1 ? -1 : 1;
        for (int k = 0; k < d->channels; k++) {
            w[o * d->channels + k] = (float)(sign * sign_of(k)) * d->weight;
        }
        double sum = sign * d->term * d->channels;
        w[OUTPUTS * d->channels + o] = (float)(expected(o) - sum) * unit;
    }
    return w;
}

static void try_kernel(const lc__kernel *k, const deep *d, lc__call *call, const float *weights) {
    int16_t y[PIXELS * OUTPUTS] = {0};
    void *packed = aligned_alloc(64, (k->packed_size(call) + 63) / 64 * 64);
    size_t scratch = k->scratch_size == NULL ? 0 : k->scratch_size(call);
    call->scratch = aligned_alloc(64, scratch / 64 * 64 + 64);
    k->pack(call, weights, packed);
    call->packed = packed;
    call->out = y;
    k->run(call);
    for (int i = 0; i < PIXELS * OUTPUTS; i++) {
        int value = d->dtype == LC_DTYPE_INT8 ? ((int8_t *)y)[i] : y[i];
        cr_expect_eq(value, expected(i % OUTPUTS), "%s: output %d is %d", k->name, i, value);
    }
    free(packed);
    free(call->scratch);
}

static void try_all(const deep *d) {
    size_t count = 0;
    const lc__kernel *const *kernels = lc__kernels(&count);
    lc__call call = call_of(d);
    void *x = input_of(d);
    float *weights = weights_of(d);
    int tried = 0;
    call.team = lc__team_new(1, 0);
    call.in[0] = x;
    for (size_t i = 0; i < count; i++) {
        const lc__kernel *k = kernels[i];
        if (k->type == d->type && k->dtype == d->dtype && (k->isa & ~lc__isa_detect()) == 0 &&
            (k->fits == NULL || k->fits(&call))) {
            try_kernel(k, d, &call, weights);
            tried++;
        }
    }
    cr_expect_gt(tried, 0);
    lc__team_free(call.team);
    free(x);
    free(weights);
}

Test(deep_sums, of_products) {
    try_all(&(deep){LC_OP_CONV2D, LC_DTYPE_INT8, 1500, 1.0F, 127.0});
}

/* 1500 differences of 254 need 19 bits. */
Test(deep_sums, of_differences) {
    try_all(&(deep){LC_OP_ADDER_CONV2D, LC_DTYPE_INT8, 1500, 127.0F / 32.0F, 254.0});
}

Test(deep_sums, of_shifted_bytes) {
    try_all(&(deep){LC_OP_SHIFT_CONV2D, LC_DTYPE_INT8, 1500, 1.0F, 127.0});
}

/* Of 16 bits shifted by 7: 64 of them need 29 bits, and beyond 512 kernels of 32 bits must step
 * back. */
Test(deep_sums, of_shifted_halfwords) {
    try_all(&(deep){LC_OP_SHIFT_CONV2D, LC_DTYPE_INT16, 64, 1.0F, 32767.0});
}
