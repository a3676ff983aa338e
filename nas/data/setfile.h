/* The files of an image set: mapped, and complained of with what mends them. */
#ifndef SETFILE_H
#define SETFILE_H

#include "base/map.h"

enum { LC__SETFILE_PATH = 4096 };

typedef struct lc__setfile {
    const char *folder, *name;
    const char *mend; /* where to get it, for messages */
} lc__setfile;

/* LC_EIO where there is none. Release with lc__map_close(). */
lc_status lc__setfile_map(const lc__setfile *file, lc__map *out, lc_error *err);

/* Sets LC_EFORMAT: what is wrong, the mend, the file. */
void lc__setfile_wrong(const lc__setfile *file, lc_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
