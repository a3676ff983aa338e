/* Files of image sets, made in a folder of their own. */
#ifndef MADE_FILES_H
#define MADE_FILES_H

#include <stddef.h>

extern char made_folder[];

void made_files_setup(void);
void made_files_teardown(void);

/* A path in the folder; valid until the next call. */
const char *made_path(const char *name);

/* A file of `size` zeros that take no room. */
void made_zeros(const char *name, size_t size);

/* Overwrites bytes of a file. */
void made_poke(const char *name, size_t at, const void *bytes, size_t n);

/* MNIST's four files: images of height x width pixels, image i with label i % 10 and pixels that
 * count up from i; n of training, two of test. */
void made_mnist(unsigned n, unsigned height, unsigned width);

#endif
