#include "course.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/interrupt.h"
#include "base/now.h"
#include "base/progress.h"
#include "losses.h"
#include "ranks/launch.h"

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

/* Threads of all ranks on this machine together are as many as its CPUs. */
static void share_cpus(const lc__ranks *ranks) {
    long all = sysconf(_SC_NPROCESSORS_ONLN) / ranks->here;
    int own = omp_get_num_procs(); /* fewer, where mpirun has bound this rank to some */
    if (ranks->here > 1 && !getenv("OMP_NUM_THREADS"))
        omp_set_num_threads(all < 1 ? 1 : all < own ? (int)all : own);
}

lc_status lc__course_meet(lc__course *c, lc_error *err) {
    /* What one process does before its first step a signal may end at once. */
    const volatile sig_atomic_t *stop = lc__launch_size() == 1 ? NULL : lc__interrupts_catch();
    lc_status s = lc__ranks_open(stop, &c->ranks, err);
    if (!s)
        share_cpus(c->ranks);
    return s;
}

static lc_status take_ranks(const lc__course *c, lc__training_options *out, lc_error *err) {
    if (!c->ranks)
        return LC_OK;
    long long ranks = c->ranks->ranks, batch = c->batch, over = batch % ranks;
    out->rank = c->ranks->rank;
    out->ranks = c->ranks->ranks;
    out->reducer = c->ranks->reducer;
    if (over == 0)
        return LC_OK;
    lc_error_set(err, LC_EUSAGE,
                 "%lld ranks cannot share a batch of %lld images evenly: --batch %lld can be",
                 ranks, batch, batch - over + ranks);
    return LC_EUSAGE;
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
    lc_status s = take_ranks(c, out, err);
    if (!s)
        s = lc__images_open(c->data, images, err);
    out->images = *images;
    return s;
}

/* A training under way. */
typedef struct run {
    lc__training *t;
    lc__ranks *ranks;
    const char *path; /* of the checkpoint */
    double every, saved;
    const volatile sig_atomic_t *stop;
    lc__losses losses;
    lc__progress progress;
    double loss; /* smoothed, for the eye */
} run;

static lc_status interrupted(const run *r, lc_error *err) {
    lc_error_set(err, LC_ERUNTIME,
                 "stopped at step %lld of %lld; %.300s has what was reached, and the same command "
                 "goes on from there",
                 (long long)lc__training_step_now(r->t), (long long)lc__training_steps(r->t),
                 r->path);
    return LC_ERUNTIME;
}

/* The step that failed changed nothing. An older checkpoint is likelier to be a good one than what
 * the weights are by now; without any this is the last that there is. */
static lc_status failed(run *r, lc_error *err) {
    lc_status st = err->code;
    lc_error ignored;
    char why[sizeof err->message];
    if (r->ranks->rank > 0)
        return st;
    lc__losses_flush(&r->losses, &ignored);
    if (access(r->path, F_OK) != 0 && lc__training_save(r->t, r->path, &ignored))
        return st;
    memcpy(why, err->message, sizeof why);
    lc_error_set(err, st, "%.250s (--from %.100s takes the weights kept last)", why, r->path);
    return st;
}

/* The ranks have computed the same so far. */
static lc_status agree(const run *r, const char *what, lc_error *err) {
    uint64_t digest = 0;
    if (r->ranks->ranks == 1)
        return LC_OK;
    lc_status s = lc__ranks_join(r->ranks, lc__training_digest(r->t, &digest, err), err);
    return s ? s : lc__ranks_agree(r->ranks, what, digest, err);
}

static lc_status save(run *r, lc_error *err) {
    lc_status s = agree(r, "the state", err);
    if (s)
        return s;
    if (r->ranks->rank == 0)
        s = lc__losses_flush(&r->losses, err);
    if (!s && r->ranks->rank == 0)
        s = lc__training_save(r->t, r->path, err);
    r->saved = lc__now();
    return lc__ranks_join(r->ranks, s, err);
}

/* After a step: saves when it is time, at the end and before stopping, which all ranks do at once.
 */
static lc_status after_step(run *r, lc_error *err) {
    bool ends = lc__training_step_now(r->t) == lc__training_steps(r->t), stops = *r->stop != 0;
    bool due = ends || stops || (r->ranks->rank == 0 && lc__now() - r->saved >= r->every);
    lc_status s = lc__ranks_any(r->ranks, &due, err);
    if (s || !due)
        return s;
    s = lc__ranks_stop(r->ranks, &stops, err);
    if (!s)
        s = save(r, err);
    return !s && stops && !ends ? interrupted(r, err) : s;
}

static void show(run *r, const lc__outcome *o) {
    char detail[60];
    r->loss = r->loss > 0 ? 0.98 * r->loss + 0.02 * o->loss : o->loss;
    snprintf(detail, sizeof detail, "epoch %d, loss %.3f", lc__training_epoch(r->t), r->loss);
    lc__progress_step(&r->progress, (size_t)lc__training_step_now(r->t), detail);
}

static lc_status steps(run *r, lc_error *err) {
    lc_status s = LC_OK;
    while (lc__training_step_now(r->t) < lc__training_steps(r->t) && !s) {
        lc__outcome o;
        int epoch = lc__training_epoch(r->t);
        s = lc__training_step(r->t, &o, err);
        if (s)
            return s == LC_ERUNTIME ? failed(r, err) : s;
        lc__losses_add(&r->losses, lc__training_step_now(r->t) - 1, epoch, &o);
        show(r, &o);
        s = after_step(r, err);
    }
    return s;
}

/* Takes up rank 0's checkpoint, on all ranks. */
static lc_status resume(run *r, lc_error *err) {
    lc__ranks_file file;
    lc_status s = lc__ranks_file_open(r->ranks, r->path, &file, err);
    if (!s && file.found)
        s = lc__ranks_join(r->ranks, lc__training_resume(r->t, file.path, err), err);
    lc__ranks_file_close(&file);
    return s ? s : agree(r, "the training", err);
}

lc_status lc__course_run(const lc__course *c, lc__training *t, const char *path, lc_error *err) {
    lc__ranks alone = {.ranks = 1, .here = 1};
    run r = {.t = t, .path = path, .every = c->save_every, .ranks = c->ranks ? c->ranks : &alone};
    lc_status s = resume(&r, err);
    if (s || lc__training_step_now(t) == lc__training_steps(t))
        return s;
    bool first = r.ranks->rank == 0;
    if (first)
        s = lc__losses_open(c->losses, lc__training_step_now(t), &r.losses, err);
    s = lc__ranks_join(r.ranks, s, err);
    if (!s) {
        r.stop = lc__interrupts_catch();
        r.saved = lc__now();
        lc__progress_start(&r.progress, "training", (size_t)lc__training_steps(t),
                           c->quiet || !first);
        s = steps(&r, err);
        if (s)
            lc__progress_clear(&r.progress);
        else
            lc__progress_end(&r.progress);
    }
    lc__losses_close(&r.losses);
    return s;
}

lc_status lc__course_check(const lc__course *c, const char *path, lc_error *err) {
    bool stop = *lc__interrupts_catch() != 0;
    lc_status s = lc__ranks_stop(c->ranks, &stop, err);
    if (s || !stop)
        return s;
    lc_error_set(err, LC_ERUNTIME,
                 "stopped after the training; %.300s is complete, and the same command judges it",
                 path);
    return LC_ERUNTIME;
}
