/* What the adder's training kernels reach: processor time of forward and backward on layers of the
 * hybrid space, 32 images each. Prints one JSON array: for every layer the operations of a pass,
 * two for each |x - w|, by the seconds of the quickest of several runs; backward counts twice as
 * many, for the gradients by inputs and by weights. For tools/bench, which sets the threads to one.
 *
 * usage: bench-train
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "backends/arena.h"
#include "base/rng.h"
#include "train/adder.h"

enum { BATCH = 32, RUNS = 7 };
static const double least_s = 0.02; /* of a run */

static const struct {
    const char *name;
    int size, in, out, kernel, stride;
    bool depthwise;
} cases[] = {
    {"pointwise 16-96 32x32", 32, 16, 96, 1, 1, false},
    {"pointwise 96-16 32x32", 32, 96, 16, 1, 1, false},
    {"pointwise 48-288 8x8", 8, 48, 288, 1, 1, false},
    {"pointwise 384-64 4x4", 4, 384, 64, 1, 1, false},
    {"3x3 64-64 16x16", 16, 64, 64, 3, 1, false},
    {"3x3 32-64 16x16 stride 2", 16, 32, 64, 3, 2, false},
    {"depthwise 3x3 96 32x32", 32, 96, 96, 3, 1, true},
    {"depthwise 5x5 144 16x16 stride 2", 16, 144, 144, 5, 2, true},
};

typedef struct layer {
    lc_op op;
    lc__geometry g;
    void *state;
    float *x, *w, *z, *dz, *dx, *dw;
    double operations; /* of a pass */
} layer;

static float *values(size_t n, uint64_t *seed) {
    float *x = lc__arena_alloc(n * sizeof *x);
    if (!x)
        exit(1);
    for (size_t i = 0; i < n; i++)
        x[i] = 2.0F * (float)lc__rng_unit(seed) - 1.0F;
    return x;
}

static void layer_open(layer *l, size_t number) {
    uint64_t seed = number;
    lc_error err;
    l->op = lc_op_init(LC_OP_ADDER_CONV2D);
    l->op.kernel_h = l->op.kernel_w = cases[number].kernel;
    l->op.stride_h = l->op.stride_w = cases[number].stride;
    l->op.pad_h = l->op.pad_w = cases[number].kernel / 2;
    l->op.groups = cases[number].depthwise ? cases[number].in : 1;
    l->op.out_channels = cases[number].out;
    l->op.bias = false;
    l->g = (lc__geometry){.op = &l->op, .n_in = 1};
    l->g.in[0] = (lc_shape){BATCH, cases[number].size, cases[number].size, cases[number].in};
    if (lc_op_infer(&l->op, l->g.in, 1, &l->g.out, &err) ||
        lc__layer_adder_conv2d.prepare(&l->g, &l->state, &err)) {
        fprintf(stderr, "bench-train: %s: %s\n", cases[number].name, err.message);
        exit(1);
    }
    size_t n_w = lc__layer_adder_conv2d.n_weights(&l->g);
    l->x = values(lc__n_values(l->g.in[0]), &seed);
    l->dx = values(lc__n_values(l->g.in[0]), &seed);
    l->z = values(lc__n_values(l->g.out), &seed);
    l->dz = values(lc__n_values(l->g.out), &seed);
    l->w = values(n_w, &seed);
    l->dw = values(n_w, &seed);
    l->operations = 2.0 * (double)lc__n_rows(l->g.out) * (double)n_w;
}

static void layer_close(layer *l) {
    lc__layer_adder_conv2d.release(l->state);
    free(l->x);
    free(l->dx);
    free(l->z);
    free(l->dz);
    free(l->w);
    free(l->dw);
}

static void forward(layer *l) {
    lc__layer_adder_conv2d.forward(&l->g, l->state, (const float *const[]){l->x}, l->w, l->z, NULL);
}

static void backward(layer *l) {
    lc__layer_adder_conv2d.backward(&l->g, l->state, (const float *const[]){l->x}, l->w, l->z, NULL,
                                    l->dz, (float *const[]){l->dx}, l->dw);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one call, in the quickest run. */
static double quickest(void (*pass)(layer *), layer *l) {
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        double start = now(), passed;
        int calls = 0;
        do {
            pass(l);
            calls++;
            passed = now() - start;
        } while (passed < least_s);
        best = passed / calls < best ? passed / calls : best;
    }
    return best;
}

int main(void) {
    putchar('[');
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        layer l;
        layer_open(&l, i);
        double there = quickest(forward, &l), back = quickest(backward, &l);
        printf("%s{\"layer\": \"%s\", \"isa\": \"%s\", \"forward_gops\": %.1f, "
               "\"backward_gops\": %.1f}",
               i ? ",\n " : "", cases[i].name, lc__adder_kernels_here()[0]->name,
               1e-9 * l.operations / there, 2e-9 * l.operations / back);
        layer_close(&l);
    }
    puts("]");
    return 0;
}
