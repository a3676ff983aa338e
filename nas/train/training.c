#include "training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/rng.h"
#include "grow.h"
#include "positions.h"
#include "training_parts.h"

/* Batches that the statistics of a path are gathered from. */
#define CALIBRATING 4

lc__training_options lc__training_options_init(void) {
    return (lc__training_options){.batch = 32,
                                  .epochs = 12,
                                  .rate = 0.05,
                                  .decay = 1e-4,
                                  .validation = 0.2,
                                  .seed = 1,
                                  .ranks = 1};
}

const char *lc__recipe_name(lc__recipe recipe) {
    static const char *const names[LC__RECIPES] = {"grow", "pgp", "plain", "naive"};
    return (unsigned)recipe < LC__RECIPES ? names[recipe] : NULL;
}

/* ---- making one ---- */

static lc_status check(const lc__training_options *o, lc_error *err) {
    const char *wrong = NULL;
    if (!o->space == !o->net)
        wrong = "a training is of a space or of a net";
    else if (o->ranks < 1 || o->rank < 0 || o->rank >= o->ranks)
        wrong = "there is no such rank";
    else if (o->batch < 2 || o->batch % (size_t)o->ranks)
        wrong = "a batch must have two images or more and divide by the number of ranks";
    else if (o->epochs < 1 || !(o->rate > 0) || !(o->decay >= 0) || !(o->smoothing >= 0) ||
             !(o->smoothing < 1))
        wrong = "epochs, rate, decay or smoothing are out of range";
    if (!wrong)
        return LC_OK;
    lc_error_set(err, LC_EUSAGE, "%s", wrong);
    return LC_EUSAGE;
}

/* The net of a path (in *made, too, lc_net_free()), or the one that is trained. */
static lc_status net_of(const lc__training *t, const int *choices, lc_net **made,
                        const lc_net **net, lc_error *err) {
    const lc_space *space = t->options.space;
    *made = NULL;
    *net = t->options.net;
    if (!space)
        return LC_OK;
    lc_status st = lc_space_net(space, choices, space->n_positions, made, err);
    *net = *made;
    return st;
}

static lc_shape input_of(const lc_net *net) {
    for (int i = 0; i < lc_net_size(net); i++)
        if (lc_net_node(net, i)->op.type == LC_OP_INPUT)
            return lc_net_node(net, i)->shape;
    return (lc_shape){0};
}

static lc_status open_loader(lc__training *t, lc__part part, lc_shape input, lc_error *err) {
    const lc__training_options *o = &t->options;
    lc__loader_options l = lc__loader_training(o->batch, o->seed);
    l.part = part;
    l.validation = o->validation;
    l.height = input.h;
    l.width = input.w;
    l.channels = input.c;
    if (part != LC__PART_TRAIN) {
        l.shuffle = part == LC__PART_VALIDATION; /* whose batches the search takes in turn */
        l.flip = false;
        l.shift = 0;
    }
    return lc__loader_new(o->images, &l, &t->loader[part], err);
}

static lc_status open_loaders(lc__training *t, lc_error *err) {
    int first[LC_NET_MAX_CHOICES] = {0};
    lc_net *made;
    const lc_net *net;
    lc_status st = net_of(t, first, &made, &net, err);
    if (st != LC_OK)
        return st;
    lc_shape input = input_of(net);
    int classes = lc_net_node(net, lc_net_output(net))->shape.c;
    lc_net_free(made);
    int wanted = lc__images_about(t->options.images)->classes;
    if (classes < wanted) {
        lc_error_set(err, LC_EUNSUPPORTED, "the net tells %d classes apart, the images are of %d",
                     classes, wanted);
        return LC_EUNSUPPORTED;
    }
    for (int part = 0; part < LC__PARTS && st == LC_OK; part++)
        if (part != LC__PART_VALIDATION || t->options.validation > 0)
            st = open_loader(t, (lc__part)part, input, err);
    if (st != LC_OK)
        return st;
    size_t share = t->options.batch / (size_t)t->options.ranks;
    t->images = malloc(share * lc__loader_values(t->loader[LC__PART_TRAIN]) * sizeof *t->images);
    t->labels = malloc(share * sizeof *t->labels);
    return t->images && t->labels ? LC_OK : lc__no_memory(err);
}

