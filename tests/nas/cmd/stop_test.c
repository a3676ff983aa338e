/* Trainings and searches that are stopped or killed go on as if they never were. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scene.h"

TestSuite(nas_stop, .init = scene_open);

static const char *const training[] = {scene_nas,      "train", "--space", "nasa", SCENE_TINY,
                                       "--save-every", "0",     "--out",   NULL,   NULL};
enum { TRAINING_OUT = sizeof training / sizeof training[0] - 2 };

static void train_argv(const char *out, const char **argv) {
    memcpy(argv, training, sizeof training);
    argv[TRAINING_OUT] = out;
}

static int train(const char *out) {
    const char *argv[sizeof training / sizeof training[0]];
    train_argv(out, argv);
    return rig_run(argv).code;
}

/* Begins a training, and ends it by a signal once there is a checkpoint. */
static int begin_training(const char *out, int signal) {
    const char *argv[sizeof training / sizeof training[0]];
    train_argv(out, argv);
    pid_t pid = rig_start("train", argv);
    cr_assert(scene_await(out, pid), "no checkpoint was written");
    kill(pid, signal);
    return rig_wait(pid);
}

Test(nas_stop, a_killed_training_ends_the_same) {
    const char *whole = rig_path("whole"), *killed = rig_path("killed");
    cr_assert_eq(train(whole), 0);
    begin_training(killed, SIGKILL);
    cr_assert_eq(train(killed), 0);
    cr_assert(scene_same(whole, killed));
}

Test(nas_stop, an_interrupted_training_says_how_to_go_on) {
    const char *whole = rig_path("whole"), *stopped = rig_path("stopped");
    cr_assert_eq(train(whole), 0);
    int code = begin_training(stopped, SIGINT);
    char *err = rig_read(rig_path("train.err"));
    cr_assert(code == 0 || code == 1, "%d %s", code, err);
    if (code == 1)
        cr_assert_not_null(strstr(err, "the same command goes on"), "%s", err);
    free(err);
    cr_assert_eq(train(stopped), 0);
    cr_assert(scene_same(whole, stopped));
}

/* ---- searches ---- */

static const char *const searching[] = {scene_nas,  "search",      "--space", "nasa",
                                        SCENE_TINY, "--images",    "8",       "--latency-ms",
                                        "0.15",     "--tolerance", "0.2",     "--save-every",
                                        "0",        "--steps",     "12",      "--evaluations",
                                        "12",       "--supernet",  NULL,      "--device",
                                        NULL,       "--method",    NULL,      "--out",
                                        NULL,       NULL};
enum { SEARCH_WORDS = sizeof searching / sizeof searching[0] };

static void search_argv(const char *method, const char *out, const char **argv) {
    memcpy(argv, searching, sizeof searching);
    argv[SEARCH_WORDS - 8] = rig_path("supernet");
    argv[SEARCH_WORDS - 6] = rig_path("device.json");
    argv[SEARCH_WORDS - 4] = method;
    argv[SEARCH_WORDS - 2] = out;
}

static rig_result search(const char *method, const char *out) {
    const char *argv[SEARCH_WORDS];
    search_argv(method, out, argv);
    return rig_run(argv);
}

/* The method searches to its end, and again with a signal in the middle. */
static void check_search(const char *method, int signal) {
    const char *argv[SEARCH_WORDS], *whole = rig_path("whole.json"), *cut = rig_path("cut.json");
    scene_device("nasa", 12);
    cr_assert_eq(train(rig_path("supernet")), 0);
    rig_result r = search(method, whole);
    cr_assert_eq(r.code, 0, "%s", r.err);
    search_argv(method, cut, argv);
    pid_t pid = rig_start("search", argv);
    cr_assert(scene_await(rig_path("cut.json.search"), pid), "no state was written");
    kill(pid, signal);
    int code = rig_wait(pid);
    cr_assert(code == 0 || code == (signal == SIGKILL ? -SIGKILL : 1), "%d", code);
    r = search(method, cut);
    cr_assert_eq(r.code, 0, "%s", r.err);
    char *a = scene_without_seconds(whole), *b = scene_without_seconds(cut);
    cr_assert_str_eq(a, b);
    free(a);
    free(b);
}

Test(nas_stop, a_killed_search_by_gradients_ends_the_same) {
    check_search("lightnas", SIGKILL);
}

Test(nas_stop, an_interrupted_search_by_gradients_ends_the_same) {
    check_search("lightnas", SIGINT);
}

Test(nas_stop, a_killed_selection_ends_the_same) {
    check_search("random", SIGKILL);
}

/* A state is of one search: another one does not go on with it, and damage is seen. */
Test(nas_stop, refuses_states_of_other_searches_and_damaged_ones) {
    const char *argv[SEARCH_WORDS], *out = rig_path("net.json");
    const char *state = rig_path("net.json.search");
    scene_device("nasa", 12);
    cr_assert_eq(train(rig_path("supernet")), 0);
    search_argv("lightnas", out, argv);
    pid_t pid = rig_start("search", argv);
    cr_assert(scene_await(state, pid));
    kill(pid, SIGKILL);
    rig_wait(pid);
    cr_assert_eq(access(state, F_OK), 0);
    rig_result r = search("gdas", out);
    cr_assert_eq(r.code, 2, "%s", r.err);
    cr_assert_not_null(strstr(r.err, state), "%s", r.err);
    scene_flip(state, 0.9);
    r = search("lightnas", out);
    cr_assert_eq(r.code, 1, "%s", r.err);
    cr_assert_not_null(strstr(r.err, state), "%s", r.err);
    scene_cut(state, 0.9);
    r = search("lightnas", out);
    cr_assert_eq(r.code, 1, "%s", r.err);
}
