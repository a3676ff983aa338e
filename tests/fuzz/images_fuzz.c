/* Whatever bytes stand in files of images, opening them ends in a set of which every image can be
 * read, with a label of its classes, or in an error that says why.
 *
 * The input's first byte says which set. For MNIST's four files the rest is cut at the first bytes'
 * word: lengths of the first three, 2 bytes each. CIFAR's files are of the size they must be, off
 * by the second byte in the third byte's file, with the rest written over their labels. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "data/images.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 6, RECORD = 3073, RECORDS = 10000 };

static const char *const mnist[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
static const char *const cifar[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                    "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
enum { N_MNIST = sizeof mnist / sizeof mnist[0], N_CIFAR = sizeof cifar / sizeof cifar[0] };

static char folder[64];
static int fds[N_MNIST + N_CIFAR];

/* A folder of links to files that are only in memory, made once. */
static void make_folder(void) {
    if (folder[0])
        return;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/images-fuzz-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder))
        abort();
    for (int i = 0; i < N_MNIST + N_CIFAR; i++) {
        const char *name = i < N_MNIST ? mnist[i] : cifar[i - N_MNIST];
        char link[128], target[40];
        fds[i] = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(target, sizeof target, "/proc/self/fd/%d", fds[i]);
        snprintf(link, sizeof link, "%s/%s", folder, name);
        if (fds[i] < 0 || symlink(target, link))
            abort();
    }
}

static void fill(int fd, const uint8_t *data, size_t size) {
    if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
}

static const char *make_mnist(const uint8_t *data, size_t size) {
    size_t at = 2 * (N_MNIST - 1);
    if (size < at)
        return NULL;
    for (int i = 0; i < N_MNIST; i++) {
        size_t wanted = i < N_MNIST - 1 ? data[2 * i] + 256U * data[2 * i + 1] : size;
        size_t length = wanted < size - at ? wanted : size - at;
        fill(fds[i], data + at, length);
        at += length;
    }
    return "mnist";
}

static const char *make_cifar(const uint8_t *data, size_t size) {
    if (size < 2)
        return NULL;
    for (int i = 0; i < N_CIFAR; i++) {
        off_t off = data[1] % N_CIFAR == i ? (signed char)data[0] : 0;
        if (ftruncate(fds[N_MNIST + i], 0) ||
            ftruncate(fds[N_MNIST + i], (off_t)RECORD * RECORDS + off))
            abort();
    }
    for (size_t i = 2; i + 3 < size; i += 4) {
        unsigned record = (data[i + 1] + 256U * data[i + 2]) % RECORDS;
        if (pwrite(fds[N_MNIST + data[i] % N_CIFAR], data + i + 3, 1, (off_t)record * RECORD) != 1)
            abort();
    }
    return "cifar10";
}

/* Of large sets some, or a run would take seconds. */
static void read_some(const lc__images *set) {
    static unsigned char pixels[LC__IMAGES_IMAGE_MAX];
    const lc__images_info *info = lc__images_about(set);
    for (int split = 0; split < LC__SPLITS; split++) {
        size_t n = lc__images_size(set, (lc__split)split);
        for (size_t i = 0; i < n; i += n / 100 + 1) {
            int label;
            if (lc__images_read(set, (lc__split)split, i, pixels, &label, NULL) || label < 0 ||
                label >= info->classes)
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lc__images *set;
    lc_error err = {0};
    char spec[128];
    make_folder();
    /* a CIFAR set takes a hundred times as long as MNIST's few images */
    const char *kind = size == 0        ? NULL
                       : data[0] == 255 ? make_cifar(data + 1, size - 1)
                                        : make_mnist(data + 1, size - 1);
    if (!kind)
        return 0;
    snprintf(spec, sizeof spec, "%s:%s", kind, folder);
    if (lc__images_open(spec, &set, &err) == LC_OK) {
        read_some(set);
        lc__images_close(set);
    } else if (!err.message[0] || !err.file[0]) {
        abort();
    }
    return 0;
}
