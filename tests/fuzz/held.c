#include "held.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

const char *held_make(held *file, const uint8_t *data, size_t size) {
    file->fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (file->fd < 0 || write(file->fd, data, size) != (ssize_t)size)
        return NULL;
    snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->fd);
    return file->path;
}

void held_release(held *file) {
    if (file->fd >= 0)
        close(file->fd);
}
