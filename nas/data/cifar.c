/* CIFAR-10 and CIFAR-100 in their binary versions: records of one or two bytes of labels and three
 * planes of 32 x 32 bytes, red, green and blue (https://www.cs.toronto.edu/~kriz/cifar.html). */
#include <stdlib.h>
#include "base/memory.h"
#include "setfile.h"
#include "source.h"

enum { SIDE = 32, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, FILES = 6 };

typedef struct kind {
    const char *files[FILES]; /* the last one has the test images */
    size_t n_files, records;  /* images of each training file */
    const char *mend;
    size_t n_labels, label; /* bytes before the pixels, and which of them it is */
    int classes;
} kind;

enum { TEST_RECORDS = 10000 };

#define GET_10                                                                                     \
    "unpack cifar-10-binary.tar.gz (170052171 bytes, md5 c32a1d4ab5d03f1284b67883e8d87530) from "  \
    "https://www.cs.toronto.edu/~kriz/cifar.html and name the folder in it"
#define GET_100                                                                                    \
    "unpack cifar-100-binary.tar.gz (168513733 bytes, md5 03b5dce01913d631647c71ecec9e9cb8) from " \
    "https://www.cs.toronto.edu/~kriz/cifar.html and name the folder in it"

static const kind cifar10 = {.files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                       "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"},
                             .n_files = 6,
                             .records = 10000,
                             .mend = GET_10,
                             .n_labels = 1,
                             .label = 0,
                             .classes = 10};

/* Of two labels the first is coarse, the second fine. */
#define CIFAR_100(which, count)                                                                    \
    {                                                                                              \
        .files = {"train.bin", "test.bin"}, .n_files = 2, .records = 50000, .mend = GET_100,       \
        .n_labels = 2, .label = (which), .classes = (count)                                        \
    }
static const kind cifar100 = CIFAR_100(1, 100), cifar100_coarse = CIFAR_100(0, 20);

typedef struct state {
    const kind *of;
    lc__map files[FILES];
} state;

static void cifar_close(void *opened) {
    state *st = opened;
    for (size_t f = 0; f < st->of->n_files; f++)
        lc__map_close(&st->files[f]);
    free(st);
}

static lc_status check(const kind *k, const lc__setfile *file, const lc__map *map, size_t records,
                       lc_error *err) {
    size_t record = k->n_labels + PIXELS, want = records * record;
    if (map->length != want) {
        lc__setfile_wrong(file, err, "%s at byte %zu of %zu",
                          map->length < want ? "cut short" : "goes on",
                          map->length < want ? map->length : want, want);
        return LC_EFORMAT;
    }
    for (size_t i = 0; i < records; i++) {
        int label = map->data[i * record + k->label];
        if (label >= k->classes) {
            lc__setfile_wrong(file, err, "byte %zu: label %d, must be below %d",
                              i * record + k->label, label, k->classes);
            return LC_EFORMAT;
        }
    }
    return LC_OK;
}

static lc_status open_kind(const kind *k, const char *folder, lc__images_info *info, void **opened,
                           lc_error *err) {
    state *st = calloc(1, sizeof *st);
    if (!st)
        return lc__no_memory(err);
    st->of = k;
    lc_status s = LC_OK;
    for (size_t f = 0; f < k->n_files && !s; f++) {
        lc__setfile file = {folder, k->files[f], k->mend};
        s = lc__setfile_map(&file, &st->files[f], err);
        if (!s)
            s = check(k, &file, &st->files[f], f + 1 < k->n_files ? k->records : TEST_RECORDS, err);
    }
    if (s) {
        cifar_close(st);
        return s;
    }
    info->classes = k->classes;
    info->height = info->width = SIDE;
    info->channels = 3;
    info->n_train = (k->n_files - 1) * k->records;
    info->n_test = TEST_RECORDS;
    info->mirror = true;
    *opened = st;
    return LC_OK;
}

static lc_status cifar10_open(const char *folder, lc__images_info *info, void **opened,
                              lc_error *err) {
    return open_kind(&cifar10, folder, info, opened, err);
}

static lc_status cifar100_open(const char *folder, lc__images_info *info, void **opened,
                               lc_error *err) {
    return open_kind(&cifar100, folder, info, opened, err);
}

static lc_status cifar100_coarse_open(const char *folder, lc__images_info *info, void **opened,
                                      lc_error *err) {
    return open_kind(&cifar100_coarse, folder, info, opened, err);
}

static int cifar_read(const void *opened, lc__split split, size_t index, unsigned char *pixels) {
    const state *st = opened;
    const kind *k = st->of;
    size_t f = split == LC__TEST ? k->n_files - 1 : index / k->records;
    size_t at = split == LC__TEST ? index : index % k->records;
    const unsigned char *record = st->files[f].data + at * (k->n_labels + PIXELS);
    const unsigned char *planes = record + k->n_labels;
    for (int i = 0; i < PLANE; i++)
        for (int c = 0; c < 3; c++)
            pixels[i * 3 + c] = planes[c * PLANE + i];
    return record[k->label];
}

const lc__source lc__source_cifar10 = {"cifar10", "cifar10:DIR", cifar10_open, cifar_read,
                                       cifar_close};
const lc__source lc__source_cifar100 = {"cifar100", "cifar100:DIR", cifar100_open, cifar_read,
                                        cifar_close};
const lc__source lc__source_cifar100_coarse = {"cifar100-coarse", "cifar100-coarse:DIR",
                                               cifar100_coarse_open, cifar_read, cifar_close};
