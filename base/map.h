/* The bytes of a file in memory, page by page as they are touched. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "latcast/status.h"

/* Aligned to 64 bytes at least. They may be changed; the file then is not. {0} is an empty one. */
typedef struct lc__map {
    unsigned char *data;
    size_t length;
    bool mapped;
} lc__map;

/* Maps a regular file of at most `limit` bytes; anything else that can be read is read. Files must
 * be replaced (renamed over), not overwritten, while they are mapped. Release with lc__map_close().
 */
lc_status lc__map_file(const char *path, size_t limit, lc__map *out, lc_error *err);

/* A copy of data[length], as if it were a file's. */
lc_status lc__map_copy(const void *data, size_t length, lc__map *out, lc_error *err);

void lc__map_close(lc__map *map);

#endif
