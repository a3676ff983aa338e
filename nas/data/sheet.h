/* A look at an image set. */
#ifndef DATA_SHEET_H
#define DATA_SHEET_H

#include "data/images.h"

/* Writes a picture (PPM) of a split: a row for each class with its first `columns` images, each
 * pixel a square of `zoom` pixels. LC_EUSAGE: columns or zoom out of 1 .. 64 and 1 .. 16. */
lc_status lc__sheet_write(const lc__images *data, lc__split split, int columns, int zoom,
                          const char *path, lc_error *err);

#endif
