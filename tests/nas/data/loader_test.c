/* Batches depend on epoch and step alone, cover what they should once, and hold what was asked. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/loader.h"
#include "made_files.h"

static lc__images *open_set(const char *spec) {
    lc__images *data;
    lc_error err;
    cr_assert_eq(lc__images_open(spec, &data, &err), LC_OK, "%s", err.message);
    return data;
}

static lc__loader *open_loader(const lc__images *data, const lc__loader_options *options) {
    lc__loader *loader;
    lc_error err;
    cr_assert_eq(lc__loader_new(data, options, &loader, &err), LC_OK, "%s", err.message);
    return loader;
}

/* MNIST's form with image i's first pixel i: which images a batch has can be read off it. */
static lc__images *numbered(unsigned n) {
    char spec[64];
    made_mnist(n, 4, 4);
    snprintf(spec, sizeof spec, "mnist:%s", made_folder);
    return open_set(spec);
}

/* The byte that a standardised value was. */
static int byte_of(const lc__images *data, float value) {
    const lc__images_info *info = lc__images_about(data);
    return (int)lroundf((value * info->deviation[0] + info->mean[0]) * 255);
}

/* Adds up how often each image is in an epoch; returns how many there were. */
static size_t count_epoch(const lc__images *data, const lc__loader *loader, size_t epoch,
                          int *count) {
    size_t total = 0;
    for (size_t step = 0; step < lc__loader_steps(loader); step++) {
        float images[16 * 16];
        int labels[16];
        size_t n = lc__loader_share(loader, step, 0, 1);
        cr_assert_leq(n, 16);
        cr_assert_eq(lc__loader_batch(loader, epoch, step, 0, 1, images, labels, NULL), LC_OK);
        for (size_t i = 0; i < n; i++) {
            int which = byte_of(data, images[i * 16]);
            count[which]++;
            cr_expect_eq(labels[i], which % 10);
        }
        total += n;
    }
    return total;
}

TestSuite(loader, .init = made_files_setup, .fini = made_files_teardown);

/* Training and validation part the training images, whatever the epoch. */
Test(loader, parts_are_disjoint) {
    lc__images *data = numbered(100);
    lc__loader_options options = {.validation = 0.28, .seed = 5, .batch = 9, .shuffle = true};
    lc__loader *train = open_loader(data, &options);
    options.part = LC__PART_VALIDATION;
    options.shuffle = false;
    lc__loader *validation = open_loader(data, &options);
    cr_expect_eq(lc__loader_size(train), 72);
    cr_expect_eq(lc__loader_size(validation), 28);
    for (size_t epoch = 0; epoch < 3; epoch++) {
        int count[256] = {0};
        cr_expect_eq(count_epoch(data, train, epoch, count), 72);
        cr_expect_eq(count_epoch(data, validation, 0, count), 28);
        for (int i = 0; i < 100; i++)
            cr_expect_eq(count[i], 1, "image %d: %d times", i, count[i]);
    }
    lc__loader_free(train);
    lc__loader_free(validation);
    lc__images_close(data);
}

/* Whole batches only, others each time; without shuffling all images in order. */
Test(loader, epochs_differ_and_leave_out) {
    lc__images *data = numbered(100);
    lc__loader_options options = {.seed = 5, .batch = 16, .shuffle = true};
    lc__loader *loader = open_loader(data, &options);
    int first[256] = {0}, second[256] = {0}, same = 0;
    cr_expect_eq(lc__loader_steps(loader), 6);
    cr_expect_eq(count_epoch(data, loader, 0, first), 96);
    cr_expect_eq(count_epoch(data, loader, 1, second), 96);
    for (int i = 0; i < 100; i++) {
        cr_expect_leq(first[i], 1);
        same += !first[i] && !second[i];
    }
    cr_expect_lt(same, 4);
    lc__loader_free(loader);
    options.shuffle = false;
    loader = open_loader(data, &options);
    float images[4 * 16];
    int labels[4];
    cr_expect_eq(lc__loader_steps(loader), 7);
    cr_expect_eq(lc__loader_share(loader, 6, 0, 1), 4);
    cr_assert_eq(lc__loader_batch(loader, 0, 6, 0, 1, images, labels, NULL), LC_OK);
    cr_expect_eq(byte_of(data, images[0]), 96);
    lc__loader_free(loader);
    lc__images_close(data);
}

