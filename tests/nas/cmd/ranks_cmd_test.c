/* nas train by the real command in several processes that the real mpirun starts: one curve for
 * any number of them, deaths and signals on the way, and what is refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch.h"
#include "scene.h"

enum { STEPS = 50, LONG = 150, LONGEST = 64 * LONG };

/* Of one training, five an epoch: LONG where a signal is to come before the end, and more where it
 * did not. Losses are compared up to STEPS: later ones differ by what a sum's order of rounding has
 * grown to. */
static int steps = STEPS;

/* Rounded elsewhere with another number of ranks: where that moves one value over the kink of a
 * ReLU the losses differ by 1e-5, and more after some steps. */
#define WITHIN 1e-3

static const char net[] =
    "{\"schema_version\":1,\"name\":\"small\",\"ops\":["
    "{\"id\":\"x\",\"op\":\"input\",\"inputs\":[],\"shape\":[1,32,32,3]},"
    "{\"id\":\"a\",\"op\":\"conv2d\",\"inputs\":[\"x\"],\"kernel\":3,\"stride\":4,\"pad\":1,"
    "\"out_channels\":8,\"act\":\"relu\"},"
    "{\"id\":\"b\",\"op\":\"conv2d\",\"inputs\":[\"a\"],\"kernel\":3,\"stride\":2,\"pad\":1,"
    "\"out_channels\":16,\"act\":\"relu\"},"
    "{\"id\":\"p\",\"op\":\"global_avg_pool\",\"inputs\":[\"b\"]},"
    "{\"id\":\"y\",\"op\":\"linear\",\"inputs\":[\"p\"],\"out_channels\":10}],\"output\":\"y\"}";

static void open_all(void) {
    scene_open();
    launch_open();
    rig_write(launch_path("net.json"), net);
}

TestSuite(nas_ranks, .init = open_all, .fini = launch_close);

/* Each rank leaves its process's number in a file. */
static pid_t start(const char *name, int ranks, const char *out, const char *save_every) {
    static const char script[] = "echo $$ > $0.$OMPI_COMM_WORLD_RANK; exec \"$@\"";
    char csv[100], epochs[12];
    snprintf(csv, sizeof csv, "%s.csv", out);
    snprintf(epochs, sizeof epochs, "%d", steps / 5);
    const char *const argv[] = {"/bin/sh",        "-c",
                                script,           launch_path(name),
                                scene_nas,        "train",
                                "--arch",         launch_path("net.json"),
                                "--data",         "shapes:50,16",
                                "--epochs",       epochs,
                                "--batch",        "8",
                                "--quiet",        "--save-every",
                                save_every,       "--out",
                                launch_path(out), "--losses",
                                launch_path(csv), NULL};
    return launch_start(name, ranks, argv);
}

static void train(int ranks, const char *out) {
    int code = launch_wait(start("train", ranks, out, "30"));
    char *said = launch_said("train");
    cr_assert_eq(code, 0, "%d ranks end with %d:\n%s", ranks, code, said);
    cr_assert_eq(rig_count(said, "of the test images"), 1, "%s", said);
    free(said);
}

static void check_said(const char *name, const char *words) {
    char *said = launch_said(name);
    cr_assert_eq(rig_count(said, words), 1, "not one \"%s\" in:\n%s", words, said);
    free(said);
}

/* The loss of each step, which the file has once and in order. */
static void read_losses(const char *out, double *loss) {
    char csv[100];
    snprintf(csv, sizeof csv, "%s.csv", out);
    char *text = rig_read(launch_path(csv)), *rest = NULL;
    cr_assert_not_null(text);
    int n = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        int step, epoch;
        if (sscanf(line, "%d,%d,%lf", &step, &epoch, &loss[n]) != 3)
            continue;
        cr_assert_eq(step, n, "%s", line);
        n++;
        if (n == steps)
            break;
    }
    cr_assert_eq(n, steps);
    cr_assert(!strtok_r(NULL, "\n", &rest), "more lines than steps");
    free(text);
}

static void check_same_losses(const char *a, const char *b) {
    static double x[LONGEST], y[LONGEST];
    read_losses(a, x);
    read_losses(b, y);
    for (int i = 0; i < STEPS; i++)
        cr_assert(fabs(x[i] - y[i]) <= WITHIN, "step %d: %.9g, %.9g", i, x[i], y[i]);
}

Test(nas_ranks, any_number_gives_the_same_curve) {
    train(0, "alone");
    train(2, "two");
    check_same_losses("alone", "two");
    train(4, "four");
    check_same_losses("alone", "four");
}

