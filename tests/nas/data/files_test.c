/* Sets of files are read as their makers wrote them, and refused with the byte and the mend where
 * they are not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "data/images.h"
#include "made_files.h"

TestSuite(files, .init = made_files_setup, .fini = made_files_teardown);

static lc_status open_set(const char *name, lc__images **data, lc_error *err) {
    char spec[256];
    snprintf(spec, sizeof spec, "%s:%s", name, made_folder);
    return lc__images_open(spec, data, err);
}

static void make_cifar10(void) {
    for (int i = 1; i <= 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "data_batch_%d.bin", i);
        made_zeros(name, 30730000);
    }
    made_zeros("test_batch.bin", 30730000);
}

static void make_cifar100(void) {
    made_zeros("train.bin", 153700000);
    made_zeros("test.bin", 30740000);
}

static int read_label(const lc__images *data, lc__split split, size_t index,
                      unsigned char *pixels) {
    int label = -1;
    lc_error err;
    cr_assert_eq(lc__images_read(data, split, index, pixels, &label, &err), LC_OK, "%s",
                 err.message);
    return label;
}

/* Record 1 of the third file is image 20,001; its planes come out side by side. */
Test(files, cifar10) {
    static const unsigned char record[] = {7, 10, 11}, green[] = {20}, blue[] = {30};
    static const unsigned char test_label[] = {9};
    unsigned char pixels[3072];
    make_cifar10();
    made_poke("data_batch_3.bin", 3073, record, 3);
    made_poke("data_batch_3.bin", 3073 + 1 + 1024, green, 1);
    made_poke("data_batch_3.bin", 3073 + 1 + 2048, blue, 1);
    made_poke("test_batch.bin", (size_t)3073 * 9999, test_label, 1);
    lc__images *data;
    lc_error err;
    cr_assert_eq(open_set("cifar10", &data, &err), LC_OK, "%s", err.message);
    const lc__images_info *info = lc__images_about(data);
    cr_expect_str_eq(info->name, "cifar10");
    cr_expect(info->classes == 10 && info->height == 32 && info->width == 32 && info->mirror);
    cr_expect(info->n_train == 50000 && info->n_test == 10000);
    cr_expect_eq(read_label(data, LC__TRAIN, 20001, pixels), 7);
    cr_expect_arr_eq(pixels, ((unsigned char[]){10, 20, 30, 11, 0, 0}), 6);
    cr_expect_eq(read_label(data, LC__TEST, 9999, pixels), 9);
    int label;
    cr_expect_eq(lc__images_read(data, LC__TEST, 10000, pixels, &label, &err), LC_EUSAGE);
    lc__images_close(data);
}

/* Two labels before the pixels: coarse, then fine. */
Test(files, cifar100) {
    static const unsigned char record[] = {19, 99, 5};
    unsigned char pixels[3072];
    make_cifar100();
    made_poke("train.bin", (size_t)3074 * 49999, record, 3);
    lc__images *data;
    lc_error err;
    cr_assert_eq(open_set("cifar100", &data, &err), LC_OK, "%s", err.message);
    cr_expect_eq(lc__images_about(data)->classes, 100);
    cr_expect_eq(read_label(data, LC__TRAIN, 49999, pixels), 99);
    cr_expect_eq(pixels[0], 5);
    lc__images_close(data);
    cr_assert_eq(open_set("cifar100-coarse", &data, &err), LC_OK, "%s", err.message);
    cr_expect_eq(lc__images_about(data)->classes, 20);
    cr_expect_eq(read_label(data, LC__TRAIN, 49999, pixels), 19);
    lc__images_close(data);
}

static void expect_refusal(const char *set, lc_status code, const char *file, const char *what,
                           const char *mend) {
    lc__images *data;
    lc_error err;
    cr_assert_eq(open_set(set, &data, &err), code, "%s: %s", set, what);
    cr_expect_str_eq(err.file, made_path(file));
    cr_expect(strstr(err.message, what), "%s", err.message);
    cr_expect(strstr(err.message, mend), "%s", err.message);
}

