/* What the tests start by mpirun: sums, or a small net's training, in the manner of a command.
 *
 * usage: ranks_program sums
 *        ranks_program train STEPS CHECKPOINT [FAULT RANK STEP]
 *
 * Training goes on from the checkpoint if there is one; rank 0 prints "step loss gate" for each
 * step and saves every five. FAULT is what happens to a rank before a step: die (SIGKILL), stop
 * (SIGTERM), fail (an error), stray (other weights). With RANK -1 it happens to all. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "toy.h"
#include "ranks/ranks.h"
#include "train/checkpoint.h"

enum { EVERY = 5 };

static volatile sig_atomic_t stopped;

static void stop(int signal) {
    (void)signal;
    stopped = 1;
}

/* ---- sums ---- */

/* Numbers of which the sum over the ranks depends on rounding. */
static double number(int rank, size_t i) {
    size_t mixed = (i + 1) * 2654435761u + (size_t)rank * 40503u;
    return (double)(mixed % 100003) / 7.0 * (rank % 2 ? 1e-3 : 1);
}

static double expected(int ranks, size_t i) {
    double sum = 0;
    for (int r = 0; r < ranks; r++)
        sum += number(r, i);
    return sum;
}

static double expected_f32(int ranks, size_t i) {
    double sum = 0;
    for (int r = 0; r < ranks; r++)
        sum += (double)(float)number(r, i);
    return (double)(float)sum;
}

static lc_status check(bool right, const char *what, size_t n, lc_error *err) {
    return right ? LC_OK : lc_error_set(err, LC_ERUNTIME, "sums of %zu %s are wrong", n, what);
}

static lc_status sum_doubles(const lc__ranks *ranks, size_t n, lc_error *err) {
    double *x = calloc(n + 1, sizeof *x);
    bool right = x != NULL;
    for (size_t i = 0; i < n && x; i++)
        x[i] = number(ranks->rank, i);
    lc_status st = lc__reduce_f64(ranks->reducer, x, n, err);
    for (size_t i = 0; i < n && right; i++)
        right = fabs(x[i] - expected(ranks->ranks, i)) <= 0;
    free(x);
    return st == LC_OK ? check(right, "doubles", n, err) : st;
}

static lc_status sum_floats(const lc__ranks *ranks, size_t n, lc_error *err) {
    float *x = calloc(n + 1, sizeof *x);
    bool right = x != NULL;
    for (size_t i = 0; i < n && x; i++)
        x[i] = (float)number(ranks->rank, i);
    lc_status st = lc__reduce_f32(ranks->reducer, x, n, err);
    for (size_t i = 0; i < n && right; i++)
        right = fabs((double)x[i] - expected_f32(ranks->ranks, i)) <= 0;
    free(x);
    return st == LC_OK ? check(right, "floats", n, err) : st;
}

/* Sizes about those where the way of summing changes. */
static lc_status sums(lc__ranks *ranks, lc_error *err) {
    static const size_t sizes[] = {0, 1, 3, 2048, 2049, (1 << 20) + 4099};
    lc_status st = LC_OK;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && st == LC_OK; i++) {
        st = sum_doubles(ranks, sizes[i], err);
        if (st == LC_OK)
            st = sum_floats(ranks, sizes[i], err);
    }
    return st;
}

/* ---- training ---- */

typedef struct fault {
    const char *kind; /* "": none */
    int rank, step;
} fault;

typedef struct run {
    lc__ranks *ranks;
    lc__engine *engine;
    lc__store *store;
    lc_net *net;
    lc__trainee *trainee;
    int step, steps, gate;
    const char *checkpoint;
    fault fault;
} run;

static lc_status digest_agrees(run *r, lc_error *err) {
    uint64_t digest = (uint64_t)r->step;
    for (size_t i = 0; i < lc__store_size(r->store); i++) {
        const lc__slot *slot = lc__store_at(r->store, i);
        digest = digest * 31 + lc__checkpoint_sum(slot->value, slot->n * sizeof *slot->value);
    }
    return lc__ranks_agree(r->ranks, "the state", digest, err);
}

