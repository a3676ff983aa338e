/* Sets of labelled images: two that are read from files and one that is drawn. */
#ifndef DATA_IMAGES_H
#define DATA_IMAGES_H

#include "latcast/status.h"

typedef enum lc__split { LC__TRAIN, LC__TEST, LC__SPLITS } lc__split;

enum {
    LC__IMAGES_SIDE_MAX = 64,                                             /* pixels */
    LC__IMAGES_IMAGE_MAX = LC__IMAGES_SIDE_MAX * LC__IMAGES_SIDE_MAX * 3, /* bytes */
    LC__IMAGES_SPECS = 5
};

typedef struct lc__images_info {
    char name[32]; /* the spec up to its colon */
    int classes;
    int height, width, channels; /* channels: 1 or 3 */
    size_t n_train, n_test;      /* images of each split */
    bool mirror;                 /* an image seen in a mirror is of the same class */
    /* Of the training images' bytes / 255, by channel (one channel: thrice the same), from 1,024
     * images spread evenly over them, or all if there are fewer. */
    float mean[3], deviation[3];
} lc__images_info;

/* A set never changes once it is open: threads may share it. */
typedef struct lc__images lc__images;

/* Opens a set:
 *   shapes[:TRAIN,TEST[,SEED]]  drawn as it is read, the same on every machine (8000,2000,1)
 *   cifar10:DIR                 data_batch_1.bin to data_batch_5.bin and test_batch.bin
 *   cifar100:DIR                train.bin and test.bin, the 100 fine classes
 *   cifar100-coarse:DIR         the same images with the 20 coarse classes
 *   mnist:DIR                   train-images-idx3-ubyte and the other three, unpacked; any set in
 *                               this format of up to 10 classes and 64x64 pixels
 * Files are mapped and read page by page; every size, magic number and label is checked here.
 * LC_EUSAGE: a spec that says nothing; LC_EIO: a file that cannot be read; LC_EFORMAT: one that is
 * cut short or wrong, with the byte and where to get it. Close with lc__images_close(). */
lc_status lc__images_open(const char *spec, lc__images **out, lc_error *err);
void lc__images_close(lc__images *data);

const lc__images_info *lc__images_about(const lc__images *data);

/* Images of a split. */
size_t lc__images_size(const lc__images *data, lc__split split);

/* The forms that specs take, for help and messages; NULL from LC__IMAGES_SPECS on. */
const char *lc__images_spec(int i);

/* Image `index` of a split: pixels[height][width][channels] and its label, 0 .. classes - 1.
 * LC_EUSAGE if there is no such image. */
lc_status lc__images_read(const lc__images *data, lc__split split, size_t index,
                          unsigned char *pixels, int *label, lc_error *err);

#endif
