#include "made_files.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char made_folder[] = "/tmp/latcast-images-XXXXXX";

void made_files_setup(void) {
    cr_assert(mkdtemp(made_folder));
}

void made_files_teardown(void) {
    DIR *folder = opendir(made_folder);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            unlink(made_path(entry->d_name));
    if (folder)
        closedir(folder);
    rmdir(made_folder);
}

const char *made_path(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", made_folder, name);
    return path;
}

void made_zeros(const char *name, size_t size) {
    int fd = open(made_path(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    cr_assert_eq(ftruncate(fd, (off_t)size), 0);
    close(fd);
}

void made_poke(const char *name, size_t at, const void *bytes, size_t n) {
    int fd = open(made_path(name), O_CREAT | O_WRONLY, 0600);
    cr_assert_eq(pwrite(fd, bytes, n, (off_t)at), (ssize_t)n);
    close(fd);
}

static void poke_word(const char *name, size_t at, unsigned word) {
    unsigned char b[4] = {(unsigned char)(word >> 24), (unsigned char)(word >> 16),
                          (unsigned char)(word >> 8), (unsigned char)word};
    made_poke(name, at, b, 4);
}

static void make_part(const char *images, const char *labels, unsigned n, unsigned height,
                      unsigned width) {
    unsigned head[4] = {0x803, n, height, width};
    unsigned area = height * width;
    for (size_t i = 0; i < 4; i++)
        poke_word(images, 4 * i, head[i]);
    poke_word(labels, 0, 0x801);
    poke_word(labels, 4, n);
    for (unsigned i = 0; i < n; i++) {
        unsigned char pixels[4096], label = (unsigned char)(i % 10);
        for (unsigned p = 0; p < area; p++)
            pixels[p] = (unsigned char)(i + p);
        made_poke(images, 16 + (size_t)i * area, pixels, area);
        made_poke(labels, 8 + i, &label, 1);
    }
}

void made_mnist(unsigned n, unsigned height, unsigned width) {
    make_part("train-images-idx3-ubyte", "train-labels-idx1-ubyte", n, height, width);
    make_part("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 2, height, width);
}
