/* MNIST's files: IDX, a magic number, sizes (big-endian words) and bytes
 * (http://yann.lecun.com/exdb/mnist/). Other sets come in the same format: any number of images. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "setfile.h"
#include "source.h"

enum {
    MAGIC_LABELS = 0x801, /* bytes, of one dimension */
    MAGIC_IMAGES = 0x803, /* bytes, of three */
    CLASSES = 10
};

typedef struct part {
    const char *images, *images_mend, *labels, *labels_mend;
} part;

#define GET(name, size, md5)                                                                       \
    "MNIST's is " name ".gz (" size " bytes, md5 " md5                                             \
    ") from https://ossci-datasets.s3.amazonaws.com/mnist/, unpacked with gunzip"

static const part parts[LC__SPLITS] = {
    [LC__TRAIN] = {"train-images-idx3-ubyte",
                   GET("train-images-idx3-ubyte", "9912422", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
                   "train-labels-idx1-ubyte",
                   GET("train-labels-idx1-ubyte", "28881", "d53e105ee54ea40749a09fcbcd1e9432")},
    [LC__TEST] = {"t10k-images-idx3-ubyte",
                  GET("t10k-images-idx3-ubyte", "1648877", "9fb629c4189551a2d022fa330f9573f3"),
                  "t10k-labels-idx1-ubyte",
                  GET("t10k-labels-idx1-ubyte", "4542", "ec29112dd5afa0611ce80d1b7f02629c")},
};

typedef struct state {
    size_t area; /* bytes of an image */
    lc__map images[LC__SPLITS], labels[LC__SPLITS];
} state;

enum { IMAGES_HEAD = 16, LABELS_HEAD = 8 };

static uint32_t word(const lc__map *map, size_t i) {
    const unsigned char *b = map->data + 4 * i;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static lc_status check_head(const lc__setfile *file, const lc__map *map, uint32_t magic,
                            size_t head, lc_error *err) {
    if (map->length >= 2 && map->data[0] == 0x1f && map->data[1] == 0x8b) {
        lc__setfile_wrong(file, err, "still packed: unpack it with gunzip");
        return LC_EFORMAT;
    }
    if (map->length < head) {
        lc__setfile_wrong(file, err, "cut short at byte %zu of a head of %zu", map->length, head);
        return LC_EFORMAT;
    }
    if (word(map, 0) != magic) {
        lc__setfile_wrong(file, err, "byte 0: magic number 0x%08x, must be 0x%08x",
                          (unsigned)word(map, 0), (unsigned)magic);
        return LC_EFORMAT;
    }
    return LC_OK;
}

static lc_status check_length(const lc__setfile *file, const lc__map *map, uint64_t want,
                              lc_error *err) {
    if (map->length == want)
        return LC_OK;
    lc__setfile_wrong(
        file, err, "%s at byte %llu of %llu", map->length < want ? "cut short" : "goes on",
        (unsigned long long)(map->length < want ? map->length : want), (unsigned long long)want);
    return LC_EFORMAT;
}

static lc_status open_images(const lc__setfile *file, lc__map *map, lc_error *err) {
    lc_status s = lc__setfile_map(file, map, err);
    if (!s)
        s = check_head(file, map, MAGIC_IMAGES, IMAGES_HEAD, err);
    if (s)
        return s;
    uint32_t n = word(map, 1), height = word(map, 2), width = word(map, 3);
    if (n < 1 || height < 1 || width < 1 || height > LC__IMAGES_SIDE_MAX ||
        width > LC__IMAGES_SIDE_MAX) {
        lc__setfile_wrong(file, err,
                          "byte 4: %lu images of %lux%lu pixels; at least one of at "
                          "most %dx%d can be read",
                          (unsigned long)n, (unsigned long)height, (unsigned long)width,
                          LC__IMAGES_SIDE_MAX, LC__IMAGES_SIDE_MAX);
        return LC_EFORMAT;
    }
    return check_length(file, map, IMAGES_HEAD + (uint64_t)n * height * width, err);
}

static lc_status open_labels(const lc__setfile *file, uint32_t n, lc__map *map, lc_error *err) {
    lc_status s = lc__setfile_map(file, map, err);
    if (!s)
        s = check_head(file, map, MAGIC_LABELS, LABELS_HEAD, err);
    if (s)
        return s;
    if (word(map, 1) != n) {
        lc__setfile_wrong(file, err, "byte 4: %lu labels of %lu images",
                          (unsigned long)word(map, 1), (unsigned long)n);
        return LC_EFORMAT;
    }
    s = check_length(file, map, LABELS_HEAD + (uint64_t)n, err);
    for (size_t i = LABELS_HEAD; !s && i < map->length; i++)
        if (map->data[i] >= CLASSES) {
            lc__setfile_wrong(file, err, "byte %zu: label %d, must be below %d", i, map->data[i],
                              CLASSES);
            s = LC_EFORMAT;
        }
    return s;
}

static void idx_close(void *opened) {
    state *st = opened;
    for (int split = 0; split < LC__SPLITS; split++) {
        lc__map_close(&st->images[split]);
        lc__map_close(&st->labels[split]);
    }
    free(st);
}

/* Opens one split, whose images must be as large as those that info speaks of, if it does. */
static lc_status open_part(state *st, int split, const char *folder, lc__images_info *info,
                           lc_error *err) {
    const part *p = &parts[split];
    lc__setfile images = {folder, p->images, p->images_mend};
    lc__setfile labels = {folder, p->labels, p->labels_mend};
    lc_status s = open_images(&images, &st->images[split], err);
    if (s)
        return s;
    int height = (int)word(&st->images[split], 2), width = (int)word(&st->images[split], 3);
    if (split != LC__TRAIN && (height != info->height || width != info->width)) {
        lc__setfile_wrong(&images, err, "byte 8: images of %dx%d pixels, those of %s have %dx%d",
                          height, width, parts[LC__TRAIN].images, info->height, info->width);
        return LC_EFORMAT;
    }
    info->height = height;
    info->width = width;
    return open_labels(&labels, word(&st->images[split], 1), &st->labels[split], err);
}

static lc_status idx_open(const char *folder, lc__images_info *info, void **opened, lc_error *err) {
    state *st = calloc(1, sizeof *st);
    if (!st)
        return lc__no_memory(err);
    lc_status s = open_part(st, LC__TRAIN, folder, info, err);
    if (!s)
        s = open_part(st, LC__TEST, folder, info, err);
    if (s) {
        idx_close(st);
        return s;
    }
    info->classes = CLASSES;
    info->channels = 1;
    info->n_train = word(&st->images[LC__TRAIN], 1);
    info->n_test = word(&st->images[LC__TEST], 1);
    st->area = (size_t)info->height * (size_t)info->width;
    *opened = st;
    return LC_OK;
}

static int idx_read(const void *opened, lc__split split, size_t index, unsigned char *pixels) {
    const state *st = opened;
    const unsigned char *image = st->images[split].data + IMAGES_HEAD + index * st->area;
    for (size_t i = 0; i < st->area; i++)
        pixels[i] = image[i];
    return st->labels[split].data[LABELS_HEAD + index];
}

const lc__source lc__source_mnist = {"mnist", "mnist:DIR", idx_open, idx_read, idx_close};
