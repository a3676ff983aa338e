#include "data/sheet.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/memory.h"

enum { GAP = 2, WHITE = 255, HEAD = 32, COLUMNS_MAX = 64, ZOOM_MAX = 16 };

typedef struct sheet {
    const lc__images_info *info;
    int zoom;
    size_t width, height;  /* of the picture, pixels */
    unsigned char *pixels; /* [height][width][3] */
} sheet;

/* Where the nth image of a row or column begins, each `side` pixels long. */
static size_t along(int n, int side) {
    return GAP + (size_t)n * ((size_t)side + GAP);
}

/* Puts an image into row and column of the sheet. */
static void place(const sheet *s, const unsigned char *image, int row, int column) {
    const lc__images_info *info = s->info;
    int high = info->height * s->zoom, wide = info->width * s->zoom, grey = info->channels == 1;
    size_t top = along(row, high), left = along(column, wide);
    for (int y = 0; y < high; y++)
        for (int x = 0; x < wide; x++) {
            int from = y / s->zoom * info->width + x / s->zoom;
            unsigned char *to = s->pixels + ((top + (size_t)y) * s->width + left + (size_t)x) * 3;
            for (int c = 0; c < 3; c++)
                to[c] = image[grey ? from : from * 3 + c];
        }
}

/* Goes through the split until each class has its row full. */
static lc_status fill(const sheet *s, const lc__images *data, lc__split split, int columns,
                      int *have, lc_error *err) {
    unsigned char image[LC__IMAGES_IMAGE_MAX];
    int full = 0;
    for (size_t i = 0; i < lc__images_size(data, split) && full < s->info->classes; i++) {
        int label;
        lc_status st = lc__images_read(data, split, i, image, &label, err);
        if (st)
            return st;
        if (have[label] == columns)
            continue;
        place(s, image, label, have[label]++);
        full += have[label] == columns;
    }
    return LC_OK;
}

lc_status lc__sheet_write(const lc__images *data, lc__split split, int columns, int zoom,
                          const char *path, lc_error *err) {
    if (columns < 1 || columns > COLUMNS_MAX || zoom < 1 || zoom > ZOOM_MAX)
        return lc_error_set(err, LC_EUSAGE,
                            "a sheet has 1 to %d columns, not %d, and pixels 1 to %d times as "
                            "large, not %d",
                            COLUMNS_MAX, columns, ZOOM_MAX, zoom);
    sheet s = {.info = lc__images_about(data), .zoom = zoom};
    s.width = along(columns, s.info->width * zoom);
    s.height = along(s.info->classes, s.info->height * zoom);
    size_t bytes = s.width * s.height * 3;
    unsigned char *file = malloc(HEAD + bytes);
    int *have = calloc((size_t)s.info->classes, sizeof *have);
    lc_status st = LC_ENOMEM;
    if (file && have) {
        int head = snprintf((char *)file, HEAD, "P6\n%zu %zu\n255\n", s.width, s.height);
        s.pixels = file + head;
        memset(s.pixels, WHITE, bytes);
        st = fill(&s, data, split, columns, have, err);
        if (!st)
            st = lc__file_write(path, file, (size_t)head + bytes, err);
    } else {
        st = lc__no_memory(err);
    }
    free(have);
    free(file);
    return st;
}