static lc_status load(run *r, lc_error *err) {
    void *blob = NULL;
    size_t length = 0;
    if (access(r->checkpoint, F_OK) != 0) {
        r->store = lc__store_new(9);
        return LC_OK;
    }
    lc_status st = lc__checkpoint_load(r->checkpoint, &r->store, &blob, &length, err);
    if (st == LC_OK && length == sizeof r->step)
        memcpy(&r->step, blob, length);
    free(blob);
    return st;
}

static lc_status save(const run *r, lc_error *err) {
    if (r->ranks->rank != 0)
        return LC_OK;
    return lc__checkpoint_save(r->store, &r->step, sizeof r->step, r->checkpoint, err);
}

static lc_status begin(run *r, lc_error *err) {
    const lc__trainee_options options = {TOY_BATCH / r->ranks->ranks, true, &r->gate, 1};
    r->net = toy_net();
    r->gate = lc_net_output(r->net) - 2;
    r->engine = toy_engine(r->ranks->reducer);
    lc_status st = load(r, err);
    if (st == LC_OK)
        st = lc__trainee_new(r->engine, r->store, r->net, &options, &r->trainee, err);
    return st == LC_OK ? digest_agrees(r, err) : st;
}

static lc_status suffer(run *r, lc_error *err) {
    if (r->fault.step != r->step || (r->fault.rank >= 0 && r->fault.rank != r->ranks->rank))
        return LC_OK;
    if (!strcmp(r->fault.kind, "die"))
        raise(SIGKILL);
    if (!strcmp(r->fault.kind, "stop"))
        raise(SIGTERM);
    if (!strcmp(r->fault.kind, "fail"))
        return lc_error_set(err, LC_EUNSUPPORTED, "rank %d fails as it was told", r->ranks->rank);
    if (!strcmp(r->fault.kind, "stray"))
        lc__store_at(r->store, 0)->value[0] += 1;
    return LC_OK;
}

static lc_status step(run *r, lc_error *err) {
    toy_batch all = toy_images((uint64_t)r->step + 40);
    size_t pixels = (size_t)TOY_SIZE * TOY_SIZE * TOY_CHANNELS,
           first = (size_t)(r->ranks->rank * (TOY_BATCH / r->ranks->ranks));
    lc__batch batch = {all.images + first * pixels, all.labels + first, {0, r->step}};
    lc__optimiser sgd = lc__optimiser_init(LC__SGD);
    lc__outcome outcome = {0};
    double gate = 0;
    lc_status st = lc__trainee_train(r->trainee, &batch, &outcome, &gate, err);
    if (st == LC_OK)
        st = lc__optimiser_step(&sgd, 0.02, r->store, batch.when, err);
    if (st == LC_OK && r->ranks->rank == 0)
        printf("%d %.17g %.17g\n", r->step, outcome.loss, gate);
    fflush(stdout);
    return st;
}

static lc_status train(run *r, lc_error *err) {
    bool stops = false;
    lc_status st = begin(r, err);
    while (st == LC_OK && r->step < r->steps && !stops) {
        st = suffer(r, err);
        if (st == LC_OK)
            st = step(r, err);
        r->step++;
        stops = stopped;
        if (st == LC_OK)
            st = lc__ranks_any(r->ranks, &stops, err);
        if (st == LC_OK && (stops || r->step % EVERY == 0))
            st = save(r, err);
    }
    if (st == LC_OK)
        st = digest_agrees(r, err);
    lc__trainee_free(r->trainee);
    lc__engine_free(r->engine);
    lc__store_free(r->store);
    lc_net_free(r->net);
    return st;
}

int main(int argc, char **argv) {
    lc_error err = {0};
    lc__ranks *ranks = NULL;
    run r = {.fault = {.kind = ""}};
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    lc_status st = lc__ranks_open(&stopped, &ranks, &err);
    r.ranks = ranks;
    if (st == LC_OK && argc == 2) {
        st = sums(ranks, &err);
    } else if (st == LC_OK) {
        r.steps = atoi(argv[2]);
        r.checkpoint = argv[3];
        if (argc == 7)
            r.fault = (fault){argv[4], atoi(argv[5]), atoi(argv[6])};
        st = train(&r, &err);
    }
    if (st != LC_OK)
        fprintf(stderr, "ranks_program: %s\n", err.message);
    lc__ranks_close(ranks, st);
    return lc_status_exit_code(st);
}