/* An order is shuffled: neighbours part, and positions have nothing to do with indices. */
Test(loader, order_is_no_order) {
    lc__images *data = numbered(200);
    lc__loader_options options = {.seed = 1, .batch = 200, .shuffle = true};
    lc__loader *loader = open_loader(data, &options);
    float *images = malloc(200 * 16 * sizeof *images);
    int labels[200], neighbours = 0;
    double product = 0;
    cr_assert_eq(lc__loader_batch(loader, 3, 0, 0, 1, images, labels, NULL), LC_OK);
    for (int i = 0; i < 200; i++) {
        int which = byte_of(data, images[i * 16]);
        product += (i - 99.5) * (which - 99.5);
        neighbours += i > 0 && abs(which - byte_of(data, images[(i - 1) * 16])) == 1;
    }
    cr_expect_lt(neighbours, 10);
    cr_expect_lt(fabs(product) / (200 * 200 * 200 / 12.0), 0.25); /* 3.5 standard deviations */
    free(images);
    lc__loader_free(loader);
    lc__images_close(data);
}

/* The shares of 1, 2, 3, 4, 7 ranks, put together, are the one process's batch, changes and all:
 * also of a last batch that is smaller than the others. */
Test(loader, ranks_part_a_batch) {
    enum { N = 43, BATCH = 16, VALUES = 3072 };
    lc__images *data = open_set("shapes:43,10");
    lc__loader_options options = lc__loader_training(BATCH, 7);
    options.shuffle = false;
    options.cutout = 8;
    lc__loader *loader = open_loader(data, &options);
    float *all = malloc(sizeof(float) * BATCH * VALUES),
          *some = malloc(sizeof(float) * BATCH * VALUES);
    int labels[BATCH], some_labels[BATCH];
    for (size_t step = 0; step < 3; step++) {
        size_t n = lc__loader_share(loader, step, 0, 1);
        cr_assert_eq(n, step < 2 ? BATCH : N - 2 * BATCH);
        cr_assert_eq(lc__loader_batch(loader, 2, step, 0, 1, all, labels, NULL), LC_OK);
        for (int ranks = 2; ranks <= 7; ranks += ranks < 4 ? 1 : 3) {
            size_t at = 0;
            for (int r = 0; r < ranks; at += lc__loader_share(loader, step, r, ranks), r++)
                cr_assert_eq(lc__loader_batch(loader, 2, step, r, ranks, some + at * VALUES,
                                              some_labels + at, NULL),
                             LC_OK);
            cr_assert_eq(at, n);
            cr_expect_arr_eq(some, all, n * VALUES * sizeof(float));
            cr_expect_arr_eq(some_labels, labels, n * sizeof(int));
        }
    }
    free(all);
    free(some);
    lc__loader_free(loader);
    lc__images_close(data);
}

/* More ranks than images: some have none, and are told so. */
Test(loader, shares_of_few_images) {
    lc__images *data = open_set("shapes:3,1");
    lc__loader_options options = {.batch = 8, .shuffle = true};
    lc__loader *loader = open_loader(data, &options);
    size_t total = 0;
    lc_error err;
    float *images = malloc(3072 * sizeof *images);
    int label;
    cr_expect_eq(lc__loader_steps(loader), 1);
    for (int r = 0; r < 5; r++)
        total += lc__loader_share(loader, 0, r, 5);
    cr_expect_eq(total, 3);
    cr_expect_eq(lc__loader_share(loader, 0, 4, 5), 0);
    cr_expect_eq(lc__loader_batch(loader, 0, 0, 4, 5, images, &label, &err), LC_OK);
    cr_expect_eq(lc__loader_batch(loader, 0, 1, 0, 1, images, &label, &err), LC_EUSAGE);
    cr_expect_eq(lc__loader_batch(loader, 0, 0, 5, 5, images, &label, &err), LC_EUSAGE);
    free(images);
    lc__loader_free(loader);
    lc__images_close(data);
}

/* Four pixels in the middle of eight, three channels alike, black around. */
Test(loader, borders_and_channels) {
    lc__images *data = numbered(3);
    lc__loader_options options = {.batch = 1, .height = 8, .width = 10, .channels = 3};
    lc__loader *loader = open_loader(data, &options);
    float image[8 * 10 * 3];
    int label;
    cr_assert_eq(lc__loader_values(loader), 240);
    cr_assert_eq(lc__loader_batch(loader, 0, 2, 0, 1, image, &label, NULL), LC_OK);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 10; x++)
            for (int c = 0; c < 3; c++) {
                bool inside = y >= 2 && y < 6 && x >= 3 && x < 7;
                cr_expect_eq(byte_of(data, image[(y * 10 + x) * 3 + c]),
                             inside ? 2 + (y - 2) * 4 + x - 3 : 0, "%d %d %d", y, x, c);
            }
    lc__loader_free(loader);
    lc__images_close(data);
}

/* Finds the shift and mirroring that make `image` of `plain`, [32][32][3]; false if there is none.
 */
