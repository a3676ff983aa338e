/* What search loops rely on: asking allocates nothing, and many threads may ask at once. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "latcast/choice.h"
#include "synthetic.h"

enum { SHOTS = 10, POSITIONS = 22, VECTORS = 64, PLACES = 198, THREADS = 4 };

/* glibc's own allocator, which the program's calls reach through the counters below. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static _Thread_local bool counting;
static _Thread_local size_t allocations;

void *malloc(size_t size) {
    allocations += counting;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    allocations += counting;
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size) {
    allocations += counting;
    return __libc_realloc(old, size);
}

static lc_net **nets;
static lc_predictor *predictor;
static lc_choice_predictor *compiled;
static int choices[VECTORS * POSITIONS];

static void setup(void) {
    const lc_space *space = lc_space_find("fbnet");
    lc_model *model = made_up_model(3, 40, false);
    double values[SHOTS];
    made_up device = {1e-2, 3e-2, 900, 1e5};
    nets = random_nets("fbnet", SHOTS, 3);
    made_up_values(&device, nets, SHOTS, values);
    lc_shots shots = {.nets = (const lc_net *const *)nets, .values = values, .n = SHOTS};
    cr_assert_eq(lc_predictor_adapt(model, &shots, NULL, &predictor, NULL), LC_OK);
    cr_assert_eq(lc_choice_predictor_new(predictor, space, &compiled, NULL), LC_OK);
    lc_model_free(model);
    uint64_t seed = 2;
    for (int i = 0; i < VECTORS; i++)
        lc_space_random(space, &seed, choices + i * POSITIONS);
}

static void teardown(void) {
    lc_choice_predictor_free(compiled);
    lc_predictor_free(predictor);
    free_nets(nets, SHOTS);
}

TestSuite(query_path, .init = setup, .fini = teardown);

/* Every way of asking. */
typedef struct answers {
    lc_forecast net, vector;
    double latency[VECTORS], low[VECTORS], high[VECTORS];
    double mixed, gradient[PLACES], neighbours[PLACES];
} answers;

static bool ask_everything(answers *a) {
    double probability[PLACES];
    for (int k = 0; k < PLACES; k++)
        probability[k] = 1.0 / 9;
    return lc_predictor_query(predictor, nets[0], &a->net, NULL) == LC_OK &&
           lc_choice_predictor_query(compiled, choices, &a->vector, NULL) == LC_OK &&
           lc_choice_predictor_batch(compiled, choices, VECTORS, a->latency, NULL, NULL, NULL) ==
               LC_OK &&
           lc_choice_predictor_batch(compiled, choices, VECTORS, a->latency, a->low, a->high,
                                     NULL) == LC_OK &&
           lc_choice_predictor_relaxed(compiled, probability, &a->mixed, a->gradient, NULL) ==
               LC_OK &&
           lc_choice_predictor_neighbours(compiled, choices, a->neighbours, NULL) == LC_OK;
}

Test(query_path, asking_allocates_nothing) {
    answers a;
    counting = true;
    bool good = ask_everything(&a);
    counting = false;
    cr_expect(good);
    cr_expect_eq(allocations, 0, "%zu allocations", allocations);
    counting = true;
    lc_net_free(lc_net_new("counted"));
    counting = false;
    cr_expect_gt(allocations, 0, "the counter works");
}

static void *ask_often(void *out) {
    for (int i = 0; i < 200; i++)
        if (!ask_everything(out))
            return NULL;
    return out;
}

Test(query_path, threads_get_the_same_answers) {
    static answers alone, all[THREADS]; /* zeroed: padding is compared too */
    pthread_t thread[THREADS];
    cr_assert(ask_everything(&alone));
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&thread[i], NULL, ask_often, &all[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        void *done = NULL;
        cr_assert_eq(pthread_join(thread[i], &done), 0);
        cr_expect_eq(done, &all[i]);
        cr_expect_eq(memcmp(&all[i], &alone, sizeof alone), 0);
    }
}
