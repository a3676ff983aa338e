#include "base/map.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/memory.h"

enum { ALIGNMENT = 64 };

lc_status lc__map_copy(const void *data, size_t length, lc__map *out, lc_error *err) {
    size_t room = (length / ALIGNMENT + 1) * ALIGNMENT;
    *out = (lc__map){.data = aligned_alloc(ALIGNMENT, room), .length = length};
    if (!out->data)
        return lc__no_memory(err);
    memcpy(out->data, data, length);
    return LC_OK;
}

static bool map_regular(const char *path, size_t limit, lc__map *out) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    void *data = MAP_FAILED;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0 &&
        (size_t)about.st_size <= limit)
        data = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    close(fd);
    if (data == MAP_FAILED)
        return false;
    *out = (lc__map){.data = data, .length = (size_t)about.st_size, .mapped = true};
    return true;
}

lc_status lc__map_file(const char *path, size_t limit, lc__map *out, lc_error *err) {
    char *text = NULL;
    size_t length = 0;
    if (map_regular(path, limit, out))
        return LC_OK;
    lc_status st = lc__file_read(path, limit, &text, &length, err);
    if (st == LC_OK)
        st = lc__map_copy(text, length, out, err);
    free(text);
    return st;
}

void lc__map_close(lc__map *map) {
    if (map->mapped)
        munmap(map->data, map->length);
    else
        free(map->data);
    *map = (lc__map){0};
}
