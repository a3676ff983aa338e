/* Ranks that the real mpirun starts: sums, the same curve whatever their number, and what ends
 * them. */
#include <criterion/criterion.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "launch.h"
#include "ranks/ranks.h"

enum { STEPS = 32, DEATH = 12, SAVED = 10 };

#define PROGRAM LATCAST_TEST_RANKS_PROGRAM
#define TRAIN(name, ranks, ...)                                                                    \
    LAUNCH(name, ranks, PROGRAM, "train", "32", launch_path("check"), ##__VA_ARGS__)

typedef struct curve {
    int first, end; /* steps that were said, first < 0: none */
    double loss[STEPS], gate[STEPS];
} curve;

static curve curve_of(const char *name) {
    char *said = launch_said(name), *rest = NULL;
    curve c = {.first = -1};
    for (char *line = strtok_r(said, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        int step;
        double loss, gate;
        if (sscanf(line, "%d %lf %lf", &step, &loss, &gate) != 3)
            continue;
        if (c.first < 0)
            c.first = step;
        c.end = step + 1;
        if (step >= 0 && step < STEPS) {
            c.loss[step] = loss;
            c.gate[step] = gate;
        }
    }
    free(said);
    return c;
}

static void expect_same(const curve *a, const curve *b, double within) {
    cr_assert_eq(b->end, STEPS);
    for (int s = b->first; s < STEPS; s++) {
        cr_expect(fabs(a->loss[s] - b->loss[s]) <= within, "loss of step %d: %.9g, %.9g", s,
                  a->loss[s], b->loss[s]);
        cr_expect(fabs(a->gate[s] - b->gate[s]) <= within, "gate of step %d: %.9g, %.9g", s,
                  a->gate[s], b->gate[s]);
    }
}

static void expect_said(const char *name, const char *words) {
    char *said = launch_said(name);
    cr_expect(strstr(said, words), "no \"%s\" in:\n%s", words, said);
    free(said);
}

/* A run to the end without trouble. */
static curve whole(const char *name, int ranks) {
    remove(launch_path("check"));
    int code = TRAIN(name, ranks);
    char *said = launch_said(name);
    cr_assert_eq(code, 0, "%d ranks end with %d:\n%s", ranks, code, said);
    free(said);
    return curve_of(name);
}

TestSuite(mpi, .init = launch_open, .fini = launch_close);

/* Each rank compares all sums with its own reckoning, bit for bit. */
Test(mpi, sums_are_right_on_every_rank) {
    for (int ranks = 2; ranks <= 4; ranks++) {
        int code = LAUNCH("sums", ranks, PROGRAM, "sums");
        char *said = launch_said("sums");
        cr_expect_eq(code, 0, "%d ranks: %s", ranks, said);
        free(said);
    }
}

/* The sums of 2 and 4 ranks are rounded elsewhere, which a few steps of training carry on. */
Test(mpi, curve_is_the_same_for_any_number_of_ranks) {
    curve alone = whole("alone", 0), one = whole("one", 1);
    cr_expect_eq(alone.first, 0);
    expect_same(&alone, &one, 0);
    for (int ranks = 2; ranks <= 4; ranks += 2) {
        curve several = whole("several", ranks);
        cr_expect_eq(several.first, 0);
        expect_same(&alone, &several, 1e-5);
    }
}

Test(mpi, goes_on_from_the_checkpoint_after_a_rank_died) {
    curve undisturbed = whole("undisturbed", 2);
    static const char *const victims[] = {"1", "0"};
    for (int i = 0; i < 2; i++) {
        remove(launch_path("check"));
        cr_expect_neq(TRAIN("dead", 2, "die", victims[i], "12"), 0);
        cr_expect_leq(curve_of("dead").end, DEATH);
        expect_said("dead", "signal 9");
        cr_assert_eq(TRAIN("again", 2), 0);
        curve again = curve_of("again");
        cr_expect_eq(again.first, SAVED);
        expect_same(&undisturbed, &again, 0);
    }
}

/* The others wait in a sum: they must not wait for ever. */
Test(mpi, error_of_one_rank_ends_all_with_its_code) {
    cr_expect_eq(TRAIN("failed", 2, "fail", "1", "12"), 3);
    expect_said("failed", "rank 1 fails as it was told");
}

/* Nobody waits, and each may say what is wrong. */
Test(mpi, error_of_all_ranks_ends_them_in_order) {
    cr_expect_eq(TRAIN("failed", 2, "fail", "-1", "12"), 3);
    expect_said("failed", "rank 0 fails as it was told");
    expect_said("failed", "rank 1 fails as it was told");
}

Test(mpi, other_weights_on_one_rank_are_found) {
    cr_expect_eq(TRAIN("strayed", 3, "stray", "2", "12"), 1);
    expect_said("strayed", "the state of rank 2 is not that of rank 0");
}

/* A signal that one rank gets, or all, ends all after the same step, with a checkpoint. */
Test(mpi, stops_after_a_whole_step) {
    cr_expect_eq(TRAIN("stopped", 2, "stop", "1", "12"), 0);
    cr_expect_eq(curve_of("stopped").end, DEATH + 1);
    cr_assert_eq(TRAIN("again", 2), 0);
    cr_expect_eq(curve_of("again").first, DEATH + 1);
}

/* As a launcher of another MPI would leave it: each process believes that it is alone. */
Test(mpi, processes_that_do_not_find_each_other_are_refused) {
    setenv("OMPI_COMM_WORLD_SIZE", "3", 1);
    setenv("LSAN_OPTIONS", "detect_leaks=0", 1); /* OpenMPI is set up here, too, and leaks */
    cr_expect_eq(TRAIN("apart", 0), 3);
    expect_said("apart", "3 processes were started together, but MPI finds 1");
}

Test(mpi, is_not_set_up_without_mpirun) {
    lc__ranks *ranks = NULL;
    int up = -1;
    cr_assert_eq(lc__ranks_open(NULL, &ranks, NULL), LC_OK);
    cr_expect(ranks->rank == 0 && ranks->ranks == 1 && !ranks->reducer);
    MPI_Initialized(&up);
    cr_expect_eq(up, 0);
    lc__ranks_close(ranks, LC_OK);
}