/* A file cut between two records is as wrong as one cut within one. */
Test(files, cifar_cut_short_or_wrong) {
    static const unsigned char label = 10;
    expect_refusal("cifar10", LC_EIO, "data_batch_1.bin", "cannot open", "cifar-10-binary.tar.gz");
    make_cifar10();
    made_poke("data_batch_1.bin", 3073 * 2, &label, 1);
    expect_refusal("cifar10", LC_EFORMAT, "data_batch_1.bin", "byte 6146: label 10, must be below",
                   "c32a1d4ab5d03f1284b67883e8d87530");
    made_zeros("data_batch_1.bin", 3073 * 100);
    expect_refusal("cifar10", LC_EFORMAT, "data_batch_1.bin",
                   "cut short at byte 307300 of 30730000", "c32a1d4ab5d03f1284b67883e8d87530");
    made_zeros("data_batch_1.bin", 30730000 + 1);
    expect_refusal("cifar10", LC_EFORMAT, "data_batch_1.bin", "goes on at byte 30730000", "unpack");
    expect_refusal("cifar100", LC_EIO, "train.bin", "cannot open",
                   "03b5dce01913d631647c71ecec9e9cb8");
}

Test(files, mnist) {
    unsigned char pixels[4096];
    made_mnist(13, 4, 5);
    lc__images *data;
    lc_error err;
    cr_assert_eq(open_set("mnist", &data, &err), LC_OK, "%s", err.message);
    const lc__images_info *info = lc__images_about(data);
    cr_expect(info->height == 4 && info->width == 5 && info->channels == 1 && !info->mirror);
    cr_expect(info->n_train == 13 && info->n_test == 2);
    /* Bytes i .. i + 19 of images 0 .. 12: their mean is 6 + 9.5. */
    cr_expect_float_eq(info->mean[0], 15.5 / 255, 1e-6);
    cr_expect_eq(info->mean[2], info->mean[0]);
    cr_expect_eq(read_label(data, LC__TRAIN, 12, pixels), 2);
    cr_expect(pixels[0] == 12 && pixels[19] == 31);
    lc__images_close(data);
}

Test(files, mnist_wrong) {
    static const unsigned char magic[] = {0, 0, 8, 2}, packed[] = {0x1f, 0x8b}, label = 10;
    static const unsigned char size[] = {0, 0, 0, 65}, fewer[] = {0, 0, 0, 2};
    const char *images = "train-images-idx3-ubyte", *labels = "train-labels-idx1-ubyte";
    made_poke("train-images-idx3-ubyte.gz", 0, packed, 2);
    expect_refusal("mnist", LC_EIO, images, "only train-images-idx3-ubyte.gz", "gunzip");
    made_poke(images, 0, packed, 2);
    expect_refusal("mnist", LC_EFORMAT, images, "still packed", "gunzip");
    made_mnist(3, 4, 5);
    made_poke(labels, 8 + 2, &label, 1);
    expect_refusal("mnist", LC_EFORMAT, labels, "byte 10: label 10", "28881 bytes");
    made_poke(labels, 4, fewer, 4);
    expect_refusal("mnist", LC_EFORMAT, labels, "2 labels of 3 images", "d53e105ee54ea40749a09fcb");
    made_poke(images, 12, size, 4);
    expect_refusal("mnist", LC_EFORMAT, images, "3 images of 4x65 pixels", "md5");
    made_poke(images, 0, magic, 4);
    expect_refusal("mnist", LC_EFORMAT, images, "magic number 0x00000802", "md5");
    made_zeros(images, 5);
    expect_refusal("mnist", LC_EFORMAT, images, "cut short at byte 5", "md5");
}

/* Cut by one byte, and test images of another size than the training images. */
Test(files, mnist_cut_or_mixed) {
    made_mnist(3, 4, 5);
    cr_assert_eq(truncate(made_path("t10k-images-idx3-ubyte"), 16 + 39), 0);
    expect_refusal("mnist", LC_EFORMAT, "t10k-images-idx3-ubyte", "cut short at byte 55 of 56",
                   "1648877 bytes");
    made_mnist(3, 5, 4);
    static const unsigned char sides[] = {0, 0, 0, 4, 0, 0, 0, 5};
    made_poke("t10k-images-idx3-ubyte", 8, sides, 8);
    expect_refusal("mnist", LC_EFORMAT, "t10k-images-idx3-ubyte", "images of 4x5", "those of");
}

/* A header that promises more than any file has must not overflow into a match. */
Test(files, mnist_promises_too_much) {
    static const unsigned char head[] = {0, 0, 8, 3,  0xff, 0xff, 0xff, 0xff,
                                         0, 0, 0, 64, 0,    0,    0,    64};
    made_mnist(1, 4, 4);
    made_poke("train-images-idx3-ubyte", 0, head, sizeof head);
    expect_refusal("mnist", LC_EFORMAT, "train-images-idx3-ubyte", "cut short at byte 32 of 1759",
                   "md5");
}