static bool explained(const float *plain, const float *image, float black, int *dy, int *dx,
                      bool *mirrored) {
    for (int k = 0; k < 9 * 9 * 2; k++) {
        bool same = true;
        *dy = k / 18 - 4;
        *dx = k / 2 % 9 - 4;
        *mirrored = k % 2;
        for (int y = 0; y < 32 && same; y++)
            for (int x = 0; x < 32 && same; x++) {
                int sy = y + *dy, sx = (*mirrored ? 31 - x : x) + *dx;
                bool inside = sy >= 0 && sy < 32 && sx >= 0 && sx < 32;
                same = image[(y * 32 + x) * 3] == (inside ? plain[(sy * 32 + sx) * 3] : black);
            }
        if (same)
            return true;
    }
    return false;
}

/* Images are moved by up to four pixels and mirrored, no more; others in the next epoch. */
Test(loader, changes_are_shifts_and_mirrors) {
    enum { N = 40 };
    lc__images *data = open_set("shapes:40,10");
    const lc__images_info *info = lc__images_about(data);
    lc__loader_options options = {.batch = N};
    lc__loader *still = open_loader(data, &options);
    options = lc__loader_training(N, 3);
    options.shuffle = false;
    lc__loader *moved = open_loader(data, &options);
    float *plain = malloc(sizeof(float) * N * 3072), *image = malloc(sizeof(float) * N * 3072);
    float black = (0 - info->mean[0]) / info->deviation[0];
    int labels[N], mirrors = 0, at[2][N], repeats = 0;
    cr_assert_eq(lc__loader_batch(still, 0, 0, 0, 1, plain, labels, NULL), LC_OK);
    for (size_t epoch = 0; epoch < 2; epoch++) {
        cr_assert_eq(lc__loader_batch(moved, epoch, 0, 0, 1, image, labels, NULL), LC_OK);
        for (int i = 0; i < N; i++) {
            int dy, dx;
            bool mirrored;
            cr_assert(explained(plain + i * 3072, image + i * 3072, black, &dy, &dx, &mirrored));
            mirrors += mirrored;
            at[epoch][i] = (dy * 9 + dx) * 2 + mirrored;
        }
    }
    for (int i = 0; i < N; i++)
        repeats += at[0][i] == at[1][i];
    cr_expect(mirrors > 20 && mirrors < 60, "%d of 80", mirrors);
    cr_expect_lt(repeats, 4);
    free(plain);
    free(image);
    lc__loader_free(still);
    lc__loader_free(moved);
    lc__images_close(data);
}

/* Digits are not mirrored, whatever is asked. */
Test(loader, digits_stay_as_they_are) {
    lc__images *data = numbered(30);
    lc__loader_options options = {.batch = 16, .flip = true};
    lc__loader *loader = open_loader(data, &options);
    int count[256] = {0};
    count_epoch(data, loader, 0, count);
    for (int i = 0; i < 30; i++)
        cr_expect_eq(count[i], 1);
    lc__loader_free(loader);
    lc__images_close(data);
}

/* The hole is the mean, 0, and nothing else is. */
Test(loader, cutout) {
    lc__images *data = open_set("shapes:8,1");
    lc__loader_options options = {.batch = 8, .cutout = 6};
    lc__loader *loader = open_loader(data, &options);
    float *images = malloc(sizeof(float) * 8 * 3072);
    int labels[8];
    cr_assert_eq(lc__loader_batch(loader, 0, 0, 0, 1, images, labels, NULL), LC_OK);
    for (int i = 0; i < 8; i++) {
        int zeros = 0;
        for (int p = 0; p < 3072; p++)
            zeros += images[i * 3072 + p] == 0;
        /* At least a quarter of it is within. */
        cr_expect(zeros >= 27 && zeros <= 108 && zeros % 9 == 0, "image %d: %d", i, zeros);
    }
    free(images);
    lc__loader_free(loader);
    lc__images_close(data);
}

Test(loader, refuses) {
    static const struct {
        lc__loader_options options;
        lc_status code;
    } cases[] = {
        {{.batch = 0}, LC_EUSAGE},
        {{.batch = 8, .validation = 0.95}, LC_EUSAGE},
        {{.batch = 8, .validation = NAN}, LC_EUSAGE},
        {{.batch = 8, .part = LC__PART_VALIDATION}, LC_EUSAGE}, /* none set apart */
        {{.batch = 8, .height = 24, .width = 24}, LC_EUNSUPPORTED},
        {{.batch = 8, .channels = 1}, LC_EUNSUPPORTED},
    };
    lc__images *data = open_set("shapes:30,10");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lc__loader *loader;
        lc_error err;
        cr_expect_eq(lc__loader_new(data, &cases[i].options, &loader, &err), cases[i].code,
                     "case %zu", i);
        cr_expect(err.message[0]);
    }
    lc__images_close(data);
}
