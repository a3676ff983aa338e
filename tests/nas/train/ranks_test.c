/* Data parallel: two ranks, here two threads, do what one process does. */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include "toy.h"
#include "train/engine.h"

enum { RANKS = 2, STEPS = 3 };

typedef struct meeting {
    pthread_barrier_t barrier;
    void *arrays[RANKS];
} meeting;

typedef struct rank {
    int index;
    meeting *meeting;
    double losses[STEPS], gate;
    lc__store *store;
    lc_status status;
} rank;

/* Both lay their arrays open; the first sums them and hands the sum out. */
static lc_status sum_f64(void *context, double *x, size_t n, lc_error *err) {
    (void)err;
    rank *r = context;
    r->meeting->arrays[r->index] = x;
    pthread_barrier_wait(&r->meeting->barrier);
    double *other = r->meeting->arrays[1];
    for (size_t i = 0; i < n && r->index == 0; i++)
        other[i] = x[i] += other[i];
    pthread_barrier_wait(&r->meeting->barrier);
    return LC_OK;
}

static lc_status sum_f32(void *context, float *x, size_t n, lc_error *err) {
    (void)err;
    rank *r = context;
    r->meeting->arrays[r->index] = x;
    pthread_barrier_wait(&r->meeting->barrier);
    float *other = r->meeting->arrays[1];
    for (size_t i = 0; i < n && r->index == 0; i++)
        other[i] = x[i] += other[i];
    pthread_barrier_wait(&r->meeting->barrier);
    return LC_OK;
}

/* Trains on this rank's share of the images: all of them where there is no meeting. */
static lc_status train(rank *r, lc__engine *engine, const lc_net *net) {
    int ranks = r->meeting ? RANKS : 1, share = TOY_BATCH / ranks;
    size_t pixels = (size_t)TOY_SIZE * TOY_SIZE * TOY_CHANNELS;
    int gate = lc_net_output(net) - 2;
    const lc__trainee_options options = {share, true, &gate, 1};
    lc__optimiser sgd = lc__optimiser_init(LC__SGD);
    lc__trainee *trainee = NULL;
    lc_status st = lc__trainee_new(engine, r->store, net, &options, &trainee, NULL);
    for (int step = 0; step < STEPS && st == LC_OK; step++) {
        toy_batch images = toy_images((uint64_t)step + 40);
        size_t first = (size_t)(r->index * share);
        lc__batch batch = {images.images + first * pixels, images.labels + first, {0, step}};
        lc__outcome outcome;
        st = lc__trainee_train(trainee, &batch, &outcome, &r->gate, NULL);
        r->losses[step] = outcome.loss;
        if (st == LC_OK)
            st = lc__optimiser_step(&sgd, 0.05, r->store, batch.when, NULL);
    }
    lc__trainee_free(trainee);
    return st;
}

static void *run(void *argument) {
    rank *r = argument;
    lc__reducer reducer = {r, sum_f32, sum_f64};
    lc__engine_options options = lc__engine_options_init();
    lc__engine *engine = NULL;
    lc_net *net = toy_net();
    options.reducer = r->meeting ? &reducer : NULL;
    r->store = lc__store_new(9);
    r->status = lc__engine_new(&options, &engine, NULL);
    if (r->status == LC_OK)
        r->status = train(r, engine, net);
    lc__engine_free(engine);
    lc_net_free(net);
    return NULL;
}

static void expect_alike(const lc__store *one, const lc__store *other, double within) {
    cr_assert_eq(lc__store_size(one), lc__store_size(other));
    for (size_t i = 0; i < lc__store_size(one); i++) {
        const lc__slot *a = lc__store_at(one, i), *b = lc__store_at(other, i);
        for (size_t k = 0; k < a->n; k++)
            cr_assert(fabs((double)a->value[k] - (double)b->value[k]) <= within, "%s: %g and %g",
                      a->key, (double)a->value[k], (double)b->value[k]);
    }
}

Test(ranks, two_ranks_train_like_one) {
    meeting m;
    pthread_t threads[RANKS];
    rank ranks[RANKS], single = {0};
    cr_assert_eq(pthread_barrier_init(&m.barrier, NULL, RANKS), 0);
    for (int i = 0; i < RANKS; i++) {
        ranks[i] = (rank){.index = i, .meeting = &m};
        cr_assert_eq(pthread_create(&threads[i], NULL, run, &ranks[i]), 0);
    }
    for (int i = 0; i < RANKS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&m.barrier);
    run(&single);
    cr_assert(!single.status && !ranks[0].status && !ranks[1].status);
    for (int s = 0; s < STEPS; s++) {
        cr_expect_eq(ranks[0].losses[s], ranks[1].losses[s]);
        cr_expect_float_eq(ranks[0].losses[s], single.losses[s], 1e-4);
    }
    cr_expect_float_eq(ranks[0].gate, single.gate, 1e-4);
    expect_alike(ranks[0].store, ranks[1].store, 0);
    expect_alike(ranks[0].store, single.store, 1e-3);
    lc__store_free(single.store);
    for (int i = 0; i < RANKS; i++)
        lc__store_free(ranks[i].store);
}