static lc_status plan(lc__training *t, lc_error *err) {
    const lc__training_options *o = &t->options;
    const lc__loader *train = t->loader[LC__PART_TRAIN];
    if (lc__loader_size(train) < o->batch) {
        lc_error_set(err, LC_EUSAGE, "a batch of %zu images: there are only %zu to train on",
                     o->batch, lc__loader_size(train));
        return LC_EUSAGE;
    }
    t->steps_per_epoch = (int)lc__loader_steps(train);
    t->steps = (int64_t)t->steps_per_epoch * o->epochs;
    t->schedule = (lc__schedule){
        .peak = o->rate, .steps = t->steps, .warmup = o->epochs > 1 ? t->steps_per_epoch : 0};
    t->optimiser = lc__optimiser_init(LC__SGD);
    t->optimiser.decay = o->decay;
    t->optimiser.clip = 5;
    t->pgp = lc__pgp_plain(o->epochs);
    t->pgp.adder_rate = 1;
    if (o->recipe == LC__RECIPE_PGP)
        t->pgp = lc__pgp_plan(o->epochs);
    return LC_OK;
}

lc_status lc__training_new(const lc__training_options *options, lc__training **out, lc_error *err) {
    lc_status st = check(options, err);
    if (st != LC_OK)
        return st;
    lc__training *t = calloc(1, sizeof *t);
    if (!t)
        return lc__no_memory(err);
    t->options = *options;
    lc__engine_options e = lc__engine_options_init();
    e.smoothing = options->smoothing;
    e.reducer = options->reducer;
    e.scale = options->scale;
    st = open_loaders(t, err);
    if (st == LC_OK)
        st = plan(t, err);
    if (st == LC_OK)
        st = lc__engine_new(&e, &t->engine, err);
    if (st == LC_OK) {
        t->store = lc__store_new(options->seed);
        st = t->store ? LC_OK : lc__no_memory(err);
    }
    if (st == LC_OK && options->space)
        st = lc__share_new(options->space, &t->share, err);
    if (st == LC_OK && options->space)
        st = lc__grow_largest(options->space, t->largest, err);
    if (st == LC_OK)
        *out = t;
    else
        lc__training_free(t);
    return st;
}

void lc__training_free(lc__training *t) {
    if (!t)
        return;
    lc__engine_free(t->engine);
    lc__store_free(t->store);
    lc__share_free(t->share);
    for (int part = 0; part < LC__PARTS; part++)
        lc__loader_free(t->loader[part]);
    free(t->images);
    free(t->labels);
    free(t);
}

int64_t lc__training_steps(const lc__training *t) {
    return t->steps;
}

int64_t lc__training_step_now(const lc__training *t) {
    return t->step;
}

int lc__training_epoch(const lc__training *t) {
    return (int)(t->step / t->steps_per_epoch);
}

/* ---- a run of one path ---- */

typedef struct path {
    const lc_net *net;
    lc_net *made;
    lc__trainee *trainee;
} path;

static lc_status open_path(lc__training *t, const int *choices, const int *gates, int n_gates,
                           bool trains, path *out, lc_error *err) {
    *out = (path){0};
    lc_status st = net_of(t, choices, &out->made, &out->net, err);
    if (st != LC_OK)
        return st;
    lc__trainee_options o = {.batch = (int)t->options.batch / t->options.ranks,
                             .trains = trains,
                             .gates = gates,
                             .n_gates = n_gates};
    st = lc__trainee_new(t->engine, t->store, out->net, &o, &out->trainee, err);
    return st == LC_OK && t->share ? lc__share_pull(t->share, out->net, t->store, err) : st;
}

