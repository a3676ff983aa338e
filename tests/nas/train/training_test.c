/* Where a training begins. */
#include "train/training.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#include "latcast/space.h"
#include "train/checkpoint.h"

static char path[] = "/tmp/latcast-training-XXXXXX";

static void open_file(void) {
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void remove_file(void) {
    unlink(path);
}

TestSuite(training, .init = open_file, .fini = remove_file);

/* One step of MobileNetV2 (.net) or of the supernet of nasa, with weights from the file or drawn;
 * what comes of it goes to the file. */
static void step(bool net, lc__recipe recipe, double rate, bool adopts) {
    lc_error err;
    lc__training_options o = lc__training_options_init();
    lc__training *training = NULL;
    lc__images *images = NULL;
    lc_net *own = NULL;
    lc__outcome outcome;
    cr_assert_eq(lc__images_open("shapes:10,2", &images, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_zoo_net("mobilenet_v2:32:10", &own, &err), LC_OK, "%s", err.message);
    if (net)
        o.net = own;
    else
        o.space = lc_space_find("nasa");
    o.images = images;
    o.spec = "shapes:10,2";
    o.batch = 4;
    o.epochs = 1;
    o.rate = rate;
    o.recipe = recipe;
    cr_assert_eq(lc__training_new(&o, &training, &err), LC_OK, "%s", err.message);
    if (adopts)
        cr_assert_eq(lc__training_adopt(training, path, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc__training_step(training, &outcome, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc__training_save(training, path, &err), LC_OK, "%s", err.message);
    lc__training_free(training);
    lc_net_free(own);
    lc__images_close(images);
}

static lc__store *saved(void) {
    lc__store *store = NULL;
    void *text = NULL;
    size_t length;
    lc_error err;
    cr_assert_eq(lc__checkpoint_load(path, &store, &text, &length, &err), LC_OK, "%s", err.message);
    free(text);
    return store;
}

static float scale_of(const char *key) {
    lc__store *store = saved();
    const lc__slot *slot = lc__store_find(store, key);
    cr_assert_not_null(slot, "no slot %s", key);
    float scale = slot->value[0];
    lc__store_free(store);
    return scale;
}

/* Where the shape changes they cannot. */
Test(training, blocks_of_one_net_begin_as_the_identity) {
    step(true, LC__RECIPE_PLAIN, 1e-9, false);
    cr_expect_float_eq(scale_of("block2.project/norm"), 0, 1e-6);
    cr_expect_float_eq(scale_of("block1.project/norm"), 1, 1e-6);
    step(true, LC__RECIPE_NAIVE, 1e-9, false);
    cr_expect_float_eq(scale_of("block2.project/norm"), 1, 1e-6);
}

/* The scales of batch-norm; a rate of 1e-9 moves them less than this tells. */
static void expect_kept(const lc__store *before, const lc__store *after) {
    size_t norms = 0, lost = 0;
    for (size_t i = 0; i < lc__store_size(before); i++) {
        const lc__slot *a = lc__store_at(before, i);
        if (a->kind != LC__SLOT_NORM)
            continue;
        const lc__slot *b = lc__store_find(after, a->key);
        cr_assert_not_null(b, "%s is gone", a->key);
        norms++;
        lost += fabsf(a->value[0] - b->value[0]) > 1e-5F;
    }
    cr_expect_gt(norms, 10);
    cr_expect_eq(lost, 0, "%zu of %zu", lost, norms);
}

static void check_adopts(bool net) {
    step(net, LC__RECIPE_NAIVE, 0.5, false);
    lc__store *before = saved();
    step(net, LC__RECIPE_PLAIN, 1e-9, true);
    lc__store *after = saved();
    expect_kept(before, after);
    lc__store_free(before);
    lc__store_free(after);
}

Test(training, weights_of_another_training_stay_as_they_are) {
    check_adopts(true);
    check_adopts(false);
}
