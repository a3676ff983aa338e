/* The built-in set is the same everywhere, balanced, and no matter for a linear classifier. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "data/loader.h"
#include "data/sheet.h"

static lc__images *open_set(const char *spec) {
    lc__images *data;
    lc_error err;
    cr_assert_eq(lc__images_open(spec, &data, &err), LC_OK, "%s", err.message);
    return data;
}

static uint64_t digest(const lc__images *data, lc__split split, size_t n) {
    uint64_t hash = LC__FNV_START;
    for (size_t i = 0; i < n; i++) {
        unsigned char pixels[3072];
        int label;
        cr_assert_eq(lc__images_read(data, split, i, pixels, &label, NULL), LC_OK);
        hash = lc__fnv1a(hash, pixels, sizeof pixels);
    }
    return hash;
}

/* Recorded once: accuracies found with the set compare only as long as it stays as it is. */
Test(shapes, stays_as_it_is) {
    lc__images *data = open_set("shapes:200,200,1");
    cr_expect_eq(digest(data, LC__TRAIN, 100), UINT64_C(0x7dbb882a88ff057a), "%016llx",
                 (unsigned long long)digest(data, LC__TRAIN, 100));
    cr_expect_eq(digest(data, LC__TEST, 100), UINT64_C(0xca714dc75603b4ba), "%016llx",
                 (unsigned long long)digest(data, LC__TEST, 100));
    lc__images_close(data);
}

/* More images add to a set and change none of it; another seed makes another set. */
Test(shapes, grows_and_has_seeds) {
    lc__images *small = open_set("shapes:20,20"), *large = open_set("shapes:30,40,1");
    lc__images *other = open_set("shapes:20,20,2");
    cr_expect_eq(digest(small, LC__TRAIN, 20), digest(large, LC__TRAIN, 20));
    cr_expect_neq(digest(small, LC__TRAIN, 20), digest(small, LC__TEST, 20));
    cr_expect_neq(digest(small, LC__TRAIN, 20), digest(other, LC__TRAIN, 20));
    lc__images_close(small);
    lc__images_close(large);
    lc__images_close(other);
}

Test(shapes, is_balanced) {
    lc__images *data = open_set("shapes");
    const lc__images_info *info = lc__images_about(data);
    cr_expect(info->n_train == 8000 && info->n_test == 2000 && info->classes == 10);
    int count[10] = {0};
    for (size_t i = 500; i < 600; i++) {
        unsigned char pixels[3072];
        int label;
        cr_assert_eq(lc__images_read(data, LC__TRAIN, i, pixels, &label, NULL), LC_OK);
        count[label]++;
    }
    for (int k = 0; k < 10; k++)
        cr_expect_eq(count[k], 10);
    for (int c = 0; c < 3; c++) /* neither dark nor faint, and no channel apart */
        cr_expect(info->mean[c] > 0.4F && info->mean[c] < 0.6F && info->deviation[c] > 0.15F &&
                      info->deviation[c] < 0.35F,
                  "%g %g", info->mean[c], info->deviation[c]);
    lc__images_close(data);
}

Test(shapes, specs_that_say_nothing) {
    static const char *const specs[] = {
        "",           "shape",        "shapes:8000", "shapes:1,2,3,4",
        "shapes:0,1", "shapes:1,-1",  "shapes:1,2,", "shapes:1, 2",
        "cifar",      "shapes:1,2,x", "mnist64:/",   "shapes:9e3,1"};
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        lc__images *data;
        lc_error err;
        cr_expect_eq(lc__images_open(specs[i], &data, &err), LC_EUSAGE, "%s", specs[i]);
        cr_expect(strstr(err.message, "shapes"), "%s", err.message);
    }
}

enum { POOLED = 8 * 8 * 3 };