static void close_path(path *p) {
    lc__trainee_free(p->trainee);
    lc_net_free(p->made);
}

/* This rank's images of a step; what is missing to a batch is not scored. */
static lc_status load(lc__training *t, lc__part part, size_t epoch, size_t step, lc__batch *batch,
                      lc_error *err) {
    const lc__loader *loader = t->loader[part];
    int rank = t->options.rank, ranks = t->options.ranks;
    size_t room = t->options.batch / (size_t)ranks, values = lc__loader_values(loader);
    size_t share = lc__loader_share(loader, step, rank, ranks);
    memset(t->images + share * values, 0, (room - share) * values * sizeof *t->images);
    for (size_t i = share; i < room; i++)
        t->labels[i] = -1;
    *batch = (lc__batch){t->images, t->labels, {(int)epoch, (int64_t)step}};
    return share ? lc__loader_batch(loader, epoch, step, rank, ranks, t->images, t->labels, err)
                 : LC_OK;
}

/* The slot of a node's weights, or of what `suffix` names; NULL: none. */
static lc__slot *slot_of(const lc__training *t, const lc_net *net, int node, const char *suffix) {
    char key[LC__KEY_MAX];
    lc__node_key(net, node, key, sizeof key - 16);
    size_t n = strlen(key);
    snprintf(key + n, sizeof key - n, "%s", suffix);
    return lc__store_find(t->store, key);
}

/* Weights taken from another training have no updates either, but no longer the scales of 1 that
 * are drawn. */
static bool is_new(const lc__slot *norm) {
    for (size_t c = 0; c < norm->n / 2; c++)
        if (norm->value[c] != 1.0F)
            return false;
    return norm->updates == 0;
}

/* Blocks that end in a sum begin as the identity. */
static void start_at_zero(const lc__training *t, const lc_net *net) {
    for (int i = 0; i < lc_net_size(net); i++) {
        lc__slot *norm = lc__pgp_starts_at_zero(net, i) ? slot_of(t, net, i, "/norm") : NULL;
        if (norm && is_new(norm))
            memset(norm->value, 0, norm->n / 2 * sizeof *norm->value);
    }
}

static void freeze(const lc__training *t, const lc__pgp_stage *stage, const lc_net *net,
                   const int *choices) {
    static const char *const suffixes[] = {"", "/norm"};
    for (int i = 0; i < lc_net_size(net); i++) {
        int p = lc__node_position(net, i);
        if (p < 0 || !lc__pgp_freezes(stage, t->options.space, p, choices[p]))
            continue;
        for (int k = 0; k < 2; k++) {
            lc__slot *slot = slot_of(t, net, i, suffixes[k]);
            if (slot)
                slot->touched = false;
        }
    }
}

lc_status lc__training_step(lc__training *t, lc__outcome *outcome, lc_error *err) {
    const lc_space *space = t->options.space;
    int choices[LC_NET_MAX_CHOICES], epoch = lc__training_epoch(t);
    lc__pgp_stage stage = lc__pgp_at(&t->pgp, epoch);
    lc__when when = {epoch, t->step % t->steps_per_epoch};
    lc__batch batch;
    path p = {0};
    if (space) {
        uint64_t rng = t->options.seed + (uint64_t)t->step * UINT64_C(0x9e3779b97f4a7c15);
        rng = lc__rng_u64(&rng);
        lc__pgp_sample(&stage, space, &rng, choices);
        if (t->options.recipe == LC__RECIPE_GROW)
            lc__grow_back(space, t->largest, (double)t->step / (double)t->steps, &rng, choices);
    }
    lc_status st = open_path(t, choices, NULL, 0, true, &p, err);
    if (st == LC_OK && t->options.recipe != LC__RECIPE_NAIVE)
        start_at_zero(t, p.net);
    if (st == LC_OK)
        st = load(t, LC__PART_TRAIN, (size_t)epoch, (size_t)when.step, &batch, err);
    if (st == LC_OK)
        st = lc__trainee_train(p.trainee, &batch, outcome, NULL, err);
    if (st == LC_OK && space) {
        freeze(t, &stage, p.net, choices);
        st = lc__share_push(t->share, p.net, t->store, err);
    }
    double rate = lc__schedule_rate(&t->schedule, t->step) * stage.rate;
    if (st == LC_OK)
        st = lc__optimiser_step(&t->optimiser, rate, t->store, when, err);
    if (st == LC_OK)
        t->step++;
    else if (t->store)
        lc__optimiser_drop(t->store);
    close_path(&p);
    return st;
}

