/* nas accuracies by the real command. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "scene.h"

TestSuite(nas_accuracies_cmd, .init = scene_open);

#define JUDGE(out, ...)                                                                            \
    RIG_RUN(scene_nas, "accuracies", "--space", "nasa", "--supernet", rig_path("supernet"),        \
            "--data", "shapes:40,16", "--batch", "8", "--images", "8", "--quiet", "--out", out,    \
            __VA_ARGS__)

static void has(const char *text, const char *words) {
    cr_assert_not_null(strstr(text, words), "\"%s\" is not in: %s", words, text);
}

static void make_supernet(void) {
    rig_result r =
        RIG_RUN(scene_nas, "train", "--space", "nasa", SCENE_TINY, "--out", rig_path("supernet"));
    cr_assert_eq(r.code, 0, "%s", r.err);
}

/* A table that was cut in the middle of a line, as a kill may leave it, ends the same as one that
 * never was; and a search takes it. */
Test(nas_accuracies_cmd, goes_on_to_the_same_table) {
    const char *whole = rig_path("whole.csv"), *cut = rig_path("cut.csv");
    make_supernet();
    rig_result r = JUDGE(whole, "--n", "8", "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.out, "\"nets\":8");
    r = JUDGE(cut, "--n", "5");
    cr_assert_eq(r.code, 0, "%s", r.err);
    scene_cut(cut, 0.8);
    r = JUDGE(cut, "--n", "8");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_assert(scene_same(whole, cut));
    r = RIG_RUN(scene_nas, "search", "--space", "nasa", "--device", scene_device("nasa", 12),
                "--accuracies", whole, "--latency-ms", "100", "--out", rig_path("net.json"));
    cr_assert_eq(r.code, 0, "%s", r.err);
}

Test(nas_accuracies_cmd, refuses_tables_of_something_else) {
    const char *table = rig_path("table.csv");
    make_supernet();
    cr_assert_eq(JUDGE(table, "--n", "2").code, 0);
    rig_result r = JUDGE(table, "--n", "3", "--seed", "7");
    cr_assert_eq(r.code, 2);
    has(r.err, "seed 7");
    rig_write(rig_path("own.csv"), "arch,accuracy\n");
    r = JUDGE(rig_path("own.csv"), "--n", "3");
    cr_assert_eq(r.code, 2);
    has(r.err, "was not begun by this command");
    r = JUDGE(rig_path("supernet"), "--n", "3");
    cr_assert_eq(r.code, 2);
    has(r.err, "is what --supernet reads");
    r = JUDGE(rig_path("all.csv"), "--all");
    cr_assert_eq(r.code, 3);
    has(r.err, "--n");
    rig_write(rig_path("supernet"), "no checkpoint");
    r = JUDGE(rig_path("new.csv"), "--n", "3");
    cr_assert_eq(r.code, 1);
    has(r.err, "no checkpoint of a training");
}

/* Two processes on one table wrote each net twice, and nothing read it any more. A lock that a
 * killed process left behind is none. */
Test(nas_accuracies_cmd, one_process_at_a_time) {
    const char *table = rig_path("table.csv"), *lock = rig_path("table.csv.lock");
    make_supernet();
    int fd = open(lock, O_RDWR | O_CREAT, 0666);
    cr_assert(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
    rig_result r = JUDGE(table, "--n", "2");
    cr_assert_eq(r.code, 2);
    has(r.err, "another process is at work on it");
    cr_assert_neq(access(table, F_OK), 0);
    close(fd);
    r = JUDGE(table, "--n", "2");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_assert_neq(access(lock, F_OK), 0, "the lock was left behind");
}

/* With a supernet that is there a search opens images all the same. */
Test(nas_accuracies_cmd, a_search_refuses_images_that_it_does_not_know) {
    make_supernet();
    rig_result r = RIG_RUN(scene_nas, "search", "--space", "nasa", "--device",
                           scene_device("nasa", 12), "--supernet", rig_path("supernet"), "--data",
                           "nope", "--latency-ms", "100", "--out", rig_path("net.json"));
    cr_assert_eq(r.code, 2, "%d", r.code);
    has(r.err, "unknown image set");
}

/* The fastest net that there is, is the table's. */
Test(nas_accuracies_cmd, a_table_of_slow_nets_is_named) {
    const char *table = rig_path("slow.csv");
    rig_write(table, "arch,accuracy\n"
                     "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|"
                     "nor_conv_3x3~1|nor_conv_3x3~2|,70\n");
    rig_result r = RIG_RUN(scene_nas, "search", "--space", "nasbench201", "--device",
                           scene_device("nasbench201", 12), "--accuracies", table, "--latency-ms",
                           "0.5", "--out", rig_path("net.json"));
    cr_assert_eq(r.code, 4, "%d: %s", r.code, r.err);
    has(r.err, "all of the table");
}