/* Means of 4x4 pixels, standardised. */
static void pool(const float *image, float *x) {
    for (int i = 0; i < POOLED; i++)
        x[i] = 0;
    for (int y = 0; y < 32; y++)
        for (int column = 0; column < 32; column++)
            for (int c = 0; c < 3; c++)
                x[(y / 4 * 8 + column / 4) * 3 + c] += image[(y * 32 + column) * 3 + c] / 16;
}

static int guess(const float (*w)[POOLED + 1], const float *x, float *score) {
    int best = 0;
    for (int k = 0; k < 10; k++) {
        score[k] = w[k][POOLED];
        for (int i = 0; i < POOLED; i++)
            score[k] += w[k][i] * x[i];
        best = score[k] > score[best] ? k : best;
    }
    return best;
}

static void descend(float (*w)[POOLED + 1], const float *x, int label, float rate) {
    float score[10], sum = 0;
    guess((const float(*)[POOLED + 1]) w, x, score);
    for (int k = 0; k < 10; k++)
        sum += expf(score[k]);
    for (int k = 0; k < 10; k++) {
        float slope = expf(score[k]) / sum - (k == label ? 1.0F : 0.0F);
        for (int i = 0; i < POOLED; i++)
            w[k][i] -= rate * slope * x[i];
        w[k][POOLED] -= rate * slope;
    }
}

/* Guards against a class that gives itself away by brightness or place. Softmax regression on all
 * pixels, trained to the end, is what tools/bench data does. */
Test(shapes, a_linear_classifier_sees_little) {
    enum { N = 3000, EPOCHS = 8 };
    static float x[N][POOLED], w[10][POOLED + 1];
    static int labels[N];
    lc__images *data = open_set("shapes:3000,10");
    lc__loader *loader;
    lc__loader_options options = {.part = LC__PART_TRAIN, .batch = 100};
    cr_assert_eq(lc__loader_new(data, &options, &loader, NULL), LC_OK);
    float *images = malloc(100 * lc__loader_values(loader) * sizeof *images);
    for (size_t step = 0; step < 30; step++) {
        cr_assert_eq(lc__loader_batch(loader, 0, step, 0, 1, images, labels + step * 100, NULL),
                     LC_OK);
        for (size_t i = 0; i < 100; i++)
            pool(images + i * 3072, x[step * 100 + i]);
    }
    for (int e = 0; e < EPOCHS; e++)
        for (size_t i = 0; i < 2000; i++)
            descend(w, x[i], labels[i], 0.002F);
    int right = 0;
    for (size_t i = 2000; i < N; i++) {
        float score[10];
        right += guess((const float(*)[POOLED + 1]) w, x[i], score) == labels[i];
    }
    cr_expect_lt(right, 300, "%d of 1000", right);
    free(images);
    lc__loader_free(loader);
    lc__images_close(data);
}

/* A row of each class, in whole pixels of the images. */
Test(shapes, sheet) {
    char path[] = "/tmp/latcast-sheet-XXXXXX", *text;
    size_t length;
    unsigned char image[3072];
    int label;
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
    lc__images *data = open_set("shapes:40,30");
    lc_error err;
    cr_assert_eq(lc__sheet_write(data, LC__TEST, 3, 2, path, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc__file_read(path, 1 << 20, &text, &length, NULL), LC_OK);
    const char head[] = "P6\n200 662\n255\n"; /* 2 + 3 * 66 wide, 2 + 10 * 66 high */
    cr_expect_arr_eq(text, head, strlen(head));
    cr_expect_eq(length, strlen(head) + 200 * 662 * 3);
    /* Class 1's second image is image 11: its corner lies at row 2 + 66, column 2 + 66. */
    cr_assert_eq(lc__images_read(data, LC__TEST, 11, image, &label, NULL), LC_OK);
    cr_expect_arr_eq(text + strlen(head) + (68 * 200 + 68) * 3, image, 3);
    free(text);
    cr_expect_eq(lc__sheet_write(data, LC__TEST, 0, 2, path, &err), LC_EUSAGE);
    unlink(path);
    lc__images_close(data);
}
