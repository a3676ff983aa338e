/* Layers of attention and moves: forward against the reference, backward against its differences.
 */
#include <criterion/criterion.h>

#include "trial.h"

static void check(lc_op_type type, int rounds, uint64_t seed) {
    for (int i = 0; i < rounds; i++) {
        trial *t = trial_new(type, 1.0F, &seed);
        trial_prepare(t, NULL);
        trial_run(t);
        trial_expect_forward(t, &t->op, t->w);
        trial_expect_gradients(t, &seed);
        trial_free(t);
    }
}

Test(layer, attention) {
    check(LC_OP_ATTENTION, 6, 1);
}

Test(layer, layer_norm) {
    check(LC_OP_LAYER_NORM, 10, 2);
}

Test(layer, softmax) {
    check(LC_OP_SOFTMAX, 10, 3);
}

Test(layer, matmul) {
    check(LC_OP_MATMUL, 10, 4);
}

Test(layer, spatial_shift) {
    check(LC_OP_SPATIAL_SHIFT, 10, 5);
}

/* Gradients that are not wanted are left out, the others are as they were. */
Test(layer, matmul_with_one_gradient) {
    uint64_t seed = 6;
    trial *t = trial_new(LC_OP_MATMUL, 1.0F, &seed);
    trial_run(t);
    for (int i = 0; i < 2; i++) {
        float *kept = t->dx[i];
        t->dx[i] = NULL;
        t->layer->backward(&t->g, t->state, (const float *const *)t->x, t->w, t->z, t->saved, t->dz,
                           t->dx, t->dw);
        t->dx[i] = kept;
    }
    trial_expect_gradients(t, &seed);
    trial_free(t);
}
