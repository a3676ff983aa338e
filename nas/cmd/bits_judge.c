#include "bits_judge.h"

#include <stdlib.h>
#include <string.h>
#include "base/interrupt.h"
#include "base/memory.h"
#include "train/checkpoint.h"

/* The images in one order, as they are. */
static lc_status open_loader(const lc__training_options *t, lc_shape input, lc__loader **out,
                             lc_error *err) {
    lc__loader_options o = {.part = t->validation > 0 ? LC__PART_VALIDATION : LC__PART_TRAIN,
                            .validation = t->validation,
                            .seed = t->seed,
                            .batch = t->batch,
                            .height = input.h,
                            .width = input.w,
                            .channels = input.c};
    return lc__loader_new(t->images, &o, out, err);
}

static lc_status load(const lc__loader *loader, lc__bits_judge *j, lc_error *err) {
    lc_status st = LC_OK;
    j->images = calloc(j->n * j->batch * j->values, sizeof *j->images);
    j->labels = malloc(j->n * j->batch * sizeof *j->labels);
    if (!j->images || !j->labels)
        return lc__no_memory(err);
    for (size_t i = 0; i < j->n * j->batch; i++)
        j->labels[i] = -1;
    for (size_t i = 0; i < j->n && st == LC_OK; i++)
        st = lc__loader_batch(loader, 0, i, 0, 1, j->images + i * j->batch * j->values,
                              j->labels + i * j->batch, err);
    return st;
}

static lc_shape input_of(const lc_net *net) {
    int i = 0;
    while (i + 1 < lc_net_size(net) && lc_net_node(net, i)->op.type != LC_OP_INPUT)
        i++;
    return lc_net_node(net, i)->shape;
}

lc_status lc__bits_judge_open(const lc_nas_bits *bits, const lc__training_options *t,
                              const char *weights, size_t images, bool quiet, lc__bits_judge *out,
                              lc_error *err) {
    lc__loader *loader = NULL;
    lc__engine_options o = lc__engine_options_init();
    void *blob = NULL;
    size_t length;
    *out = (lc__bits_judge){.bits = bits,
                            .batch = t->batch,
                            .progress = {.quiet = quiet},
                            .stop = lc__interrupts_catch()};
    o.scale = t->scale;
    lc_status st = open_loader(t, input_of(t->net), &loader, err);
    if (st == LC_OK) {
        out->values = lc__loader_values(loader);
        out->n = (images + t->batch - 1) / t->batch;
        if (out->n > lc__loader_steps(loader))
            out->n = lc__loader_steps(loader);
        st = load(loader, out, err);
    }
    if (st == LC_OK)
        st = lc__engine_new(&o, &out->engine, err);
    if (st == LC_OK)
        st = lc__checkpoint_load(weights, &out->store, &blob, &length, err);
    free(blob);
    lc__loader_free(loader);
    return st;
}

void lc__bits_judge_close(lc__bits_judge *j) {
    lc__engine_free(j->engine);
    lc__store_free(j->store);
    free(j->images);
    free(j->labels);
    *j = (lc__bits_judge){0};
}

static lc_status judge(lc__bits_judge *j, lc__trainee *trainee, double *loss, lc_error *err) {
    lc_status st = LC_OK;
    double sum = 0, scored = 0;
    for (size_t i = 0; i < j->n && st == LC_OK; i++) {
        lc__outcome one;
        const lc__batch batch = {
            j->images + i * j->batch * j->values, j->labels + i * j->batch, {0, (int64_t)i}};
        st = lc__trainee_evaluate(trainee, &batch, &one, err);
        if (st != LC_OK)
            break;
        sum += one.loss * one.scored;
        scored += one.scored;
    }
    *loss = scored > 0 ? sum / scored : 0;
    return st;
}

lc_status lc__bits_judge_loss(void *ctx, const int *choices, double *loss, lc_error *err) {
    lc__bits_judge *j = ctx;
    const lc__trainee_options o = {.batch = (int)j->batch};
    lc__trainee *trainee = NULL;
    lc_net *net = NULL;
    lc_status st = lc_nas_bits_net(j->bits, choices, &net, err);
    if (st == LC_OK)
        st = lc__trainee_new(j->engine, j->store, net, &o, &trainee, err);
    if (st == LC_OK)
        st = judge(j, trainee, loss, err);
    lc__trainee_free(trainee);
    lc_net_free(net);
    return st;
}

bool lc__bits_judge_progress(void *ctx, size_t asked, size_t all) {
    lc__bits_judge *j = ctx;
    if (asked == 0)
        lc__progress_start(&j->progress, "bits of single layers", all, j->progress.quiet);
    lc__progress_step(&j->progress, asked, NULL);
    if (asked + 1 == all)
        lc__progress_end(&j->progress);
    return !*j->stop;
}
