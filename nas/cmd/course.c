#include "course.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/interrupt.h"
#include "base/now.h"
#include "base/progress.h"

#define SAVE_EVERY 30.0 /* s */

lc__course lc__course_init(void) {
    lc__training_options o = lc__training_options_init();
    return (lc__course){.data = "shapes",
                        .recipe = "grow",
                        .epochs = o.epochs,
                        .batch = (int64_t)o.batch,
                        .seed = (int64_t)o.seed,
                        .rate = o.rate,
                        .decay = o.decay,
                        .smoothing = o.smoothing,
                        .validation = o.validation,
                        .save_every = SAVE_EVERY};
}

void lc__course_table(lc__course *c, lc__opt *out) {
    const lc__opt table[LC__COURSE_OPTIONS] = {
        {.name = "data",
         .kind = LC__OPT_STR,
         .value = &c->data,
         .arg = "SET",
         .help = "images: shapes (built in, default), shapes:TRAIN,TEST[,SEED],\ncifar10:DIR, "
                 "cifar100:DIR, mnist:DIR"},
        {.name = "epochs",
         .kind = LC__OPT_INT,
         .value = &c->epochs,
         .arg = "N",
         .help = "passes over the training images (default 12)",
         .lo = 1,
         .hi = 100000},
        {.name = "batch",
         .kind = LC__OPT_INT,
         .value = &c->batch,
         .arg = "N",
         .help = "images of a step (default 32)",
         .lo = 2,
         .hi = 65536},
        {.name = "rate",
         .kind = LC__OPT_NUM,
         .value = &c->rate,
         .arg = "R",
         .help = "largest learning rate (default 0.05)",
         .lo = 1e-9,
         .hi = 1e3},
        {.name = "decay",
         .kind = LC__OPT_NUM,
         .value = &c->decay,
         .arg = "D",
         .help = "weight decay (default 1e-4)",
         .lo = 0,
         .hi = 1},
        {.name = "smoothing",
         .kind = LC__OPT_NUM,
         .value = &c->smoothing,
         .arg = "S",
         .help = "of labels (default 0)",
         .lo = 0,
         .hi = 0.99},
        {.name = "validation",
         .kind = LC__OPT_NUM,
         .value = &c->validation,
         .arg = "P",
         .help = "share of the training images that is set apart for the search\n(default 0.2)",
         .lo = 0,
         .hi = 0.9},
        {.name = "recipe",
         .kind = LC__OPT_STR,
         .value = &c->recipe,
         .arg = "HOW",
         .help =
             "of a supernet: grow (default): from its largest net; pgp:\nprogressive pretraining, "
             "for spaces with adders; plain, naive: to\ncompare with"},
        {.name = "seed",
         .kind = LC__OPT_INT,
         .value = &c->seed,
         .arg = "S",
         .help = "of all that is drawn (default 1)",
         .lo = 0,
         .hi = 9007199254740991.0},
        {.name = "save-every",
         .kind = LC__OPT_NUM,
         .value = &c->save_every,
         .arg = "S",
         .help = "seconds between checkpoints (default 30)",
         .lo = 0,
         .hi = 1e9},
    };
    memcpy(out, table, sizeof table);
}

lc_status lc__course_open(const lc__course *c, lc__images **images, lc__training_options *out,
                          lc_error *err) {
    *images = NULL;
    *out = lc__training_options_init();
    lc__recipe recipe = 0;
    while (recipe < LC__RECIPES && strcmp(c->recipe, lc__recipe_name(recipe)) != 0)
        recipe++;
    if (recipe == LC__RECIPES) {
        lc_error_set(err, LC_EUSAGE, "--recipe is grow, pgp, plain or naive, not \"%.40s\"",
                     c->recipe);
        return LC_EUSAGE;
    }
    out->spec = c->data;
    out->batch = (size_t)c->batch;
    out->epochs = (int)c->epochs;
    out->rate = c->rate;
    out->decay = c->decay;
    out->smoothing = c->smoothing;
    out->validation = c->validation;
    out->seed = (uint64_t)c->seed;
    out->recipe = recipe;
    lc_status s = lc__images_open(c->data, images, err);
    out->images = *images;
    return s;
}

static lc_status interrupted(const lc__training *t, const char *path, lc_error *err) {
    lc_error_set(err, LC_ERUNTIME,
                 "stopped at step %lld of %lld; %.300s has what was reached, and the same command "
                 "goes on from there",
                 (long long)lc__training_step_now(t), (long long)lc__training_steps(t), path);
    return LC_ERUNTIME;
}

/* The step that failed changed nothing. An older checkpoint is likelier to be a good one than what
 * the weights are by now; without any this is the last that there is. */
static lc_status failed(lc__training *t, const char *path, lc_error *err) {
    lc_status st = err->code;
    lc_error ignored;
    char why[sizeof err->message];
    if (access(path, F_OK) != 0 && lc__training_save(t, path, &ignored))
        return st;
    memcpy(why, err->message, sizeof why);
    lc_error_set(err, st, "%.250s (--from %.100s takes the weights kept last)", why, path);
    return st;
}

static lc_status steps(lc__training *t, const char *path, double every, lc__progress *progress,
                       lc_error *err) {
    const volatile sig_atomic_t *stop = lc__interrupts_catch();
    int64_t n = lc__training_steps(t);
    double saved = lc__now(), loss = 0;
    lc_status s = LC_OK;
    while (lc__training_step_now(t) < n && !s) {
        lc__outcome o;
        char detail[60];
        s = lc__training_step(t, &o, err);
        if (s)
            return s == LC_ERUNTIME ? failed(t, path, err) : s;
        loss = loss > 0 ? 0.98 * loss + 0.02 * o.loss : o.loss;
        snprintf(detail, sizeof detail, "epoch %d, loss %.3f", lc__training_epoch(t), loss);
        lc__progress_step(progress, (size_t)lc__training_step_now(t), detail);
        bool ends = lc__training_step_now(t) == n;
        if (!ends && !*stop && lc__now() - saved < every)
            continue;
        s = lc__training_save(t, path, err);
        saved = lc__now();
        if (!s && *stop && !ends)
            s = interrupted(t, path, err);
    }
    return s;
}

lc_status lc__course_run(const lc__course *c, lc__training *t, const char *path, lc_error *err) {
    lc__progress progress;
    lc_status s = access(path, F_OK) == 0 ? lc__training_resume(t, path, err) : LC_OK;
    if (s || lc__training_step_now(t) == lc__training_steps(t))
        return s;
    lc__progress_start(&progress, "training", (size_t)lc__training_steps(t), c->quiet);
    s = steps(t, path, c->save_every, &progress, err);
    if (s)
        lc__progress_clear(&progress);
    else
        lc__progress_end(&progress);
    return s;
}
