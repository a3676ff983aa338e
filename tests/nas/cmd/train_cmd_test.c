/* nas train by the real command: checkpoints that are damaged or of others, trainings that
 * diverge, images cut short. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scene.h"

TestSuite(nas_train, .init = scene_open);

#define TRAIN(...) RIG_RUN(scene_nas, "train", "--out", rig_path("weights"), __VA_ARGS__)

static void has(const char *text, const char *words) {
    cr_assert_not_null(strstr(text, words), "\"%s\" is not in: %s", words, text);
}

static void check_damaged(const char *says) {
    rig_result r = TRAIN("--space", "nasa", SCENE_TINY);
    cr_assert_eq(r.code, 1, "%s", r.err);
    has(r.err, rig_path("weights"));
    has(r.err, says);
}

Test(nas_train, refuses_damaged_checkpoints) {
    const char *weights = rig_path("weights");
    rig_result r = TRAIN("--space", "nasa", SCENE_TINY);
    cr_assert_eq(r.code, 0, "%s", r.err);
    static const double places[] = {0.3, 0.999999};
    for (size_t i = 0; i < 2; i++) {
        scene_flip(weights, places[i]);
        check_damaged("checksum");
        scene_flip(weights, places[i]);
    }
    scene_flip(weights, 0);
    check_damaged("no checkpoint");
    scene_flip(weights, 0);
    scene_cut(weights, 0.7);
    check_damaged("cut short");
    scene_cut(weights, 0);
    check_damaged("no checkpoint");
}

Test(nas_train, names_what_another_checkpoint_differs_in) {
    rig_result r = TRAIN("--space", "nasa", SCENE_TINY);
    cr_assert_eq(r.code, 0, "%s", r.err);
    r = TRAIN("--space", "nasa", SCENE_TINY, "--rate", "0.01");
    cr_assert_eq(r.code, 2);
    has(r.err, "it has \"rate 0.05");
    r = TRAIN("--space", "fbnet", SCENE_TINY);
    cr_assert_eq(r.code, 2);
    has(r.err, "space nasa");
}

/* What was kept last is there, and a further training can begin with it. */
Test(nas_train, keeps_weights_of_a_training_that_diverges) {
    rig_result r = TRAIN("--space", "nasa", "--data", "shapes:40,16", "--batch", "8", "--quiet",
                         "--epochs", "40", "--rate", "1000");
    cr_assert_eq(r.code, 1, "%d %s", r.code, r.err);
    has(r.err, "training diverges: epoch");
    has(r.err, "--from");
    cr_assert_eq(access(rig_path("weights"), F_OK), 0);
    r = RIG_RUN(scene_nas, "train", "--space", "nasa", SCENE_TINY, "--from", rig_path("weights"),
                "--out", rig_path("second"), "--json");
    cr_assert(r.code == 0 || strstr(r.err, "diverges"), "%s", r.err);
}

Test(nas_train, names_an_image_file_that_is_cut_short) {
    char folder[300], file[400];
    snprintf(folder, sizeof folder, "mnist:%s", rig_dir());
    rig_result r = TRAIN("--space", "nasa", "--data", folder, "--epochs", "1", "--quiet");
    cr_assert_eq(r.code, 1);
    has(r.err, rig_dir());
    snprintf(file, sizeof file, "%s", rig_path("train-images-idx3-ubyte"));
    FILE *f = fopen(file, "wb");
    cr_assert_not_null(f);
    static const unsigned char head[] = {0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 28, 0, 0, 0, 28, 7};
    cr_assert_eq(fwrite(head, 1, sizeof head, f), sizeof head);
    fclose(f);
    r = TRAIN("--space", "nasa", "--data", folder, "--epochs", "1", "--quiet");
    cr_assert_eq(r.code, 1);
    has(r.err, "train-images-idx3-ubyte");
}

Test(nas_train, refuses_at_once_what_cannot_be_written) {
    char path[300];
    snprintf(path, sizeof path, "%s/weights", rig_path("absent"));
    rig_result r = RIG_RUN(scene_nas, "train", "--space", "nasa", "--out", path);
    cr_assert_eq(r.code, 1, "%s", r.err);
    has(r.err, path);
    r = RIG_RUN(scene_nas, "train", "--space", "nasa", "--out", rig_dir());
    cr_assert_eq(r.code, 2, "%s", r.err);
    has(r.err, "is a folder");
}

Test(nas_train, does_not_overwrite_the_net_it_trains) {
    rig_write(rig_path("weights"), "{}");
    rig_result r = TRAIN("--arch", rig_path("weights"), SCENE_TINY);
    cr_assert_eq(r.code, 2);
    has(r.err, "is what --arch reads");
    r = TRAIN(SCENE_TINY);
    cr_assert_eq(r.code, 2);
    has(r.err, "either --space or --arch");
}
