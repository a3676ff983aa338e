/* Files that only rank 0 may see. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/map.h"
#include "ranks.h"

#define LARGEST ((size_t)1 << 40)

static lc_status make_copy(lc__ranks_file *f, size_t length, void **bytes, lc_error *err) {
    f->fd = memfd_create("rank 0's file", MFD_CLOEXEC);
    if (f->fd >= 0 && ftruncate(f->fd, (off_t)length) == 0)
        *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
    if (f->fd < 0 || *bytes == MAP_FAILED) {
        lc_error_set(err, LC_ENOMEM, "no memory for the %zu bytes of rank 0's file", length);
        return LC_ENOMEM;
    }
    snprintf(f->copy, sizeof f->copy, "/proc/self/fd/%d", f->fd);
    f->path = f->copy;
    return LC_OK;
}

/* On ranks but the first. An empty file stays one: there is nothing to copy. */
static lc_status receive(lc__ranks *ranks, size_t length, lc__ranks_file *f, lc_error *err) {
    void *bytes = MAP_FAILED;
    lc_status st = lc__ranks_join(ranks, make_copy(f, length, &bytes, err), err);
    if (st == LC_OK)
        st = lc__ranks_copy(ranks, bytes, length, err);
    if (bytes != MAP_FAILED)
        munmap(bytes, length);
    return st;
}

static lc_status hand_out(lc__ranks *ranks, lc__map *map, lc_error *err) {
    lc_status st = lc__ranks_join(ranks, LC_OK, err);
    return st == LC_OK ? lc__ranks_copy(ranks, (void *)map->data, map->length, err) : st;
}

lc_status lc__ranks_file_open(lc__ranks *ranks, const char *path, lc__ranks_file *out,
                              lc_error *err) {
    *out = (lc__ranks_file){.path = path, .fd = -1, .found = access(path, F_OK) == 0};
    if (!ranks->reducer)
        return LC_OK;
    lc__map map = {0};
    double length = 0;
    bool first = ranks->rank == 0;
    out->found = first && out->found;
    lc_status st = out->found ? lc__map_file(path, LARGEST, &map, err) : LC_OK;
    st = lc__ranks_join(ranks, st, err);
    if (st == LC_OK)
        st = lc__ranks_any(ranks, &out->found, err);
    length = first ? (double)map.length : 0;
    if (st == LC_OK)
        st = lc__reduce_f64(ranks->reducer, &length, 1, err);
    if (st == LC_OK && length > 0)
        st = first ? hand_out(ranks, &map, err) : receive(ranks, (size_t)length, out, err);
    lc__map_close(&map);
    return st;
}

void lc__ranks_file_close(lc__ranks_file *file) {
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}