static int disturb_once(const char *name, int ranks, const char *out, int rank, int sent) {
    char file[100];
    pid_t mpirun = start(name, ranks, out, "0");
    cr_assert(scene_await(launch_path(out), mpirun), "no checkpoint was written");
    snprintf(file, sizeof file, "%s.%d", name, rank);
    char *text = rank < 0 ? NULL : rig_read(launch_path(file));
    kill(text ? (pid_t)strtol(text, NULL, 10) : mpirun, sent);
    free(text);
    return launch_wait(mpirun);
}

static bool was_in_time(const char *name) {
    char *said = launch_said(name);
    bool late = strstr(said, "of the test images") || strstr(said, "stopped after the training");
    free(said);
    return !late;
}

/* Trains until there is a checkpoint, and then sends a signal to a rank, or with -1 to mpirun;
 * again, should the training have come to its end by then. */
static int disturb(const char *name, int ranks, const char *out, int rank, int sent) {
    for (steps = LONG; steps <= LONGEST; steps *= 2) {
        unlink(launch_path(out));
        int code = disturb_once(name, ranks, out, rank, sent);
        if (was_in_time(name))
            return code;
    }
    cr_assert_fail("the signal always comes too late");
    return -1;
}

Test(nas_ranks, a_rank_that_is_killed_loses_nothing_saved) {
    setenv("OMPI_MCA_odls_base_sigkill_timeout", "3", 1); /* other work delays last words */
    cr_assert_neq(disturb("dead", 2, "killed", 1, SIGKILL), 0);
    check_said("dead", "signal 9");
    check_said("dead", "the same command goes on");
    train(2, "whole");
    train(2, "killed");
    cr_assert(scene_same(launch_path("whole"), launch_path("killed")));
    check_same_losses("whole", "killed");
}

/* Other ranks than began it end it, with the same curve. */
Test(nas_ranks, goes_on_with_another_number_after_mpirun_was_stopped) {
    setenv("OMPI_MCA_odls_base_sigkill_timeout", "3", 1);
    cr_assert_neq(disturb("stopped", 2, "cut", -1, SIGTERM), 0);
    check_said("stopped", "the same command goes on");
    train(0, "whole");
    train(4, "cut");
    check_same_losses("whole", "cut");
}

/* The others hear of it and end the same step. */
Test(nas_ranks, a_signal_to_one_rank_stops_all_after_a_step) {
    cr_assert_eq(disturb("stopped", 2, "cut", 1, SIGINT), 1);
    check_said("stopped", "nas train: stopped at step");
    train(0, "whole");
    train(0, "cut");
    check_same_losses("whole", "cut");
}

#define NAS(name, ranks, ...) LAUNCH(name, ranks, scene_nas, __VA_ARGS__)
#define TINY "--arch", launch_path("net.json"), "--out", launch_path("out"), "--epochs", "1"

Test(nas_ranks, says_once_what_is_wrong_on_all_ranks) {
    cr_expect_eq(NAS("search", 2, "search", "--space", "nasa"), 2);
    check_said("search", "only nas train works in several");
    cr_expect_eq(NAS("uneven", 3, "train", TINY, "--data", "shapes:40,16", "--batch", "8"), 2);
    check_said("uneven", "--batch 9");
    cr_expect_eq(NAS("diverged", 2, "train", TINY, "--data", "shapes:40,16", "--batch", "8",
                     "--rate", "1000", "--decay", "1", "--epochs", "20"),
                 1);
    check_said("diverged", "training diverges");
    cr_expect_eq(access(launch_path("out"), F_OK), 0);
}

/* As on machines with different files: no one trains on, and the one that differs is named. */
Test(nas_ranks, finds_out_that_ranks_have_other_images_or_none) {
    char shapes[] = "shapes:40,16", others[] = "shapes:40,16,9", none[] = "mnist:/nosuch";
    cr_expect_eq(LAUNCH("others", 1, scene_nas, "train", TINY, "--batch", "8", "--data", shapes,
                        ":", "-n", "1", scene_nas, "train", TINY, "--batch", "8", "--data", others),
                 1);
    check_said("others", "of rank 1 is not that of rank 0");
    cr_expect_eq(LAUNCH("none", 1, scene_nas, "train", TINY, "--batch", "8", "--data", shapes, ":",
                        "-n", "1", scene_nas, "train", TINY, "--batch", "8", "--data", none),
                 1);
    check_said("none", "nas train, rank 1 of 2: /nosuch");
}
