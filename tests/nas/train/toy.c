#include "toy.h"

#include <criterion/criterion.h>
#include <string.h>
#include "base/rng.h"
#include "ops/build.h"

static const lc_shape image = {1, TOY_SIZE, TOY_SIZE, TOY_CHANNELS};

static lc_net *done(lc__build *b, int output) {
    cr_assert_eq(b->status, LC_OK, "%s", b->err->message);
    cr_assert_eq(lc_net_set_output(b->net, output, NULL), LC_OK);
    return b->net;
}

static int squeezed(lc__build *b, int x) {
    lc_op op = lc_op_init(LC_OP_SQUEEZE_EXCITE);
    op.squeeze = 4;
    op.act = LC_ACT_HSIGMOID;
    return lc__build_op(b, "squeeze", &op, &x, 1);
}

static int shuffled(lc__build *b, int x) {
    lc_op op = lc_op_init(LC_OP_CHANNEL_SHUFFLE);
    op.groups = 2;
    return lc__build_op(b, "shuffle", &op, &x, 1);
}

static int joined(lc__build *b, const char *id, lc_op_type type, int x, int y) {
    lc_op op = lc_op_init(type);
    return lc__build_op(b, id, &op, (const int[]){x, y}, 2);
}

static int inverted_residual(lc__build *b, int x) {
    int y = lc__build_conv(b, "expand", x, (lc__conv){16, .groups = 2, .act = LC_ACT_HSWISH});
    y = shuffled(b, y);
    y = lc__build_conv(b, "depthwise", y,
                       (lc__conv){16, .kernel = 3, .stride = 2, .groups = 16, .act = LC_ACT_GELU});
    y = squeezed(b, y);
    return lc__build_conv(b, "project", y, (lc__conv){.channels = 8});
}

lc_net *toy_net(void) {
    lc_error err = {0};
    lc__build b = {.net = lc_net_new("toy"), .err = &err};
    int x = lc__build_input(&b, image);
    int stem = lc__build_conv(&b, "stem", x, (lc__conv){8, .kernel = 3, .act = LC_ACT_HSWISH});
    int y = inverted_residual(&b, stem);
    int pooled = lc__build_pool(&b, "avg", LC_OP_AVG_POOL, stem, 2, 2, 0);
    int sum = lc__build_add(&b, "sum", y, pooled, LC_ACT_GELU);
    int top = lc__build_pool(&b, "max", LC_OP_MAX_POOL, sum, 3, 1, 1);
    int both = joined(&b, "both", LC_OP_CONCAT, sum, top);
    int same = joined(&b, "same", LC_OP_ADD, both, lc__build_plain(&b, "none", LC_OP_ZERO, both));
    int gate = lc__build_plain(&b, "mean", LC_OP_GLOBAL_AVG_POOL, same);
    gate = lc__build_linear(&b, "gate", gate, 16, LC_ACT_SIGMOID);
    int gated = joined(&b, "gated", LC_OP_MUL, same, gate);
    int head = lc__build_act(&b, "act", gated, LC_ACT_HSWISH);
    head = lc__build_conv(&b, "head", head, (lc__conv){12, .act = LC_ACT_SIGMOID});
    head = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, head);
    return done(&b, lc__build_linear(&b, "classifier", head, TOY_CLASSES, LC_ACT_NONE));
}

lc_net *toy_path(bool depthwise) {
    lc_error err = {0};
    lc__build b = {.net = lc_net_new("path"), .err = &err};
    int x = lc__build_input(&b, image);
    x = lc__build_conv(&b, "stem", x, (lc__conv){8, .kernel = 3, .act = LC_ACT_RELU});
    x = lc__build_conv(&b, depthwise ? "depthwise" : "dense", x,
                       (lc__conv){8, .kernel = 3, .groups = depthwise ? 8 : 1, .act = LC_ACT_RELU});
    x = lc__build_conv(&b, "head", x, (lc__conv){16, .act = LC_ACT_RELU});
    x = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    return done(&b, lc__build_linear(&b, "classifier", x, TOY_CLASSES, LC_ACT_NONE));
}

toy_batch toy_images(uint64_t seed) {
    toy_batch batch;
    float *x = batch.images;
    for (int n = 0; n < TOY_BATCH; n++) {
        int label = batch.labels[n] = (int)lc__rng_below(&seed, TOY_CLASSES);
        for (int i = 0; i < TOY_SIZE * TOY_SIZE * TOY_CHANNELS; i++) {
            float hint = i % TOY_CHANNELS != label % TOY_CHANNELS ? 0.0F
                         : label < TOY_CHANNELS                   ? 1.0F
                                                                  : -1.0F;
            *x++ = (float)(2 * lc__rng_unit(&seed) - 1) + hint;
        }
    }
    return batch;
}

lc__engine *toy_engine(const lc__reducer *reducer) {
    lc__engine_options options = lc__engine_options_init();
    lc__engine *engine = NULL;
    options.smoothing = 0.1;
    options.reducer = reducer;
    cr_assert_eq(lc__engine_new(&options, &engine, NULL), LC_OK);
    return engine;
}

lc__trainee *toy_trainee(lc__engine *engine, lc__store *store, const lc_net *net) {
    const lc__trainee_options options = {.batch = TOY_BATCH, .trains = true};
    lc__trainee *trainee = NULL;
    lc_error err = {0};
    lc_status st = lc__trainee_new(engine, store, net, &options, &trainee, &err);
    cr_assert_eq(st, LC_OK, "%s", err.message);
    return trainee;
}

double toy_step(lc__trainee *trainee, lc__store *store, const lc__optimiser *optimiser, double rate,
                uint64_t seed) {
    toy_batch batch = toy_images(seed);
    lc__outcome outcome;
    lc_error err = {0};
    lc_status st = lc__trainee_train(trainee, &(lc__batch){batch.images, batch.labels, {0, 0}},
                                     &outcome, NULL, &err);
    if (st == LC_OK)
        st = lc__optimiser_step(optimiser, rate, store, (lc__when){0, 0}, &err);
    cr_assert_eq(st, LC_OK, "%s", err.message);
    return outcome.loss;
}

void toy_path_step(lc__engine *engine, lc__store *store, const lc__optimiser *optimiser,
                   bool depthwise, uint64_t seed) {
    lc_net *net = toy_path(depthwise);
    lc__trainee *trainee = toy_trainee(engine, store, net);
    toy_step(trainee, store, optimiser, 0.02, seed);
    lc__trainee_free(trainee);
    lc_net_free(net);
}