/* ---- judging ---- */

lc_status lc__training_probe(lc__training *t, const int *choices, size_t turn, lc__outcome *outcome,
                             double *gate, lc_error *err) {
    const lc_space *space = t->options.space;
    int nodes[LC_NET_MAX_CHOICES];
    lc_net *made;
    const lc_net *net;
    lc__batch batch;
    path p = {0};
    if (!space || !t->loader[LC__PART_VALIDATION]) {
        lc_error_set(err, LC_EUSAGE, "a search needs a space, and images set apart for it");
        return LC_EUSAGE;
    }
    size_t steps = lc__loader_steps(t->loader[LC__PART_VALIDATION]);
    lc_status st = net_of(t, choices, &made, &net, err);
    if (st != LC_OK)
        return st;
    lc__position_outputs(net, space->n_positions, nodes);
    lc_net_free(made);
    st = open_path(t, choices, nodes, space->n_positions, true, &p, err);
    if (st == LC_OK)
        st = load(t, LC__PART_VALIDATION, turn / steps, turn % steps, &batch, err);
    if (st == LC_OK)
        st = lc__trainee_train(p.trainee, &batch, outcome, gate, err);
    lc__optimiser_drop(t->store);
    close_path(&p);
    return st;
}

static lc_status calibrate(lc__training *t, const path *p, lc_error *err) {
    lc__outcome ignored;
    lc__batch batch;
    lc_status st = LC_OK;
    lc__store_forget_statistics(t->store);
    for (size_t i = 0; i < CALIBRATING && i < (size_t)t->steps_per_epoch && st == LC_OK; i++) {
        st = load(t, LC__PART_TRAIN, 0, i, &batch, err);
        if (st == LC_OK)
            st = lc__trainee_measure(p->trainee, &batch, &ignored, err);
    }
    return st;
}

lc_status lc__training_evaluate(lc__training *t, const int *choices, lc__part part, size_t images,
                                lc__outcome *outcome, lc_error *err) {
    lc__outcome one;
    lc__batch batch;
    path p;
    *outcome = (lc__outcome){0};
    if (!t->loader[part]) {
        lc_error_set(err, LC_EUSAGE, "no images are set apart");
        return LC_EUSAGE;
    }
    size_t steps = lc__loader_steps(t->loader[part]);
    if (images > 0 && (images + t->options.batch - 1) / t->options.batch < steps)
        steps = (images + t->options.batch - 1) / t->options.batch;
    lc_status st = open_path(t, choices, NULL, 0, false, &p, err);
    if (st == LC_OK && t->options.space)
        st = calibrate(t, &p, err);
    for (size_t i = 0; i < steps && st == LC_OK; i++) {
        st = load(t, part, 0, i, &batch, err);
        if (st == LC_OK)
            st = lc__trainee_evaluate(p.trainee, &batch, &one, err);
        if (st != LC_OK)
            break;
        outcome->loss += one.loss * one.scored;
        outcome->correct += one.correct;
        outcome->scored += one.scored;
    }
    if (outcome->scored > 0)
        outcome->loss /= outcome->scored;
    close_path(&p);
    return st;
}
